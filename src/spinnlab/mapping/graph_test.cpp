// SPDX-License-Identifier: Apache-2.0
// Edges between slices, trees of links, keys and merged entries, on graphs small enough to see
// through.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {
namespace {

using machine::ChipXY;
using machine::Direction;
using machine::Machine;

Machine board(int width = 8, int height = 8) {
    machine::MachineSpec spec;
    spec.width = width;
    spec.height = height;
    return machine::build(spec);
}

ApplicationVertex vertex(std::string label, std::uint32_t atoms, std::uint32_t atoms_a_core,
                         std::uint32_t keys_per_atom = 16) {
    ApplicationVertex made;
    made.label = std::move(label);
    made.atoms = atoms;
    made.max_atoms_per_core = atoms_a_core;
    made.keys_per_atom = keys_per_atom;
    return made;
}

std::shared_ptr<const SlicePairs> pairs(SlicePairs list) {
    return std::make_shared<const SlicePairs>(std::move(list));
}

TEST(Receivers, AreAllSlicesOrTheNamedOnes) {
    ApplicationGraph graph;
    graph.vertices = {vertex("a", 3, 1), vertex("b", 2, 1), vertex("c", 3, 1)};
    graph.edges = {{0, 1, pairs({{2, 1}, {0, 0}, {0, 0}})}, {0, 2}, {0, 1, pairs({{2, 0}})}};
    const MachineGraph cut = partition(graph);
    EXPECT_EQ(cut.receivers(0), (std::vector<CoreIndex>{3, 5, 6, 7}));
    EXPECT_EQ(cut.receivers(1), (std::vector<CoreIndex>{5, 6, 7}));
    EXPECT_EQ(cut.receivers(2), (std::vector<CoreIndex>{3, 4, 5, 6, 7}));
    EXPECT_TRUE(cut.receivers(3).empty());
}

TEST(Receivers, AnEdgeToAllOutweighsPairs) {
    ApplicationGraph graph;
    graph.vertices = {vertex("a", 2, 1), vertex("b", 2, 1)};
    graph.edges = {{0, 1, pairs({{0, 0}})}, {0, 1}};
    EXPECT_EQ(partition(graph).receivers(1), (std::vector<CoreIndex>{2, 3}));
}

TEST(Partition, RefusesPairsOfSlicesThatAreNotThere) {
    ApplicationGraph graph;
    graph.vertices = {vertex("a", 2, 1), vertex("b", 2, 1)};
    graph.edges = {{0, 1, pairs({{0, 2}})}};
    EXPECT_THROW(static_cast<void>(partition(graph)), InternalError);
    graph.edges = {{0, 1, pairs({{2, 0}})}};
    EXPECT_THROW(static_cast<void>(partition(graph)), InternalError);
}

TEST(Keys, AreZonesInTheOrderOfFirstEdges) {
    ApplicationGraph graph;
    graph.vertices = {vertex("silent", 10, 10), vertex("two slices", 20, 10),
                      vertex("one", 100, 100), vertex("delayed", 10, 10, 3 * 16)};
    graph.edges = {{2, 0}, {1, 0}, {2, 1}, {3, 0}};
    const MachineGraph cut = partition(graph);
    const KeyMap keys = allocate_keys(graph, cut);
    // 100 x 16 = 1,600 keys: 11 bits, the widest; 3 zones above.
    EXPECT_EQ(keys.of_core[cut.first_core[2]], (KeyMask{0x0000, 0xfffff800}));
    EXPECT_EQ(keys.of_core[cut.first_core[1]], (KeyMask{0x0800, 0xffffff00}));
    EXPECT_EQ(keys.of_core[cut.first_core[1] + 1], (KeyMask{0x0900, 0xffffff00}));
    EXPECT_EQ(keys.of_core[cut.first_core[3]], (KeyMask{0x1000, 0xfffffe00}));
    EXPECT_EQ(keys.of_core[cut.first_core[0]].mask, 0u) << "it sends to nobody";
    EXPECT_EQ(keys.zones.at(1).all, (KeyMask{0x0800, 0xfffff800}));
    EXPECT_EQ(keys.zones.at(3).atom_bits, 9u);
}

TEST(Span, IsATreeThatConnectsAll) {
    const Machine machine = board(16, 16);
    const std::vector<ChipXY> chips = {{0, 0}, {9, 4}, {4, 7}, {5, 1}, {9, 5}, {0, 1}};
    const LinkTree tree = span(machine, chips);
    std::size_t ends = 0;
    for (const auto& [chip, links] : tree) {
        for (const Direction d : machine::kAllDirections) {
            if ((links & route_bit(d)) == 0) continue;
            ++ends;
            const auto next = machine.neighbour(chip, d);
            ASSERT_TRUE(next.has_value());
            ASSERT_TRUE(tree.contains(*next));
            EXPECT_NE(tree.at(*next) & route_bit(machine::opposite(d)), 0u)
                << "a link has two ends";
        }
    }
    EXPECT_EQ(ends, 2 * (tree.size() - 1)) << "one link fewer than chips";
    for (const ChipXY& chip : chips) EXPECT_TRUE(tree.contains(chip));
}

TEST(Flood, ReachesTheTargetsFromEverySourceAndNothingElse) {
    const Machine machine = board(16, 16);
    const std::vector<ChipXY> chips = {{0, 0}, {9, 4}, {4, 7}, {5, 1}, {9, 5}, {0, 1}};
    const LinkTree tree = span(machine, chips);
    const std::map<ChipXY, std::uint32_t> targets = {{{9, 4}, route_bit(3)},
                                                     {{4, 7}, route_bit(4) | route_bit(5)}};
    for (const ChipXY& source : chips) {
        RoutingTables tables;
        for (const auto& [chip, word] : flood(tree, machine, source, targets)) {
            tables[chip] = {{0, 0, word}};
        }
        EXPECT_EQ(Follower(tables, machine).cores(source, 1),
                  (std::vector<machine::CoreId>{{{4, 7}, 4}, {{4, 7}, 5}, {{9, 4}, 3}}));
    }
    EXPECT_TRUE(flood(tree, machine, {0, 0}, {}).empty());
}

TEST(Route, TakesTheShortestWayOnATorus) {
    const Machine machine = board(24, 24);
    EXPECT_EQ(route(machine, {1, 1}, {{{22, 1}, route_bit(1)}}).size(), 4u) << "over the edge";
    EXPECT_EQ(route(machine, {1, 1}, {{{22, 22}, route_bit(1)}}).size(), 4u) << "diagonally";
    EXPECT_EQ(route(machine, {0, 0}, {{{3, 5}, route_bit(1)}}).size(), 6u)
        << "three diagonal steps, two to the north";
}

TEST(Route, SaysWhatCannotBeReached) {
    const Machine machine = board();  // 48 chips; (7, 0) is not one of them
    EXPECT_THROW(static_cast<void>(route(machine, {0, 0}, {{{7, 0}, route_bit(1)}})),
                 CapacityError);
}

/// Tables of one sender with so many slices on (0, 0) and receivers on (1, 0).
RoutingTables tables_of(std::uint32_t slices, std::shared_ptr<const SlicePairs> which = nullptr) {
    ApplicationGraph graph;
    graph.vertices = {vertex("from", slices, 1), vertex("to", 2, 1)};
    graph.edges = {{0, 1, std::move(which)}};
    const MachineGraph cut = partition(graph);
    Placements placements(slices, {{0, 0}, 3});
    placements.push_back({{1, 0}, 3});
    placements.push_back({{1, 0}, 4});
    return make_tables(cut, placements, allocate_keys(graph, cut), board());
}

TEST(MakeTables, AVertexThatGoesOneWayIsOneEntry) {
    for (const std::uint32_t slices : {1u, 3u, 8u}) {
        const RoutingTables tables = tables_of(slices);
        ASSERT_EQ(tables.size(), 2u);
        EXPECT_EQ(
            tables.at({0, 0}),
            (RoutingTable{{0, ~((std::bit_ceil(slices) << 4) - 1), route_bit(Direction::East)}}));
        EXPECT_EQ(tables.at({1, 0}).size(), 1u);
    }
}

TEST(MakeTables, RunsOfSlicesAreMergedByPowersOfTwo) {
    // Slices 1 to 6 of 8 send: 1, 2-3, 4-5, 6.
    SlicePairs some;
    for (std::uint32_t s = 1; s <= 6; ++s) some.push_back({s, 0});
    const RoutingTable table = tables_of(8, pairs(some)).at({1, 0});
    ASSERT_EQ(table.size(), 4u);
    EXPECT_EQ(table[0], (RoutingEntry{0x10, 0xfffffff0, route_bit(3)}));
    EXPECT_EQ(table[1], (RoutingEntry{0x20, 0xffffffe0, route_bit(3)}));
    EXPECT_EQ(table[2], (RoutingEntry{0x40, 0xffffffe0, route_bit(3)}));
    EXPECT_EQ(table[3], (RoutingEntry{0x60, 0xfffffff0, route_bit(3)}));
}

TEST(MakeTables, ARunToTheEndMayReachBeyond) {
    // Slices 4 to 6 of 7: no key is in use behind the last, so one entry does.
    const RoutingTable table = tables_of(7, pairs({{4, 0}, {5, 0}, {6, 0}})).at({1, 0});
    EXPECT_EQ(table, (RoutingTable{{0x40, 0xffffffc0, route_bit(3)}}));
}

TEST(MakeTables, EverySliceHasItsOwnTargets) {
    const RoutingTables tables = tables_of(2, pairs({{0, 0}, {1, 1}}));
    EXPECT_EQ(tables.at({0, 0}).size(), 1u) << "both go east";
    EXPECT_EQ(tables.at({1, 0}),
              (RoutingTable{{0x00, 0xfffffff0, route_bit(3)}, {0x10, 0xfffffff0, route_bit(4)}}));
}

TEST(MakeTables, ARouterThatIsFullSaysSo) {
    // 40 vertices of 64 slices, each heard by a set of cores of its own: nothing merges.
    ApplicationGraph graph;
    constexpr std::uint32_t kVertices = 40;
    constexpr std::uint32_t kSlices = 64;
    std::mt19937 random(1);
    for (std::uint32_t v = 0; v < kVertices; ++v) {
        graph.vertices.push_back(vertex("v" + std::to_string(v), kSlices, 1));
        SlicePairs some;
        for (std::uint32_t s = 0; s < kSlices; ++s) {
            const auto cores = random();
            for (std::uint32_t t = 0; t < 16; ++t) {
                if ((cores >> t & 1) != 0) some.push_back({s, t});
            }
        }
        graph.edges.push_back({v, kVertices, pairs(std::move(some))});
    }
    graph.vertices.push_back(vertex("to", 16, 1));
    const MachineGraph cut = partition(graph);
    Placements placements(std::size_t{kVertices} * kSlices, {{0, 0}, 3});
    for (int t = 0; t < 16; ++t) placements.push_back({{1, 0}, 2 + t});
    try {
        static_cast<void>(make_tables(cut, placements, allocate_keys(graph, cut), board()));
        FAIL() << "a table of more than 1,023 entries";
    } catch (const CapacityError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("chip (1, 0)"), std::string::npos) << message;
        EXPECT_NE(message.find("1023"), std::string::npos) << message;
    }
}

TEST(Compress, MergesOnlyWhatCatchesNothingElse) {
    const std::uint32_t a = route_bit(1);
    const std::uint32_t b = route_bit(2);
    // 0 and 3 go one way, 1 and 2 another: a merged entry of the rarer would catch the others.
    const RoutingTable table = {{0, 0xffffffff, a},
                                {1, 0xffffffff, b},
                                {2, 0xffffffff, b},
                                {3, 0xffffffff, a},
                                {4, 0xffffffff, b}};
    const RoutingTable small = compress(table);
    const auto way = [&](std::uint32_t key) {
        return std::ranges::find_if(small,
                                    [&](const RoutingEntry& e) { return (key & e.mask) == e.key; })
            ->route;
    };
    for (const RoutingEntry& entry : table) EXPECT_EQ(way(entry.key), entry.route) << entry.key;
    EXPECT_LT(small.size(), table.size());
}

}  // namespace
}  // namespace spinnlab::mapping
