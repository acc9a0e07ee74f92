// SPDX-License-Identifier: Apache-2.0
// Encodings after the ARM Architecture Reference Manual (DDI 0100), ARMv5TE. Fields that should be
// zero or one are not checked, as the core does not check them.
#include <bit>

#include "spinnlab/emulator/arm/instruction.hpp"

namespace spinnlab::emulator::arm {
namespace {

constexpr u32 field(u32 bits, int low, int width) { return bits >> low & ((1u << width) - 1); }
constexpr u8 reg(u32 bits, int low) { return static_cast<u8>(field(bits, low, 4)); }
constexpr bool bit(u32 bits, int number) { return bits >> number & 1; }
constexpr u32 sign_extend(u32 value, int width) {
    return static_cast<u32>(static_cast<i32>(value << (32 - width)) >> (32 - width));
}

void shift_by_immediate(Instruction& in, u32 type, u32 amount) {
    constexpr Operand kTypes[] = {Operand::Lsl, Operand::Lsr, Operand::Asr, Operand::Ror};
    in.operand = kTypes[type];
    in.amount = static_cast<u8>(amount);
    if (amount == 0) {
        if (type == 0) in.operand = Operand::Register;
        if (type == 1 || type == 2) in.amount = 32;
        if (type == 3) in.operand = Operand::Rrx;
    }
}

void shift_by_register(Instruction& in, u32 type) {
    in.operand = static_cast<Operand>(static_cast<u32>(Operand::LslRegister) + type);
}

void rotated_immediate(Instruction& in, u32 bits) {
    const u32 rotation = 2 * field(bits, 8, 4);
    in.operand = Operand::Immediate;
    in.immediate = std::rotr(field(bits, 0, 8), static_cast<int>(rotation));
    if (rotation != 0) in.carry = in.immediate >> 31 ? ImmediateCarry::Set : ImmediateCarry::Clear;
}

void decode_data(Instruction& in, u32 bits) {
    in.kind = Kind::Data;
    in.alu = static_cast<Alu>(field(bits, 21, 4));
    in.sets_flags = bit(bits, 20);
    in.rn = reg(bits, 16);
    in.rd = reg(bits, 12);
    in.rm = reg(bits, 0);
    if (bit(bits, 25)) {
        rotated_immediate(in, bits);
    } else if (bit(bits, 4)) {
        in.rs = reg(bits, 8);
        shift_by_register(in, field(bits, 5, 2));
    } else {
        shift_by_immediate(in, field(bits, 5, 2), field(bits, 7, 5));
    }
}

void decode_multiply(Instruction& in, u32 bits) {
    const u32 op = field(bits, 21, 4);
    in.rd = reg(bits, 16);
    in.rn = reg(bits, 12);
    in.rs = reg(bits, 8);
    in.rm = reg(bits, 0);
    in.sets_flags = bit(bits, 20);
    in.accumulate = op & 1;
    in.is_signed = op & 2;
    if (op <= 1) in.kind = Kind::Multiply;
    if (op >= 4 && op <= 7) in.kind = Kind::MultiplyLong;
}

void decode_swap(Instruction& in, u32 bits) {
    if (field(bits, 20, 2) != 0 || bit(bits, 23)) return;
    in.kind = Kind::Swap;
    in.datum = bit(bits, 22) ? Datum::Byte : Datum::Word;
    in.rn = reg(bits, 16);
    in.rd = reg(bits, 12);
    in.rm = reg(bits, 0);
}

/// P, U, W, Rn, Rd, which all single transfers share.
void decode_addressing(Instruction& in, u32 bits) {
    in.kind = Kind::Transfer;
    in.before = bit(bits, 24);
    in.add = bit(bits, 23);
    in.writeback = !in.before || bit(bits, 21);
    in.user = !in.before && bit(bits, 21);
    in.rn = reg(bits, 16);
    in.rd = reg(bits, 12);
    in.rm = reg(bits, 0);
}

void offset_by_immediate(Instruction& in, u32 offset) {
    in.operand = Operand::Immediate;
    in.immediate = in.add ? offset : 0u - offset;
    in.add = true;
}

/// Half-words, signed bytes and pairs of words.
void decode_extra_transfer(Instruction& in, u32 bits) {
    decode_addressing(in, bits);
    in.load = bit(bits, 20);
    const u32 type = field(bits, 5, 2);
    if (type == 1) in.datum = Datum::Half;
    if (type == 2) in.datum = in.load ? Datum::SignedByte : Datum::Double;
    if (type == 3) in.datum = in.load ? Datum::SignedHalf : Datum::Double;
    if (!in.load && type == 2) in.load = true;
    if (in.datum == Datum::Double && (in.rd & 1)) {
        in.kind = Kind::Undefined;
        return;
    }
    if (bit(bits, 22))
        offset_by_immediate(in, field(bits, 8, 4) << 4 | field(bits, 0, 4));
    else
        in.operand = Operand::Register;
}

void decode_half_multiply(Instruction& in, u32 bits) {
    in.kind = Kind::MultiplyHalves;
    in.rd = reg(bits, 16);
    in.rn = reg(bits, 12);
    in.rs = reg(bits, 8);
    in.rm = reg(bits, 0);
    in.x = bit(bits, 5);
    in.y = bit(bits, 6);
    switch (field(bits, 21, 2)) {
        case 0: in.half_op = HalfOp::Smla; break;
        case 1: in.half_op = in.x ? HalfOp::Smulw : HalfOp::Smlaw; break;
        case 2: in.half_op = HalfOp::Smlal; break;
        default: in.half_op = HalfOp::Smul; break;
    }
}

/// The space of comparisons without the S bit: status registers, BX, CLZ, saturation, DSP.
void decode_miscellaneous(Instruction& in, u32 bits) {
    const u32 op = field(bits, 21, 2);
    in.rd = reg(bits, 12);
    in.rn = reg(bits, 16);
    in.rm = reg(bits, 0);
    if (bit(bits, 7)) {
        if (!bit(bits, 4)) decode_half_multiply(in, bits);
        return;
    }
    switch (field(bits, 4, 3)) {
        case 0:
            in.spsr = bit(bits, 22);
            in.operand = Operand::Register;
            in.list = static_cast<u16>(field(bits, 16, 4));
            in.kind = bit(bits, 21) ? Kind::StatusWrite : Kind::StatusRead;
            break;
        case 1:
            if (op == 1) in.kind = Kind::BranchToRegister;
            if (op == 3) in.kind = Kind::CountZeros;
            break;
        case 3:
            if (op == 1) {
                in.kind = Kind::BranchToRegister;
                in.link = true;
            }
            break;
        case 5: {
            constexpr HalfOp kOps[] = {HalfOp::Qadd, HalfOp::Qsub, HalfOp::Qdadd, HalfOp::Qdsub};
            in.kind = Kind::Saturate;
            in.half_op = kOps[op];
            break;
        }
        case 7:
            if (op == 1) in.kind = Kind::Breakpoint;
            break;
        default: break;
    }
}

void decode_group_0(Instruction& in, u32 bits) {
    if (bit(bits, 7) && bit(bits, 4)) {
        if (field(bits, 5, 2) != 0)
            decode_extra_transfer(in, bits);
        else if (bit(bits, 24))
            decode_swap(in, bits);
        else
            decode_multiply(in, bits);
    } else if (field(bits, 23, 2) == 2 && !bit(bits, 20)) {
        decode_miscellaneous(in, bits);
    } else {
        decode_data(in, bits);
    }
}

void decode_group_1(Instruction& in, u32 bits) {
    if (field(bits, 23, 2) == 2 && !bit(bits, 20)) {
        if (!bit(bits, 21)) return;
        in.kind = Kind::StatusWrite;
        in.spsr = bit(bits, 22);
        in.list = static_cast<u16>(field(bits, 16, 4));
        rotated_immediate(in, bits);
        return;
    }
    decode_data(in, bits);
}

void decode_transfer(Instruction& in, u32 bits) {
    if (bit(bits, 25) && bit(bits, 4)) return;
    decode_addressing(in, bits);
    in.load = bit(bits, 20);
    in.datum = bit(bits, 22) ? Datum::Byte : Datum::Word;
    if (bit(bits, 25))
        shift_by_immediate(in, field(bits, 5, 2), field(bits, 7, 5));
    else
        offset_by_immediate(in, field(bits, 0, 12));
}

void decode_block_transfer(Instruction& in, u32 bits) {
    in.kind = Kind::TransferBlock;
    in.before = bit(bits, 24);
    in.add = bit(bits, 23);
    in.user = bit(bits, 22);
    in.writeback = bit(bits, 21);
    in.load = bit(bits, 20);
    in.rn = reg(bits, 16);
    in.list = static_cast<u16>(bits);
}

Instruction decode_unconditional(Instruction in, u32 bits) {
    in.condition = Condition::Al;
    if (field(bits, 25, 3) == 5) {
        in.kind = Kind::BranchExchange;
        in.link = true;
        in.immediate = 8 + (sign_extend(field(bits, 0, 24), 24) << 2 | field(bits, 24, 1) << 1);
    } else if (field(bits, 26, 2) == 1 && field(bits, 20, 3) == 5 && bit(bits, 24)) {
        decode_transfer(in, bits);
        in.kind = Kind::Preload;
    }
    return in;
}

}  // namespace

Instruction decode_arm(u32 bits) {
    Instruction in;
    in.bits = bits;
    if (field(bits, 28, 4) == 15) return decode_unconditional(in, bits);
    in.condition = static_cast<Condition>(field(bits, 28, 4));
    switch (field(bits, 25, 3)) {
        case 0: decode_group_0(in, bits); break;
        case 1: decode_group_1(in, bits); break;
        case 2:
        case 3: decode_transfer(in, bits); break;
        case 4: decode_block_transfer(in, bits); break;
        case 5:
            in.kind = Kind::Branch;
            in.link = bit(bits, 24);
            in.immediate = 8 + (sign_extend(field(bits, 0, 24), 24) << 2);
            break;
        case 7:
            if (bit(bits, 24)) {
                in.kind = Kind::Interrupt;
                in.immediate = field(bits, 0, 24);
            } else if (bit(bits, 4)) {
                in.kind = Kind::Coprocessor;
                in.load = bit(bits, 20);
                in.rd = reg(bits, 12);
            }
            break;
        default: break;
    }
    return in;
}

namespace {

Instruction thumb_data(u16 bits, Alu alu, u32 rd, u32 rn) {
    Instruction in;
    in.bits = bits;
    in.bytes = 2;
    in.kind = Kind::Data;
    in.alu = alu;
    in.sets_flags = true;
    in.rd = static_cast<u8>(rd);
    in.rn = static_cast<u8>(rn);
    return in;
}

/// 0x0000 to 0x3fff: shifts, additions, and moves and comparisons with an immediate.
Instruction decode_thumb_low(u16 bits) {
    const u32 low = field(bits, 0, 3);
    const u32 middle = field(bits, 3, 3);
    if (field(bits, 11, 2) != 3 && bits < 0x2000) {
        Instruction in = thumb_data(bits, Alu::Mov, low, 0);
        in.rm = static_cast<u8>(middle);
        shift_by_immediate(in, field(bits, 11, 2), field(bits, 6, 5));
        return in;
    }
    if (bits < 0x2000) {
        Instruction in = thumb_data(bits, bit(bits, 9) ? Alu::Sub : Alu::Add, low, middle);
        in.operand = bit(bits, 10) ? Operand::Immediate : Operand::Register;
        in.immediate = field(bits, 6, 3);
        in.rm = reg(field(bits, 6, 3), 0);
        return in;
    }
    constexpr Alu kOps[] = {Alu::Mov, Alu::Cmp, Alu::Add, Alu::Sub};
    const u32 rd = field(bits, 8, 3);
    Instruction in = thumb_data(bits, kOps[field(bits, 11, 2)], rd, rd);
    in.immediate = field(bits, 0, 8);
    return in;
}

/// 0x4000 to 0x43ff: two-register arithmetic.
Instruction decode_thumb_alu(u16 bits) {
    const u32 rd = field(bits, 0, 3);
    const u32 rm = field(bits, 3, 3);
    Instruction in = thumb_data(bits, Alu::And, rd, rd);
    in.rm = static_cast<u8>(rm);
    in.operand = Operand::Register;
    const auto shift = [&](u32 type) {
        in.alu = Alu::Mov;
        in.rm = static_cast<u8>(rd);
        in.rs = static_cast<u8>(rm);
        shift_by_register(in, type);
    };
    switch (field(bits, 6, 4)) {
        case 0: in.alu = Alu::And; break;
        case 1: in.alu = Alu::Eor; break;
        case 2: shift(0); break;
        case 3: shift(1); break;
        case 4: shift(2); break;
        case 5: in.alu = Alu::Adc; break;
        case 6: in.alu = Alu::Sbc; break;
        case 7: shift(3); break;
        case 8: in.alu = Alu::Tst; break;
        case 9:
            in.alu = Alu::Rsb;
            in.rn = static_cast<u8>(rm);
            in.operand = Operand::Immediate;
            break;
        case 10: in.alu = Alu::Cmp; break;
        case 11: in.alu = Alu::Cmn; break;
        case 12: in.alu = Alu::Orr; break;
        case 13:
            in.kind = Kind::Multiply;
            in.rs = static_cast<u8>(rd);
            break;
        case 14: in.alu = Alu::Bic; break;
        default: in.alu = Alu::Mvn; break;
    }
    return in;
}

/// 0x4400 to 0x47ff: high registers, BX, BLX.
Instruction decode_thumb_high(u16 bits) {
    const u32 rd = field(bits, 0, 3) | field(bits, 7, 1) << 3;
    const u32 op = field(bits, 8, 2);
    constexpr Alu kOps[] = {Alu::Add, Alu::Cmp, Alu::Mov, Alu::Mov};
    Instruction in = thumb_data(bits, kOps[op], rd, rd);
    in.rm = reg(bits, 3);
    in.operand = Operand::Register;
    in.sets_flags = op == 1;
    if (op == 3) {
        in.kind = Kind::BranchToRegister;
        in.link = bit(bits, 7);
    }
    return in;
}

Instruction thumb_transfer(u16 bits, Datum datum, bool load, u32 rd, u32 rn) {
    Instruction in;
    in.bits = bits;
    in.bytes = 2;
    in.kind = Kind::Transfer;
    in.datum = datum;
    in.load = load;
    in.rd = static_cast<u8>(rd);
    in.rn = static_cast<u8>(rn);
    return in;
}

/// 0x4800 to 0x9fff: single transfers.
Instruction decode_thumb_transfer(u16 bits) {
    const u32 low = field(bits, 0, 3);
    const u32 middle = field(bits, 3, 3);
    const u32 imm5 = field(bits, 6, 5);
    const u32 imm8 = field(bits, 0, 8);
    Instruction in;
    if (bits < 0x5000) {
        in = thumb_transfer(bits, Datum::Word, true, field(bits, 8, 3), 15);
        in.word_aligned_pc = true;
        in.immediate = imm8 * 4;
    } else if (bits < 0x6000) {
        constexpr Datum kData[] = {Datum::Word, Datum::Half, Datum::Byte, Datum::SignedByte,
                                   Datum::Word, Datum::Half, Datum::Byte, Datum::SignedHalf};
        const u32 op = field(bits, 9, 3);
        in = thumb_transfer(bits, kData[op], op >= 3, low, middle);
        in.operand = Operand::Register;
        in.rm = static_cast<u8>(field(bits, 6, 3));
    } else if (bits < 0x8000) {
        const bool byte = bit(bits, 12);
        in = thumb_transfer(bits, byte ? Datum::Byte : Datum::Word, bit(bits, 11), low, middle);
        in.immediate = byte ? imm5 : imm5 * 4;
    } else if (bits < 0x9000) {
        in = thumb_transfer(bits, Datum::Half, bit(bits, 11), low, middle);
        in.immediate = imm5 * 2;
    } else {
        in = thumb_transfer(bits, Datum::Word, bit(bits, 11), field(bits, 8, 3), 13);
        in.immediate = imm8 * 4;
    }
    return in;
}

Instruction thumb_block_transfer(u16 bits, bool load, u32 rn, u32 list) {
    Instruction in;
    in.bits = bits;
    in.bytes = 2;
    in.kind = Kind::TransferBlock;
    in.load = load;
    in.rn = static_cast<u8>(rn);
    in.list = static_cast<u16>(list);
    in.before = false;
    in.writeback = true;
    return in;
}

/// 0xa000 to 0xcfff: addresses, stack, blocks.
Instruction decode_thumb_stack(u16 bits) {
    const u32 imm8 = field(bits, 0, 8);
    if (bits < 0xb000) {
        Instruction in = thumb_data(bits, Alu::Add, field(bits, 8, 3), bit(bits, 11) ? 13 : 15);
        in.sets_flags = false;
        in.word_aligned_pc = true;
        in.immediate = imm8 * 4;
        return in;
    }
    if (bits >= 0xc000) {
        const u32 rn = field(bits, 8, 3);
        return thumb_block_transfer(bits, bit(bits, 11), rn, imm8);
    }
    Instruction in;
    in.bits = bits;
    in.bytes = 2;
    switch (field(bits, 8, 4)) {
        case 0x0:
            in = thumb_data(bits, bit(bits, 7) ? Alu::Sub : Alu::Add, 13, 13);
            in.sets_flags = false;
            in.immediate = field(bits, 0, 7) * 4;
            break;
        case 0x4:
        case 0x5:
            in = thumb_block_transfer(bits, false, 13, imm8 | field(bits, 8, 1) << 14);
            in.add = false;
            in.before = true;
            break;
        case 0xc:
        case 0xd: in = thumb_block_transfer(bits, true, 13, imm8 | field(bits, 8, 1) << 15); break;
        case 0xe: in.kind = Kind::Breakpoint; break;
        default: break;
    }
    return in;
}

/// 0xd000 to 0xffff: branches and SWI.
Instruction decode_thumb_branch(u16 bits) {
    Instruction in;
    in.bits = bits;
    in.bytes = 2;
    const u32 imm11 = field(bits, 0, 11);
    switch (field(bits, 11, 5)) {
        case 0x1a:
        case 0x1b:
            if (field(bits, 8, 4) == 14) break;
            if (field(bits, 8, 4) == 15) {
                in.kind = Kind::Interrupt;
                in.immediate = field(bits, 0, 8);
            } else {
                in.kind = Kind::Branch;
                in.condition = static_cast<Condition>(field(bits, 8, 4));
                in.immediate = 4 + (sign_extend(field(bits, 0, 8), 8) << 1);
            }
            break;
        case 0x1c:
            in.kind = Kind::Branch;
            in.immediate = 4 + (sign_extend(imm11, 11) << 1);
            break;
        case 0x1d:
            if (bit(bits, 0)) break;
            in.kind = Kind::BranchExchange;
            in.link = true;
            in.immediate = imm11 << 1;
            break;
        case 0x1e:
            in.kind = Kind::BranchPrefix;
            in.immediate = 4 + (sign_extend(imm11, 11) << 12);
            break;
        default:
            in.kind = Kind::BranchSuffix;
            in.link = true;
            in.immediate = imm11 << 1;
            break;
    }
    return in;
}

}  // namespace

Instruction decode_thumb(u16 bits) {
    if (bits < 0x4000) return decode_thumb_low(bits);
    if (bits < 0x4400) return decode_thumb_alu(bits);
    if (bits < 0x4800) return decode_thumb_high(bits);
    if (bits < 0xa000) return decode_thumb_transfer(bits);
    if (bits < 0xd000) return decode_thumb_stack(bits);
    return decode_thumb_branch(bits);
}

}  // namespace spinnlab::emulator::arm
