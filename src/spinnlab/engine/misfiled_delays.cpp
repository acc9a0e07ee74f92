// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/misfiled_delays.hpp"

namespace spinnlab::engine {

bool MisfiledDelays::in(const image::MachineImage& image,
                        const image::ProjectionImage& projection) {
    return image.fidelity.faithful && image.fidelity.profile == Profile::Seven &&
           projection.delay_stages != 0 && DelayedRows::of(image, projection).are_split();
}

std::uint32_t MisfiledDelays::stages(const image::MachineImage& image,
                                     const image::ProjectionImage& projection) {
    return in(image, projection) ? DelayedRows::of(image, projection).stages
                                 : projection.delay_stages;
}

MisfiledDelays::MisfiledDelays(const image::MachineImage& image,
                               const image::ProjectionImage& projection,
                               synapses::SynapseSink& next)
    : next_(next),
      active_(in(image, projection)),
      // All projections are looked at for them: not where nothing is misfiled.
      rows_(active_ ? DelayedRows::of(image, projection) : DelayedRows{}),
      slots_(std::get<image::NeuronImage>(image.populations[projection.post].cells).delay_slots) {}

std::optional<MisfiledDelays::Place> MisfiledDelays::filed(std::uint32_t pre,
                                                           std::uint16_t delay) const {
    if (delay <= slots_) return Place{pre, delay};
    const std::uint32_t stage = (delay - 1) / slots_;
    const std::uint32_t in_row = (delay - 1) % slots_ + 1;
    const auto row = rows_.row({pre, stage});
    if (!row) return std::nullopt;
    const DelayedSource sender = rows_.sender(*row);
    return Place{sender.source, static_cast<std::uint16_t>(sender.stage * slots_ + in_row)};
}

void MisfiledDelays::row(std::uint32_t pre, std::span<const std::uint32_t> post,
                         std::span<const std::uint16_t> weight,
                         std::span<const std::uint16_t> delay) {
    for (std::size_t i = 0; i < post.size(); ++i) {
        const auto place = filed(pre, delay[i]);
        if (!place) continue;
        next_.row(place->pre, post.subspan(i, 1), weight.subspan(i, 1), {&place->delay, 1});
    }
}

void MisfiledDelays::column(std::uint32_t post, std::span<const std::uint32_t> pre,
                            std::span<const std::uint16_t> weight,
                            std::span<const std::uint16_t> delay) {
    pre_.clear();
    weights_.clear();
    delays_.clear();
    for (std::size_t i = 0; i < pre.size(); ++i) {
        const auto place = filed(pre[i], delay[i]);
        if (!place) continue;
        pre_.push_back(place->pre);
        weights_.push_back(weight[i]);
        delays_.push_back(place->delay);
    }
    if (!pre_.empty()) next_.column(post, pre_, weights_, delays_);
}

}  // namespace spinnlab::engine
