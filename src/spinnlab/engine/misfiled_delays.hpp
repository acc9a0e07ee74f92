// SPDX-License-Identifier: Apache-2.0
// QUIRK of sPyNNaker 7: delayed synapses of some sources are filed with those of others.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spinnlab/engine/delayed_rows.hpp"
#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/synapses/sink.hpp"

namespace spinnlab::engine {

/// A sink before another one, for the quirks of DelayedRows: packets of another source, or of the
/// own one at another time, find what was misfiled. Without them (`faithful` unset, profile 6, one
/// stage or core) sink() is the other one.
class MisfiledDelays final : public synapses::SynapseSink {
 public:
    MisfiledDelays(const image::MachineImage& image, const image::ProjectionImage& projection,
                   synapses::SynapseSink& next);

    /// Whether synapses of the projection are misfiled at all.
    [[nodiscard]] static bool in(const image::MachineImage& image,
                                 const image::ProjectionImage& projection);

    /// Delay stages in which its synapses may be, 0 without a delay core.
    [[nodiscard]] static std::uint32_t stages(const image::MachineImage& image,
                                              const image::ProjectionImage& projection);

    [[nodiscard]] synapses::SynapseSink& sink() { return active_ ? *this : next_; }

    [[nodiscard]] bool wants_weights() const override { return next_.wants_weights(); }
    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override;
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override;

 private:
    struct Place {
        std::uint32_t pre = 0;
        std::uint16_t delay = 0;
    };
    [[nodiscard]] std::optional<Place> filed(std::uint32_t pre, std::uint16_t delay) const;

    synapses::SynapseSink& next_;
    bool active_;
    DelayedRows rows_;
    std::uint32_t slots_;
    std::vector<std::uint32_t> pre_{};
    std::vector<std::uint16_t> weights_{};
    std::vector<std::uint16_t> delays_{};
};

}  // namespace spinnlab::engine
