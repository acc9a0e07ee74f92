# SPDX-License-Identifier: Apache-2.0
"""The smallest network that says whether a release works here: a source makes one neuron fire.

`python -m spinnlab_original.run -m spinnlab_original.probe` ends with exit code 0 if it does.
"""

from __future__ import annotations

import sys


def main() -> int:
    import pyNN.spiNNaker as sim

    sim.setup(timestep=1.0)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
    cell = sim.Population(1, sim.IF_curr_exp())
    cell.record("spikes")
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=20.0, delay=1.0))
    sim.run(20)
    trains = cell.get_data("spikes").segments[0].spiketrains
    sim.end()
    if len(trains[0]) == 0:
        print("The neuron did not fire.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
