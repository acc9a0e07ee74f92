# SPDX-License-Identifier: Apache-2.0
"""What jobs may take: memory in the group of their user or watched, time, and boards that idle."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from spinnlab.hub import limits, settings

#: Numbers without accounts; the name of such a user is "uid" and the number.
ALICE, BOB = 54_011, 54_012
MEMORY_MIB = 200

#: The environment's own may be in a folder that only this user can enter.
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or ""

#: Becomes user argv[1], then creates a job for each request of argv[3] at port argv[2] and waits.
CLIENT = """
import json, os, socket, sys
os.setgroups([])
os.setresgid(*[int(sys.argv[1])] * 3)
os.setresuid(*[int(sys.argv[1])] * 3)
file = socket.create_connection(("127.0.0.1", int(sys.argv[2]))).makefile("rwb")
for line in json.loads(sys.argv[3]):
    file.write(json.dumps(line).encode() + b"\\n")
    file.flush()
    print(json.loads(file.readline())["return"], flush=True)
sys.stdin.read()
"""

#: b .: the core runs for ever.
ENDLESS = [0xEAFFFFFE]
FILL = 5
SDRAM = 0x60000000
FREE_SDRAM_BYTES = 100 << 20

as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not PYTHON, reason="needs root, to become others, and /usr/bin/python3"
)


@pytest.fixture
def create_as():
    """create_as(uid, daemon, n): numbers of n jobs of one board that a user has."""
    with contextlib.ExitStack() as stack:

        def create(uid: int, daemon, n: int = 1) -> list[int]:
            job = {"command": "create_job", "kwargs": {"owner": "x", "keepalive": None}}
            client = stack.enter_context(
                subprocess.Popen(
                    [PYTHON, "-I", "-c", CLIENT, str(uid), str(daemon.port), json.dumps([job] * n)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            return [int(client.stdout.readline()) for _ in range(n)]

        yield create


@pytest.fixture
def user_groups():
    """The options of a daemon whose users have groups, as a hub makes them."""
    groups = limits.find_groups()
    if groups is None or "memory" not in groups.folders:
        pytest.skip("this host gives no control groups for memory")
    names = [f"uid{uid}" for uid in (ALICE, BOB)]
    for name in names:
        groups.make(name, settings.Limits(memory_mib=MEMORY_MIB, cores=1.5, processes=100))
    words = []
    for folder in sorted(set(groups.folders.values())):
        words += ["--user-groups", str(folder)]
    yield words, groups
    for name in names:
        groups.remove(name)


def groups_of(pid: int) -> dict[str, str]:
    """Controller -> group of a process; "" is version 2."""
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    return {line.split(":")[1]: line.split(":")[2] for line in lines}


def machine_of(daemon, uid: int) -> int:
    (pid,) = [pid for pid in daemon.machines() if Path(f"/proc/{pid}").stat().st_uid == uid]
    return pid


def fill(client, chips: int) -> None:
    """Writes to all free memory of some chips, so that the machine of the boards grows."""
    for chip in range(chips):
        where = (chip % 4, chip // 4)
        result, _ = client.ask(FILL, (SDRAM, 0x5A5A5A5A, FREE_SDRAM_BYTES), chip=where)
        assert result == 0x80


@as_root
def test_boards_share_the_limits_of_their_user(
    user_groups, spallocd, create_as, board_client, eventually
):
    words, groups = user_groups
    daemon = spallocd("--shared", *words, "--machine-memory-mib", "1")
    (hers,), (his,) = create_as(ALICE, daemon), create_as(BOB, daemon)
    root = daemon.client()
    eventually(lambda: root.state(hers) == root.state(his) == 3, 20, "both on")
    machine = machine_of(daemon, ALICE)
    found = groups_of(machine)
    for controller in groups.folders:
        assert found.get(controller, found.get("", "")).endswith(f"/uid{ALICE}"), found
    assert Path(f"/proc/{machine}/oom_score_adj").read_text().strip() == "500"
    cpu = groups.folders["cpu"] / f"uid{ALICE}"
    if groups.version == 1:
        quota = (cpu / "cpu.cfs_quota_us").read_text().strip()
        weights = {(folder / "cpu.shares").read_text() for folder in cpu.parent.glob("uid5401*")}
    else:
        quota = (cpu / "cpu.max").read_text().split()[0]
        weights = {(folder / "cpu.weight").read_text() for folder in cpu.parent.glob("uid5401*")}
    assert quota == "150000"
    assert len(weights) == 1, "users have the same weight"

    client = board_client(root.addresses(hers)[0])
    with contextlib.suppress(TimeoutError):
        fill(client, chips=4)
    eventually(lambda: root.state(hers) == 4, 60, "ended for memory")
    reason = root.reason(hers)
    print(reason)
    assert reason.startswith("Out of memory: the boards of the job had taken ")
    assert f"one person may take {MEMORY_MIB} MiB of memory together" in reason
    assert root.state(his) == 3
    assert board_client(root.addresses(his)[0]).answers()


@as_root
def test_without_a_group_all_machines_of_a_user_are_watched_together(
    spallocd, create_as, board_client, eventually
):
    daemon = spallocd("--shared", "--user-memory-mib", str(MEMORY_MIB))
    first, second = create_as(ALICE, daemon, 2)
    (his,) = create_as(BOB, daemon)
    root = daemon.client()
    eventually(lambda: {root.state(job) for job in (first, second, his)} == {3}, 20, "all on")
    for job in (first, second):  # neither is too large by itself
        fill(board_client(root.addresses(job)[0]), chips=1)
    eventually(lambda: 4 in (root.state(first), root.state(second)), 20, "one is ended")
    ended, left = (first, second) if root.state(first) == 4 else (second, first)
    assert f"and {MEMORY_MIB} are allowed together" in root.reason(ended)
    assert root.state(left) == root.state(his) == 3


def test_a_machine_may_have_so_many_files_open(spallocd, ready):
    daemon = spallocd("--machine-open-files", "300")
    ready(daemon.client())
    limit = Path(f"/proc/{daemon.machines()[0]}/limits").read_text()
    assert [line.split()[3:5] for line in limit.splitlines() if "open files" in line] == [
        ["300", "300"]
    ]


def test_a_group_that_is_not_there_is_refused(refused_by, tmp_path):
    words = ("--port", "0", "--user-groups", str(tmp_path))
    assert f"{tmp_path} is no control group" in refused_by("spallocd", *words)


def test_idle_boards_are_given_back_and_no_others(spallocd, ready, board_client, eventually):
    daemon = spallocd("--idle-limit", "3", "--machine", "m=triad")
    root = daemon.client()
    idle, computes, spoken_to = (ready(root) for _ in range(3))
    board_client(root.addresses(computes)[0]).start(ENDLESS)
    speaker = board_client(root.addresses(spoken_to)[0])
    began = time.monotonic()
    while root.state(idle) != 4:  # the question keeps a job alive, but is no use of its boards
        assert speaker.answers()
        assert time.monotonic() - began < 20
        time.sleep(0.2)
    print(f"given back after {time.monotonic() - began:.1f} s")
    assert root.reason(idle).startswith("Idle: for 3 s the job's boards have neither computed nor")
    for _ in range(20):
        assert speaker.answers()
        time.sleep(0.2)
    assert root.state(computes) == root.state(spoken_to) == 3
    eventually(lambda: root.state(spoken_to) == 4, 20, "nobody speaks to it any more")
    assert root.state(computes) == 3


def test_boards_wait_for_a_program_that_wants_them(spallocd, ready, eventually):
    daemon = spallocd("--idle-limit", "2")
    root = daemon.client()
    job = ready(root)
    for _ in range(20):
        assert root.call("boards_wanted", "ada") is None
        time.sleep(0.2)
    assert root.state(job) == 3
    assert root.call("user_activity")["jobs_idle"] == 0
    eventually(lambda: root.state(job) == 4, 20, "idle")


def test_a_job_has_its_boards_for_so_long(spallocd, ready, board_client, eventually):
    daemon = spallocd("--run-limit", "3")
    root = daemon.client()
    job = ready(root)
    board_client(root.addresses(job)[0]).start(ENDLESS)
    assert 0 < root.call("job_status", job)["time_left_s"] <= 3
    eventually(lambda: root.state(job) == 4, 20, "time is over")
    assert root.reason(job).startswith(
        "Time limit: the job has had its boards for 3 s, the longest"
    )
    run = root.call("begin_run", "synfire", 1)
    assert run["limit_s"] == 3
