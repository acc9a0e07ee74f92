// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/fused_input.hpp"

#include <algorithm>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/misfiled_delays.hpp"
#include "spinnlab/synapses/expand.hpp"

namespace spinnlab::engine {

namespace {

/// Weight and delay as the synapses store them.
class OneSynapse final : public synapses::SynapseSink {
 public:
    void row(std::uint32_t /*pre*/, std::span<const std::uint32_t> /*post*/,
             std::span<const std::uint16_t> weights,
             std::span<const std::uint16_t> delays) override {
        note(weights, delays);
    }
    void column(std::uint32_t /*post*/, std::span<const std::uint32_t> /*pre*/,
                std::span<const std::uint16_t> weights,
                std::span<const std::uint16_t> delays) override {
        note(weights, delays);
    }

    std::uint16_t weight = 0;
    std::uint16_t delay_steps = 0;

 private:
    void note(std::span<const std::uint16_t> weights, std::span<const std::uint16_t> delays) {
        if (delays.empty()) return;
        weight = weights.front();
        delay_steps = delays.front();
    }
};

OneSynapse first_synapse(const image::ProjectionImage& projection, std::uint32_t post) {
    OneSynapse synapse;
    synapses::expand(projection.recipe, projection.scaling, post, post + 1, synapse);
    if (synapse.delay_steps == 0) throw InternalError("a one-to-one projection without a synapse");
    return synapse;
}

/// Slices of a population that hold neurons lo .. hi - 1: first and one past the last.
std::pair<std::uint32_t, std::uint32_t> slices_of(const image::PopulationImage& population,
                                                  std::uint32_t lo, std::uint32_t hi) {
    return {population.first_slice + lo / population.atoms_per_core,
            population.first_slice + (hi - 1) / population.atoms_per_core + 1};
}

bool delivered(const image::MachineImage& image, const image::Deliveries& deliveries,
               const image::ProjectionImage& projection) {
    const auto& pre = image.populations[projection.pre];
    const auto& post = image.populations[projection.post];
    for (std::uint32_t s = 0; s < pre.n_slices; ++s) {
        const auto& source = image.slices[pre.first_slice + s];
        const auto [first, end] = slices_of(post, source.lo, source.hi);
        for (std::uint32_t t = first; t < end; ++t) {
            if (!deliveries.reaches(pre.first_slice + s, t, false)) return false;
            if (projection.delay_stages != 0 && !deliveries.reaches(pre.first_slice + s, t, true)) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

bool FusedInput::possible(const image::MachineImage& image, const image::Deliveries& deliveries,
                          const image::ProjectionImage& projection) {
    const auto& recipe = projection.recipe;
    const auto* poisson =
        std::get_if<image::PoissonImage>(&image.populations[projection.pre].cells);
    const std::uint32_t n = image.populations[projection.pre].size;
    return poisson != nullptr && PoissonSources::alike(*poisson) &&
           std::holds_alternative<synapses::OneToOne>(recipe.connector) &&
           std::holds_alternative<synapses::Constant>(recipe.weight) &&
           std::holds_alternative<synapses::Constant>(recipe.delay_ms) &&
           recipe.pre_index.empty() && recipe.post_index.empty() && recipe.shape.pre == n &&
           recipe.shape.post == n && image.populations[projection.post].size == n &&
           !MisfiledDelays::in(image, projection) && delivered(image, deliveries, projection);
}

FusedInput::FusedInput(const image::MachineImage& image, const image::ProjectionImage& projection,
                       const Piece& target, neurons::Isa isa)
    : source_(projection.pre),
      receptor_(projection.receptor),
      target_(target),
      sources_(std::get<image::PoissonImage>(image.populations[projection.pre].cells),
               image.timestep_ms, projection.pre, target.lo, target.hi, isa) {
    const OneSynapse synapse = first_synapse(projection, target.lo);
    weight_ = synapse.weight;
    delay_steps_ = synapse.delay_steps;
}

std::uint64_t FusedInput::add(std::uint32_t step, std::uint32_t first, std::uint32_t n,
                              std::uint32_t* sums) {
    const std::uint64_t events = add_uncounted(step, first, n, sums);
    drawn_ += events;
    return events;
}

std::uint64_t FusedInput::add_uncounted(std::uint32_t step, std::uint32_t first, std::uint32_t n,
                                        std::uint32_t* sums) const {
    if (step < first_step_ + delay_steps_) return 0;
    return sources_.add(step - delay_steps_, first, n, weight_, sums);
}

std::uint64_t FusedInput::spikes(std::uint32_t end) const {
    std::uint64_t n = drawn_;
    std::vector<std::uint32_t> counts(synapses());
    const std::uint32_t arrived = end - std::min(end, delay_steps_);
    for (auto step = std::max(first_step_, arrived); step < end; ++step) {
        n += sources_.draw(step, counts);
    }
    return n;
}

void FusedInput::tell(std::uint32_t from, std::uint32_t end, SpikeStream& out) const {
    std::vector<std::uint32_t> counts(synapses());
    for (auto step = std::max(first_step_, from); step < end; ++step) {
        sources_.draw(step, counts);
        out.start(source_, step);
        for (std::uint32_t i = 0; i < counts.size(); ++i) {
            for (std::uint32_t k = 0; k < counts[i]; ++k) out.add(target_.lo + i);
        }
        out.finish();
    }
}

}  // namespace spinnlab::engine
