// SPDX-License-Identifier: Apache-2.0
// The vector form of poisson_scalar.cpp for the instruction set that the file is compiled for.
// Included once in each of poisson_{sse4,avx2,avx512}.cpp, which include nothing else of ours than
// the kernels' header (tools/check_isa_symbols.py).
#include <hwy/highway.h>

#include <cstdint>

#include "spinnlab/base/unroll.hpp"
#include "spinnlab/engine/poisson_kernels.hpp"

namespace spinnlab::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<std::uint32_t, kPoissonCounters>;
using Wide = hn::Repartition<std::uint64_t, Words>;
using Halves = hn::Repartition<std::uint16_t, Words>;
using Shorts = hn::RebindToSigned<Halves>;
using Bytes = hn::Repartition<std::uint8_t, Words>;
constexpr Words kWords{};
constexpr Wide kWide{};
constexpr Halves kHalves{};
constexpr Shorts kShorts{};
constexpr Bytes kBytes{};
using Word = hn::Vec<Words>;
using Half = hn::Vec<Halves>;
constexpr std::uint32_t kWidth = hn::MaxLanes(kWords);
constexpr std::uint32_t kVectors = kPoissonGroup / (2 * kWidth);

/// The generator's key in every round.
struct RoundKeys {
    hn::Vec<Wide> first[kPoissonRounds], second[kPoissonRounds];

    explicit RoundKeys(const PoissonDraw& draw) {
        std::uint32_t key0 = draw.key[0];
        std::uint32_t key1 = draw.key[1];
        for (int round = 0; round < kPoissonRounds; ++round) {
            first[round] = hn::Set(kWide, std::uint64_t{key0});
            second[round] = hn::Set(kWide, std::uint64_t{key1});
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }
    }
};

/// A round of Philox on counters in 64-bit lanes: only the low halves of c count, the others hold
/// leftovers.
HWY_INLINE void philox_round(hn::Vec<Wide> c[4], hn::Vec<Wide> key0, hn::Vec<Wide> key1) {
    const auto a = hn::MulEven(hn::BitCast(kWords, c[0]), hn::Set(kWords, 0xD2511F53u));
    const auto b = hn::MulEven(hn::BitCast(kWords, c[2]), hn::Set(kWords, 0xCD9E8D57u));
    c[0] = hn::Xor3(hn::ShiftRight<32>(b), c[1], key0);
    c[2] = hn::Xor3(hn::ShiftRight<32>(a), c[3], key1);
    c[1] = b;
    c[3] = a;
}

/// Four words of the counters first .. first + kWidth - 1, in their order.
HWY_INLINE void random_words(const PoissonDraw& draw, const RoundKeys& keys, std::uint32_t first,
                             Word words[4]) {
    hn::Vec<Wide> even[4];
    hn::Vec<Wide> odd[4];
    even[0] = hn::Add(hn::ShiftLeft<1>(hn::Iota(kWide, 0)), hn::Set(kWide, std::uint64_t{first}));
    odd[0] = hn::Add(even[0], hn::Set(kWide, std::uint64_t{1}));
    even[1] = odd[1] = hn::Set(kWide, std::uint64_t{draw.step});
    even[2] = odd[2] = hn::Set(kWide, std::uint64_t{draw.population});
    even[3] = odd[3] = hn::Set(kWide, std::uint64_t{kPoissonPurpose});
    SPINNLAB_UNROLL  // what one generator waits for, the other one does
        for (int round = 0; round < kPoissonRounds; ++round) {
        philox_round(even, keys.first[round], keys.second[round]);
        philox_round(odd, keys.first[round], keys.second[round]);
    }
    SPINNLAB_UNROLL
    for (int w = 0; w < 4; ++w) {
        words[w] = hn::OddEven(hn::BitCast(kWords, hn::ShiftLeft<32>(odd[w])),
                               hn::BitCast(kWords, even[w]));
    }
}

/// Byte shuffles as tables of 16 numbers of 16 bits: an index byte of 0x80 yields 0.
struct AliasTables {
    hn::Vec<Bytes> limit_low, limit_high, other;

    explicit AliasTables(const PoissonDraw& draw) {
        alignas(16) std::uint8_t low[kColumns];
        alignas(16) std::uint8_t high[kColumns];
        for (std::uint32_t c = 0; c < kColumns; ++c) {
            const std::uint32_t limit = (draw.columns.accept[c] + draw.dither) >> 16;
            low[c] = static_cast<std::uint8_t>(limit);
            high[c] = static_cast<std::uint8_t>(limit >> 8);
        }
        limit_low = hn::LoadDup128(kBytes, low);
        limit_high = hn::LoadDup128(kBytes, high);
        other = hn::LoadDup128(kBytes, draw.columns.other);
    }

    [[nodiscard]] HWY_INLINE Half outcome(Half bits) const {
        const Half column = hn::And(bits, hn::Set(kHalves, std::uint16_t{kColumns - 1}));
        const auto low =
            hn::BitCast(kBytes, hn::Or(column, hn::Set(kHalves, std::uint16_t{0x8000})));
        const auto high = hn::BitCast(
            kBytes, hn::Or(hn::ShiftLeft<8>(column), hn::Set(kHalves, std::uint16_t{0x80})));
        const Half limit = hn::BitCast(kHalves, hn::Or(hn::TableLookupBytes(limit_low, low),
                                                       hn::TableLookupBytes(limit_high, high)));
        const Half alias = hn::BitCast(kHalves, hn::TableLookupBytes(other, low));
        const auto accepted =
            hn::Lt(hn::BitCast(kShorts, hn::ShiftRight<4>(bits)), hn::BitCast(kShorts, limit));
        return hn::IfThenElse(hn::RebindMask(kHalves, accepted), column, alias);
    }
};

