// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>
#include <unordered_map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {

namespace {

using machine::ChipXY;

/// One slice's route on one chip, before neighbouring slices are merged.
struct SliceRoute {
    std::uint32_t slice = 0;  ///< index in its vertex
    std::uint32_t route = 0;
};

/// By chip, the routes of one vertex' slices, rising.
using VertexRoutes = std::map<ChipXY, std::vector<SliceRoute>>;

using Targets = std::map<ChipXY, std::uint32_t>;  ///< core bits a chip

Targets targets_of(CoreIndex source, const MachineGraph& cut, const Placements& placements) {
    Targets targets;
    for (const CoreIndex c : cut.receivers(source)) {
        targets[placements[c].chip] |= route_bit(placements[c].core);
    }
    return targets;
}

VertexRoutes routes_of(VertexIndex v, const MachineGraph& cut, const Placements& placements,
                       const machine::Machine& machine) {
    // Slices of a chip that send to the same cores share a tree.
    std::map<ChipXY, std::map<Targets, std::vector<std::uint32_t>>> sources;
    const bool alike = std::ranges::all_of(cut.targets[v], &Target::all);
    Targets targets;
    for (CoreIndex c = cut.first_core[v]; c < cut.first_core[v + 1]; ++c) {
        if (c == cut.first_core[v] || !alike) targets = targets_of(c, cut, placements);
        if (targets.empty()) continue;
        sources[placements[c].chip][targets].push_back(c - cut.first_core[v]);
    }
    // One tree for the whole vertex: away from its own chips, all its slices go the same way.
    std::vector<ChipXY> chips;
    std::set<ChipXY> reached_by_any;
    for (const auto& [chip, groups] : sources) {
        chips.push_back(chip);
        for (const auto& [reached, slices] : groups) {
            for (const auto& [target, cores] : reached) reached_by_any.insert(target);
        }
    }
    chips.insert(chips.end(), reached_by_any.begin(), reached_by_any.end());
    const LinkTree tree = span(machine, chips);
    VertexRoutes routes;
    for (const auto& [chip, groups] : sources) {
        for (const auto& [reached, slices] : groups) {
            for (const auto& [at, word] : flood(tree, machine, chip, reached)) {
                for (const std::uint32_t slice : slices) routes[at].push_back({slice, word});
            }
        }
    }
    for (auto& [chip, of_chip] : routes) std::ranges::sort(of_chip, {}, &SliceRoute::slice);
    return routes;
}

/// Entries of one vertex on one chip: slices with consecutive indexes and one route share entries
/// whose masks leave out low bits of the index (merged generator; machine.md 3.6).
class Merger {
 public:
    Merger(const KeyMap::Zone& zone, std::uint32_t n_slices) : zone_(zone), n_slices_(n_slices) {}

    void merge(std::span<const SliceRoute> routes, RoutingTable& table) const {
        for (std::size_t first = 0; first < routes.size();) {
            std::size_t end = first + 1;
            while (end < routes.size() && routes[end].slice == routes[end - 1].slice + 1 &&
                   routes[end].route == routes[first].route) {
                ++end;
            }
            merge_run(routes[first].slice, static_cast<std::uint32_t>(end - first),
                      routes[first].route, table);
            first = end;
        }
    }

 private:
    void merge_run(std::uint32_t first, std::uint32_t n, std::uint32_t route,
                   RoutingTable& table) const {
        if (first == 0 && n == n_slices_) {
            table.push_back({zone_.all.key, zone_.all.mask, route});
            return;
        }
        const bool to_the_end = first + n == n_slices_;
        for (std::uint32_t i = 0; i < n;) {
            const std::uint32_t slice = first + i;
            // Slices that one mask can cover from here on.
            const std::uint32_t aligned = slice == 0 ? std::bit_ceil(n) : slice & (~slice + 1);
            // Behind the last slice no keys are in use, so a mask may reach beyond it.
            const std::uint32_t group =
                aligned <= n - i || to_the_end ? aligned : std::bit_floor(n - i);
            table.push_back({zone_.all.key | slice << zone_.atom_bits, mask_of(group), route});
            i += group;
        }
    }
    [[nodiscard]] std::uint32_t mask_of(std::uint32_t group) const {
        return ~((group << zone_.atom_bits) - 1);
    }

