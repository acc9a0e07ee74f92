# SPDX-License-Identifier: Apache-2.0
"""What a run and the allocator have to do with each other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyNN.spiNNaker as sim
import pytest
from spinnlab.allocation import AllocationError, acquire, run_lease
from spinnlab.programs import find_program
from spinnlab.pynn import simulator
from spinnlab.pynn.errors import RunLimitError


class FakeAllocator:
    """Knows `version`, `about`, `lease` and the commands of native runs; hangs up on others."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path, self.threads = path, threads
        self.heard: list[tuple[str, list[Any]]] = []
        self.limit_s: float | None = None
        self.older = False  #: as one that knows no native runs
        self.on_command: Callable[[str], None] = lambda command: None
        self.runs: set[int] = set()
        self._connections: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def words(self) -> list[str]:
        """The commands, in order."""
        return [command for command, _ in self.heard]

    def close(self) -> None:
        """As if it were killed: all connections are cut."""
        for end in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        mine: set[int] = set()
        try:
            for line in connection.makefile("rb"):
                request = json.loads(line)
                command, args = request["command"], request["args"]
                self.heard.append((command, args))
                self.on_command(command)
                if self.older and command in ("about", "begin_run", "run_progress", "end_run"):
                    break
                answer = json.dumps({"return": self._answer(command, args, mine)})
                connection.sendall(answer.encode() + b"\n")
        except (OSError, ValueError):
            pass
        finally:
            self.runs -= mine
            connection.close()

    def _answer(self, command: str, args: list[Any], mine: set[int]) -> Any:
        if command == "version":
            return "1.0.0"
        if command == "about":
            return {"port": 22244, "shared": True, "user": "ada"}
        if command == "begin_run":
            number = len(self.heard)
            mine.add(number)
            self.runs.add(number)
            return {"run": number, "threads": self.threads, "limit_s": self.limit_s}
        if command == "end_run":
            mine.discard(args[0])
            self.runs.discard(args[0])
        return None


@pytest.fixture
def allocator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAllocator]:
    made = FakeAllocator(tmp_path / "alloc.sock")
    monkeypatch.setenv("SPINNLAB_ALLOCATOR", str(made.path))
    fresh = run_lease.Announcer()
    monkeypatch.setattr(run_lease, "announce", fresh.announce)
    yield made
    fresh.close()
    made.close()


def cells(**options: object) -> sim.Population:
    sim.setup(timestep=1.0, **options)
    made = sim.Population(4000, sim.IF_curr_exp(i_offset=1.2), label="cells")
    made.record("spikes")
    return made


def test_a_run_is_announced_and_ends(allocator: FakeAllocator) -> None:
    cells()
    during: list[int] = []
    allocator.on_command = lambda command: during.append(len(allocator.runs))
    sim.run(50)
    sim.run(50)
    assert allocator.words() == ["begin_run", "end_run", "begin_run", "end_run"]
    assert during == [0, 1, 0, 1]
    label, wanted = allocator.heard[0][1]
    assert label and wanted == len(os.sched_getaffinity(0))
    assert not allocator.runs
    assert len(allocator._connections) == 1  # kept from run to run


def test_an_interrupted_run_has_ended_for_the_allocator_too(
    allocator: FakeAllocator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lease, "BETWEEN_S", 0.05)
    cells()
    far: list[float] = []

    def stop(command: str) -> None:
        if command == "run_progress":
            far.append(allocator.heard[-1][1][1])
            if len(far) == 4:
                os.kill(os.getpid(), 2)

    allocator.on_command = stop
    with pytest.raises(KeyboardInterrupt):
        sim.run(1e9)
    assert allocator.words()[-1] == "end_run"
    assert far == sorted(far) and 0 < far[-1] < 1
    text = [args[2] for command, args in allocator.heard if command == "run_progress"][-1]
    assert text.endswith(" of 1,000,000,000 ms")
    sim.run(10)
    assert not allocator.runs


def test_threads_are_what_is_allowed_and_results_the_same(
    allocator: FakeAllocator, caplog: pytest.LogCaptureFixture
) -> None:
    population = cells(threads=2)
    allocator.threads = 1
    sim.run(100)
    assert simulator.state.run_object.simulation.threads == 1
    sim.run(10)
    assert caplog.text.count("1 of the 2 threads that you asked for") == 1
    allocator.threads = 8
    sim.run(90)
    assert simulator.state.run_object.simulation.threads == 2  # no more than asked for
    limited = population.get_spike_counts()
    os.environ.pop("SPINNLAB_ALLOCATOR")
    population = cells(threads=2)
    sim.run(200)
    assert population.get_spike_counts() == limited


