// SPDX-License-Identifier: Apache-2.0
// The cores of the reference executor: what each of them holds and does in a step, literally.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "spinnlab/engine/delivered.hpp"
#include "spinnlab/engine/misfiled_delays.hpp"
#include "spinnlab/engine/pending_input.hpp"
#include "spinnlab/engine/poisson.hpp"
#include "spinnlab/engine/random_words.hpp"
#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/neurons/kernels.hpp"
#include "spinnlab/synapses/expand.hpp"

namespace spinnlab::engine::reference {

using image::MachineImage;
using image::SliceImage;
using image::SliceIndex;
using neurons::kLanes;

/// One synapse of a row; the fields of SpiNNaker's word.
struct Synapse {
    std::uint16_t weight = 0;
    std::uint16_t delay_steps = 0;  ///< 1 .. slots
    std::uint8_t receptor = 0;
    std::uint16_t index = 0;  ///< on the core
};
using Row = std::vector<Synapse>;

/// Rows of one projection from one source slice: [stage][neuron of the slice]; stage 0 is direct.
struct Matrix {
    SliceIndex source = 0;
    std::vector<std::vector<Row>> stages{};
};

/// The input side of a core: one 16-bit sum for every step to come, receptor and neuron.
class RingBuffer {
 public:
    RingBuffer(std::uint32_t slots, std::uint32_t receptors, std::uint32_t neurons)
        : slots_(slots),
          receptors_(receptors),
          neurons_(neurons),
          sums_(std::size_t{slots} * receptors * neurons) {}

    void add(std::uint32_t step, std::uint32_t receptor, std::uint32_t neuron,
             std::uint16_t weight) {
        std::uint16_t& slot = at(step, receptor, neuron);
        const std::uint32_t sum = std::uint32_t{slot} + weight;
        if (sum > std::numeric_limits<std::uint16_t>::max()) ++saturations_;
        slot = static_cast<std::uint16_t>(std::min<std::uint32_t>(sum, 0xffff));
    }
    std::uint16_t take(std::uint32_t step, std::uint32_t receptor, std::uint32_t neuron) {
        return std::exchange(at(step, receptor, neuron), std::uint16_t{0});
    }
    [[nodiscard]] std::uint64_t saturations() const { return saturations_; }

 private:
    std::uint16_t& at(std::uint32_t step, std::uint32_t receptor, std::uint32_t neuron) {
        return sums_[(std::size_t{step % slots_} * receptors_ + receptor) * neurons_ + neuron];
    }
    std::uint32_t slots_;
    std::uint32_t receptors_;
    std::uint32_t neurons_;
    std::vector<std::uint16_t> sums_;
    std::uint64_t saturations_ = 0;
};

/// Sorts the synapses of one projection onto one core into rows.
class MatrixSink final : public synapses::SynapseSink {
 public:
    MatrixSink(const MachineImage& image, const image::ProjectionImage& projection,
               const SliceImage& target, std::uint32_t slots, std::vector<Matrix>& matrices)
        : receptor_(static_cast<std::uint8_t>(projection.receptor)),
          lo_(target.lo),
          slots_(slots),
          pre_atoms_(image.populations[projection.pre].atoms_per_core),
          first_(matrices.size()),
          matrices_(matrices) {
        const auto& pre = image.populations[projection.pre];
        const std::uint32_t stages = MisfiledDelays::stages(image, projection);
        for (SliceIndex s = pre.first_slice; s < pre.first_slice + pre.n_slices; ++s) {
            Matrix matrix{s, {}};
            matrix.stages.resize(stages + 1);
            for (auto& rows : matrix.stages) rows.resize(image.slices[s].hi - image.slices[s].lo);
            matrices_.push_back(std::move(matrix));
        }
    }
    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override {
        for (std::size_t i = 0; i < post.size(); ++i) put(pre, post[i], weight[i], delay[i]);
    }
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override {
        for (std::size_t i = 0; i < pre.size(); ++i) put(pre[i], post, weight[i], delay[i]);
    }

 private:
    void put(std::uint32_t pre, std::uint32_t post, std::uint16_t weight, std::uint32_t delay) {
        const std::uint32_t stage = (delay - 1) / slots_;
        auto& matrix = matrices_[first_ + pre / pre_atoms_];
        matrix.stages.at(stage)[pre % pre_atoms_].push_back(
            {weight, static_cast<std::uint16_t>(delay - stage * slots_), receptor_,
             static_cast<std::uint16_t>(post - lo_)});
    }

