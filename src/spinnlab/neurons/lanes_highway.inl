// SPDX-License-Identifier: Apache-2.0
// Neurons side by side in one register or two, for the instruction set that the file is compiled
// for. Only kernels_*.cpp include this; see tools/check_isa_symbols.py for why they include little
// else.
#include <hwy/highway.h>

#include <cstdint>
#include <type_traits>

#include "spinnlab/neurons/constant.hpp"

namespace spinnlab::neurons::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// One register.
struct Register {
    static constexpr hn::CappedTag<std::int32_t, 16> kInts{};
    static constexpr hn::RebindToUnsigned<hn::CappedTag<std::int32_t, 16>> kWords{};
    static constexpr hn::Repartition<std::uint64_t, hn::CappedTag<std::int32_t, 16>> kWide{};
    using Int = hn::Vec<decltype(kInts)>;
    using Word = hn::Vec<decltype(kWords)>;
    using Mask = hn::Mask<decltype(kInts)>;
    template <bool kUniform>
    using Held = Int;
    static constexpr std::uint32_t kWidth = hn::MaxLanes(kInts);

    static HWY_INLINE Int load(const std::int32_t* from) { return hn::LoadU(kInts, from); }
    static HWY_INLINE Int load(const std::uint32_t* from) {
        return hn::BitCast(kInts, hn::LoadU(kWords, from));
    }
    static HWY_INLINE void store(Int x, std::int32_t* to) { hn::StoreU(x, kInts, to); }
    static HWY_INLINE void store(Int x, std::uint32_t* to) {
        hn::StoreU(hn::BitCast(kWords, x), kWords, to);
    }
    static HWY_INLINE Int set(std::int32_t x) { return hn::Set(kInts, x); }
    static HWY_INLINE Int same(std::int32_t x) { return set(x); }
    static HWY_INLINE Int whole(Int x) { return x; }
    static HWY_INLINE Int zero() { return hn::Zero(kInts); }

    static HWY_INLINE Int add(Int a, Int b) { return hn::Add(a, b); }
    static HWY_INLINE Int sub(Int a, Int b) { return hn::Sub(a, b); }
    static HWY_INLINE Int bit_and(Int a, Int b) { return hn::And(a, b); }
    static HWY_INLINE Int bit_or(Int a, Int b) { return hn::Or(a, b); }
    template <int kBits>
    static HWY_INLINE Int shift_right(Int a) {  // arithmetic
        return hn::ShiftRight<kBits>(a);
    }
    static HWY_INLINE Int shift_left(Int a, int bits) { return hn::ShiftLeftSame(a, bits); }

    /// s16.15 product, rounded down.
    static HWY_INLINE Int mul(Int a, Int b) {
        return product(hn::MulEven(a, b), hn::MulEven(hn::DupOdd(a), hn::DupOdd(b)));
    }
    template <bool kUniform>
    static HWY_INLINE Int mul(Int a, Constant<Register, kUniform> b) {
        return product(hn::MulEven(a, b.value), hn::MulEven(hn::DupOdd(a), odd(b)));
    }
    /// s16.15 times an s16.15 number in [0, 1], rounded down. As u0.32, b is b x 2^17.
    template <bool kUniform>
    static HWY_INLINE Int mul_unit(Int a, Constant<Register, kUniform> b) {
        if constexpr (kWidth == 16) {  // masked instructions take the upper halves and add
            const Constant<Register, kUniform> fraction{hn::ShiftLeft<17>(b.value)};
            return add_where(hn::Lt(set((1 << 14) - 1), b.value), high(a, fraction), a);
        } else {
            return mul(a, b);
        }
    }
    /// s16.15 times u0.32, rounded down. The multiplication takes a fraction of 1/2 or more as that
    /// fraction less 1, so what it lacks is a.
    template <bool kUniform>
    static HWY_INLINE Int decay(Int a, Constant<Register, kUniform> fraction) {
        return add_where(hn::Lt(fraction.value, zero()), high(a, fraction), a);
    }
    /// The same of numbers that are not negative: an unsigned product.
    template <bool kUniform>
    static HWY_INLINE Int decay_positive(Int a, Constant<Register, kUniform> fraction) {
        const Word x = hn::BitCast(kWords, a);
        const auto even = hn::MulEven(x, hn::BitCast(kWords, fraction.value));
        const auto odds = hn::MulEven(hn::DupOdd(x), hn::BitCast(kWords, odd(fraction)));
        return upper(hn::BitCast(kInts, even), hn::BitCast(kInts, odds));
    }

