# SPDX-License-Identifier: Apache-2.0
"""The HTTP service as a client sees it: who may what, jobs, boards, WebSockets."""

import json
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from web import Reply, Web, WebSocket

JOBS = "/srv/spalloc/jobs"
SDRAM = 0x60000000


@pytest.fixture
def ready_job(eventually):
    """ready_job(web, **what): path of a job whose boards are on."""

    def make(web: Web, **what) -> str:
        job = web.create(**(what or {"num-boards": 1}))
        eventually(lambda: web.state(job) != "POWER", 20, "boards on")
        assert web.state(job) == "READY"
        return job

    return make


# --- signing in ---------------------------------------------------------------------------------


def test_nothing_is_told_to_strangers(service, web):
    daemon = service()
    stranger = web(daemon)
    for path in ("/srv/spalloc/", JOBS, "/srv/spalloc/machines", "/srv/spinnlab/overview"):
        assert stranger.ask("GET", path).status == 401, path
    assert stranger.ask("POST", JOBS, {"num-boards": 1}).status == 401
    stranger.token = "0" * 64
    assert stranger.ask("GET", JOBS).status == 401
    for path in ("/srv/spinnlab/events", "/spalloc/proxy/1"):
        assert web(daemon).websocket(path).status == 401, path


def test_the_cookie_is_for_this_service_alone(service, web):
    daemon = service()
    for secure in (False, True):
        page = web(daemon, secure=secure).ask("GET", "/system/login.html")
        cookie = page.headers["set-cookie"]
        for word in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
            assert word in cookie
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        # Browsers would hold all of localhost to it.
        assert "strict-transport-security" not in page.headers


def test_behind_a_proxy_the_cookie_is_for_its_part_of_the_site(service, web):
    daemon = service("--http-url", "https://lab.example.org/boards")
    page = web(daemon).ask("GET", "/boards/system/login.html")
    assert "strict-transport-security" in page.headers
    assert "Path=/boards/" in page.headers["set-cookie"]


def test_a_cookie_changes_nothing_without_the_sessions_token(service, web):
    ada = web(service(), "ada")
    token, ada.csrf = ada.csrf, None
    assert ada.ask("GET", JOBS).status == 200
    assert ada.ask("POST", JOBS, {"keepalive-interval": "PT60S"}).status == 403
    assert ada.websocket("/srv/spinnlab/events").status == 403
    ada.csrf = token[::-1]
    assert ada.ask("POST", JOBS, {"keepalive-interval": "PT60S"}).status == 403
    ada.csrf = token
    job = ada.create()
    ada.csrf = None
    assert ada.ask("DELETE", job).status == 403
    assert ada.state(job) != "DESTROYED"


def test_a_login_form_serves_its_own_session_only(service, web):
    daemon = service()
    mine, other = web(daemon), web(daemon)
    other.cookie = other.ask("GET", "/system/login.html").cookie
    reply = mine.try_login("ada", "difference-engine")
    assert reply.status == 302
    assert reply.cookie not in (None, mine.cookie), "the session must be a new one"
    body = "_csrf=x&username=ada&password=difference-engine"
    form = "application/x-www-form-urlencoded"
    assert other.ask("POST", "/system/perform_login", body, form).status == 403
    assert other.ask("GET", JOBS).status == 401, "a form is no session"


def test_five_wrong_passwords_lock_a_name(service, web):
    daemon = service()
    before = web(daemon, "ada")
    for name in ("ada", "nobody"):
        replies = [web(daemon).try_login(name, "guess") for _ in range(5)]
        assert [reply.status for reply in replies] == [401] * 5
        assert "locked for 10 minutes" in replies[4].json()["message"]
        assert all("set-cookie" not in reply.headers for reply in replies)
        locked = web(daemon).try_login(name, "difference-engine")
        assert locked.status == 429
        assert "try again in" in locked.json()["message"]
    assert web(daemon, "bob").ask("GET", JOBS).status == 200
    assert before.ask("GET", JOBS).status == 200, "a session of before goes on"


