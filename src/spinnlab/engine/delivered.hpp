// SPDX-License-Identifier: Apache-2.0
// Leaves out the synapses of a projection whose packets no routing table brings to their core.
#pragma once

#include <cstdint>
#include <vector>

#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/synapses/sink.hpp"

namespace spinnlab::engine {

/// A sink before another one. With complete tables it is not even called: sink() is the other one.
class DeliveredOnly final : public synapses::SynapseSink {
 public:
    /// For the posts lo .. hi - 1 of `projection`.
    DeliveredOnly(const image::MachineImage& image, const image::Deliveries& deliveries,
                  const image::ProjectionImage& projection, std::uint32_t lo, std::uint32_t hi,
                  synapses::SynapseSink& next);

    [[nodiscard]] synapses::SynapseSink& sink() { return complete_ ? next_ : *this; }

    [[nodiscard]] bool wants_weights() const override { return next_.wants_weights(); }
    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override;
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override;

 private:
    [[nodiscard]] bool reaches(std::uint32_t pre, std::uint32_t post, std::uint32_t delay) const;

    synapses::SynapseSink& next_;
    std::uint32_t pre_atoms_;
    std::uint32_t post_atoms_;
    std::uint32_t slots_;
    std::uint32_t first_target_;  ///< slice of the population, the first that matters here
    std::uint32_t n_targets_;
    bool complete_ = true;
    std::vector<std::uint8_t> direct_{};  ///< [source slice * n_targets + target slice]
    std::vector<std::uint8_t> delayed_{};
    std::vector<std::uint32_t> kept_{};
    std::vector<std::uint16_t> kept_weights_{};
    std::vector<std::uint16_t> kept_delays_{};
};

}  // namespace spinnlab::engine