def check_that_it_ends(limit_s: float, caplog: pytest.LogCaptureFixture) -> None:
    """A run that is too long stops, keeps what it has, and goes on as if it had not stopped."""
    population = cells()
    began = time.monotonic()
    with pytest.raises(RunLimitError, match=f"a run may take {limit_s:g} s here") as raised:
        sim.run(1e9)
    assert limit_s <= time.monotonic() - began < limit_s + 10
    text = str(raised.value)
    assert "get_data() reads it, and run() goes on from there" in text
    assert "an administrator has set it" in text and "ask for a longer limit" in text
    assert caplog.text.count("This run ends in ") == 1
    stopped_ms = sim.get_current_time()
    assert 0 < stopped_ms < 1e9 and stopped_ms == int(stopped_ms)  # a whole step
    assert f"Stopped at {stopped_ms:,.0f} of 1,000,000,000 ms" in text
    last = max(train[-1] for train in population.get_data().segments[0].spiketrains)
    assert stopped_ms - 50 < float(last) < stopped_ms
    sim.run(10)
    assert sim.get_current_time() == stopped_ms + 10
    counts = population.get_spike_counts()
    os.environ.pop("SPINNLAB_ALLOCATOR")
    run_lease.announce.__self__.close()  # from here on nobody limits anything
    population = cells()
    sim.run(stopped_ms + 10)
    assert population.get_spike_counts() == counts


def test_a_run_that_takes_too_long_stops_and_goes_on(
    allocator: FakeAllocator, caplog: pytest.LogCaptureFixture
) -> None:
    allocator.limit_s = 0.5
    check_that_it_ends(0.5, caplog)
    assert allocator.words().count("end_run") == 2 and not allocator.runs


def test_a_run_within_its_time_says_nothing(
    allocator: FakeAllocator, caplog: pytest.LogCaptureFixture
) -> None:
    allocator.limit_s = 3600
    cells()
    sim.run(20)
    assert sim.get_current_time() == 20
    assert not caplog.records


def test_the_limit_of_a_real_allocator_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = ["--port", "0", "--socket", str(tmp_path / "s"), "--run-limit", "0.5"]
    with subprocess.Popen(
        [str(find_program("spallocd")), *words], stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdout and daemon.stdout.readline().startswith("ready")
        monkeypatch.setenv("SPINNLAB_ALLOCATOR", str(tmp_path / "s"))
        fresh = run_lease.Announcer()
        monkeypatch.setattr(run_lease, "announce", fresh.announce)
        check_that_it_ends(0.5, caplog)
        fresh.close()
        daemon.terminate()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45 s"), (60, "1 min"), (90, "90 s"), (7200, "2 h"), (86400, "24 h")],
)
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert run_lease.duration(seconds) == words


def test_an_older_allocator_is_mentioned_once(
    allocator: FakeAllocator, caplog: pytest.LogCaptureFixture
) -> None:
    allocator.older = True
    population = cells()
    for _ in range(3):
        sim.run(20)
    assert allocator.words() == ["begin_run"]
    assert caplog.text.count("older than this SpiNNLab and knows no native runs") == 1
    assert sim.get_current_time() == 60 and population.size == 4000


def test_an_allocator_that_dies_does_not_take_the_run_along(
    allocator: FakeAllocator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(run_lease, "BETWEEN_S", 0.05)
    cells()

    at_death: list[float] = []

    def die(command: str) -> None:
        if command == "run_progress":
            at_death.append(allocator.heard[-1][1][1])
            allocator.close()
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    allocator.on_command = die
    with pytest.raises(KeyboardInterrupt):
        sim.run(1e9)
    assert len(at_death) == 1
    assert sim.get_current_time() > at_death[0] * 1e9  # it went on
    sim.run(20)
    sim.run(20)
    assert caplog.text.count("no longer answers") == 1
    assert caplog.text.count("does not answer") == 1  # there is none any more


def test_no_allocator_is_started_for_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("SPINNLAB_ALLOCATOR", raising=False)
    monkeypatch.setenv("SPINNLAB_RUNTIME_DIR", str(tmp_path / "empty"))
    monkeypatch.setattr(run_lease, "announce", run_lease.Announcer().announce)
    cells()
    sim.run(20)
    assert not list((tmp_path / "empty").glob("*.sock"))
    assert not caplog.records


def test_a_named_allocator_that_is_not_there_is_an_error_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPINNLAB_ALLOCATOR", str(tmp_path / "none.sock"))
    with pytest.raises(AllocationError, match="On a hub its administrator starts it") as raised:
        acquire()
    assert str(tmp_path / "none.sock") in str(raised.value)


def test_a_lease_is_taken_from_the_named_allocator(allocator: FakeAllocator) -> None:
    with acquire("me") as lease:
        assert lease.daemon.port == 22244
        assert lease.daemon.pid == os.getpid()
        assert lease.is_alive()
    assert allocator.words() == ["about", "lease"]
    allocator.older = True
    with pytest.raises(AllocationError, match="may be older than this SpiNNLab"):
        acquire("me")
