// SPDX-License-Identifier: Apache-2.0
// SC&MP's software watchdog: which cores it stops, when, and what the host then sees.
#include <gtest/gtest.h>

#include "spinnlab/emulator/testing/machine_fixture.hpp"

namespace spinnlab::emulator::monitor {
namespace {

using machine::ChipXY;
using testing::kApp;
using testing::TestMachine;

constexpr ChipXY kChip{0, 0};
constexpr int kCore = 5;
/// The 17 application cores of chip (0, 0) are asked in turn, one every 10 ms.
constexpr Cycles kRound = 17 * 2'000'000;

using Program = std::vector<std::uint32_t>;

// Programs, assembled with `arm-none-eabi-as -march=armv5te`; each starts with `b start`, at 0x40.

/// ldr r0, =0x2f000000; mov r1, #1 << 18; str r1, [r0, #0x10]: enables the monitor's interrupt in
/// the controller, and leaves it masked in the processor; b .
const Program kDeaf = {0xea00000e, 0, 0, 0, 0, 0, 0,          0,          0,          0,
                       0,          0, 0, 0, 0, 0, 0xe3a0042f, 0xe3a01701, 0xe5801010, 0xeafffffe};

/// The same with msr cpsr_c, #0x53 (interrupts on) before the endless loop.
const Program kListening = {
    0xea00000e, 0, 0, 0, 0, 0,          0xe51ffff0, 0,          0,          0,         0,
    0,          0, 0, 0, 0, 0xe3a0042f, 0xe3a01701, 0xe5801010, 0xe321f053, 0xeafffffe};

/// b .: has never enabled the monitor's interrupt, as a program without an operating system.
const Program kOnItsOwn = {0xea00000e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xeafffffe};

/// Interrupts off but for one instruction in about 100,000 cycles, in which a timer of 1 ms gets
/// through, as in the cores that only process synapses:
///   0x18: b handler   start: r0 = 0x2f000000, r5 = 0x21000000; enables the monitor's interrupt and
///   the timer's; load 200000, control 0xe2
///   1: mov r2, #0x8000; 2: subs r2, r2, #1; bne 2b; msr cpsr_c, #0x53; msr cpsr_c, #0xd3; b 1b
///   handler: str r1, [r5, #0xc]; subs pc, lr, #4
const Program kMostlyDeaf = {0xea00000e, 0,          0,          0,          0,          0,
                             0xea000016, 0,          0,          0,          0,          0,
                             0,          0,          0,          0,          0xe3a0042f, 0xe3a05421,
                             0xe59f1030, 0xe5801010, 0xe59f102c, 0xe5851000, 0xe3a010e2, 0xe5851008,
                             0xe3a02902, 0xe2522001, 0x1afffffd, 0xe321f053, 0xe321f0d3, 0xeafffff9,
                             0xe585100c, 0xe25ef004, 0x00040010, 0x00030d40};

class WatchdogTest : public ::testing::Test {
 protected:
    /// Starts the program, which calls itself running, with `questions` left to be unanswered.
    void start(const Program& program, std::uint32_t questions) {
        MonitorMemory memory(*machine->chip_at(kChip));
        memory.set_byte(kSystemVariables + sv::kSoftWatchdog, questions);
        machine.start(kChip, kCore, program);
        memory.set_state(kCore, CoreState::Running);
    }
    CoreState state_after(Cycles cycles) {
        machine->advance(cycles);
        return MonitorMemory(*machine->chip_at(kChip)).state(kCore);
    }
    TestMachine machine;
};

TEST_F(WatchdogTest, StopsACoreThatLoopsWithInterruptsOff) {
    start(kDeaf, 1);
    EXPECT_EQ(state_after(kRound - 10'000), CoreState::Running);
    EXPECT_TRUE(machine.host.notices.empty());
    EXPECT_EQ(state_after(kRound + 10'000), CoreState::Watchdog);
    EXPECT_FALSE(machine->chip_at(kChip)->core(kCore).running());
    EXPECT_EQ(machine->next_event(), kNever);
}

TEST_F(WatchdogTest, TellsWhereTheCoreWas) {
    start(kDeaf, 1);
    (void)state_after(kRound + 10'000);
    ASSERT_EQ(machine.host.notices.size(), 1u);
    const std::string& text = machine.host.notices[0];
    EXPECT_NE(text.find("core (0, 0, 5)"), std::string::npos) << text;
    EXPECT_NE(text.find("at pc 0x0000004c with interrupts off"), std::string::npos) << text;
    EXPECT_NE(text.find("r1  0x00040000"), std::string::npos) << text;
    EXPECT_NE(text.find("> 0000004c"), std::string::npos) << text;
    const std::uint32_t block = MonitorMemory::block(kCore);
    EXPECT_EQ(machine.word(kChip, block + vcpu::kRegisters), 0x2f000000u);
    EXPECT_EQ(machine.word(kChip, block + vcpu::kStatus) & 0xff, 0xd3u);
}

TEST_F(WatchdogTest, TheHostCountsTheCoreAndStartsItAgain) {
    start(kDeaf, 1);
    (void)state_after(kRound + 10'000);
    Monitor& monitor = *machine->monitor_at(machine->chip_at(kChip)->address());
    EXPECT_EQ(monitor.count(kApp, CoreState::Watchdog), 1u);
    start(kListening, 1);
    EXPECT_EQ(state_after(machine->now() + kRound / 4), CoreState::Running);
    EXPECT_TRUE(machine->chip_at(kChip)->core(kCore).running());
}

TEST_F(WatchdogTest, WaitsAsManyQuestionsAsTheSystemVariableSays) {
    start(kDeaf, 2);
    EXPECT_EQ(state_after(kRound + 10'000), CoreState::Running);
    EXPECT_EQ(state_after(2 * kRound + 10'000), CoreState::Watchdog);
}

TEST_F(WatchdogTest, IsOffWhenTheHostHasBootedTheBoardWithoutIt) {
    start(kDeaf, 0);
    EXPECT_EQ(state_after(2 * kRound), CoreState::Running);
}

TEST_F(WatchdogTest, BoardsComeWithItOn) {
    EXPECT_EQ(MonitorMemory(*machine->chip_at(kChip)).byte(kSystemVariables + sv::kSoftWatchdog),
              3u);
}

TEST_F(WatchdogTest, LetsACoreLoopWithInterruptsOn) {
    start(kListening, 1);
    EXPECT_EQ(state_after(kRound + 20'000), CoreState::Running);
}

TEST_F(WatchdogTest, LetsAProgramBeThatNeverEnabledTheInterrupt) {
    start(kOnItsOwn, 1);
    EXPECT_EQ(state_after(kRound + 20'000), CoreState::Running);
}

TEST_F(WatchdogTest, LetsACoreBeThatTakesAnInterruptNowAndThen) {
    start(kMostlyDeaf, 1);
    EXPECT_EQ(state_after(kRound + 20'000), CoreState::Running);
    EXPECT_GT(machine->chip_at(kChip)->core(kCore).load().steps, 150u);
}

}  // namespace
}  // namespace spinnlab::emulator::monitor
