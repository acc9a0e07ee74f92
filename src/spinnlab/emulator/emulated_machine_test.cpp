// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/emulated_machine.hpp"

#include <gtest/gtest.h>

#include "spinnlab/emulator/testing/machine_fixture.hpp"

namespace spinnlab::emulator {
namespace {

using machine::ChipXY;
using testing::kPollRouter;
using testing::kReadNowhere;
using testing::kSendTenPackets;
using testing::kStorePackets;
using testing::TestMachine;

constexpr std::uint32_t kStored = 0x60400000;

/// Routes keys 0x100-0x1ff of core 1 on (0,0) to core 2 on (2,0): the chip between is on the
/// default route.
void route_east(TestMachine& machine) {
    machine->chip_at({0, 0})->router().set_line(1, 0x100, 0xffffff00, 1u << 0);
    machine->chip_at({2, 0})->router().set_line(1, 0x100, 0xffffff00, 1u << (kRouteCoreShift + 2));
}

std::vector<std::uint32_t> stored_words(TestMachine& machine, ChipXY xy, int n) {
    std::vector<std::uint32_t> words;
    for (int i = 0; i < n; ++i)
        words.push_back(machine.word(xy, kStored + 4 * static_cast<std::uint32_t>(i)));
    return words;
}

TEST(EmulatedMachine, AnIdleMachineHasNothingToDo) {
    TestMachine machine;
    EXPECT_EQ(machine->next_event(), kNever);
    machine->advance(kCyclesASecond);
    EXPECT_EQ(machine->now(), 0u);
}

TEST(EmulatedMachine, PacketsCrossChipsByTablesAndDefaultRoutes) {
    TestMachine machine;
    route_east(machine);
    machine.start({2, 0}, 2, kStorePackets);
    machine.start({0, 0}, 1, kSendTenPackets);
    machine->advance(100'000);
    const std::vector<std::uint32_t> words = stored_words(machine, {2, 0}, 20);
    for (std::uint32_t i = 0; i < 10; ++i) EXPECT_EQ(words[2 * i], 0x100 + i);
    EXPECT_EQ(machine.word({2, 0}, kStored + 80), 0u);
    EXPECT_EQ(machine.word({0, 0}, 0x60300000), 1u);
    EXPECT_EQ(machine->chip_at({0, 0})->router().read(0x300), 10u);      // local multicast
    EXPECT_EQ(machine->chip_at({1, 0})->router().read(0x300 + 4), 10u);  // default routed
    EXPECT_EQ(machine->chip_at({2, 0})->router().read(0x300 + 4), 10u);
}

TEST(EmulatedMachine, APacketIsSeenOneHopOfTimeAfterAnother) {
    TestMachine machine;
    machine->chip_at({0, 0})->router().set_line(1, 0x100, 0xffffff00,
                                                1u << (kRouteCoreShift + 2) | 1u << 0);
    machine->chip_at({1, 0})->router().set_line(1, 0x100, 0xffffff00, 1u << (kRouteCoreShift + 2));
    machine.start({0, 0}, 2, kStorePackets);
    machine.start({1, 0}, 2, kStorePackets);
    machine.start({0, 0}, 1, kSendTenPackets);
    machine->advance(100'000);
    EXPECT_EQ(machine.word({0, 0}, kStored), 0x100u);
    EXPECT_EQ(machine.word({1, 0}, kStored), 0x100u);
}

TEST(EmulatedMachine, AnUnroutedPacketIsCountedAndGone) {
    TestMachine machine;
    machine.start({0, 0}, 1, kSendTenPackets);
    machine->advance(100'000);
    EXPECT_EQ(machine->chip_at({0, 0})->router().read(0x300 + 4 * 8), 10u);  // dumped multicast
    EXPECT_EQ(machine->chip_at({0, 0})->router().read(0x28), 0u);  // not one for the reinjector
}

TEST(EmulatedMachine, APacketToADeadLinkStandsInTheDumpRegisters) {
    machine::MachineSpec spec;
    spec.down_links = "0,0,0:1,0,3";
    TestMachine machine(spec);
    route_east(machine);
    machine.start({0, 0}, 1, kSendTenPackets);
    machine->advance(100'000);
    Router& router = machine->chip_at({0, 0})->router();
    EXPECT_EQ(router.read(0x1c), 0x100u);
    EXPECT_EQ(router.read(0x24), 1u);
    EXPECT_EQ(router.read(0x28) >> 30, 3u);
}

TEST(EmulatedMachine, ARoutingLoopEnds) {
    TestMachine machine;
    machine->chip_at({0, 0})->router().set_line(1, 0x100, 0xffffff00, 1u << 0);
    machine->chip_at({1, 0})->router().set_line(1, 0x100, 0xffffff00, 1u << 3);
    machine.start({0, 0}, 1, kSendTenPackets);
    machine->advance(100'000);
    EXPECT_EQ(machine.word({0, 0}, 0x60300000), 1u);
    EXPECT_EQ(machine->chip_at({0, 0})->router().read(0x300 + 4 * 8) +
                  machine->chip_at({1, 0})->router().read(0x300 + 4 * 8),
              10u);
}

/// Everything of a busy machine that could differ: stored words, loads of all cores, time.
std::vector<std::uint64_t> run_busy_machine(int threads, Cycles slice) {
    MachineOptions options;
    options.threads = threads;
    TestMachine machine({}, options);
    route_east(machine);
    for (int x = 0; x < 5; ++x) {
        for (int y = 0; y < 4; ++y) machine.start({x, y}, 3, kPollRouter);
    }
    machine.start({2, 0}, 2, kStorePackets);
    machine.start({3, 3}, 2, kStorePackets);
    machine.start({0, 0}, 1, kSendTenPackets);
    while (machine->now() < 400'000) machine->advance(machine->now() + slice);
    std::vector<std::uint64_t> result = {machine->now()};
    for (const std::uint32_t word : stored_words(machine, {2, 0}, 24)) result.push_back(word);
    for (monitor::Monitor* const monitor : machine->monitors()) {
        for (const auto& core : monitor->chip().cores()) {
            const CoreLoad load = core->load();
            result.insert(result.end(),
                          {load.instructions, load.busy_cycles, load.steps, load.packets_received});
        }
    }
    return result;
}

TEST(EmulatedMachine, ThreadsChangeNothing) {
    const std::vector<std::uint64_t> one = run_busy_machine(1, 400'000);
    EXPECT_EQ(run_busy_machine(2, 400'000), one);
    EXPECT_EQ(run_busy_machine(3, 400'000), one);
}

TEST(EmulatedMachine, HowFarItIsAskedToGoAtOnceChangesNothing) {
    EXPECT_EQ(run_busy_machine(1, 2'000), run_busy_machine(1, 400'000));
}

/// Polling cores that are woken by a dropped packet and a message in between.
std::vector<std::uint64_t> run_polling_machine(bool skip_polls) {
    MachineOptions options;
    options.skip_polls = skip_polls;
    TestMachine machine({}, options);
    machine.start({0, 0}, 3, kPollRouter);
    machine.start({1, 1}, 4, kPollRouter);
    // A core that never sleeps keeps time going in both machines.
    machine.start({4, 4}, 1, kStorePackets);
    machine->advance(1'000'000);
    std::vector<std::uint64_t> result;
    const auto note = [&] {
        for (const auto& [xy, core] : {std::pair(ChipXY{0, 0}, 3), std::pair(ChipXY{1, 1}, 4)}) {
            const CoreLoad load = machine->chip_at(xy)->core(core).load();
            result.insert(result.end(), {load.instructions, load.busy_cycles, load.steps});
        }
    };
    note();
    EXPECT_EQ(machine->chip_at({0, 0})->core(3).skipping(), skip_polls);
    machine->chip_at({0, 0})->router().dump({0, 0, 1, 0}, 1, 0);
    machine->chip_at({0, 0})->router_changed();
    machine->wake(*machine->chip_at({0, 0}));
    machine->advance(1'123'000);
    note();
    machine->chip_at({1, 1})->core(4).deliver({0, 0, 7, 0}, machine->now(), machine->now());
    machine->wake(*machine->chip_at({1, 1}));
    machine->advance(2'000'000);
    note();
    return result;
}

TEST(EmulatedMachine, SkippedPollsLeaveTheSameStateAsExecutedOnes) {
    EXPECT_EQ(run_polling_machine(true), run_polling_machine(false));
}

TEST(EmulatedMachine, OnlyPollsLeftMeansNothingToDo) {
    TestMachine machine;
    machine.start({0, 0}, 3, kPollRouter);
    machine->advance(kCyclesASecond);
    EXPECT_EQ(machine->next_event(), kNever);
    EXPECT_LT(machine->now(), 100'000u);
}

TEST(EmulatedMachine, AFaultIsReportedWithRegistersAndCode) {
    TestMachine machine;
    machine.start({0, 0}, 5, kReadNowhere);
    machine->advance(10'000);
    ASSERT_EQ(machine.host.notices.size(), 1u);
    const std::string& text = machine.host.notices[0];
    EXPECT_NE(text.find("core (0, 0, 5)"), std::string::npos) << text;
    EXPECT_NE(text.find("data abort at pc 0x00000048, address 0x90000000"), std::string::npos)
        << text;
    EXPECT_NE(text.find("r7  0x0000004d"), std::string::npos) << text;
    EXPECT_NE(text.find("ldr"), std::string::npos) << text;
}

TEST(EmulatedMachine, APacketWithoutProgramDoesNotWakeAnyone) {
    TestMachine machine;
    machine->chip_at({0, 0})->core(5).deliver({0, 0, 1, 0}, 0, 0);
    EXPECT_EQ(machine->next_event(), kNever);
}

}  // namespace
}  // namespace spinnlab::emulator
