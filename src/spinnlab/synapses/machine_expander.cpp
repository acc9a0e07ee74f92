// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/machine_expander.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/synapses/scaling.hpp"

namespace spinnlab::synapses {

namespace {

constexpr int kMostDraws = 1000;  // MAX_REDRAWS; the original's core then stops

/// A number times a fraction, as the original's compiler does it: by way of s32.31, rounded there
/// to the nearest.
Accum scaled(Accum value, Fraction fraction) {
    constexpr std::int64_t kHalf = 1 << 14;
    return static_cast<Accum>(((std::int64_t{fraction >> 1} * value + kHalf) >> 15) >> 16);
}

/// A param_generator: where a weight or a delay (s16.15) comes from.
class MachineValue {
 public:
    explicit MachineValue(const ValueSource& source) {
        if (const auto* constant = std::get_if<Constant>(&source)) {
            a_ = accum_from(constant->value);
            return;
        }
        const auto& distribution = std::get<Distribution>(source);
        is_constant_ = false;
        kind_ = distribution.kind;
        a_ = accum_from(distribution.a);
        b_ = accum_from(distribution.b);
        low_ = accum_from(distribution.low);
        high_ = accum_from(distribution.high);
    }

    Accum operator()(Kiss& core) const {
        if (is_constant_) return a_;
        const auto normal = [&] { return add(a_, mul(core.normal(), b_)); };
        switch (kind_) {
            case DistributionKind::Uniform:
            case DistributionKind::UniformInt:  // QUIRK: not only whole numbers
                return add(a_, scaled(sub(b_, a_), core()));
            case DistributionKind::Normal: return normal();
            case DistributionKind::NormalClipped: return redrawn(normal);
            case DistributionKind::NormalClippedToBoundary:
                return std::clamp(normal(), low_, high_);
            case DistributionKind::Exponential: return mul(core.exponential(), a_);
            case DistributionKind::ExponentialClipped:  // QUIRK: of a normal number
                return redrawn([&] { return mul(core.normal(), a_); });
        }
        return 0;
    }

 private:
    template <typename Draw>
    Accum redrawn(Draw draw) const {
        Accum value = draw();
        for (int i = 1; i < kMostDraws && (value < low_ || value > high_); ++i) value = draw();
        return std::clamp(value, low_, high_);
    }

    bool is_constant_ = true;
    DistributionKind kind_ = DistributionKind::Uniform;
    Accum a_ = 0;
    Accum b_ = 0;
    Accum low_ = 0;
    Accum high_ = 0;
};

/// Members of an end: neurons first .. first + n - 1 of the population.
struct Range {
    std::uint32_t first = 0;
    std::uint32_t n = 0;
    [[nodiscard]] std::uint32_t end() const { return first + n; }
};
Range range_of(const std::vector<std::uint32_t>& members, std::uint32_t size) {
    return {members.empty() ? 0 : members.front(), size};
}

/// What one core does for one projection; emit(pre, post, weight, delay) in the core's order.
/// Neurons are indexes in their populations.
template <typename Emit>
class CoreExpander {
 public:
    CoreExpander(const Recipe& recipe, CoreStreams& streams, Emit emit)
        : streams_(streams),
          weight_(recipe.weight),
          delay_(recipe.delay_ms),
          pre_(range_of(recipe.pre_index, recipe.shape.pre)),
          post_(range_of(recipe.post_index, recipe.shape.post)),
          first_(std::max(streams.lo, post_.first)),
          end_(std::min(streams.hi, post_.end())),
          // A population and a view of it are two things to the original: then self does not count.
          same_(recipe.shape.same_population && recipe.pre_index == recipe.post_index),
          emit_(std::move(emit)) {}

    void operator()(const AllToAll& connector) {
        const bool self_ok = connector.allow_self_connections || !same_;
        for (std::uint32_t pre = pre_.first; pre < pre_.end(); ++pre) {
            for (std::uint32_t post = first_; post < end_; ++post) {
                if (self_ok || pre != post) draw_and_emit(pre, post);
            }
        }
    }

    void operator()(const OneToOne& /*connector*/) {
        for (std::uint32_t post = first_; post < end_; ++post) {
            const std::uint32_t pre = pre_.first + (post - post_.first);
            if (pre < pre_.end()) draw_and_emit(pre, post);
        }
    }

    void operator()(const FixedProbability& connector) {
        constexpr double kLargest = 4294967295.0;
        const auto p =
            static_cast<std::uint32_t>(std::min(nearest(connector.p_connect * 0x1p32), kLargest));
        const bool self_ok = connector.allow_self_connections || !same_;
        for (std::uint32_t pre = pre_.first; pre < pre_.end(); ++pre) {
            for (std::uint32_t post = first_; post < end_; ++post) {
                if (!self_ok && pre == post) continue;
                if (streams_.core() <= p) draw_and_emit(pre, post);
            }
        }
    }

