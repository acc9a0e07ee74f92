// SPDX-License-Identifier: Apache-2.0
// From graphs to tables, and the proof that packets arrive. What the published software decides for
// whole networks is compared in python/pynn_tests/test_mapping_golden.py.
#include "spinnlab/mapping/mapping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::mapping {
namespace {

using machine::ChipXY;
using machine::CoreId;
using machine::Machine;

Machine boards(int width = 8, int height = 8, const std::string& down_chips = "",
               const std::string& down_links = "") {
    machine::MachineSpec spec;
    spec.width = width;
    spec.height = height;
    spec.down_chips = down_chips;
    spec.down_links = down_links;
    spec.repair = true;
    return machine::build(spec);
}

ApplicationVertex vertex(std::string label, std::uint32_t atoms, std::uint32_t atoms_a_core) {
    ApplicationVertex made;
    made.label = std::move(label);
    made.atoms = atoms;
    made.max_atoms_per_core = atoms_a_core;
    made.keys_per_atom = 16;
    made.core = {20000, 40};
    return made;
}

/// `n` vertices of odd sizes, each sending to itself and some others.
ApplicationGraph random_graph(std::uint32_t n, std::uint32_t seed) {
    std::mt19937 rng(seed);
    ApplicationGraph graph;
    for (std::uint32_t v = 0; v < n; ++v) {
        graph.vertices.push_back(
            vertex("v" + std::to_string(v), 1 + rng() % 3000, 20 + rng() % 236));
        graph.edges.push_back({v, v});
    }
    for (std::uint32_t e = 0; e < 3 * n; ++e) {
        graph.edges.push_back(
            {static_cast<VertexIndex>(rng() % n), static_cast<VertexIndex>(rng() % n)});
    }
    return graph;
}

TEST(Map, EveryKeyReachesExactlyTheRightCores) {
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        const Machine machine = boards(24, 12, seed % 2 == 0 ? "1,1:5,7:13,4" : "",
                                       seed % 3 == 0 ? "2,2,0:3,3,2:9,9,1" : "");
        const Mapping mapping = map(random_graph(20, seed), machine);
        EXPECT_NO_THROW(check(mapping, machine)) << seed;
    }
}

TEST(Check, FindsWhatIsWrong) {
    const Machine machine = boards();
    const Mapping good = map(random_graph(8, 3), machine);
    std::mt19937 rng(1);
    int broken = 0;
    for (int i = 0; i < 30; ++i) {
        Mapping bad = good;
        auto table = bad.tables.begin();
        std::advance(table, static_cast<std::ptrdiff_t>(rng() % bad.tables.size()));
        auto& entry = table->second[rng() % table->second.size()];
        switch (i % 3) {
            case 0: entry.route ^= route_bit(static_cast<int>(1 + rng() % 17)); break;
            case 1: entry.route ^= 1u << rng() % 6; break;
            default: table->second.erase(table->second.begin() + (&entry - table->second.data()));
        }
        try {
            check(bad, machine);
        } catch (const InternalError&) {
            ++broken;
        }
    }
    // An entry that only repeats the default route may go without harm.
    EXPECT_GE(broken, 25);
}

TEST(Partition, SlicesCoverEachVertexInOrder) {
    const ApplicationGraph graph = random_graph(30, 9);
    const MachineGraph cut = partition(graph);
    for (VertexIndex v = 0; v < graph.vertices.size(); ++v) {
        std::uint32_t next = 0;
        for (const MachineVertex& core : cut.cores_of(v)) {
            EXPECT_EQ(core.vertex, v);
            EXPECT_EQ(core.slice.lo, next);
            EXPECT_LE(core.slice.atoms(), graph.vertices[v].max_atoms_per_core);
            next = core.slice.hi;
        }
        EXPECT_EQ(next, graph.vertices[v].atoms);
    }
    ApplicationGraph impossible;
    impossible.vertices.push_back(vertex("none", 10, 0));
    EXPECT_THROW(static_cast<void>(partition(impossible)), CapacityError);
}

TEST(Partition, AFollowerIsCutAsItsVertex) {
    ApplicationGraph graph;
    graph.vertices.push_back(vertex("source", 100, 30));
    graph.vertices.push_back(vertex("delayed", 100, 7));
    graph.vertices.back().follows = 0;
    const MachineGraph cut = partition(graph);
    ASSERT_EQ(cut.cores_of(0).size(), 4u);
    ASSERT_EQ(cut.cores_of(1).size(), 4u);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(cut.cores_of(0)[i].slice, cut.cores_of(1)[i].slice);
}

TEST(Place, CoresAreUsedOnceAndMemoryIsNotOverdrawn) {
    const Machine machine = boards(16, 16);
    ApplicationGraph graph = random_graph(25, 4);
    for (auto& v : graph.vertices) v.core = {30'000'000, 1000};
    const MachineGraph cut = partition(graph);
    const Placements placed = place(graph, cut, machine, {});
    std::map<ChipXY, std::uint64_t> bytes;
    std::set<std::pair<ChipXY, int>> used;
    for (const CoreId& core : placed) {
        EXPECT_TRUE(used.emplace(core.chip, core.core).second);
        EXPECT_GE(core.core, 2);  // the monitor and the extra monitor
        ASSERT_NE(machine.find(core.chip), nullptr);
        EXPECT_LT(core.core, machine.find(core.chip)->n_cores);
        bytes[core.chip] += 30'000'000 + 1000 * 1000;
    }
    for (const auto& [chip, sum] : bytes) EXPECT_LT(sum, 128u << 20);
}

