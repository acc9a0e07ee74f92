// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/topology.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::alloc {
namespace {

Installation installation(std::string_view text) { return Installation(parse_installation(text)); }

std::vector<BoardXYZ> all_boards(const Installation& machine) {
    std::vector<BoardXYZ> boards;
    for (int i = 0; i < machine.triads() * kBoardsPerTriad; ++i) {
        boards.push_back(machine.board_at(static_cast<std::size_t>(i)));
    }
    return boards;
}

TEST(Installation, CabinetHas120BoardsIn8x5Triads) {
    const Installation cabinet = installation("lab=cabinet");
    EXPECT_EQ(cabinet.name(), "lab");
    EXPECT_EQ(cabinet.width(), 8);
    EXPECT_EQ(cabinet.height(), 5);
    EXPECT_EQ(cabinet.working_boards(), 120);
    EXPECT_EQ(cabinet.size_in_chips(), (ChipXY{96, 60}));
    EXPECT_TRUE(cabinet.wraps_x() && cabinet.wraps_y());
}

TEST(Installation, SizeWithoutWrapAroundIsFourChipsLarger) {
    const Installation open = installation("open=28x16");
    EXPECT_EQ(open.width(), 2);
    EXPECT_EQ(open.height(), 1);
    EXPECT_FALSE(open.wraps_x() || open.wraps_y());
    EXPECT_EQ(open.size_in_chips(), (ChipXY{28, 16}));
    EXPECT_FALSE(open.neighbour({1, 0, 1}, Direction::East));
}

TEST(Installation, Spin5IsASingleBoard) {
    const Installation board = installation("one=spin5");
    EXPECT_EQ(board.working_boards(), 1);
    EXPECT_TRUE(board.works(BoardXYZ{0, 0, 0}));
    EXPECT_FALSE(board.works(BoardXYZ{0, 0, 1}));
}

// The nine forward steps as published for the original, on a machine without edges nearby.
TEST(Installation, NeighboursFollowTheTable) {
    const Installation machine = installation("m=60x60");
    struct Row {
        int z;
        Direction direction;
        BoardXYZ step;
    };
    for (const Row& row :
         {Row{0, Direction::North, {0, 0, 2}}, Row{0, Direction::NorthEast, {0, 0, 1}},
          Row{0, Direction::East, {0, -1, 2}}, Row{1, Direction::North, {1, 1, -1}},
          Row{1, Direction::NorthEast, {1, 0, 1}}, Row{1, Direction::East, {1, 0, -1}},
          Row{2, Direction::North, {0, 1, -1}}, Row{2, Direction::NorthEast, {1, 1, -2}},
          Row{2, Direction::East, {0, 0, -1}}}) {
        const BoardXYZ from = {2, 2, row.z};
        const BoardXYZ to = {2 + row.step.x, 2 + row.step.y, row.z + row.step.z};
        EXPECT_EQ(machine.neighbour(from, row.direction)->board, to);
        EXPECT_EQ(machine.neighbour(to, machine::opposite(row.direction))->board, from);
    }
}

TEST(Installation, EveryCableLeadsBack) {
    for (const char* size : {"m=12x12", "m=24x12", "m=96x60", "m=40x28", "m=24x28"}) {
        const Installation machine = installation(size);
        for (const BoardXYZ& board : all_boards(machine)) {
            for (const Direction d : machine::kAllDirections) {
                const auto there = machine.neighbour(board, d);
                if (!there) continue;
                const auto back = machine.neighbour(there->board, machine::opposite(d));
                ASSERT_TRUE(back);
                EXPECT_EQ(back->board, board);
                EXPECT_EQ(back->wraps_x, there->wraps_x);
                EXPECT_EQ(back->wraps_y, there->wraps_y);
            }
        }
    }
}

// The board geometry must be that of the machine library: same chips, same neighbours.
TEST(Installation, CablesJoinTheChipsThatTheMachineJoins) {
    const Installation cables = installation("m=36x24");
    const machine::Machine chips = machine::build(machine::parse_spec("36x24"));
    for (const BoardXYZ& board : all_boards(cables)) {
        const ChipXY root = ethernet_chip(board);
        ASSERT_EQ(chips.find(root)->ethernet, root);
        for (const Direction side : machine::kAllDirections) {
            const ChipXY other = ethernet_chip(cables.neighbour(board, side)->board);
            const auto links = links_of_side(side);
            EXPECT_EQ(links.size(), 8u);
            for (const auto& [local, link] : links) {
                const ChipXY from = {(root.x + local.x) % 36, (root.y + local.y) % 24};
                ASSERT_EQ(chips.find(from)->ethernet, root);
                const auto to = chips.neighbour(from, link);
                ASSERT_TRUE(to);
                EXPECT_EQ(chips.find(*to)->ethernet, other);
            }
        }
    }
}

TEST(Installation, FindsTheBoardOfEveryChip) {
    for (const char* size : {"36x24", "28x16", "24x16"}) {
        const Installation boards = installation(std::string("m=") + size);
        const machine::Machine chips = machine::build(machine::parse_spec(size));
        long found = 0;
        const ChipXY extent = boards.size_in_chips();
        for (int x = 0; x < extent.x; ++x) {
            for (int y = 0; y < extent.y; ++y) {
                const auto place = boards.find_chip(x, y);
                const machine::Chip* chip = chips.find({x, y});
                ASSERT_EQ(place.has_value(), chip != nullptr) << size << " " << x << "," << y;
                if (!place) continue;
                ++found;
                EXPECT_EQ(ethernet_chip(place->board), chip->ethernet);
                EXPECT_EQ(place->local, chips.local_on_board(*chip));
            }
        }
        EXPECT_EQ(found, 48l * boards.working_boards());
    }
}

TEST(Installation, ChipCoordinatesOfAnySizeAreTaken) {
    const Installation torus = installation("m=24x12");
    EXPECT_EQ(torus.find_chip(24 * 1'000'000'000'000 + 3, -12 * 5 + 2)->local, (ChipXY{3, 2}));
    const Installation open = installation("m=28x16");
    EXPECT_FALSE(open.find_chip(28, 0));
    EXPECT_FALSE(open.find_chip(-1, 0));
    EXPECT_FALSE(open.find_chip(INT64_MIN, INT64_MAX));
}

TEST(Installation, PositionsAreOneToOne) {
    const Installation million = installation("m=million");
    std::set<BoardPosition> seen;
    for (const BoardXYZ& board : all_boards(million)) {
        const auto position = million.position(board);
        ASSERT_TRUE(position);
        EXPECT_LT(position->cabinet, 10);
        EXPECT_LT(position->frame, kFramesPerCabinet);
        EXPECT_LT(position->board, kBoardsPerFrame);
        EXPECT_TRUE(seen.insert(*position).second);
        EXPECT_EQ(million.at_position(position->cabinet, position->frame, position->board), board);
    }
    EXPECT_EQ(seen.size(), 1200u);
    EXPECT_FALSE(million.at_position(10, 0, 0));
    EXPECT_FALSE(million.at_position(-1, 0, 0));
    EXPECT_FALSE(million.at_position(INT64_MAX, INT64_MAX, INT64_MAX));
    EXPECT_FALSE(million.at_position(0, 5, 0));
    EXPECT_FALSE(million.at_position(0, 0, 24));
}

TEST(Installation, DeadCableIsDeadFromBothEnds) {
    const Installation machine = installation("m=cabinet;dead_links=0,0,0,2");
    EXPECT_FALSE(machine.works(BoardLink{{0, 0, 0}, Direction::North}));
    EXPECT_FALSE(machine.works(BoardLink{{0, 0, 2}, Direction::South}));
    EXPECT_TRUE(machine.works(BoardLink{{0, 0, 0}, Direction::East}));
    EXPECT_EQ(machine.dead_links().size(), 2u);
}

TEST(ParseInstallation, ReadsAllOptions) {
    const InstallationSpec spec = parse_installation(
        "big=frame;tags=default,fast;dead_boards=1,1,0:3,0,2;dead_links=0,1,1,5");
    EXPECT_EQ(spec.name, "big");
    EXPECT_EQ(spec.width, 4);
    EXPECT_EQ(spec.height, 2);
    EXPECT_EQ(spec.tags, (std::vector<std::string>{"default", "fast"}));
    EXPECT_EQ(spec.dead_boards, (std::vector<BoardXYZ>{{1, 1, 0}, {3, 0, 2}}));
    EXPECT_EQ(spec.dead_links, (std::vector<BoardLink>{{{0, 1, 1}, Direction::South}}));
    const Installation machine(spec);
    EXPECT_EQ(machine.working_boards(), 22);
    EXPECT_TRUE(machine.has_tags({"fast"}));
    EXPECT_FALSE(machine.has_tags({"fast", "red"}));
    EXPECT_FALSE(machine.position({1, 1, 0}));
}

TEST(ParseInstallation, SaysWhatIsWrong) {
    for (const char* text :
         {"cabinet", "=cabinet", "m=spin3", "m=2x2", "m=20x20", "m=nothing", "m=frame;color=red",
          "m=frame;dead_boards=1,1", "m=frame;dead_boards=1,1,x", "m=frame;dead_links=0,0,0,6",
          "m=frame;dead_links=0,0,0"}) {
        EXPECT_THROW((void)parse_installation(text), MachineError) << text;
    }
    EXPECT_THROW(installation("m=frame;dead_boards=4,0,0"), MachineError);
    EXPECT_THROW(installation("m=28x16;dead_links=1,0,1,0"), MachineError);  // no cable there
}

}  // namespace
}  // namespace spinnlab::alloc