def test_logging_out_ends_the_session(service, web):
    ada = web(service(), "ada")
    assert ada.ask("POST", "/system/logout").status == 204
    assert ada.ask("GET", JOBS).status == 401


def test_the_files_must_be_the_owners(service, users_file, certificate, refused_by, tmp_path):
    open_file = tmp_path / "users"
    open_file.write_text(users_file.read_text())
    open_file.chmod(0o640)
    common = ["--port", "0", "--machine", "m=triad", "--http", "0"]
    said = refused_by("spallocd", *common, "--http-users", str(open_file))
    assert "mode 0640" in said
    assert "chmod 600" in said
    assert "--http-users" in refused_by("spallocd", *common)
    open_file.chmod(0o600)
    open_file.write_text("ada user secret\n")
    said = refused_by("spallocd", *common, "--http-users", str(open_file))
    assert "line 1: word 3 is no hash" in said
    assert "secret" not in said
    key = tmp_path / "key.pem"
    key.write_bytes(certificate[1].read_bytes())
    key.chmod(0o644)
    said = refused_by(
        "spallocd", "--port", "0", "--https", "0", "--http-users", str(users_file),
        "--certificate", str(certificate[0]), "--key", str(key),
    )  # fmt: skip
    assert "everybody may read" in said


# --- machines and jobs --------------------------------------------------------------------------


def test_machines_are_described(service, web):
    eve = web(service("--machine", "big=frame;tags=default,fast;dead_boards=1,1,2"), "eve")
    [listed] = eve.ask("GET", "/srv/spalloc/machines").json()["machines"]
    assert (listed["width"], listed["height"], listed["dead-boards"]) == (4, 2, [[1, 1, 2]])
    here = "/srv/spalloc/machines/big"
    assert listed["uri"].endswith(here)
    alone = eve.ask("GET", here + "/").json()
    assert alone["tags"] == ["default", "fast"]
    assert alone["down-boards"] == [[1, 1, 2]]
    place = eve.ask("GET", here + "/logical-board?x=2&y=1&z=0").json()
    assert place["physical-board-coordinates"] == [0, 0, 18]
    assert place["chip"] == [24, 12]
    assert "job-id" not in place
    by_rack = eve.ask("GET", here + "/physical-board?cabinet=0&frame=0&board=18").json()
    assert by_rack == place
    assert eve.ask("GET", here + "/chip?x=24&y=12").json() == place
    assert eve.ask("GET", here + "/physical-board?cabinet=9&board=0").status == 204
    assert eve.ask("GET", "/srv/spalloc/machines/small").status == 404


