# SPDX-License-Identifier: Apache-2.0
"""`SpynnakerDataView`: questions about the simulation that scripts ask of sPyNNaker's own view."""

from __future__ import annotations

from typing import Any

from spinnlab.pynn import control, simulator
from spinnlab.pynn.recordings import folder


class SpynnakerDataView:
    """Class methods only, nothing can be set."""

    @classmethod
    def get_simulation_time_step_ms(cls) -> float:
        return simulator.state.dt

    @classmethod
    def get_simulation_time_step_us(cls) -> int:
        return round(simulator.state.dt * 1000)

    @classmethod
    def get_current_run_time_ms(cls) -> float:
        return simulator.state.t

    @classmethod
    def get_min_delay(cls) -> float:
        return simulator.state.min_delay

    @classmethod
    def get_machine(cls) -> Any:
        return control.get_machine()

    @classmethod
    def get_n_populations(cls) -> int:
        return len(simulator.state.populations)

    @classmethod
    def iterate_populations(cls) -> Any:
        return iter(list(simulator.state.populations))

    @classmethod
    def iterate_projections(cls) -> Any:
        return iter(list(simulator.state.projections))

    @classmethod
    def get_run_dir_path(cls) -> str:
        """The folder in which recordings stand."""
        return str(folder())
