// SPDX-License-Identifier: Apache-2.0
// Random words for models that draw in their threshold: one generator a core, as in the original.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/base/random.hpp"
#include "spinnlab/neurons/model_info.hpp"

namespace spinnlab::engine {

/// The generators of consecutive cores. A core asks its own for every neuron in turn, all sub-steps
/// of one neuron together; all of them start alike (mars_kiss64_simp of spinn_common).
class RandomWords {
 public:
    RandomWords() = default;
    /// For neurons 0 .. n - 1, cut into cores of `atoms_per_core`.
    RandomWords(const neurons::ModelInfo& model, std::uint32_t n, std::uint32_t atoms_per_core,
                std::uint32_t sub_steps)
        : words_(model.random_words),
          n_(n),
          atoms_per_core_(atoms_per_core),
          sub_steps_(sub_steps),
          generators_((n + atoms_per_core - 1) / atoms_per_core, Kiss(Kiss::kSimpleSeed)),
          drawn_(std::size_t{(n + neurons::kLanes - 1) / neurons::kLanes} * neurons::kLanes *
                 words_ * sub_steps) {}

    /// The words of the next step, laid out for AdvanceArgs::random; null where none are needed.
    const std::uint32_t* next_step() {
        if (words_ == 0) return nullptr;
        for (std::uint32_t i = 0; i < n_; ++i) {
            Kiss& generator = generators_[i / atoms_per_core_];
            for (std::uint32_t k = 0; k < sub_steps_ * words_; ++k) {
                const std::size_t row = std::size_t{i / neurons::kLanes} * sub_steps_ * words_ + k;
                drawn_[row * neurons::kLanes + i % neurons::kLanes] = generator();
            }
        }
        return drawn_.data();
    }
    [[nodiscard]] std::uint32_t words_a_neuron() const { return words_ * sub_steps_; }

 private:
    std::uint32_t words_ = 0;
    std::uint32_t n_ = 0;
    std::uint32_t atoms_per_core_ = 1;
    std::uint32_t sub_steps_ = 1;
    std::vector<Kiss> generators_{};
    std::vector<std::uint32_t> drawn_{};
};

}  // namespace spinnlab::engine
