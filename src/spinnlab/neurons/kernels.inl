// SPDX-License-Identifier: Apache-2.0
// The kernels of all models for one kind of lanes: include it with SPINNLAB_LANES defined as the
// lanes' namespace, and once only in a file. It defines that namespace's kernel_table().
#include <array>
#include <cstdint>

#include "spinnlab/neurons/kernel_tables.hpp"
#include "spinnlab/neurons/models.hpp"

namespace spinnlab::neurons::SPINNLAB_LANES {

using Int = Lanes::Int;

/// Constants of a population that all its neurons share: one register each.
template <std::uint32_t kCount>
class SharedConstants {
 public:
    explicit SharedConstants(const ParameterRef* parameters) {
        SPINNLAB_UNROLL
        for (std::uint32_t i = 0; i < kCount; ++i)
            values_[i] = Lanes::same(parameters[i].values[0]);
    }
    void go_to(std::uint32_t, std::uint32_t) {}

    struct View {
        const Lanes::Held<true>* values;
        Constant<Lanes, true> operator[](std::uint32_t i) const { return {values[i]}; }
        View from(std::uint32_t first) const { return {values + first}; }
    };
    View view() const { return {values_}; }

 private:
    Lanes::Held<true> values_[kCount];
};

/// Constants of which some differ from neuron to neuron: loaded where they are used.
template <std::uint32_t kCount>
class OwnConstants {
 public:
    explicit OwnConstants(const ParameterRef* parameters) {
        for (std::uint32_t i = 0; i < kCount; ++i) {
            stride_[i] = parameters[i].stride;
            first_[i] = parameters[i].values;
            if (stride_[i] == 0) {
                for (std::int32_t& copy : shared_[i]) copy = parameters[i].values[0];
                first_[i] = shared_[i];
            }
        }
    }
    void go_to(std::uint32_t block, std::uint32_t lane) {
        SPINNLAB_UNROLL
        for (std::uint32_t i = 0; i < kCount; ++i) {
            now_[i] = first_[i] + std::size_t{block} * stride_[i] + lane;
        }
    }

    struct View {
        const std::int32_t* const* now;
        Constant<Lanes, false> operator[](std::uint32_t i) const { return {Lanes::load(now[i])}; }
        View from(std::uint32_t first) const { return {now + first}; }
    };
    View view() const { return {now_}; }

 private:
    const std::int32_t* now_[kCount];
    const std::int32_t* first_[kCount];
    std::size_t stride_[kCount];
    alignas(64) std::int32_t shared_[kCount][kLanes];
};

/// One call of a kernel: the arguments, and what it does with them for one register of neurons.
/// `kOneStep`: the time step has one part; `kPlain`: no currents come in and nothing is recorded.
template <class Model, class Constants, bool kOneStep, bool kPlain>
class Run {
 public:
    explicit Run(const AdvanceArgs& args) : args_(args), constants_(args.parameters) {
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            sums_[r] = args.accumulators[r];
            shifts_[r] = args.shifts[r];
            unusual_ |= ~(kLargestSum & (kHalf >> shifts_[r]));
        }
        for (std::uint32_t r = 0; r < kRecordables; ++r) {
            recorded_[r] = args.recorded == nullptr ? nullptr : args.recorded[r];
        }
    }

    /// Spikes of the block, a bit a lane.
    std::uint32_t block(std::uint32_t block, std::uint32_t existing) {
        std::uint32_t spikes = 0;
        for (std::uint32_t lane = 0; lane < kLanes; lane += Lanes::kWidth) {
            spikes |= lanes(block, lane, existing >> lane) << lane;
        }
        return spikes & existing;
    }

    std::uint32_t saturated() const { return saturated_; }

 private:
    static constexpr std::uint32_t kReceptors = Model::kReceptors;
    static constexpr std::uint32_t kRecordables = Model::recordables.size();
    static constexpr std::uint32_t kLargestSum = 0xFFFF;
    /// Two numbers up to this one have a sum that is not negative.
    static constexpr std::uint32_t kHalf = 0x3FFFFFFF;

