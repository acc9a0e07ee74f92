# SPDX-License-Identifier: Apache-2.0
"""Writes PyNN scripts of small random networks that draw no random number when they run.

Network k is a pure function of k: one or two populations of neurons of one of the models, fed by
a SpikeSourceArray and sometimes by each other, with parameters, weights, delays (beyond the delay
slots too), connectors and recording intervals drawn here and written as numbers. Several networks
share one script, so that one run of the original checks them all.

    python generate.py FIRST COUNT > script.py
"""

from __future__ import annotations

import random
import sys

STEPS = 120

LIF = {
    "cm": (0.2, 1.5),
    "tau_m": (5.0, 30.0),
    "v_rest": (-70.0, -62.0),
    "v_reset": (-75.0, -65.0),
    "v_thresh": (-56.0, -48.0),
    "tau_refrac": (0.1, 5.0),
    "i_offset": (-0.2, 0.9),
}
SYN = {"tau_syn_E": (1.0, 8.0), "tau_syn_I": (1.0, 10.0)}
COND = {"e_rev_E": (-5.0, 5.0), "e_rev_I": (-80.0, -65.0)}
IZH = {
    "a": (0.015, 0.1),
    "b": (0.18, 0.27),
    "c": (-65.0, -50.0),
    "d": (0.5, 8.0),
    "i_offset": (0.0, 8.0),
}

#: Model -> (parameters and their ranges, largest weight of one synapse, receptors).
MODELS = {
    "IF_curr_exp": (LIF | SYN, 4.0, ["excitatory", "inhibitory"]),
    "IF_cond_exp": (LIF | SYN | COND, 0.08, ["excitatory", "inhibitory"]),
    "IF_curr_alpha": (LIF | SYN, 6.0, ["excitatory", "inhibitory"]),
    "IF_curr_delta": (LIF, 6.0, ["excitatory", "inhibitory"]),
    "Izhikevich": (IZH | SYN, 8.0, ["excitatory", "inhibitory"]),
    "extra_models.Izhikevich_cond": (IZH | SYN | COND, 0.2, ["excitatory", "inhibitory"]),
    "extra_models.IF_curr_dual_exp": (
        LIF | SYN | {"tau_syn_E2": (1.0, 8.0)},
        4.0,
        ["excitatory", "excitatory2", "inhibitory"],
    ),
    "extra_models.IF_curr_exp_sEMD": (
        LIF | SYN | {"tau_syn_E2": (1.0, 8.0), "scaling_factor": (1.0, 30.0)},
        3.0,
        ["excitatory", "excitatory2", "inhibitory"],
    ),
    "extra_models.IFCurrExpCa2Adaptive": (
        LIF | SYN | {"tau_ca2": (20.0, 80.0), "i_alpha": (0.05, 0.4)},
        4.0,
        ["excitatory", "inhibitory"],
    ),
}


def number(rng: random.Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 3)


def network(k: int) -> str:
    """The lines that build network k; the populations to record end up in `recorded`."""
    rng = random.Random(f"corpus {k}")
    model = list(MODELS)[k % len(MODELS)]
    ranges, most, receptors = MODELS[model]
    n_source, n = rng.randint(1, 12), rng.randint(1, 40)
    # Full cores of Izhikevich neurons with everything recorded do not finish within a step: the
    # original's last neurons then see input of the next step.
    if rng.random() < 0.15 and len(receptors) == 2 and "Izhikevich" not in model:
        n = rng.randint(257, 300)  # two cores
    times = [sorted(rng.sample(range(STEPS - 10), rng.randint(0, 12))) for _ in range(n_source)]
    times[0] = times[0] or [3]  # the original cannot take lists that are all empty
    lines = [
        f"# network {k}: {model}",
        f"source = sim.Population({n_source}, sim.SpikeSourceArray(spike_times={times}), "
        f'label="source {k}")',
    ]
    populations = [("cells", n)]
    if rng.random() < 0.4:
        populations.append(("others", rng.randint(1, 30)))
    for name, size in populations:
        lines += population(rng, k, name, size, model, ranges)
    ends = [("source", n_source), *populations]
    for _ in range(rng.randint(1, 3)):
        lines += projection(rng, ends[0], rng.choice(populations), most, receptors)
    for _ in range(rng.randint(0, 2)):
        lines += projection(rng, rng.choice(populations), rng.choice(populations), most, receptors)
    return "\n".join(lines)


def population(rng, k, name, size, model, ranges) -> list[str]:
    parameters = {}
    for parameter, (low, high) in ranges.items():
        if rng.random() < 0.25:
            parameters[parameter] = [number(rng, low, high) for _ in range(size)]
        elif rng.random() < 0.8:
            parameters[parameter] = number(rng, low, high)
    lines = [f'{name} = sim.Population({size}, sim.{model}(**{parameters}), label="{name} {k}")']
    start = [number(rng, -70.0, -58.0) for _ in range(size)]
    lines.append(f"{name}.initialize(v={start if rng.random() < 0.5 else start[0]})")
    interval = rng.choice([None, None, 2.0, 5.0])
    lines.append(f'{name}.record("spikes")')
    lines.append(f'{name}.record(["v", "gsyn_exc", "gsyn_inh"], sampling_interval={interval})')
    return lines


def projection(rng, pre, post, most, receptors) -> list[str]:
    (pre_name, n_pre), (post_name, n_post) = pre, post
    weight = number(rng, 0.05 * most, most)
    # A full core with long delays has no room for its ring buffers in 64 KiB.
    longest = 70 if n_post <= 40 else 15
    choices = [1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 40, 64, 65]
    delay = float(rng.choice([d for d in choices if d <= longest]))
    kind = rng.choice(["all", "one", "list", "list"])
    if kind == "list":
        rows = sorted(
            (i, j, number(rng, 0.02 * most, most), float(rng.randint(1, longest)))
            for i in range(n_pre)
            for j in range(n_post)
            if rng.random() < min(1.0, 40 / n_post / n_pre)
        ) or [(0, 0, weight, delay)]
        connector, synapse = f"sim.FromListConnector({rows})", "sim.StaticSynapse()"
    else:
        name = "AllToAllConnector" if kind == "all" and n_post < 60 else "OneToOneConnector"
        connector, synapse = f"sim.{name}()", f"sim.StaticSynapse(weight={weight}, delay={delay})"
    return [
        f"sim.Projection({pre_name}, {post_name}, {connector}, {synapse}, "
        f'receptor_type="{rng.choice(receptors)}")'
    ]


def script(first: int, count: int) -> str:
    body = "\n\n".join(network(k) for k in range(first, first + count))
    return (
        "import pyNN.spiNNaker as sim\n\n"
        "sim.setup(timestep=1.0)\n\n"
        f"{body}\n\n"
        f"sim.run({STEPS})\nsim.end()\n"
    )


if __name__ == "__main__":
    print(script(int(sys.argv[1]), int(sys.argv[2])), end="")
