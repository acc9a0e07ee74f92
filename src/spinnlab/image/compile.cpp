// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/fit.hpp"
#include "spinnlab/mapping/mapping.hpp"
#include "spinnlab/network/lower.hpp"
#include "spinnlab/network/machine_streams.hpp"
#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::image {

namespace {

using network::LoweredNetwork;
using network::Network;
using network::PopulationId;

constexpr double kLastStep = 4294967295.0;

std::uint32_t step_at(double time_ms, double timestep_ms) {
    // As the original: microseconds rounded down, then the next whole step.
    const double step_us = timestep_ms * 1000;
    const double step = std::ceil(std::floor(time_ms * 1000 + 1e-6) / step_us - 1e-9);
    return static_cast<std::uint32_t>(std::clamp(step, 0.0, kLastStep));
}

NeuronImage neuron_image(const Network& network, const network::PopulationPlan& plan,
                         const network::Population& population) {
    const auto& cells = std::get<network::NeuronCells>(population.cells);
    NeuronImage image;
    image.model = cells.model;
    image.sub_steps = population.options.n_steps_per_timestep;
    std::vector<std::span<const double>> fields(cells.fields.begin(), cells.fields.end());
    image.prepared = neurons::prepare(
        *cells.model,
        {network.settings().timestep_ms, image.sub_steps, network.settings().fidelity},
        population.size, fields);
    for (const auto& receptor : plan.receptors) {
        image.shifts.push_back(receptor.shift);
        image.weight_scales.push_back(receptor.weight_scale);
    }
    image.delay_slots = plan.delay_slots;
    return image;
}

SpikeArrayImage spike_array_image(const network::SpikeArrayCells& cells, double timestep_ms) {
    SpikeArrayImage image;
    for (std::uint32_t i = 0; i + 1 < cells.first.size(); ++i) {
        for (std::uint64_t k = cells.first[i]; k < cells.first[i + 1]; ++k) {
            image.spikes.push_back({step_at(cells.times_ms[k], timestep_ms), i});
        }
    }
    std::ranges::sort(image.spikes);
    return image;
}

PoissonImage poisson_image(const network::PoissonCells& cells, double timestep_ms,
                           std::uint64_t seed) {
    PoissonImage image{cells.rate_hz, {}, {}, seed, {}};
    const std::size_t n = std::max(cells.start_ms.size(), cells.duration_ms.size());
    for (std::size_t i = 0; i < n; ++i) {
        const double start = cells.start_ms[cells.start_ms.size() == 1 ? 0 : i];
        const double duration = cells.duration_ms[cells.duration_ms.size() == 1 ? 0 : i];
        image.start_step.push_back(step_at(start, timestep_ms));
        image.end_step.push_back(std::isinf(duration) ? std::numeric_limits<std::uint32_t>::max()
                                                      : step_at(start + duration, timestep_ms));
    }
    return image;
}

/// Generators for the original's draws, one a core.
void give_generators(const Network& network, PopulationId id, const mapping::MachineGraph& graph,
                     PoissonImage& image) {
    KissSeeds seeds(network::machine_seed(network, id));
    for (mapping::CoreIndex c = graph.first_core[id]; c < graph.first_core[id + 1]; ++c) {
        image.machine_cores.push_back(
            {graph.cores[c].slice.lo, graph.cores[c].slice.hi, seeds.next()});
    }
}

void describe_populations(const Network& network, const LoweredNetwork& lowered,
                          MachineImage& image) {
    const auto& graph = image.mapping.graph;
    for (PopulationId id = 0; id < network.populations().size(); ++id) {
        const network::Population& population = network.populations()[id];
        const network::PopulationPlan& plan = lowered.populations[id];
        PopulationImage described;
        described.label = population.label;
        described.size = population.size;
        described.recordings = population.recordings;
        described.atoms_per_core = plan.atoms_per_core;
        described.core_sdram = lowered.graph.vertices[id].core;
        described.first_slice = static_cast<SliceIndex>(image.slices.size());
        described.n_slices = static_cast<std::uint32_t>(graph.cores_of(id).size());
        if (const auto* array = std::get_if<network::SpikeArrayCells>(&population.cells)) {
            described.cells = spike_array_image(*array, image.timestep_ms);
        } else if (const auto* poisson = std::get_if<network::PoissonCells>(&population.cells)) {
            PoissonImage drawn = poisson_image(*poisson, image.timestep_ms,
                                               population.options.seed.value_or(image.seed));
            if (image.spinnaker_rng) give_generators(network, id, graph, drawn);
            described.cells = std::move(drawn);
        } else {
            described.cells = neuron_image(network, plan, population);
        }
        for (mapping::CoreIndex c = graph.first_core[id]; c < graph.first_core[id + 1]; ++c) {
            const mapping::KeyMask& keys = image.mapping.keys.of_core[c];
            image.slices.push_back({id, graph.cores[c].slice.lo, graph.cores[c].slice.hi,
                                    image.mapping.placements[c], keys.mask != 0, keys.key,
                                    keys.mask});
        }
        image.populations.push_back(std::move(described));
    }
}

void describe_delays(const LoweredNetwork& lowered, MachineImage& image) {
    const auto& graph = image.mapping.graph;
    for (const auto& delay : lowered.delays) {
        const SliceIndex first = image.populations[delay.source].first_slice;
        for (mapping::CoreIndex c = graph.first_core[delay.vertex];
             c < graph.first_core[delay.vertex + 1]; ++c) {
            const mapping::KeyMask& keys = image.mapping.keys.of_core[c];
            image.delays.push_back({first + c - graph.first_core[delay.vertex], delay.stages,
                                    delay.steps_per_stage, image.mapping.placements[c], keys.key,
                                    keys.mask});
        }
    }
}

void describe_projections(const Network& network, const LoweredNetwork& lowered,
                          MachineImage& image) {
    const auto streams = network::machine_streams(network, lowered);
    for (std::uint32_t p = 0; p < network.projections().size(); ++p) {
        const network::Projection& projection = network.projections()[p];
        const auto& receptor = lowered.populations[projection.post].receptors[projection.receptor];
        const auto rounding = synapses::rounding_of(projection.recipe, image.fidelity);
        image.projections.push_back({projection.label,
                                     projection.pre,
                                     projection.post,
                                     projection.receptor,
                                     projection.recipe,
                                     {receptor.weight_scale, image.timestep_ms, rounding},
                                     lowered.delay_stages[p]});
        image.projections.back().recipe.machine = streams[p];
    }
}

}  // namespace

MachineImage compile(const Network& network, const CompileOptions& options) {
    MachineImage image;
    image.timestep_ms = network.settings().timestep_ms;
    image.fidelity = network.settings().fidelity;
    image.seed = network.settings().seed;
    image.spinnaker_rng = network.settings().spinnaker_rng;
    const LoweredNetwork lowered = lower_to_fit(network, options, image.notes);
    auto mapped = map_on_boards(lowered, options);
    image.machine = std::move(mapped.machine);
    image.mapping = std::move(mapped.mapping);
    describe_populations(network, lowered, image);
    describe_delays(lowered, image);
    describe_projections(network, lowered, image);
    return image;
}

}  // namespace spinnlab::image
