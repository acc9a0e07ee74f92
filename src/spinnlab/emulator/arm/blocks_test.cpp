// SPDX-License-Identifier: Apache-2.0
// What decoding in blocks must not change: limits, time, code that changes, code elsewhere.
#include <gtest/gtest.h>

#include <random>

#include "spinnlab/emulator/arm/test_core.hpp"

namespace spinnlab::emulator::arm {
namespace {

constexpr std::uint32_t kDevice = 0x2000'0000;

/// A loop with every kind of access, calls and conditions, for comparing ways to run it.
void load_mixture(TestCore& core) {
    core.set(12, kDtcmBase);
    core.set(11, kDevice);
    core.set(10, kSdramBase);
    core.set(13, kDtcmBase + 0x1000);
    core.load(TestCore::kProgram, {
                                      0xe3a00000,  // mov r0, #0
                                      0xe2800001,  // add r0, r0, #1
                                      0xe20010fc,  // and r1, r0, #0xfc
                                      0xe78c0001,  // str r0, [r12, r1]
                                      0xe3100001,  // tst r0, #1
                                      0x179a2001,  // ldrne r2, [r10, r1]
                                      0x00822000,  // addeq r2, r2, r0
                                      0xe78a2001,  // str r2, [r10, r1]
                                      0xe3100007,  // tst r0, #7
                                      0x058b0004,  // streq r0, [r11, #4]
                                      0x059b3000,  // ldreq r3, [r11]
                                      0xeb000001,  // bl .+12
                                      0xe35000c8,  // cmp r0, #200
                                      0xbafffff2,  // blt .-48
                                      0xe92d4010,  // push {r4, lr}
                                      0xe0844002,  // add r4, r4, r2
                                      0xe02551e4,  // eor r5, r5, r4, ror #3
                                      0xe8bd4010,  // pop {r4, lr}
                                      0xe35000c8,  // cmp r0, #200
                                      0xb12fff1e,  // bxlt lr
                                      0xeafffffe,  // b .
                                  });
}

TEST(Slices, DoNotChangeStateNorTimes) {
    TestCore whole;
    whole.bus.answer = 3;
    load_mixture(whole);
    whole.cpu.run(20'000);
    EXPECT_EQ(whole.r(0), 200u);
    std::mt19937 random(1);
    for (int repeat = 0; repeat < 20; ++repeat) {
        TestCore sliced;
        sliced.bus.answer = 3;
        load_mixture(sliced);
        while (sliced.cpu.clock() < 20'000) {
            const Cycles limit = std::min<Cycles>(20'000, sliced.cpu.clock() + 1 + random() % 60);
            EXPECT_EQ(sliced.cpu.run(limit), Stop::TimeIsUp);
            EXPECT_GE(sliced.cpu.clock(), limit);
        }
        EXPECT_EQ(sliced.cpu.registers(), whole.cpu.registers());
        EXPECT_EQ(sliced.cpu.clock(), whole.cpu.clock());
        EXPECT_EQ(sliced.cpu.instructions(), whole.cpu.instructions());
        EXPECT_EQ(sliced.cpu.sdram_accesses(), whole.cpu.sdram_accesses());
        ASSERT_EQ(sliced.bus.accesses.size(), whole.bus.accesses.size());
        for (std::size_t i = 0; i < whole.bus.accesses.size(); ++i) {
            EXPECT_EQ(sliced.bus.accesses[i].clock, whole.bus.accesses[i].clock);
            EXPECT_EQ(sliced.bus.accesses[i].value, whole.bus.accesses[i].value);
        }
    }
}

TEST(Slices, AlwaysExecuteSomething) {
    TestCore core;
    core.load(TestCore::kProgram, {
                                      0xe2800001,  // add r0, r0, #1
                                      0xeafffffd,  // b .-4
                                  });
    for (Cycles i = 1; i <= 10; ++i) EXPECT_EQ(core.cpu.run(core.cpu.clock() + 1), Stop::TimeIsUp);
    EXPECT_EQ(core.r(0), 10u);
    const Cycles now = core.cpu.clock();
    EXPECT_EQ(core.cpu.run(now), Stop::TimeIsUp);
    EXPECT_EQ(core.r(0), 10u);
}

TEST(Time, FollowsTheCycleModel) {
    TestCore core;
    core.set(1, kDtcmBase);
    core.set(2, kSdramBase);
    core.set(3, kDevice);
    const auto cost = [&](std::uint32_t instruction) {
        core.load(0x200, {instruction, 0xeaff'fffe});
        core.set(15, 0x200);
        const Cycles before = core.cpu.clock();
        core.cpu.run(before + 1);
        return core.cpu.clock() - before - kInstructionCycles - kBranchCycles;  // the branch behind
    };
    EXPECT_EQ(cost(0xe280'0001), kInstructionCycles);                     // add
    EXPECT_EQ(cost(0xe591'0000), kInstructionCycles);                     // ldr from DTCM
    EXPECT_EQ(cost(0xe891'0070), 3 * kInstructionCycles);                 // ldmia, three registers
    EXPECT_EQ(cost(0xe1c1'40d0), 2 * kInstructionCycles);                 // ldrd
    EXPECT_EQ(cost(0xe592'0000), kInstructionCycles + kSdramReadCycles);  // ldr from SDRAM
    EXPECT_EQ(cost(0xe582'0000), kInstructionCycles + kSdramWriteCycles);
    EXPECT_EQ(cost(0xe892'0030), 2 * kInstructionCycles + 2 * kSdramReadCycles);
    EXPECT_EQ(cost(0xe593'0000), kInstructionCycles + kBusReadCycles);
    EXPECT_EQ(cost(0xe583'0000), kInstructionCycles + kBusWriteCycles);
    EXPECT_EQ(cost(0x1280'0001), kInstructionCycles);  // addne, not executed
}

TEST(Time, DevicesSeeTheirInstructionsOwn) {
    TestCore core;
    core.set(12, kDevice);
    core.run({
        0xe3a00001,  // mov r0, #1
        0xe58c0000,  // str r0, [r12]
        0xe1a00000,  // nop
        0xe59c1000,  // ldr r1, [r12]
        0xe3a02002,  // mov r2, #2
        0xe3a03003,  // mov r3, #3
    });
    ASSERT_EQ(core.bus.accesses.size(), 2u);
    EXPECT_EQ(core.bus.accesses[0].clock, 2 * kInstructionCycles + kBusWriteCycles);
    EXPECT_EQ(core.bus.accesses[1].clock,
              4 * kInstructionCycles + kBusWriteCycles + kBusReadCycles);
}

TEST(Time, DevicesMayAddWaitStates) {
    TestCore core;
    core.set(12, kDevice);
    core.bus.on_access = [&](std::uint32_t) { core.cpu.add_cycles(1000); };
    core.load(TestCore::kProgram, {
                                      0xe58c0000,  // str r0, [r12]
                                      0xe2800001,  // add r0, r0, #1
                                      0xeafffffc,  // b .-8
                                  });
    core.cpu.run(10'000);
    EXPECT_EQ(core.r(0), 10u);
    core.bus.on_access = [&](std::uint32_t) { core.cpu.add_cycles(Cycles{1} << 40); };
    const Cycles before = core.cpu.clock();
    core.cpu.run(before + 10);
    EXPECT_GT(core.cpu.clock(), before + (Cycles{1} << 40));
    EXPECT_EQ(core.r(0), 11u);
}

TEST(Time, LongRunsAreNotCutShort) {
    TestCore core;
    core.load(TestCore::kProgram, {
                                      0xe2800001,  // add r0, r0, #1
                                      0xe53c1004,  // ldr r1, [r12, #-4]!
                                      0xe28cc004,  // sub r12, r12, #-4
                                      0xeafffffb,  // b .-12
                                  });
    core.set(12, kSdramBase + 0x100);
    EXPECT_EQ(core.cpu.run(200'000'000), Stop::TimeIsUp);
    EXPECT_GE(core.cpu.clock(), 200'000'000u);
    EXPECT_EQ(core.r(0), (200'000'000u + 35) / 36);
    core.cpu.set_clock((Cycles{1} << 40) - 100);
    EXPECT_EQ(core.cpu.run(Cycles{1} << 40), Stop::TimeIsUp);
    EXPECT_GE(core.cpu.clock(), Cycles{1} << 40);
}

TEST(Blocks, LongStraightCode) {
    TestCore core;
    std::uint32_t address = TestCore::kProgram;
    for (int i = 0; i < 1000; ++i, address += 4) core.put(address, 0xe280'0001);
    core.put(address, 0xeaff'fffe);
    core.cpu.run(5000);
    EXPECT_EQ(core.r(0), 1000u);
}

TEST(Blocks, EnteredInTheMiddle) {
    TestCore core;
    core.run({
        0xe2800001,  // add r0, r0, #1
        0xe2811001,  // add r1, r1, #1
        0xe2822001,  // add r2, r2, #1
        0xe2833001,  // add r3, r3, #1
    });
    for (std::uint32_t i = 0; i < 4; ++i) {
        core.set(15, TestCore::kProgram + 4 * i);
        core.cpu.run(core.cpu.clock() + 50);
    }
    EXPECT_EQ(core.r(0), 2u);
    EXPECT_EQ(core.r(1), 3u);
    EXPECT_EQ(core.r(2), 4u);
    EXPECT_EQ(core.r(3), 5u);
}

TEST(Blocks, SkipIntoTheMiddleOfAPair) {
    // The skip leads to the second of two operations that one handler could do.
    TestCore core;
    core.run({
        0xe3500001,  // cmp r0, #1
        0x02811001,  // addeq r1, r1, #1
        0xe2822002,  // add r2, r2, #2
        0xe2833003,  // add r3, r3, #3
        0x02844004,  // addeq r4, r4, #4
        0x05965000,  // ldreq r5, [r6]
        0xe2877007,  // add r7, r7, #7
    });
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2), 2u);
    EXPECT_EQ(core.r(3), 3u);
    EXPECT_EQ(core.r(4), 0u);
    EXPECT_EQ(core.r(7), 7u);
}

TEST(Blocks, ArmAndThumbAtTheSameAddress) {
    TestCore core;
    core.load(TestCore::kProgram, {0xe7fe'20f0});  // Thumb: movs r0, #240; b .   ARM: undefined
    core.set_cpsr(kThumb, kThumb);
    core.cpu.run(100);
    EXPECT_EQ(core.r(0), 240u);
    core.set_cpsr(0, kThumb);
    core.set(15, TestCore::kProgram);
    core.cpu.run(200);
    EXPECT_EQ(core.cpu.last_fault()->kind, Fault::Kind::Undefined);
}

TEST(ChangingCode, OwnStoresAreSeenByTheNextInstruction) {
    TestCore core;
    core.set(0, 0xe3a0'1007);  // mov r1, #7
    core.set(2, TestCore::kProgram + 8);
    core.run({
        0xe3a03003,  // mov r3, #3
        0xe5820000,  // str r0, [r2]
        0xe3a01001,  // mov r1, #1
        0xe3a04004,  // mov r4, #4
    });
    EXPECT_EQ(core.r(1), 7u);
    EXPECT_EQ(core.r(4), 4u);
}

TEST(ChangingCode, ByteHalfBlockAndPairStores) {
    for (int way = 0; way < 4; ++way) {
        TestCore core;
        core.load(0x200, {
                             0xe3a01001,  // mov r1, #1
                             0xe3a05001,  // mov r5, #1
                             0xe12fff1e,  // bx lr
                         });
        core.set(2, 0x200);
        core.set(6, 0xe3a0'1009);
        core.set(7, 0xe3a0'5009);
        constexpr std::uint32_t kStores[] = {
            0xe5c2'6000,  // strb r6, [r2]
            0xe1c2'60b0,  // strh r6, [r2]
            0xe882'00c0,  // stmia r2, {r6, r7}
            0xe1c2'60f0,  // strd r6, [r2]
        };
        // bl 0x200; the store; bl 0x200; b .
        core.load(TestCore::kProgram, {0xeb00'003e, kStores[way], 0xeb00'003c, 0xeaff'fffe});
        core.cpu.run(1000);
        EXPECT_EQ(core.r(1), 9u) << way;
        EXPECT_EQ(core.r(5), way < 2 ? 1u : 9u) << way;
    }
}

TEST(ChangingCode, AConstantThatTurnsOutToBeAVariable) {
    TestCore core;
    core.load(TestCore::kProgram, {
                                      0xe59f1014,  // ldr r1, [pc, #20]
                                      0xe2811001,  // add r1, r1, #1
                                      0xe5821000,  // str r1, [r2]
                                      0xe2500001,  // subs r0, r0, #1
                                      0x1afffffa,  // bne .-16
                                      0xeafffffe,  // b .
                                      0xe1a00000,  // nop
                                      0x00000000,  // .word 0
                                  });
    core.set(0, 100);
    core.set(2, TestCore::kProgram + 28);
    core.cpu.run(10'000);
    EXPECT_EQ(core.r(1), 100u);
    EXPECT_EQ(core.get(TestCore::kProgram + 28), 100u);
}

TEST(ChangingCode, FromOutsideWhileADeviceIsServed) {
    TestCore core;
    core.set(12, kDevice);
    core.bus.on_access = [&](std::uint32_t) { core.put(TestCore::kProgram + 8, 0xe3a0'1007); };
    core.load(TestCore::kProgram, {
                                      0xe58c0000,  // str r0, [r12]
                                      0xeaffffff,  // b .+4
                                      0xe3a01001,  // mov r1, #1
                                      0xeafffffe,  // b .
                                  });
    core.cpu.run(1000);
    EXPECT_EQ(core.r(1), 7u);
}

TEST(ChangingCode, ManyTimesOver) {
    // Each round decodes new blocks: what was decoded must be given up in between.
    TestCore core;
    for (std::uint32_t round = 0; round < 3000; ++round) {
        const std::uint32_t at = 0x200 + round % 64 * 4;
        core.load(at, {0xe3a0'0000 | (round & 0xff), 0xeaff'fffe});
        core.set(15, at);
        core.cpu.run(core.cpu.clock() + 20);
        ASSERT_EQ(core.r(0), round & 0xff);
    }
}

TEST(CodeCache, OverflowStartsAfresh) {
    // Entering straight code at every word makes overlapping blocks, more than there is room for.
    TestCore core;
    for (std::uint32_t a = 0x100; a < 0x7f00; a += 4) core.put(a, 0xe280'0001);
    core.put(0x7f00, 0xe12f'ff1e);  // bx lr
    core.put(0x80, 0xeaff'fffe);
    for (std::uint32_t a = 0x100; a < 0x7f00; a += 4) {
        core.set(0, 0);
        core.set(14, 0x80);
        core.set(15, a);
        core.cpu.run(core.cpu.clock() + 9000);
        ASSERT_EQ(core.r(0), (0x7f00 - a) / 4);
        a += a % 28;
    }
}

TEST(Sdram, CodeRunsThereToo) {
    TestCore core;
    core.load(kSdramBase + 0x100, {
                                      0xe3a00001,  // mov r0, #1
                                      0xe3500001,  // cmp r0, #1
                                      0x02800002,  // addeq r0, r0, #2
                                      0xeb000001,  // bl .+12
                                      0xe3a02002,  // mov r2, #2
                                      0xe12fff15,  // bx r5
                                      0xe1a01000,  // mov r1, r0
                                      0xe12fff1e,  // bx lr
                                  });
    core.load_thumb(kSdramBase + 0x200,
                    {0x2303, 0xf000, 0xf801, 0x4728, 0x2404,
                     0x4770} /* movs r3, #3; bl .+6; bx r5; movs r4, #4; bx lr */);
    core.set(5, 0x300);
    core.load(0x300, {
                         0xeafffffe,  // b .
                     });
    core.set(15, kSdramBase + 0x100);
    core.cpu.run(5000);
    EXPECT_EQ(core.r(0), 3u);
    EXPECT_EQ(core.r(1), 3u);
    EXPECT_EQ(core.r(2), 2u);
    EXPECT_EQ(core.r(15), 0x300u);
    core.set_cpsr(kThumb, kThumb);
    core.set(15, 0x7000'0200);
    core.cpu.run(10'000);
    EXPECT_EQ(core.r(3), 3u);
    EXPECT_EQ(core.r(4), 4u);
    EXPECT_EQ(core.r(15), 0x300u);
}

TEST(Registers, AreTakenOverAsGiven) {
    TestCore core;
    Registers registers;
    for (std::uint32_t i = 0; i < 15; ++i) registers.r[i] = 1000 + i;
    registers.r[15] = 0x240;
    registers.cpsr = 0xa800'0031 | kIrqDisabled;
    registers.banked_r13 = {1, 2, 3, 4, 5, 6};
    registers.banked_r14 = {7, 8, 9, 10, 11, 12};
    registers.spsr = {0, 0x10, 0x11, 0x12, 0x13, 0x17};
    registers.fiq_r8_to_r12 = {21, 22, 23, 24, 25};
    registers.user_r8_to_r12 = {31, 32, 33, 34, 35};
    registers.cp15_control = 0x1002;
    core.cpu.set_registers(registers);
    EXPECT_EQ(core.cpu.registers(), registers);
}

}  // namespace
}  // namespace spinnlab::emulator::arm