def test_a_job_from_its_creation_to_its_end(service, web, ready_job):
    daemon = service("--machine", "m=frame")
    ada = web(daemon, "ada", secure=True)
    job = ready_job(ada, **{"num-boards": 4, "nmpi-collab": "looms"})
    state = ada.ask("GET", job).json()
    assert state["owner"] == "ada"
    assert state["original-request"]["num-boards"] == 4
    assert state["proxy-ref"] == f"wss://localhost:{daemon.https_port}/spalloc/proxy/1"
    machine = ada.ask("GET", job + "/machine").json()
    assert (machine["width"], machine["height"], machine["depth"]) == (1, 2, 3)
    assert len(machine["boards"]) == len(machine["connections"]) == 6
    assert machine["connections"][0][0] == [0, 0]
    place = ada.ask("GET", job + "/chip?x=2&y=13").json()
    assert (place["job-id"], place["job-chip"]) == (1, [2, 13])
    assert ada.ask("GET", job + "/chip?x=200&y=0").status == 204
    address = machine["connections"][0][1]
    found = ada.ask("GET", f"/srv/spalloc/machines/m/board-ip?address={address}").json()
    assert found["job-id"] == 1

    assert ada.ask("GET", job + "/machine/power").json() == {"power": "ON"}
    for method, power in (("PUT", "OFF"), ("POST", "ON")):
        assert ada.ask(method, job + "/machine/power", {"power": power}).json() == {"power": power}
    assert ada.ask("PUT", job + "/machine/power", {"power": "HALF"}).status == 400
    assert ada.ask("PUT", job + "/keepalive", "alive", "text/plain").status == 204
    report = {"issue": "warm", "boards": [{"chip": [0, 0]}]}
    assert "software" in ada.ask("POST", job + "/report-issue", report).json()["action"]
    assert ada.ask("POST", job + "/report-issue", {"boards": []}).status == 400

    assert ada.ask("DELETE", job + "/?reason=so%20be%20it").status == 204
    for said in ('ada: POST "/srv/spalloc/jobs": 201', "ada: PUT", "ada: DELETE", '"ada" from'):
        assert said in daemon.log()
    ended = ada.ask("GET", job).json()
    assert (ended["state"], ended["reason"], ended["owner"]) == ("DESTROYED", "so be it", "ada")
    assert ended["finish-time"] >= ended["start-time"]
    assert ada.ask("DELETE", job).status == 204
    gone = ada.ask("GET", job + "/machine")
    assert gone.status == 410
    assert "so be it" in gone.json()["message"]
    assert ada.ask("GET", JOBS + "/77").status == 404


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"keepalive-interval": None}, "keepalive-interval must be"),
        ({"keepalive-interval": "PT29S"}, "from PT30S to PT300S"),
        ({"keepalive-interval": "120"}, "from PT30S to PT300S"),
        ({"num-boards": 0}, "0 boards"),
        ({"num-boards": 1.5}, "no whole number"),
        ({"num-boards": 1, "dimensions": {"width": 1, "height": 1}}, "only one of"),
        ({"dimensions": {"width": 1}}, "lacks height"),
        ({"board": {"address": "127.0.0.9"}}, "only while a job has them"),
        ({"board": {"cabinet": 3, "frame": 0, "board": 0}}, "no board stands"),
        ({"machine-name": "m", "tags": ["default"]}, "not both"),
        ({"machine-name": "x"}, "none has the name"),
        ({"dimensions": {"width": 9, "height": 9}}, "9 x 9 triads"),
        ({"group": "a", "nmpi-job-id": 3}, "at most one"),
        ({"boards": 3}, 'no "boards"'),
    ],
)
def test_what_no_job_can_be_is_refused(service, web, what, says):
    root = web(service(), "root")
    reply = root.ask("POST", JOBS, {"keepalive-interval": "PT60S", **what})
    assert reply.status == 400
    assert says in reply.json()["message"]


def test_boards_are_named_in_three_ways(service, web):
    ada = web(service("--machine", "m=frame"), "ada")
    triad = ada.create(board={"x": 1, "y": 1, "z": 2})
    rack = ada.create(board={"cabinet": 0, "frame": 0, "board": 4})
    size = ada.create(dimensions={"width": 2, "height": 1}, **{"machine-name": "m"})
    assert ada.ask("GET", triad + "/machine").json()["boards"] == [[1, 1, 2]]
    assert ada.ask("GET", rack + "/machine").json()["boards"] == [[1, 0, 1]]
    assert ada.ask("GET", size + "/machine").json()["width"] == 2


def test_jobs_are_listed_in_pages(service, web):
    ada = web(service("--machine", "m=frame"), "ada")
    jobs = [ada.create() for _ in range(5)]
    assert ada.ask("DELETE", jobs[1]).status == 204
    listed = ada.ask("GET", JOBS).json()
    assert [uri[-len(jobs[0]) :] for uri in listed["jobs"]] == [jobs[0], *jobs[2:]]
    assert len(ada.ask("GET", JOBS + "?deleted=true").json()["jobs"]) == 5
    first = ada.ask("GET", JOBS + "?limit=3").json()
    assert "prev" not in first
    rest = ada.ask("GET", first["next"].split(str(ada.port))[1]).json()
    assert first["jobs"] + rest["jobs"] == listed["jobs"]
    assert "next" not in rest
    for bad in ("limit=0", "limit=x", "start=-1", "deleted=perhaps", "limit=1&limit=2"):
        assert ada.ask("GET", f"{JOBS}?{bad}").status == 400, bad


