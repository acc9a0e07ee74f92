// SPDX-License-Identifier: Apache-2.0
// Packets followed through tables that are written down here, and the proof over whole mappings.
#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {
namespace {

using machine::ChipXY;
using machine::CoreId;
using machine::Direction;
using machine::Machine;

Machine board() { return machine::build(machine::MachineSpec{}); }

Machine torus() {
    machine::MachineSpec spec;
    spec.width = 12;
    spec.height = 12;
    return machine::build(spec);
}

constexpr std::uint32_t kAll = 0xffffffff;

TEST(Follower, GoesStraightWhereNoEntryMatches) {
    const Machine machine = board();
    const RoutingTables tables = {{{0, 0}, {{5, kAll, route_bit(Direction::East)}}},
                                  {{3, 0}, {{5, kAll, route_bit(4)}}}};
    const Follower follower(tables, machine);
    EXPECT_EQ(follower.cores({0, 0}, 5), (std::vector<CoreId>{{{3, 0}, 4}}));
    EXPECT_TRUE(follower.cores({0, 0}, 6).empty()) << "just sent, it has no direction yet";
    EXPECT_TRUE(follower.cores({1, 0}, 5).empty());
}

TEST(Follower, LeavesTheBoardWhereItEnds) {
    const Machine machine = board();
    const RoutingTables tables = {{{4, 0}, {{5, kAll, route_bit(Direction::East)}}}};
    EXPECT_TRUE(Follower(tables, machine).cores({4, 0}, 5).empty());
}

TEST(Follower, TheFirstEntryThatMatchesCounts) {
    const Machine machine = board();
    const RoutingTables tables = {
        {{0, 0}, {{4, 0xfffffffc, route_bit(3)}, {5, kAll, route_bit(4)}, {0, 0, route_bit(5)}}}};
    const Follower follower(tables, machine);
    EXPECT_EQ(follower.cores({0, 0}, 5), (std::vector<CoreId>{{{0, 0}, 3}}));
    EXPECT_EQ(follower.cores({0, 0}, 8), (std::vector<CoreId>{{{0, 0}, 5}}));
}

TEST(Follower, CountsCopies) {
    // Two ways lead from (0, 0) to (1, 1): along the diagonal, and by (1, 0).
    const Machine machine = board();
    const RoutingTables tables = {
        {{0, 0}, {{5, kAll, route_bit(Direction::NorthEast) | route_bit(Direction::East)}}},
        {{1, 0}, {{5, kAll, route_bit(Direction::North)}}},
        {{1, 1}, {{5, kAll, route_bit(7)}}}};
    EXPECT_EQ(Follower(tables, machine).cores({0, 0}, 5),
              (std::vector<CoreId>{{{1, 1}, 7}, {{1, 1}, 7}}));
}

TEST(Follower, WrapsAround) {
    const Machine machine = torus();
    const RoutingTables tables = {{{11, 3}, {{5, kAll, route_bit(Direction::East)}}},
                                  {{0, 3}, {{5, kAll, route_bit(9)}}}};
    EXPECT_EQ(Follower(tables, machine).cores({11, 3}, 5), (std::vector<CoreId>{{{0, 3}, 9}}));
}

TEST(Follower, FindsCircles) {
    const RoutingTables tables = {{{0, 0}, {{5, kAll, route_bit(Direction::East)}}}};
    EXPECT_THROW(static_cast<void>(Follower(tables, torus()).cores({0, 0}, 5)), RunError);
    // And circles that grow on every round.
    RoutingTables flood;
    const Machine machine = torus();
    for (const auto& chip : machine.chips()) flood[chip.xy] = {{5, kAll, 0x3f | route_bit(1)}};
    EXPECT_THROW(static_cast<void>(Follower(flood, machine).cores({0, 0}, 5)), RunError);
}

TEST(Follower, TellsWhereABlockOfKeysParts) {
    const Machine machine = board();
    const RoutingTables tables = {
        {{0, 0}, {{0x10, 0xfffffff0, route_bit(3)}, {0x20, 0xffffffe0, route_bit(4)}}}};
    const Follower follower(tables, machine);
    EXPECT_EQ(follower.cores({0, 0}, KeyMask{0x10, 0xfffffff0}).cores.size(), 1u);
    EXPECT_EQ(follower.cores({0, 0}, KeyMask{0x20, 0xffffffe0}).cores.front().core, 4);
    const auto parted = follower.cores({0, 0}, KeyMask{0x00, 0xffffffe0});
    EXPECT_EQ(parted.split_bit, 0x10u);
    EXPECT_TRUE(parted.cores.empty());
}

TEST(Follower, KnowsItsMachine) {
    const Machine machine = board();
    const RoutingTables tables = {{{7, 0}, {}}};
    EXPECT_THROW(static_cast<void>(Follower(tables, machine)), RunError);
}

/// One vertex of two slices with 16 keys each on (0, 0), heard by one slice on (1, 0).
Mapping small_mapping() {
    ApplicationGraph graph;
    graph.vertices.resize(2);
    graph.vertices[0] = {"from", 2, 1, {}, 16, {}, {}, {}};
    graph.vertices[1] = {"to", 1, 1, {}, 16, {}, {}, {}};
    graph.edges = {{0, 1}};
    Mapping mapping;
    mapping.graph = partition(graph);
    mapping.keys = allocate_keys(graph, mapping.graph);
    mapping.placements = {{{0, 0}, 3}, {{0, 0}, 4}, {{1, 0}, 2}};
    mapping.tables = make_tables(mapping.graph, mapping.placements, mapping.keys, board());
    return mapping;
}

/// What check() says.
std::string finding(const Mapping& mapping) {
    try {
        check(mapping, board());
    } catch (const InternalError& error) {
        return error.what();
    }
    return "nothing";
}

TEST(CheckKeys, AMappingThatIsRight) { EXPECT_EQ(finding(small_mapping()), "nothing"); }

TEST(CheckKeys, EveryKeyIsFollowedNotOnlyTheFirstAndTheLast) {
    Mapping mapping = small_mapping();
    // Key 7 of the 16 of the first slice goes to one core more.
    auto& table = mapping.tables.at({1, 0});
    RoutingEntry odd = table.front();
    odd.key = 7;
    odd.mask = kAll;
    odd.route |= route_bit(9);
    table.insert(table.begin(), odd);
    const std::string said = finding(mapping);
    EXPECT_NE(said.find("key 0x00000007"), std::string::npos) << said;
    EXPECT_NE(said.find("must not reach 1 cores, the first on chip (1, 0), core 9"),
              std::string::npos)
        << said;
}

TEST(CheckKeys, CoresThatHearNothing) {
    Mapping mapping = small_mapping();
    mapping.tables.at({1, 0}).front().route = 0;
    const std::string said = finding(mapping);
    EXPECT_NE(said.find("reaches 0 cores instead of 1"), std::string::npos) << said;
    EXPECT_NE(said.find("misses 1 cores, the first on chip (1, 0), core 2"), std::string::npos)
        << said;
}

TEST(CheckKeys, CoresThatHearTwice) {
    Mapping mapping = small_mapping();
    mapping.tables.at({0, 0}).front().route |= route_bit(Direction::NorthEast);
    mapping.tables[{1, 1}] = {{0, 0xffffff00, route_bit(Direction::South)}};
    EXPECT_NE(finding(mapping).find("reaches 2 cores instead of 1"), std::string::npos)
        << finding(mapping);
}

}  // namespace
}  // namespace spinnlab::mapping
