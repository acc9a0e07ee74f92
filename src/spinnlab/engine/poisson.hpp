// SPDX-License-Identifier: Apache-2.0
// Spike counts of SpikeSourcePoisson: a pure function of seed, population, source and step.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "spinnlab/engine/count_table.hpp"
#include "spinnlab/engine/machine_poisson.hpp"
#include "spinnlab/engine/poisson_kernels.hpp"
#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/neurons/kernels.hpp"

namespace spinnlab::engine {

/// The sources lo .. hi - 1 of a population; lo is a multiple of 128.
class PoissonSources {
 public:
    PoissonSources(const image::PoissonImage& image, double timestep_ms,
                   image::PopulationIndex population, std::uint32_t lo, std::uint32_t hi,
                   neurons::Isa isa);

    /// Spikes of every source in `step`; `counts` has hi - lo entries. Returns their sum. Where the
    /// image wants the original's draws, `step` must not go back.
    std::uint64_t draw(std::uint32_t step, std::span<std::uint32_t> counts) const;

    /// Adds weight x count of the sources first .. first + n - 1 (from lo on, first a multiple of
    /// 128) to `sums`. Only where all sources are alike(). Returns the sum of the counts.
    std::uint64_t add(std::uint32_t step, std::uint32_t first, std::uint32_t n,
                      std::uint32_t weight, std::uint32_t* sums) const;

    /// One rate, one start and one end for all, and draws of our own.
    [[nodiscard]] static bool alike(const image::PoissonImage& image);

 private:
    [[nodiscard]] bool active(std::uint32_t source, std::uint32_t step) const;
    [[nodiscard]] PoissonDraw draw_of(const CountTable& table, std::uint32_t step) const;
    std::uint64_t draw_each(std::uint32_t step, std::span<std::uint32_t> counts) const;

    std::uint32_t lo_;
    std::uint32_t population_;
    std::uint64_t seed_;
    DrawGroups kernel_;
    std::vector<CountTable> tables_{};
    std::vector<std::uint32_t> table_of_{};  ///< empty: the first for all
    std::vector<std::uint32_t> start_{};     ///< one for all, or one each
    std::vector<std::uint32_t> end_{};
    std::unique_ptr<MachinePoisson> machine_{};  ///< draws everything, where it is there
};

}  // namespace spinnlab::engine