def test_others_see_no_owner_and_change_nothing(service, web, ready_job):
    daemon = service()
    ada, bob, eve, root = (web(daemon, name) for name in ("ada", "bob", "eve", "root"))
    job = ready_job(ada)
    for other in (bob, eve):
        seen = other.ask("GET", job).json()
        assert seen.keys() == {"state", "start-time"}
        for method, path, body in (
            ("DELETE", "", None),
            ("PUT", "/keepalive", None),
            ("GET", "/machine", None),
            ("PUT", "/machine/power", {"power": "OFF"}),
            ("GET", "/chip?x=0&y=0", None),
            ("GET", f"/memory?x=0&y=0&address={SDRAM}&size=4", None),
            ("DELETE", "/router", None),
        ):
            assert other.ask(method, job + path, body).status == 403, path
        assert other.websocket("/spalloc/proxy/1").status == 403
    assert eve.ask("POST", JOBS, {"keepalive-interval": "PT60S"}).status == 403
    named = {"keepalive-interval": "PT60S", "owner": "ada"}
    assert bob.ask("POST", JOBS, named).status == 403
    assert root.ask("GET", root.create(owner="bob")).json()["owner"] == "bob"
    assert root.ask("GET", job).json()["owner"] == "ada"
    assert root.ask("DELETE", job).status == 204
    assert bob.ask("GET", job).json().keys() == {"state", "start-time", "finish-time"}


def test_waiting_ends_with_the_change(service, web, slow_machine):
    daemon = service("--machine-program", str(slow_machine))
    ada = web(daemon, "ada")
    job = ada.create()
    began = time.monotonic()
    assert ada.ask("GET", job + "?wait=true").json()["state"] == "READY"
    print(f"ready after {time.monotonic() - began:.2f} s")
    with ThreadPoolExecutor() as pool:
        waits = [
            pool.submit(ada.ask, "GET", path + "?wait=true")
            for path in (job, JOBS, "/srv/spalloc/machines/m")
        ]
        time.sleep(0.5)
        assert not any(wait.done() for wait in waits)
        destroyed_s = time.monotonic()
        assert ada.ask("DELETE", job).status == 204
        answers = [wait.result(20) for wait in waits]
        print(f"told after {time.monotonic() - destroyed_s:.3f} s")
        assert time.monotonic() - destroyed_s < 10
    assert answers[0].json()["state"] == "DESTROYED"
    assert answers[1].json()["jobs"] == []


# --- boards -------------------------------------------------------------------------------------


