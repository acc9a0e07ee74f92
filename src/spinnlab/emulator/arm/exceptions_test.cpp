// SPDX-License-Identifier: Apache-2.0
// Exceptions, interrupts, modes: written from the ARM Architecture Reference Manual, A2.6.
#include <gtest/gtest.h>

#include "spinnlab/emulator/arm/test_core.hpp"

namespace spinnlab::emulator::arm {
namespace {

constexpr std::uint32_t kDevice = 0x2000'0000;

TEST(Reset, StartsInSupervisorModeWithInterruptsOff) {
    TestCore core;
    core.set(5, 5);
    core.cpu.itcm()[0x300] = 42;
    core.cpu.reset(0x240, 7, 0x8000);
    EXPECT_EQ(core.cpsr(), 0xd3u);
    EXPECT_EQ(core.r(0), 7u);
    EXPECT_EQ(core.r(5), 0u);
    EXPECT_EQ(core.r(13), 0x8000u);
    EXPECT_EQ(core.r(15), 0x240u);
    EXPECT_EQ(core.cpu.itcm()[0x300], 42);
}

TEST(SoftwareInterrupt, SavesStatusAndReturns) {
    TestCore core;
    core.load(0x08, {
                        0xea00007c,  // b .+0x1f8
                    });
    core.load(0x200, {
                         0xe10f4000,  // mrs r4, cpsr
                         0xe14f5000,  // mrs r5, spsr
                         0xe1a0600e,  // mov r6, lr
                         0xe1b0f00e,  // movs pc, lr
                     });
    core.run({
        0xe321f010,  // msr cpsr_c, #0x10
        0xe3500000,  // cmp r0, #0
        0xef000001,  // svc #1
        0xe3a07007,  // mov r7, #7
    });
    EXPECT_EQ(core.r(4) & 0xff, 0x93u);
    EXPECT_EQ(core.r(5), 0x6000'0010u);
    EXPECT_EQ(core.r(6), TestCore::kProgram + 12);
    EXPECT_EQ(core.r(7), 7u);
    EXPECT_EQ(core.cpsr(), 0x6000'0010u);
}

TEST(SoftwareInterrupt, FromThumbComesBackToThumb) {
    TestCore core;
    core.load(0x08, {
                        0xe1a0600e,  // mov r6, lr
                        0xe1b0f00e,  // movs pc, lr
                    });
    core.run_thumb({
        0x2001,  // movs r0, #1
        0xdf03,  // svc #3
        0x3001,  // adds r0, #1
    });
    EXPECT_EQ(core.r(0), 2u);
    EXPECT_EQ(core.r(6), TestCore::kProgram + 4);
    EXPECT_EQ(core.cpsr() & kThumb, kThumb);
}

TEST(Undefined, TellsWhereAndWhat) {
    TestCore core;
    core.load(0x04, {
                        0xe1b0f00e,  // movs pc, lr
                    });
    core.run({
        0xe3a00001,  // mov r0, #1
        0xe7f000f0,  // .word 0xe7f000f0
        0xe3a01002,  // mov r1, #2
    });
    EXPECT_EQ(core.r(1), 2u);  // the return address is behind the instruction
    const auto fault = core.cpu.last_fault();
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->kind, Fault::Kind::Undefined);
    EXPECT_EQ(fault->pc, TestCore::kProgram + 4);
    EXPECT_EQ(fault->address, 0xe7f0'00f0u);
    EXPECT_EQ(fault->count, 1u);
}

TEST(Undefined, CoprocessorsThatAreNotThere) {
    for (const std::uint32_t instruction : {
             0xee01'0e10u,  // mcr p14, 0, r0, c1, c0, 0
             0xed91'0a00u,  // ldc p10
             0xee00'0000u,  // cdp p0
             0xec41'0000u,  // mcrr p0
             0xfc91'0a00u,  // ldc2 p10
         }) {
        TestCore core;
        core.run({instruction});
        ASSERT_TRUE(core.cpu.last_fault()) << std::hex << instruction;
        EXPECT_EQ(core.cpu.last_fault()->kind, Fault::Kind::Undefined);
        EXPECT_EQ(core.mode(), Mode::Undefined);
    }
}

TEST(DataAbort, LeavesTheBaseRegisterAsItWas) {
    // Each steps its base through an address where nothing answers (0x90000000).
    for (const std::uint32_t instruction : {
             0xe5b1'2004u,  // ldr r2, [r1, #4]!
             0xe491'2004u,  // ldr r2, [r1], #4
             0xe5a1'2004u,  // str r2, [r1, #4]!
             0xe0d1'20b2u,  // ldrh r2, [r1], #2
             0xe1c1'20d8u,  // ldrd r2, [r1, #8]
             0xe8b1'000cu,  // ldmia r1!, {r2, r3}
             0xe921'000cu,  // stmdb r1!, {r2, r3}
             0xe101'2093u,  // swp r2, r3, [r1]
             0xe7b1'2000u,  // ldr r2, [r1, r0]!
         }) {
        TestCore core;
        core.load(0x10, {
                            0xe1a0500e,  // mov r5, lr
                            0xe14f6000,  // mrs r6, spsr
                            0xeafffffe,  // b .
                        });
        core.set(0, 4);
        core.set(1, 0x9000'0000);
        core.set(2, 22);
        core.set(3, 33);
        core.run({
            0xe1500000,  // cmp r0, r0
            0xe1a00000,  // nop
        });
        core.load(0x180, {instruction, 0xeaff'fffe});
        core.set(15, 0x180);
        core.cpu.run(core.cpu.clock() + 100);
        EXPECT_EQ(core.r(1), 0x9000'0000u) << std::hex << instruction;
        EXPECT_EQ(core.r(2), 22u) << std::hex << instruction;
        EXPECT_EQ(core.r(3), 33u) << std::hex << instruction;
        EXPECT_EQ(core.r(5), 0x180u + 8) << std::hex << instruction;
        EXPECT_EQ(core.r(6), 0x6000'00d3u) << std::hex << instruction;
        EXPECT_EQ(core.mode(), Mode::Abort);
        ASSERT_TRUE(core.cpu.last_fault());
        EXPECT_EQ(core.cpu.last_fault()->kind, Fault::Kind::DataAbort);
        EXPECT_EQ(core.cpu.last_fault()->pc, 0x180u);
        EXPECT_LT(core.cpu.last_fault()->address - 0x8fff'fff8u, 0x11u) << std::hex << instruction;
    }
}

TEST(DataAbort, MisalignedWordsAndHalvesFault) {
    for (const std::uint32_t base : {kDtcmBase, kSdramBase, 0x400u, kDevice}) {
        for (const std::uint32_t instruction : {
                 0xe591'2002u,  // ldr r2, [r1, #2]
                 0xe581'2001u,  // str r2, [r1, #1]
                 0xe1d1'20b1u,  // ldrh r2, [r1, #1]
                 0xe1c1'20b3u,  // strh r2, [r1, #3]
                 0xe1d1'20f1u,  // ldrsh r2, [r1, #1]
             }) {
            TestCore core;
            core.set(1, base);
            core.run({instruction});
            ASSERT_TRUE(core.cpu.last_fault()) << std::hex << base << ' ' << instruction;
            EXPECT_EQ(core.cpu.last_fault()->address & ~3u, base);
            EXPECT_TRUE(core.bus.accesses.empty());
        }
        TestCore core;
        core.set(1, base + 2);
        core.run({
            0xe891000c,  // ldmia r1, {r2, r3}
        });
        EXPECT_TRUE(core.cpu.last_fault());
    }
}

TEST(DataAbort, FromThumb) {
    TestCore core;
    core.load(0x10, {
                        0xe24e5008,  // sub r5, lr, #8
                        0xe14f6000,  // mrs r6, spsr
                        0xe25ef006,  // subs pc, lr, #6
                    });
    core.set(1, 0x9000'0000);
    core.run_thumb({
        0x2201,  // movs r2, #1
        0x680b,  // ldr r3, [r1]
        0x2404,  // movs r4, #4
    });
    EXPECT_EQ(core.r(4), 4u);
    EXPECT_EQ(core.r(5), TestCore::kProgram + 2);
    EXPECT_EQ(core.r(6) & kThumb, kThumb);
}

TEST(DataAbort, CountsOnlyWhatWasExecuted) {
    TestCore core;
    core.set(1, 0x9000'0000);
    const std::uint64_t before = core.cpu.instructions();
    core.run(
        {
            0xe3a00001,  // mov r0, #1
            0xe3a00002,  // mov r0, #2
            0xe5912000,  // ldr r2, [r1]
            0xe3a00003,  // mov r0, #3
            0xe3a00004,  // mov r0, #4
            0xe3a00005,  // mov r0, #5
        },
        8);
    EXPECT_EQ(core.r(0), 2u);
    EXPECT_EQ(core.cpu.clock(), 3 * kInstructionCycles + kBusReadCycles + kExceptionCycles);
    EXPECT_EQ(core.cpu.instructions() - before, 3u);
}

TEST(PrefetchAbort, OutsideOfMemoryAndByBreakpoint) {
    for (const std::uint32_t target : {0x8000u, kDtcmBase, 0x9000'0000u}) {
        TestCore core;
        core.load(0x0c, {
                            0xe1a0500e,  // mov r5, lr
                            0xeafffffe,  // b .
                        });
        core.set(1, target);
        core.run({
            0xe12fff11,  // bx r1
        });
        EXPECT_EQ(core.mode(), Mode::Abort);
        EXPECT_EQ(core.r(5), target + 4);
        ASSERT_TRUE(core.cpu.last_fault());
        EXPECT_EQ(core.cpu.last_fault()->kind, Fault::Kind::PrefetchAbort);
        EXPECT_EQ(core.cpu.last_fault()->pc, target);
    }
    TestCore core;
    core.load(0x0c, {
                        0xe1a0500e,  // mov r5, lr
                        0xeafffffe,  // b .
                    });
    core.run({
        0xe1200071,  // bkpt #1
    });
    EXPECT_EQ(core.r(5), TestCore::kProgram + 4);
}

TEST(PrefetchAbort, RunningOffTheEndOfItcm) {
    TestCore core;
    core.load(0x0c, {
                        0xe1a0500e,  // mov r5, lr
                        0xeafffffe,  // b .
                    });
    core.load(0x7ff8, {
                          0xe3a00001,  // mov r0, #1
                          0xe3a01002,  // mov r1, #2
                      });
    core.set(15, 0x7ff8);
    core.cpu.run(100);
    EXPECT_EQ(core.r(1), 2u);
    EXPECT_EQ(core.r(5), 0x8004u);
}

TEST(LockedUp, WhenTheAbortHandlerCannotBeFetched) {
    TestCore core;
    core.load(0x0c, {
                        0xe3e0000f,  // mvn r0, #0xf
                        0xe12fff10,  // bx r0
                    });
    core.run(
        {
            0xe3a00409,  // mov r0, #0x9000000
            0xe12fff10,  // bx r0
        },
        1'000'000);
    EXPECT_EQ(core.cpu.run(kNever), Stop::LockedUp);
    EXPECT_LT(core.cpu.clock(), 1000u);
    EXPECT_GE(core.cpu.last_fault()->count, 10u);
    core.cpu.reset(TestCore::kProgram, 0, 0x8000);
    core.run({
        0xe3a00003,  // mov r0, #3
    });
    EXPECT_EQ(core.r(0), 3u);
}

TEST(LockedUp, NotWhenAHandlerSkipsManyFaultyInstructions) {
    TestCore core;
    core.load(0x10, {
                        0xe52d0004,  // push {r0}
                        0xe2899001,  // add r9, r9, #1
                        0xe1a00000,  // nop
                        0xe49d0004,  // pop {r0}
                        0xe25ef004,  // subs pc, lr, #4
                    });
    core.set_cpsr(static_cast<std::uint32_t>(Mode::Abort), kModeMask);
    core.set(13, kDtcmBase + 0x100);
    core.set_cpsr(static_cast<std::uint32_t>(Mode::Supervisor), kModeMask);
    Registers registers = core.cpu.registers();
    registers.banked_r13[4] = kDtcmBase + 0x100;
    registers.r[1] = 0x9000'0000;
    core.cpu.set_registers(registers);
    core.run(
        {
            0xe3a020c8,  // mov r2, #200
            0xe5913000,  // ldr r3, [r1]
            0xe2522001,  // subs r2, r2, #1
            0x1afffffc,  // bne .-8
        },
        100'000);
    EXPECT_EQ(core.r(9), 200u);
    EXPECT_EQ(core.cpu.run(core.cpu.clock() + 10), Stop::TimeIsUp);
}

/// The vector that SARK uses: the program counter from the interrupt controller.
class Interrupts : public testing::Test {
 protected:
    Interrupts() {
        core.load(0x18, {0xe51f'fff0});  // ldr pc, [pc, #-0xff0]: 0xfffff030
        core.bus.vector = 0x400;
        core.load(0x400, {
                             0xe2888001,  // add r8, r8, #1
                             0xe1a0900e,  // mov r9, lr
                             0xe14fa000,  // mrs r10, spsr
                             0xe59cb000,  // ldr r11, [r12]
                             0xe25ef004,  // subs pc, lr, #4
                         });
        core.set(12, kDevice);
        core.bus.on_access = [this](std::uint32_t) { core.cpu.set_irq_line(false); };
    }
    TestCore core;
};

TEST_F(Interrupts, AreTakenBetweenBlocksAndReturn) {
    core.load(TestCore::kProgram, {
                                      0xe321f053,  // msr cpsr_c, #0x53
                                      0xe2800001,  // add r0, r0, #1
                                      0xeafffffd,  // b .-4
                                  });
    core.cpu.run(50);
    core.cpu.set_irq_line(true);
    core.cpu.run(1000);
    EXPECT_EQ(core.r(8), 1u);
    EXPECT_EQ(core.r(9), TestCore::kProgram + 4 + 4);
    EXPECT_EQ(core.r(10) & 0xff, 0x53u);
    EXPECT_EQ(core.mode(), Mode::Supervisor);
    EXPECT_GT(core.r(0), 100u);
}

TEST_F(Interrupts, WaitWhileMasked) {
    core.load(TestCore::kProgram, {
                                      0xe3a00000,  // mov r0, #0
                                      0xe2800001,  // add r0, r0, #1
                                      0xe3500014,  // cmp r0, #20
                                      0x1afffffc,  // bne .-8
                                      0xe321f053,  // msr cpsr_c, #0x53
                                      0xe1a01008,  // mov r1, r8
                                      0xeafffffe,  // b .
                                  });
    core.cpu.set_irq_line(true);
    core.cpu.run(1000);
    EXPECT_EQ(core.r(0), 20u);
    EXPECT_EQ(core.r(1), 1u);
}

TEST_F(Interrupts, EndWaiting) {
    core.load(TestCore::kProgram, {
                                      0xe321f053,  // msr cpsr_c, #0x53
                                      0xee070f90,  // mcr p15, 0, r0, c7, c0, 4
                                      0xe2811001,  // add r1, r1, #1
                                      0xeafffffc,  // b .-8
                                  });
    EXPECT_EQ(core.cpu.run(1000), Stop::Waiting);
    EXPECT_TRUE(core.cpu.waiting());
    EXPECT_LT(core.cpu.clock(), 10u);
    EXPECT_EQ(core.r(1), 0u);
    core.cpu.set_clock(500);
    core.cpu.set_irq_line(true);
    EXPECT_EQ(core.cpu.run(1000), Stop::Waiting);
    EXPECT_EQ(core.r(8), 1u);
    EXPECT_EQ(core.r(1), 1u);
    EXPECT_GT(core.cpu.clock(), 500u);
}

TEST_F(Interrupts, EndWaitingEvenWhileMasked) {
    core.load(TestCore::kProgram, {
                                      0xee070f90,  // mcr p15, 0, r0, c7, c0, 4
                                      0xe3a01001,  // mov r1, #1
                                      0xeafffffe,  // b .
                                  });
    EXPECT_EQ(core.cpu.run(1000), Stop::Waiting);
    core.cpu.set_irq_line(true);
    EXPECT_EQ(core.cpu.run(1000), Stop::TimeIsUp);
    EXPECT_EQ(core.r(1), 1u);
    EXPECT_EQ(core.r(8), 0u);
    // With a line raised already, waiting is over at once.
    core.load(0x300, {
                         0xee070f90,  // mcr p15, 0, r0, c7, c0, 4
                         0xe3a01002,  // mov r1, #2
                         0xeafffffe,  // b .
                     });
    core.set(15, 0x300);
    EXPECT_EQ(core.cpu.run(2000), Stop::TimeIsUp);
    EXPECT_EQ(core.r(1), 2u);
}

TEST_F(Interrupts, RaisedByADeviceWriteActAtTheEndOfTheBlock) {
    core.bus.on_access = [this](std::uint32_t address) {
        core.cpu.set_irq_line(address == kDevice + 8);
    };
    core.load(TestCore::kProgram, {
                                      0xe321f053,  // msr cpsr_c, #0x53
                                      0xe58c0008,  // str r0, [r12, #8]
                                      0xe1a01008,  // mov r1, r8
                                      0xeaffffff,  // b .+4
                                      0xe1a02008,  // mov r2, r8
                                      0xeafffffe,  // b .
                                  });
    core.cpu.run(1000);
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2), 1u);
}

TEST_F(Interrupts, NestWhenAHandlerAllowsIt) {
    // The outer handler saves what an inner one destroys, goes to system mode and allows
    // interrupts.
    core.load(0x400, {
                         0xe24ee004,  // sub lr, lr, #4
                         0xe92d4001,  // push {r0, lr}
                         0xe14f0000,  // mrs r0, spsr
                         0xe52d0004,  // push {r0}
                         0xe58c1004,  // str r1, [r12, #4]
                         0xe321f05f,  // msr cpsr_c, #0x5f
                         0xe2888001,  // add r8, r8, #1
                         0xe1a00000,  // nop
                         0xe321f0d2,  // msr cpsr_c, #0xd2
                         0xe49d0004,  // pop {r0}
                         0xe16ff000,  // msr spsr_cxsf, r0
                         0xe8fd8001,  // ldmfd sp!, {r0, pc}^
                     });
    int raised = 0;
    core.bus.on_access = [&](std::uint32_t) { core.cpu.set_irq_line(++raised < 3); };
    Registers registers = core.cpu.registers();
    registers.banked_r13[2] = kDtcmBase + 0x400;
    core.cpu.set_registers(registers);
    core.load(TestCore::kProgram, {
                                      0xe321f053,  // msr cpsr_c, #0x53
                                      0xe3a00005,  // mov r0, #5
                                      0xe2844001,  // add r4, r4, #1
                                      0xeafffffd,  // b .-4
                                  });
    core.cpu.run(20);
    core.cpu.set_irq_line(true);
    core.cpu.run(2000);
    EXPECT_EQ(raised, 3);
    EXPECT_EQ(core.r(8), 3u);
    EXPECT_EQ(core.r(0), 5u);
    EXPECT_EQ(core.mode(), Mode::Supervisor);
    EXPECT_EQ(core.cpu.registers().banked_r13[2], kDtcmBase + 0x400);
    EXPECT_GT(core.r(4), 100u);
}

TEST_F(Interrupts, FastOnesComeFirstAndHaveRegistersOfTheirOwn) {
    core.load(0x1c, {0xe3a08058, 0xe3a09202, 0xe5890004, 0xe25ef004} /* mov r8, #88; ldr r9, =0x20000000; str r0, [r9, #4]; subs pc, lr, #4; .ltorg */);
    core.bus.on_access = [this](std::uint32_t address) {
        if (address == kDevice + 4)
            core.cpu.set_fiq_line(false);
        else
            core.cpu.set_irq_line(false);
    };
    core.load(TestCore::kProgram, {
                                      0xe321f013,  // msr cpsr_c, #0x13
                                      0xe2800001,  // add r0, r0, #1
                                      0xeafffffd,  // b .-4
                                  });
    core.cpu.run(20);
    core.cpu.set_irq_line(true);
    core.cpu.set_fiq_line(true);
    core.cpu.run(200);
    ASSERT_EQ(core.bus.accesses.size(), 2u);
    EXPECT_EQ(core.bus.accesses[0].address, kDevice + 4);
    EXPECT_EQ(core.r(8), 1u);
    EXPECT_EQ(core.cpu.registers().fiq_r8_to_r12[0], 88u);
}

TEST(UserBank, BlockTransfersReachIt) {
    TestCore core;
    core.set(1, kDtcmBase);
    core.run({
        0xe3a0d003,  // mov r13, #3
        0xe321f0df,  // msr cpsr_c, #0xdf
        0xe3a0d00f,  // mov r13, #15
        0xe3a0e00e,  // mov r14, #14
        0xe321f0d2,  // msr cpsr_c, #0xd2
        0xe3a0d002,  // mov r13, #2
        0xe8c16000,  // stmia r1, {r13, r14}^
        0xe3a02063,  // mov r2, #99
        0xe5812008,  // str r2, [r1, #8]
        0xe2813008,  // add r3, r1, #8
        0xe8d34000,  // ldmia r3, {r14}^
        0xe1a0400e,  // mov r4, r14
        0xe321f0df,  // msr cpsr_c, #0xdf
        0xe1a0500e,  // mov r5, r14
    });
    EXPECT_EQ(core.get(kDtcmBase), 15u);
    EXPECT_EQ(core.get(kDtcmBase + 4), 14u);
    EXPECT_EQ(core.r(4), 0u);
    EXPECT_EQ(core.r(5), 99u);
}

TEST(Attention, ComesBackAtTheEndOfTheBlock) {
    TestCore core;
    core.set(12, kDevice);
    core.bus.on_access = [&](std::uint32_t) { core.cpu.request_attention(); };
    core.load(TestCore::kProgram, {
                                      0xe58c0000,  // str r0, [r12]
                                      0xe3a01001,  // mov r1, #1
                                      0xeaffffff,  // b .+4
                                      0xe3a02002,  // mov r2, #2
                                      0xeafffffe,  // b .
                                  });
    EXPECT_EQ(core.cpu.run(1000), Stop::Attention);
    EXPECT_EQ(core.r(1), 1u);
    EXPECT_EQ(core.r(2), 0u);
    EXPECT_EQ(core.cpu.run(1000), Stop::TimeIsUp);
    EXPECT_EQ(core.r(2), 2u);
    core.cpu.request_attention();
    EXPECT_EQ(core.cpu.run(2000), Stop::Attention);
    EXPECT_EQ(core.cpu.run(2000), Stop::TimeIsUp);
}

}  // namespace
}  // namespace spinnlab::emulator::arm
