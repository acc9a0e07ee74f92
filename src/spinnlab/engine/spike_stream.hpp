// SPDX-License-Identifier: Apache-2.0
// What fired in one partition during one window, step by step, population by population.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// Batches one behind the other, each with its neurons: another thread that reads a stream waits
/// for as few cache lines as can be. A stream itself is on lines of its own, because threads write
/// to neighbouring ones in every step.
class alignas(64) SpikeStream {
 public:
    struct Batch {
        image::PopulationIndex population = 0;
        std::uint32_t step = 0;
        /// Indexes in the population. A source that fires twice in a step stands here twice.
        std::span<const std::uint32_t> neurons{};
    };

    class Iterator {
     public:
        using value_type = Batch;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(const std::uint32_t* at) : at_(at) {}
        Batch operator*() const { return {at_[0], at_[1], {at_ + kHeader, at_[2]}}; }
        Iterator& operator++() {
            at_ += kHeader + at_[2];
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

     private:
        const std::uint32_t* at_ = nullptr;
    };

    void clear() { words_.clear(); }
    /// Starts a batch; finish() drops it if nothing fired.
    void start(image::PopulationIndex population, std::uint32_t step) {
        started_ = words_.size();
        words_.insert(words_.end(), {population, step, 0});
    }
    void add(std::uint32_t neuron) { words_.push_back(neuron); }
    std::span<const std::uint32_t> finish() {
        const std::size_t first = started_ + kHeader;
        words_[first - 1] = static_cast<std::uint32_t>(words_.size() - first);
        if (words_.size() == first) words_.resize(started_);
        return std::span(words_).subspan(std::min(first, words_.size()));
    }

    /// Of the last batch; 0 without any.
    [[nodiscard]] std::uint32_t last_step() const {
        std::uint32_t step = 0;
        for (const Batch batch : *this) step = batch.step;
        return step;
    }
    [[nodiscard]] bool empty() const { return words_.empty(); }
    [[nodiscard]] Iterator begin() const { return Iterator(words_.data()); }
    [[nodiscard]] Iterator end() const { return Iterator(words_.data() + words_.size()); }

 private:
    static constexpr std::size_t kHeader = 3;  ///< population, step, number of neurons

    std::vector<std::uint32_t> words_{};
    std::size_t started_ = 0;
};

}  // namespace spinnlab::engine
