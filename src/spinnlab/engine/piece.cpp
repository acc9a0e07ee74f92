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

/// Gives out the members of populations so that partitions stay alike in size, although each cut
/// is at a multiple of kPieceStep.
class Shares {
 public:
    explicit Shares(std::uint32_t partitions) : given_(partitions) {}

    /// Where the pieces of a population of `size` end, by partition.
    std::vector<std::uint32_t> ends(std::uint32_t size) {
        total_ += size;
        std::vector<std::uint32_t> ends(given_.size());
        std::uint64_t given_before = 0;  // to the partitions up to this one, of earlier populations
        std::uint32_t lo = 0;
        for (std::size_t k = 0; k < ends.size(); ++k) {
            given_before += given_[k];
            const std::uint64_t ideal = total_ * (k + 1) / ends.size();
            const std::uint64_t wanted = ideal > given_before ? ideal - given_before : 0;
            const auto nearest =
                static_cast<std::uint32_t>((wanted + kPieceStep / 2) / kPieceStep * kPieceStep);
            ends[k] = k + 1 == ends.size() ? size : std::clamp(nearest, lo, size);
            lo = ends[k];
        }
        for (std::size_t k = 0; k < ends.size(); ++k) {
            given_[k] += ends[k] - (k == 0 ? 0 : ends[k - 1]);
        }
        return ends;
    }
    /// All of a population to the partition that has least.
    std::vector<std::uint32_t> whole(std::uint32_t size) {
        const auto least = std::ranges::min_element(given_) - given_.begin();
        std::vector<std::uint32_t> ends(given_.size(), 0);
        std::fill(ends.begin() + least, ends.end(), size);
        given_[static_cast<std::size_t>(least)] += size;
        total_ += size;
        return ends;
    }

 private:
    std::vector<std::uint64_t> given_;
    std::uint64_t total_ = 0;
};

/// The cut for `n` partitions; empty when one of them would have too many targets.
std::vector<std::vector<Piece>> cut(const image::MachineImage& image, std::uint32_t n) {
    std::vector<std::vector<Piece>> partitions(n);
    std::vector<std::uint64_t> targets(n);
    Shares neurons(n);
    Shares sources(n);
    for (std::uint32_t p = 0; p < image.populations.size(); ++p) {
        const auto& population = image.populations[p];
        const bool is_target = std::holds_alternative<image::NeuronImage>(population.cells);
        Shares& shares = is_target ? neurons : sources;
        const auto ends =
            divisible(population) ? shares.ends(population.size) : shares.whole(population.size);
        for (std::uint32_t k = 0; k < n; ++k) {
            const std::uint32_t lo = k == 0 ? 0 : ends[k - 1];
            if (lo >= ends[k]) continue;
            partitions[k].push_back({p, lo, ends[k], static_cast<std::uint32_t>(targets[k])});
            if (is_target) targets[k] += round_up(ends[k] - lo, kPieceStep);
        }
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
