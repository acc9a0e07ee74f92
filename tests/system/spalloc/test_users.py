# SPDX-License-Identifier: Apache-2.0
"""Two users of one computer, with numbers of their own: what is one's, the other cannot touch."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

ALICE, BOB = 54_001, 54_002

#: The environment's own may be in a folder that only this user can enter.
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or ""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not PYTHON, reason="needs root, to become two users, and /usr/bin/python3"
)

#: Reads {"address", "lines"} and prints a list of answers: a client that is another user.
CLIENT = """
import json, socket, sys
asked = json.load(sys.stdin)
if isinstance(asked["address"], str):
    s = socket.socket(socket.AF_UNIX)
    s.connect(asked["address"])
else:
    s = socket.create_connection(tuple(asked["address"]))
s.settimeout(10)
file = s.makefile("rwb")
answers = []
for line in asked["lines"]:
    try:
        file.write(json.dumps(line).encode() + b"\\n")
        file.flush()
    except OSError:
        pass
    try:
        answers.append(json.loads(file.readline() or b"null"))
    except OSError:
        answers.append(None)
print(json.dumps(answers))
"""

#: Sends a version request to argv[1] and prints how many bytes came back within argv[2] seconds;
#: binds argv[3] first, and names the source address argv[4], where these are given.
ASK_BOARD = """
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
local = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1:0"
s.bind((local.split(":")[0], int(local.split(":")[1])))
s.settimeout(float(sys.argv[2]))
message = struct.pack("<2x8B2H3I", 0x87, 0xff, 0, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0)
source = []
if len(sys.argv) > 4:
    address = struct.pack("=I4s4s", 0, socket.inet_aton(sys.argv[4]), bytes(4))
    source = [(socket.IPPROTO_IP, 8, address)]
s.sendmsg([message], source, 0, (sys.argv[1], 17893))
try:
    print(len(s.recv(1024)))
except TimeoutError:
    print(0)
