// SPDX-License-Identifier: Apache-2.0
// Tables and draws of Poisson sources: the distribution, and the same counts on every way to them.
#include "spinnlab/engine/poisson.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {
namespace {

constexpr double kWhole = 0x1p32;

/// Probability of every count in 2^-32, from the table as the kernels read it.
std::map<std::uint32_t, double> probabilities(const CountTable& table) {
    std::map<std::uint32_t, double> p;
    const CountColumns columns = table.columns();
    if (columns.accept == nullptr) {
        std::uint32_t before = 0;
        for (std::uint32_t k = 0; k < columns.n_below; ++k) {
            p[columns.first + k] += columns.below[k] - before;
            before = columns.below[k];
        }
        p[columns.first + columns.n_below] += kWhole - before;
        return p;
    }
    std::array<double, kColumns> mass{};
    for (std::uint32_t c = 0; c < kColumns; ++c) {
        EXPECT_LE(columns.accept[c], 1u << 28);
        mass[c] += columns.accept[c];
        mass[columns.other[c]] += kWhole / kColumns - columns.accept[c];
    }
    for (std::uint32_t c = 0; c < kRareColumn; ++c) {
        if (mass[c] != 0) p[columns.first + c] += mass[c];
    }
    std::uint32_t before = 0;
    for (std::uint32_t k = 0; k < columns.n_rare; ++k) {
        const double end = k + 1 == columns.n_rare ? kWhole : columns.rare_below[k];
        p[columns.rare_counts[k]] += mass[kRareColumn] * (end - before) / kWhole;
        before = columns.rare_below[k];
    }
    return p;
}

TEST(CountTable, ColumnsHoldTheDistributionExactly) {
    for (const double rate_hz :
         {0.001, 1.0, 9.0, 11.0, 800.0, 2320.0, 3500.0, 6000.0, 9999.0, 10000.0, 50000.0, 4e6}) {
        const CountTable table(rate_hz, 1.0);
        const auto found = probabilities(table);
        double sum = 0;
        for (std::size_t k = 0; k < table.masses().size(); ++k) {
            const auto mass = static_cast<double>(table.masses()[k]);
            const auto at = found.find(table.first() + static_cast<std::uint32_t>(k));
            // Rare counts are split by another 32 bits, rounded once more.
            EXPECT_NEAR(at == found.end() ? 0 : at->second, mass, 1e-4) << rate_hz << " Hz, " << k;
            sum += mass;
        }
        EXPECT_EQ(sum, kWhole) << rate_hz;
    }
}

TEST(CountTable, MeanAndVarianceArePoisson) {
    for (const double expected : {0.02, 0.5, 1.6, 2.32, 3.9, 7.0, 9.9, 25.0, 900.0}) {
        const CountTable table(expected * 1000, 1.0);
        double mean = 0;
        double square = 0;
        for (const auto& [count, mass] : probabilities(table)) {
            mean += count * mass / kWhole;
            square += std::pow(count, 2) * mass / kWhole;
        }
        // Above 10 the square of a normal variate: its mean is higher by its variance of 1/4.
        const double shift = expected < 10 ? 0 : 0.25;
        EXPECT_NEAR(mean, expected + shift, 1e-3 + expected * 1e-5) << expected;
        EXPECT_NEAR(square - mean * mean, expected + shift / 2, 0.1 + expected * 1e-3) << expected;
    }
}

TEST(CountTable, NoRateNoSpikes) {
    EXPECT_TRUE(CountTable(0.0, 1.0).never());
    EXPECT_FALSE(CountTable(0.001, 0.1).never());
    EXPECT_THROW(CountTable(65536e3, 1.0), NetworkError);
}

image::PoissonImage sources(double rate_hz) {
    image::PoissonImage image;
    image.rate_hz = {rate_hz};
    image.start_step = {0};
    image.end_step = {1000000};
    image.seed = 99;
    return image;
}

std::vector<std::uint32_t> draw(const image::PoissonImage& image, neurons::Isa isa,
                                std::uint32_t lo, std::uint32_t hi, std::uint32_t step) {
    const PoissonSources made(image, 1.0, 3, lo, hi, isa);
    std::vector<std::uint32_t> counts(hi - lo);
    const std::uint64_t sum = made.draw(step, counts);
    EXPECT_EQ(sum, std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    return counts;
}

TEST(PoissonSources, EveryInstructionSetDrawsTheSameCounts) {
    // Narrow tables with and without rare counts, and wide ones.
    for (const double rate_hz : {4.0, 700.0, 2300.0, 3800.0, 7000.0, 30000.0}) {
        for (const auto isa : {neurons::Isa::Sse4, neurons::Isa::Avx2, neurons::Isa::Avx512}) {
            if (!neurons::isa_available(isa)) continue;
            for (std::uint32_t step = 0; step < 30; ++step) {
                EXPECT_EQ(draw(sources(rate_hz), isa, 0, 1500, step),
                          draw(sources(rate_hz), neurons::Isa::Scalar, 0, 1500, step))
                    << rate_hz << " Hz, " << neurons::isa_name(isa);
            }
        }
    }
}

TEST(PoissonSources, AnyCutDrawsTheSameCounts) {
    const auto whole = draw(sources(1500.0), neurons::best_isa(), 0, 1000, 17);
    const auto end = draw(sources(1500.0), neurons::best_isa(), 768, 1000, 17);
    EXPECT_TRUE(std::equal(end.begin(), end.end(), whole.begin() + 768));
    auto mixed = sources(1500.0);
    mixed.rate_hz.assign(1000, 1500.0);
    EXPECT_EQ(draw(mixed, neurons::best_isa(), 0, 1000, 17), whole);
    mixed.rate_hz[130] = 0.0;
    mixed.start_step.assign(1000, 0);
    mixed.start_step[131] = 18;
    auto changed = whole;
    changed[130] = changed[131] = 0;
    EXPECT_EQ(draw(mixed, neurons::best_isa(), 0, 1000, 17), changed);
}

TEST(PoissonSources, AddIsWeightTimesCount) {
    const PoissonSources made(sources(2000.0), 1.0, 3, 0, 1000, neurons::best_isa());
    const auto counts = draw(sources(2000.0), neurons::best_isa(), 0, 1000, 5);
    std::vector<std::uint32_t> sums(1000 - 128, 7);
    made.add(5, 128, 1000 - 128, 40000, sums.data());
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], 7 + 40000 * counts[128 + i]);
}