def test_memory_is_written_and_read(service, web, ready_job, board_client):
    ada = web(service("--machine", "m=frame"), "ada")
    job = ready_job(ada, **{"num-boards": 3})
    data = bytes(range(256)) * 400 + b"odd"
    for x, y, address in ((0, 0, SDRAM + 1), (13, 3, SDRAM + 0x1000), (4, 8, SDRAM + 2)):
        at = f"x={x}&y={y}&address={address}"
        began = time.monotonic()
        written = ada.ask("POST", f"{job}/memory?{at}", data, "application/octet-stream")
        if x == 13:
            assert written.status == 400, "three boards have no chip 13, 3"
            continue
        assert written.status == 204, written.body
        read = ada.ask("GET", f"{job}/memory?{at}&size={len(data)}")
        print(f"{2 * len(data) / (time.monotonic() - began) / 1e6:.2f} MB/s there and back")
        assert read.headers["content-type"] == "application/octet-stream"
        assert read.body == data
        fast = ada.ask("GET", f"{job}/fast-data-read?gather_x=0&gather_y=0&iptag=1&{at}&size=9")
        assert fast.body == data[:9]
    [address] = [a for xy, a in ada.ask("GET", job + "/machine").json()["connections"]
                 if xy == [0, 0]]  # fmt: skip
    assert board_client(address).read_word(SDRAM + 4) == 0x06050403
    assert ada.ask("GET", f"{job}/memory?x=0&y=0&address=0x60000000&size=0").body == b""
    for bad in ("x=0&y=0&size=4", "x=0&y=0&address=-1&size=4", "x=0&y=0&address=4294967295&size=4",
                "x=0&y=0&address=0&size=999999999999"):  # fmt: skip
        assert ada.ask("GET", f"{job}/memory?{bad}").status == 400, bad
    refused = ada.ask("GET", f"{job}/memory?x=0&y=0&address=0xd0000000&size=4")
    assert refused.status in (200, 502)
    assert ada.ask("POST", f"{job}/memory?x=0&y=0&address=0", b"1").status == 415


def test_routers_are_reset(service, web, ready_job, board_client):
    ada = web(service(), "ada")
    job = ready_job(ada, **{"num-boards": 3})
    [address] = [a for xy, a in ada.ask("GET", job + "/machine").json()["connections"]
                 if xy == [0, 0]]  # fmt: skip
    board = board_client(address)
    began = time.monotonic()
    assert ada.ask("DELETE", f"{job}/router?12=305397760&13=17").status == 204
    print(f"144 routers reset in {time.monotonic() - began:.2f} s")
    for chip in ((0, 0), (9, 5), (11, 2)):
        assert board.read_word(0xE1000200 + 4 * 12, chip) == 305397760
        assert board.read_word(0xE1000200 + 4 * 13, chip) == 17
    assert ada.ask("DELETE", f"{job}/router?16=1").status == 400
    assert ada.ask("DELETE", f"{job}/router?speed=1").status == 400


def test_boards_that_are_off_are_not_waited_for(service, web, ready_job, eventually):
    ada = web(service(), "ada")
    job = ready_job(ada)
    assert ada.ask("PUT", job + "/machine/power", {"power": "OFF"}).status == 200
    eventually(lambda: ada.state(job) == "READY", 20, "boards off")
    reply = ada.ask("GET", f"{job}/memory?x=0&y=0&address=0x60000000&size=4")
    assert reply.status == 409
    assert "switched off" in reply.json()["message"]


# --- WebSockets ---------------------------------------------------------------------------------


def words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def version_request(sequence: int) -> bytes:
    return struct.pack("<2x8B2H3I", 0x87, 0xFF, 0, 0xFF, 0, 0, 0, 0, 0, sequence, 0, 0, 0)


def test_the_proxy_carries_datagrams(service, web, ready_job):
    ada = web(service(), "ada", secure=True)
    ready_job(ada, **{"num-boards": 3})
    proxy = ada.websocket("/spalloc/proxy/1")
    assert isinstance(proxy, WebSocket)
    proxy.send(words(0, 7, 8, 4, 17893))
    assert proxy.receive() == (2, words(0, 7, 1))
    proxy.send(words(2, 1) + version_request(99))
    kind, frame = proxy.receive()
    assert (kind, frame[:8]) == (2, words(2, 1))
    assert struct.unpack_from("<2H", frame, 18) == (0x80, 99)
    assert b"SC&MP" in frame

    proxy.send(words(3, 8))
    kind, frame = proxy.receive()
    code, correlation, channel, *_, port = struct.unpack("<III4BI", frame)
    assert (code, correlation, channel) == (3, 8, 2)
    assert frame[12:16] == bytes([127, 0, 0, 1])
    assert 0 < port < 65536
    for x, y in ((0, 0), (8, 4), (4, 8)):
        proxy.send(words(4, 2, x, y, 17893) + version_request(x))
        kind, frame = proxy.receive()
        assert frame[:8] == words(2, 2)
        assert struct.unpack_from("<2H", frame, 18) == (0x80, x)

    for bad, text in (
        (words(0, 9, 99, 0, 17893), b"no board with chip 99, 0"),
        (words(0, 9, 0, 0, 0), b"port 0"),
        (words(0, 9, 0, 0, 70000), b"port 70000"),
        (words(6, 9), b"no message has the number 6"),
        (words(0, 9), b"a frame of 8 bytes"),
    ):
        proxy.send(bad)
        kind, frame = proxy.receive()
        assert frame[:8] == words(5, 9)
        assert text in frame
    for lost in (b"", b"abc", words(2, 55) + b"?", words(4, 1, 0, 0, 1) + b"?"):
        proxy.send(lost)
    proxy.send(words(1, 10, 1))
    assert proxy.receive() == (2, words(1, 10, 1))
    proxy.send(words(1, 11, 1))
    assert proxy.receive() == (2, words(1, 11, 0))


