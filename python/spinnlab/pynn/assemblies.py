# SPDX-License-Identifier: Apache-2.0
"""Assembly: PyNN's, with one file for all of its populations."""

from __future__ import annotations

from typing import Any

from pyNN import common

from spinnlab.pynn import output_files, simulator
from spinnlab.pynn.old_recording import OldRecording


class Assembly(OldRecording, common.Assembly):
    """Populations and views taken together."""

    _simulator = simulator

    def record(
        self,
        variables: Any,
        to_file: Any = None,
        sampling_interval: float | None = None,
        locations: Any = None,
    ) -> None:
        """PyNN's record; one file for all, where PyNN's parts would write over each other."""
        file = output_files.checked(str(self.label), to_file)
        for part in self.populations:
            part.record(variables, None, sampling_interval)
        if file is not None and variables is not None:
            simulator.state.write_on_end.append((self, variables, file))

    def write_data(
        self,
        io: Any,
        variables: Any = "all",
        gather: bool = True,
        clear: bool = False,
        annotations: Any = None,
    ) -> None:
        """Writes the block through Neo, or as CSV for a file name that ends so."""
        block = self.get_data(variables, gather, clear, annotations)
        output_files.write_block(io, block)