    void operator()(const FixedNumberPre& connector) {
        const bool self_ok = connector.allow_self_connections || !same_;
        for (std::uint32_t post = first_; post < end_; ++post) {
            if (connector.with_replacement) {
                for (std::uint32_t j = 0; j < connector.n; ++j) {
                    pick_pre(post, self_ok, [&] { return below_15_bits(streams_.core, pre_.n); });
                }
            } else {
                choose(streams_.core, connector.n, pre_, post, self_ok);
                for (const std::uint16_t pre : chosen_) draw_and_emit(pre, post);
            }
        }
    }

    void operator()(const FixedNumberPost& connector) {
        const bool self_ok = connector.allow_self_connections || !same_;
        for (std::uint32_t pre = pre_.first; pre < pre_.end(); ++pre) {
            if (connector.with_replacement) {
                for (std::uint32_t j = 0; j < connector.n; ++j) {
                    std::uint32_t post = 0;
                    do {
                        post = below_15_bits(streams_.population, post_.n) + post_.first;
                    } while (!self_ok && post == pre);
                    if (is_mine(post)) draw_and_emit(pre, post);
                }
            } else {
                choose(streams_.population, connector.n, post_, pre, self_ok);
                for (const std::uint16_t post : chosen_) {
                    if (is_mine(post)) draw_and_emit(pre, post);
                }
            }
        }
    }

    void operator()(const FixedTotalNumber& connector) {
        const bool self_ok = connector.allow_self_connections || !same_;
        if (!connector.with_replacement) {
            total_without_replacement(connector.n, self_ok);
            return;
        }
        for (std::uint64_t i = 0; i < connector.n; ++i) {
            const std::uint32_t post = below(streams_.population, post_.n) + post_.first;
            if (!is_mine(post)) continue;
            pick_pre(post, self_ok, [&] { return below(streams_.core, pre_.n); });
        }
    }

    void operator()(const FromList& /*connector*/) {}  // the host's

 private:
    [[nodiscard]] bool is_mine(std::uint32_t post) const {
        return post >= streams_.lo && post < streams_.hi;
    }
    /// QUIRK: of 15 bits, so that ranges above 32,768 have holes.
    static std::uint32_t below_15_bits(Kiss& kiss, std::uint32_t n) {
        return ((kiss() & 0x7fff) * n) >> 15;
    }
    static std::uint32_t below(Kiss& kiss, std::uint32_t n) {
        return static_cast<std::uint32_t>((std::uint64_t{kiss()} * n) >> 32);
    }

    void draw_and_emit(std::uint32_t pre, std::uint32_t post) {
        const Accum weight = weight_(streams_.core);
        const Accum delay = delay_(streams_.core);
        emit_(pre, post, weight, delay);
    }
    /// The values first, then the source.
    template <typename Pick>
    void pick_pre(std::uint32_t post, bool self_ok, Pick pick) {
        const Accum weight = weight_(streams_.core);
        const Accum delay = delay_(streams_.core);
        std::uint32_t pre = 0;
        do {
            pre = pick() + pre_.first;
        } while (!self_ok && pre == post);
        emit_(pre, post, weight, delay);
    }

    /// k neurons of a range by a reservoir. QUIRKS: 16 bits a neuron; a place in the range is held
    /// against the index of the other neuron in its whole population.
    void choose(Kiss& kiss, std::uint32_t k, const Range& from, std::uint32_t other, bool self_ok) {
        chosen_.resize(k);
        std::uint32_t next = k;
        for (std::uint32_t j = 0; j < k; ++j) {
            if (j == other && !self_ok) {
                chosen_[j] = static_cast<std::uint16_t>(k);
                next = k + 1;
            } else {
                chosen_[j] = static_cast<std::uint16_t>(j + from.first);
            }
        }
        for (std::uint32_t j = next; j < from.n; ++j) {
            if (j == other && !self_ok) continue;
            const std::uint32_t r = below_15_bits(kiss, j + 1);
            if (r < k) chosen_[r] = static_cast<std::uint16_t>(j + from.first);
        }
    }

    void total_without_replacement(std::uint64_t n, bool self_ok) {
        struct Pair {
            std::uint32_t pre, post;
        };
        Pair at{pre_.first, post_.first};
        const auto step = [&] {
            if (++at.pre < pre_.end()) return;
            at.pre = pre_.first;
            ++at.post;
        };
        const auto next = [&] {
            step();
            if (!self_ok && at.pre == at.post) step();
        };
        std::vector<Pair> reservoir;
        reservoir.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i, next()) reservoir.push_back(at);
        for (auto i = static_cast<std::uint32_t>(n); at.post < post_.end(); ++i, next()) {
            const std::uint32_t r = below(streams_.population, i + 1);
            if (r < n) reservoir[r] = at;
        }
        for (const Pair& pair : reservoir) {
            if (is_mine(pair.post)) draw_and_emit(pair.pre, pair.post);
        }
    }