/// Chi-square of drawn counts against the table, in standard deviations.
double surprise(double rate_hz) {
    const CountTable table(rate_hz, 1.0);
    std::map<std::uint32_t, double> found;
    constexpr std::uint32_t kSources = 2000;
    constexpr std::uint32_t kSteps = 500;
    for (std::uint32_t step = 0; step < kSteps; ++step) {
        for (const auto count : draw(sources(rate_hz), neurons::best_isa(), 0, kSources, step)) {
            ++found[count];
        }
    }
    double chi_square = 0;
    int cells = 0;
    double pooled_found = 0;
    double pooled_wanted = 0;
    for (const auto& [count, mass] : probabilities(table)) {
        pooled_wanted += mass / kWhole * kSources * kSteps;
        pooled_found += found[count];
        if (pooled_wanted < 20) continue;
        chi_square += std::pow(pooled_found - pooled_wanted, 2) / pooled_wanted;
        ++cells;
        pooled_wanted = pooled_found = 0;
    }
    return (chi_square - (cells - 1)) / std::sqrt(2.0 * (cells - 1));
}

TEST(PoissonSources, DrawnCountsFollowTheTable) {
    for (const double rate_hz : {5.0, 300.0, 2320.0, 3700.0, 8000.0, 20000.0}) {
        EXPECT_LT(std::abs(surprise(rate_hz)), 5.0) << rate_hz;
    }
}

TEST(PoissonSources, SourcesAndStepsAreIndependent) {
    // Correlation of neighbours, of sources in the two halves of a word, and of steps.
    constexpr std::uint32_t kSources = 1024;
    constexpr std::uint32_t kSteps = 400;
    std::vector<std::vector<std::uint32_t>> counts;
    for (std::uint32_t step = 0; step < kSteps; ++step) {
        counts.push_back(draw(sources(1000.0), neurons::best_isa(), 0, kSources, step));
    }
    const auto correlation = [&](std::uint32_t other_source, std::uint32_t later) {
        double sum = 0;
        double n = 0;
        for (std::uint32_t step = 0; step + later < kSteps; ++step) {
            for (std::uint32_t i = 0; i + other_source < kSources; ++i, ++n) {
                sum += (counts[step][i] - 1.0) * (counts[step + later][i + other_source] - 1.0);
            }
        }
        return sum / std::sqrt(n);  // in standard deviations
    };
    EXPECT_LT(std::abs(correlation(1, 0)), 5.0);
    EXPECT_LT(std::abs(correlation(16, 0)), 5.0);
    EXPECT_LT(std::abs(correlation(128, 0)), 5.0);
    EXPECT_LT(std::abs(correlation(0, 1)), 5.0);
    EXPECT_LT(std::abs(correlation(16, 1)), 5.0);
}

}  // namespace
}  // namespace spinnlab::engine
