// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/testing/networks.hpp"

#include <array>
#include <cmath>

namespace spinnlab::image::testing {

using network::PopulationId;
using synapses::AllToAll;
using synapses::Constant;
using synapses::Distribution;
using synapses::DistributionKind;
using synapses::FixedNumberPre;
using synapses::FixedProbability;
using synapses::FixedTotalNumber;
using synapses::OneToOne;

namespace {

constexpr std::uint32_t kInhibitory = 1;

Distribution uniform(double low, double high) {
    return {DistributionKind::Uniform, low, high, low, high};
}

Distribution normal_clipped(double mu, double sigma, double low, double high) {
    return {DistributionKind::NormalClipped, mu, sigma, low, high};
}

void tiny(Builder& b) {
    const auto in = b.spike_array("in", 1);
    const auto pop = b.neurons("pop", 10);
    b.project(in, pop, AllToAll{}, Constant{2}, Constant{1});
    b.record(in, {"spikes"});
    b.record(pop, {"spikes", "v", "gsyn_exc", "gsyn_inh"});
}

void one_to_one_1000(Builder& b) {
    const auto from = b.neurons("a", 1000);
    const auto to = b.neurons("b", 1000);
    b.project(from, to, OneToOne{}, Constant{2}, Constant{1});
    b.record(to, {"spikes", "v"});
}

void delayed(Builder& b, const synapses::ValueSource& delay_ms) {
    const auto from = b.neurons("src", 512);
    const auto to = b.neurons("tgt", 512);
    b.project(from, to, FixedProbability{0.1}, Constant{0.5}, delay_ms);
    b.record(to, {"spikes"});
}

void delay_3_receptors(Builder& b) {
    const auto to = b.neurons("tgt", 512, "IF_curr_dual_exp");
    for (const double delay : {16.0, 17.0}) {
        const auto from = b.neurons("src" + std::to_string(static_cast<int>(delay)), 512);
        b.project(from, to, FixedProbability{0.1}, Constant{0.5}, Constant{delay}, 1);
    }
}

void synfire_notebook(Builder& b) {
    std::vector<PopulationId> chain;
    for (int i = 0; i < 10; ++i) chain.push_back(b.neurons("chain_" + std::to_string(i), 100));
    const auto stimulus = b.spike_array("stim", 100);
    for (std::size_t i = 0; i < 10; ++i) {
        b.project(chain[i], chain[(i + 1) % 10], FixedNumberPre{10}, Constant{0.5}, Constant{17});
    }
    b.project(stimulus, chain[0], OneToOne{}, Constant{5}, Constant{1});
    for (const auto pool : chain) b.record(pool, {"spikes"});
}

void incoming(Builder& b, std::uint32_t sources, const synapses::Connector& connector) {
    const auto from = b.neurons("src", sources);
    const auto to = b.neurons("tgt", 256);
    b.project(from, to, connector, Constant{0.01}, Constant{1});
    b.record(to, {"spikes"});
}

void all_to_all_2560(Builder& b) {
    const auto from = b.neurons("a", 2560);
    const auto to = b.neurons("b", 2560);
    b.project(from, to, AllToAll{}, Constant{0.01}, Constant{1});
    b.record(to, {"spikes"});
}

void poisson_one_to_one(Builder& b) {
    const auto noise = b.poisson("noise", 1200, {10});
    const auto pop = b.neurons("pop", 1200);
    b.project(noise, pop, OneToOne{}, Constant{0.5}, Constant{1});
    b.record(noise, {"spikes"});
    b.record(pop, {"spikes"});
}

void split_3_synapse_cores(Builder& b) {
    const auto noise = b.poisson("noise", 512, {100});
    const auto pop = b.neurons("pop", 512);
    b.project(noise, pop, OneToOne{}, Constant{0.5}, Constant{1});
    b.project(pop, pop, FixedProbability{0.1}, Constant{0.1}, Constant{4});
    b.record(pop, {"spikes"});
}

void models_mixed(Builder& b) {
    std::vector<double> rates;
    for (int i = 0; i < 300; ++i) rates.push_back(i % 50);
    const auto noise = b.poisson("noise", 300, rates);
    const std::array<std::pair<const char*, double>, 4> models = {
        {{"IF_cond_exp", 0.02}, {"IF_curr_delta", 5}, {"IF_curr_alpha", 1}, {"Izhikevich", 2}}};
    for (const auto& [name, w] : models) {
        const auto pop = b.neurons(name, 300, name);
        b.project(noise, pop, FixedProbability{0.1}, normal_clipped(w, w / 4, 0, 4 * w),
                  uniform(1, 10));
        b.project(pop, pop, FixedNumberPre{20}, uniform(0, 2 * w), Constant{3}, kInhibitory);
        std::vector<std::string> all = {"spikes", "packets-per-timestep"};
        for (const auto& info : neurons::find_model(name)->recordables) {
            all.emplace_back(info.name);
        }
        b.record(pop, all);
    }
}

void cuba_va_4000(Builder& b) {
    const std::array pops = {b.neurons("exc", 3200), b.neurons("inh", 800)};
    const std::array weights = {0.0162, 0.09};
    for (std::uint32_t s = 0; s < 2; ++s) {
        for (const auto to : pops) {
            b.project(pops[s], to, FixedProbability{0.02}, Constant{weights[s]}, Constant{1}, s);
        }
    }
    for (const auto pop : pops) b.record(pop, {"spikes"});
}

// Potjans & Diesmann 2014, table 5: sizes, external inputs, connection probabilities (row: target).
constexpr std::array kLayers = {"L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"};
constexpr std::array kSizes = {20683.0, 5834.0, 21915.0, 5479.0, 4850.0, 1065.0, 14395.0, 2948.0};
constexpr std::array kExternal = {1600.0, 1500.0, 2100.0, 1900.0, 2000.0, 1900.0, 2900.0, 2100.0};
constexpr double kProbabilities[8][8] = {
    {0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0},
    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0},
    {0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0},
    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0},
    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0},
    {0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0},
    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
    {0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443}};

