# SPDX-License-Identifier: Apache-2.0
"""The hub's pages that are ours: sign-in, sign-up, home, log out; the rest in `admin.py`.

They answer before JupyterHub's own of the same address, because an authenticator's come first.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.utils import url_path_join
from tornado import web
from tornado.httputil import url_concat

from spinnlab.errors import AllocationError
from spinnlab.hub import limits, machine_view, problems
from spinnlab.hub.allocator import Allocator
from spinnlab.hub.cookies import FramedCookies
from spinnlab.hub.settings import HubSettings

STATIC = Path(__file__).parent / "static"
INTERFACES = ("lab", "tree")


class LabPage(FramedCookies, BaseHandler):
    """What all our pages have in common: scripts and styles from here only, no inline script."""

    @property
    def lab(self) -> HubSettings:
        return self.settings["spinnlab"]  # type: ignore[no-any-return]

    @property
    def allocator(self) -> Allocator:
        return Allocator(self.lab.allocator_socket)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        parents = " ".join(self.lab.frames.parents) or "'none'"
        self.set_header(
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
            f"object-src 'none'; base-uri 'none'; frame-ancestors {parents}",
        )
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")

    def unix_user(self, person: Any) -> str:
        """The Unix user under which the allocator knows a person."""
        return str(person.spawner.unix_name)

    def link_to(self, user: Any, page: str) -> str:
        """Where a page of a person's server is, or where the server starts and then shows it."""
        if user.active and user.spawner.ready:
            return str(url_path_join(user.url, page))  # with its host, where that is its own
        wanted = url_path_join(self.base_url, "user", user.escaped_name, page)
        start = url_path_join(self.hub.base_url, "spawn", user.escaped_name)
        return str(url_concat(start, {"next": wanted}))

    async def end_server(self, user: Any) -> None:
        """Stops a person's server, also one that is just starting; nothing if there is none."""
        spawner = user.spawner
        if (stopping := getattr(spawner, "_stop_future", None)) is not None:
            await asyncio.wait([stopping])
        elif spawner.pending and (starting := spawner._spawn_future) is not None:
            # As JupyterHub's own API calls a start off, but until it has really ended.
            starting.cancel()
            await asyncio.wait([starting])
            await self.stop_single_user(user, "")
        elif user.active:
            await self.stop_single_user(user, "")

    async def show(self, template: str, **values: Any) -> None:
        self.finish(await self.render_template(template, **values))


def announcement_file(settings: HubSettings) -> Path:
    return settings.folder / "announcement.txt"


def current_announcement(settings: HubSettings) -> str:
    """What the administrators have to say; written on their page, else out of hub.toml."""
    try:
        return announcement_file(settings).read_text(encoding="utf-8").strip()
    except OSError:
        return settings.site.announcement


class SignIn(LabPage, LoginHandler):
    """The door: buttons for the providers, a form for local accounts."""

    problem = ""

    async def get(self) -> None:
        if self.current_user:
            await LoginHandler.get(self)
            return
        await self._form("", elsewhere=problems.text_of(self.get_argument("problem", "")))

    async def post(self) -> None:
        data = {name: self.get_argument(name, "", strip=False) for name in ("username", "password")}
        user = await self.login_user(data)
        if user:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user))
            return
        self.set_status(403)
        await self._form(self.problem or "That did not work.", data["username"].strip()[:64])

    async def _form(self, problem: str, username: str = "", elsewhere: str = "") -> None:
        """`problem` is about the form; `elsewhere`, what went wrong at a provider."""
        await self.show(
            "sign_in.html",
            elsewhere=elsewhere,
            providers=[
                (item.provider.title or item.provider.name, self._with_next(item))
                for item in self.authenticator.providers
            ],
            local=self.lab.people.local_accounts,
            may_sign_up=self.lab.people.local_accounts and self.lab.people.sign_up != "closed",
            problem=problem,
            signed_out=self.get_argument("problem", "") == "signed-out",
            username=username,
            next=self.get_argument("next", ""),
        )

    def _with_next(self, provider: Any) -> str:
        url = provider.login_url(self.hub.base_url)
        wanted = self.get_argument("next", "")
        return str(url_concat(url, {"next": wanted}) if wanted else url)

    def render_template(self, name: str, sync: bool = False, **values: Any) -> Any:
        if name != "error.html" or self.request.method != "POST":
            return BaseHandler.render_template(self, name, sync, **values)
        # A form that was open too long: the same page again, with what to do.
        return BaseHandler.render_template(
            self, "sign_in.html", sync, providers=[], local=True, may_sign_up=False,
            username="", next="",
            problem=values.get("message") or "The page was open too long. Try again.",
        )  # fmt: skip