"""


def as_user(uid, code, *arguments, text=""):
    done = subprocess.run(
        [PYTHON, "-I", "-c", code, *arguments],
        input=text,
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def ask(uid, address, *lines):
    """Answers to (command, kwargs) lines, asked by that user over one connection."""
    asked = {
        "address": address,
        "lines": [{"command": command, "kwargs": kwargs} for command, kwargs in lines],
    }
    return as_user(uid, CLIENT, text=json.dumps(asked))


@pytest.fixture
def shared(spallocd):
    """shared(*options): a daemon for all users, and the path of its socket."""
    with contextlib.ExitStack() as stack:

        def start(*options):
            # pytest's own folders are closed to other users.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spallocd-")))
            folder.chmod(0o755)
            path = str(folder / "s")
            return spallocd("--shared", "--socket", path, *options), path

        yield start


@pytest.fixture
def job_of_alice(shared, eventually):
    daemon, path = shared()
    [created] = ask(ALICE, path, ("create_job", {"owner": "a", "keepalive": 60}))
    job = created["return"]
    root = daemon.client()
    eventually(lambda: root.state(job) == 3, 20, "boards on")
    return daemon, path, job, root.addresses(job)[0]


def test_who_asks_is_seen_by_the_socket_on_both_ways(shared):
    daemon, path = shared("--admin", str(BOB), "--default-quota", "boards=6")
    for address in (path, ["127.0.0.1", daemon.port]):
        [answer] = ask(ALICE, address, ("about", {}))
        about = answer["return"]
        assert (about["uid"], about["user"], about["admin"]) == (ALICE, f"uid{ALICE}", False)
        assert (about["shared"], about["port"], about["policy"]) == (True, daemon.port, "share")
        assert about["quota"]["boards"] == 6
        [answer] = ask(BOB, address, ("about", {}))
        assert answer["return"]["admin"]


def test_a_personal_daemon_serves_nobody_else(spallocd):
    daemon = spallocd()
    [answer] = ask(ALICE, ["127.0.0.1", daemon.port], ("version", {}))
    assert "this spallocd is another user's" in answer["exception"]
    assert daemon.client().call("version") == "1.0.0"


def test_another_users_job_can_neither_be_seen_nor_changed(job_of_alice):
    daemon, path, job, _ = job_of_alice
    for address in (path, ["127.0.0.1", daemon.port]):
        listed, state, *refused = ask(
            BOB,
            address,
            ("list_jobs", {}),
            ("get_job_state", {"job_id": job}),
            ("destroy_job", {"job_id": job}),
            ("power_off_job_boards", {"job_id": job}),
            ("power_on_job_boards", {"job_id": job}),
            ("job_keepalive", {"job_id": job}),
            ("get_job_machine_info", {"job_id": job}),
            ("job_status", {"job_id": job}),
            ("where_is", {"job_id": job, "chip_x": 0, "chip_y": 0}),
        )
        [other] = listed["return"]
        assert other["owner"] == "<hidden>"
        assert (other["args"], other["kwargs"], other["keepalivehost"]) == ([], {}, None)
        assert state["return"]["state"] == 3
        assert state["return"]["keepalivehost"] is None
        for answer in refused:
            assert f"job {job} is not yours" in answer["exception"]
            assert str(ALICE) not in answer["exception"], "nobody is named"
        set_quota, release = ask(
            BOB, address, ("set_quota", {"user": "x"}), ("release_user", {"user": "x"})
        )
        assert "only an admin" in set_quota["exception"]
        assert "only an admin" in release["exception"]
    [own] = ask(ALICE, path, ("list_jobs", {}))
    assert own["return"][0]["owner"] == "a"


def test_a_lease_of_the_same_label_ends_nothing_of_others(job_of_alice):
    daemon, path, job, _ = job_of_alice
    ask(BOB, path, ("lease", {"owner": "a"}))  # and closes
    time.sleep(0.2)
    assert daemon.client().state(job) == 3
    ask(ALICE, path, ("lease", {"owner": "a"}))
    time.sleep(0.2)
    assert daemon.client().state(job) == 4


def test_boards_run_as_their_user_with_nothing_inherited(job_of_alice):
    daemon, *_ = job_of_alice
    [machine] = daemon.machines()
    process = Path(f"/proc/{machine}")
    lines = (process / "status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert status["Uid"].split() == [str(ALICE)] * 4
    assert status["Gid"].split() == [str(ALICE)] * 4
    assert str((process / "cwd").readlink()) == "/"
    descriptors = [str((process / "fd" / str(n)).readlink()) for n in (0, 1, 2)]
    assert all(name.startswith("pipe:") for name in descriptors)
    variables = (process / "environ").read_text().split("\0")
    assert {v.split("=")[0] for v in variables if v} <= {
        "PATH", "LANG", "XDG_RUNTIME_DIR", "SPINNLAB_RUNTIME_DIR"
    }  # fmt: skip
    os.kill(daemon.process.pid, 9)
    daemon.process.wait(10)
    deadline = time.monotonic() + 15
    while process.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not process.exists(), "it ends with its daemon"


def test_another_user_cannot_talk_to_the_boards(job_of_alice):
    daemon, _, job, address = job_of_alice
    assert as_user(ALICE, ASK_BOARD, address, "5") > 0
    assert as_user(BOB, ASK_BOARD, address, "1") == 0
    assert as_user(0, ASK_BOARD, address, "5") > 0, "root may"
    # A boot packet and a stop of bob's do not arrive either: the boards still answer, booted.
    boot = "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n" \
        "s.sendto(bytes.fromhex('0001' '00000001' + '00' * 12), (sys.argv[1], 54321))\n" \
        "import time; time.sleep(0.5); print(0)"  # fmt: skip
    as_user(BOB, boot, address)
    assert as_user(ALICE, ASK_BOARD, address, "5") > 0
    assert daemon.client().state(job) == 3


def test_a_source_address_cannot_be_borrowed(job_of_alice):
    """Bob binds alice's port on another loopback address and names hers as the source."""
    *_, address = job_of_alice
    held = subprocess.Popen(
        [PYTHON, "-I", "-c",
         "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
         "s.bind(('127.0.0.9', 0)); print(s.getsockname()[1], flush=True)\n"
         "s.settimeout(3)\ntry:\n    print(len(s.recv(1024)), flush=True)\n"
         "except TimeoutError:\n    print(0, flush=True)"],
        user=ALICE, group=ALICE, extra_groups=[], cwd="/", stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with held:
        port = held.stdout.readline().strip()
        as_user(BOB, ASK_BOARD, address, "0.5", f"127.0.0.2:{port}", "127.0.0.9")
        assert held.stdout.readline().strip() == "0", "the board has answered to bob's request"


def test_what_was_refused_is_counted(job_of_alice):
    daemon, _, _, address = job_of_alice
    assert as_user(BOB, ASK_BOARD, address, "0.5") == 0
    [machine] = daemon.machines()
    variables = Path(f"/proc/{machine}/environ").read_text().split("\0")
    folder = dict(v.split("=", 1) for v in variables if v)["SPINNLAB_RUNTIME_DIR"]
    control = socket.socket(socket.AF_UNIX)
    control.connect(f"{folder}/machine-{address}.sock")
    control.sendall(b'{"command": "state"}\n')
    assert json.loads(control.makefile().readline())["return"]["refused_datagrams"] == 1
    control.close()
    refused = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\n" \
        "print(s.connect_ex(sys.argv[1]))"  # fmt: skip
    assert as_user(BOB, refused, f"{folder}/machine-{address}.sock") == 13  # EACCES


def test_quotas_hold_and_say_why(shared, eventually):
    daemon, path = shared("--quota", f"user=uid{ALICE},boards=1")
    answers = ask(
        ALICE,
        path,
        ("create_job", {"owner": "a"}),
        ("create_job", {"owner": "a"}),
        ("job_status", {"job_id": 2}),
        ("begin_run", {"label": "synfire", "threads_wanted": 4}),
        ("list_runs", {}),
        ("user_activity", {}),
    )
    assert answers[2]["return"]["waits_for"] == "you have 1 of 1 boards in use"
    assert answers[2]["return"]["place"] == 1
    assert answers[3]["return"]["threads"] >= 1
    assert answers[4]["return"][0]["label"] == "synfire"
    activity = answers[5]["return"]
    assert (activity["active"], activity["jobs_on"], activity["jobs_queued"]) == (True, 1, 1)
    root = daemon.client()
    eventually(lambda: root.call("list_runs") == [], 5, "the run has ended with its connection")
    root.call("set_quota", f"uid{ALICE}", boards=2)
    eventually(lambda: root.state(2) == 3, 20, "the second job's boards are on")
    assert root.call("release_user", f"uid{ALICE}", reason="the course is over") == 2
    assert root.reason(2) == "the course is over"


def test_a_machine_that_takes_too_much_memory_is_ended(shared, eventually):
    daemon, path = shared("--machine-memory-mib", "1")
    ask(ALICE, path, ("create_job", {"owner": "a"}))
    root = daemon.client()
    eventually(lambda: root.state(1) == 4, 20, "destroyed")
    assert "MiB of memory, and 1 are allowed" in root.reason(1)


def test_who_has_many_machines_has_nicer_ones(shared, eventually):
    daemon, path = shared("--machine", "m=frame")
    ask(ALICE, path, *[("create_job", {"owner": "a"})] * 4)
    ask(BOB, path, ("create_job", {"owner": "b"}))
    root = daemon.client()
    eventually(lambda: all(root.state(job) == 3 for job in range(1, 6)), 30, "all on")

    def nice_values():
        by_user = {ALICE: [], BOB: []}
        for machine in daemon.machines():
            by_user[Path(f"/proc/{machine}").stat().st_uid].append(
                os.getpriority(os.PRIO_PROCESS, machine)
            )
        return by_user

    assert nice_values() == {ALICE: [6] * 4, BOB: [0]}
    for job in (1, 2, 3):
        root.call("destroy_job", job)
    eventually(lambda: nice_values() == {ALICE: [0], BOB: [0]}, 10, "niceness taken back")


def test_forty_one_board_jobs_at_once(shared, eventually):
    daemon, _ = shared("--machine", "spinnlab=cabinet")
    began = time.monotonic()
    root = daemon.client()
    jobs = [root.call("create_job", owner="x", keepalive=60) for _ in range(40)]
    granted = time.monotonic() - began
    assert all(root.state(job) in (2, 3) for job in jobs), "granted at once"
    eventually(lambda: all(root.state(job) == 3 for job in jobs), 120, "all on")
    print(f"40 jobs granted in {granted:.3f} s, all on after {time.monotonic() - began:.2f} s")