def test_strangers_datagrams_do_not_reach_an_unbound_channel(service, web, ready_job, board_client):
    ada = web(service(), "ada")
    job = ready_job(ada)
    proxy = ada.websocket("/spalloc/proxy/1")
    proxy.send(words(3, 1))
    *_, port = struct.unpack("<III4BI", proxy.receive()[1])
    stranger = board_client("127.0.0.1")
    stranger.send(b"stranger", port)
    proxy.send(words(4, 1, 0, 0, 17893) + version_request(5))
    assert b"SC&MP" in proxy.receive()[1]
    assert ada.ask("DELETE", job).status == 204
    kind, frame = proxy.receive()
    assert kind == 8
    assert b"destroyed" in frame


def test_events_are_told(service, web):
    daemon = service()
    eve, ada = web(daemon, "eve"), web(daemon, "ada")
    events = eve.websocket("/srv/spinnlab/events")
    began = time.monotonic()
    job = ada.create()
    kind, text = events.receive()
    print(f"told after {time.monotonic() - began:.3f} s")
    assert kind == 1
    assert json.loads(text) == {"jobs_changed": [1], "machines_changed": ["m"]}
    ada.ask("DELETE", job)
    told = set()
    while "m" not in told:
        told |= set(json.loads(events.receive()[1])["machines_changed"])


def test_the_overview_has_boards_and_owners(service, web, ready_job):
    daemon = service("--machine", "m=frame;dead_boards=3,1,2")
    ada, bob, root = (web(daemon, name) for name in ("ada", "bob", "root"))
    ready_job(ada, dimensions={"width": 4, "height": 1})
    bob.create(dimensions={"width": 4, "height": 2}, **{"max-dead-boards": 3})
    for who, owners in ((root, ["ada", "bob"]), (ada, ["ada", None]), (bob, [None, "bob"])):
        seen = who.ask("GET", "/srv/spinnlab/overview").json()
        [machine] = seen["machines"]
        assert machine["boards"] == {"total": 24, "dead": 1, "used": 12, "free": 11}
        [job], [queued] = machine["jobs"], seen["queue"]
        assert [job.get("owner"), queued.get("owner")] == owners
        assert (job["id"], job["state"], len(job["boards"])) == (1, "READY", 12)
        assert (queued["id"], queued["state"], queued["asks"]) == (2, "QUEUED", [4, 2])


def test_refusals_are_answers(service, web):
    ada = web(service(), "ada")
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/srv/spalloc/boards", 404),
        ("PATCH", JOBS, 405),
        ("DELETE", "/srv/spalloc/", 405),
        ("GET", JOBS + "/x", 400),
        ("GET", JOBS + "/1/%zz", 400),
        ("GET", "/srv/spinnlab/events", 400),
    ):
        reply = ada.ask(method, path)
        assert isinstance(reply, Reply)
        assert reply.status == status, (method, path, reply.body)
        assert reply.json()["message"]
