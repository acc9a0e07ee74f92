# SPDX-License-Identifier: Apache-2.0
"""kill -9 of each process of the hub while somebody computes: what goes on, and what comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
import requests

LONG_RUN = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(200, sim.IF_curr_exp(i_offset=1.0))
cells.record('spikes')
sim.run({milliseconds})
print('spikes', sum(cells.get_spike_counts().values()))
sim.end()
"""


@pytest.fixture(scope="module")
def computing(hub: Any) -> Any:
    hub.add("tcarol")
    person = hub.person("tcarol")
    person.sign_in()
    person.start()
    return person


@pytest.mark.parametrize("service", ["hub", "proxy", "spallocd"])
def test_a_killed_service_comes_back_and_a_kernel_notices_nothing(
    computing: Any, hub: Any, service: str, wait: Callable[..., float]
) -> None:
    kernel = computing.new_kernel()
    expected = kernel.run(LONG_RUN.format(milliseconds=20000))
    pid = kernel.run("import os; print(os.getpid())").strip()
    cell = kernel.begin(LONG_RUN.format(milliseconds=20000) + "_ = open('done', 'w').write('yes')")
    killed = hub.kill(service)

    def is_back() -> bool:
        try:
            answer = requests.get(f"{hub.url}/hub/api/", timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and hub.pid_of(service) != killed

    print(f"{service} is back {wait(is_back, 100):.1f} s after kill -9")
    if service == "proxy":  # its connections went with it; the kernel did not
        wait(lambda: computing.api("GET", "contents/done").status_code == 200, 100)
        kernels = computing.api("GET", "kernels").json()
        assert kernel.id in [item["id"] for item in kernels]
        kernel = type(kernel)(computing, kernel.id)
    else:
        # A run that has lost the allocator says so, and goes on.
        assert kernel.finish(cell).endswith(expected)
    assert kernel.run("import os; print(os.getpid())").strip() == pid
    assert computing.is_signed_in()
    computing.api("DELETE", "contents/done")
    kernel.end()


def test_a_killed_supervisor_takes_its_children_over(
    computing: Any, hub: Any, wait: Callable[..., float]
) -> None:
    before = {service: hub.pid_of(service) for service in ("hub", "proxy", "spallocd")}
    assert hub.process is not None
    os.kill(hub.process.pid, signal.SIGKILL)
    hub.process.wait(10)
    assert computing.is_signed_in()  # nobody notices
    hub.start()
    assert {service: hub.pid_of(service) for service in before} == before
    killed = hub.kill("proxy")
    wait(lambda: hub.pid_of("proxy") != killed, 60)
    wait(lambda: _answers(computing), 60)


def _answers(person: Any) -> bool:
    try:
        return bool(person.api("GET", "status").status_code == 200)
    except requests.RequestException:
        return False


def test_a_killed_server_is_started_again_by_its_owner(
    computing: Any, hub: Any, wait: Callable[..., float]
) -> None:
    kernel = computing.new_kernel()
    pid = int(kernel.run("import os; print(os.getppid())"))
    os.kill(pid, signal.SIGKILL)

    def is_gone() -> bool:
        return not _answers(computing)

    print(f"noticed after {wait(is_gone, 150):.1f} s")
    computing.start()
    assert computing.new_kernel().run("print(6 * 7)").strip() == "42"


def test_a_second_hub_of_the_same_folder_is_refused(hub: Any) -> None:
    result = hub.command("start")
    assert result.returncode == 1
    assert "is running already" in result.stderr
    result = hub.command("restore", str(hub.folder / "nothing.tar.gz"))
    assert result.returncode == 1
    assert "is running already" in result.stderr


def test_a_backup_is_made_while_the_hub_runs(hub: Any) -> None:
    result = hub.command("backup")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith(".tar.gz")
