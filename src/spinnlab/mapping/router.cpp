// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {

namespace {

using machine::ChipXY;
using machine::Direction;
using machine::Machine;

struct Run {
    Direction direction = Direction::East;
    int steps = 0;
};

/// Steps along the three axes of the mesh for (dx, dy), as few as possible: a diagonal step goes
/// (1, 1), so same signs share it.
std::array<Run, 3> shortest_runs(int dx, int dy) {
    int diagonal = 0;
    if ((dx > 0) == (dy > 0) && dx != 0 && dy != 0) {
        diagonal = std::abs(dx) < std::abs(dy) ? dx : dy;
    }
    dx -= diagonal;
    dy -= diagonal;
    std::array<Run, 3> runs = {
        {{dx > 0 ? Direction::East : Direction::West, std::abs(dx)},
         {dy > 0 ? Direction::North : Direction::South, std::abs(dy)},
         {diagonal > 0 ? Direction::NorthEast : Direction::SouthWest, std::abs(diagonal)}}};
    std::ranges::stable_sort(runs, std::greater{}, &Run::steps);
    return runs;
}

int length(int dx, int dy) {
    return (dx > 0) == (dy > 0) ? std::max(std::abs(dx), std::abs(dy))
                                : std::abs(dx) + std::abs(dy);
}

/// The shortest vector between two chips, wrap-arounds considered.
std::pair<int, int> vector_between(const Machine& machine, ChipXY from, ChipXY to) {
    std::pair<int, int> best{to.x - from.x, to.y - from.y};
    const int wx = machine.wraps_x() ? 1 : 0;
    const int wy = machine.wraps_y() ? 1 : 0;
    for (int i = -wx; i <= wx; ++i) {
        for (int j = -wy; j <= wy; ++j) {
            const int dx = to.x - from.x + i * machine.width();
            const int dy = to.y - from.y + j * machine.height();
            if (length(dx, dy) < length(best.first, best.second)) best = {dx, dy};
        }
    }
    return best;
}

using Path = std::vector<std::pair<ChipXY, Direction>>;  ///< chips and the link each is left by

/// Breadth-first search over working links.
void append_detour(const Machine& machine, ChipXY from, ChipXY to, Path& path) {
    std::map<ChipXY, std::pair<ChipXY, Direction>> came_from;
    std::deque<ChipXY> open = {from};
    came_from[from] = {from, Direction::East};
    while (!open.empty() && !came_from.contains(to)) {
        const ChipXY here = open.front();
        open.pop_front();
        for (const Direction d : machine::kAllDirections) {
            const auto next = machine.neighbour(here, d);
            if (next && came_from.try_emplace(*next, here, d).second) open.push_back(*next);
        }
    }
    if (!came_from.contains(to)) {
        throw CapacityError(fmt::format("no working links lead from chip ({}, {}) to ({}, {})",
                                        from.x, from.y, to.x, to.y),
                            "Leave out the cut-off chips of the machine.");
    }
    const auto first = static_cast<std::ptrdiff_t>(path.size());
    for (ChipXY here = to; here != from;) {
        const auto [before, link] = came_from.at(here);
        path.insert(path.begin() + first, {before, link});
        here = before;
    }
}

Path path_between(const Machine& machine, ChipXY from, ChipXY to) {
    Path path;
    const auto [dx, dy] = vector_between(machine, from, to);
    ChipXY here = from;
    for (const auto& [direction, steps] : shortest_runs(dx, dy)) {
        for (int i = 0; i < steps; ++i) {
            const auto next = machine.neighbour(here, direction);
            if (!next) {
                append_detour(machine, here, to, path);
                return path;
            }
            path.emplace_back(here, direction);
            here = *next;
        }
    }
    return path;
}

}  // namespace

Tree route(const Machine& machine, ChipXY source, const std::map<ChipXY, std::uint32_t>& targets) {
    Tree tree = {{source, 0}};
    for (const auto& [target, cores] : targets) {
        const Path path = path_between(machine, source, target);
        // From the last chip that the tree has already reached, so that it stays a tree.
        std::size_t first = path.size();
        if (!tree.contains(target)) {
            while (first > 0 && !tree.contains(path[first - 1].first)) --first;
            --first;
        }
        for (std::size_t i = first; i < path.size(); ++i) {
            tree[path[i].first] |= route_bit(path[i].second);
        }
        tree[target] |= cores;
    }
    return tree;
}

std::vector<machine::CoreId> follow(const RoutingTables& tables, const Machine& machine,
                                    ChipXY source, std::uint32_t key) {
    struct Packet {
        ChipXY at;
        int travelling;  ///< direction of its last hop; -1: just sent
        int hops;
    };
    const int most_hops = 4 * (machine.width() + machine.height());
    std::vector<machine::CoreId> reached;
    std::vector<Packet> packets = {{source, -1, 0}};
    while (!packets.empty()) {
        const Packet packet = packets.back();
        packets.pop_back();
        if (packet.hops > most_hops) {
            throw InternalError(fmt::format("a packet with key {:#010x} runs in circles", key));
        }
        std::uint32_t route = packet.travelling < 0 ? 0u : 1u << packet.travelling;
        const auto table = tables.find(packet.at);
        if (table != tables.end()) {
            const auto entry = std::ranges::find_if(
                table->second, [&](const RoutingEntry& e) { return (key & e.mask) == e.key; });
            if (entry != table->second.end()) route = entry->route;
        }
        for (const Direction d : machine::kAllDirections) {
            if ((route & route_bit(d)) == 0) continue;
            const auto next = machine.neighbour(packet.at, d);
            if (next) packets.push_back({*next, static_cast<int>(d), packet.hops + 1});
        }
        for (int core = 0; core < machine::kMaxCores; ++core) {
            if ((route & route_bit(core)) != 0) reached.push_back({packet.at, core});
        }
    }
    std::ranges::sort(reached);
    return reached;
}

void check(const Mapping& mapping, const Machine& machine) {
    for (CoreIndex c = 0; c < mapping.graph.cores.size(); ++c) {
        const KeyMask& keys = mapping.keys.of_core[c];
        if (keys.mask == 0) continue;
        std::vector<machine::CoreId> wanted;
        for (const VertexIndex target : mapping.graph.targets[mapping.graph.cores[c].vertex]) {
            for (CoreIndex t = mapping.graph.first_core[target];
                 t < mapping.graph.first_core[target + 1]; ++t) {
                wanted.push_back(mapping.placements[t]);
            }
        }
        std::ranges::sort(wanted);
        for (const std::uint32_t key : {keys.key, keys.key | ~keys.mask}) {
            const auto reached = follow(mapping.tables, machine, mapping.placements[c].chip, key);
            if (reached == wanted) continue;
            throw InternalError(
                fmt::format("packets with key {:#010x} reach {} cores, {} must "
                            "hear them",
                            key, reached.size(), wanted.size()));
        }
    }
}

}  // namespace spinnlab::mapping
