// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/router.hpp"

#include <gtest/gtest.h>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kCounter = 0x300, kDiagnosticControl = 0x2c, kDumpStatus = 0x28;
const Packet kMulticast{0x00, 0, 5, 0};

TEST(Router, TheFirstLineThatMatchesWins) {
    Router router;
    router.set_line(3, 0x100, 0xff00, 0x40);
    router.set_line(7, 0x120, 0xfff0, 0x80);
    EXPECT_EQ(router.multicast(0x123), std::optional<std::uint32_t>(0x40));
    router.set_line(2, 0x123, 0xffffffff, 0xc0);
    EXPECT_EQ(router.multicast(0x123), std::optional<std::uint32_t>(0xc0));
    EXPECT_EQ(router.multicast(0x200), std::nullopt);
}

TEST(Router, AnUnusedTableMatchesNothingNotEvenTheUnusedKey) {
    Router router;
    EXPECT_EQ(router.multicast(0), std::nullopt);
    EXPECT_EQ(router.multicast(0xffffffff), std::nullopt);
}

TEST(Router, TablesWrittenAsRegistersCount) {
    Router router;
    EXPECT_EQ(router.multicast(0x77), std::nullopt);
    router.write(0x4000 + 4 * 9, 0x1c0);
    router.write(0x8000 + 4 * 9, 0x77);
    router.write(0xc000 + 4 * 9, 0xffffffff);
    EXPECT_EQ(router.multicast(0x77), std::optional<std::uint32_t>(0x1c0));
}

TEST(Router, PointToPointTableHasThreeBitsAChip) {
    Router router;
    EXPECT_EQ(router.point_to_point(0x0305), 6);
    router.set_point_to_point(0x0305, 2);
    router.set_point_to_point(0x0306, 7);
    EXPECT_EQ(router.point_to_point(0x0305), 2);
    EXPECT_EQ(router.point_to_point(0x0306), 7);
    EXPECT_EQ(router.point_to_point(0x0304), 6);
    EXPECT_EQ(router.read(0x10000 + 4 * (0x0305 >> 3)) >> 3 * 5 & 7, 2u);
}

TEST(Router, CountersFollowTheUsualFilters) {
    Router router;
    router.count(kMulticast, true, false, kCountCores);
    router.count(kMulticast, false, false, kCountCores);
    router.count(kMulticast, false, true, kCountDumped);
    router.count({0xc2, 0, 0, 0}, true, false, 1u << kCountLinkShift);
    EXPECT_EQ(router.read(kCounter + 4 * 0), 1u);
    EXPECT_EQ(router.read(kCounter + 4 * 1), 1u);
    EXPECT_EQ(router.read(kCounter + 4 * 8), 1u);
    EXPECT_EQ(router.read(kCounter + 4 * 6), 1u);
    router.write(kDiagnosticControl, 1u << 16 | 0xffff);
    EXPECT_EQ(router.read(kCounter + 4 * 0), 0u);
    EXPECT_EQ(router.read(kCounter + 4 * 1), 1u);
}

TEST(Router, ADroppedPacketStandsInItsRegistersUntilTheStatusIsRead) {
    Router router;
    router.write(0x00, router.read(0x00) | 4);
    router.dump({0x02, 3, 0xabc, 0xdef}, 0b100, 0b10);
    EXPECT_TRUE(router.dump_interrupt());
    EXPECT_EQ(router.read(0x18), 0x03020000u);
    EXPECT_EQ(router.read(0x1c), 0xabcu);
    EXPECT_EQ(router.read(0x20), 0xdefu);
    EXPECT_EQ(router.read(0x24), 0b100u | 0b10u << 6);
    router.dump({0x00, 0, 1, 0}, 1, 0);
    EXPECT_EQ(router.read(0x1c), 0xabcu);  // the first one stays
    EXPECT_EQ(router.read(kDumpStatus) >> 30, 3u);
    EXPECT_FALSE(router.dump_interrupt());
    EXPECT_EQ(router.read(kDumpStatus), 0u);
}

TEST(Router, ItsVersionChangesWithWhatACoreCanPoll) {
    Router router;
    const std::uint64_t before = router.version();
    EXPECT_EQ(router.read(0x04), 0u);
    EXPECT_EQ(router.version(), before);
    router.dump(kMulticast, 1, 0);
    EXPECT_NE(router.version(), before);
}

}  // namespace
}  // namespace spinnlab::emulator
