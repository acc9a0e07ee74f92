// SPDX-License-Identifier: Apache-2.0
// One-to-one input from Poisson sources, drawn where it is due instead of sent as spikes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spinnlab/engine/piece.hpp"
#include "spinnlab/engine/poisson.hpp"
#include "spinnlab/engine/spike_stream.hpp"
#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/neurons/kernels.hpp"

namespace spinnlab::engine {

/// The synapses of one projection onto one piece of neurons, all of one weight and one delay, from
/// sources that share one rate. Adds weight x count(step - delay) to the sums of `step`: the same
/// numbers that the spikes would have brought.
class FusedInput {
 public:
    /// Whether a projection can be treated so, in every piece.
    [[nodiscard]] static bool possible(const image::MachineImage& image,
                                       const image::Deliveries& deliveries,
                                       const image::ProjectionImage& projection);

    FusedInput(const image::MachineImage& image, const image::ProjectionImage& projection,
               const Piece& target, neurons::Isa isa);

    /// Neurons first .. first + n - 1 of the piece; first is a multiple of 128. Returns the events.
    std::uint64_t add(std::uint32_t step, std::uint32_t first, std::uint32_t n,
                      std::uint32_t* sums);

    /// The same without counting the spikes.
    [[nodiscard]] std::uint64_t add_uncounted(std::uint32_t step, std::uint32_t first,
                                              std::uint32_t n, std::uint32_t* sums) const;

    /// From here on spikes are drawn; those of before are nobody's here.
    void start_at(std::uint32_t step) { first_step_ = step; }

    /// Spikes of the piece's sources from start_at() on and before `end`, the step that comes next.
    [[nodiscard]] std::uint64_t spikes(std::uint32_t end) const;
    /// The drawn spikes of steps from .. end - 1, as the sources would have sent them.
    void tell(std::uint32_t from, std::uint32_t end, SpikeStream& out) const;

    [[nodiscard]] image::PopulationIndex source() const { return source_; }
    [[nodiscard]] std::uint32_t receptor() const { return receptor_; }
    [[nodiscard]] std::uint32_t delay_steps() const { return delay_steps_; }
    [[nodiscard]] std::uint32_t synapses() const { return target_.hi - target_.lo; }

 private:
    image::PopulationIndex source_;
    std::uint32_t receptor_;
    Piece target_;
    PoissonSources sources_;
    std::uint32_t weight_ = 0;
    std::uint32_t delay_steps_ = 1;
    std::uint32_t first_step_ = 0;
    std::uint64_t drawn_ = 0;  ///< spikes that have arrived
};

}  // namespace spinnlab::engine
