# SPDX-License-Identifier: Apache-2.0
"""People's servers: whose they are, what they may take, and what one person sees of another."""

from __future__ import annotations

import os
import pwd
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from ports_of import listening
from spinnlab.hub import settings, unix_users

Names = Callable[[], str]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Unix users of their own need root")


@pytest.fixture(scope="module")
def alice(hub: Any) -> Any:
    hub.add("talice")
    person = hub.person("talice")
    person.sign_in()
    print(f"server after {person.start():.1f} s")
    return person


@pytest.fixture(scope="module")
def bob(hub: Any) -> Any:
    hub.add("tbob")
    person = hub.person("tbob")
    person.sign_in()
    person.start()
    return person


def test_the_prepared_notebooks_are_there_with_their_kernel(alice: Any) -> None:
    names = [item["name"] for item in alice.api("GET", "contents/").json()["content"]]
    assert "SynfireExample.ipynb" in names
    assert "Running PyNN simulations" in names
    notebook = alice.api("GET", "contents/SynfireExample.ipynb").json()["content"]
    assert notebook["metadata"]["kernelspec"]["name"] == "spynnaker"
    specs = alice.api("GET", "kernelspecs").json()
    assert specs["default"] == "spynnaker"
    assert {"spynnaker", "spynnaker_7.4.1"} <= set(specs["kernelspecs"])
    assert "python3" not in specs["kernelspecs"]  # the server's own environment


def test_own_changes_to_a_notebook_survive_the_next_start(hub: Any, new_name: Names) -> None:
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    notebook = person.api("GET", "contents/SynfireExample.ipynb").json()
    notebook["content"]["cells"][0]["source"] = "My own words"
    body = {"type": "notebook", "content": notebook["content"]}
    assert person.api("PUT", "contents/SynfireExample.ipynb", json=body).status_code == 200
    person.post("/hub/logout", {})
    person.form("/hub/logout")
    person.session.delete(
        f"{hub.url}/hub/api/users/{person.name}/server", headers={"X-XSRFToken": person.xsrf()}
    )
    again = hub.person(person.name)
    again.sign_in()
    again.start()
    kept = again.api("GET", "contents/SynfireExample.ipynb").json()
    assert kept["content"]["cells"][0]["source"] == "My own words"


def test_a_script_runs_in_the_kernel(alice: Any) -> None:
    kernel = alice.new_kernel()
    printed = kernel.run(
        "import pyNN.spiNNaker as sim\nsim.setup(1.0)\np = sim.Population(5, sim.IF_curr_exp())\n"
        "p.record('spikes')\nsim.run(10)\nsim.end()\nprint('done', sim.__version__)"
    )
    assert "done" in printed
    kernel.end()


@as_root
def test_a_server_belongs_to_its_person_and_listens_on_a_socket_alone(alice: Any, hub: Any) -> None:
    user = pwd.getpwnam(unix_users.unix_name("talice"))
    assert user.pw_uid >= 1000 and user.pw_name == "jupyter-talice"
    assert stat.S_IMODE(Path(user.pw_dir).stat().st_mode) == 0o700
    socket = settings.load(hub.folder).run_folder / "users" / str(user.pw_uid) / "server.sock"
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert socket.stat().st_uid == user.pw_uid
    kernel = alice.new_kernel()
    assert kernel.run("import os; print(os.getuid())").strip() == str(user.pw_uid)
    assert listening(user.pw_uid) == []  # kernels, too: no port that others could try
    kernel.end()


