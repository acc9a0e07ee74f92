# SPDX-License-Identifier: Apache-2.0
"""What populations, projections and pages ask of a run; `run.Run` answers."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class OneRun(Protocol):
    """One stretch of model time from 0, between two resets."""

    state: Any  # the simulator's State
    dt: float  # ms
    network_changed: bool
    simulation: Any  # _core.Simulation; None until the network is loaded
    image: Any  # _core.Image, as compiled last
    loaded: Any  # the image that the simulation runs
    populations: int  # how many that image has
    seconds: dict[str, float]  # wall time by stage

    @property
    def now_ms(self) -> float: ...

    def run_until(self, end_ms: float) -> None: ...

    def described(self) -> Any: ...

    def compiled(self) -> Any: ...

    def connections(self, part: Any) -> tuple[NDArray[Any], ...]: ...

    def state_of(self, population: Any, field: str) -> NDArray[Any]: ...

    def set_state_of(self, population: Any, field: str, values: Any) -> None: ...
