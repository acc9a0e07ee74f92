// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/poisson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/random.hpp"

namespace spinnlab::engine {

namespace {

constexpr double kSlowBelow = 327.0 / 32768;  // 0.01 as the original's s16.15 has it
constexpr double kFasterFrom = 10.0;
constexpr double kNegligible = 0x1p-40;
constexpr double kRounding = 1e-9;  // 1 / 0.005 is 200 steps
constexpr std::uint64_t kWords = 1ull << 32;
constexpr std::uint32_t kPurpose = 0x504f4953;  // "POIS"

/// Random words for 64 sources come from 16 counters with four words each: word w of counter l
/// belongs to source 16 w + l, so that vectors of any width store them in order.
constexpr std::uint32_t kGroup = 64;
constexpr std::uint32_t kCounters = 16;

/// P(k) of a Poisson variate, k = 0, 1, ... until what is left can be neglected.
std::vector<double> poisson_probabilities(double mean) {
    std::vector<double> p;
    double sum = 0;
    for (int k = 0; sum < 1 - kNegligible || k < mean; ++k) {
        p.push_back(std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)));
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
    if (expected <= 0) {
        never_ = true;
        return;
    }
    if (expected < kSlowBelow) {
        from_probabilities(poisson_probabilities(1.0 / std::floor(1.0 / expected + kRounding)));
    } else if (expected < kFasterFrom) {
        from_probabilities(poisson_probabilities(std::floor(expected * 32768) / 32768));
    } else {
        from_probabilities(squared_normal_probabilities(expected));
    }
}

void CountTable::from_probabilities(std::vector<double> probabilities) {
    double sum = 0;
    for (const double p : probabilities) {
        sum += p;
        const auto below = static_cast<std::uint64_t>(
            std::min(std::ldexp(sum, 32) + 0.5, static_cast<double>(kWords)));
        if (below == 0) {
            ++first_;
            continue;
        }
        below_.push_back(below);
        if (below == kWords) break;
    }
    below_.back() = kWords;
    for (std::uint32_t g = 0; g < guide_.size(); ++g) {
        const std::uint64_t word = std::uint64_t{g} << (32 - kGuideBits);
        while (below_[guide_[g]] <= word) ++guide_[g];
        if (g + 1 < guide_.size()) guide_[g + 1] = guide_[g];
    }
}

PoissonSources::PoissonSources(const image::PoissonImage& image, double timestep_ms,
                               image::PopulationIndex population, std::uint32_t lo,
                               std::uint32_t hi)
    : lo_(lo),
      hi_(hi),
      population_(population),
      key_{static_cast<std::uint32_t>(image.seed), static_cast<std::uint32_t>(image.seed >> 32)} {
    std::map<double, std::uint32_t> known;
    const auto table_for = [&](double rate_hz) {
        const auto [entry, is_new] =
            known.try_emplace(rate_hz, static_cast<std::uint32_t>(tables_.size()));
        if (is_new) tables_.emplace_back(rate_hz, timestep_ms);
        return entry->second;
    };
    if (image.rate_hz.size() == 1) {
        table_for(image.rate_hz.front());
    } else {
        for (std::uint32_t i = lo; i < hi; ++i) table_of_.push_back(table_for(image.rate_hz[i]));
    }
    const auto mine = [&](const std::vector<std::uint32_t>& all) {
        return all.size() == 1 ? all
                               : std::vector<std::uint32_t>(all.begin() + lo, all.begin() + hi);
    };
    start_ = mine(image.start_step);
    end_ = mine(image.end_step);
    never_ = std::ranges::all_of(tables_, &CountTable::never);
}

bool PoissonSources::active(std::uint32_t source, std::uint32_t step) const {
    return step >= start_[start_.size() == 1 ? 0 : source] &&
           step < end_[end_.size() == 1 ? 0 : source];
}

void PoissonSources::draw(std::uint32_t step, std::span<std::uint32_t> counts) const {
    std::ranges::fill(counts, 0);
    if (never_ || (start_.size() == 1 && end_.size() == 1 && !active(0, step))) return;
    for (std::uint32_t group = lo_ / kGroup; group * kGroup < hi_; ++group) {
        for (std::uint32_t l = 0; l < kCounters; ++l) {
            const auto words =
                philox4x32({group * kCounters + l, step, population_, kPurpose}, key_);
            for (std::uint32_t w = 0; w < words.size(); ++w) {
                const std::uint32_t source = group * kGroup + w * kCounters + l;
                if (source < lo_ || source >= hi_) continue;
                const std::uint32_t i = source - lo_;
                const CountTable& table = tables_[table_of_.empty() ? 0 : table_of_[i]];
                if (!table.never() && active(i, step)) counts[i] = table.count(words[w]);
            }
        }
    }
}

}  // namespace spinnlab::engine
