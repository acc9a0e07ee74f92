// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/timer.hpp"

#include <gtest/gtest.h>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kLoad = 0x00, kValue = 0x04, kControl = 0x08, kClear = 0x0c,
                        kBackground = 0x18;
constexpr std::uint32_t kPeriodicWithInterrupt = 0xe2, kOneShotWithInterrupt = 0xa3;

TEST(Timer, CountsDownAndComesAgain) {
    Timer timer;
    timer.write(kLoad, 1000, 0);
    timer.write(kControl, kPeriodicWithInterrupt, 50);
    EXPECT_EQ(timer.expiry(), 1050u);
    EXPECT_EQ(timer.read(kValue, 250), 800u);
    timer.advance(1049);
    EXPECT_FALSE(timer.interrupt());
    timer.advance(1050);
    EXPECT_TRUE(timer.interrupt());
    EXPECT_EQ(timer.expiry(), 2050u);
    timer.write(kClear, 1, 1100);
    EXPECT_FALSE(timer.interrupt());
}

TEST(Timer, KeepsALongPeriodThatWasLoadedBeforeTheSwitchTo32Bits) {
    Timer timer;
    timer.write(kControl, 0, 0);
    timer.write(kLoad, 200'000, 0);  // 1 ms: more than 16 bits
    timer.write(kControl, kPeriodicWithInterrupt, 10);
    EXPECT_EQ(timer.expiry(), 200'010u);
}

TEST(Timer, ABackgroundLoadCountsFromTheNextPeriodOn) {
    Timer timer;
    timer.write(kLoad, 1000, 0);
    timer.write(kControl, kPeriodicWithInterrupt, 0);
    timer.write(kBackground, 300, 10);
    EXPECT_EQ(timer.expiry(), 1000u);
    timer.advance(1000);
    EXPECT_EQ(timer.expiry(), 1300u);
}

TEST(Timer, OneShotStopsAtZero) {
    Timer timer;
    timer.write(kLoad, 100, 0);
    timer.write(kControl, kOneShotWithInterrupt, 0);
    timer.advance(100);
    EXPECT_TRUE(timer.interrupt());
    EXPECT_EQ(timer.expiry(), kNever);
    EXPECT_EQ(timer.period(), 0u);
}

TEST(Timer, StandsStillWhileDisabledAndGoesOnFromThere) {
    Timer timer;
    timer.write(kLoad, 1000, 0);
    timer.write(kControl, kPeriodicWithInterrupt, 0);
    timer.write(kControl, 0x62, 400);
    EXPECT_EQ(timer.expiry(), kNever);
    EXPECT_EQ(timer.read(kValue, 900), 600u);
    timer.write(kControl, kPeriodicWithInterrupt, 2000);
    EXPECT_EQ(timer.expiry(), 2600u);
}

TEST(Timer, PrescalesAndIsSixteenBitsWideUnlessAsked) {
    Timer timer;
    timer.write(kControl, 0xe4, 0);  // 16 bits, divided by 16
    timer.write(kLoad, 0x10010, 0);
    EXPECT_EQ(timer.expiry(), 0x10u * 16);
}

TEST(Timer, WithoutInterruptEnableOnlyTheRawStateIsSet) {
    Timer timer;
    timer.write(kLoad, 10, 0);
    timer.write(kControl, 0xc2, 0);
    timer.advance(10);
    EXPECT_EQ(timer.read(0x10, 10), 1u);
    EXPECT_FALSE(timer.interrupt());
}

TEST(Timer, SkippingPeriodsIsLikePassingThem) {
    Timer stepped, skipped;
    for (Timer* timer : {&stepped, &skipped}) {
        timer->write(kLoad, 700, 0);
        timer->write(kControl, kPeriodicWithInterrupt, 0);
    }
    stepped.advance(700 * 5);
    stepped.write(kClear, 1, 3600);
    skipped.skip(700 * 5);
    EXPECT_TRUE(stepped.same_but_later(skipped, 0));
    EXPECT_FALSE(stepped.same_but_later(skipped, 700));
}

}  // namespace
}  // namespace spinnlab::emulator
