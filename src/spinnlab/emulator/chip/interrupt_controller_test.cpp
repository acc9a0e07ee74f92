// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/interrupt_controller.hpp"

#include <gtest/gtest.h>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kSelect = 0x0c, kEnable = 0x10, kDisable = 0x14, kSoftSet = 0x18,
                        kSoftClear = 0x1c, kVector = 0x30, kDefault = 0x34, kAddress = 0x100,
                        kControl = 0x200;

class Vic : public ::testing::Test {
 protected:
    void vector(int slot, Interrupt source, std::uint32_t handler) {
        vic.write(kAddress + 4 * static_cast<std::uint32_t>(slot), handler);
        vic.write(kControl + 4 * static_cast<std::uint32_t>(slot),
                  0x20 | static_cast<std::uint32_t>(source));
        vic.write(kEnable, 1u << static_cast<int>(source));
    }
    InterruptController vic;
};

TEST_F(Vic, ADisabledSourceRaisesNothing) {
    vic.set_line(Interrupt::Timer1, true);
    EXPECT_FALSE(vic.irq());
    vic.write(kEnable, 1u << 4);
    EXPECT_TRUE(vic.irq());
    vic.write(kDisable, 1u << 4);
    EXPECT_FALSE(vic.irq());
}

TEST_F(Vic, ASelectedSourceIsFiq) {
    vector(0, Interrupt::Timer1, 0x100);
    vic.write(kSelect, 1u << 4);
    vic.set_line(Interrupt::Timer1, true);
    EXPECT_TRUE(vic.fiq());
    EXPECT_FALSE(vic.irq());
}

TEST_F(Vic, ServingMasksEqualAndLowerPriorities) {
    vector(1, Interrupt::Timer1, 0x111);
    vector(2, Interrupt::DmaDone, 0x222);
    vector(0, Interrupt::Cpu, 0x333);
    vic.set_line(Interrupt::Timer1, true);
    vic.set_line(Interrupt::DmaDone, true);
    EXPECT_EQ(vic.read(kVector), 0x111u);
    EXPECT_FALSE(vic.irq());  // the DMA waits, the timer is being served
    vic.set_line(Interrupt::Cpu, true);
    EXPECT_TRUE(vic.irq());  // a higher one nests
    EXPECT_EQ(vic.read(kVector), 0x333u);
    vic.set_line(Interrupt::Cpu, false);
    vic.write(kVector, 0);
    EXPECT_FALSE(vic.irq());  // back in the timer's handler
    vic.set_line(Interrupt::Timer1, false);
    vic.write(kVector, 0);
    EXPECT_TRUE(vic.irq());
    EXPECT_EQ(vic.read(kVector), 0x222u);
}

TEST_F(Vic, WithNothingPendingTheDefaultIsReadAndNothingIsMasked) {
    vic.write(kDefault, 0x999);
    vector(3, Interrupt::Timer1, 0x111);
    EXPECT_EQ(vic.read(kVector), 0x999u);
    vic.set_line(Interrupt::Timer1, true);
    EXPECT_TRUE(vic.irq());
}

TEST_F(Vic, AnUnvectoredSourceComesLast) {
    vic.write(kDefault, 0x999);
    vic.write(kEnable, 1u << 13);
    vector(5, Interrupt::Timer1, 0x111);
    vic.set_line(Interrupt::DmaError, true);
    vic.set_line(Interrupt::Timer1, true);
    EXPECT_EQ(vic.read(kVector), 0x111u);
    vic.set_line(Interrupt::Timer1, false);
    vic.write(kVector, 0);
    EXPECT_EQ(vic.read(kVector), 0x999u);
    EXPECT_FALSE(vic.irq());
    vic.write(kVector, 0);
    EXPECT_TRUE(vic.irq());
}

TEST_F(Vic, SoftwareRaisesAnySource) {
    vector(4, Interrupt::Software, 0x444);
    vic.write(kSoftSet, 2);
    EXPECT_EQ(vic.read(kVector), 0x444u);
    vic.write(kSoftClear, 2);
    vic.write(kVector, 0);
    EXPECT_FALSE(vic.irq());
}

}  // namespace
}  // namespace spinnlab::emulator