class SignUp(LabPage):
    """A local account: with a code at once, or after an administrator's approval."""

    async def get(self) -> None:
        if self.lab.people.sign_up == "closed" or not self.lab.people.local_accounts:
            raise web.HTTPError(404)
        await self._form("", "")

    async def post(self) -> None:
        name = self.get_body_argument("username", "")[:64]
        password = self.get_body_argument("password", "", strip=False)
        again = self.get_body_argument("again", "", strip=False)
        code = self.get_body_argument("code", "")[:64]
        if password != again:
            await self._form("The two passwords differ.", name)
            return
        at_once, problem = self.authenticator.sign_up(name, password, code)
        if problem:
            await self._form(problem, name)
            return
        self.settings["spinnlab_changes"].tell_everybody()  # somebody may wait for approval
        await self.show("signed_up.html", at_once=at_once, username=name)

    async def _form(self, problem: str, name: str) -> None:
        if problem:
            self.set_status(400)
        await self.show(
            "sign_up.html",
            problem=problem,
            username=name,
            needs_code=self.lab.people.sign_up == "code",
            shortest=self.lab.people.shortest_password,
        )


class Guide(LabPage):
    """How to use the hub, with this hub's own numbers; anybody may read it, signed in or not."""

    async def get(self) -> None:
        lab = self.lab
        await self.show(
            "guide.html",
            demo=lab.demo,
            providers=[item.title or item.name for item in lab.oidc],
            local=lab.people.local_accounts,
            sign_up=lab.people.sign_up,
            shortest=lab.people.shortest_password,
            failed_logins=lab.people.failed_logins,
            lock_minutes=lab.people.lock_minutes,
            course=lab.course.folder if lab.course.source else "",
            boards=lab.boards.boards,
            jobs=lab.boards.jobs,
            memory_mib=lab.limits.memory_mib,
            cores=lab.limits.cores,
            disk_mib=lab.limits.disk_mib,
            kernel_minutes=lab.idle.kernel_minutes,
            server_minutes=lab.idle.server_minutes,
            public_url=lab.public_url,
        )