    std::uint8_t receptor_;
    std::uint32_t lo_;
    std::uint32_t slots_;
    std::uint32_t pre_atoms_;
    std::size_t first_;
    std::vector<Matrix>& matrices_;
};

/// A core with neurons and their synapses.
class NeuronCore {
 public:
    NeuronCore(const MachineImage& image, const image::Deliveries& deliveries, SliceIndex index)
        : slice_(image.slices[index]),
          cells_(std::get<image::NeuronImage>(image.populations[slice_.population].cells)),
          n_(slice_.hi - slice_.lo),
          blocks_((n_ + kLanes - 1) / kLanes),
          ring_(cells_.delay_slots, static_cast<std::uint32_t>(cells_.model->receptors.size()), n_),
          random_(*cells_.model, n_, n_, cells_.sub_steps) {
        copy_state();
        copy_parameters();
        for (const auto& projection : image.projections) {
            if (projection.post != slice_.population) continue;
            MatrixSink sink(image, projection, slice_, cells_.delay_slots, matrices_);
            DeliveredOnly filter(image, deliveries, projection, slice_.lo, slice_.hi, sink);
            MisfiledDelays misfiled(image, projection, filter.sink());
            synapses::expand(projection.recipe, projection.scaling, slice_.lo, slice_.hi,
                             misfiled.sink());
        }
    }

    [[nodiscard]] const SliceImage& slice() const { return slice_; }
    [[nodiscard]] const std::vector<Matrix>& matrices() const { return matrices_; }
    [[nodiscard]] std::uint32_t slots() const { return cells_.delay_slots; }

    /// A packet of the row arrives in `step`, `copies` spikes in one.
    void receive(const Row& row, std::uint32_t step, std::uint32_t copies) {
        for (std::uint32_t c = 0; c < copies; ++c) {
            for (const Synapse& synapse : row) {
                ring_.add(step + synapse.delay_steps, synapse.receptor, synapse.index,
                          synapse.weight);
            }
            events_ += row.size();
        }
    }

    /// Keeps what spikes of before a change bring to neurons of this core.
    void add_late(const PendingInput& input) {
        if (input.population != slice_.population || input.neuron < slice_.lo ||
            input.neuron >= slice_.hi) {
            return;
        }
        late_[input.step].push_back({input.receptor, input.neuron - slice_.lo, input.sum});
    }
    [[nodiscard]] std::uint32_t last_late_step() const {
        return late_.empty() ? 0 : late_.rbegin()->first;
    }
    /// Takes the input of `step` out, instead of an update.
    void take_input(std::uint32_t step, std::vector<PendingInput>& out) {
        bring_late(step);
        for (std::uint32_t r = 0; r < cells_.model->receptors.size(); ++r) {
            for (std::uint32_t i = 0; i < n_; ++i) {
                const std::uint32_t sum = ring_.take(step, r, i);
                if (sum != 0) out.push_back({step, slice_.population, r, slice_.lo + i, sum});
            }
        }
    }

    /// Tick `step`: input into the neurons, then their update. Appends what fired, by population.
    void update(std::uint32_t step, std::vector<std::uint32_t>& fired) {
        bring_late(step);
        const std::size_t receptors = cells_.model->receptors.size();
        std::vector<std::vector<std::uint32_t>> sums(
            receptors, std::vector<std::uint32_t>(std::size_t{blocks_} * kLanes));
        std::vector<std::uint32_t*> sum_pointers;
        for (std::uint32_t r = 0; r < receptors; ++r) {
            for (std::uint32_t i = 0; i < n_; ++i) sums[r][i] = ring_.take(step, r, i);
            sum_pointers.push_back(sums[r].data());
        }
        std::vector<neurons::ParameterRef> parameters;
        for (const auto& column : parameters_) {
            parameters.push_back({column.values.data(), column.uniform ? 0 : kLanes});
        }
        std::vector<std::uint16_t> masks(blocks_);
        samples_.assign(cells_.model->recordables.size(),
                        std::vector<std::int32_t>(std::size_t{blocks_} * kLanes));
        std::vector<std::int32_t*> recorded;
        for (auto& values : samples_) recorded.push_back(values.data());

        neurons::AdvanceArgs args{};
        args.blocks = blocks_;
        args.last_mask = n_ % kLanes == 0 ? std::numeric_limits<std::uint16_t>::max()
                                          : static_cast<std::uint16_t>((1u << n_ % kLanes) - 1);
        args.state = state_.data();
        args.parameters = parameters.data();
        args.accumulators = sum_pointers.data();
        args.shifts = cells_.shifts.data();
        args.random = random_.next_step();
        args.sub_steps = cells_.sub_steps;
        args.step = step;
        args.spikes = masks.data();
        args.recorded = recorded.data();
        neurons::advance_kernel(*cells_.model, neurons::Isa::Scalar)(args);
        for (std::uint32_t b = 0; b < blocks_; ++b) {
            for (std::uint32_t mask = masks[b]; mask != 0; mask &= mask - 1) {
                fired.push_back(slice_.lo + b * kLanes +
                                static_cast<std::uint32_t>(std::countr_zero(mask)));
            }
        }
    }

    /// What the recordables were before the last update, one a neuron.
    [[nodiscard]] std::span<const std::int32_t> samples(std::size_t recordable) const {
        return std::span(samples_[recordable]).first(n_);
    }
    std::int32_t& state(std::uint32_t neuron, std::uint32_t word) {
        return state_[(std::size_t{neuron / kLanes} * cells_.model->state_words + word) * kLanes +
                      neuron % kLanes];
    }
    [[nodiscard]] std::uint64_t saturations() const { return ring_.saturations(); }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t synapses() const {
        std::uint64_t n = 0;
        for (const Matrix& matrix : matrices_) {
            for (const auto& rows : matrix.stages) {
                for (const Row& row : rows) n += row.size();
            }
        }
        return n;
    }