    const KeyMap::Zone& zone_;
    std::uint32_t n_slices_;
};

/// Whether some key matches both.
bool intersect(const RoutingEntry& a, const RoutingEntry& b) {
    return (a.key & b.mask) == (b.key & a.mask);
}

}  // namespace

RoutingTables make_tables(const MachineGraph& cut, const Placements& placements, const KeyMap& keys,
                          const machine::Machine& machine) {
    RoutingTables tables;
    for (const auto& [v, zone] : keys.zones) {
        const Merger merger(zone, static_cast<std::uint32_t>(cut.cores_of(v).size()));
        for (const auto& [chip, routes] : routes_of(v, cut, placements, machine)) {
            merger.merge(routes, tables[chip]);
        }
    }
    for (auto& [chip, table] : tables) {
        if (table.size() <= machine::kUsableRouterEntries) continue;
        const std::size_t before = table.size();
        table = compress(table);
        if (table.size() <= machine::kUsableRouterEntries) continue;
        throw CapacityError(
            fmt::format("the router of chip ({}, {}) needs {} entries, {} after compression; it "
                        "has {}",
                        chip.x, chip.y, before, table.size(), machine::kUsableRouterEntries),
            "Use fewer projections, or put more neurons on a core.");
    }
    return tables;
}

RoutingTable compress(const RoutingTable& table) {
    std::unordered_map<std::uint32_t, std::size_t> frequency;
    for (const RoutingEntry& entry : table) ++frequency[entry.route];
    RoutingTable sorted = table;
    std::ranges::stable_sort(sorted, [&](const RoutingEntry& a, const RoutingEntry& b) {
        const std::size_t fa = frequency[a.route];
        const std::size_t fb = frequency[b.route];
        return fa != fb ? fa < fb : a.route < b.route;
    });
    RoutingTable done;
    for (std::size_t first = 0; first < sorted.size();) {
        std::size_t end = first;
        while (end < sorted.size() && sorted[end].route == sorted[first].route) ++end;
        RoutingTable group(sorted.begin() + static_cast<std::ptrdiff_t>(first),
                           sorted.begin() + static_cast<std::ptrdiff_t>(end));
        // A merged entry stands before everything that comes later, so it must not catch that;
        // what came before is looked at first anyway.
        const auto catches_later = [&](const RoutingEntry& merged) {
            return std::any_of(sorted.begin() + static_cast<std::ptrdiff_t>(end), sorted.end(),
                               [&](const RoutingEntry& e) { return intersect(e, merged); });
        };
        for (std::size_t i = 0; i < group.size(); ++i) {
            for (std::size_t j = i + 1; j < group.size();) {
                const std::uint32_t mask =
                    group[i].mask & group[j].mask & ~(group[i].key ^ group[j].key);
                const RoutingEntry merged{group[i].key & mask, mask, group[i].route};
                if (catches_later(merged)) {
                    ++j;
                    continue;
                }
                group[i] = merged;
                group.erase(group.begin() + static_cast<std::ptrdiff_t>(j));
                j = i + 1;
            }
        }
        done.insert(done.end(), group.begin(), group.end());
        first = end;
    }
    return done;
}

Mapping map(const ApplicationGraph& graph, const machine::Machine& machine,
            const MappingOptions& options) {
    Mapping mapping;
    mapping.graph = partition(graph);
    mapping.placements = place(graph, mapping.graph, machine, options);
    mapping.keys = allocate_keys(graph, mapping.graph);
    mapping.tables = make_tables(mapping.graph, mapping.placements, mapping.keys, machine);
    return mapping;
}

}  // namespace spinnlab::mapping
