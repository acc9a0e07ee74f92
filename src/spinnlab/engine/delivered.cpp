// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/delivered.hpp"

#include <algorithm>

namespace spinnlab::engine {

DeliveredOnly::DeliveredOnly(const image::MachineImage& image, const image::Deliveries& deliveries,
                             const image::ProjectionImage& projection, std::uint32_t lo,
                             std::uint32_t hi, synapses::SynapseSink& next)
    : next_(next),
      pre_atoms_(image.populations[projection.pre].atoms_per_core),
      post_atoms_(image.populations[projection.post].atoms_per_core),
      slots_(std::get<image::NeuronImage>(image.populations[projection.post].cells).delay_slots),
      first_target_(lo / post_atoms_),
      n_targets_((hi - 1) / post_atoms_ + 1 - first_target_) {
    const auto& pre = image.populations[projection.pre];
    const auto& post = image.populations[projection.post];
    direct_.resize(std::size_t{pre.n_slices} * n_targets_);
    delayed_.resize(direct_.size());
    for (std::uint32_t s = 0; s < pre.n_slices; ++s) {
        for (std::uint32_t t = 0; t < n_targets_; ++t) {
            const image::SliceIndex source = pre.first_slice + s;
            const image::SliceIndex target = post.first_slice + first_target_ + t;
            const std::size_t at = std::size_t{s} * n_targets_ + t;
            direct_[at] = deliveries.reaches(source, target, false);
            delayed_[at] = projection.delay_stages != 0 && deliveries.reaches(source, target, true);
            complete_ &= direct_[at] && (projection.delay_stages == 0 || delayed_[at]);
        }
    }
}

bool DeliveredOnly::reaches(std::uint32_t pre, std::uint32_t post, std::uint32_t delay) const {
    const std::size_t at =
        std::size_t{pre / pre_atoms_} * n_targets_ + post / post_atoms_ - first_target_;
    return delay <= slots_ ? direct_[at] : delayed_[at];
}

void DeliveredOnly::row(std::uint32_t pre, std::span<const std::uint32_t> post,
                        std::span<const std::uint16_t> weight,
                        std::span<const std::uint16_t> delay) {
    kept_.clear();
    kept_weights_.clear();
    kept_delays_.clear();
    for (std::size_t i = 0; i < post.size(); ++i) {
        if (!reaches(pre, post[i], delay[i])) continue;
        kept_.push_back(post[i]);
        kept_weights_.push_back(weight[i]);
        kept_delays_.push_back(delay[i]);
    }
    if (!kept_.empty()) next_.row(pre, kept_, kept_weights_, kept_delays_);
}

void DeliveredOnly::column(std::uint32_t post, std::span<const std::uint32_t> pre,
                           std::span<const std::uint16_t> weight,
                           std::span<const std::uint16_t> delay) {
    kept_.clear();
    kept_weights_.clear();
    kept_delays_.clear();
    for (std::size_t i = 0; i < pre.size(); ++i) {
        if (!reaches(pre[i], post, delay[i])) continue;
        kept_.push_back(pre[i]);
        kept_weights_.push_back(weight[i]);
        kept_delays_.push_back(delay[i]);
    }
    if (!kept_.empty()) next_.column(post, kept_, kept_weights_, kept_delays_);
}

}  // namespace spinnlab::engine
