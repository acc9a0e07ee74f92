// SPDX-License-Identifier: Apache-2.0
// Networks that the tests of the engine run, and what they compare.
#pragma once

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "spinnlab/engine/simulation.hpp"
#include "spinnlab/image/compile.hpp"
#include "spinnlab/network/network.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::engine::testing {

using network::Network;
using network::PopulationId;
using network::testing::cells_of;
using network::testing::projection;

inline void set(network::NeuronCells& cells, const char* field, std::vector<double> values) {
    cells.fields[*neurons::field_index(*cells.model, field)] = std::move(values);
}

inline network::Population neurons_of(const char* label, std::uint32_t size,
                                      network::NeuronCells cells) {
    network::Population population;
    population.label = label;
    population.size = size;
    population.cells = std::move(cells);
    population.recordings = {{"spikes", 1, {}}, {"v", 1, {}}};
    return population;
}

inline network::Population array_of(const char* label,
                                    const std::vector<std::vector<double>>& times_ms) {
    network::SpikeArrayCells cells;
    cells.first.push_back(0);
    for (const auto& train : times_ms) {
        cells.times_ms.insert(cells.times_ms.end(), train.begin(), train.end());
        cells.first.push_back(cells.times_ms.size());
    }
    network::Population population;
    population.label = label;
    population.size = static_cast<std::uint32_t>(times_ms.size());
    population.cells = std::move(cells);
    population.recordings = {{"spikes", 1, {}}};
    return population;
}

using Spikes = std::vector<SpikeRecord>;

struct Result {
    std::vector<Spikes> spikes{};
    std::vector<std::vector<std::int32_t>> v{};
    std::vector<std::vector<std::int32_t>> packets{};
    friend bool operator==(const Result&, const Result&) = default;
};

inline Result results(Simulation& simulation) {
    Result result;
    for (const auto& population : simulation.image().populations) {
        result.spikes.push_back(simulation.recordings().read_spikes(population.label));
        const auto samples = [&](const char* variable) {
            return simulation.recordings().read_samples(population.label, variable).values;
        };
        result.v.push_back(samples("v"));
        result.packets.push_back(samples("packets-per-timestep"));
    }
    return result;
}

inline Result run(const Network& network, const Options& options, std::uint32_t steps) {
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), options);
    simulation.advance(steps);
    return results(simulation);
}

/// The synfire chain of the course: ten populations of 100 in a ring, delays of 17 ms.
inline Network synfire() {
    Network network({1.0, {}, 1, false});
    auto cells = cells_of("IF_curr_exp");
    set(cells, "cm", {0.25});
    set(cells, "tau_refrac", {2.0});
    set(cells, "v_reset", {-70.0});
    std::vector<PopulationId> chain;
    for (int k = 0; k < 10; ++k) {
        chain.push_back(
            network.add(neurons_of(("chain_" + std::to_string(k)).c_str(), 100, cells)));
    }
    const auto stimulus =
        network.add(array_of("stimulus", std::vector<std::vector<double>>(100, {0.0})));
    for (int k = 0; k < 10; ++k) {
        network.add(projection(network, chain[k], chain[(k + 1) % 10], 0,
                               synapses::FixedNumberPre{60, true, true}, synapses::Constant{0.02},
                               synapses::Constant{17.0}));
    }
    network.add(projection(network, stimulus, chain[0], 0, synapses::AllToAll{},
                           synapses::Constant{0.05}, synapses::Constant{1.0}));
    return network;
}

