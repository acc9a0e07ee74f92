# SPDX-License-Identifier: Apache-2.0
"""The hub's parts that need no hub: settings, secrets, passwords, the line of starts, backups."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from spinnlab.hub import (
    backup,
    backup_homes,
    course,
    drain,
    keys,
    limits,
    machine_view,
    passwords,
    ports,
    settings,
    unix_users,
)
from spinnlab.hub.names import is_name
from spinnlab.hub.roster import RosterError
from spinnlab.hub.roster import read as read_roster
from spinnlab.hub.server_log import LONGEST_BYTES, TAIL_BYTES, ServerLog
from spinnlab.hub.settings import HubSettings, SettingsError
from spinnlab.hub.start_queue import StartQueue


def write(folder: Path, text: str) -> Path:
    (folder / settings.FILE).write_text(text)
    return folder


def test_settings_have_their_usual_values(tmp_path: Path) -> None:
    hub = settings.load(write(tmp_path, ""))
    assert hub.limits.memory_mib == 4096
    assert hub.people.sign_up == "approval"
    assert hub.public_url == "http://localhost:8000"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[site]\nprot = 1", "'site.prot' is not known"),
        ('[site]\nport = "8000"', "'site.port' must be a whole number"),
        ("[site]\nport = 0", "ports are 1 to 65535"),
        ('[site]\ntls = "yes"', "it may be certificate, proxy, none"),
        ('[site]\ntls = "certificate"', "needs 'certificate' and 'key'"),
        ("[people]\nshortest_password = 3", "8 characters are the least"),
        ("[people]\nlocal_accounts = false", "nobody could sign in"),
        ("[limits]\nmemory_mib = -1", "0 takes the limit away"),
        ("[limits]\nrun_hours = -1.0", "0 takes the limit away"),
        ("[idle]\nboards_minutes = -1.0", "0 keeps idle boards"),
        ('[frames]\nparents = ["http://wiki.org"]', "an origin such as"),
        ('[frames]\nparents = ["https://wiki.org"]', "only over TLS"),
        ('[[oidc]]\nname = "a"', "'oidc.authorize_url' is missing"),
        ("site = 3", "write [site]"),
        ("[site", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_may_be(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(SettingsError) as error:
        settings.load(write(tmp_path, text))
    assert words in str(error.value)


def test_a_folder_without_a_hub_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="spinnlab hub init"):
        settings.load(tmp_path)


def test_ports_at_which_anybody_could_listen_are_named(tmp_path: Path) -> None:
    file = tmp_path / "ip_unprivileged_port_start"
    file.write_text("1024\n")
    first = ports.first_of_everybody(file)
    assert ports.open_to_everybody((443, 444, 445), first) == ""
    assert ports.open_to_everybody((1022, 1023, 1024), first) == "1024"
    assert ports.open_to_everybody((8000, 8001, 8002), first) == "8000, 8001, 8002"
    assert ports.first_of_everybody() >= 0


def test_the_switch_for_new_servers_outlives_a_restart(tmp_path: Path) -> None:
    drain.refuse_start(tmp_path)
    assert drain.notice(tmp_path) == ""
    drain.switch(tmp_path, True)
    drain.switch(tmp_path, True)
    assert drain.notice(tmp_path) == drain.NOTICE
    with pytest.raises(drain.DrainingError, match="maintenance"):
        drain.refuse_start(tmp_path)
    drain.switch(tmp_path, False)
    drain.switch(tmp_path, False)
    drain.refuse_start(tmp_path)


def test_the_log_of_a_server_is_private_kept_once_and_bounded(tmp_path: Path) -> None:
    log = ServerLog(tmp_path, "ada")
    assert log.tail() == ""
    log.trim()
    with log.begin() as stream:
        stream.write(b"first\n")
    log.say("failed")
    assert log.tail().startswith("first\n") and log.tail().endswith(" hub] failed\n")
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    with log.begin() as stream:
        stream.write(b"x" * LONGEST_BYTES)
        stream.flush()
        assert len(log.tail()) == TAIL_BYTES
        log.trim()
        assert len(log.tail()) == TAIL_BYTES  # just as long as it may be
        stream.write(b"y")
        stream.flush()
        log.trim()
        assert "was emptied" in log.tail()
        stream.write(b"and goes on\n")  # the server knows nothing of that
        stream.flush()
        assert log.tail().endswith("and goes on\n") and len(log.tail()) < 200
    assert log.earlier.read_text().startswith("first")
    log.remove()
    assert not log.file.exists() and not log.earlier.exists()


def test_secrets_are_private_and_made_once(tmp_path: Path) -> None:
    assert set(keys.make(tmp_path)) == set(keys.SECRETS)
    first = keys.read(tmp_path)
    assert keys.make(tmp_path) == []
    assert keys.read(tmp_path) == first
    for file in keys.folder_of(tmp_path).iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "sample", ["changeme", "secret", "0" * 64, "my-example-token", "REPLACE_ME", "x" * 64]
)
def test_sample_secrets_are_refused(tmp_path: Path, sample: str) -> None:
    keys.make(tmp_path)
    keys.write_private(keys.folder_of(tmp_path) / "proxy_token", sample)
    with pytest.raises(keys.SecretError, match="sample"):
        keys.read(tmp_path)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys.make(tmp_path)
    (keys.folder_of(tmp_path) / "crypt_key").chmod(0o644)
    with pytest.raises(keys.SecretError, match="chmod 600"):
        keys.read(tmp_path)


def test_a_sign_up_code_expires(tmp_path: Path) -> None:
    keys.make(tmp_path)
    good = keys.new_sign_up_code(tmp_path, 1)
    spent = keys.new_sign_up_code(tmp_path, -1)
    assert keys.is_sign_up_code(tmp_path, f" {good.lower()} ")
    assert not keys.is_sign_up_code(tmp_path, spent)
    assert not keys.is_sign_up_code(tmp_path, "AAAA-BBBB-CCCC")
    stored = (keys.folder_of(tmp_path) / keys.CODES).read_text()
    assert good not in stored


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "it needs 10 or more"),
        ("p" * 80 + "qrst", "longer than 72 bytes"),
        ("aaaaaaaaaaaa", "repeats"),
        ("mary-had-a-lamb", "contains the user name"),
        ("Sunshine1234", "everybody tries first"),
    ],
)
def test_why_a_password_will_not_do(password: str, words: str) -> None:
    common = {"sunshine1234"}
    assert words in passwords.problem(password, "mary", 10, common.__contains__)


def test_a_good_password_will_do() -> None:
    assert passwords.problem("correct horse battery", "mary", 10, lambda _: False) == ""


def test_five_failures_lock_a_name_for_ten_minutes_and_no_other() -> None:
    now = 0.0
    attempts = passwords.Attempts(5, 600, clock=lambda: now)
    assert [attempts.fail("eve") for _ in range(5)] == [4, 3, 2, 1, 0]
    assert attempts.locked_s("eve") == 600
    assert attempts.locked_s("ada") == 0
    now = 599.0
    assert attempts.locked_s("eve") == 1
    now = 601.0
    assert attempts.locked_s("eve") == 0
    assert attempts.fail("eve") == 4  # and it starts anew


def test_success_forgets_failures() -> None:
    attempts = passwords.Attempts(5, 600)
    attempts.fail("ada")
    attempts.succeed("ada")
    assert attempts.fail("ada") == 4


def test_remembered_failures_are_bounded() -> None:
    attempts = passwords.Attempts(5, 600)
    for number in range(passwords.MOST_NAMES + 100):
        attempts.fail(f"n{number}")
    assert len(attempts._failed) == passwords.MOST_NAMES


@pytest.mark.parametrize("name", ["ada", "a", "ada.lovelace", "user-17", "x_y", "a" * 32])
def test_names_that_are_taken(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "Ada", "1st", "../etc", "a/b", "ada ", "-rf", "a" * 33, "ada-", "é", "a\nb"]
)
def test_names_that_are_not(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize("person", ["ada", "ada.lovelace", "x" * 32, "a.b", "a_b-c"])
def test_unix_names_are_short_and_plain(person: str) -> None:
    name = unix_users.unix_name(person)
    assert name.startswith("jupyter-")
    assert len(name) <= 32
    assert unix_users.PLAIN.fullmatch(name)


def test_different_people_have_different_unix_names() -> None:
    people = ["a.b", "a-b", "a_b", "x" * 31 + "y", "x" * 31 + "z", "x" * 32]
    assert len({unix_users.unix_name(person) for person in people}) == len(people)


def test_processes_of_the_system_are_left_alone() -> None:
    with pytest.raises(unix_users.UnixUserError, match="left alone"):
        unix_users.end_processes(0)


def test_who_waits_knows_the_place_and_nobody_is_forgotten() -> None:
    async def scenario() -> list[list[int]]:
        queue, seen = StartQueue(1), []
        tickets = [asyncio.Event() for _ in range(3)]
        await queue.enter(tickets[0])
        waiting = [asyncio.create_task(queue.enter(ticket)) for ticket in tickets[1:]]
        await asyncio.sleep(0)
        seen.append([queue.place(ticket) for ticket in tickets])
        waiting[0].cancel()  # somebody closes the page
        await asyncio.gather(waiting[0], return_exceptions=True)
        seen.append([queue.place(ticket) for ticket in tickets])
        queue.leave()
        await waiting[1]
        seen.append([queue.place(ticket) for ticket in tickets])
        return seen

    assert asyncio.run(scenario()) == [[0, 1, 2], [0, 0, 1], [0, 0, 0]]


def hub_folder(folder: Path) -> HubSettings:
    folder.mkdir()
    write(folder, '[site]\nname = "Before"\n')
    keys.make(folder)
    with sqlite3.connect(folder / "hub.sqlite") as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
        connection.execute("INSERT INTO people VALUES ('ada')")
    return settings.load(folder)


def test_a_backup_comes_back_and_what_was_there_is_kept(tmp_path: Path) -> None:
    hub = hub_folder(tmp_path / "hub")
    secrets = keys.read(hub.folder)
    saved = backup.make(hub.folder, tmp_path / "saved.tar.gz")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    write(hub.folder, '[site]\nname = "After"\n')
    (keys.folder_of(hub.folder) / "crypt_key").unlink()
    kept = backup.restore(hub.folder, saved)
    assert settings.load(hub.folder).site.name == "Before"
    assert keys.read(hub.folder) == secrets
    with sqlite3.connect(hub.folder / "hub.sqlite") as connection:
        assert connection.execute("SELECT name FROM people").fetchall() == [("ada",)]
    assert kept is not None and settings.load(kept).site.name == "After"


def test_a_file_that_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    hub = hub_folder(tmp_path / "hub")
    wrong = tmp_path / "wrong.tar.gz"
    wrong.write_bytes(b"no tar file")
    with pytest.raises(backup.BackupError, match="is no backup"):
        backup.restore(hub.folder, wrong)
    assert settings.load(hub.folder).site.name == "Before"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["hub", "wrong.tar.gz"]


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "secrets/../../outside"])
def test_a_backup_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    hub = hub_folder(tmp_path / "hub")
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(evil, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(backup.BackupError, match="does not belong"):
        backup.restore(hub.folder, evil)
    assert settings.load(hub.folder).site.name == "Before"
    assert not (tmp_path / "outside").exists()


def test_a_damaged_data_base_is_not_saved_as_if_it_were_good(tmp_path: Path) -> None:
    hub = hub_folder(tmp_path / "hub")
    (hub.folder / "hub.sqlite").write_bytes(b"SQLite format 3\x00" + os.urandom(5000))
    with pytest.raises(backup.BackupError):
        backup.make(hub.folder, tmp_path / "saved.tar.gz")
    assert not (tmp_path / "saved.tar.gz").exists()
    assert not (tmp_path / "saved.tar.gz.new").exists()


def test_the_age_of_the_newest_backup(tmp_path: Path) -> None:
    hub = hub_folder(tmp_path / "hub")
    assert backup.age_s(hub.folder) is None
    backup.make(hub.folder)
    age = backup.age_s(hub.folder)
    assert age is not None and age < 60


def test_a_roster_is_checked_before_anything_is_made(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("name,password,admin\nada,a-long-password,yes\nbob,,\n")
    ada, bob = read_roster(file)
    assert (ada.name, ada.password, ada.admin) == ("ada", "a-long-password", True)
    assert len(bob.password) == 16 and not bob.admin
    for text, words in [
        ("name\nada\nAda\n", "line 3: ada is there twice"),
        ("name\n../x\n", "line 2"),
        ("name,admin\nada,maybe\n", "admin is yes or no"),
        ("user\nada\n", "needs a first line"),
        ("name,colour\nada,red\n", "column 'colour'"),
        ("", "needs a first line"),
    ]:
        file.write_text(text)
        with pytest.raises(RosterError) as error:
            read_roster(file)
        assert words in str(error.value)


def git(folder: Path, *words: str) -> None:
    name = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


def test_a_course_from_git_follows_and_keeps_own_edits(tmp_path: Path) -> None:
    source, home = tmp_path / "course", tmp_path / "home"
    (source / "data").mkdir(parents=True)
    (source / "One.ipynb").write_text("1")
    (source / "data" / "table.csv").write_text("a")
    git(source, "init")
    git(source, "add", ".")
    git(source, "commit", "-m", "first")
    assert len(course.refresh(str(source), home)) == 2
    (home / "data" / "table.csv").write_text("mine")
    (source / "One.ipynb").write_text("2")
    (source / "data" / "table.csv").write_text("b")
    git(source, "commit", "-am", "second")
    course.refresh(str(source), home)
    assert (home / "One.ipynb").read_text() == "2"
    assert (home / "data" / "table.csv").read_text() == "mine"
    assert (home / "data" / "table (new version).csv").read_text() == "b"
    assert course.refresh(str(source), home) == []


def test_a_course_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    with pytest.raises(course.CourseError, match="git clone"):
        course.refresh(str(tmp_path / "nothing.git"), tmp_path / "home")


MACHINES = [{"name": "m", "width": 2, "height": 1, "dead_boards": [[1, 0, 2]]}]
JOBS = [
    {
        "job_id": 7, "owner": "synfire", "user": "jupyter-ada", "state": 3, "start_time": 0.0,
        "boards": [[0, 0, 0], [1, 0, 1]], "allocated_machine_name": "m",
    },
    {
        "job_id": 8, "owner": "big", "user": "jupyter-bob", "state": 1, "start_time": 0.0,
        "boards": None, "allocated_machine_name": None,
    },
]  # fmt: skip


def test_boards_stand_in_their_racks() -> None:
    assert machine_view.boards(MACHINES, JOBS) == [
        {"name": "m", "boards": [7, "", "", "", 7, "dead"]}
    ]


def test_the_door_shows_numbers_and_no_names() -> None:
    shown = machine_view.counts(MACHINES, JOBS)
    assert shown == {"machines": [[1, 0, 0, 0, 1, 2]], "at_work": 2, "boards": 6}
    assert "ada" not in json.dumps(shown)


def test_a_share_counts_own_boards_only() -> None:
    own = machine_view.jobs_of(JOBS, "jupyter-ada")
    assert [job["id"] for job in own] == [7]
    everybody = {"boards": 24, "jobs": None}
    ada = {"quota": {"boards": 6, "jobs": 4}}
    quotas = {"everybody": everybody, "users": {"jupyter-ada": ada}}
    assert machine_view.share(own, quotas, "jupyter-ada") == {
        "boards": 2, "boards_allowed": 6, "jobs": 1, "jobs_allowed": 4,
    }  # fmt: skip
    assert machine_view.share([], quotas, "jupyter-bob")["boards_allowed"] == 24


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make control groups")
def test_a_group_ends_who_takes_too_much_memory() -> None:
    groups = limits.find_groups()
    if groups is None or "memory" not in groups.folders:
        pytest.skip("this host gives no control groups for memory")
    name = f"test-{os.getpid()}"
    files = groups.make(name, settings.Limits(memory_mib=64, processes=50))
    script = (
        "import os,sys\n"
        "for file in sys.argv[1:]: open(file,'w').write(str(os.getpid()))\n"
        "kept = bytearray(512 << 20)\n"
    )
    try:
        result = subprocess.run(["python3", "-c", script, *map(str, files)], check=False)
        assert result.returncode == -9
        assert groups.memory_bytes(name) is not None
    finally:
        groups.remove(name)
    assert not any((folder / name).exists() for folder in groups.folders.values())


def test_homes_of_a_backup_come_back_beside_what_is_there(tmp_path: Path) -> None:
    hub_folder, home = tmp_path / "hub", tmp_path / "hub" / "homes" / "jupyter-ada"
    home.mkdir(parents=True)
    write(hub_folder, "demo = true")
    keys.make(hub_folder)
    for name, text in (("kept.txt", "old"), ("lost.txt", "lost"), ("work/deep.txt", "deep")):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    (home / "work" / "twin.txt").hardlink_to(home / "work" / "deep.txt")
    other = home.with_name("jupyter-eve")
    other.mkdir()
    (other / "hers.txt").write_text("hers")
    file = backup.make(hub_folder, tmp_path / "saved.tar.gz", [home, other])
    (home / "lost.txt").unlink()
    (home / "work" / "deep.txt").unlink()
    (home / "work" / "twin.txt").unlink()
    (home / "kept.txt").write_text("new")
    (other / "hers.txt").unlink()
    if os.geteuid() == 0:
        pytest.skip("as root homes belong to Unix users: tests/system/hub/test_keeping.py")
    assert backup_homes.restore(settings.load(hub_folder), file, ["ada", "bob"]) == ["ada"]
    assert (home / "kept.txt").read_text() == "new"
    assert (home / "lost.txt").read_text() == "lost"
    assert (home / "work" / "twin.txt").read_text() == "deep"
    assert not (other / "hers.txt").exists()  # nobody of that name is at the hub


def test_the_allocator_is_told_the_limits_and_none_that_was_taken_away(tmp_path: Path) -> None:
    said = limits.allocator_options(settings.load(write(tmp_path, "")))
    for option, value in (
        ("--user-memory-mib", "4096"),
        ("--machine-processes", "512"),
        ("--machine-open-files", "4096"),
        ("--run-limit", "86400"),
        ("--idle-limit", "1800"),
    ):
        assert said[said.index(option) + 1] == value
    groups = limits.find_groups()
    assert said.count("--user-groups") == (len(set(groups.folders.values())) if groups else 0)
    none = "[limits]\nmemory_mib = 0\nprocesses = 0\nopen_files = 0\nrun_hours = 0\n"
    none += "[idle]\nboards_minutes = 0\n"
    said = limits.allocator_options(settings.load(write(tmp_path, none)))
    assert {word for word in said if word.startswith("--")} <= {"--user-groups"}
