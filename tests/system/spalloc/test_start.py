# SPDX-License-Identifier: Apache-2.0
"""What keeps a daemon from starting is said in words, with the way out."""

import functools

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


def test_a_state_file_in_use(spallocd, refused, tmp_path):
    first = spallocd()
    text = refused("--port", "0", "--state-file", str(tmp_path / "state.json"))
    assert "another spallocd uses the state file" in text
    assert "--state-file" in text
    assert first.client().call("list_jobs") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x00\xff", b'{"spallocd_state": 99}'])
def test_a_state_file_that_is_none(refused, tmp_path, content):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    text = refused("--port", "0", "--state-file", str(path))
    assert str(path) in text
    assert "emove it" in text
    assert path.read_bytes() == content, "it is left as it was"


def test_folders_that_are_not_there_and_programs_that_cannot_run(refused, tmp_path):
    text = refused("--port", "0", "--state-file", str(tmp_path / "none" / "state.json"))
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
