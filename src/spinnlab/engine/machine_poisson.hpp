// SPDX-License-Identifier: Apache-2.0
// Poisson sources that draw as the original's cores do (spike_source_poisson.c of sPyNNaker 7.4.1):
// one generator a core, source by source, step by step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/base/random.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// The sources of one core, all of them, from step 0 on.
class MachinePoissonCore {
 public:
    MachinePoissonCore(const image::PoissonImage& image, const image::PoissonCore& core,
                       double timestep_ms);

    /// Spikes of every source in the next step.
    [[nodiscard]] std::span<const std::uint32_t> next();
    [[nodiscard]] std::uint32_t next_step() const { return step_; }
    [[nodiscard]] std::uint32_t lo() const { return lo_; }
    [[nodiscard]] std::uint32_t hi() const {
        return lo_ + static_cast<std::uint32_t>(sources_.size());
    }

 private:
    enum class Speed : std::uint8_t { Never, Slow, Fast, Faster };
    struct Source {
        Speed speed = Speed::Never;
        std::uint32_t start = 0;
        std::uint32_t end = 0;
        std::uint32_t mean_interval = 0;  ///< steps, rounded down
        std::uint32_t time_to_spike = 0;  ///< thousandths of a step
        Fraction e_to_minus_rate = 0;
        Accum root_of_rate = 0;
    };

    [[nodiscard]] Source made(double rate_hz, double timestep_ms) const;
    std::uint32_t interval(const Source& source);
    std::uint32_t count(Source& source);

    std::uint32_t lo_;
    std::uint32_t step_ = 0;
    Kiss kiss_;
    std::vector<Source> sources_{};
    std::vector<std::uint32_t> counts_{};
};

/// The sources lo .. hi - 1 of a population, wherever its cores begin and end.
class MachinePoisson {
 public:
    MachinePoisson(const image::PoissonImage& image, double timestep_ms, std::uint32_t lo,
                   std::uint32_t hi);

    /// Spikes of every source in `step`, which never goes back; returns their sum.
    std::uint64_t draw(std::uint32_t step, std::span<std::uint32_t> counts);

 private:
    std::uint32_t lo_;
    std::vector<MachinePoissonCore> cores_{};
};

}  // namespace spinnlab::engine
