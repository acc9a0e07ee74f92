// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {
namespace {

TEST(ParseSpec, KnowsTheNamedMachinesByTheirBoards) {
    const std::pair<const char*, std::size_t> boards[] = {{"spin3", 1},     {"spin5", 1},
                                                          {"triad", 3},     {"frame", 24},
                                                          {"cabinet", 120}, {"million", 1200}};
    for (const auto& [name, count] : boards) {
        EXPECT_EQ(build(parse_spec(name)).ethernet_chips().size(), count) << name;
    }
    EXPECT_EQ(parse_spec("spin3").version, 3);
    EXPECT_EQ(parse_spec("million").version, 5);
}

TEST(ParseSpec, ReadsSizesInChips) {
    const MachineSpec spec = parse_spec("28x16");
    EXPECT_EQ(spec.width, 28);
    EXPECT_EQ(spec.height, 16);
    EXPECT_EQ(spec.version, 5);
    EXPECT_EQ(parse_spec("2x2").version, 3);
}

TEST(ParseSpec, RefusesWhatIsNoMachineAndNamesTheOnesThereAre) {
    for (const char* name : {"", "x", "8x", "x8", "8x8x8", "8 x 8", "-8x8", "8x8 ", "Spin5", "9x9",
                             "99999999999x8", "0x0"}) {
        EXPECT_THROW((void)parse_spec(name), MachineError) << name;
    }
    try {
        (void)parse_spec("tiny");
        FAIL();
    } catch (const MachineError& error) {
        EXPECT_EQ(
            error.way_out(),
            "Name one of spin3, spin5, triad, frame, cabinet, million, or a size in chips such "
            "as 16x16.");
    }
}

}  // namespace
}  // namespace spinnlab::machine
