# SPDX-License-Identifier: Apache-2.0
# Neuron models at a time step of 0.1 ms, in one part and in two (n_steps_per_timestep), with
# parameters that differ from neuron to neuron. One file a population: JSON with what went in and what
# came out, v and gsyn as integers of 2^-15, a row a step.
from vectors import ints, json, os, sim

extra = sim.extra_models
OUT = os.environ.get("OUT", "out")
STEP_MS, STEPS, NEURONS = 0.1, 100, 8
EXCITE, INHIBIT = [2, 10, 11, 12, 30, 31, 50, 51, 52, 53], [20, 40, 41, 60, 61]
DELAYS = {"excitatory": 1, "excitatory2": 2, "inhibitory": 3}
FACTORS = [0.3, 0.5, 0.75, 1.0, 1.3, 1.7, 2.2, 3.1]

lif = {
    "tau_m": [20.0, 10.0, 5.0, 2.0, 1.0, 0.33, 50.0, 200.0],
    "cm": [1.0, 0.25, 0.3, 0.7, 1.0, 0.15, 1.0, 2.0],
    "v_rest": [-65.0],
    "v_reset": [-70.0, -65.0, -70.0, -65.0, -70.0, -66.3, -70.0, -70.0],
    "v_thresh": [-50.0, -50.0, -55.0, -50.0, -60.0, -50.0, -64.0, -64.5],
    "tau_refrac": [0.1, 0.5, 1.0, 0.0, 0.25, 2.0, 0.3, 0.7],
    "i_offset": [0.0, 0.4, 1.5, 4.0, 8.0, 10.0, 2.0, 3.0],
}
taus = {
    "tau_syn_E": [5.0, 2.0, 1.0, 0.5, 0.2, 3.3, 10.0, 50.0],
    "tau_syn_I": [7.0, 2.0, 1.0, 0.5, 0.3, 3.1, 20.0, 80.0],
}
second = {"tau_syn_E2": [3.0, 1.0, 0.7, 0.4, 2.0, 5.0, 8.0, 30.0]}
conductance = {"e_rev_E": [0.0, 0.0, 10.0, -20.0], "e_rev_I": [-70.0, -80.0, -70.0, -90.0]}
conductance = {name: values * 2 for name, values in conductance.items()}
izhikevich = {
    "a": [0.02, 0.1, 0.02, 0.1, 0.02, 0.1, 0.2, 0.02],
    "b": [0.2, 0.2, 0.25, 0.26, 0.2, 0.2, 0.2, -0.1],
    "c": [-65.0, -65.0, -50.0, -65.0, -55.0, -60.0, -65.0, -65.0],
    "d": [2.0, 8.0, 2.0, 4.0, 4.0, 1.0, 2.0, 6.0],
    "i_offset": [0.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, -20.0],
}
adaptive = {"tau_ca2": [50.0, 20.0, 5.0, 1.0] * 2, "i_alpha": [0.1, 0.5, 1.0, 3.0] * 2}
stochastic = {"du_th": [0.5, 1.0, 2.0, 4.0] * 2, "tau_th": [20.0, 10.0, 5.0, 1.0] * 2}
# name: (class, parameters, scale of excitatory and of inhibitory weights, initial values)
MODELS = {
    "IF_curr_exp": (sim.IF_curr_exp, lif | taus, 20.0, 10.0, {"v": -65.0}),
    "IF_cond_exp": (sim.IF_cond_exp, lif | taus | conductance, 0.3, 0.5, {"v": -65.0}),
    "IF_curr_alpha": (sim.IF_curr_alpha, lif | taus, 40.0, 20.0, {"v": -65.0}),
    "IF_curr_delta": (sim.IF_curr_delta, lif, 4.0, 2.0, {"v": -65.0}),
    "Izhikevich": (sim.Izhikevich, izhikevich | taus, 60.0, 30.0, {"v": -65.0, "u": -13.0}),
    "Izhikevich_cond": (
        extra.Izhikevich_cond, izhikevich | taus | conductance, 1.0, 1.0, {"v": -65.0, "u": -13.0}
    ),
    "Izhikevich_cond_dual": (
        extra.Izhikevich_cond_dual, izhikevich | taus | second | conductance, 1.0, 1.0,
        {"v": -65.0, "u": -13.0},
    ),
    "IF_curr_dual_exp": (extra.IF_curr_dual_exp, lif | taus | second, 20.0, 10.0, {"v": -65.0}),
    "IF_curr_exp_sEMD": (
        extra.IF_curr_exp_sEMD, lif | taus | second | {"scaling_factor": [1.0, 2.0, 20.0, 5.0] * 2},
        20.0, 10.0, {"v": -65.0},
    ),
    "IFCurrExpCa2Adaptive": (
        extra.IFCurrExpCa2Adaptive, lif | taus | adaptive, 20.0, 10.0, {"v": -65.0}
    ),
    "IFCurrDeltaCa2Adaptive": (
        extra.IFCurrDeltaCa2Adaptive, lif | adaptive, 4.0, 2.0, {"v": -65.0}
    ),
    "IFCondExpStoc": (
        extra.IFCondExpStoc, lif | taus | conductance | stochastic, 0.3, 0.5, {"v": -65.0}
    ),
}

