# SPDX-License-Identifier: Apache-2.0
"""A graph of our own on the published SpiNNakerGraphFrontEnd: a ring through which a token runs.

    python ring_graph.py PROGRAM_FOLDER N_VERTICES RESULT.json STEPS...

One run a number of STEPS, on the machine that spiNNakerGraphFrontEnd.cfg in the working directory
names. The vertices run examples/bare_metal/ring/ring.c. RESULT.json: per run and vertex the visits
(step, count); per vertex its core, its IOBUF and its words of provenance.
"""

import json
import struct
import sys
from enum import IntEnum
from pathlib import Path

import spinnaker_graph_front_end as front_end
from pacman.model.graphs.machine import MachineEdge
from pacman.model.resources import VariableSDRAM
from spinn_front_end_common.abstract_models.impl import MachineDataSpecableVertex
from spinn_front_end_common.data import FecDataView
from spinn_front_end_common.interface.buffer_management.buffer_models import (
    AbstractReceiveBuffersToHost,
)
from spinn_front_end_common.interface.buffer_management.recording_utilities import (
    get_recording_data_constant_size,
    get_recording_header_size,
)
from spinn_front_end_common.interface.provenance import ProvidesProvenanceDataFromMachineImpl
from spinn_front_end_common.utilities.constants import (
    BYTES_PER_WORD,
    SIMULATION_N_BYTES,
)
from spinn_front_end_common.utilities.helpful_functions import locate_memory_region_for_placement
from spinn_machine import CoreSubset, CoreSubsets
from spinnaker_graph_front_end.utilities import SimulatorVertex

PARTITION = "token"
N_PARAMETERS = 2
VISIT = struct.Struct("<II")
N_OWN_PROVENANCE_WORDS = 2


class Region(IntEnum):
    """As in ring.c."""

    SYSTEM = 0
    PARAMETERS = 1
    RECORDING = 2
    PROVENANCE = 3


class RingVertex(
    SimulatorVertex,
    MachineDataSpecableVertex,
    AbstractReceiveBuffersToHost,
    ProvidesProvenanceDataFromMachineImpl,
):
    def __init__(self, label: str, starts: bool) -> None:
        super().__init__(label, "ring.aplx")
        self.starts = starts
        self.own_provenance = []

    @property
    def sdram_required(self) -> VariableSDRAM:
        fixed = (
            SIMULATION_N_BYTES
            + N_PARAMETERS * BYTES_PER_WORD
            + get_recording_header_size(1)
            + get_recording_data_constant_size(1)
            + self.get_provenance_data_size(N_OWN_PROVENANCE_WORDS)
        )
        return VariableSDRAM(fixed, VISIT.size)

    def generate_machine_data_specification(self, spec, placement, iptags, reverse_iptags) -> None:
        self.generate_system_region(spec, Region.SYSTEM)
        spec.reserve_memory_region(Region.PARAMETERS, N_PARAMETERS * BYTES_PER_WORD, "Parameters")
        spec.switch_write_focus(Region.PARAMETERS)
        spec.write_value(FecDataView.get_routing_infos().get_key_from(self, PARTITION))
        spec.write_value(int(self.starts))
        space = VISIT.size * FecDataView.get_max_run_time_steps()
        self.generate_recording_region(spec, Region.RECORDING, [space])
        self.reserve_provenance_data_region(spec)
        spec.end_specification()

    def get_recorded_region_ids(self) -> list[int]:
        return [0]

    def get_recording_region_base_address(self, placement) -> int:
        return locate_memory_region_for_placement(placement, Region.RECORDING)

    @property
    def _provenance_region_id(self) -> int:
        return Region.PROVENANCE

    @property
    def _n_additional_data_items(self) -> int:
        return N_OWN_PROVENANCE_WORDS

    def parse_extra_provenance_items(self, label, x, y, p, provenance_data) -> None:
        self.own_provenance = list(provenance_data)

    def visits(self) -> list[tuple[int, int]]:
        data, incomplete = self.get_recording_channel_data(0)
        assert not incomplete
        return list(VISIT.iter_unpack(data))


def main() -> None:
    programs, n_vertices, result = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    front_end.setup(model_binary_folder=programs, machine_time_step=1000)
    vertices = [RingVertex(f"vertex {n}", starts=n == 0) for n in range(n_vertices)]
    for vertex in vertices:
        front_end.add_machine_vertex_instance(vertex)
    for n, vertex in enumerate(vertices):
        edge = MachineEdge(vertex, vertices[(n + 1) % n_vertices])
        front_end.add_machine_edge_instance(edge, PARTITION)
    runs = []
    for steps in sys.argv[4:]:
        front_end.run(int(steps))
        runs.append([vertex.visits() for vertex in vertices])
    places = [vertex.placement.location for vertex in vertices]
    cores = CoreSubsets([CoreSubset(x, y, [p]) for x, y, p in places])
    texts = {
        (buffer.x, buffer.y, buffer.p): buffer.iobuf
        for buffer in FecDataView.get_transceiver().get_iobuf(cores)
    }
    Path(result).write_text(
        json.dumps(
            {
                "runs": runs,
                "cores": places,
                "texts": [texts[place] for place in places],
                "provenance": [vertex.own_provenance for vertex in vertices],
            }
        )
    )
    front_end.stop()


main()