TEST(Place, SaysWhatDoesNotFit) {
    const auto message = [](const ApplicationGraph& graph) {
        try {
            static_cast<void>(map(graph, boards()));
        } catch (const CapacityError& error) {
            return std::string(error.what());
        }
        return std::string("it fits");
    };
    ApplicationGraph crowd;
    crowd.vertices.push_back(vertex("crowd", 256 * 1000, 256));
    EXPECT_NE(message(crowd).find("crowd"), std::string::npos) << message(crowd);
    EXPECT_NE(message(crowd).find("1000"), std::string::npos) << message(crowd);
    ApplicationGraph heavy;
    heavy.vertices.push_back(vertex("heavy", 10, 10));
    heavy.vertices.back().core = {200'000'000, 0};
    EXPECT_NE(message(heavy).find("heavy"), std::string::npos) << message(heavy);
    ApplicationGraph fixed;
    fixed.vertices.push_back(vertex("fixed", 10, 10));
    fixed.vertices.back().chip = ChipXY{7, 0};  // a 48-chip board has no such chip
    EXPECT_NE(message(fixed).find("(7, 0)"), std::string::npos) << message(fixed);
}

TEST(AllocateKeys, NoTwoSlicesShareAKey) {
    const ApplicationGraph graph = random_graph(40, 5);
    const MachineGraph cut = partition(graph);
    const KeyMap keys = allocate_keys(graph, cut);
    std::map<std::uint32_t, std::uint32_t> ranges;  // first key, last key
    for (CoreIndex c = 0; c < cut.cores.size(); ++c) {
        const KeyMask& k = keys.of_core[c];
        const std::uint32_t last = k.key | ~k.mask;
        EXPECT_EQ(k.key & k.mask, k.key);
        EXPECT_GE(std::uint64_t{last} - k.key + 1, std::uint64_t{cut.cores[c].slice.atoms()} * 16);
        EXPECT_TRUE(ranges.emplace(k.key, last).second);
    }
    std::uint64_t free = 0;
    for (const auto& [first, last] : ranges) {
        EXPECT_GE(first, free);
        free = std::uint64_t{last} + 1;
    }
}

TEST(AllocateKeys, SaysHowManyBitsAreMissing) {
    ApplicationGraph graph;
    for (int i = 0; i < 3; ++i) {
        graph.vertices.push_back(vertex("large", 3'000'000'00, 1u << 30));
        graph.edges.push_back({static_cast<VertexIndex>(i), 0});
    }
    EXPECT_THROW(static_cast<void>(allocate_keys(graph, partition(graph))), CapacityError);
}

TEST(Compress, KeepsTheRouteOfEveryKeyInUse) {
    const Machine machine = boards();
    const Mapping mapping = map(random_graph(12, 8), machine);
    const auto route = [](const RoutingTable& table, std::uint32_t key) {
        for (const RoutingEntry& entry : table) {
            if ((key & entry.mask) == entry.key) return entry.route;
        }
        return 0u;
    };
    std::size_t before = 0;
    std::size_t after = 0;
    for (const auto& [chip, table] : mapping.tables) {
        const RoutingTable small = compress(table);
        before += table.size();
        after += small.size();
        for (const RoutingEntry& entry : table) {
            for (const std::uint32_t key : {entry.key, entry.key | ~entry.mask}) {
                EXPECT_EQ(route(small, key), route(table, key));
            }
        }
    }
    EXPECT_LT(after, before);
}

TEST(Route, GoesAroundDeadLinks) {
    // Chip (1, 0) has lost its link to the east: the way to (3, 0) makes a detour.
    const Machine machine = boards(8, 8, "", "1,0,0:2,0,3");
    const Tree tree = route(machine, {0, 0}, {{{3, 0}, route_bit(5)}});
    EXPECT_EQ(tree.at({3, 0}) & route_bit(5), route_bit(5));
    EXPECT_EQ(tree.contains({1, 0}) ? tree.at({1, 0}) & route_bit(machine::Direction::East) : 0,
              0u);
}

TEST(BoardsNeeded, GrowsWithCoresAndMemory) {
    const auto needed = [](std::uint32_t cores, std::uint64_t bytes) {
        ApplicationGraph graph;
        graph.vertices.push_back(vertex("v", cores, 1));
        graph.vertices.back().core = {bytes, 0};
        return boards_needed(graph, partition(graph), {});
    };
    EXPECT_EQ(needed(10, 1000), 1);
    EXPECT_GT(needed(2000, 1000), 2);
    EXPECT_GT(needed(200, 60'000'000), 1);
}

}  // namespace
}  // namespace spinnlab::mapping