/// Everything that could go wrong with an order: short and long delays, several projections on one
/// receptor, saturation, many cores, per-neuron parameters.
inline Network tangle(std::uint32_t seed, double threshold_mv = -50.0) {
    std::mt19937 rng(seed);
    const auto draw = [&](double low, double high) {
        return std::uniform_real_distribution(low, high)(rng);
    };
    Network network({1.0, {}, seed, false});
    std::vector<std::vector<double>> trains(23);
    for (auto& train : trains) {
        for (int i = 0; i < 9; ++i) train.push_back(std::floor(draw(0, 150)));
    }
    const auto source = network.add(array_of("source", trains));
    network::PoissonCells noise;
    noise.rate_hz = {40.0};
    noise.start_ms = {5.0};
    noise.duration_ms = {100.0};
    network::Population poisson;
    poisson.label = "noise";
    poisson.size = 700;
    poisson.cells = noise;
    poisson.recordings = {{"spikes", 1, {}}};
    const auto noise_id = network.add(poisson);
    auto cells = cells_of("IF_curr_exp");
    std::vector<double> offsets(600);
    for (double& offset : offsets) offset = draw(0.0, 1.0);
    set(cells, "i_offset", offsets);
    set(cells, "v_thresh", {threshold_mv});
    auto currents = neurons_of("a", 600, cells);
    currents.recordings.push_back({"packets-per-timestep", 1, {}});
    const auto a = network.add(currents);
    auto conductances = neurons_of("b", 333, cells_of("IF_cond_exp"));
    conductances.options.neurons_per_core = 100;
    conductances.recordings = {
        {"spikes", 1, {}}, {"v", 3, {0, 5, 99, 100, 332}}, {"packets-per-timestep", 1, {}}};
    const auto b = network.add(conductances);
    const auto add = [&](PopulationId pre, PopulationId post, std::uint32_t receptor,
                         auto connector, const synapses::ValueSource& weight,
                         const synapses::ValueSource& delay) {
        network.add(projection(network, pre, post, receptor, connector, weight, delay));
    };
    using synapses::Distribution;
    using Kind = synapses::DistributionKind;
    add(source, a, 0, synapses::FixedProbability{0.3, true}, synapses::Constant{3.0},
        Distribution{Kind::Uniform, 1.0, 90.0});
    add(source, a, 1, synapses::FixedNumberPost{60, true, false},
        Distribution{Kind::Uniform, 0.1, 2.0}, synapses::Constant{400.0});
    add(noise_id, a, 0, synapses::OneToOne{}, synapses::Constant{2.0}, synapses::Constant{1.0});
    add(a, b, 0, synapses::FixedNumberPre{30, true, false}, Distribution{Kind::Normal, 0.02, 0.003},
        Distribution{Kind::NormalClipped, 3.0, 2.0, 1.0, 8.0});
    add(a, b, 0, synapses::AllToAll{}, synapses::Constant{0.004}, synapses::Constant{2.0});
    add(b, b, 1, synapses::FixedTotalNumber{3000, false, true}, synapses::Constant{0.01},
        synapses::Constant{1.0});
    add(b, a, 1, synapses::FixedProbability{0.05, true}, synapses::Constant{0.5},
        synapses::Constant{600.0});
    add(a, a, 0, synapses::FixedProbability{0.02, false}, Distribution{Kind::Exponential, 0.2},
        synapses::Constant{1.0});
    return network;
}

/// Populations each driven one-to-one by Poisson sources of its own, not recorded unless asked: 700
/// neurons on cores of 100, one source for two receptors, delays of 1 and 30 steps.
inline Network driven(double rate_hz, bool recorded) {
    Network network({1.0, {}, 3, false});
    const auto noise = [&](const char* label, double start_ms) {
        network::PoissonCells cells;
        cells.rate_hz = {rate_hz};
        cells.start_ms = {start_ms};
        cells.duration_ms = {1e9};
        network::Population population;
        population.label = label;
        population.size = 700;
        population.cells = cells;
        if (recorded) population.recordings = {{"spikes", 1, {}}};
        return network.add(population);
    };
    const auto early = noise("early", 0.0);
    const auto late = noise("late", 50.0);
    auto neurons = neurons_of("a", 700, cells_of("IF_curr_exp"));
    neurons.options.neurons_per_core = 100;
    const auto a = network.add(neurons);
    const auto b = network.add(neurons_of("b", 700, cells_of("IF_curr_exp")));
    const auto add = [&](PopulationId pre, PopulationId post, std::uint32_t receptor, double weight,
                         double delay_ms) {
        network.add(projection(network, pre, post, receptor, synapses::OneToOne{},
                               synapses::Constant{weight}, synapses::Constant{delay_ms}));
    };
    add(early, a, 0, 0.8, 1.0);
    add(early, a, 1, 0.3, 30.0);
    add(early, b, 0, 0.9, 2.0);
    add(late, b, 0, 0.4, 7.0);
    return network;
}

}  // namespace spinnlab::engine::testing