void connect_layers(Builder& b, std::size_t s, std::size_t t, double scale, double weight) {
    const double p = kProbabilities[t][s];
    if (p == 0) return;
    const double inputs = std::log(1 - p) / std::log(1 - 1 / (kSizes[s] * kSizes[t])) / kSizes[t];
    const double total = std::nearbyint(inputs * scale * std::nearbyint(kSizes[t] * scale));
    if (total == 0) return;
    const bool excites = s % 2 == 0;
    const double mean = weight * (s == 2 && t == 0 ? 2.0 : 1.0) * (excites ? 1.0 : -4.0);
    const double delay_ms = excites ? 1.5 : 0.75;
    // Layer i is population i.
    b.project(static_cast<PopulationId>(s), static_cast<PopulationId>(t),
              FixedTotalNumber{static_cast<std::uint64_t>(total)},
              normal_clipped(mean, 0.1 * std::abs(mean), std::min(0.0, 10 * mean),
                             std::max(0.0, 10 * mean)),
              normal_clipped(delay_ms, delay_ms / 2, b.timestep_ms(), delay_ms + 3.5 * delay_ms),
              excites ? 0 : kInhibitory);
}

void microcircuit(Builder& b, double scale) {
    const double weight = 0.0878 / std::sqrt(scale);
    const auto size = [&](std::size_t i) {
        return static_cast<std::uint32_t>(std::nearbyint(kSizes[i] * scale));
    };
    for (std::size_t i = 0; i < 8; ++i) {
        b.record(b.neurons(kLayers[i], size(i)), {"spikes"});
    }
    for (std::size_t i = 0; i < 8; ++i) {
        const auto noise =
            b.poisson(std::string("noise_") + kLayers[i], size(i), {8.0 * kExternal[i] * scale});
        b.project(noise, static_cast<PopulationId>(i), OneToOne{}, Constant{weight},
                  Constant{b.timestep_ms()});
    }
    for (std::size_t t = 0; t < 8; ++t) {
        for (std::size_t s = 0; s < 8; ++s) connect_layers(b, s, t, scale, weight);
    }
}

