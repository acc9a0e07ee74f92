// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/random.hpp"
#include "spinnlab/engine/poisson_kernels.hpp"

namespace spinnlab::engine {

namespace {

std::uint64_t draw_groups(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                          std::uint32_t weight, std::uint32_t* sums) {
    std::uint64_t total = 0;
    for (std::uint32_t g = 0; g < n; ++g, sums += kPoissonGroup) {
        for (std::uint32_t l = 0; l < kPoissonCounters; ++l) {
            const auto words = philox4x32(
                {(group + g) * kPoissonCounters + l, draw.step, draw.population, kPoissonPurpose},
                {draw.key[0], draw.key[1]});
            for (std::uint32_t w = 0; w < words.size(); ++w) {
                std::uint32_t k = 0;
                while (k < draw.n_below && words[w] >= draw.below[k]) ++k;
                const std::uint32_t count = draw.first + k;
                sums[w * kPoissonCounters + l] += weight * count;
                total += count;
            }
        }
    }
    return total;
}

}  // namespace

DrawGroups poisson_scalar() { return &draw_groups; }

}  // namespace spinnlab::engine