    CoreStreams& streams_;
    MachineValue weight_;
    MachineValue delay_;
    Range pre_;
    Range post_;
    std::uint32_t first_;
    std::uint32_t end_;
    bool same_;
    Emit emit_;
    std::vector<std::uint16_t> chosen_{};
};

template <typename Emit>
void run_core(const Recipe& recipe, CoreStreams& streams, Emit emit) {
    CoreExpander<Emit> expander(recipe, streams, std::move(emit));
    std::visit(expander, recipe.connector);
}

/// Puts synapses that follow one another and have one end in common into one call of a sink.
class Runs {
 public:
    Runs(const Recipe& recipe, const Scaling& scaling, SynapseSink& sink)
        : by_target_(std::holds_alternative<FixedNumberPre>(recipe.connector)),
          scaling_(scaling),
          longest_(recipe.machine->longest_delay_steps),
          sink_(sink) {}

    void add(std::uint32_t pre, std::uint32_t post, Accum weight, Accum delay_ms) {
        const std::uint32_t common = by_target_ ? post : pre;
        if (common != common_) flush();
        common_ = common;
        others_.push_back(by_target_ ? pre : post);
        weights_.push_back(stored_weight(to_double(weight), scaling_));
        const std::uint32_t steps = delay_steps(to_double(delay_ms), scaling_);
        delays_.push_back(static_cast<std::uint16_t>(std::min(steps, longest_)));
    }
    void flush() {
        if (others_.empty()) return;
        if (by_target_) {
            sink_.column(common_, others_, weights_, delays_);
        } else {
            sink_.row(common_, others_, weights_, delays_);
        }
        others_.clear();
        weights_.clear();
        delays_.clear();
    }

 private:
    bool by_target_;
    Scaling scaling_;
    std::uint32_t longest_;
    SynapseSink& sink_;
    std::uint32_t common_ = 0;
    std::vector<std::uint32_t> others_{};
    std::vector<std::uint16_t> weights_{};
    std::vector<std::uint16_t> delays_{};
};

bool is_range(const std::vector<std::uint32_t>& members) {
    for (std::size_t i = 1; i < members.size(); ++i) {
        if (members[i] != members[i - 1] + 1) return false;
    }
    return true;
}

}  // namespace

std::vector<std::shared_ptr<const MachineStreams>> machine_streams(
    std::span<const MachineInput> inputs, std::uint32_t population_seed, std::uint32_t neurons,
    std::uint32_t neurons_per_core) {
    KissSeeds seeds(population_seed);
    const Kiss population(seeds.next());
    std::vector<CoreStreams> cores;
    for (std::uint32_t lo = 0; lo < neurons; lo += neurons_per_core) {
        cores.push_back(
            {lo, std::min(lo + neurons_per_core, neurons), population, Kiss(seeds.next())});
    }
    std::vector<std::shared_ptr<const MachineStreams>> streams;
    for (const MachineInput& input : inputs) {
        if (!generated_on_machine(*input.recipe)) {
            streams.push_back(nullptr);
            continue;
        }
        streams.push_back(std::make_shared<MachineStreams>(cores, input.longest_delay_steps));
        for (CoreStreams& core : cores) {
            run_core(*input.recipe, core, [](auto...) {});
        }
    }
    return streams;
}

void check_drawn_as_machine(const Recipe& recipe, std::string_view projection) {
    const auto refuse = [&](std::string_view what) {
        throw UnsupportedError(
            fmt::format("{}: {} with rng=\"spinnaker\"", projection, what),
            "Leave out rng=\"spinnaker\", or use the kernel \"sPyNNaker 7.4.1\".");
    };
    const auto random = [](const ValueSource& source) {
        return std::holds_alternative<Distribution>(source);
    };
    if (generated_on_machine(recipe)) {
        if (!is_range(recipe.pre_index) || !is_range(recipe.post_index)) {
            refuse("a view of neurons that do not follow one another");
        }
    } else if (!std::holds_alternative<FromList>(recipe.connector) &&
               !std::holds_alternative<AllToAll>(recipe.connector) &&
               !std::holds_alternative<OneToOne>(recipe.connector)) {
        refuse("connections that the original's host draws");
    } else if (random(recipe.weight) || random(recipe.delay_ms)) {
        refuse("weights or delays that the original's host draws");
    }
}

void expand_as_machine(const Recipe& recipe, const Scaling& scaling, std::uint32_t post_lo,
                       std::uint32_t post_hi, SynapseSink& sink) {
    Runs runs(recipe, scaling, sink);
    for (CoreStreams core : recipe.machine->cores) {
        if (core.hi <= post_lo || core.lo >= post_hi) continue;
        run_core(recipe, core,
                 [&](std::uint32_t pre, std::uint32_t post, Accum weight, Accum delay_ms) {
                     if (post < post_lo || post >= post_hi) return;
                     runs.add(pre, post, weight, delay_ms);
                 });
    }
    runs.flush();
}

std::vector<Connection> connections_as_machine(const Recipe& recipe) {
    std::vector<Connection> found;
    for (CoreStreams core : recipe.machine->cores) {
        run_core(recipe, core,
                 [&](std::uint32_t pre, std::uint32_t post, Accum weight, Accum delay_ms) {
                     found.push_back({pre, post, to_double(weight), to_double(delay_ms)});
                 });
    }
    return found;
}

}  // namespace spinnlab::synapses
