// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/describe.hpp"

#include <gtest/gtest.h>

namespace spinnlab::machine {
namespace {

void expect_holds(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis missing in\n" << text;
}

TEST(Describe, TheMillionCoreMachineStatesItsFiguresAndHowTheyComeAbout) {
    const std::string text = describe(build(parse_spec("million")));
    for (const char* part :
         {"1,200   = 10 cabinets x 5 frames x 24 boards", "57,600   = 1,200 boards x 48 chips",
          "1,036,800   = 57,600 chips x 18 cores",
          "250,675,200   = 57,600 chips x 17 application cores x 256 atoms",
          "40 chips of a board have 18 cores, 8 have 17: 856 cores a board",
          "1,027,200   = 1,200 boards x 856 cores", "969,600   = 1,027,200 - 57,600 monitor cores",
          "910,800   = 969,600 - 57,600 extra monitors (one a chip) - 1,200 packet gatherers",
          "wrapping around in x and y", "Dead parts: none"}) {
        expect_holds(text, part);
    }
    EXPECT_EQ(text.find("Ethernet chips in brackets"), std::string::npos);
}

TEST(Describe, ABoardStatesWhatWorks) {
    const std::string text = describe(build(parse_spec("spin5")));
    for (const char* part :
         {"with open edges", "856   = 1 board x 856 cores", "808   = 856 - 48 monitor cores",
          "759   = 808 - 48 extra monitors (one a chip) - 1 packet gatherer (one a board)",
          "links                               240", "123,469,792 a chip",
          "49,104   = 48 chips x 1,023", "Ethernet chips in brackets"}) {
        expect_holds(text, part);
    }
}

TEST(Describe, DeadPartsAreSubtractedAndListed) {
    MachineSpec spec = parse_spec("spin5");
    spec.down_chips = "3,3";
    spec.down_cores = "0,0,17";
    const std::string text = describe(build(spec));
    for (const char* part : {"47   = 48 as built - 1 dead", "838   = 1 board x 856 cores - 18 dead",
                             "down_chips = 3,3\n", "down_cores = 0,0,-17\n"}) {
        expect_holds(text, part);
    }
}

TEST(Draw, ShowsChipsLinksAndTheEthernetChip) {
    EXPECT_EQ(draw(build(parse_spec("spin3"))),
              "  1  18 - 18\n"
              "      | /  |\n"
              "  0 [18]- 18\n"
              "      0    1\n");
}

TEST(Draw, LeavesOutDeadPartsAndMarksLinksBetweenBoards) {
    MachineSpec spec = parse_spec("16x16");
    spec.boards = {{0, 0}, {8, 4}};
    spec.down_chips = "2,1";
    spec.down_links = "0,0,0:1,0,3";
    spec.down_cores = "4,0,10-17";
    const std::string text = draw(build(spec));
    expect_holds(text,
                 "\n  1  18 - 17        17 - 18 - 18\n"
                 "      | /  |      /  | /  | /\n"
                 "  0 [18]  18 - 18 - 18 - 10\n");
    expect_holds(text, "18 :[18]- 18 - 18 - 18 - 18\n");
}

}  // namespace
}  // namespace spinnlab::machine