@as_root
def test_nobody_reads_what_is_anothers(alice: Any, bob: Any, hub: Any) -> None:
    """Line 1 of the checklist: home, /tmp, environment, sockets, pages."""
    owner, other = alice.new_kernel(), bob.new_kernel()
    owner.run("open('/tmp/mine', 'w').write('secret'); open('secret.txt', 'w').write('secret')")
    pid = owner.run("import os; os.environ['MINE'] = 'secret'; print(os.getpid())").strip()
    uid, home = pwd.getpwnam("jupyter-talice").pw_uid, pwd.getpwnam("jupyter-talice").pw_dir
    run = settings.load(hub.folder).run_folder
    tried = other.run(
        f"""
import os, socket
def attempt(what, action):
    try:
        print(what, 'OPEN', action())
    except OSError as error:
        print(what, type(error).__name__)
attempt('home', lambda: os.listdir('{home}'))
attempt('file', lambda: open('{home}/secret.txt').read())
attempt('environment', lambda: open('/proc/{pid}/environ').read())
attempt('memory', lambda: open('/proc/{pid}/mem'))
attempt('sockets', lambda: os.listdir('{run}/users/{uid}'))
attempt('server', lambda: socket.socket(socket.AF_UNIX).connect('{run}/users/{uid}/server.sock'))
attempt('signal', lambda: os.kill({pid}, 9))
attempt('hub', lambda: os.listdir('{hub.folder}'))
attempt('secrets', lambda: open('{hub.folder}/secrets/crypt_key').read())
attempt('root', lambda: os.setuid(0))
print('tmp', os.path.exists('/tmp/mine'))
"""
    )
    assert "OPEN" not in tried, tried
    assert "tmp False" in tried
    assert tried.count("PermissionError") + tried.count("FileNotFoundError") == 10, tried
    for path in ("lab", "tree", "api/kernels", "api/contents/", "terminals/1"):
        page = bob.get(f"/user/talice/{path}", allow_redirects=True)
        assert page.status_code in (403, 404), (path, page.status_code)
    answer = requests.get(
        f"{hub.url}/user/talice/api/contents/", headers={"Authorization": f"token {bob.token}"},
        timeout=60,
    )  # fmt: skip
    assert answer.status_code in (403, 404)
    owner.end()
    other.end()


@pytest.mark.parametrize("path", ["lab", "tree", "api/contents/", "files/SynfireExample.ipynb"])
def test_pages_of_a_server_are_framed_by_nobody(alice: Any, path: str) -> None:
    """Line 3: on one domain 'self' would be everybody."""
    answer = alice.get(f"/user/talice/{path}")
    assert answer.status_code == 200 and "/user/talice/" in answer.url
    [ancestors] = [
        part.strip()
        for part in answer.headers["Content-Security-Policy"].split(";")
        if part.strip().startswith("frame-ancestors")
    ]
    assert ancestors == "frame-ancestors 'none'"


@as_root
def test_a_persons_shell_files_are_not_run(hub: Any, new_name: Names) -> None:
    """Line 2: a server starts without a shell, so what stands in them is the person's affair."""
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    home = Path(pwd.getpwnam(unix_users.unix_name(person.name)).pw_dir)
    kernel = person.new_kernel()
    kernel.run(
        """
import os, pathlib
files = ('.bashrc', '.profile', '.bash_profile', '.bash_login', '.zshenv', 'rc')
for name in files:
    pathlib.Path.home().joinpath(name).write_text(f'touch ~/ran-{name}; export FROM_SHELL=1\\n')
os.chmod('.profile', 0o700)
"""
    )
    kernel.end()
    assert (home / ".profile").read_text().startswith("touch")
    person.session.delete(
        f"{hub.url}/hub/api/users/{person.name}/server", headers={"X-XSRFToken": person.xsrf()}
    )
    uid = pwd.getpwnam(unix_users.unix_name(person.name)).pw_uid
    deadline = time.monotonic() + 60
    while unix_users.processes(uid) and time.monotonic() < deadline:
        time.sleep(0.1)
    person.start()
    kernel = person.new_kernel()
    assert kernel.run("import os; print(os.environ.get('FROM_SHELL'))").strip() == "None"
    assert list(home.glob("ran-*")) == []
    # They are good files: a shell that the person starts reads them.
    kernel.run("import subprocess; subprocess.run(['bash', '-lc', 'true'], check=True)")
    assert [file.name for file in home.glob("ran-*")] == ["ran-.bash_profile"]
    kernel.end()


