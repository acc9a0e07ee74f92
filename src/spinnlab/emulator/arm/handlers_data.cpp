// SPDX-License-Identifier: Apache-2.0
// Data processing, multiplication, saturation: what changes registers and flags only.
#include <bit>
#include <limits>
#include <utility>

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm {
namespace {

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

constexpr std::size_t kOperands = 11;

template <std::size_t... kIndex>
constexpr auto data_table(std::index_sequence<kIndex...>) {
    return std::array<Handler, sizeof...(kIndex)>{
        &step<&data<static_cast<Alu>(kIndex / (2 * kOperands)), (kIndex / kOperands) % 2 == 1,
                    static_cast<Operand>(kIndex % kOperands)>>...};
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
    u64 result = kSigned ? static_cast<u64>(i64{static_cast<i32>(h.rm())} *
                                            static_cast<i32>(h.rs()))
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

template <HalfOp kOp>
Handler half_handler(bool x, bool y) {
    constexpr std::array<Handler, 4> kHandlers{
        &step<&multiply_halves<kOp, false, false>>, &step<&multiply_halves<kOp, false, true>>,
        &step<&multiply_halves<kOp, true, false>>, &step<&multiply_halves<kOp, true, true>>};
    return kHandlers[2 * x + y];
}

}  // namespace

Handler data_handler(Alu alu, bool flags, Operand operand) {
    static constexpr auto kTable = data_table(std::make_index_sequence<16 * 2 * kOperands>{});
    return kTable[(static_cast<std::size_t>(alu) * 2 + flags) * kOperands +
                  static_cast<std::size_t>(operand)];
}

Handler arithmetic_handler(const Instruction& in) {
    constexpr std::array<Handler, 4> kMultiply{
        &step<&multiply<false, false>>, &step<&multiply<false, true>>,
        &step<&multiply<true, false>>, &step<&multiply<true, true>>};
    constexpr std::array<Handler, 8> kLong{
        &step<&multiply_long<false, false, false>>, &step<&multiply_long<false, false, true>>,
        &step<&multiply_long<false, true, false>>, &step<&multiply_long<false, true, true>>,
        &step<&multiply_long<true, false, false>>, &step<&multiply_long<true, false, true>>,
        &step<&multiply_long<true, true, false>>, &step<&multiply_long<true, true, true>>};
    switch (in.kind) {
        case Kind::Multiply: return kMultiply[2 * in.accumulate + in.sets_flags];
        case Kind::MultiplyLong:
            return kLong[4 * in.is_signed + 2 * in.accumulate + in.sets_flags];
        case Kind::CountZeros: return &step<&count_zeros>;
        case Kind::StatusRead: return in.spsr ? &step<&saved_status_read> : &step<&status_read>;
        default: break;
    }
    switch (in.half_op) {
        case HalfOp::Smla: return half_handler<HalfOp::Smla>(in.x, in.y);
        case HalfOp::Smlaw: return half_handler<HalfOp::Smlaw>(false, in.y);
        case HalfOp::Smulw: return half_handler<HalfOp::Smulw>(false, in.y);
        case HalfOp::Smlal: return half_handler<HalfOp::Smlal>(in.x, in.y);
        case HalfOp::Smul: return half_handler<HalfOp::Smul>(in.x, in.y);
        case HalfOp::Qadd: return &step<&saturating<HalfOp::Qadd>>;
        case HalfOp::Qsub: return &step<&saturating<HalfOp::Qsub>>;
        case HalfOp::Qdadd: return &step<&saturating<HalfOp::Qdadd>>;
        case HalfOp::Qdsub: return &step<&saturating<HalfOp::Qdsub>>;
    }
    return nullptr;
}

Handler constant_handler() { return &step<&constant>; }
Handler nothing_handler() { return &step<&nothing>; }

}  // namespace spinnlab::emulator::arm