sim.setup(timestep=STEP_MS)
sources = {}
for name, steps in (("excite", EXCITE), ("inhibit", INHIBIT)):
    times = [step * STEP_MS for step in steps]
    sources[name] = sim.Population(1, sim.SpikeSourceArray([times]), label=name)
populations = {}
for name, (cell, parameters, excite, inhibit, initial) in MODELS.items():
    for parts in (1, 2):
        label = name if parts == 1 else f"{name}_{parts}_parts"
        population = sim.Population(
            NEURONS, cell(), label=label, seed=1, n_steps_per_timestep=parts
        )
        for parameter, values in parameters.items():
            population.set(**{parameter: values if len(values) > 1 else values[0]})
        population.initialize(**initial)
        scales = {"excitatory": excite, "inhibitory": inhibit}
        if "tau_syn_E2" in parameters:
            scales["excitatory2"] = excite
        projections = {}
        for receptor, scale in scales.items():
            weights = [round(scale * factor, 4) for factor in FACTORS]
            delay = DELAYS[receptor] * STEP_MS
            connections = [(0, i, weights[i], delay) for i in range(NEURONS)]
            source = sources["excite" if receptor == "excitatory" else "inhibit"]
            projections[receptor] = sim.Projection(
                source, population, sim.FromListConnector(connections), sim.StaticSynapse(),
                receptor_type=receptor,
            )
        population.record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
        populations[label] = (name, parts, population, projections)
sim.run(STEPS * STEP_MS)
for label, (name, parts, population, projections) in populations.items():
    segment = population.get_data().segments[0]
    result = {
        "model": name, "sub_steps": parts, "timestep_ms": STEP_MS, "neurons": NEURONS,
        "parameters": MODELS[name][1], "initial": MODELS[name][4], "inputs": {},
    }
    for receptor, projection in projections.items():
        steps = EXCITE if receptor == "excitatory" else INHIBIT
        weights = sorted(projection.get("weight", "list"), key=lambda row: row[1])
        result["inputs"][receptor] = {
            "steps": [step + DELAYS[receptor] for step in steps],
            "weights": [float(row[2]) for row in weights],
        }
    for variable in ("v", "gsyn_exc", "gsyn_inh"):
        result[variable] = ints(segment.filter(name=variable)[0]).tolist()
    result["spikes"] = sorted(
        [round(float(time) / STEP_MS), i]
        for i, train in enumerate(segment.spiketrains) for time in train
    )
    with open(f"{OUT}/{label}.json", "w") as file:
        file.write(json.dumps(result).replace("]], ", "]],\n").replace("], [", "],\n[") + "\n")
    print(label, len(result["spikes"]), "spikes")
sim.end()
