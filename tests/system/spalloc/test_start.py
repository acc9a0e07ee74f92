# SPDX-License-Identifier: Apache-2.0
"""What keeps a daemon from starting is said in words, with the way out."""

import contextlib
import functools
import sqlite3

import pytest


@pytest.fixture
def refused(refused_by):
    """refused(*options): what a daemon that does not start says."""
    return functools.partial(refused_by, "spallocd")


def test_a_port_in_use(spallocd, refused):
    first = spallocd()
    text = refused("--port", str(first.port))
    assert f"cannot listen on 127.0.0.1 port {first.port}: it is in use" in text
    assert "perhaps by another spallocd" in text
    assert "--port" in text
    assert first.client().call("version") == "1.0.0", "the first one is not disturbed"


def test_a_data_base_in_use(spallocd, refused, tmp_path):
    first = spallocd()
    text = refused("--port", "0", "--database", str(tmp_path / "jobs.db"))
    assert "another spallocd uses the data base" in text
    assert "--database" in text
    assert first.client().call("list_jobs") == []


def foreign(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
        database.commit()


def newer(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA application_id = {0x53504C43}")
        database.execute("PRAGMA user_version = 99")
        database.execute("CREATE TABLE jobs (x)")
        database.commit()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"{}" * 1000), "file is not a database"),
        (lambda path: path.write_bytes(b"\x00\xff"), "file is not a database"),
        (foreign, "is a data base of another program"),
        (newer, "was written by a newer spallocd (tables of version 99, this one knows version 1)"),
    ],
)
def test_a_data_base_that_is_none_of_ours(refused, tmp_path, make, said):
    path = tmp_path / "other.db"
    make(path)
    content = path.read_bytes()
    text = refused("--port", "0", "--database", str(path))
    assert str(path) in text
    assert said in text
    assert "--database" in text or "Remove it" in text
    assert path.read_bytes() == content, "it is left as it was"


def test_wrong_quotas_and_admins(refused):
    assert "names no user" in refused("--port", "0", "--quota", "boards=3", code=2)
    assert "no number" in refused("--port", "0", "--default-quota", "boards=x", code=2)
    assert "no user" in refused("--port", "0", "--admin", "nobody-of-that-name")
    assert "no cgroup v2" in refused("--port", "0", "--cgroup", "/nowhere")


def test_folders_that_are_not_there_and_programs_that_cannot_run(refused, tmp_path):
    text = refused("--port", "0", "--database", str(tmp_path / "none" / "jobs.db"))
    assert "cannot be written" in text
    text = refused("--port", "0", "--machine-program", str(tmp_path / "none"))
    assert "cannot be run" in text
    assert "--machine-program" in text
    text = refused("--port", "0", "--bind", "nowhere")
    assert "no IP address" in text


def test_a_wrong_command_line(refused):
    assert "--port" in refused("--port", "nine", code=2)
    assert refused("--frobnicate", code=2)
    assert "size" in refused("--port", "0", "--machine", "m=huge").lower()


def test_the_port_is_free_again_after_kill_9(spallocd):
    first = spallocd(state=False)
    client = first.client()
    client.call("version")  # an open connection lingers
    first.kill()
    assert spallocd(port=first.port, state=False).client().call("version") == "1.0.0"
