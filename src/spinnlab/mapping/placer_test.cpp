// SPDX-License-Identifier: Apache-2.0
// Where cores are put. The order on whole machines is compared with the published software's in
// image/golden_test.cpp.
#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {
namespace {

using machine::ChipXY;
using machine::CoreId;
using machine::Machine;

Machine board(const std::string& down_cores = "") {
    machine::MachineSpec spec;
    spec.down_cores = down_cores;
    return machine::build(spec);
}

ApplicationVertex vertex(std::string label, std::uint32_t cores, std::uint64_t bytes = 1000) {
    ApplicationVertex made;
    made.label = std::move(label);
    made.atoms = cores;
    made.max_atoms_per_core = 1;
    made.keys_per_atom = 16;
    made.core = {bytes, 0};
    return made;
}

Placements placed(const std::vector<ApplicationVertex>& vertices, const Machine& machine,
                  const MappingOptions& options = {}) {
    ApplicationGraph graph;
    graph.vertices = vertices;
    return place(graph, partition(graph), machine, options);
}

std::string refusal(const std::vector<ApplicationVertex>& vertices, const Machine& machine) {
    try {
        static_cast<void>(placed(vertices, machine));
    } catch (const CapacityError& error) {
        EXPECT_FALSE(error.way_out().empty());
        return error.what();
    }
    return "it fits";
}

TEST(Placer, FillsAChipBehindItsMonitors) {
    const Placements places = placed({vertex("a", 16)}, board());
    // (0, 0) has the packet gatherer too; then comes the neighbour by link 0.
    for (int i = 0; i < 15; ++i) EXPECT_EQ(places[i], (CoreId{{0, 0}, 3 + i}));
    EXPECT_EQ(places[15], (CoreId{{1, 0}, 2}));
    MappingOptions bare;
    bare.monitors = false;
    EXPECT_EQ(placed({vertex("a", 1)}, board(), bare)[0], (CoreId{{0, 0}, 1}));
}

TEST(Placer, TheNextVertexGoesOnWhereThereIsRoom) {
    const Placements places = placed({vertex("a", 3), vertex("b", 2)}, board());
    EXPECT_EQ(places[3], (CoreId{{0, 0}, 6}));
    EXPECT_EQ(places[4], (CoreId{{0, 0}, 7}));
}

TEST(Placer, MemoryEndsAChipBeforeItsCores) {
    // Three of 40,000,000 bytes fill a chip of 122,981,316.
    const Placements places = placed({vertex("a", 7, 40'000'000)}, board());
    EXPECT_EQ(places[2].chip, (ChipXY{0, 0}));
    EXPECT_EQ(places[3].chip, (ChipXY{1, 0}));
    EXPECT_EQ(places[6].chip, (ChipXY{1, 1}));
}

TEST(Placer, PlansRecordedSteps) {
    ApplicationVertex recorded = vertex("a", 3);
    recorded.core.bytes_per_step = 40'000;
    MappingOptions options;
    options.plan_steps = 1000;
    EXPECT_EQ(placed({recorded}, board(), options)[2].chip, (ChipXY{0, 0}));
    options.plan_steps = 2000;  // one fills more than half of a chip
    EXPECT_EQ(placed({recorded}, board(), options)[1].chip, (ChipXY{1, 0}));
}

TEST(Placer, DeadCoresAreNotUsed) {
    const Placements places = placed({vertex("a", 14)}, board("0,0,4-6"));
    EXPECT_EQ(places[11], (CoreId{{0, 0}, 14})) << "12 of 15 are left, numbered without a gap";
    EXPECT_EQ(places[12].chip, (ChipXY{1, 0}));
}

TEST(Placer, FixedPlacesComeFirst) {
    ApplicationVertex fixed = vertex("fixed", 1);
    fixed.chip = ChipXY{0, 0};
    fixed.core_number = 4;
    const Placements places = placed({vertex("free", 3), fixed}, board());
    EXPECT_EQ(places[3], (CoreId{{0, 0}, 4}));
    EXPECT_EQ(places[0], (CoreId{{0, 0}, 3}));
    EXPECT_EQ(places[1], (CoreId{{0, 0}, 5})) << "around the one that is taken";
    ApplicationVertex elsewhere = vertex("elsewhere", 2);
    elsewhere.chip = ChipXY{4, 4};
    const Placements there = placed({vertex("free", 1), elsewhere}, board());
    EXPECT_EQ(there[1], (CoreId{{4, 4}, 2}));
    EXPECT_EQ(there[2], (CoreId{{4, 4}, 3}));
}

TEST(Placer, FixedPlacesMustBeThereAndFree) {
    ApplicationVertex fixed = vertex("fixed", 1);
    fixed.chip = ChipXY{7, 0};
    EXPECT_NE(refusal({fixed}, board()).find("fixed is to stand on chip (7, 0)"),
              std::string::npos);
    fixed.chip = ChipXY{1, 1};
    for (const int core : {0, 1, 17, 18}) {  // monitors; (1, 1) has 17 cores
        fixed.core_number = core;
        EXPECT_NE(refusal({fixed}, board()).find("does not fit on chip (1, 1)"), std::string::npos)
            << core;
    }
    fixed.core_number = 16;
    EXPECT_EQ(refusal({fixed}, board()), "it fits");
    EXPECT_NE(refusal({fixed, fixed}, board()).find("does not fit"), std::string::npos);
    ApplicationVertex many = vertex("many", 17);
    many.chip = ChipXY{2, 2};
    EXPECT_NE(refusal({many}, board()).find("many does not fit on chip (2, 2)"), std::string::npos);
}

TEST(Placer, SaysWhatIsNeededAndWhatIsLeft) {
    const std::string crowded = refusal({vertex("first", 700), vertex("second", 60)}, board());
    for (const char* word : {"second", "60 cores", "1000 bytes", "48 chips", "59 cores left"}) {
        EXPECT_NE(crowded.find(word), std::string::npos) << crowded;
    }
    EXPECT_EQ(refusal({vertex("first", 700), vertex("second", 59)}, board()), "it fits");
    const std::string heavy = refusal({vertex("heavy", 1, 123'000'000)}, board());
    EXPECT_NE(heavy.find("heavy"), std::string::npos) << heavy;
    EXPECT_NE(heavy.find("123000000 bytes"), std::string::npos) << heavy;
    EXPECT_NE(heavy.find("122981316"), std::string::npos) << heavy;
}

TEST(Placer, AVertexStandsOnOneConnectedPiece) {
    const Machine machine = board();
    const Placements places = placed({vertex("a", 300)}, machine);
    std::map<ChipXY, bool> reached;
    for (const CoreId& core : places) reached[core.chip] = false;
    std::vector<ChipXY> open = {places[0].chip};
    while (!open.empty()) {
        const ChipXY at = open.back();
        open.pop_back();
        if (!reached.contains(at) || reached[at]) continue;
        reached[at] = true;
        for (const machine::Direction d : machine::kAllDirections) {
            if (const auto next = machine.neighbour(at, d)) open.push_back(*next);
        }
    }
    for (const auto& [chip, yes] : reached) EXPECT_TRUE(yes) << chip.x << ", " << chip.y;
}

}  // namespace
}  // namespace spinnlab::mapping
