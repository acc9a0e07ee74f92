// SPDX-License-Identifier: Apache-2.0
// Loads and stores. A handler serves DTCM and SDRAM itself and leaves ITCM, devices, misaligned
// addresses and aborts to its slow twin, which starts the instruction afresh: nothing has changed
// until the access has succeeded, so the base register is as it was when an abort is taken.
#pragma once

#include <bit>
#include <cstring>

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm::bodies {

constexpr Width width_of(Datum datum) {
    switch (datum) {
        case Datum::Byte:
        case Datum::SignedByte: return Width::Byte;
        case Datum::Half:
        case Datum::SignedHalf: return Width::Half;
        default: return Width::Word;
    }
}
constexpr int log2_width(Datum datum) {
    return width_of(datum) == Width::Word ? 2 : width_of(datum) == Width::Half ? 1 : 0;
}

/// True if `offset` is aligned and below `bytes`, in one comparison: a set low bit rotates to the
/// top.
template <Datum kDatum>
[[gnu::always_inline]] inline bool inside(u32 offset, u32 bytes) {
    constexpr int kShift = log2_width(kDatum);
    constexpr u32 kReserve = kDatum == Datum::Double ? 1 : 0;
    return std::rotr(offset, kShift) < (bytes >> kShift) - kReserve;
}
constexpr u32 sdram_offset(u32 address) { return (address & ~0x1000'0000u) - kSdramBase; }

constexpr u32 extend(Datum datum, u32 value) {
    if (datum == Datum::SignedByte) return static_cast<u32>(static_cast<i8>(value));
    if (datum == Datum::SignedHalf) return static_cast<u32>(static_cast<i16>(value));
    return value;
}

template <Datum kDatum>
[[gnu::always_inline]] inline u32 fetch(const u8* from) {
    if constexpr (width_of(kDatum) == Width::Word) {
        u32 value;
        std::memcpy(&value, from, 4);
        return value;
    } else if constexpr (width_of(kDatum) == Width::Half) {
        u16 value;
        std::memcpy(&value, from, 2);
        return extend(kDatum, value);
    } else {
        return extend(kDatum, *from);
    }
}

template <Datum kDatum>
[[gnu::always_inline]] inline void put(u8* to, u32 value) {
    std::memcpy(to, &value, static_cast<std::size_t>(width_of(kDatum)));
}

/// Address shifts, with the carry only for RRX: type in imm's low byte, bit 8 subtracts.
[[gnu::always_inline]] inline u32 shifted_offset(const Hot& h) {
    const u32 n = h.op().aux;
    const u32 value = h.rm();
    u32 offset = 0;
    switch (static_cast<Operand>(h.op().imm & 0xff)) {
        case Operand::Lsl: offset = value << n; break;
        case Operand::Lsr: offset = static_cast<u32>(u64{value} >> n); break;
        case Operand::Asr: offset = static_cast<u32>(i64{static_cast<i32>(value)} >> n); break;
        case Operand::Ror: offset = std::rotr(value, static_cast<int>(n)); break;
        default: offset = h.c << 31 | value >> 1; break;
    }
    return h.op().imm & 0x100 ? 0u - offset : offset;
}

struct Address {
    u32 access;
    u32 moved;  ///< what a write-back leaves in the base register
};

template <Index kIndex, Offset kOffset>
[[gnu::always_inline]] inline Address address_of(const Hot& h) {
    const u32 base = h.rn();
    u32 moved = base;
    if constexpr (kOffset == Offset::Immediate) moved += h.op().imm;
    if constexpr (kOffset == Offset::Add) moved += h.rm();
    if constexpr (kOffset == Offset::Subtract) moved -= h.rm();
    if constexpr (kOffset == Offset::AddLsl) moved += h.rm() << h.op().aux;
    if constexpr (kOffset == Offset::Shifted) moved += shifted_offset(h);
    return {kIndex == Index::After ? base : moved, moved};
}

template <Index kIndex>
[[gnu::always_inline]] inline void write_back(const Hot& h, const Address& address) {
    if constexpr (kIndex != Index::Plain) h.rn() = address.moved;
}

[[gnu::always_inline]] inline void charge_sdram(Hot& h, Cycles cycles, u32 words) {
    h.take_cycles(cycles * words);
    h.s->sdram_accesses += words;
}

template <Datum kDatum, Index kIndex, Offset kOffset>
[[gnu::always_inline]] inline bool load(Hot& h) {
    const Address address = address_of<kIndex, kOffset>(h);
    u32 value = 0;
    if (const u32 offset = address.access - kDtcmBase; inside<kDatum>(offset, kDtcmBytes)) {
        value = fetch<kDatum>(&h.s->dtcm[offset]);
    } else if (const u32 far = sdram_offset(address.access);
               inside<kDatum>(far, h.s->sdram_bytes)) {
        value = fetch<kDatum>(h.s->sdram + far);
        charge_sdram(h, kSdramReadCycles, 1);
    } else {
        return false;
    }
    write_back<kIndex>(h, address);
    h.rd() = value;
    return h.next();
}

template <Datum kDatum, Index kIndex, Offset kOffset>
void load_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Address address = address_of<kIndex, kOffset>(h);
    s->budget = budget;
    const bool good = s->read(at, address.access, width_of(kDatum));
    h.budget = s->budget;
    if (!good) return abort_data(s, at, nz, c, v, h.budget);
    write_back<kIndex>(h, address);
    h.rd() = extend(kDatum, s->got);
    h.next();
    return dispatch(h);
}

template <Datum kDatum, Index kIndex, Offset kOffset>
[[gnu::always_inline]] inline bool store(Hot& h) {
    const Address address = address_of<kIndex, kOffset>(h);
    const u32 value = h.rd();
    if (const u32 offset = address.access - kDtcmBase; inside<kDatum>(offset, kDtcmBytes)) {
        put<kDatum>(&h.s->dtcm[offset], value);
    } else if (const u32 far = sdram_offset(address.access);
               inside<kDatum>(far, h.s->sdram_bytes)) {
        put<kDatum>(h.s->sdram + far, value);
        charge_sdram(h, kSdramWriteCycles, 1);
    } else {
        return false;
    }
    write_back<kIndex>(h, address);
    return h.next();
}

template <Datum kDatum, Index kIndex, Offset kOffset>
void store_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Address address = address_of<kIndex, kOffset>(h);
    s->budget = budget;
    const bool good = s->write(at, address.access, h.rd(), width_of(kDatum));
    h.budget = s->budget;
    if (!good) return abort_data(s, at, nz, c, v, h.budget);
    write_back<kIndex>(h, address);
    if (s->forget_code) return leave_after(s, at, nz, c, v, h.budget);
    h.next();
    return dispatch(h);
}

template <Index kIndex, Offset kOffset>
[[gnu::always_inline]] inline bool load_double(Hot& h) {
    const Address address = address_of<kIndex, kOffset>(h);
    const u8* from = nullptr;
    h.take_cycles(kInstructionCycles);
    if (const u32 offset = address.access - kDtcmBase; inside<Datum::Double>(offset, kDtcmBytes)) {
        from = &h.s->dtcm[offset];
    } else if (const u32 far = sdram_offset(address.access);
               inside<Datum::Double>(far, h.s->sdram_bytes)) {
        from = h.s->sdram + far;
        charge_sdram(h, kSdramReadCycles, 2);
    } else {
        return false;
    }
    write_back<kIndex>(h, address);
    h.rd() = fetch<Datum::Word>(from);
    h.s->r[h.op().rd + 1] = fetch<Datum::Word>(from + 4);
    return h.next();
}

template <Index kIndex, Offset kOffset>
void load_double_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Address address = address_of<kIndex, kOffset>(h);
    s->budget = budget;
    bool good = s->read(at, address.access, Width::Word);
    const u32 low = s->got;
    good = good && s->read(at, address.access + 4, Width::Word);
    h.budget = s->budget;
    if (!good) return abort_data(s, at, nz, c, v, h.budget);
    write_back<kIndex>(h, address);
    h.rd() = low;
    s->r[h.op().rd + 1] = s->got;
    h.next();
    return dispatch(h);
}

