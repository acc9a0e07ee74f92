# SPDX-License-Identifier: Apache-2.0
"""The administrator's page: people, servers, jobs, boards, shares, announcement."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from types import UnionType
from typing import Any

import psutil
from jupyterhub.orm import User as StoredUser
from jupyterhub.scopes import needs_scope
from jupyterhub.utils import new_token
from nativeauthenticator.orm import UserInfo
from tornado import web

from spinnlab.errors import AllocationError
from spinnlab.hub import backup, drain, keys, limits, machine_view, unix_users
from spinnlab.hub.pages import LabPage, announcement_file, current_announcement
from spinnlab.hub.server_log import ServerLog

LONGEST_ANNOUNCEMENT = 500
#: Shares as the allocator has them: what their values are, and the words for it.
QUOTA: dict[str, tuple[type | UnionType, str]] = {
    "boards": (int, "a whole number, 0 or more"),
    "jobs": (int, "a whole number, 0 or more"),
    "board_seconds": (int | float, "a number, 0 or more"),
    "priority": (int, "a whole number"),
}
#: A share of the disk or of memory from which on the page asks for somebody to look.
NEARLY_FULL = 0.9


class Admin(LabPage):
    """The page itself; its numbers come from `Overview`."""

    @web.authenticated
    @needs_scope("admin-ui")
    async def get(self) -> None:
        await self.show("admin.html")


class Overview(LabPage):
    """Everything on the page, as JSON, every few seconds."""

    @needs_scope("admin-ui")
    async def get(self) -> None:
        people = self._people()
        answer: dict[str, Any] = {
            "people": people,
            "waiting": [person["name"] for person in people if not person["approved"]],
            "announcement": current_announcement(self.lab),
            "host": await asyncio.to_thread(self._host),
            "backup_s": backup.age_s(self.lab.folder),
            "sign_up": self.lab.people.sign_up,
            "draining": drain.is_on(self.lab.folder),
        }
        try:
            machines = await self.allocator.call("list_machines")
            listed = await self.allocator.call("list_jobs")
            answer["boards"] = machine_view.boards(machines, listed)
            answer["jobs"] = machine_view.jobs(listed)
            answer["runs"] = await self.allocator.call("list_runs")
            answer["quotas"] = await self.allocator.call("get_quotas")
        except AllocationError as error:
            answer["problem"] = str(error)
        self.write(answer)

    def _people(self) -> list[dict[str, Any]]:
        accounts = {item.username: item for item in self.db.query(UserInfo).all()}
        groups = self.settings["spinnlab_groups"]
        people = []
        for stored in self.db.query(StoredUser).all():
            user = self.users[stored]
            account = accounts.pop(stored.name, None)
            unix = user.spawner.unix_name
            memory = groups.memory_bytes(unix) if groups and user.active else None
            people.append(
                {
                    "name": stored.name,
                    "unix": unix,
                    "admin": bool(stored.admin),
                    "way": self.authenticator.way_of(stored.name),
                    "approved": account is None or bool(account.is_authorized),
                    "blocked": self.authenticator.is_kept_out(stored.name),
                    "server": bool(user.active),
                    "last": stored.last_activity.isoformat() + "Z" if stored.last_activity else "",
                    "memory_mib": memory // limits.MIB if memory is not None else None,
                }
            )
        for name, account in accounts.items():
            people.append(
                {
                    "name": name, "unix": unix_users.unix_name(name), "admin": False,
                    "way": "local", "approved": bool(account.is_authorized), "server": False,
                    "blocked": self.authenticator.is_kept_out(name), "last": "",
                    "memory_mib": None,
                }
            )  # fmt: skip
        return sorted(people, key=lambda person: (person["approved"], person["name"]))

    def _host(self) -> dict[str, Any]:
        memory = psutil.virtual_memory()
        homes = Path(self.lab.site.homes)
        disk = shutil.disk_usage(homes if homes.is_dir() else self.lab.folder)
        return {
            "cores": psutil.cpu_count(),
            "cores_used": psutil.cpu_percent() / 100 * (psutil.cpu_count() or 1),
            "memory_mib": (memory.total - memory.available) // limits.MIB,
            "memory_limit_mib": memory.total // limits.MIB,
            "disk_mib": disk.used // limits.MIB,
            "disk_limit_mib": disk.total // limits.MIB,
            "nearly_full": NEARLY_FULL,
        }


class Log(LabPage):
    """What a person's server said since its last start."""

    @needs_scope("admin-ui")
    async def get(self, name: str) -> None:
        if not self.authenticator.validate_username(name):
            raise web.HTTPError(404)
        self.write({"log": ServerLog(self.lab.folder, name).tail()})


