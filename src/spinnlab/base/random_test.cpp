// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "spinnlab/base/rounding.hpp"

namespace spinnlab {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswersOfItsAuthors) {
    // Random123's kat_vectors.
    constexpr std::uint32_t kOnes = 0xffffffff;
    EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
              (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
              (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(
        philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
        (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
    EXPECT_EQ(philox4x32<7>({0, 0, 0, 0}, {0, 0}),
              (Words{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}));
}

TEST(Stream, OfAnotherPurposeOrIdIsAnotherOne) {
    std::set<std::uint32_t> seen;
    int made = 0;
    for (const auto purpose :
         {Purpose::Pairs, Purpose::Weights, Purpose::Delays, Purpose::Counts}) {
        for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
            for (std::uint32_t id = 0; id < 3; ++id) {
                Stream stream(seed, purpose, id, 0, 7);
                for (int i = 0; i < 5; ++i, ++made) seen.insert(stream.word());
            }
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(made));
}

TEST(Stream, GivesTheWordsOfRisingCounters) {
    Stream stream(3, Purpose::Weights, 7, 8, 9);
    const auto purpose = static_cast<std::uint32_t>(Purpose::Weights);
    for (std::uint32_t block = 0; block < 40; ++block) {
        const Words words = philox4x32({block, 7, 8, 9}, {3, purpose * 0x9E3779B9});
        for (const std::uint32_t word : words) ASSERT_EQ(stream.word(), word) << block;
    }
}

TEST(Stream, BelowIsEven) {
    Stream stream(5, Purpose::Pairs, 1, 2, 3);
    std::array<int, 7> counts{};
    constexpr int kDraws = 70000;
    for (int i = 0; i < kDraws; ++i) ++counts.at(stream.below(7));
    double chi_square = 0;
    for (const int n : counts) chi_square += std::pow(n - kDraws / 7.0, 2) / (kDraws / 7.0);
    EXPECT_LT(chi_square, 30.0);  // 6 degrees of freedom: one in 25,000
}

TEST(NormalQuantile, IsTheInverseOfTheDistribution) {
    for (const double p : {1e-12, 1e-6, 0.001, 0.02, 0.0243, 0.3, 0.5, 0.8, 0.97, 0.9999}) {
        const double x = normal_quantile(p);
        EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2.0)) / p, 1.0, 1e-9) << p;
    }
    EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
}

TEST(NormalTable, IsCloseToTheQuantileEverywhere) {
    const NormalTable table;
    double worst = 0;
    for (std::uint64_t word = 0; word < 1ull << 32; word += 65521) {
        const double exact = normal_quantile((static_cast<double>(word) + 0.5) * 0x1p-32);
        worst = std::max(worst, std::abs(table(static_cast<std::uint32_t>(word)) - exact));
    }
    EXPECT_LT(worst, 2e-5);
    EXPECT_NEAR(table(0), -6.338, 0.001);  // the tails are there: one draw in 2^32 is this far out
    EXPECT_NEAR(table(0xffffffff), 6.338, 0.001);
}

TEST(Rounding, IsThatOfTheMathematicsLibrary) {
    for (const double x : {0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 3.7, -3.2, 65535.5,
                           1e9 + 0.5, -1e9 - 0.5, 0x1p50 + 0.25, 12345678.9}) {
        EXPECT_EQ(nearest(x), std::nearbyint(x)) << x;
    }
}

// SpiNNaker's generator and its draws: values measured on the original's functions, compiled for
// ARM, and states that the original's host made.
TEST(KissGenerator, GivesTheMeasuredWords) {
    Kiss simple(Kiss::kSimpleSeed);
    for (const std::uint32_t word : {560241513u, 2602615593u, 2542353780u, 3322652092u}) {
        EXPECT_EQ(simple(), word);
    }
    Kiss kiss(Kiss::valid({1, 2, 3, 4}));
    EXPECT_EQ(kiss.state()[3], 5u);
    for (const std::uint32_t word :
         {591437862u, 2910954351u, 2357593309u, 1150982934u, 1972499186u, 3551601016u}) {
        EXPECT_EQ(kiss(), word);
    }
}

TEST(KissGenerator, AStateWithoutAMiddleIsRepaired) {
    EXPECT_EQ(Kiss::valid({5, 0, 7, 0}), (Kiss::State{5, 13031301, 7, 1}));
    EXPECT_EQ(Kiss::valid({5, 1, 7, 698769068}), (Kiss::State{5, 1, 7, 1}));
}

TEST(KissGenerator, ExponentialsAreTheMeasuredOnes) {
    Kiss kiss(Kiss::valid({1, 2, 3, 4}));
    for (const Accum value : {4512, 89585, 23835, 31606, 1788, 83915}) {
        EXPECT_EQ(kiss.exponential(), value);
    }
}

TEST(KissGenerator, PoissonCountsAreTheMeasuredOnes) {
    Kiss kiss(Kiss::valid({1, 2, 3, 4}));
    const Fraction e_to_minus_5 = exp_u032(-5 * kAccumOne);
    for (const std::uint32_t count : {4u, 5u, 7u, 3u, 10u, 2u, 4u, 6u}) {
        EXPECT_EQ(kiss.poisson(e_to_minus_5), count);
    }
}

TEST(KissGenerator, NormalsHaveMeanZeroAndDeviationOne) {
    Kiss kiss(Kiss::kSimpleSeed);
    constexpr int kDraws = 100'000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kDraws; ++i) {
        const double value = to_double(kiss.normal());
        sum += value;
        squares += value * value;
    }
    EXPECT_NEAR(sum / kDraws, 0, 4 / std::sqrt(kDraws));
    EXPECT_NEAR(squares / kDraws, 1, 4 * std::sqrt(2.0 / kDraws));
}

// tests/golden/original-7.4.1/connectors.json: population seed 100, then its cores in turn.
TEST(KissGenerator, SeedsAreThoseOfTheOriginalsHost) {
    KissSeeds seeds(100);
    EXPECT_EQ(seeds.next(), (Kiss::State{2333906440, 2882591512, 1195587395, 372187664}));
    EXPECT_EQ(seeds.next(), (Kiss::State{1823289175, 2260795471, 3628285872, 638252939}));
    EXPECT_EQ(seeds.next(), (Kiss::State{20267358, 673068980, 522135394, 102101386}));
    EXPECT_EQ(seeds.next(), (Kiss::State{2880845378, 902405858, 3547010574, 546964939}));
}

}  // namespace
}  // namespace spinnlab
