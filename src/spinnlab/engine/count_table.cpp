// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/count_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {

namespace {

constexpr double kSlowBelow = 327.0 / 32768;  // 0.01 as the original's s16.15 has it
constexpr double kFasterFrom = 10.0;
constexpr double kNegligible = 0x1p-40;
constexpr double kRounding = 1e-9;  // 1 / 0.005 is 200 steps
constexpr std::uint64_t kWhole = 1ull << 32;
constexpr std::uint64_t kColumn = kWhole / kColumns;
/// A group of 128 that meets a rare count is drawn again without vectors, about 50 times slower.
constexpr std::uint64_t kRareEnough = kWhole >> 16;

/// P(k) of a Poisson variate of mean below 10, k = 0, 1, ... until what is left can be neglected.
std::vector<double> poisson_probabilities(double mean) {
    std::vector<double> p{std::exp(-mean)};
    double sum = p.back();
    while (sum < 1 - kNegligible) {
        const auto k = static_cast<double>(p.size());
        p.push_back(p.back() * mean / k);
        sum += p.back();
        if (k > mean && p.back() < kNegligible) break;
    }
    return p;
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// P(k) of round(x^2), x normal around sqrt(mean) with a deviation of 0.5.
std::vector<double> squared_normal_probabilities(double mean) {
    const double centre = std::sqrt(mean);
    const auto below = [&](double x) { return normal_cdf((x - centre) / 0.5); };
    const auto largest = static_cast<int>((centre + 4) * (centre + 4)) + 1;
    std::vector<double> p;
    for (int k = 0; k <= largest; ++k) {
        const double from = k == 0 ? 0.0 : std::sqrt(k - 0.5);
        const double to = std::sqrt(k + 0.5);
        p.push_back(below(to) - below(from) + below(-from) - below(-to));
    }
    return p;
}

}  // namespace

CountTable::CountTable(double rate_hz, double timestep_ms) {
    constexpr double kMostSpikes = 65536;
    const double expected = rate_hz * timestep_ms * 1e-3;
    if (expected >= kMostSpikes) {
        throw NetworkError(
            fmt::format("a Poisson rate of {} Hz is {} spikes a time step", rate_hz, expected),
            "Give a lower rate; the machine counts to 65,535 in a packet.");
    }
    if (expected <= 0) return;
    if (expected < kSlowBelow) {
        round(poisson_probabilities(1.0 / std::floor(1.0 / expected + kRounding)));
    } else if (expected < kFasterFrom) {
        round(poisson_probabilities(std::floor(expected * 32768) / 32768));
    } else {
        round(squared_normal_probabilities(expected));
    }
    lay_out();
}

void CountTable::round(const std::vector<double>& probabilities) {
    double sum = 0;
    std::uint64_t before = 0;
    for (const double p : probabilities) {
        sum += p;
        const auto below = static_cast<std::uint64_t>(
            std::min(std::ldexp(sum, 32) + 0.5, static_cast<double>(kWhole)));
        if (below == 0) {
            ++first_;
            continue;
        }
        masses_.push_back(below - before);
        before = below;
        if (below == kWhole) break;
    }
    masses_.back() += kWhole - before;
}

void CountTable::lay_out() {
    // The 15 neighbouring counts that occur most often.
    constexpr std::size_t kShown = kColumns - 1;
    std::size_t best = 0;
    std::uint64_t best_mass = 0;
    for (std::size_t from = 0; from + kShown <= std::max(masses_.size(), kShown); ++from) {
        const std::size_t end = std::min(from + kShown, masses_.size());
        const auto mass =
            std::accumulate(masses_.begin() + static_cast<std::ptrdiff_t>(from),
                            masses_.begin() + static_cast<std::ptrdiff_t>(end), std::uint64_t{0});
        if (mass > best_mass) {
            best = from;
            best_mass = mass;
        }
    }
    narrow_ = kWhole - best_mass <= kRareEnough;
    if (narrow_) {
        make_alias(best);
        return;
    }
    std::uint64_t below = 0;
    for (std::size_t k = 0; k + 1 < masses_.size(); ++k) {
        below += masses_[k];
        below_.push_back(static_cast<std::uint32_t>(below));
    }
}

void CountTable::make_alias(std::size_t from) {
    first_column_ = first_ + static_cast<std::uint32_t>(from);
    std::array<std::uint64_t, kColumns> left{};
    std::uint64_t rare = 0;
    for (std::size_t k = 0; k < masses_.size(); ++k) {
        if (k >= from && k - from < kRareColumn) {
            left[k - from] = masses_[k];
        } else if (masses_[k] != 0) {
            rare_counts_.push_back(first_ + static_cast<std::uint32_t>(k));
            rare += masses_[k];
        }
    }
    left[kRareColumn] = rare;
    std::uint64_t below = 0;
    for (const std::uint32_t count : rare_counts_) {
        below += masses_[count - first_];
        // 64 bits hold it: rare is below 2^17.
        rare_below_.push_back(
            static_cast<std::uint32_t>(std::min((below << 32) / rare, kWhole - 1)));
    }
    // Walker's table in whole numbers: a column that is not full is filled up by one that is.
    for (std::size_t done = 0; done < kColumns; ++done) {
        const auto poorest = std::ranges::min_element(
            left, {}, [](std::uint64_t mass) { return mass == ~0ull ? kWhole * 2 : mass; });
        const auto column = static_cast<std::size_t>(poorest - left.begin());
        const auto richest = std::ranges::max_element(
            left, {}, [](std::uint64_t mass) { return mass == ~0ull ? 0 : mass; });
        accept_[column] = static_cast<std::uint32_t>(std::min(*poorest, kColumn));
        other_[column] = static_cast<std::uint8_t>(richest - left.begin());
        if (richest != poorest) *richest -= kColumn - accept_[column];
        *poorest = ~0ull;
    }
}

CountColumns CountTable::columns() const {
    CountColumns columns;
    columns.first = narrow_ ? first_column_ : first_;
    if (narrow_) {
        columns.accept = accept_.data();
        columns.other = other_.data();
    }
    columns.below = below_.data();
    columns.n_below = static_cast<std::uint32_t>(below_.size());
    columns.rare_below = rare_below_.data();
    columns.rare_counts = rare_counts_.data();
    columns.n_rare = static_cast<std::uint32_t>(rare_counts_.size());
    return columns;
}

}  // namespace spinnlab::engine
