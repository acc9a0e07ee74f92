# SPDX-License-Identifier: Apache-2.0
"""The published client of the HTTP service, SpiNNMan's SpallocClient, against ours with TLS."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.original
SCRIPT = Path(__file__).with_name("published_script.py")
SYNFIRE = Path(__file__).parents[3] / "fidelity" / "original" / "features" / "synfire.py"


@pytest.fixture
def script(published_python, published_environment, certificate, tmp_path):
    """script(daemon, part, **variables): what part of the script tells, as JSON."""

    def run(daemon, part: str, **variables: str):
        ca = str(certificate[0])
        done = subprocess.run(
            [str(published_python), str(SCRIPT), str(daemon.https_port), part],
            cwd=tmp_path,
            env={
                **published_environment,
                "REQUESTS_CA_BUNDLE": ca,
                "WEBSOCKET_CLIENT_CA_BUNDLE": ca,
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def daemon(service):
    return service("--machine", "m=frame;tags=default,fast;dead_boards=3,1,2")


def test_jobs_and_machines(daemon, script, web):
    told = script(daemon, "jobs")
    assert told["version"] == "1.0.0"
    assert told["machines"] == {"m": [4, 2, ["default", "fast"], [[3, 1, 2]]]}
    assert told["states"] == ["READY", "DESTROYED"]
    assert told["connections"] == [[0, 0], [4, 8], [8, 4]]
    assert told["where"] == [0, 0, 1]
    assert told["listed"] == [1]
    assert told["listed_with_destroyed"] == 1
    root = web(daemon, "root")
    ended = root.ask("GET", "/srv/spalloc/jobs/1").json()
    assert (ended["owner"], ended["reason"]) == ("ada", "enough")


def test_boards_through_the_proxy(daemon, script):
    told = script(daemon, "boards")
    assert told["version"].startswith("SC&MP")
    assert told["read"] == told["written"]
    assert told["datagram"] == told["written"][:4]
    assert told["listener"]
    assert told["booted"].startswith("SC&MP")
    assert told["chips"] == 48


def test_a_bearer_token_signs_in(daemon, script, web):
    assert script(daemon, "token", TEST_TOKEN="0123456789abcdef" * 4)["owner"] == "root"
    assert web(daemon, "root").ask("GET", "/srv/spalloc/jobs/1").json()["owner"] == "root"


def test_a_wrong_password_is_told(daemon, script):
    assert "wrong name or password" in script(daemon, "wrong")["error"]


@pytest.mark.timeout(600)
def test_the_synfire_chain_runs_on_boards_of_the_service(
    daemon, published_python, published_environment, certificate, tmp_path, web
):
    """The published sPyNNaker with nothing of ours in it: all datagrams go through the proxy."""
    home = tmp_path / "home"
    home.mkdir()
    server = f"https://ada:difference-engine@localhost:{daemon.https_port}/"
    (home / ".spynnaker.cfg").write_text(
        f"[Machine]\nspalloc_server = {server}\nversion = 5\n"
        "post_simulation_overrun_before_error = 600\n"
    )
    ca = str(certificate[0])
    done = subprocess.run(
        [str(published_python), str(SYNFIRE)],
        cwd=tmp_path,
        env={
            **published_environment,
            "HOME": str(home),
            "REQUESTS_CA_BUNDLE": ca,
            "WEBSOCKET_CLIENT_CA_BUNDLE": ca,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    # Times of 1,000 neurons, then that there are 4,400 spikes in all.
    assert "checks are right" in done.stdout
    job = web(daemon, "root").ask("GET", "/srv/spalloc/jobs/1").json()
    assert (job["state"], job["owner"], job["reason"]) == ("DESTROYED", "ada", "finished")
