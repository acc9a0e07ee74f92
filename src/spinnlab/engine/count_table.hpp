// SPDX-License-Identifier: Apache-2.0
// How many spikes a Poisson source fires in one step, as tables for the kernels that draw them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "spinnlab/engine/poisson_kernels.hpp"

namespace spinnlab::engine {

/// The distribution is that of sPyNNaker's three classes (execution of spike_source_poisson.c), by
/// spikes expected in a step: below 0.01 intervals of a whole mean number of steps, so Poisson of
/// 1 / that number; below 10 Poisson of the expectation cut to 2^-15; above that the square of a
/// normal variate around its root. Probabilities are rounded to 2^-32.
class CountTable {
 public:
    /// Throws NetworkError for 65,536 spikes a step or more.
    CountTable(double rate_hz, double timestep_ms);

    [[nodiscard]] bool never() const { return masses_.empty(); }
    /// Valid as long as the table.
    [[nodiscard]] CountColumns columns() const;
    /// Smallest count that occurs, and the probability in 2^-32 of it and of those that follow.
    [[nodiscard]] std::uint32_t first() const { return first_; }
    [[nodiscard]] const std::vector<std::uint64_t>& masses() const { return masses_; }

 private:
    void round(const std::vector<double>& probabilities);
    void lay_out();
    void make_alias(std::size_t from);

    std::uint32_t first_ = 0;
    std::vector<std::uint64_t> masses_{};
    std::uint32_t first_column_ = 0;
    bool narrow_ = false;
    std::array<std::uint32_t, kColumns> accept_{};
    std::array<std::uint8_t, kColumns> other_{};
    std::vector<std::uint32_t> below_{};
    std::vector<std::uint32_t> rare_below_{};
    std::vector<std::uint32_t> rare_counts_{};
};

}  // namespace spinnlab::engine
