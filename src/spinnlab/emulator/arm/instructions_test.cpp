// SPDX-License-Identifier: Apache-2.0
// Instructions, class by class. Random sequences against another emulator are in
// tests/fidelity/arm; here stands what one wants to see by eye, and what random tests leave out.
#include <gtest/gtest.h>

#include "spinnlab/emulator/arm/test_core.hpp"

namespace spinnlab::emulator::arm {
namespace {

TEST(DataProcessing, AdditionSetsCarryAndOverflow) {
    TestCore core;
    core.run({
        0xe3e00000,  // mvn r0, #0
        0xe2901001,  // adds r1, r0, #1
        0xe10f2000,  // mrs r2, cpsr
        0xe3e03102,  // mvn r3, #0x80000000
        0xe0934003,  // adds r4, r3, r3
        0xe10f5000,  // mrs r5, cpsr
    });
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2) >> 28, 0x6u);  // Z, C
    EXPECT_EQ(core.r(4), 0xffff'fffe);
    EXPECT_EQ(core.r(5) >> 28, 0x9u);  // N, V
}

TEST(DataProcessing, CarryOfSubtractionMeansNoBorrow) {
    TestCore core;
    core.run({
        0xe3a00005,  // mov r0, #5
        0xe2501005,  // subs r1, r0, #5
        0xe10f2000,  // mrs r2, cpsr
        0xe3500006,  // cmp r0, #6
        0xe10f3000,  // mrs r3, cpsr
        0xe2c04001,  // sbc r4, r0, #1
        0xe2f05001,  // rscs r5, r0, #1
        0xe10f6000,  // mrs r6, cpsr
    });
    EXPECT_EQ(core.r(2) >> 28, 0x6u);
    EXPECT_EQ(core.r(3) >> 28, 0x8u);
    EXPECT_EQ(core.r(4), 3u);           // 5 - 1 - 1
    EXPECT_EQ(core.r(5), 0xffff'fffb);  // 1 - 5 - 1
    EXPECT_EQ(core.r(6) >> 28, 0x8u);
}

TEST(DataProcessing, WideAdditionByCarry) {
    TestCore core;
    core.run({
        0xe3e00000,  // mvn r0, #0
        0xe3a01001,  // mov r1, #1
        0xe3a02002,  // mov r2, #2
        0xe3a03003,  // mov r3, #3
        0xe0904002,  // adds r4, r0, r2
        0xe0a15003,  // adc r5, r1, r3
    });
    EXPECT_EQ(core.r(4), 1u);
    EXPECT_EQ(core.r(5), 5u);
}

TEST(DataProcessing, ShifterGivesTheCarryOfLogicalInstructions) {
    TestCore core;
    core.run({
        0xe3a00106,  // mov r0, #0x80000001
        0xe1b01080,  // movs r1, r0, lsl #1
        0xe10f2000,  // mrs r2, cpsr
        0xe1b030a0,  // movs r3, r0, lsr #1
        0xe10f4000,  // mrs r4, cpsr
        0xe1b05040,  // movs r5, r0, asr #32
        0xe10f6000,  // mrs r6, cpsr
        0xe1b07060,  // movs r7, r0, rrx
    });
    EXPECT_EQ(core.r(1), 2u);
    EXPECT_EQ(core.r(2) >> 28, 0x2u);
    EXPECT_EQ(core.r(3), 0x4000'0000u);
    EXPECT_EQ(core.r(4) >> 28, 0x2u);
    EXPECT_EQ(core.r(5), 0xffff'ffff);
    EXPECT_EQ(core.r(6) >> 28, 0xau);
    EXPECT_EQ(core.r(7), 0xc000'0000);
}

TEST(DataProcessing, ShiftsByRegisterTakeTheLowByte) {
    TestCore core;
    core.run({
        0xe3e00000,  // mvn r0, #0
        0xe3a01020,  // mov r1, #32
        0xe1b02110,  // movs r2, r0, lsl r1
        0xe10f3000,  // mrs r3, cpsr
        0xe3a01021,  // mov r1, #33
        0xe1b04130,  // movs r4, r0, lsr r1
        0xe10f5000,  // mrs r5, cpsr
        0xe3a01c01,  // mov r1, #0x100
        0xe1b06170,  // movs r6, r0, ror r1
        0xe3a010ff,  // mov r1, #255
        0xe1a07150,  // mov r7, r0, asr r1
        0xe3a01040,  // mov r1, #64
        0xe1b08110,  // movs r8, r0, lsl r1
    });
    EXPECT_EQ(core.r(2), 0u);
    EXPECT_EQ(core.r(3) >> 28, 0x6u);  // the last bit shifted out is bit 0
    EXPECT_EQ(core.r(4), 0u);
    EXPECT_EQ(core.r(5) >> 28, 0x4u);
    EXPECT_EQ(core.r(6), 0xffff'ffff);
    EXPECT_EQ(core.r(7), 0xffff'ffff);
    EXPECT_EQ(core.r(8), 0u);
}

TEST(DataProcessing, ProgramCounterReadsTwoInstructionsAhead) {
    TestCore core;
    core.run({
        0xe1a0000f,  // mov r0, pc
        0xe28f1004,  // add r1, pc, #4
        0xe24f2008,  // sub r2, pc, #8
        0xe08f3000,  // add r3, pc, r0
        0xe024400f,  // eor r4, r4, pc
    });
    EXPECT_EQ(core.r(0), TestCore::kProgram + 8);
    EXPECT_EQ(core.r(1), TestCore::kProgram + 4 + 8 + 4);
    EXPECT_EQ(core.r(2), TestCore::kProgram + 8 + 8 - 8);
    EXPECT_EQ(core.r(3), TestCore::kProgram + 12 + 8 + TestCore::kProgram + 8);
    EXPECT_EQ(core.r(4), TestCore::kProgram + 16 + 8);
}

TEST(DataProcessing, WritingTheProgramCounterJumps) {
    TestCore core;
    core.run({
        0xe3a00001,  // mov r0, #1
        0xe08ff100,  // add pc, pc, r0, lsl #2
        0xe3a01001,  // mov r1, #1
        0xe3a02002,  // mov r2, #2
        0xe3a03003,  // mov r3, #3
    });
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2), 0u);  // pc + 8 + 4 skips two
    EXPECT_EQ(core.r(3), 3u);
}

TEST(DataProcessing, JumpIgnoresTheLowBits) {
    TestCore core;
    core.run({
        0xe28f0007,  // add r0, pc, #7
        0xe1a0f000,  // mov pc, r0
        0xe3a01001,  // mov r1, #1
        0xe3a02002,  // mov r2, #2
    });
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2), 2u);
    EXPECT_EQ(core.cpsr() & kThumb, 0u);
}

TEST(Multiplication, LongResultsAndTheirFlags) {
    TestCore core;
    core.run({
        0xe3e00000,  // mvn r0, #0
        0xe3a01002,  // mov r1, #2
        0xe0832190,  // umull r2, r3, r0, r1
        0xe0c54190,  // smull r4, r5, r0, r1
        0xe0e32190,  // smlal r2, r3, r0, r1
        0xe0b76090,  // umlals r6, r7, r0, r0
        0xe10f8000,  // mrs r8, cpsr
    });
    EXPECT_EQ(core.r(4), 0xffff'fffe);
    EXPECT_EQ(core.r(5), 0xffff'ffff);
    EXPECT_EQ(core.r(2), 0xffff'fffcu);
    EXPECT_EQ(core.r(3), 1u);
    EXPECT_EQ(core.r(6), 1u);
    EXPECT_EQ(core.r(7), 0xffff'fffe);
    EXPECT_EQ(core.r(8) >> 30, 0x2u);
}

TEST(Multiplication, HalvesAccumulateAndNoteOverflow) {
    TestCore core;
    core.run({
        0xe59f0020,  // ldr r0, [pc, #32]
        0xe59f1020,  // ldr r1, [pc, #32]
        0xe1620180,  // smulbb r2, r0, r1
        0xe16301a0,  // smultb r3, r0, r1
        0xe12401e0,  // smulwt r4, r0, r1
        0xe3e05102,  // mvn r5, #0x80000000
        0xe10f6000,  // mrs r6, cpsr
        0xe10751e0,  // smlatt r7, r0, r1, r5
        0xe10f8000,  // mrs r8, cpsr
        0xea000001,  // b .+12
        0x7fff8000,  // .word 0x7fff8000
        0x40000003,  // .word 0x40000003
    });
    EXPECT_EQ(core.r(2), static_cast<std::uint32_t>(-32768 * 3));
    EXPECT_EQ(core.r(3), 0x7fffu * 3);
    EXPECT_EQ(core.r(4), static_cast<std::uint32_t>((std::int64_t{0x7fff8000} * 0x4000) >> 16));
    EXPECT_EQ(core.r(6) & kSaturated, 0u);
    EXPECT_EQ(core.r(7), 0x7fff'ffffu + 0x7fffu * 0x4000u);  // wraps
    EXPECT_EQ(core.r(8) & kSaturated, kSaturated);
}

TEST(Saturation, StopsAtTheEndsAndKeepsTheFlag) {
    TestCore core;
    core.run({
        0xe3e00102,  // mvn r0, #0x80000000
        0xe3a01001,  // mov r1, #1
        0xe1012050,  // qadd r2, r0, r1
        0xe10f3000,  // mrs r3, cpsr
        0xe1204051,  // qsub r4, r1, r0
        0xe3a05102,  // mov r5, #0x80000000
        0xe1216055,  // qsub r6, r5, r1
        0xe1407051,  // qdadd r7, r1, r0
        0xe10f8000,  // mrs r8, cpsr
        0xe328f000,  // msr cpsr_f, #0
        0xe10f9000,  // mrs r9, cpsr
        0xe161a051,  // qdsub r10, r1, r1
    });
    EXPECT_EQ(core.r(2), 0x7fff'ffffu);
    EXPECT_EQ(core.r(3) & kSaturated, kSaturated);
    EXPECT_EQ(core.r(4), 0x8000'0002u);
    EXPECT_EQ(core.r(6), 0x8000'0000u);
    EXPECT_EQ(core.r(7), 0x7fff'ffffu);
    EXPECT_EQ(core.r(8) & kSaturated, kSaturated);
    EXPECT_EQ(core.r(9) & kSaturated, 0u);
    EXPECT_EQ(core.r(10), 0xffff'ffff);
}

TEST(CountLeadingZeros, IncludesNone) {
    TestCore core;
    core.run({
        0xe16f0f11,  // clz r0, r1
        0xe3a02001,  // mov r2, #1
        0xe16f3f12,  // clz r3, r2
        0xe3e04000,  // mvn r4, #0
        0xe16f5f14,  // clz r5, r4
    });
    EXPECT_EQ(core.r(0), 32u);
    EXPECT_EQ(core.r(3), 31u);
    EXPECT_EQ(core.r(5), 0u);
}

TEST(Transfer, WidthsAndSigns) {
    TestCore core;
    core.put(kDtcmBase + 0x10, 0x8090'a0b0);
    core.set(1, kDtcmBase + 0x10);
    core.run({
        0xe5912000,  // ldr r2, [r1]
        0xe5d13001,  // ldrb r3, [r1, #1]
        0xe1d140d1,  // ldrsb r4, [r1, #1]
        0xe1d150b2,  // ldrh r5, [r1, #2]
        0xe1d160f2,  // ldrsh r6, [r1, #2]
        0xe5c12004,  // strb r2, [r1, #4]
        0xe1c120b6,  // strh r2, [r1, #6]
        0xe5012004,  // str r2, [r1, #-4]
    });
    EXPECT_EQ(core.r(2), 0x8090'a0b0);
    EXPECT_EQ(core.r(3), 0xa0u);
    EXPECT_EQ(core.r(4), 0xffff'ffa0);
    EXPECT_EQ(core.r(5), 0x8090u);
    EXPECT_EQ(core.r(6), 0xffff'8090);
    EXPECT_EQ(core.get(kDtcmBase + 0x14), 0xa0b0'00b0);
    EXPECT_EQ(core.get(kDtcmBase + 0x0c), 0x8090'a0b0);
}

TEST(Transfer, AddressingModes) {
    TestCore core;
    for (std::uint32_t i = 0; i < 16; ++i) core.put(kDtcmBase + 4 * i, 100 + i);
    core.set(1, kDtcmBase);
    core.set(2, 8);
    core.run({
        0xe7913002,  // ldr r3, [r1, r2]
        0xe5b14004,  // ldr r4, [r1, #4]!
        0xe4915008,  // ldr r5, [r1], #8
        0xe71160a2,  // ldr r6, [r1, -r2, lsr #1]
        0xe7b17082,  // ldr r7, [r1, r2, lsl #1]!
        0xe61180c2,  // ldr r8, [r1], -r2, asr #1
    });
    EXPECT_EQ(core.r(3), 102u);
    EXPECT_EQ(core.r(4), 101u);
    EXPECT_EQ(core.r(5), 101u);
    EXPECT_EQ(core.r(6), 102u);
    EXPECT_EQ(core.r(7), 107u);
    EXPECT_EQ(core.r(8), 107u);
    EXPECT_EQ(core.r(1), kDtcmBase + 28 - 4);
}

TEST(Transfer, PairsOfWords) {
    TestCore core;
    core.put(kDtcmBase + 8, 11);
    core.put(kDtcmBase + 12, 12);
    core.set(1, kDtcmBase);
    core.run({
        0xe1e120d8,  // ldrd r2, [r1, #8]!
        0xe0c120f8,  // strd r2, [r1], #8
        0xe10140d1,  // ldrd r4, [r1, -r1]
        0xe3a06008,  // mov r6, #8
        0xe3a07001,  // mov r7, #1
    });
    EXPECT_EQ(core.r(2), 11u);
    EXPECT_EQ(core.r(3), 12u);
    EXPECT_EQ(core.r(1), kDtcmBase + 16);
}

TEST(Transfer, SdramAndItsAliasAreOneMemory) {
    TestCore core;
    core.set(1, kSdramBase + 0x100);
    core.set(2, 0x7000'0100);
    core.set(3, 77);
    core.run({
        0xe5813000,  // str r3, [r1]
        0xe5924000,  // ldr r4, [r2]
        0xe8820018,  // stmia r2, {r3, r4}
        0xe8910060,  // ldmia r1, {r5, r6}
        0xe5d27000,  // ldrb r7, [r2]
        0xe1c140f8,  // strd r4, [r1, #8]
        0xe1c280d8,  // ldrd r8, [r2, #8]
    });
    EXPECT_EQ(core.r(4), 77u);
    EXPECT_EQ(core.r(6), 77u);
    EXPECT_EQ(core.r(7), 77u);
    EXPECT_EQ(core.r(9), 77u);
    EXPECT_EQ(core.cpu.sdram_accesses(), 11u);
}

TEST(Transfer, ConstantsBesideTheCode) {
    TestCore core;
    core.run({
        0xe59f0004,  // ldr r0, [pc, #4]
        0xe1df10b0,  // ldrh r1, [pc, #0]
        0xea000000,  // b .+8
        0x12345678,  // .word 0x12345678
    });
    EXPECT_EQ(core.r(0), 0x1234'5678u);
    EXPECT_EQ(core.r(1), 0x5678u);
}

TEST(Transfer, LoadIntoTheProgramCounterExchanges) {
    TestCore core;
    core.put(kDtcmBase, 0x201);
    core.load_thumb(0x200, {
                               0x2209,  // movs r2, #9
                               0xe7fe,  // b .
                           });
    core.set(1, kDtcmBase);
    core.run({
        0xe591f000,  // ldr pc, [r1]
    });
    EXPECT_EQ(core.r(2), 9u);
    EXPECT_EQ(core.cpsr() & kThumb, kThumb);
}

TEST(BlockTransfer, FourDirections) {
    TestCore core;
    core.set(1, kDtcmBase + 0x40);
    core.run({
        0xe3a02002,  // mov r2, #2
        0xe3a03003,  // mov r3, #3
        0xe8a1000c,  // stmia r1!, {r2, r3}
        0xe9210004,  // stmdb r1!, {r2}
        0xe981000c,  // stmib r1, {r2, r3}
        0xe801000c,  // stmda r1, {r2, r3}
    });
    EXPECT_EQ(core.r(1), kDtcmBase + 0x44);
    EXPECT_EQ(core.get(kDtcmBase + 0x40), 2u);
    EXPECT_EQ(core.get(kDtcmBase + 0x44), 3u);
    EXPECT_EQ(core.get(kDtcmBase + 0x48), 2u);
    EXPECT_EQ(core.get(kDtcmBase + 0x4c), 3u);
}

TEST(BlockTransfer, LoadedBaseWinsOverWriteBack) {
    TestCore core;
    core.put(kDtcmBase, 5);
    core.put(kDtcmBase + 4, 6);
    core.set(1, kDtcmBase);
    core.run({
        0xe8910006,  // ldmia r1, {r1, r2}
    });
    EXPECT_EQ(core.r(1), 5u);
    EXPECT_EQ(core.r(2), 6u);
}

TEST(BlockTransfer, AllSixteenAndBackByReturn) {
    TestCore core;
    core.set(13, kDtcmBase + 0x100);
    core.run({
        0xe3a04004,  // mov r4, #4
        0xe3a0b00b,  // mov r11, #11
        0xeb000001,  // bl .+12
        0xe3a00001,  // mov r0, #1
        0xea000003,  // b .+20
        0xe92d5fff,  // push {r0-r12, lr}
        0xe3a04000,  // mov r4, #0
        0xe3a0b000,  // mov r11, #0
        0xe8bd9fff,  // pop {r0-r12, pc}
    });
    EXPECT_EQ(core.r(0), 1u);
    EXPECT_EQ(core.r(4), 4u);
    EXPECT_EQ(core.r(11), 11u);
    EXPECT_EQ(core.r(13), kDtcmBase + 0x100);
}

TEST(BlockTransfer, EmptyListChangesNothing) {
    TestCore core;
    core.set(1, kDtcmBase);
    core.run({0xe8b1'0000});  // ldmia r1!, {}
    EXPECT_EQ(core.r(1), kDtcmBase);
    EXPECT_FALSE(core.cpu.last_fault());
}

TEST(Swap, WordAndByte) {
    TestCore core;
    core.put(kDtcmBase, 0xa1a2'a3a4);
    core.set(1, kDtcmBase);
    core.set(2, 0xb1b2'b3b4);
    core.run({
        0xe1013092,  // swp r3, r2, [r1]
        0xe1414093,  // swpb r4, r3, [r1]
        0xe1012092,  // swp r2, r2, [r1]
    });
    EXPECT_EQ(core.r(3), 0xa1a2'a3a4);
    EXPECT_EQ(core.r(4), 0xb4u);
    EXPECT_EQ(core.r(2), 0xb1b2'b3a4);
}

TEST(Condition, SkipsWholeRuns) {
    TestCore core;
    core.run({
        0xe3500000,  // cmp r0, #0
        0x13a01001,  // movne r1, #1
        0x12811001,  // addne r1, r1, #1
        0x03a02002,  // moveq r2, #2
        0x02822001,  // addeq r2, r2, #1
        0x02503001,  // subseq r3, r0, #1
        0x03a04004,  // moveq r4, #4
        0x43a05005,  // movmi r5, #5
    });
    EXPECT_EQ(core.r(1), 0u);
    EXPECT_EQ(core.r(2), 3u);
    EXPECT_EQ(core.r(4), 0u);  // the comparison before changed the flags
    EXPECT_EQ(core.r(5), 5u);
}

TEST(Condition, AllFourteen) {
    // Flags N Z C V in the order of the table; each condition sets a bit of r0 if it holds.
    constexpr auto expected = [](std::uint32_t nzcv) {
        const bool n = nzcv & 8, z = nzcv & 4, c = nzcv & 2, v = nzcv & 1;
        const bool holds[] = {z,  !z,      c,       !c,     n,      !n,           v,
                              !v, c && !z, !c || z, n == v, n != v, !z && n == v, z || n != v};
        std::uint32_t bits = 0;
        for (int i = 0; i < 14; ++i) bits |= static_cast<std::uint32_t>(holds[i]) << i;
        return bits;
    };
    for (std::uint32_t nzcv = 0; nzcv < 16; ++nzcv) {
        TestCore core;
        core.set_cpsr(nzcv << 28, 0xf000'0000);
        core.run({
            0x03800001,  // orreq r0, r0, #1<<0
            0x13800002,  // orrne r0, r0, #1<<1
            0x23800004,  // orrcs r0, r0, #1<<2
            0x33800008,  // orrcc r0, r0, #1<<3
            0x43800010,  // orrmi r0, r0, #1<<4
            0x53800020,  // orrpl r0, r0, #1<<5
            0x63800040,  // orrvs r0, r0, #1<<6
            0x73800080,  // orrvc r0, r0, #1<<7
            0x83800c01,  // orrhi r0, r0, #1<<8
            0x93800c02,  // orrls r0, r0, #1<<9
            0xa3800b01,  // orrge r0, r0, #1<<10
            0xb3800b02,  // orrlt r0, r0, #1<<11
            0xc3800a01,  // orrgt r0, r0, #1<<12
            0xd3800a02,  // orrle r0, r0, #1<<13
        });
        EXPECT_EQ(core.r(0), expected(nzcv)) << "NZCV " << nzcv;
        EXPECT_EQ(core.cpsr() >> 28, nzcv);
        // The same by branches: each condition's branch leads past one instruction.
        TestCore jumping;
        jumping.set_cpsr(nzcv << 28, 0xf000'0000);
        jumping.run({
            0x0a000000,  // beq .+8
            0xe3800001,  // orr r0, r0, #1<<0
            0x1a000000,  // bne .+8
            0xe3800002,  // orr r0, r0, #1<<1
            0x2a000000,  // bcs .+8
            0xe3800004,  // orr r0, r0, #1<<2
            0x3a000000,  // bcc .+8
            0xe3800008,  // orr r0, r0, #1<<3
            0x4a000000,  // bmi .+8
            0xe3800010,  // orr r0, r0, #1<<4
            0x5a000000,  // bpl .+8
            0xe3800020,  // orr r0, r0, #1<<5
            0x6a000000,  // bvs .+8
            0xe3800040,  // orr r0, r0, #1<<6
            0x7a000000,  // bvc .+8
            0xe3800080,  // orr r0, r0, #1<<7
            0x8a000000,  // bhi .+8
            0xe3800c01,  // orr r0, r0, #1<<8
            0x9a000000,  // bls .+8
            0xe3800c02,  // orr r0, r0, #1<<9
            0xaa000000,  // bge .+8
            0xe3800b01,  // orr r0, r0, #1<<10
            0xba000000,  // blt .+8
            0xe3800b02,  // orr r0, r0, #1<<11
            0xca000000,  // bgt .+8
            0xe3800a01,  // orr r0, r0, #1<<12
            0xda000000,  // ble .+8
            0xe3800a02,  // orr r0, r0, #1<<13
        });
        EXPECT_EQ(jumping.r(0), ~expected(nzcv) & 0x3fff) << "NZCV " << nzcv;
    }
}

TEST(Branch, LinkAndConditionalLink) {
    TestCore core;
    core.run({
        0xeb000001,  // bl .+12
        0xe3500001,  // cmp r0, #1
        0xea000002,  // b .+16
        0xe3a00001,  // mov r0, #1
        0xe1a0500e,  // mov r5, lr
        0xe12fff1e,  // bx lr
        0xe1a00000,  // nop
    });
    EXPECT_EQ(core.r(0), 1u);
    EXPECT_EQ(core.r(5), TestCore::kProgram + 4);
    EXPECT_EQ(core.cpsr() & kZero, kZero);
    TestCore other;
    other.run({
        0xe3500000,  // cmp r0, #0
        0x1b000001,  // blne .+12
        0x0b000000,  // bleq .+8
        0xe3a01001,  // mov r1, #1
        0xe3a02002,  // mov r2, #2
        0xe1a0300e,  // mov r3, lr
    });
    EXPECT_EQ(other.r(1), 0u);
    EXPECT_EQ(other.r(2), 2u);
    EXPECT_EQ(other.r(3), TestCore::kProgram + 12);
}

TEST(Branch, BetweenArmAndThumb) {
    TestCore core;
    core.load_thumb(0x200, {
                               0x2101,  // movs r1, #1
                               0x4675,  // mov r5, lr
                               0x4770,  // bx lr
                           });
    core.load(0x240, {
                         0xe3a02002,  // mov r2, #2
                         0xe12fff1e,  // bx lr
                     });
    core.load_thumb(0x280, {
                               0xb500,  // push {lr}
                               0x2390,  // movs r3, #0x90
                               0x009b,  // lsls r3, #2
                               0x4798,  // blx r3
                               0xbd00,  // pop {pc}
                           });
    core.set(13, kDtcmBase + 0x100);
    core.set(6, 0x281);
    core.run({
        0xfa00003e,  // .word 0xfa00003e
        0xe1a0400e,  // mov r4, lr
        0xe12fff36,  // blx r6
        0xe3a00007,  // mov r0, #7
    });              // blx 0x200
    EXPECT_EQ(core.r(0), 7u);
    EXPECT_EQ(core.r(1), 1u);
    EXPECT_EQ(core.r(5), TestCore::kProgram + 4);
    EXPECT_EQ(core.r(2), 2u);
    EXPECT_EQ(core.cpsr() & kThumb, 0u);
}

TEST(Thumb, LongBranchWholeAndInHalves) {
    TestCore core;
    core.load_thumb(0x180, {
                               0x3001,  // adds r0, #1
                               0x4672,  // mov r2, lr
                               0x4770,  // bx lr
                           });
    core.run_thumb({0xf000, 0xf83e, 0xe7fe});  // bl 0x180
    EXPECT_EQ(core.r(0), 1u);
    EXPECT_EQ(core.r(2), (TestCore::kProgram + 4) | 1);
    // Entered at its second half, BL goes to r14 + offset.
    TestCore half;
    half.load_thumb(0x180, {
                               0x3001,  // adds r0, #1
                               0xe7fe,  // b .
                           });
    half.load_thumb(0x102, {0xf83e});
    half.set(14, 0x104);
    half.set(15, 0x102);
    half.set_cpsr(kThumb, kThumb);
    half.cpu.run(100);
    EXPECT_EQ(half.r(0), 1u);
    EXPECT_EQ(half.r(14), 0x105u);
}

TEST(Thumb, ExchangeByTheSecondHalf) {
    TestCore core;
    core.load(0x180, {
                         0xe3a00005,  // mov r0, #5
                         0xeafffffe,  // b .
                     });
    core.run_thumb({0xf000, 0xe83e});  // blx 0x180
    EXPECT_EQ(core.r(0), 5u);
    EXPECT_EQ(core.cpsr() & kThumb, 0u);
    EXPECT_EQ(core.r(14), (TestCore::kProgram + 4) | 1);
}

TEST(Thumb, ProgramCounterAsBaseIsWordAligned) {
    TestCore core;
    core.run_thumb({
        0x46c0,  // nop
        0x4801,  // ldr r0, [pc, #4]
        0xa102,  // add r1, pc, #8
        0x467a,  // mov r2, pc
        0xe001,  // b .+6
        0xbeef,  // .hword 0xbeef
        0xdead,  // .hword 0xdead
        0x46c0,  // nop
    });
    EXPECT_EQ(core.r(0), 0xbeef'e001u);
    EXPECT_EQ(core.r(1), TestCore::kProgram + 8 + 8);
    EXPECT_EQ(core.r(2), TestCore::kProgram + 6 + 4);
}

TEST(Status, UserModeMayChangeFlagsOnly) {
    TestCore core;
    core.run({
        0xe321f010,  // msr cpsr_c, #0x10
        0xe3e01000,  // mvn r1, #0
        0xe129f001,  // msr cpsr_fc, r1
        0xe10f0000,  // mrs r0, cpsr
    });
    EXPECT_EQ(core.r(0), 0xf800'0010u);
}

TEST(Status, ModesHaveTheirOwnStackPointers) {
    TestCore core;
    core.run({
        0xe3a0d003,  // mov r13, #3
        0xe321f0d1,  // msr cpsr_c, #0xd1
        0xe3a08008,  // mov r8, #8
        0xe3a0d001,  // mov r13, #1
        0xe321f0d2,  // msr cpsr_c, #0xd2
        0xe3a0d002,  // mov r13, #2
        0xe321f0df,  // msr cpsr_c, #0xdf
        0xe3a0d00f,  // mov r13, #15
        0xe1a00008,  // mov r0, r8
        0xe321f0d1,  // msr cpsr_c, #0xd1
        0xe1a01008,  // mov r1, r8
        0xe1a0200d,  // mov r2, r13
        0xe321f0d2,  // msr cpsr_c, #0xd2
        0xe1a0300d,  // mov r3, r13
        0xe321f0d3,  // msr cpsr_c, #0xd3
        0xe1a0400d,  // mov r4, r13
    });
    EXPECT_EQ(core.r(0), 0u);
    EXPECT_EQ(core.r(1), 8u);
    EXPECT_EQ(core.r(2), 1u);
    EXPECT_EQ(core.r(3), 2u);
    EXPECT_EQ(core.r(4), 3u);
    EXPECT_EQ(core.cpu.registers().banked_r13[0], 15u);
}

TEST(Coprocessor, ControlAndIdentity) {
    TestCore core;
    core.run({
        0xe3a00002,  // mov r0, #2
        0xee010f10,  // mcr p15, 0, r0, c1, c0, 0
        0xee111f10,  // mrc p15, 0, r1, c1, c0, 0
        0xee102f10,  // mrc p15, 0, r2, c0, c0, 0
        0xee070f9a,  // mcr p15, 0, r0, c7, c10, 4
    });
    EXPECT_EQ(core.r(1), 2u);
    EXPECT_EQ(core.r(2) >> 4 & 0xfff, 0x968u);
    EXPECT_EQ(core.cpu.registers().cp15_control, 2u);
}

TEST(Preload, DoesNothing) {
    TestCore core;
    core.run({
        0xf5d0f004,  // pld [r0, #4]
        0xf7d0f101,  // pld [r0, r1, lsl #2]
        0xe3a00001,  // mov r0, #1
    });
    EXPECT_EQ(core.r(0), 1u);
    EXPECT_FALSE(core.cpu.last_fault());
}

}  // namespace
}  // namespace spinnlab::emulator::arm
