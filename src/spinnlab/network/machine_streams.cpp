// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/network/machine_streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::network {

namespace {

/// Projections onto a population as its cores expand them: source by source, in order of a
/// source's first projection (`incoming_projections` of the original).
std::vector<ProjectionId> expansion_order(const Network& network, PopulationId target) {
    std::vector<PopulationId> sources;
    std::vector<ProjectionId> order;
    const auto projections = network.projections();
    for (const Projection& projection : projections) {
        if (projection.post != target) continue;
        if (std::ranges::find(sources, projection.pre) == sources.end()) {
            sources.push_back(projection.pre);
        }
    }
    for (const PopulationId source : sources) {
        for (ProjectionId p = 0; p < projections.size(); ++p) {
            if (projections[p].post == target && projections[p].pre == source) order.push_back(p);
        }
    }
    return order;
}

/// Longest delay between two populations: their projections share the stages.
std::uint32_t longest_delay_steps(const Network& network, const LoweredNetwork& lowered,
                                  const Projection& projection) {
    std::uint32_t stages = 0;
    for (ProjectionId p = 0; p < network.projections().size(); ++p) {
        const Projection& other = network.projections()[p];
        if (other.pre == projection.pre && other.post == projection.post) {
            stages = std::max(stages, lowered.delay_stages[p]);
        }
    }
    return lowered.populations[projection.post].delay_slots * (stages + 1);
}

}  // namespace

std::uint32_t machine_seed(const Network& network, PopulationId id) {
    const Population& population = network.populations()[id];
    if (!population.options.seed) {
        Stream stream(network.settings().seed, Purpose::Seeds, id, 0, 0);
        return stream.word();
    }
    const std::uint64_t seed = *population.options.seed;
    if (seed <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(seed);
    throw NetworkError(
        fmt::format("{}: the seed {} with rng=\"spinnaker\"", population.label, seed),
        "Give a seed below 2^32, as NumPy's RandomState wants it.");
}

std::vector<std::shared_ptr<const synapses::MachineStreams>> machine_streams(
    const Network& network, const LoweredNetwork& lowered) {
    std::vector<std::shared_ptr<const synapses::MachineStreams>> streams(
        network.projections().size());
    if (!network.settings().spinnaker_rng) return streams;
    for (PopulationId id = 0; id < network.populations().size(); ++id) {
        const std::vector<ProjectionId> order = expansion_order(network, id);
        if (order.empty()) continue;
        std::vector<synapses::MachineInput> inputs;
        for (const ProjectionId p : order) {
            const Projection& projection = network.projections()[p];
            synapses::check_drawn_as_machine(projection.recipe, projection.label);
            inputs.push_back(
                {&projection.recipe, longest_delay_steps(network, lowered, projection)});
        }
        const auto found = synapses::machine_streams(inputs, machine_seed(network, id),
                                                     network.populations()[id].size,
                                                     lowered.populations[id].atoms_per_core);
        for (std::size_t i = 0; i < order.size(); ++i) streams[order[i]] = found[i];
    }
    return streams;
}

}  // namespace spinnlab::network
