# SPDX-License-Identifier: Apache-2.0
"""Published networks as PyNN scripts, for measurements: one JSON line a run.

    python networks.py (vogels_abbott | brunel | microcircuit) [--scale S] [--ms T] [--dt DT]

vogels_abbott   4,000 IF_curr_exp, 2 % random (Vogels & Abbott 2005, CUBA of Brette et al. 2007)
brunel          12,500 IF_curr_exp, 1,250 inputs each, Poisson drive (Brunel 2000, model A as NEST's
                example brunel_delta_nest with exponential currents)
microcircuit    77,169 IF_curr_exp, 299 M synapses, Poisson drive (Potjans & Diesmann 2014)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import resource
import time

import numpy as np
import pyNN.spiNNaker as sim
from potjans_diesmann import EXTERNAL, LAYERS, PROBABILITIES, SIZES
from pyNN.random import NumpyRNG, RandomDistribution

SEED = 20141


def normal(mu, sigma, low, high, seed):
    return RandomDistribution(
        "normal_clipped", mu=mu, sigma=sigma, low=low, high=high, rng=NumpyRNG(seed=seed)
    )


def vogels_abbott(scale, dt):
    cell = {
        "cm": 0.2,
        "tau_m": 20.0,
        "tau_syn_E": 5.0,
        "tau_syn_I": 10.0,
        "v_rest": -49.0,
        "v_reset": -60.0,
        "v_thresh": -50.0,
        "tau_refrac": 5.0,
    }
    sizes = {"E": int(3200 * scale), "I": int(800 * scale)}
    rng = np.random.default_rng(SEED)
    pops = {}
    for name, n in sizes.items():
        pops[name] = sim.Population(n, sim.IF_curr_exp(**cell), label=name)
        pops[name].initialize(v=rng.uniform(-60.0, -50.0, n))
    for pre, weight, receptor in (("E", 0.0162, "excitatory"), ("I", 0.09, "inhibitory")):
        for post in pops.values():
            sim.Projection(
                pops[pre],
                post,
                sim.FixedProbabilityConnector(0.02 / scale),
                sim.StaticSynapse(weight=weight, delay=max(0.2, dt)),
                receptor_type=receptor,
            )
    return pops


def brunel(scale, dt):
    tau_m, tau_syn, cm = 20.0, 0.5, 0.25
    peak = math.log(tau_m / tau_syn) * tau_m * tau_syn / (tau_m - tau_syn)
    gain = (
        tau_m
        * tau_syn
        / (cm * (tau_m - tau_syn))
        * (math.exp(-peak / tau_m) - math.exp(-peak / tau_syn))
    )
    weight = 0.1 / gain  # 0.1 mV
    cell = {
        "cm": cm,
        "tau_m": tau_m,
        "tau_syn_E": tau_syn,
        "tau_syn_I": tau_syn,
        "v_rest": 0.0,
        "v_reset": 10.0,
        "v_thresh": 20.0,
        "tau_refrac": 2.0,
    }
    rng = np.random.default_rng(SEED)
    pops = {}
    for name, n in (("E", int(10000 * scale)), ("I", int(2500 * scale))):
        pops[name] = sim.Population(n, sim.IF_curr_exp(**cell), label=name)
        pops[name].initialize(v=rng.uniform(0.0, 20.0, n))
        noise = sim.Population(
            n, sim.SpikeSourcePoisson(rate=20000.0), label=f"noise {name}", seed=SEED + n
        )
        sim.Projection(
            noise, pops[name], sim.OneToOneConnector(), sim.StaticSynapse(weight=weight, delay=dt)
        )
    for pre, n, w, receptor in (
        ("E", 1000, weight, "excitatory"),
        ("I", 250, 5 * weight, "inhibitory"),
    ):
        for post in pops.values():
            sim.Projection(
                pops[pre],
                post,
                sim.FixedNumberPreConnector(int(n * scale), with_replacement=True),
                sim.StaticSynapse(weight=w, delay=max(1.5, dt)),
                receptor_type=receptor,
            )
    return pops


START_MV = (
    (-68.28, 5.36),
    (-63.16, 4.57),
    (-63.33, 4.74),
    (-63.45, 4.94),
    (-63.11, 4.94),
    (-61.66, 4.55),
    (-66.72, 5.46),
    (-61.43, 4.48),
)
RATES_HZ = (0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523)
WEIGHT_NA = 0.0878


def microcircuit(scale, dt):
    """Numbers and in-degrees scaled alike; the lost input is replaced by its mean."""
    cell = {
        "cm": 0.25,
        "tau_m": 10.0,
        "tau_syn_E": 0.5,
        "tau_syn_I": 0.5,
        "v_rest": -65.0,
        "v_reset": -65.0,
        "v_thresh": -50.0,
        "tau_refrac": 2.0,
    }
    rng, grow, pops = np.random.default_rng(SEED), 1 / math.sqrt(scale), {}
    for t, name in enumerate(LAYERS):
        n = round(SIZES[t] * scale)
        lost = (1 - math.sqrt(scale)) * WEIGHT_NA * EXTERNAL[t] * 8.0 * 0.5e-3
        for s in range(8):
            lost += (
                (1 - math.sqrt(scale))
                * weight_of(s, t)
                * (-4 if s & 1 else 1)
                * 0.5e-3
                * synapses_between(s, t)
                / SIZES[t]
                * RATES_HZ[s]
            )
        pops[name] = sim.Population(n, sim.IF_curr_exp(**cell, i_offset=lost), label=name)
        pops[name].initialize(v=rng.normal(*START_MV[t], n))
        noise = sim.Population(
            n,
            sim.SpikeSourcePoisson(rate=8.0 * EXTERNAL[t] * scale),
            label=f"noise {name}",
            seed=SEED + t,
        )
        sim.Projection(
            noise,
            pops[name],
            sim.OneToOneConnector(),
            sim.StaticSynapse(weight=WEIGHT_NA * grow, delay=dt),
        )
    for t, post in enumerate(LAYERS):
        for s, pre in enumerate(LAYERS):
            n = round(synapses_between(s, t) * scale * scale)
            if n == 0:
                continue
            inhibitory = bool(s & 1)
            weight = weight_of(s, t) * (4 if inhibitory else 1) * grow
            delay = 0.75 if inhibitory else 1.5
            sim.Projection(
                pops[pre],
                pops[post],
                sim.FixedTotalNumberConnector(n),
                sim.StaticSynapse(
                    weight=normal(weight, 0.1 * weight, 0.0, np.inf, SEED + 8 * t + s),
                    delay=normal(delay, delay / 2, dt, 8.0, SEED + 100 + 8 * t + s),
                ),
                receptor_type="inhibitory" if inhibitory else "excitatory",
            )
    return pops


def weight_of(s, t):
    return WEIGHT_NA * (2 if (s, t) == (2, 0) else 1)


def synapses_between(s, t):
    p, pairs = PROBABILITIES[t][s], SIZES[s] * SIZES[t]
    return 0.0 if p == 0 else math.log(1 - p) / math.log(1 - 1 / pairs)


NETWORKS = {"vogels_abbott": vogels_abbott, "brunel": brunel, "microcircuit": microcircuit}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--ms", type=float, default=1000.0)
    parser.add_argument("--dt", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    began = time.perf_counter()
    sim.setup(timestep=arguments.dt, threads=arguments.threads)
    pops = NETWORKS[arguments.network](arguments.scale, arguments.dt)
    for pop in pops.values():
        pop.record("spikes")
    sim.run(100.0)
    built_s = time.perf_counter() - began
    began = time.perf_counter()
    before = {name: sum(pop.get_spike_counts().values()) for name, pop in pops.items()}
    began = time.perf_counter()
    sim.run(arguments.ms)
    wall_s = time.perf_counter() - began
    from spinnlab.pynn import simulator

    run = simulator.state.current_run
    digest = hashlib.sha256(
        repr([sorted(pop.get_spike_counts().items()) for pop in pops.values()]).encode()
    ).hexdigest()[:16]
    rates = {
        name: (sum(pop.get_spike_counts().values()) - before[name]) / pop.size / arguments.ms * 1e3
        for name, pop in pops.items()
    }
    print(
        json.dumps(
            {
                "network": arguments.network,
                "scale": arguments.scale,
                "dt_ms": arguments.dt,
                "model_ms": arguments.ms,
                "threads": run.simulation.threads,
                "neurons": sum(p.size for p in pops.values()),
                "synapses": run.simulation.synapses,
                "build_s": round(built_s, 2),
                "wall_s": round(wall_s, 4),
                "real_time_factor": round(wall_s / arguments.ms * 1e3, 4),
                "rates_hz": {k: round(v, 3) for k, v in rates.items()},
                "digest": digest,
                "stages_s": {k: round(v, 2) for k, v in run.seconds.items()},
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
