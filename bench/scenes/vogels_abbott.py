# SPDX-License-Identifier: Apache-2.0
"""The CUBA network of Vogels and Abbott (2005): 4,000 neurons, about 320,000 synapses.

Usage: vogels_abbott.py [RUN_TIME_MS]
Prints one line: neurons, spikes and a digest of them, wall seconds of build, run and reading. The
populations have seeds, so the spikes are the same in every run.
Figures as in Brette et al. (2007), benchmark 2: 3,200 excitatory and 800 inhibitory
IF_curr_exp neurons, connection probability 2 %.
"""

import hashlib
import sys
import time

import pyNN.spiNNaker as sim
from pyNN.random import RandomDistribution

N_EXC, N_INH = 3200, 800
P_CONNECT = 0.02
WEIGHT_EXC_NA, WEIGHT_INH_NA = 0.0162, -0.45 / 5.0
DELAY_MS = 1.0
CELL = dict(
    tau_m=20.0,
    cm=0.2,
    v_rest=-49.0,
    v_reset=-60.0,
    v_thresh=-50.0,
    tau_syn_E=5.0,
    tau_syn_I=10.0,
    tau_refrac=5.0,
    i_offset=0.0,
)


def main() -> None:
    run_time_ms = float(sys.argv[1]) if len(sys.argv) > 1 else 200.0
    started = time.perf_counter()
    sim.setup(timestep=1.0)
    exc = sim.Population(N_EXC, sim.IF_curr_exp(**CELL), label="exc", seed=1)
    inh = sim.Population(N_INH, sim.IF_curr_exp(**CELL), label="inh", seed=2)
    v = RandomDistribution("uniform", low=-60.0, high=-50.0)
    for population in (exc, inh):
        population.initialize(v=v)
        population.record("spikes")
    connector = sim.FixedProbabilityConnector(P_CONNECT)
    for source, weight, receptor in (
        (exc, WEIGHT_EXC_NA, "excitatory"),
        (inh, WEIGHT_INH_NA, "inhibitory"),
    ):
        for target in (exc, inh):
            sim.Projection(
                source,
                target,
                connector,
                sim.StaticSynapse(weight=abs(weight), delay=DELAY_MS),
                receptor_type=receptor,
            )
    built = time.perf_counter()
    sim.run(run_time_ms)
    ran = time.perf_counter()
    spikes, digest = 0, hashlib.sha256()
    for population in (exc, inh):
        for train in population.get_data("spikes").segments[0].spiketrains:
            spikes += len(train)
            digest.update(train.magnitude.tobytes() + b";")
    read = time.perf_counter()
    sim.end()
    print(
        f"neurons {N_EXC + N_INH} spikes {spikes} {digest.hexdigest()[:16]} "
        f"build_s {built - started:.2f} run_s {ran - built:.2f} read_s {read - ran:.2f}"
    )


if __name__ == "__main__":
    main()
