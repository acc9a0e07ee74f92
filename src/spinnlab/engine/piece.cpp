// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/piece.hpp"

#include <algorithm>

namespace spinnlab::engine {

namespace {

constexpr std::uint32_t round_up(std::uint64_t value, std::uint32_t step) {
    return static_cast<std::uint32_t>((value + step - 1) / step * step);
}

/// Models that draw from a stream a core must see whole cores; they stay in one partition.
bool divisible(const image::PopulationImage& population) {
    const auto* neurons = std::get_if<image::NeuronImage>(&population.cells);
    return neurons == nullptr || neurons->model->random_words == 0;
}

/// The cut for `n` partitions; empty when one of them would have too many targets.
std::vector<std::vector<Piece>> cut(const image::MachineImage& image, std::uint32_t n) {
    std::vector<std::vector<Piece>> partitions(n);
    std::vector<std::uint64_t> targets(n);
    std::uint32_t next_whole = 0;
    for (std::uint32_t p = 0; p < image.populations.size(); ++p) {
        const auto& population = image.populations[p];
        const bool is_target = std::holds_alternative<image::NeuronImage>(population.cells);
        const std::uint64_t steps = round_up(population.size, kPieceStep) / kPieceStep;
        for (std::uint32_t k = 0; k < n; ++k) {
            // Small populations start at different partitions, so that none gets them all.
            const std::uint32_t share = (k + p) % n;
            auto lo = static_cast<std::uint32_t>(steps * share / n * kPieceStep);
            auto hi = static_cast<std::uint32_t>(steps * (share + 1) / n * kPieceStep);
            if (!divisible(population)) {
                lo = 0;
                hi = k == next_whole % n ? round_up(population.size, kPieceStep) : 0;
            }
            hi = std::min(hi, population.size);
            if (lo >= hi) continue;
            partitions[k].push_back({p, lo, hi, static_cast<std::uint32_t>(targets[k])});
            if (is_target) targets[k] += round_up(hi - lo, kPieceStep);
        }
        if (!divisible(population)) ++next_whole;
    }
    if (std::ranges::any_of(targets, [](std::uint64_t t) { return t > kMaxTargets; })) return {};
    return partitions;
}

}  // namespace

std::vector<std::vector<Piece>> cut_into_partitions(const image::MachineImage& image,
                                                    std::uint32_t wanted) {
    std::uint64_t neurons = 0;
    for (const auto& population : image.populations) {
        if (std::holds_alternative<image::NeuronImage>(population.cells)) {
            neurons += round_up(population.size, kPieceStep);
        }
    }
    auto n = std::max<std::uint32_t>(
        wanted, static_cast<std::uint32_t>((neurons + kMaxTargets - 1) / kMaxTargets));
    while (true) {
        auto partitions = cut(image, std::max(n, 1u));
        if (!partitions.empty()) return partitions;
        n += std::max(wanted, 1u);
    }
}

}  // namespace spinnlab::engine