    std::uint32_t lanes(std::uint32_t block, std::uint32_t lane, std::uint32_t existing) {
        const std::size_t neuron = std::size_t{block} * kLanes + lane;
        constants_.go_to(block, lane);
        std::int32_t* memory = args_.state + std::size_t{block} * kLanes * Model::kWords + lane;
        Int state[Model::kWords];
        load_state(memory, state);
        Int sums[kReceptors];
        if (are_usual(neuron, state, sums)) [[likely]] {
            leave_zeros(neuron);
            return update<true>(block, lane, memory, state, sums);
        }
        const Spikes found = unusual(args_, block, lane, existing);
        saturated_ += found.saturated;
        return found.spikes;
    }

    struct Spikes {
        std::uint32_t spikes, saturated;
    };
    /// With constants of its own: nothing of the usual way has to be in memory for it.
    [[gnu::noinline, gnu::cold]] static Spikes unusual(const AdvanceArgs& args, std::uint32_t block,
                                                       std::uint32_t lane, std::uint32_t existing) {
        Run run(args);
        const std::size_t neuron = std::size_t{block} * kLanes + lane;
        run.constants_.go_to(block, lane);
        std::int32_t* memory = args.state + std::size_t{block} * kLanes * Model::kWords + lane;
        Int state[Model::kWords];
        load_state(memory, state);
        Int sums[kReceptors];
        static_cast<void>(run.are_usual(neuron, state, sums));
        run.leave_zeros(neuron);
        run.clamp(existing, sums);
        const std::uint32_t spikes = run.template update<false>(block, lane, memory, state, sums);
        return {spikes, run.saturated_};
    }

    static void load_state(const std::int32_t* memory, Int* state) {
        SPINNLAB_UNROLL
        for (std::uint32_t w = 0; w < Model::kWords; ++w)
            state[w] = Lanes::load(memory + w * kLanes);
    }
    static void store_state(const Int* state, std::int32_t* memory, bool rare) {
        SPINNLAB_UNROLL
        for (std::uint32_t w = 0; w < Model::kWords; ++w) {
            const bool is_rare = (Model::rare_words >> w & 1u) != 0;
            if (rare || !is_rare) Lanes::store(state[w], memory + w * kLanes);
        }
    }