class AdminAction(LabPage):
    """A button on the page; every one is a POST with the page's token."""

    @needs_scope("admin-ui")
    async def post(self, action: str) -> None:
        body = self._body()
        known = {
            "approve": self._approve, "block": self._block, "remove": self._remove,
            "announce": self._announce, "quota": self._quota, "code": self._code,
            "stop": self._stop, "drain": self._drain,
        }  # fmt: skip
        if action not in known:
            raise web.HTTPError(404)
        self.log.info("admin %s: %s %s", self.current_user.name, action, body.get("name", ""))
        try:
            self.write(await known[action](body) or {})
        except AllocationError as error:
            raise web.HTTPError(502, str(error)) from error
        self.settings["spinnlab_changes"].tell_everybody()

    def _body(self) -> dict[str, Any]:
        try:
            body = json.loads(self.request.body or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise web.HTTPError(400, "The request is no JSON object.")
        return body

    def _name(self, body: dict[str, Any]) -> str:
        name = body.get("name")
        if not isinstance(name, str) or not self.authenticator.validate_username(name):
            raise web.HTTPError(400, "'name' is missing or no user name.")
        return name

    async def _approve(self, body: dict[str, Any]) -> None:
        name = self._name(body)
        blocked = self.authenticator.is_kept_out(name)
        if blocked:
            self.authenticator.keep_out(name, False)
        if not self.authenticator.approve(name, True) and not blocked:
            raise web.HTTPError(404, "There is no such account.")

    async def _block(self, body: dict[str, Any]) -> None:
        """Out at once: no sign-in, no session, no server, no jobs."""
        name = self._name(body)
        if name == self.current_user.name:
            raise web.HTTPError(400, "You would lock yourself out.")
        self.authenticator.keep_out(name, True)
        await self._end(name)

    async def _remove(self, body: dict[str, Any]) -> None:
        """The account goes, too; the home is kept as an archive unless told otherwise."""
        name = self._name(body)
        await self._block(body)
        user = self.find_user(name)
        if user is not None:
            if groups := self.settings["spinnlab_groups"]:  # of who had boards, but no server
                await asyncio.to_thread(groups.remove, self.unix_user(user))
            await asyncio.to_thread(self._remove_files, name, bool(body.get("delete_files")))
            self.authenticator.delete_user(user)
            self.users.delete(user)
        else:
            account = self.authenticator.get_user(name)
            if account is None:
                raise web.HTTPError(404, "There is no such account.")
            self.db.delete(account)
            self.db.commit()
        self.authenticator.forget(name)
        ServerLog(self.lab.folder, name).remove()

    def _remove_files(self, name: str, delete: bool) -> None:
        if os.geteuid() == 0:
            unix_users.remove(name, None if delete else self.lab.folder / "archive")

    async def _end(self, name: str) -> None:
        user = self.find_user(name)
        if user is None:
            return
        # The door first: nobody presses "start" again while the server is being ended.
        for token in list(user.orm_user.api_tokens):
            self.db.delete(token)
        user.orm_user.cookie_id = new_token()  # cookies of before are worth nothing now
        self.db.commit()
        try:
            await self._release(user)  # sessions of programs, too; a server takes longer to end
            await self.end_server(user)
        finally:
            await self._release(user)  # what the server has begun until its end

    async def _release(self, user: Any) -> None:
        name = self.unix_user(user)
        await self.allocator.release(name, "an administrator ended it", self.log)

    async def _stop(self, body: dict[str, Any]) -> None:
        user = self.find_user(self._name(body))
        if user is None or not user.active:
            raise web.HTTPError(404, "There is no such server.")
        await self.end_server(user)

    async def _announce(self, body: dict[str, Any]) -> None:
        text = str(body.get("text", "")).strip()
        if len(text) > LONGEST_ANNOUNCEMENT:
            raise web.HTTPError(
                400, f"An announcement has {LONGEST_ANNOUNCEMENT} characters at most."
            )
        announcement_file(self.lab).write_text(text + "\n", encoding="utf-8")

    async def _drain(self, body: dict[str, Any]) -> None:
        if not isinstance(body.get("on"), bool):
            raise web.HTTPError(400, "'on' is true or false.")
        drain.switch(self.lab.folder, body["on"])

    async def _quota(self, body: dict[str, Any]) -> None:
        """What is not named stays; null takes a person's own value away: then as everybody."""
        user = self.find_user(self._name(body))
        if user is None:
            raise web.HTTPError(404, "There is no such person.")
        values = {}
        for key, (kinds, words) in QUOTA.items():
            if key not in body:
                continue
            value = body[key]
            number = isinstance(value, kinds) and not isinstance(value, bool)
            if value is not None and not (number and (value >= 0 or key == "priority")):
                raise web.HTTPError(400, f"'{key}' is {words}, or null.")
            values[key] = value
        if body.get("usage_anew") is True:
            values["usage_anew"] = True
        await self.allocator.call("set_quota", self.unix_user(user), **values)

    async def _code(self, body: dict[str, Any]) -> dict[str, str]:
        days = body.get("days", 7)
        if not isinstance(days, int | float) or not 0 < days <= 365:
            raise web.HTTPError(400, "'days' is between 0 and 365.")
        return {"code": keys.new_sign_up_code(self.lab.folder, days)}


def handlers() -> list[tuple[Any, ...]]:
    return [
        (r"/admin", Admin),
        (r"/api/lab/admin", Overview),
        (r"/api/lab/admin/log/([^/]+)", Log),
        (r"/api/lab/admin/([a-z]+)", AdminAction),
    ]