 private:
    void bring_late(std::uint32_t step) {
        const auto due = late_.find(step);
        if (due == late_.end()) return;
        for (const LateSum& late : due->second) {
            ring_.add(step, late.receptor, late.target,
                      static_cast<std::uint16_t>(std::min<std::uint32_t>(late.sum, 0xffff)));
        }
        late_.erase(due);
    }

    // A core's neurons fill blocks of their own; the population's blocks may be cut elsewhere.
    void copy_state() {
        const std::size_t words = cells_.model->state_words;
        state_.resize(blocks_ * words * kLanes);
        for (std::uint32_t i = 0; i < n_; ++i) {
            const std::uint32_t from = slice_.lo + i;
            for (std::uint32_t w = 0; w < words; ++w) {
                state(i, w) =
                    cells_.prepared.state[(from / kLanes * words + w) * kLanes + from % kLanes];
            }
        }
    }
    void copy_parameters() {
        for (const auto& column : cells_.prepared.parameters) {
            neurons::Column own{column.values, column.uniform};
            if (!column.uniform) {
                own.values.assign(std::size_t{blocks_} * kLanes, column.values[slice_.lo]);
                std::copy_n(column.values.begin() + slice_.lo, n_, own.values.begin());
            }
            parameters_.push_back(std::move(own));
        }
    }

    const SliceImage& slice_;
    const image::NeuronImage& cells_;
    std::uint32_t n_;
    std::uint32_t blocks_;
    RingBuffer ring_;
    LateInput late_{};
    RandomWords random_;
    std::vector<std::int32_t> state_{};
    std::vector<neurons::Column> parameters_{};
    std::vector<Matrix> matrices_{};
    std::vector<std::vector<std::int32_t>> samples_{};
    std::uint64_t events_ = 0;
};

/// A delay core: remembers how often each neuron of its slice fired in the last steps.
class DelayCore {
 public:
    DelayCore(std::uint32_t neurons, std::uint32_t longest_steps)
        : neurons_(neurons), slots_(std::bit_ceil(longest_steps + 1)), counts_(slots_ * neurons) {}

    void start_step(std::uint32_t step) {
        std::fill_n(counts_.begin() + static_cast<std::ptrdiff_t>(at(step, 0)), neurons_, 0);
    }
    void count(std::uint32_t step, std::uint32_t neuron) {
        std::uint8_t& counter = counts_[at(step, neuron)];
        if (counter < std::numeric_limits<std::uint8_t>::max()) ++counter;
    }
    [[nodiscard]] std::uint32_t counted(std::uint32_t step, std::uint32_t neuron) const {
        return counts_[at(step, neuron)];
    }

 private:
    [[nodiscard]] std::size_t at(std::uint32_t step, std::uint32_t neuron) const {
        return std::size_t{step % slots_} * neurons_ + neuron;
    }
    std::uint32_t neurons_;
    std::uint32_t slots_;
    std::vector<std::uint8_t> counts_;
};

/// A core that only sends.
class SourceCore {
 public:
    SourceCore(const MachineImage& image, SliceIndex index) : slice_(image.slices[index]) {
        const auto& cells = image.populations[slice_.population].cells;
        if (const auto* array = std::get_if<image::SpikeArrayImage>(&cells)) {
            for (const auto& spike : array->spikes) {
                if (spike.neuron >= slice_.lo && spike.neuron < slice_.hi) {
                    spikes_.push_back(spike);
                }
            }
        } else {
            before_ = slice_.lo % kPoissonGroup;
            poisson_.emplace(std::get<image::PoissonImage>(cells), image.timestep_ms,
                             slice_.population, slice_.lo - before_, slice_.hi,
                             neurons::Isa::Scalar);
        }
    }
    [[nodiscard]] const SliceImage& slice() const { return slice_; }

    void update(std::uint32_t step, std::vector<std::uint32_t>& fired) const {
        if (poisson_) {
            std::vector<std::uint32_t> counts(slice_.hi - slice_.lo + before_);
            poisson_->draw(step, counts);
            for (std::uint32_t i = before_; i < counts.size(); ++i) {
                fired.insert(fired.end(), counts[i], slice_.lo + i - before_);
            }
            return;
        }
        const auto first =
            std::ranges::lower_bound(spikes_, step, {}, &image::SpikeArrayImage::Spike::step);
        for (auto it = first; it != spikes_.end() && it->step == step; ++it) {
            fired.push_back(it->neuron);
        }
    }

 private:
    const SliceImage& slice_;
    std::vector<image::SpikeArrayImage::Spike> spikes_{};
    std::optional<PoissonSources> poisson_{};
    std::uint32_t before_ = 0;  ///< sources of the slice before that share its first random words
};

}  // namespace spinnlab::engine::reference
