// SPDX-License-Identifier: Apache-2.0
// Spike counts of SpikeSourcePoisson: a pure function of seed, population, source and step.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// Distribution of the spikes in one step, inverted: a 32-bit random word gives a count.
///
/// As sPyNNaker's three classes (execution of spike_source_poisson.c), by spikes expected in a
/// step: below 0.01 intervals of a whole mean number of steps, so Poisson of 1 / that number; below
/// 10 Poisson of the expectation cut to 2^-15; above that the square of a normal variate around
/// its root.
class CountTable {
 public:
    /// Throws NetworkError for more than 65,536 spikes a step.
    CountTable(double rate_hz, double timestep_ms);

    [[nodiscard]] std::uint32_t count(std::uint32_t word) const {
        std::uint32_t k = guide_[word >> (32 - kGuideBits)];
        while (word >= below_[k]) ++k;
        return k + first_;
    }
    [[nodiscard]] bool never() const { return never_; }

 private:
    static constexpr unsigned kGuideBits = 8;
    void from_probabilities(std::vector<double> probabilities);

    bool never_ = false;
    std::uint32_t first_ = 0;  ///< smallest count that occurs
    /// below_[k]: words under it give at most first_ + k spikes; the last is above every word.
    std::vector<std::uint64_t> below_{};
    std::array<std::uint32_t, 1u << kGuideBits> guide_{};
};

/// The sources lo .. hi - 1 of a population.
class PoissonSources {
 public:
    PoissonSources(const image::PoissonImage& image, double timestep_ms,
                   image::PopulationIndex population, std::uint32_t lo, std::uint32_t hi);

    /// Spikes of every source in `step`; `counts` has hi - lo entries.
    void draw(std::uint32_t step, std::span<std::uint32_t> counts) const;

 private:
    [[nodiscard]] bool active(std::uint32_t source, std::uint32_t step) const;

    std::uint32_t lo_;
    std::uint32_t hi_;
    std::uint32_t population_;
    std::array<std::uint32_t, 2> key_;
    std::vector<CountTable> tables_{};
    std::vector<std::uint32_t> table_of_{};  ///< empty: the first for all
    std::vector<std::uint32_t> start_{};     ///< one for all, or one each
    std::vector<std::uint32_t> end_{};
    bool never_ = false;
};

}  // namespace spinnlab::engine
