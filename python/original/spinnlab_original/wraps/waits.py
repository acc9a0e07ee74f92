# SPDX-License-Identifier: Apache-2.0
"""Fixed sleeps that end as soon as what they wait for has happened.

Hardware runs in real time, so the published packages sleep for the duration of a run before they
ask whether it has ended, and half a second after loading a system program before they ask whether
it is ready. Our machine is often done sooner. Here both sleeps ask meanwhile and last at most as
long as before; what follows them, checks and errors included, is unchanged. While somebody
outside watches the clock (live input or output), a run's sleep keeps its full length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

#: Between two questions: a twentieth of the time that has passed, within these bounds, so that
#: asking costs little in a long run and waiting too long costs little in a short one.
SHORTEST_PAUSE_S, LONGEST_PAUSE_S, PAUSE_SHARE = 0.004, 0.1, 0.05

#: (how many cores, which states they are to be in)
Goal = tuple[int, Iterable[Any]]


def until_cores_are_ready(system_control_logic: ModuleType) -> None:
    """The sleep after loading a system program ends when all of its cores wait for the start."""
    from spinnman.model.enums import CPUState

    load_application = system_control_logic._load_application
    loading: list[tuple[int, int]] = []

    def _load_application(executable_targets: Any, app_id: int) -> None:
        loading.append((app_id, executable_targets.total_processors))
        try:
            load_application(executable_targets, app_id)
        finally:
            loading.pop()

    def sleep(seconds: float) -> None:
        if not loading:
            time.sleep(seconds)
            return
        app_id, n_cores = loading[-1]
        _sleep_until(lambda: _all_there(app_id, [(n_cores, [CPUState.READY])]), seconds)

    system_control_logic._load_application = _load_application  # type: ignore[attr-defined]
    system_control_logic.time = _TimeWith(sleep)  # type: ignore[attr-defined]


def until_run_has_ended(application_runner: ModuleType) -> None:
    """The sleep for the duration of a run ends when all cores have reached their end states."""
    from spinn_front_end_common.data import FecDataView

    def sleep(seconds: float) -> None:
        if _somebody_watches():
            time.sleep(seconds)
            return
        app_id = FecDataView.get_app_id()
        types = FecDataView.get_executable_types().items()
        goals: list[Goal] = [(len(cores), kind.end_state) for kind, cores in types]
        _sleep_until(lambda: _all_there(app_id, goals), seconds)

    if hasattr(application_runner, "sleep"):
        application_runner.sleep = sleep  # type: ignore[attr-defined]
    else:  # up to release 7.3 it has the whole module
        application_runner.time = _TimeWith(sleep)  # type: ignore[attr-defined]


class _TimeWith:
    """The module `time` with another `sleep`."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def _sleep_until(happened: Callable[[], bool], seconds: float) -> None:
    began = time.monotonic()
    while not happened():
        passed = time.monotonic() - began
        pause = min(max(PAUSE_SHARE * passed, SHORTEST_PAUSE_S), LONGEST_PAUSE_S, seconds - passed)
        if pause <= 0:
            return
        time.sleep(pause)


def _all_there(app_id: int, goals: Iterable[Goal]) -> bool:
    from spinn_front_end_common.data import FecDataView

    transceiver = FecDataView.get_transceiver()
    return all(
        sum(transceiver.get_core_state_count(app_id, state) for state in states) >= n_cores
        for n_cores, states in goals
    )


def _somebody_watches() -> bool:
    """Whether a program outside takes part in the run; the machine keeps real time by this too."""
    from spinn_front_end_common.data import FecDataView
    from spinn_front_end_common.utility_models import DataSpeedUpPacketGatherMachineVertex

    if FecDataView.get_n_database_socket_addresses() > 0:
        return True
    tags = FecDataView.get_tags()
    return any(True for _ in tags.reverse_ip_tags) or any(
        not isinstance(vertex, DataSpeedUpPacketGatherMachineVertex)
        for _, vertex in tags.ip_tags_vertices
    )