class Home(LabPage):
    """After signing in: Lab or Notebook, what is running, what one's share is."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user
        if user.running:
            await user.spawner.poll_and_notify()
        await self.show(
            "home.html",
            local_account=self.authenticator.way_of(user.name) == "local",
            links={interface: self.link_to(user, interface) for interface in INTERFACES},
            running=bool(user.active),
            last=self.get_cookie("spinnlab-interface", "lab"),
            course=self.lab.course.folder if self.lab.course.source else "Running PyNN simulations",
        )


class OwnState(LabPage):
    """For the home page, every few seconds: own jobs, runs and shares, as JSON."""

    @web.authenticated
    async def get(self) -> None:
        user = self.current_user
        name = self.unix_user(user)
        try:
            jobs = machine_view.jobs_of(await self.allocator.call("list_jobs"), name)
            runs = await self.allocator.call("list_runs")
            quotas = await self.allocator.call("get_quotas")
        except AllocationError as error:
            self.write({"problem": str(error), "server": bool(user.active)})
            return
        groups = self.settings["spinnlab_groups"]
        memory = groups.memory_bytes(name) if groups else None
        self.write(
            {
                "server": bool(user.active),
                "jobs": [await self._with_reason(job) for job in jobs],
                "runs": [run for run in runs if run.get("user") == name],
                "share": machine_view.share(jobs, quotas, name),
                "memory_mib": memory // limits.MIB if memory is not None else None,
                "memory_limit_mib": self.lab.limits.memory_mib,
            }
        )

    async def _with_reason(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["state"] != "waiting":
            return job
        status = await self.allocator.call("job_status", job["id"])
        return {**job, "place": status.get("place"), "why": status.get("waits_for") or ""}


class EndJob(LabPage):
    """The button beside a job: its boards are free afterwards."""

    @web.authenticated
    async def post(self, number: str) -> None:
        name = self.unix_user(self.current_user)
        own = machine_view.jobs_of(await self.allocator.call("list_jobs"), name)
        if not self.current_user.admin and int(number) not in [job["id"] for job in own]:
            raise web.HTTPError(404, "You have no such job.")
        await self.allocator.call("destroy_job", int(number), reason="stopped on the hub's page")
        self.write({})


class MachineNow(LabPage):
    """For the sign-in page: which boards are at work, without names; anybody may ask."""

    async def get(self) -> None:
        try:
            machines = await self.allocator.call("list_machines")
            jobs = await self.allocator.call("list_jobs")
        except AllocationError:
            self.write({"problem": "The machine does not answer at the moment."})
            return
        self.write(machine_view.counts(machines, jobs))


class LogOut(LabPage, LogoutHandler):
    """Ends the session, the server and the jobs; asks first while something computes."""

    @property
    def shutdown_on_logout(self) -> bool:
        return not getattr(self, "keep_running", False)

    async def get(self) -> None:
        user = self.current_user
        if user is None:
            self.redirect(self.settings["login_url"])
            return
        if self.get_argument("keep-running", "") == "1":  # asked already, on the server's page
            self.keep_running = True
        elif await self._is_computing(user):
            await self.show("log_out.html")
            return
        await self._leave(user)

    async def post(self) -> None:
        user = self.current_user
        if user is None:
            self.redirect(self.settings["login_url"])
            return
        choice = self.get_body_argument("choice", "stay")
        if choice == "stay":
            self.redirect(url_path_join(self.hub.base_url, "home"))
            return
        if choice not in ("stop", "keep"):
            raise web.HTTPError(400, "choice is stay, stop or keep")
        self.keep_running = choice == "keep"
        await self._leave(user)

    async def _is_computing(self, user: Any) -> bool:
        try:
            return await self.allocator.is_computing(self.unix_user(user))
        except AllocationError as error:
            self.log.warning("%s", error)
            return False

    async def _leave(self, user: Any) -> None:
        provider = self.authenticator.provider_of(user.name)
        name = self.unix_user(user)
        if self.shutdown_on_logout:
            await self.end_server(user)
        await self.default_handle_logout()
        if self.shutdown_on_logout:
            await self.allocator.release(name, "logged out", self.log)
        self._jupyterhub_user = None
        away = provider.provider.logout_url if provider else ""
        self.redirect(away or f"{self.hub.base_url}login?problem=signed-out")


class Password(LabPage):
    """A person's own password, for local accounts."""

    @web.authenticated
    async def get(self) -> None:
        await self._form("", "")

    @web.authenticated
    async def post(self) -> None:
        user = self.current_user
        account = self.authenticator.get_user(user.name)
        if account is None:
            raise web.HTTPError(404, "You sign in with a provider; the password is kept there.")
        old = self.get_body_argument("old", "", strip=False)
        new = self.get_body_argument("password", "", strip=False)
        self.problem = ""
        right = await self.authenticator.authenticate(
            self, {"username": user.name, "password": old}
        )
        why = self.problem if right is None else ""
        if not why and new != self.get_body_argument("again", "", strip=False):
            why = "The two new passwords differ."
        why = why or self.authenticator.password_problem(user.name, new)
        if why:
            self.set_status(400)
            await self._form(why, "")
            return
        self.authenticator.add_account(user.name, new, approved=True)
        await self._form("", "The password is changed.")

    async def _form(self, problem: str, done: str) -> None:
        await self.show(
            "password.html",
            problem=problem,
            done=done,
            shortest=self.lab.people.shortest_password,
        )


class Static(web.StaticFileHandler):
    """Styles, scripts and drawings of these pages."""


def handlers() -> list[tuple[Any, ...]]:
    """Addresses below /hub of everything here."""
    return [
        (r"/login", SignIn),
        (r"/signup", SignUp),
        (r"/guide", Guide),
        (r"/home", Home),
        (r"/logout", LogOut),
        (r"/password", Password),
        (r"/api/lab/me", OwnState),
        (r"/api/lab/jobs/([0-9]+)/end", EndJob),
        (r"/api/lab/machine", MachineNow),
        (r"/lab-static/(.*)", Static, {"path": str(STATIC)}),
    ]