    void leave_zeros(std::size_t neuron) const {
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            Lanes::store(Lanes::zero(), sums_[r] + neuron);
        }
    }

    /// Reads the sums of weights. True where none is to be clamped, and nothing that decays is
    /// negative or becomes so with the new input.
    bool are_usual(std::size_t neuron, const Int* state, Int* sums) {
        Int any = Lanes::zero();
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            sums[r] = Lanes::load(sums_[r] + neuron);
            any = Lanes::bit_or(any, sums[r]);
        }
        if constexpr (Model::positive_words == 0) return !Lanes::any_bit(any, unusual_);
        Int decaying = Lanes::zero();
        SPINNLAB_UNROLL
        for (std::uint32_t w = 0; w < Model::kWords; ++w) {
            if ((Model::positive_words >> w & 1u) != 0) {
                decaying = Lanes::bit_or(decaying, state[w]);
            }
        }
        return !Lanes::any_bit(any, unusual_) && !Lanes::any_bit(decaying, ~kHalf);
    }

    /// The rest of the step; `kUsual`: what are_usual() says.
    template <bool kUsual>
    std::uint32_t update(std::uint32_t block, std::uint32_t lane, std::int32_t* memory, Int* state,
                         Int* sums) {
        const auto k = constants_.view();
        const std::size_t neuron = std::size_t{block} * kLanes + lane;
        shift(sums);
        Model::template add<Lanes, kUsual>(state, k, sums);
        Int current = Lanes::zero();
        if (!kPlain && args_.current != nullptr) current = Lanes::load(args_.current + neuron);
        typename Model::template Readings<Lanes> before;
        std::uint32_t spikes = 0;
        const std::uint32_t sub_steps = kOneStep ? 1 : args_.sub_steps;
        for (std::uint32_t sub = 0; sub < sub_steps; ++sub) {
            const Int now = Lanes::set(static_cast<std::int32_t>(args_.step * sub_steps + sub));
            const auto silent = Model::template advance<Lanes, kUsual>(
                state, k, current, random(block, lane, sub), now, before);
            if (!kPlain && sub == 0) record(neuron, before);
            store_state(state, memory, false);
            if (Lanes::all(silent)) [[likely]]
                continue;
            // Few fire: what they need is read again, so that all others can do without.
            load_state(memory, state);
            const auto spike = Lanes::inverse(silent);
            Model::template fired<Lanes>(state, k, spike, now);
            store_state(state, memory, true);
            spikes |= Lanes::bits(spike);
        }
        return spikes;
    }

    void shift(Int* sums) const {
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            sums[r] = Lanes::shift_left(sums[r], shifts_[r]);
        }
    }

    void clamp(std::uint32_t existing, Int* sums) {
        const Int largest = Lanes::set(static_cast<std::int32_t>(kLargestSum));
        SPINNLAB_UNROLL
        for (std::uint32_t r = 0; r < kReceptors; ++r) {
            const auto above = Lanes::less_unsigned(largest, sums[r]);
            sums[r] = Lanes::select(above, largest, sums[r]);
            saturated_ +=
                static_cast<std::uint32_t>(__builtin_popcount(Lanes::bits(above) & existing));
        }
    }

    Int random(std::uint32_t block, std::uint32_t lane, std::uint32_t sub) const {
        if constexpr (Model::random_words == 0) {
            return Lanes::zero();
        } else {
            const std::size_t row = std::size_t{block} * args_.sub_steps + sub;
            return Lanes::load(args_.random + row * Model::random_words * kLanes + lane);
        }
    }

    void record(std::size_t neuron, const typename Model::template Readings<Lanes>& before) {
        if (recorded_[0] != nullptr) Lanes::store(before.v, recorded_[0] + neuron);
        if (recorded_[1] != nullptr) Lanes::store(before.excitatory, recorded_[1] + neuron);
        if (recorded_[2] != nullptr) Lanes::store(before.inhibitory, recorded_[2] + neuron);
    }

    const AdvanceArgs args_;
    Constants constants_;
    std::uint32_t* sums_[kReceptors];
    int shifts_[kReceptors];
    std::uint32_t unusual_ = 0;  ///< bits of a sum that is to be clamped, or large once shifted
    std::int32_t* recorded_[kRecordables];
    std::uint32_t saturated_ = 0;
};

/// Flattened: one function without calls, its constants in registers.
template <class Model, class Constants, bool kOneStep, bool kPlain>
[[gnu::flatten]] void advance_with(AdvanceArgs& args) {
    Run<Model, Constants, kOneStep, kPlain> run(args);
    std::uint16_t* const spikes = args.spikes;
    const std::uint32_t last = args.blocks - 1;
    const std::uint32_t last_mask = args.last_mask;
    for (std::uint32_t block = 0; block <= last; ++block) {
        const std::uint32_t existing = block == last ? last_mask : 0xFFFFu;
        spikes[block] = static_cast<std::uint16_t>(run.block(block, existing));
    }
    args.saturated = run.saturated();
}

template <class Model>
void advance(AdvanceArgs& args) {
    args.saturated = 0;
    if (args.blocks == 0) return;
    bool shared = true;
    for (std::uint32_t i = 0; i < Model::kConstants; ++i) {
        shared = shared && args.parameters[i].stride == 0;
    }
    using Shared = SharedConstants<Model::kConstants>;
    using Own = OwnConstants<Model::kConstants>;
    bool plain = args.current == nullptr;
    for (std::uint32_t r = 0; args.recorded != nullptr && r < Model::recordables.size(); ++r) {
        plain = plain && args.recorded[r] == nullptr;
    }
    if (args.sub_steps != 1) {
        advance_with<Model, Own, false, false>(args);
    } else if (!shared) {
        advance_with<Model, Own, true, false>(args);
    } else if (plain) {
        advance_with<Model, Shared, true, true>(args);
    } else {
        advance_with<Model, Shared, true, false>(args);
    }
}

#define SPINNLAB_NEURON_MODEL(Type) &advance<Type>,
constexpr Advance kKernels[] = {
#include "spinnlab/neurons/models.def"
};
#undef SPINNLAB_NEURON_MODEL

}  // namespace spinnlab::neurons::SPINNLAB_LANES
