// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "spinnlab/base/random.hpp"
#include "spinnlab/engine/poisson_kernels.hpp"

namespace spinnlab::engine {

namespace {

std::uint32_t rare_count(const PoissonDraw& draw, std::uint32_t source) {
    const auto word = philox4x32<kPoissonRounds>({source, draw.step, draw.population, kRarePurpose},
                                                 {draw.key[0], draw.key[1]})[0];
    const auto& columns = draw.columns;
    const auto* end = columns.rare_below + columns.n_rare - 1;
    return columns
        .rare_counts[std::upper_bound(columns.rare_below, end, word) - columns.rare_below];
}

std::uint32_t count(const PoissonDraw& draw, std::uint32_t source, std::uint32_t bits) {
    const auto& columns = draw.columns;
    if (columns.accept != nullptr) {
        const std::uint32_t column = bits % kColumns;
        const std::uint32_t limit = (columns.accept[column] + draw.dither) >> 16;
        const std::uint32_t outcome = bits / kColumns < limit ? column : columns.other[column];
        return outcome == kRareColumn ? rare_count(draw, source) : columns.first + outcome;
    }
    // bits >= (below + dither) >> 16
    const std::uint64_t most = ((std::uint64_t{bits} + 1) << 16) - 1 - draw.dither;
    const auto* end = columns.below + columns.n_below;
    const auto above = std::upper_bound(columns.below, end, most) - columns.below;
    return columns.first + static_cast<std::uint32_t>(above);
}

std::uint64_t draw_groups(const PoissonDraw& draw, std::uint32_t group, std::uint32_t n,
                          std::uint32_t weight, std::uint32_t* sums) {
    std::uint64_t total = 0;
    for (std::uint32_t g = 0; g < n; ++g, sums += kPoissonGroup) {
        for (std::uint32_t l = 0; l < kPoissonCounters; ++l) {
            const auto words = philox4x32<kPoissonRounds>(
                {(group + g) * kPoissonCounters + l, draw.step, draw.population, kPoissonPurpose},
                {draw.key[0], draw.key[1]});
            for (std::uint32_t half = 0; half < 2 * words.size(); ++half) {
                const std::uint32_t source = half * kPoissonCounters + l;
                const std::uint32_t bits = words[half / 2] >> (half % 2 * 16) & 0xffff;
                const auto spikes = count(draw, (group + g) * kPoissonGroup + source, bits);
                sums[source] += weight * spikes;
                total += spikes;
            }
        }
    }
    return total;
}

}  // namespace

DrawGroups poisson_scalar() { return &draw_groups; }

}  // namespace spinnlab::engine