template <Index kIndex, Offset kOffset>
[[gnu::always_inline]] inline bool store_double(Hot& h) {
    const Address address = address_of<kIndex, kOffset>(h);
    u8* to = nullptr;
    h.take_cycles(kInstructionCycles);
    if (const u32 offset = address.access - kDtcmBase; inside<Datum::Double>(offset, kDtcmBytes)) {
        to = &h.s->dtcm[offset];
    } else if (const u32 far = sdram_offset(address.access);
               inside<Datum::Double>(far, h.s->sdram_bytes)) {
        to = h.s->sdram + far;
        charge_sdram(h, kSdramWriteCycles, 2);
    } else {
        return false;
    }
    put<Datum::Word>(to, h.rd());
    put<Datum::Word>(to + 4, h.s->r[h.op().rd + 1]);
    write_back<kIndex>(h, address);
    return h.next();
}

template <Index kIndex, Offset kOffset>
void store_double_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Address address = address_of<kIndex, kOffset>(h);
    s->budget = budget;
    const bool good = s->write(at, address.access, h.rd(), Width::Word) &&
                      s->write(at, address.access + 4, s->r[h.op().rd + 1], Width::Word);
    h.budget = s->budget;
    if (!good) return abort_data(s, at, nz, c, v, h.budget);
    write_back<kIndex>(h, address);
    if (s->forget_code) return leave_after(s, at, nz, c, v, h.budget);
    h.next();
    return dispatch(h);
}

// Block transfers. Operation: imm = register list, rd = distance of the first word from the base
// and aux = movement of the base, both in words, signed. The next cell names the registers in
// order.

