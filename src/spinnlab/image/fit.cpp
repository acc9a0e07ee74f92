// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/sizes.hpp"

namespace spinnlab::image {

namespace {

using network::LoweredNetwork;
using network::Network;
using network::PopulationId;

mapping::MappingOptions mapping_options(const CompileOptions& options) {
    return {options.plan_steps, options.monitors};
}

/// Plans a core of the population. Says what does not fit, if something does not.
std::optional<std::string> plan_core(const Network& network, LoweredNetwork& lowered,
                                     PopulationId id, const CompileOptions& options) {
    auto& vertex = lowered.graph.vertices[id];
    vertex.core = core_resources(network, lowered, id);
    if (const auto row = longest_row(network, lowered, id); row.synapses > kLongestRow) {
        return fmt::format("a row of {} may have {} synapses, {} fit",
                           network.projections()[row.projection].label, row.synapses, kLongestRow);
    }
    const std::uint64_t bytes = vertex.core.total(options.plan_steps);
    const std::uint64_t available = mapping::chip_bytes(mapping_options(options));
    if (bytes <= available) return std::nullopt;
    return fmt::format("a core needs {} bytes of SDRAM for {} recorded steps, a chip has {}", bytes,
                       options.plan_steps, available);
}

/// What was lowered, and why at first.
struct Change {
    std::uint32_t from = 0;
    std::string why{};
};

void report(const Network& network, const LoweredNetwork& lowered, const CompileOptions& options,
            const std::map<PopulationId, Change>& changes, std::vector<std::string>& notes) {
    for (const auto& [id, change] : changes) {
        const auto& population = network.populations()[id];
        const std::uint32_t to = lowered.populations[id].atoms_per_core;
        if (options.strict || population.options.neurons_per_core) {
            throw CapacityError(fmt::format("{} with {} neurons a core: {}", population.label,
                                            change.from, change.why),
                                fmt::format("{} neurons a core fit; or record less.", to));
        }
        notes.push_back(fmt::format("{}: {} neurons a core instead of {}: {}", population.label, to,
                                    change.from, change.why));
    }
}

/// The smallest machine of triads that holds so many boards (version_48_chips.py
/// `size_from_n_boards`).
machine::MachineSpec spec_for(int boards) {
    machine::MachineSpec spec;
    if (boards <= 1) return spec;
    const int triads = (boards + 2) / 3;
    const int w = static_cast<int>(std::ceil(std::sqrt(triads)));
    const int h = (triads + w - 1) / w;
    spec.width = 12 * w + 4;
    spec.height = 12 * h + 4;
    return spec;
}

/// Refuses a machine of `boards` boards that is too small, whatever the placement.
void require_boards(const LoweredNetwork& lowered, const mapping::MachineGraph& cut, int needed,
                    int boards) {
    if (needed <= boards) return;
    mapping::VertexIndex largest = 0;
    for (mapping::VertexIndex v = 0; v < lowered.graph.vertices.size(); ++v) {
        if (cut.cores_of(v).size() > cut.cores_of(largest).size()) largest = v;
    }
    const auto& vertex = lowered.graph.vertices[largest];
    throw CapacityError(
        fmt::format("the network needs {} cores, which is {} boards, and the machine has {}; the "
                    "largest population, {}, needs {} cores of {} bytes of SDRAM",
                    cut.cores.size(), needed, boards, vertex.label, cut.cores_of(largest).size(),
                    vertex.core.fixed_bytes),
        needed <= kMostBoards
            ? fmt::format("A machine of {} boards would hold it.", needed)
            : fmt::format("The largest machine has {} boards: use fewer neurons, or put more on a "
                          "core.",
                          kMostBoards));
}

/// `boards_needed` is a lower bound: vertices stand side by side, and gaps remain.
void place_growing(const mapping::ApplicationGraph& graph, const mapping::MappingOptions& how,
                   int boards, MappedNetwork& mapped) {
    while (true) {
        mapped.machine = machine::build(spec_for(boards));
        try {
            mapped.mapping.placements =
                mapping::place(graph, mapped.mapping.graph, mapped.machine, how);
            return;
        } catch (const CapacityError&) {
            if (boards >= kMostBoards) throw;
            boards = std::min(kMostBoards, boards + std::max(1, boards / 4));
        }
    }
}

}  // namespace

LoweredNetwork lower_to_fit(const Network& network, const CompileOptions& options,
                            std::vector<std::string>& notes) {
    network::AtomLimits limits(network.populations().size());
    std::map<PopulationId, Change> changes;
    while (true) {
        LoweredNetwork lowered = network::lower(network, limits);
        bool all_fit = true;
        for (PopulationId id = 0; id < network.populations().size(); ++id) {
            const auto why = plan_core(network, lowered, id, options);
            if (!why) continue;
            const std::uint32_t now = lowered.populations[id].atoms_per_core;
            if (now == 1) {
                throw CapacityError(fmt::format("{}: even with one neuron a core, {}",
                                                network.populations()[id].label, *why),
                                    "Make fewer connections, or record less.");
            }
            changes.try_emplace(id, now, *why);
            limits[id] = now / 2;
            all_fit = false;
        }
        if (!all_fit) continue;
        for (const auto& delay : lowered.delays) {
            lowered.graph.vertices[delay.vertex].core = delay_core_resources();
        }
        report(network, lowered, options, changes, notes);
        notes.insert(notes.end(), lowered.notes.begin(), lowered.notes.end());
        return lowered;
    }
}

MappedNetwork map_on_boards(const LoweredNetwork& lowered, const CompileOptions& options) {
    const mapping::MappingOptions how = mapping_options(options);
    MappedNetwork mapped;
    auto& [graph, placements, keys, tables] = mapped.mapping;
    graph = mapping::partition(lowered.graph);
    keys = mapping::allocate_keys(lowered.graph, graph);
    const int needed = mapping::boards_needed(lowered.graph, graph, how);
    const bool fixed = options.boards && options.strict;
    if (options.machine || fixed) {
        mapped.machine = machine::build(fixed ? spec_for(*options.boards) : *options.machine);
        const auto boards = static_cast<int>(mapped.machine.ethernet_chips().size());
        require_boards(lowered, graph, needed, boards);
        placements = mapping::place(lowered.graph, graph, mapped.machine, how);
    } else {
        require_boards(lowered, graph, needed, kMostBoards);
        const int boards = std::max(options.boards.value_or(1), needed);
        place_growing(lowered.graph, how, boards, mapped);
    }
    tables = mapping::make_tables(graph, placements, keys, mapped.machine);
    return mapped;
}

}  // namespace spinnlab::image
