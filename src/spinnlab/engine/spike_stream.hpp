// SPDX-License-Identifier: Apache-2.0
// What fired in one partition during one window, step by step, population by population.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// On cache lines of its own: threads write to neighbouring streams in every step.
class alignas(64) SpikeStream {
 public:
    struct Batch {
        image::PopulationIndex population = 0;
        std::uint32_t step = 0;
        std::uint32_t first = 0;  ///< in neurons_
        std::uint32_t count = 0;
    };

    void clear() {
        batches_.clear();
        neurons_.clear();
    }
    /// Starts a batch; end() drops it if nothing fired.
    void begin(image::PopulationIndex population, std::uint32_t step) {
        batches_.push_back({population, step, static_cast<std::uint32_t>(neurons_.size()), 0});
    }
    /// Index in the population. A source that fires twice in a step stands here twice.
    void add(std::uint32_t neuron) { neurons_.push_back(neuron); }
    std::span<const std::uint32_t> end() {
        Batch& batch = batches_.back();
        batch.count = static_cast<std::uint32_t>(neurons_.size()) - batch.first;
        if (batch.count == 0) {
            batches_.pop_back();
            return {};
        }
        return neurons_of(batch);
    }

    [[nodiscard]] std::span<const Batch> batches() const { return batches_; }
    [[nodiscard]] std::span<const std::uint32_t> neurons_of(const Batch& batch) const {
        return std::span(neurons_).subspan(batch.first, batch.count);
    }

 private:
    std::vector<Batch> batches_{};
    std::vector<std::uint32_t> neurons_{};
};

}  // namespace spinnlab::engine