struct Block {
    u32 start;
    u32 moved;
};

[[gnu::always_inline]] inline Block block_of(const Hot& h) {
    const u32 base = h.rn();
    return {base + static_cast<u32>(static_cast<i8>(h.op().rd) * 4),
            base + static_cast<u32>(static_cast<i8>(h.op().aux) * 4)};
}

[[gnu::always_inline]] inline bool block_inside(u32 offset, u32 bytes, u32 registers) {
    return std::rotr(offset, 2) < (bytes >> 2) - (registers - 1);
}

template <int kRegisters>
[[gnu::always_inline]] inline bool load_block(Hot& h) {
    const Block block = block_of(h);
    const u8* from = nullptr;
    if (const u32 offset = block.start - kDtcmBase; block_inside(offset, kDtcmBytes, kRegisters)) {
        from = &h.s->dtcm[offset];
    } else if (const u32 far = sdram_offset(block.start);
               block_inside(far, h.s->sdram_bytes, kRegisters)) {
        from = h.s->sdram + far;
        charge_sdram(h, kSdramReadCycles, kRegisters);
    } else {
        return false;
    }
    h.take_cycles(kRegisters - 1);
    h.rn() = block.moved;
#pragma GCC unroll 16
    for (int i = 0; i < kRegisters; ++i) {
        h.s->r[h.at[1].bytes[static_cast<std::size_t>(i)]] = fetch<Datum::Word>(from + 4 * i);
    }
    return h.next(2);
}

template <int kRegisters>
[[gnu::always_inline]] inline bool store_block(Hot& h) {
    const Block block = block_of(h);
    u8* to = nullptr;
    if (const u32 offset = block.start - kDtcmBase; block_inside(offset, kDtcmBytes, kRegisters)) {
        to = &h.s->dtcm[offset];
    } else if (const u32 far = sdram_offset(block.start);
               block_inside(far, h.s->sdram_bytes, kRegisters)) {
        to = h.s->sdram + far;
        charge_sdram(h, kSdramWriteCycles, kRegisters);
    } else {
        return false;
    }
    h.take_cycles(kRegisters - 1);
#pragma GCC unroll 16
    for (int i = 0; i < kRegisters; ++i) {
        put<Datum::Word>(to + 4 * i, h.s->r[h.at[1].bytes[static_cast<std::size_t>(i)]]);
    }
    h.rn() = block.moved;
    return h.next(2);
}

/// Reads all words before it changes any register.
template <bool kUser>
void load_block_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Block block = block_of(h);
    std::array<u32, 16> words{};
    u32 address = block.start;
    s->budget = budget;
    for (u32 left = h.op().imm; left != 0; left &= left - 1, address += 4) {
        if (!s->read(at, address, Width::Word)) return abort_data(s, at, nz, c, v, s->budget);
        words[static_cast<std::size_t>(std::countr_zero(left))] = s->got;
    }
    h.budget = s->budget;
    h.take_cycles(static_cast<Cycles>(std::popcount(h.op().imm) - 1));
    h.rn() = block.moved;
    const u32 mode = s->control & kModeMask;
    if (kUser) s->set_mode(static_cast<u32>(Mode::System));
    for (u32 left = h.op().imm; left != 0; left &= left - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        s->r[i] = words[i];
    }
    if (kUser) s->set_mode(mode);
    h.next(2);
    return dispatch(h);
}

template <bool kUser>
void store_block_anywhere(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    const Block block = block_of(h);
    const u32 mode = s->control & kModeMask;
    if (kUser) s->set_mode(static_cast<u32>(Mode::System));
    const std::array<u32, 16> words = s->r;
    if (kUser) s->set_mode(mode);
    u32 address = block.start;
    s->budget = budget;
    for (u32 left = h.op().imm; left != 0; left &= left - 1, address += 4) {
        const u32 word = words[static_cast<std::size_t>(std::countr_zero(left))];
        if (!s->write(at, address, word, Width::Word))
            return abort_data(s, at, nz, c, v, s->budget);
    }
    h.budget = s->budget;
    h.take_cycles(static_cast<Cycles>(std::popcount(h.op().imm) - 1));
    h.rn() = block.moved;
    if (s->forget_code) return leave_after(s, at, nz, c, v, h.budget);
    h.next(2);
    return dispatch(h);
}

template <bool kByte>
void swap(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    constexpr Width kWidth = kByte ? Width::Byte : Width::Word;
    const u32 address = h.rn();
    s->budget = budget;
    bool good = s->read(at, address, kWidth);
    const u32 old = s->got;
    good = good && s->write(at, address, h.rm(), kWidth);
    h.budget = s->budget;
    if (!good) return abort_data(s, at, nz, c, v, h.budget);
    h.rd() = old;
    if (s->forget_code) return leave_after(s, at, nz, c, v, h.budget);
    h.next();
    return dispatch(h);
}

}  // namespace spinnlab::emulator::arm::bodies
