// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {
namespace {

MachineSpec spec_of(int width, int height) {
    MachineSpec spec;
    spec.width = width;
    spec.height = height;
    return spec;
}

std::string failure_of(const MachineSpec& spec) {
    try {
        (void)build(spec);
    } catch (const MachineError& error) {
        return error.what();
    }
    return "";
}

TEST(Build, A48ChipBoardHasThePublishedFigures) {
    const Machine board = build(parse_spec("spin5"));
    EXPECT_EQ(board.chips().size(), 48u);
    EXPECT_EQ(board.total_cores(), 856);
    EXPECT_EQ(board.total_cores() - 48, 808);
    EXPECT_EQ(board.total_links(), 240);
    EXPECT_FALSE(board.wraps_x() || board.wraps_y());
    for (const Chip& chip : board.chips()) EXPECT_EQ(chip.usable_sdram_bytes, 123'469'792u);
    EXPECT_EQ(kUsableRouterEntries, 1023);
    EXPECT_EQ(kUsableSdramBytes, kSdramBytes - (8u << 20) - 18 * 4 * 32'768u - 32);
}

TEST(Build, TheMillionCoreMachineIsATorusOf1200Boards) {
    const Machine million = build(parse_spec("million"));
    EXPECT_EQ(million.ethernet_chips().size(), 1200u);
    EXPECT_EQ(million.chips().size(), 57'600u);
    EXPECT_EQ(million.total_cores(), 1'027'200);
    EXPECT_EQ(million.total_links(), 6 * 57'600);
}

TEST(Build, AFourChipBoardWrapsButHasNoLinksToEastAndWestOfItself) {
    const Machine board = build(parse_spec("spin3"));
    EXPECT_EQ(board.total_cores(), 72);
    EXPECT_EQ(board.total_links(), 16);
    EXPECT_EQ(board.neighbour({0, 0}, Direction::North), (ChipXY{0, 1}));
    EXPECT_EQ(board.neighbour({0, 0}, Direction::South), (ChipXY{0, 1}));
    EXPECT_EQ(board.neighbour({0, 0}, Direction::East), (ChipXY{1, 0}));
    EXPECT_EQ(board.neighbour({0, 0}, Direction::West), std::nullopt);
    EXPECT_EQ(board.local_on_board(*board.find({1, 1})), (ChipXY{1, 1}));
}

/// Every table is what the original's virtual machine of that size says: see the README there.
class PublishedTable : public testing::TestWithParam<const char*> {};

TEST_P(PublishedTable, AgreesChipByChip) {
    std::ifstream file(std::string(SPINNLAB_GOLDEN_DIR "/machine/") + GetParam() + ".json");
    ASSERT_TRUE(file) << "missing golden file";
    const auto golden = nlohmann::json::parse(file);
    MachineSpec spec = spec_of(golden["width"], golden["height"]);
    spec.version = golden["version"];
    spec.down_chips = golden.value("down_chips", "");
    spec.down_cores = golden.value("down_cores", "");
    spec.down_links = golden.value("down_links", "");
    const Machine machine = build(spec);

    EXPECT_EQ(machine.total_cores(), golden["total_cores"].get<long>());
    EXPECT_EQ(machine.total_links(), golden["directed_links"].get<long>());
    const std::map<std::pair<bool, bool>, std::string> wraps = {{{false, false}, "NoWrap"},
                                                                {{true, false}, "HorWrap"},
                                                                {{false, true}, "VerWrap"},
                                                                {{true, true}, "Wrapped"}};
    EXPECT_EQ(wraps.at({machine.wraps_x(), machine.wraps_y()}), golden["wrap"]);

    std::vector<ChipXY> ethernets;
    for (const auto& xy : golden["ethernet_chips"]) ethernets.push_back({xy[0], xy[1]});
    EXPECT_TRUE(std::equal(ethernets.begin(), ethernets.end(), machine.ethernet_chips().begin(),
                           machine.ethernet_chips().end()));

    ASSERT_EQ(machine.chips().size(), golden["chips"].size());
    for (std::size_t i = 0; i < machine.chips().size(); ++i) {
        // x, y, Ethernet x and y, local x and y, cores, the six neighbours or null
        const auto& row = golden["chips"][i];
        const Chip& chip = machine.chips()[i];
        SCOPED_TRACE(row.dump());
        EXPECT_EQ(chip.xy, (ChipXY{row[0], row[1]}));
        EXPECT_EQ(chip.ethernet, (ChipXY{row[2], row[3]}));
        EXPECT_EQ(machine.local_on_board(chip), (ChipXY{row[4], row[5]}));
        EXPECT_EQ(chip.n_cores, row[6].get<int>());
        for (const Direction direction : kAllDirections) {
            const auto& to = row[7][static_cast<std::size_t>(direction)];
            std::optional<ChipXY> expected;
            if (!to.is_null()) expected = ChipXY{to[0], to[1]};
            EXPECT_EQ(machine.neighbour(chip.xy, direction), expected) << name(direction);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PublishedTable,
                         testing::Values("2x2", "8x8", "12x12", "16x16", "28x16", "24x16", "20x24",
                                         "48x24", "16x16-dead"));

/// Laws that hold on every machine, with and without dead parts.
void expect_lawful(const Machine& machine) {
    std::map<ChipXY, int> chips_of_board;
    for (const Chip& chip : machine.chips()) {
        SCOPED_TRACE(testing::Message() << chip.xy.x << ',' << chip.xy.y);
        ASSERT_EQ(machine.find(chip.xy), &chip);
        const Chip* ethernet = machine.find(chip.ethernet);
        ASSERT_NE(ethernet, nullptr);
        EXPECT_EQ(ethernet->ethernet, chip.ethernet);
        ++chips_of_board[chip.ethernet];
        for (const Direction direction : kAllDirections) {
            const auto next = machine.neighbour(chip.xy, direction);
            EXPECT_EQ(next.has_value(), chip.has_link(direction));
            if (!next) continue;
            ASSERT_NE(machine.find(*next), nullptr);
            EXPECT_EQ(machine.neighbour(*next, opposite(direction)), chip.xy);
        }
        int working = 0;
        for (std::size_t physical = 0; physical < kMaxCores; ++physical) {
            const int number = chip.virtual_of_physical[physical];
            if (number < 0) continue;
            EXPECT_EQ(number, working++);  // without a gap, in physical order
            EXPECT_EQ(chip.physical_of_virtual[static_cast<std::size_t>(number)],
                      static_cast<int>(physical));
        }
        EXPECT_EQ(working, chip.n_cores);
        for (auto beyond = static_cast<std::size_t>(working); beyond < kMaxCores; ++beyond) {
            EXPECT_EQ(chip.physical_of_virtual[beyond], -1);
        }
    }
    EXPECT_EQ(chips_of_board.size(), machine.ethernet_chips().size());
    for (const ChipXY ethernet : machine.ethernet_chips())
        EXPECT_EQ(chips_of_board.count(ethernet), 1u);
    EXPECT_EQ(machine.ethernet_chips().front(), (ChipXY{0, 0}));
}

TEST(Build, EveryLinkLeadsBackAndEveryChipHasOneEthernetChip) {
    for (const char* name :
         {"spin3", "spin5", "triad", "16x16", "24x16", "20x24", "frame", "million"}) {
        SCOPED_TRACE(name);
        expect_lawful(build(parse_spec(name)));
    }
}

TEST(Build, FindsNothingOutsideTheMachineOrInItsCorners) {
    const Machine board = build(parse_spec("spin5"));
    for (const ChipXY nowhere :
         {ChipXY{7, 0}, ChipXY{0, 7}, ChipXY{-1, 0}, ChipXY{0, -1}, ChipXY{8, 3}, ChipXY{3, 8}}) {
        EXPECT_EQ(board.find(nowhere), nullptr);
        EXPECT_EQ(board.neighbour(nowhere, Direction::East), std::nullopt);
    }
}

TEST(Build, HasOnlyTheBoardsThatAreNamed) {
    MachineSpec spec = spec_of(16, 16);
    spec.boards = {{8, 4}, {0, 0}, {8, 4}};
    const Machine two = build(spec);
    EXPECT_EQ(two.chips().size(), 96u);
    EXPECT_EQ(two.ethernet_chips().size(), 2u);
    EXPECT_EQ(two.find({4, 8}), nullptr);
    EXPECT_EQ(two.neighbour({4, 7}, Direction::North), std::nullopt);
    EXPECT_EQ(two.neighbour({7, 4}, Direction::East), (ChipXY{8, 4}));
    expect_lawful(two);
}

TEST(Build, WrapsOnAFullTorusOfOneTriad) {
    const Machine triad = build(parse_spec("triad"));
    EXPECT_EQ(triad.neighbour({0, 0}, Direction::West), (ChipXY{11, 0}));
    EXPECT_EQ(triad.neighbour({11, 11}, Direction::NorthEast), (ChipXY{0, 0}));
    // The board with its Ethernet chip at (8,4) continues at the western edge.
    EXPECT_EQ(triad.find({0, 4})->ethernet, (ChipXY{8, 4}));
    EXPECT_EQ(triad.local_on_board(*triad.find({0, 4})), (ChipXY{4, 0}));
}

TEST(Build, RefusesBoardsThatCannotBeThere) {
    MachineSpec spec = spec_of(16, 16);
    spec.boards = {{0, 0}, {4, 4}};
    EXPECT_NE(failure_of(spec).find("(4,4)"), std::string::npos);
    spec.boards = {{0, 0}, {0, 12}};  // an Ethernet chip's place, but its board would not fit
    EXPECT_NE(failure_of(spec).find("(0,12)"), std::string::npos);
    spec.boards = {{8, 4}};
    EXPECT_NE(failure_of(spec).find("(0,0) is missing"), std::string::npos);
}

TEST(Build, DeadPartsRemoveExactlyWhatIsNamed) {
    MachineSpec spec = parse_spec("triad");
    const Machine whole = build(spec);
    spec.down_chips = "3,3:9,5";
    spec.down_links = "0,0,0:1,0,3";
    spec.down_cores = "0,1,3";
    const Machine machine = build(spec);
    expect_lawful(machine);
    for (const Chip& before : whole.chips()) {
        const bool dead = before.xy == ChipXY{3, 3} || before.xy == ChipXY{9, 5};
        const Chip* after = machine.find(before.xy);
        ASSERT_EQ(after == nullptr, dead);
        if (dead) continue;
        EXPECT_EQ(after->n_cores, before.n_cores - (before.xy == ChipXY{0, 1} ? 1 : 0));
        for (const Direction direction : kAllDirections) {
            const ChipXY to = *whole.neighbour(before.xy, direction);
            const bool cut = to == ChipXY{3, 3} || to == ChipXY{9, 5} ||
                             (before.xy == ChipXY{0, 0} && to == ChipXY{1, 0}) ||
                             (before.xy == ChipXY{1, 0} && to == ChipXY{0, 0});
            EXPECT_EQ(after->has_link(direction), !cut);
        }
    }
}

TEST(Build, VirtualNumbersCloseTheGapOfADeadCore) {
    MachineSpec spec = parse_spec("spin5");
    spec.down_cores = "0,0,3:0,0,-5:0,1,0:1,1,17";
    const Machine board = build(spec);
    const Chip& root = *board.find({0, 0});
    EXPECT_EQ(root.n_cores, 16);
    EXPECT_EQ(root.physical_of_virtual[2], 2);
    EXPECT_EQ(root.physical_of_virtual[3], 4);
    EXPECT_EQ(root.physical_of_virtual[4], 6);
    EXPECT_EQ(root.virtual_of_physical[3], -1);
    EXPECT_EQ(root.virtual_of_physical[5], -1);
    // Physical core 0 is broken: the next one becomes the monitor.
    EXPECT_EQ(board.find({0, 1})->physical_of_virtual[0], 1);
    // (1,1) never had a core 17.
    EXPECT_EQ(board.find({1, 1})->n_cores, 17);
    expect_lawful(board);
}

TEST(Build, AOneWayLinkIsAnErrorUnlessRepairIsAsked) {
    MachineSpec spec = parse_spec("spin5");
    spec.down_links = "0,0,0";
    const std::string message = failure_of(spec);
    EXPECT_NE(message.find("west from (1,0) to (0,0)"), std::string::npos) << message;
    EXPECT_NE(message.find("repair"), std::string::npos) << message;
    spec.repair = true;
    const Machine repaired = build(spec);
    EXPECT_EQ(repaired.total_links(), 238);
    EXPECT_EQ(repaired.neighbour({1, 0}, Direction::West), std::nullopt);
}

TEST(Build, AChipCutOffFromItsBoardIsAnErrorUnlessRepairIsAsked) {
    // (7,3) is reached through (6,2), (6,3) and (7,4) only.
    MachineSpec spec = parse_spec("spin5");
    spec.down_chips = "6,2:6,3:7,4";
    EXPECT_NE(failure_of(spec).find("chip (7,3) reaches no chip"), std::string::npos);
    spec.repair = true;
    EXPECT_EQ(build(spec).find({7, 3}), nullptr);
    EXPECT_EQ(build(spec).chips().size(), 44u);

    // Links to another board do not make up for it.
    MachineSpec triad = parse_spec("triad");
    triad.down_chips = spec.down_chips;
    EXPECT_NE(failure_of(triad).find("chip (7,3) reaches no chip"), std::string::npos);
}

TEST(Build, ABoardWithoutItsEthernetChipIsAnErrorUnlessRepairIsAsked) {
    MachineSpec spec = parse_spec("triad");
    spec.down_chips = "8,4";
    EXPECT_NE(failure_of(spec).find("has lost its Ethernet chip (8,4)"), std::string::npos);
    EXPECT_NE(failure_of(spec).find("and 39 more"), std::string::npos);
    spec.repair = true;
    const Machine repaired = build(spec);
    EXPECT_EQ(repaired.ethernet_chips().size(), 2u);
    EXPECT_EQ(repaired.chips().size(), 96u);
    expect_lawful(repaired);
}

TEST(Build, TheRootChipCannotBeRepairedAway) {
    MachineSpec spec = parse_spec("spin5");
    spec.repair = true;
    spec.down_chips = "0,0";
    EXPECT_NE(failure_of(spec).find("root chip"), std::string::npos);
    spec.down_chips = "0,1:1,0:1,1";
    EXPECT_NE(failure_of(spec).find("root chip"), std::string::npos);
}

TEST(Build, AChipWithFewerThanFiveCoresIsAnErrorEvenWithRepair) {
    MachineSpec spec = parse_spec("spin5");
    spec.repair = true;
    spec.down_cores = "2,2,5-17";
    EXPECT_EQ(build(spec).find({2, 2})->n_cores, 5);
    spec.down_cores = "2,2,4-17";
    EXPECT_NE(failure_of(spec).find("chip (2,2) is left with 4 cores"), std::string::npos);
}

TEST(Build, DeadPartsMustExist) {
    MachineSpec spec = parse_spec("spin5");
    spec.down_chips = "7,0";
    EXPECT_NE(failure_of(spec).find("down_chips names the chip (7,0)"), std::string::npos);
    spec.down_chips = "";
    spec.down_cores = "9,9,1";
    EXPECT_NE(failure_of(spec).find("down_cores names the chip (9,9)"), std::string::npos);
    spec.down_cores = "";
    spec.down_links = "200,0,1";
    EXPECT_NE(failure_of(spec).find("down_links names the chip (200,0)"), std::string::npos);
}

}  // namespace
}  // namespace spinnlab::machine
