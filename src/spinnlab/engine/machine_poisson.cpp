// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/machine_poisson.hpp"

#include <algorithm>
#include <cmath>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/base/rounding.hpp"

namespace spinnlab::engine {

namespace {

constexpr std::uint32_t kIntervalScale = 1000;  // ISI_SCALE_FACTOR
constexpr std::uint64_t kSlowRate = 655;        // 0.01 spikes a step, u16.16
constexpr std::uint64_t kFastRate = 10 << 16;

/// The entry of a list with one value for all or one each.
template <typename T>
T entry(const std::vector<T>& list, std::uint32_t i) {
    return list[list.size() == 1 ? 0 : i];
}

}  // namespace

MachinePoissonCore::MachinePoissonCore(const image::PoissonImage& image,
                                       const image::PoissonCore& core, double timestep_ms)
    : lo_(core.lo), kiss_(core.seed), counts_(core.hi - core.lo) {
    for (std::uint32_t i = core.lo; i < core.hi; ++i) {
        Source source = made(entry(image.rate_hz, i), timestep_ms);
        source.start = entry(image.start_step, i);
        source.end = entry(image.end_step, i);
        sources_.push_back(source);
    }
}

MachinePoissonCore::Source MachinePoissonCore::made(double rate_hz, double timestep_ms) const {
    Source source;
    const auto rate = static_cast<std::uint64_t>(nearest(rate_hz * 0x1p32));  // u32.32
    if (rate == 0) return source;
    const auto seconds_per_step = static_cast<std::uint64_t>(nearest(timestep_ms / 1000 * 0x1p32));
    // QUIRK: as u16.16, so that 65536 Hz are the same as none.
    const auto short_rate = std::uint64_t{static_cast<std::uint32_t>(rate >> 16)};
    const std::uint64_t rate_per_step = (short_rate * seconds_per_step) >> 32;
    const auto per_step = static_cast<Accum>(rate_per_step >> 1);
    if (rate_per_step < kSlowRate) {
        source.speed = Speed::Slow;
        const auto steps_per_second = static_cast<std::uint64_t>(nearest(1000 / timestep_ms));
        source.mean_interval = static_cast<std::uint32_t>((steps_per_second << 32) / rate);
    } else if (rate_per_step < kFastRate) {
        source.speed = Speed::Fast;
        // The exponential has passed through u16.16.
        source.e_to_minus_rate = exp_u032(-per_step) & 0xFFFF0000;
    } else {
        source.speed = Speed::Faster;
        source.root_of_rate = sqrt_accum(per_step);
    }
    return source;
}

std::uint32_t MachinePoissonCore::interval(const Source& source) {
    const auto scaled = std::int64_t{kiss_.exponential()} * kIntervalScale;
    const auto rounded = static_cast<std::uint32_t>((scaled + kAccumOne / 2) >> kAccumBits);
    return rounded * source.mean_interval;
}

std::uint32_t MachinePoissonCore::count(Source& source) {
    switch (source.speed) {
        case Speed::Never: return 0;
        case Speed::Slow: {
            std::uint32_t spikes = 0;
            for (; source.time_to_spike < kIntervalScale; ++spikes) {
                source.time_to_spike += interval(source);
            }
            source.time_to_spike -= kIntervalScale;
            return spikes;
        }
        case Speed::Fast: return kiss_.poisson(source.e_to_minus_rate);
        case Speed::Faster: {
            const Accum x = add(mul(kAccumOne / 2, kiss_.normal()), source.root_of_rate);
            return static_cast<std::uint32_t>((mul(x, x) + kAccumOne / 2) >> kAccumBits);
        }
    }
    return 0;
}

std::span<const std::uint32_t> MachinePoissonCore::next() {
    for (Source& source : sources_) {
        // QUIRK: a source without spikes takes part in the first drawing of intervals.
        if (source.start != step_) continue;
        if (source.speed == Speed::Slow || source.speed == Speed::Never) {
            source.time_to_spike = interval(source);
        }
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        Source& source = sources_[i];
        const bool active = step_ >= source.start && step_ < source.end;
        counts_[i] = active ? count(source) : 0;
    }
    ++step_;
    return counts_;
}

MachinePoisson::MachinePoisson(const image::PoissonImage& image, double timestep_ms,
                               std::uint32_t lo, std::uint32_t hi)
    : lo_(lo) {
    for (const image::PoissonCore& core : image.machine_cores) {
        if (core.lo < hi && core.hi > lo) cores_.emplace_back(image, core, timestep_ms);
    }
}

std::uint64_t MachinePoisson::draw(std::uint32_t step, std::span<std::uint32_t> counts) {
    std::uint64_t total = 0;
    const auto hi = lo_ + static_cast<std::uint32_t>(counts.size());
    for (MachinePoissonCore& core : cores_) {
        if (core.next_step() > step) throw InternalError("a Poisson source asked for the past");
        while (core.next_step() < step) (void)core.next();
        const auto all = core.next();
        for (std::uint32_t i = std::max(core.lo(), lo_); i < std::min(core.hi(), hi); ++i) {
            counts[i - lo_] = all[i - core.lo()];
            total += counts[i - lo_];
        }
    }
    return total;
}

}  // namespace spinnlab::engine
