// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/dead_parts.hpp"

#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine {
namespace {

TEST(DeadParts, AnEmptyStringAndNoneNameNothing) {
    for (const char* nothing : {"", "  ", "none", "None", "NONE "}) {
        EXPECT_TRUE(parse_down_chips(nothing).empty()) << nothing;
        EXPECT_TRUE(parse_down_cores(nothing).empty()) << nothing;
        EXPECT_TRUE(parse_down_links(nothing).empty()) << nothing;
    }
}

TEST(DeadParts, ReadsTheOriginalsSyntax) {
    EXPECT_EQ(parse_down_chips("4,7: 6 , 5"), (std::vector<ChipXY>{{4, 7}, {6, 5}}));
    EXPECT_EQ(
        parse_down_cores("4,7,3:6,5,-2:2,3,15-17:0,0,0"),
        (std::vector<DownCore>{
            {{4, 7}, 3}, {{6, 5}, 2}, {{2, 3}, 15}, {{2, 3}, 16}, {{2, 3}, 17}, {{0, 0}, 0}}));
    EXPECT_EQ(parse_down_links("1,2,5:3,4,0"),
              (std::vector<DownLink>{{{1, 2}, Direction::South}, {{3, 4}, Direction::East}}));
}

TEST(DeadParts, RefusesWhatCannotBeMeantAndQuotesIt) {
    for (const char* bad : {"1", "1,2,3", "a,b", "1,", ",1", "-1,0", "256,0", "1,2:", ":", "1;2",
                            "99999999999,1", "nones"}) {
        EXPECT_THROW((void)parse_down_chips(bad), MachineError) << bad;
    }
    for (const char* bad : {"1,2", "1,2,18", "1,2,-18", "1,2,5-3", "1,2,-3-5", "1,2,3-", "1,2,-",
                            "1,2,", "1,2,3-18", "1,2,3-4-5", "1,2,3,4"}) {
        EXPECT_THROW((void)parse_down_cores(bad), MachineError) << bad;
    }
    for (const char* bad : {"1,2", "1,2,6", "1,2,-1", "1,2,east"}) {
        EXPECT_THROW((void)parse_down_links(bad), MachineError) << bad;
    }
    try {
        (void)parse_down_links("0,0,1:1,2,6");
        FAIL();
    } catch (const MachineError& error) {
        EXPECT_NE(std::string(error.what()).find("down_links holds \"1,2,6\""), std::string::npos)
            << error.what();
    }
}

TEST(DeadParts, RefusesTheAddressOfABoardWithTheReason) {
    for (const auto refusal : {+[] { (void)parse_down_chips("6,5,10.11.12.13"); },
                               +[] { (void)parse_down_cores("6,5,-2,10.11.12.13"); },
                               +[] { (void)parse_down_links("6,5,2,10.11.12.13"); }}) {
        try {
            refusal();
            FAIL();
        } catch (const MachineError& error) {
            const std::string message = error.what();
            EXPECT_NE(message.find("by its address 10.11.12.13"), std::string::npos) << message;
            EXPECT_NE(message.find("leave the address out"), std::string::npos) << message;
        }
    }
}

TEST(DeadParts, WhatAMachineLacksBuildsItAgain) {
    MachineSpec spec = parse_spec("16x16");
    EXPECT_TRUE(find_dead_parts(build(spec)).empty());
    spec.down_chips = "3,3:9,5";
    spec.down_cores = "0,1,3:1,1,17:2,2,2-9:5,5,-3:1,2,0";
    spec.down_links = "0,0,0:1,0,3:7,3,1:8,4,4";
    const Machine machine = build(spec);
    const DeadParts dead = find_dead_parts(machine);
    EXPECT_EQ(dead.chips.size(), 2u);
    EXPECT_EQ(dead.cores.size(), 11u);  // (1,1) never had a core 17
    EXPECT_EQ(dead.links.size(), 4u);

    MachineSpec again = parse_spec("16x16");
    again.down_chips = down_chips_text(dead.chips);
    again.down_cores = down_cores_text(dead.cores);
    again.down_links = down_links_text(dead.links);
    EXPECT_EQ(again.down_links, "0,0,0:1,0,3:7,3,1:8,4,4");
    EXPECT_EQ(build(again), machine);
}

}  // namespace
}  // namespace spinnlab::machine
