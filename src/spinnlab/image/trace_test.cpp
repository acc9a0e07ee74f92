// SPDX-License-Identifier: Apache-2.0
// Who hears whom is read off the routing tables, and off nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/compile.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::image {
namespace {

using network::testing::Builder;
using synapses::AllToAll;
using synapses::Constant;
using synapses::OneToOne;

/// Five slices, one of which sends to four on a chip each; delays of 40 steps need a stage.
MachineImage chain(double delay_ms) {
    Builder b;
    b.atoms_per_core(10);
    const auto from = b.neurons("from", 10);
    for (int i = 0; i < 4; ++i) {
        const auto to = b.neurons("to" + std::to_string(i), 160);
        b.project(from, to, AllToAll{}, Constant{0.01}, Constant{delay_ms});
    }
    return compile(b.network());
}

std::vector<SliceIndex> slices_of(const MachineImage& image, PopulationIndex population) {
    std::vector<SliceIndex> slices;
    const auto& of = image.populations[population];
    for (SliceIndex s = 0; s < of.n_slices; ++s) slices.push_back(of.first_slice + s);
    return slices;
}

TEST(Trace, EverySliceHearsWhoProjectsToIt) {
    Builder b;
    b.atoms_per_core(10);
    const auto a = b.neurons("a", 50);
    const auto c = b.neurons("c", 30);
    const auto d = b.neurons("d", 50);
    b.project(a, c, AllToAll{}, Constant{0.01}, Constant{1});
    b.project(a, d, OneToOne{}, Constant{0.01}, Constant{1});
    b.project(c, c, AllToAll{}, Constant{0.01}, Constant{1});
    const MachineImage image = compile(b.network());
    const Deliveries deliveries = trace(image);
    for (const SliceIndex s : slices_of(image, a)) {
        std::vector<SliceIndex> wanted = slices_of(image, c);
        wanted.push_back(image.populations[d].first_slice + s);
        EXPECT_EQ(deliveries.direct[s], wanted) << "one to one: only the slice beside it";
        EXPECT_TRUE(deliveries.delayed[s].empty());
    }
    for (const SliceIndex s : slices_of(image, c)) {
        EXPECT_EQ(deliveries.direct[s], slices_of(image, c));
    }
    for (const SliceIndex s : slices_of(image, d)) EXPECT_TRUE(deliveries.direct[s].empty());
    EXPECT_TRUE(deliveries.reaches(0, image.populations[c].first_slice, false));
    EXPECT_FALSE(deliveries.reaches(0, image.populations[c].first_slice, true));
    EXPECT_FALSE(deliveries.reaches(0, image.populations[d].first_slice + 1, false));
}

TEST(Trace, DelayStagesAreHeardByTheSameSlices) {
    const MachineImage image = chain(1000);
    ASSERT_EQ(image.delays.size(), 1u);
    EXPECT_GT(image.delays[0].stages, 0u);
    const Deliveries deliveries = trace(image);
    EXPECT_EQ(deliveries.direct[0].size(), 64u);
    EXPECT_EQ(deliveries.delayed[0], deliveries.direct[0]);
}

/// Chips that the packets of slice 0 pass from `chip` on, `chip` among them.
std::set<machine::ChipXY> behind(const MachineImage& image, machine::ChipXY chip) {
    std::set<machine::ChipXY> chips;
    std::vector<machine::ChipXY> open = {chip};
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        chips.insert(at);
        for (const auto& entry : image.mapping.tables.at(at)) {
            if ((image.slices[0].key & entry.mask) != entry.key) continue;
            for (const auto d : machine::kAllDirections) {
                if ((entry.route & mapping::route_bit(d)) == 0) continue;
                open.push_back(image.machine.neighbour(at, d).value());
            }
        }
    }
    return chips;
}

TEST(Trace, ADeletedEntrySilencesTheCoresBehindItAndNoOthers) {
    const MachineImage image = chain(1);
    const Deliveries before = trace(image);
    ASSERT_EQ(before.direct[0].size(), 64u);
    int silenced_some = 0;
    for (const auto& [chip, table] : image.mapping.tables) {
        ASSERT_EQ(table.size(), 1u) << "only one slice sends";
        // Where the way goes straight on, the router needs no entry to send packets on: what is
        // behind stays reachable, only the cores of this chip hear nothing.
        MachineImage changed = image;
        changed.mapping.tables.at(chip).clear();
        const Deliveries after = trace(changed);
        const auto lost_chips = behind(image, chip);
        for (const SliceIndex s : before.direct[0]) {
            const machine::ChipXY at = image.slices[s].core.chip;
            const bool heard = after.reaches(0, s, false);
            if (at == chip) {
                EXPECT_FALSE(heard) << "chip (" << at.x << ", " << at.y << ")";
                ++silenced_some;
            }
            if (!lost_chips.contains(at)) {
                EXPECT_TRUE(heard) << "chip (" << at.x << ", " << at.y << ")";
            }
        }
    }
    EXPECT_EQ(silenced_some, 64);
    // Its own chip's entry: nothing leaves.
    MachineImage mute = image;
    mute.mapping.tables.at(image.slices[0].core.chip).clear();
    EXPECT_TRUE(trace(mute).direct[0].empty());
}

TEST(Trace, ADelayStageThatHearsNothingRepeatsNothing) {
    MachineImage image = chain(1000);
    // The stage hears its slice by the route bit of its core.
    auto& table = image.mapping.tables.at(image.delays[0].core.chip);
    for (auto& entry : table) {
        if ((image.slices[0].key & entry.mask) == entry.key) {
            entry.route &= ~mapping::route_bit(image.delays[0].core.core);
        }
    }
    const Deliveries deliveries = trace(image);
    EXPECT_EQ(deliveries.direct[0].size(), 64u);
    EXPECT_TRUE(deliveries.delayed[0].empty());
}

TEST(Trace, AKeyWithoutItsTableFails) {
    MachineImage image = chain(1);
    const machine::ChipXY chip = image.slices[0].core.chip;
    image.mapping.tables.erase(chip);
    try {
        static_cast<void>(trace(image));
        FAIL() << "packets without a table";
    } catch (const RunError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("key 0x00000000"), std::string::npos) << message;
        EXPECT_NE(message.find("no routing table"), std::string::npos) << message;
    }
}

TEST(Trace, ASliceThatNobodyHearsNeedsNoTable) {
    Builder b;
    b.atoms_per_core(10);
    const auto a = b.neurons("a", 20);
    const auto c = b.neurons("c", 10);
    b.project(a, c, OneToOne{}, Constant{0.01}, Constant{1});
    MachineImage image = compile(b.network());
    ASSERT_TRUE(image.slices[1].sends) << "it has a key";
    const Deliveries deliveries = trace(image);
    EXPECT_EQ(deliveries.direct[0], slices_of(image, c));
    EXPECT_TRUE(deliveries.direct[1].empty());
}

TEST(Trace, TablesOfAnotherMachineFail) {
    MachineImage image = chain(1);
    image.mapping.tables[{7, 0}] = {};  // a 48-chip board has no such chip
    EXPECT_THROW(static_cast<void>(trace(image)), RunError);
}

}  // namespace
}  // namespace spinnlab::image