void ring_of(Builder& b, std::uint32_t populations, double delay_ms, std::uint32_t reach) {
    b.atoms_per_core(100);
    for (std::uint32_t i = 0; i < populations; ++i) b.neurons("p" + std::to_string(i), 10000);
    for (std::uint32_t i = 0; i < populations; ++i) {
        for (std::uint32_t j = 1; j <= reach; ++j) {
            b.project(i, (i + j) % populations, FixedNumberPre{10}, Constant{0.1},
                      Constant{delay_ms});
        }
    }
}

void dense_graph_64(Builder& b) {
    for (int i = 0; i < 64; ++i) b.neurons("p" + std::to_string(i), 1024);
    for (PopulationId from = 0; from < 64; ++from) {
        for (PopulationId to = 0; to < 64; ++to) {
            b.project(from, to, FixedNumberPre{5}, Constant{0.1}, Constant{1});
        }
    }
}

}  // namespace

const std::map<std::string, std::function<void(Builder&)>>& golden_networks() {
    static const auto with_atoms = [](std::uint32_t atoms, auto build) {
        return [=](Builder& b) {
            b.atoms_per_core(atoms);
            build(b);
        };
    };
    static const auto delay = [](double delay_ms) {
        return [=](Builder& b) { delayed(b, Constant{delay_ms}); };
    };
    static const std::map<std::string, std::function<void(Builder&)>> all = {
        {"tiny", tiny},
        {"atoms_1000", one_to_one_1000},
        {"atoms_100_per_core", with_atoms(100, one_to_one_1000)},
        {"delay_1", delay(1)},
        {"delay_16", delay(16)},
        {"delay_17", delay(17)},
        {"delay_32", delay(32)},
        {"delay_33", delay(33)},
        {"delay_100", delay(100)},
        {"delay_288", delay(288)},
        {"delay_289", delay(289)},
        {"delay_100_at_64_per_core", with_atoms(64, delay(100))},
        {"delay_random_1_to_60", [](Builder& b) { delayed(b, uniform(1, 60)); }},
        {"delay_3_receptors", delay_3_receptors},
        {"synfire_notebook", synfire_notebook},
        {"incoming_8000_of_10000", [](Builder& b) { incoming(b, 10000, FixedNumberPre{8000}); }},
        {"incoming_8000_of_20000", [](Builder& b) { incoming(b, 20000, FixedNumberPre{8000}); }},
        {"incoming_8000_of_80000", [](Builder& b) { incoming(b, 80000, FixedProbability{0.1}); }},
        {"all_to_all_2560", all_to_all_2560},
        {"poisson_one_to_one", poisson_one_to_one},
        {"split_3_synapse_cores", split_3_synapse_cores},
        {"models_mixed", models_mixed},
        {"cuba_va_4000", cuba_va_4000},
        {"microcircuit_10pc_1ms", [](Builder& b) { microcircuit(b, 0.1); }},
        {"microcircuit_10pc_01ms", with_atoms(64, [](Builder& b) { microcircuit(b, 0.1); })},
        {"microcircuit_full_1ms", [](Builder& b) { microcircuit(b, 1.0); }},
        {"machine_20x10000", [](Builder& b) { ring_of(b, 20, 1, 3); }},
        {"machine_20x10000_delayed", [](Builder& b) { ring_of(b, 20, 100, 3); }},
        {"machine_200x10000_delayed", [](Builder& b) { ring_of(b, 200, 100, 1); }},
        {"dense_graph_64", dense_graph_64},
    };
    return all;
}

}  // namespace spinnlab::image::testing
