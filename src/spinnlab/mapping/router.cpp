// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>

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

LinkTree span(const Machine& machine, std::span<const ChipXY> chips) {
    LinkTree tree;
    if (chips.empty()) return tree;
    tree.try_emplace(chips.front(), 0);
    for (const ChipXY& chip : chips) {
        if (tree.contains(chip)) continue;
        const Path path = path_between(machine, chips.front(), chip);
        // From the last chip that the tree has already reached, so that it stays a tree.
        std::size_t first = path.size() - 1;
        while (!tree.contains(path[first].first)) --first;
        for (std::size_t i = first; i < path.size(); ++i) {
            const auto& [at, link] = path[i];
            tree[at] |= route_bit(link);
            tree[i + 1 < path.size() ? path[i + 1].first : chip] |=
                route_bit(machine::opposite(link));
        }
    }
    return tree;
}

Tree flood(const LinkTree& tree, const Machine& machine, ChipXY source,
           const std::map<ChipXY, std::uint32_t>& targets) {
    struct Visit {
        ChipXY chip{};
        std::size_t from = 0;
        std::uint32_t came_by = 0;  ///< bit of the link that leads here
        std::uint32_t word = 0;
    };
    std::vector<Visit> visits = {{source, 0, 0, 0}};
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const Visit visit = visits[i];
        const std::uint32_t links = tree.at(visit.chip);
        for (const Direction d : machine::kAllDirections) {
            if ((links & route_bit(d)) == 0) continue;
            if (visit.came_by == route_bit(machine::opposite(d))) continue;
            visits.push_back({machine.neighbour(visit.chip, d).value(), i, route_bit(d), 0});
        }
        if (const auto cores = targets.find(visit.chip); cores != targets.end()) {
            visits[i].word = cores->second;
        }
    }
    Tree routes;
    for (std::size_t i = visits.size(); i-- > 0;) {
        const Visit& visit = visits[i];
        if (visit.word == 0) continue;
        routes.emplace(visit.chip, visit.word);
        if (i > 0) visits[visit.from].word |= visit.came_by;
    }
    return routes;
}

Tree route(const Machine& machine, ChipXY source, const std::map<ChipXY, std::uint32_t>& targets) {
    std::vector<ChipXY> chips = {source};
    for (const auto& [chip, cores] : targets) chips.push_back(chip);
    return flood(span(machine, chips), machine, source, targets);
}

}  // namespace spinnlab::mapping