@as_root
def test_the_servers_environment_cannot_be_changed(alice: Any) -> None:
    """Line 2: it belongs to root, and what a person configures is not read."""
    kernel = alice.new_kernel()
    printed = kernel.run(
        """
import os, spinnlab, sys
server = open(f'/proc/{os.getppid()}/cmdline').read().split('\\0')[0]
places = [os.path.dirname(spinnlab.__file__), os.path.dirname(server)]
print([os.access(place, os.W_OK) for place in places])
os.makedirs(os.path.expanduser('~/.jupyter'), exist_ok=True)
open(os.path.expanduser('~/.jupyter/jupyter_server_config.py'), 'w').write('raise SystemExit(9)')
"""
    )
    assert "True" not in printed, printed
    kernel.end()
    again = alice.session.delete(
        f"{alice.url}/hub/api/users/talice/server", headers={"X-XSRFToken": alice.xsrf()}
    )
    assert again.status_code in (202, 204)
    time.sleep(1)
    alice.start()  # the file above would have kept it from starting


@as_root
def test_limits_hold_by_default(alice: Any, hub: Any) -> None:
    """Line 7: processes, files and memory end for who asks, and for nobody else."""
    limits = settings.load(hub.folder).limits
    kernel = alice.new_kernel()
    printed = kernel.run(
        "from resource import *\n"
        "print(*(getrlimit(kind)[1] for kind in (RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE)))"
    )
    assert printed.split() == [str(limits.processes), str(limits.open_files), "0"]
    group = kernel.run("print(open('/proc/self/cgroup').read())")
    if "not keep the limit on memory" in hub.command("check").stdout:
        pytest.skip("this host gives no control groups")
    assert "jupyter-talice" in group
    kernel.end()


def test_a_person_who_asks_for_too_much_memory_loses_the_kernel_only(
    alice: Any, hub: Any, wait: Callable[..., float]
) -> None:
    if "kept by control groups" not in hub.command("check").stdout:
        pytest.skip("this host gives no control groups")
    kernel = alice.new_kernel()
    kernel.send("kept = bytearray(8 << 30)\nfor at in range(0, len(kept), 4096): kept[at] = 1")
    wait(lambda: alice.api("GET", "kernels").status_code == 200, 30)
    other = alice.new_kernel()
    assert other.run("print(6 * 7)").strip() == "42"
    other.end()
    kernel.end()


@as_root
def test_removing_a_person_keeps_an_archive_and_nothing_else(hub: Any, new_name: Names) -> None:
    """Line 9: access, server and files at once."""
    person, admin = hub.person(new_name()), hub.person(hub.people[0])
    person.sign_in()
    person.start()
    uid = pwd.getpwnam(unix_users.unix_name(person.name)).pw_uid
    home = Path(pwd.getpwuid(uid).pw_dir)
    admin.sign_in()
    answer = admin.post("/hub/api/lab/admin/remove", {"name": person.name})
    assert answer.status_code == 200, answer.text
    assert not person.is_signed_in()
    assert unix_users.processes(uid) == []
    assert not home.exists()
    with pytest.raises(KeyError):
        pwd.getpwuid(uid)
    archives = list((hub.folder / "archive").glob(f"jupyter-{person.name}-*.tar.gz"))
    assert len(archives) == 1
    assert stat.S_IMODE(archives[0].stat().st_mode) == 0o600


def test_log_out_ends_the_server_and_the_session(
    hub: Any, new_name: Names, wait: Callable[..., float]
) -> None:
    person = hub.person(new_name())
    person.sign_in()
    person.start()
    page = person.get("/hub/logout")
    assert "You are signed out" in page.text
    assert not person.is_signed_in()
    admin = hub.person(hub.people[0])
    admin.sign_in()

    def stopped() -> bool:
        people = admin.get("/hub/api/lab/admin").json()["people"]
        return not next(item for item in people if item["name"] == person.name)["server"]

    print(f"server gone {wait(stopped):.1f} s after the page")
