// SPDX-License-Identifier: Apache-2.0
// One decoded instruction: what translation and disassembly both start from. A Thumb instruction is
// described by the ARM instruction that does the same.
#pragma once

#include "spinnlab/emulator/arm/integers.hpp"

namespace spinnlab::emulator::arm {

enum class Kind : u8 {
    Undefined,
    Data,              ///< alu, sets_flags, rd, rn, second operand
    Multiply,          ///< rd = rm * rs (+ rn with accumulate)
    MultiplyLong,      ///< rd:rn = rm * rs (+ rd:rn); is_signed
    MultiplyHalves,    ///< half_op, x and y pick halves
    Saturate,          ///< rd = rm +- (2 *) rn; half_op
    CountZeros,        ///< rd = clz(rm)
    Transfer,          ///< load or store of one value (or two, Width64)
    TransferBlock,     ///< LDM, STM
    Swap,              ///< rd = [rn], [rn] = rm
    Preload,           ///< PLD, a hint
    Branch,            ///< to pc + immediate; link
    BranchToRegister,  ///< BX, BLX rm
    BranchExchange,    ///< BLX to Thumb (or, in Thumb, the second half of BLX): immediate
    BranchPrefix,      ///< Thumb BL, first half: r14 = pc + immediate
    BranchSuffix,      ///< Thumb BL, second half: to r14 + immediate
    StatusRead,        ///< MRS; spsr
    StatusWrite,       ///< MSR; spsr, list = field mask
    Coprocessor,       ///< MRC, MCR: fields stand in `bits`
    Interrupt,         ///< SWI
    Breakpoint,        ///< BKPT: takes the prefetch abort
};

/// In the order of the encoding.
enum class Alu : u8 {
    And,
    Eor,
    Sub,
    Rsb,
    Add,
    Adc,
    Sbc,
    Rsc,
    Tst,
    Teq,
    Cmp,
    Cmn,
    Orr,
    Mov,
    Bic,
    Mvn
};

[[nodiscard]] constexpr bool is_logical(Alu alu) {
    return alu == Alu::And || alu == Alu::Eor || alu == Alu::Tst || alu == Alu::Teq ||
           alu >= Alu::Orr;
}
[[nodiscard]] constexpr bool is_comparison(Alu alu) { return alu >= Alu::Tst && alu <= Alu::Cmn; }
[[nodiscard]] constexpr bool has_first_operand(Alu alu) {
    return alu != Alu::Mov && alu != Alu::Mvn;
}
[[nodiscard]] constexpr bool uses_carry(Alu alu) {
    return alu == Alu::Adc || alu == Alu::Sbc || alu == Alu::Rsc;
}

/// Second operand of data processing, or offset of a transfer. Shifts by an immediate have amounts
/// 1 to 31 (left, rotate) or 1 to 32 (right); what the encoding calls LSL #0 is Register.
enum class Operand : u8 {
    Immediate,
    Register,
    Lsl,
    Lsr,
    Asr,
    Ror,
    Rrx,
    LslRegister,
    LsrRegister,
    AsrRegister,
    RorRegister,
};

/// What a flag-setting logical instruction with an immediate does to the carry.
enum class ImmediateCarry : u8 { Clear = 0, Set = 1, Keep = 2 };

enum class Datum : u8 { Word, Byte, Half, SignedByte, SignedHalf, Double };

enum class HalfOp : u8 { Smla, Smlaw, Smulw, Smlal, Smul, Qadd, Qsub, Qdadd, Qdsub };

enum class Condition : u8 { Eq, Ne, Cs, Cc, Mi, Pl, Vs, Vc, Hi, Ls, Ge, Lt, Gt, Le, Al };

struct Instruction {
    Kind kind = Kind::Undefined;
    Condition condition = Condition::Al;
    u8 bytes = 4;  ///< 4 in ARM state, 2 in Thumb state
    bool sets_flags = false;
    Alu alu = Alu::And;
    Operand operand = Operand::Immediate;
    u8 amount = 0;  ///< of a shift by an immediate
    ImmediateCarry carry = ImmediateCarry::Keep;
    u8 rd = 0, rn = 0, rm = 0, rs = 0;
    u32 immediate = 0;  ///< two's complement where it is an offset
    Datum datum = Datum::Word;
    HalfOp half_op = HalfOp::Smla;
    bool accumulate = false;
    bool is_signed = false;
    bool x = false, y = false;  ///< top halves
    bool load = false;
    bool add = true;     ///< the register offset is added; up, in block transfers
    bool before = true;  ///< pre-indexed; the address moves before each word of a block
    bool writeback = false;
    bool user = false;  ///< LDRT and the like; the S bit of block transfers
    bool link = false;
    bool spsr = false;
    bool word_aligned_pc = false;  ///< Thumb: r15 as base reads as a multiple of four
    u16 list = 0;                  ///< registers of a block transfer; field mask of MSR
    u32 bits = 0;                  ///< the encoding
};

[[nodiscard]] Instruction decode_arm(u32 bits);
[[nodiscard]] Instruction decode_thumb(u16 bits);

}  // namespace spinnlab::emulator::arm