    static HWY_INLINE Mask less(Int a, Int b) { return hn::Lt(a, b); }
    static HWY_INLINE Mask less_unsigned(Int a, Int b) {
        return hn::RebindMask(kInts, hn::Lt(hn::BitCast(kWords, a), hn::BitCast(kWords, b)));
    }
    static HWY_INLINE Mask both(Mask a, Mask b) { return hn::And(a, b); }
    static HWY_INLINE Mask inverse(Mask a) { return hn::Not(a); }
    static HWY_INLINE Int select(Mask condition, Int yes, Int no) {
        return hn::IfThenElse(condition, yes, no);
    }
    static HWY_INLINE std::uint32_t bits(Mask a) {
        std::uint8_t bytes[8] = {};
        hn::StoreMaskBits(kInts, a, bytes);
        return bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8;
    }
    static HWY_INLINE bool any(Mask a) { return !hn::AllFalse(kInts, a); }
    static HWY_INLINE bool all(Mask a) { return hn::AllTrue(kInts, a); }
    static HWY_INLINE bool any_bit(Int a, std::uint32_t of) {
        const Int wanted = set(static_cast<std::int32_t>(of));
#if HWY_TARGET == HWY_AVX2
        return _mm256_testz_si256(a.raw, wanted.raw) == 0;
#else
        return !hn::AllTrue(kInts, hn::Eq(hn::And(a, wanted), zero()));
#endif
    }

    /// function(a) of each lane; for what has no vector form.
    template <class Function>
    static HWY_INLINE Int map(Int a, Function function) {
        std::int32_t lanes[kWidth];
        store(a, lanes);
        for (std::int32_t& lane : lanes) lane = function(lane);
        return load(lanes);
    }

 private:
    static HWY_INLINE Int odd(Constant<Register, true> b) { return b.value; }
    static HWY_INLINE Int odd(Constant<Register, false> b) { return hn::DupOdd(b.value); }

    /// Upper halves of 64-bit products of the even and of the odd lanes.
    static HWY_INLINE Int upper(Int even, Int odds) { return hn::OddEven(odds, hn::DupOdd(even)); }

    /// Upper half of the signed product.
    template <bool kUniform>
    static HWY_INLINE Int high(Int a, Constant<Register, kUniform> b) {
        return upper(hn::BitCast(kInts, hn::MulEven(a, b.value)),
                     hn::BitCast(kInts, hn::MulEven(hn::DupOdd(a), odd(b))));
    }

    /// sum + a in the lanes of `where`.
    static HWY_INLINE Int add_where(Mask where, Int sum, Int a) {
        if constexpr (kWidth == 16) {  // one masked instruction
            return hn::IfThenElse(where, hn::Add(sum, a), sum);
        } else {
            return hn::Add(sum, hn::IfThenElseZero(where, a));
        }
    }

    /// Bits 15..46 of 64-bit products of the even and of the odd lanes.
    template <class Wide>
    static HWY_INLINE Int product(Wide even, Wide odds) {
        return hn::OddEven(hn::BitCast(kInts, hn::ShiftLeft<17>(hn::BitCast(kWide, odds))),
                           hn::BitCast(kInts, hn::ShiftRight<15>(hn::BitCast(kWide, even))));
    }
};

#include "spinnlab/neurons/lanes_pair.inl"

/// As many neurons as a block of 16 allows.
using Lanes = std::conditional_t<Register::kWidth == 16, Register, Pair<Register>>;

}  // namespace spinnlab::neurons::HWY_NAMESPACE