/// The outcomes of one group, in vectors of 16-bit lanes; false if one of them is rare.
HWY_INLINE bool narrow_outcomes(const AliasTables& tables, const PoissonDraw& draw,
                                const RoundKeys& keys, std::uint32_t group,
                                Half outcomes[kVectors]) {
    const Half rare = hn::Set(kHalves, std::uint16_t{kRareColumn});
    auto found = hn::Zero(kHalves);
    SPINNLAB_UNROLL
    for (std::uint32_t v = 0; v < kVectors / 4; ++v) {
        Word words[4];
        random_words(draw, keys, group * kPoissonCounters + v * kWidth, words);
        SPINNLAB_UNROLL
        for (int w = 0; w < 4; ++w) {
            const Half outcome = tables.outcome(hn::BitCast(kHalves, words[w]));
            found = hn::Or(found, hn::VecFromMask(kHalves, hn::Eq(outcome, rare)));
            outcomes[v * 4 + w] = outcome;
        }
    }
    return hn::AllFalse(kHalves, hn::MaskFromVec(found));
}

HWY_INLINE void wide_outcomes(const PoissonDraw& draw, const RoundKeys& keys, std::uint32_t group,
                              Half outcomes[kVectors]) {
    // Signed comparisons of numbers with the sign bit turned over are unsigned ones.
    const Half turn = hn::Set(kHalves, std::uint16_t{0x8000});
    hn::Vec<Shorts> bits[kVectors];
    SPINNLAB_UNROLL
    for (std::uint32_t v = 0; v < kVectors / 4; ++v) {
        Word words[4];
        random_words(draw, keys, group * kPoissonCounters + v * kWidth, words);
        SPINNLAB_UNROLL
        for (int w = 0; w < 4; ++w) {
            bits[v * 4 + w] = hn::BitCast(kShorts, hn::Xor(hn::BitCast(kHalves, words[w]), turn));
            outcomes[v * 4 + w] = hn::Zero(kHalves);
        }
    }
    for (std::uint32_t k = 0; k < draw.columns.n_below; ++k) {
        const std::uint64_t limit = (std::uint64_t{draw.columns.below[k]} + draw.dither) >> 16;
        if (limit > 0xffff) break;
        const auto turned =
            hn::Set(kShorts, static_cast<std::int16_t>(static_cast<std::uint16_t>(limit ^ 0x8000)));
        for (std::uint32_t v = 0; v < kVectors; ++v) {
            const auto above = hn::VecFromMask(kShorts, hn::Not(hn::Lt(bits[v], turned)));
            outcomes[v] = hn::Sub(outcomes[v], hn::BitCast(kHalves, above));  // true is -1
        }
    }
}

/// Adds weight x (first + outcome) to 32-bit sums; the counts are added to `total`.
HWY_INLINE void add_to_sums(const Half outcomes[kVectors], Word first, Word weights,
                            std::uint32_t* sums, Word& total) {
    const Word low = hn::Set(kWords, 0xffffu);
    SPINNLAB_UNROLL
    for (std::uint32_t i = 0; i < kVectors; ++i) {
        const Word both = hn::BitCast(kWords, outcomes[i]);
        const Word counts[2] = {hn::Add(hn::And(both, low), first),
                                hn::Add(hn::ShiftRight<16>(both), first)};
        SPINNLAB_UNROLL
        for (std::uint32_t half = 0; half < 2; ++half) {
            std::uint32_t* at = sums + (i % 4 * 2 + half) * kPoissonCounters + i / 4 * kWidth;
            hn::StoreU(hn::Add(hn::LoadU(kWords, at), hn::Mul(counts[half], weights)), kWords, at);
            total = hn::Add(total, counts[half]);
        }
    }
}

inline std::uint64_t draw_groups(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                                 std::uint32_t weight, std::uint32_t* sums) {
    const bool narrow = draw.columns.accept != nullptr;
    static constexpr std::uint32_t kNothing[kColumns] = {};
    static constexpr std::uint8_t kNone[kColumns] = {};
    PoissonDraw with_tables = draw;
    if (!narrow) {
        with_tables.columns.accept = kNothing;
        with_tables.columns.other = kNone;
    }
    const AliasTables tables(with_tables);
    const RoundKeys keys(draw);
    const Word weights = hn::Set(kWords, weight);
    const Word first = hn::Set(kWords, draw.columns.first);
    std::uint64_t all = 0;
    for (std::uint32_t g = 0; g < n; ++g, sums += kPoissonGroup) {
        Half outcomes[kVectors];
        if (!narrow) {
            wide_outcomes(draw, keys, group + g, outcomes);
        } else if (!narrow_outcomes(tables, draw, keys, group + g, outcomes)) {
            all += poisson_scalar()(draw, group + g, 1, weight, sums);
            continue;
        }
        Word total = hn::Zero(kWords);
        add_to_sums(outcomes, first, weights, sums, total);
        all += hn::GetLane(hn::SumOfLanes(kWords, total));
    }
    return all;
}

}  // namespace spinnlab::engine::HWY_NAMESPACE
