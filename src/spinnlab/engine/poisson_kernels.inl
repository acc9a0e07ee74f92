// SPDX-License-Identifier: Apache-2.0
// The vector form of poisson_scalar.cpp for the instruction set that the file is compiled for.
// Included once in each of poisson_{sse4,avx2,avx512}.cpp, which include nothing else of ours than
// the kernels' header (tools/check_isa_symbols.py).
#include <hwy/highway.h>

#include <cstdint>

#include "spinnlab/engine/poisson_kernels.hpp"

namespace spinnlab::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<std::uint32_t, kPoissonCounters>;
using Ints = hn::RebindToSigned<Words>;
using Wide = hn::Repartition<std::uint64_t, Words>;
constexpr Words kWords{};
constexpr Ints kInts{};
constexpr Wide kWide{};
using Word = hn::Vec<Words>;
constexpr std::uint32_t kWidth = hn::MaxLanes(kWords);

struct Product {
    Word high, low;
};

HWY_INLINE Product multiply(Word x, Word constant) {
    const auto even = hn::MulEven(x, constant);
    const auto odd = hn::MulEven(hn::DupOdd(x), constant);
    return {hn::OddEven(hn::BitCast(kWords, odd),
                        hn::BitCast(kWords, hn::ShiftRight<32>(even))),
            hn::OddEven(hn::BitCast(kWords, hn::ShiftLeft<32>(odd)),
                        hn::BitCast(kWords, even))};
}

/// Ten rounds of Philox4x32 on counters (c[0], c[1], c[2], c[3]).
HWY_INLINE void philox(Word c[4], std::uint32_t key0, std::uint32_t key1) {
    const Word multiplier0 = hn::Set(kWords, 0xD2511F53u);
    const Word multiplier1 = hn::Set(kWords, 0xCD9E8D57u);
    for (int round = 0; round < 10; ++round) {
        const Product a = multiply(c[0], multiplier0);
        const Product b = multiply(c[2], multiplier1);
        c[0] = hn::Xor(hn::Xor(b.high, c[1]), hn::Set(kWords, key0));
        c[2] = hn::Xor(hn::Xor(a.high, c[3]), hn::Set(kWords, key1));
        c[1] = b.low;
        c[3] = a.low;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/// Word to count for four vectors at once: the number of limits at or below each word.
HWY_INLINE void count(const Word words[4], const PoissonDraw& draw, Word counts[4]) {
    // Signed comparisons of numbers with the sign bit turned over are unsigned ones.
    const Word turn = hn::Set(kWords, 0x80000000u);
    hn::Vec<Ints> turned[4];
    for (int w = 0; w < 4; ++w) {
        turned[w] = hn::BitCast(kInts, hn::Xor(words[w], turn));
        counts[w] = hn::Set(kWords, draw.first);
    }
    for (std::uint32_t k = 0; k < draw.n_below; ++k) {
        const auto limit =
            hn::Set(kInts, static_cast<std::int32_t>(draw.below[k] ^ 0x80000000u));
        auto some = hn::Zero(kWords);
        for (int w = 0; w < 4; ++w) {
            const auto above =
                hn::BitCast(kWords, hn::VecFromMask(kInts, hn::Not(hn::Lt(turned[w], limit))));
            counts[w] = hn::Sub(counts[w], above);  // a true lane is -1
            some = hn::Or(some, above);
        }
        if (hn::AllFalse(kWords, hn::MaskFromVec(some))) return;
    }
}

inline std::uint64_t draw_groups(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                                 std::uint32_t weight, std::uint32_t* sums) {
    const Word weights = hn::Set(kWords, weight);
    Word total = hn::Zero(kWords);
    for (std::uint32_t g = 0; g < n; ++g, sums += kPoissonGroup) {
        for (std::uint32_t l = 0; l < kPoissonCounters; l += kWidth) {
            Word words[4] = {hn::Iota(kWords, (group + g) * kPoissonCounters + l),
                             hn::Set(kWords, draw.step), hn::Set(kWords, draw.population),
                             hn::Set(kWords, kPoissonPurpose)};
            philox(words, draw.key[0], draw.key[1]);
            Word counts[4];
            count(words, draw, counts);
            for (std::uint32_t w = 0; w < 4; ++w) {
                std::uint32_t* at = sums + w * kPoissonCounters + l;
                const Word sum = hn::LoadU(kWords, at);
                hn::StoreU(hn::Add(sum, hn::Mul(counts[w], weights)), kWords, at);
                total = hn::Add(total, counts[w]);
            }
        }
    }
    // 32 bits a lane hold the counts of one call: 16 groups of at most 65,536 spikes each.
    std::uint32_t lanes[kPoissonCounters];
    hn::StoreU(total, kWords, lanes);
    std::uint64_t all = 0;
    for (std::uint32_t l = 0; l < kWidth; ++l) all += lanes[l];
    return all;
}

}  // namespace spinnlab::engine::HWY_NAMESPACE
