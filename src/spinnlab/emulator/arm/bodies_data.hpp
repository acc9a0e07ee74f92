// SPDX-License-Identifier: Apache-2.0
// Bodies of data processing, multiplication, saturation: what changes registers and flags only.
#pragma once

#include <bit>
#include <limits>

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm::bodies {

struct Shifted {
    u32 value;
    u32 carry;
};

constexpr u32 asr(u32 value, u32 amount) {
    return static_cast<u32>(static_cast<i32>(value) >> (amount < 31 ? amount : 31));
}

/// Second operand with a shift by register: amounts 0 to 255, ARM ARM A5.1.
template <Operand kOperand>
[[gnu::always_inline]] inline Shifted shift_by_register(const Hot& h) {
    const u32 value = h.rm();
    const u32 n = h.rs() & 0xff;
    if constexpr (kOperand == Operand::LslRegister) {
        const u64 wide = n > 33 ? 0 : u64{value} << n;
        return {static_cast<u32>(wide), n == 0 ? h.c : static_cast<u32>(wide >> 32 & 1)};
    } else if constexpr (kOperand == Operand::LsrRegister) {
        const u64 wide = n > 33 ? 0 : (u64{value} << 1) >> n;  // bit 0 is the last one out
        return {static_cast<u32>(wide >> 1), n == 0 ? h.c : static_cast<u32>(wide & 1)};
    } else if constexpr (kOperand == Operand::AsrRegister) {
        const u32 m = n > 32 ? 32 : n;
        const i64 wide = (i64{static_cast<i32>(value)} * 2) >> m;
        return {static_cast<u32>(wide >> 1), n == 0 ? h.c : static_cast<u32>(wide & 1)};
    } else {
        const u32 rotated = std::rotr(value, static_cast<int>(n & 31));
        return {rotated, n == 0 ? h.c : rotated >> 31};
    }
}

template <Operand kOperand>
[[gnu::always_inline]] inline Shifted second_operand(const Hot& h) {
    const u32 n = h.op().aux;
    if constexpr (kOperand == Operand::Immediate) {
        return {h.op().imm, n == static_cast<u32>(ImmediateCarry::Keep) ? h.c : n};
    } else if constexpr (kOperand == Operand::Register) {
        return {h.rm(), h.c};
    } else if constexpr (kOperand == Operand::Lsl) {
        return {h.rm() << n, h.rm() >> (32 - n) & 1};
    } else if constexpr (kOperand == Operand::Lsr) {
        return {static_cast<u32>(u64{h.rm()} >> n), h.rm() >> (n - 1) & 1};
    } else if constexpr (kOperand == Operand::Asr) {
        return {asr(h.rm(), n), h.rm() >> (n - 1) & 1};
    } else if constexpr (kOperand == Operand::Ror) {
        const u32 rotated = std::rotr(h.rm(), static_cast<int>(n));
        return {rotated, rotated >> 31};
    } else if constexpr (kOperand == Operand::Rrx) {
        return {h.c << 31 | h.rm() >> 1, h.rm() & 1};
    } else {
        return shift_by_register<kOperand>(h);
    }
}

template <bool kFlags>
[[gnu::always_inline]] inline u32 add(Hot& h, u32 a, u32 b, u32 carry) {
    const u64 wide = u64{a} + b + carry;
    const auto result = static_cast<u32>(wide);
    if constexpr (kFlags) {
        h.set_nz(result);
        h.c = static_cast<u32>(wide >> 32);
        h.v = (a ^ result) & (b ^ result);
    }
    return result;
}

/// a - b without borrow; the carry flag means "no borrow".
template <bool kFlags>
[[gnu::always_inline]] inline u32 subtract(Hot& h, u32 a, u32 b) {
    const u32 result = a - b;
    if constexpr (kFlags) {
        h.set_nz(result);
        h.c = a >= b;
        h.v = (a ^ b) & (a ^ result);
    }
    return result;
}

template <Alu kAlu, bool kFlags, Operand kOperand>
[[gnu::always_inline]] inline bool data(Hot& h) {
    const Shifted second = second_operand<kOperand>(h);
    const u32 b = second.value;
    const u32 a = has_first_operand(kAlu) ? h.rn() : 0;
    u32 result = 0;
    switch (kAlu) {
        case Alu::And:
        case Alu::Tst: result = a & b; break;
        case Alu::Eor:
        case Alu::Teq: result = a ^ b; break;
        case Alu::Sub:
        case Alu::Cmp: result = subtract<kFlags>(h, a, b); break;
        case Alu::Rsb: result = subtract<kFlags>(h, b, a); break;
        case Alu::Add:
        case Alu::Cmn: result = add<kFlags>(h, a, b, 0); break;
        case Alu::Adc: result = add<kFlags>(h, a, b, h.c); break;
        case Alu::Sbc: result = add<kFlags>(h, a, ~b, h.c); break;
        case Alu::Rsc: result = add<kFlags>(h, b, ~a, h.c); break;
        case Alu::Orr: result = a | b; break;
        case Alu::Mov: result = b; break;
        case Alu::Bic: result = a & ~b; break;
        case Alu::Mvn: result = ~b; break;
    }
    if constexpr (kFlags && is_logical(kAlu)) {
        h.set_nz(result);
        h.c = second.carry;
    }
    if constexpr (!is_comparison(kAlu)) h.rd() = result;
    return h.next();
}

template <bool kAccumulate, bool kFlags>
[[gnu::always_inline]] inline bool multiply(Hot& h) {
    const u32 result = h.rm() * h.rs() + (kAccumulate ? h.rn() : 0);
    if constexpr (kFlags) h.set_nz(result);
    h.rd() = result;
    return h.next();
}

/// rd:rn = rm * rs (+ rd:rn).
template <bool kSigned, bool kAccumulate, bool kFlags>
[[gnu::always_inline]] inline bool multiply_long(Hot& h) {
    u64 result = kSigned
                     ? static_cast<u64>(i64{static_cast<i32>(h.rm())} * static_cast<i32>(h.rs()))
                     : u64{h.rm()} * h.rs();
    if constexpr (kAccumulate) result += u64{h.rd()} << 32 | h.rn();
    if constexpr (kFlags) {
        h.nz = static_cast<i64>((result & (u64{1} << 63)) | (result != 0 ? 1 : 0));
    }
    h.rn() = static_cast<u32>(result);
    h.rd() = static_cast<u32>(result >> 32);
    return h.next();
}

constexpr i64 half(u32 value, bool top) {
    return top ? static_cast<i32>(value) >> 16 : static_cast<i16>(value);
}

[[gnu::always_inline]] inline u32 add_noting_overflow(const Hot& h, i64 a, u32 b) {
    const i64 sum = a + static_cast<i32>(b);
    if (sum != static_cast<i32>(sum)) h.s->saturated = 1;
    return static_cast<u32>(sum);
}

template <HalfOp kOp, bool kX, bool kY>
[[gnu::always_inline]] inline bool multiply_halves(Hot& h) {
    constexpr bool kWide = kOp == HalfOp::Smlaw || kOp == HalfOp::Smulw;
    const i64 a = kWide ? i64{static_cast<i32>(h.rm())} : half(h.rm(), kX);
    const i64 product = a * half(h.rs(), kY) >> (kWide ? 16 : 0);
    if constexpr (kOp == HalfOp::Smla || kOp == HalfOp::Smlaw) {
        h.rd() = add_noting_overflow(h, product, h.rn());
    } else if constexpr (kOp == HalfOp::Smlal) {
        const u64 sum = static_cast<u64>(product) + (u64{h.rd()} << 32 | h.rn());
        h.rn() = static_cast<u32>(sum);
        h.rd() = static_cast<u32>(sum >> 32);
    } else {
        h.rd() = static_cast<u32>(product);
    }
    return h.next();
}

[[gnu::always_inline]] inline i64 saturate(const Hot& h, i64 value) {
    const i64 limited = value > std::numeric_limits<i32>::max()   ? std::numeric_limits<i32>::max()
                        : value < std::numeric_limits<i32>::min() ? std::numeric_limits<i32>::min()
                                                                  : value;
    if (limited != value) h.s->saturated = 1;
    return limited;
}

template <HalfOp kOp>
[[gnu::always_inline]] inline bool saturating(Hot& h) {
    constexpr bool kDouble = kOp == HalfOp::Qdadd || kOp == HalfOp::Qdsub;
    constexpr bool kSubtract = kOp == HalfOp::Qsub || kOp == HalfOp::Qdsub;
    const i64 a = static_cast<i32>(h.rm());
    i64 b = static_cast<i32>(h.rn());
    if constexpr (kDouble) b = saturate(h, 2 * b);
    h.rd() = static_cast<u32>(saturate(h, kSubtract ? a - b : a + b));
    return h.next();
}

[[gnu::always_inline]] inline bool count_zeros(Hot& h) {
    h.rd() = static_cast<u32>(std::countl_zero(h.rm()));
    return h.next();
}

[[gnu::always_inline]] inline bool status_read(Hot& h) {
    h.s->nz = h.nz;
    h.s->c = h.c;
    h.s->v = h.v;
    h.s->entry = 0;  // MRS exists in ARM state only
    h.rd() = h.s->cpsr();
    return h.next();
}

[[gnu::always_inline]] inline bool saved_status_read(Hot& h) {
    h.rd() = h.s->present_spsr();
    return h.next();
}

[[gnu::always_inline]] inline bool constant(Hot& h) {
    h.rd() = h.op().imm;
    return h.next();
}

[[gnu::always_inline]] inline bool nothing(Hot& h) { return h.next(); }

}  // namespace spinnlab::emulator::arm::bodies
