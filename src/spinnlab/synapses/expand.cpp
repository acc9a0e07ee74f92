// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/expand.hpp"

#include <algorithm>
#include <limits>

#include "spinnlab/synapses/machine_expander.hpp"
#include "spinnlab/synapses/pairs.hpp"
#include "spinnlab/synapses/scaling.hpp"
#include "spinnlab/synapses/values.hpp"

namespace spinnlab::synapses {

namespace {

/// Gives every run of pairs its weights and delays.
class Values {
 public:
    explicit Values(const Recipe& recipe) : recipe_(recipe) {}

    void draw(const PairRun& run, bool with_weights = true) {
        weights_.assign(run.others.size(), 0.0);
        delays_.resize(run.others.size());
        if (with_weights) draw(recipe_.weight, Purpose::Weights, run, weights_);
        draw(recipe_.delay_ms, Purpose::Delays, run, delays_);
    }
    [[nodiscard]] std::span<const double> weights() const { return weights_; }
    [[nodiscard]] std::span<const double> delays_ms() const { return delays_; }

 private:
    void draw(const ValueSource& source, Purpose purpose, const PairRun& run,
              std::span<double> values) const {
        const bool random = std::holds_alternative<Distribution>(source);
        if (!random || run.positions.empty()) {
            Stream stream(recipe_.seed, purpose, recipe_.projection_id, run.common, run.block);
            draw_values(source, stream, run.positions, values);
            return;
        }
        // The run may be cut: what stands at a position of a list depends on nothing else.
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::uint64_t at = run.positions[i];
            Stream stream(recipe_.seed, purpose, recipe_.projection_id,
                          static_cast<std::uint32_t>(at),
                          run.block ^ static_cast<std::uint32_t>(at >> 32));
            values[i] = synapses::draw(std::get<Distribution>(source), stream);
        }
    }

    const Recipe& recipe_;
    std::vector<double> weights_{};
    std::vector<double> delays_{};
};

/// Stored forms of values; a constant is converted once.
class Stored {
 public:
    Stored(const Recipe& recipe, const Scaling& scaling) : scaling_(scaling) {
        if (const auto* w = std::get_if<Constant>(&recipe.weight)) {
            constant_weight_ = stored_weight(w->value, scaling);
            weight_is_constant_ = true;
        }
        if (const auto* d = std::get_if<Constant>(&recipe.delay_ms)) {
            constant_delay_ = delay_steps(d->value, scaling);
            delay_is_constant_ = true;
        }
    }
    [[nodiscard]] bool constant() const { return weight_is_constant_ && delay_is_constant_; }
    void weights(std::span<const double> drawn, std::span<std::uint16_t> stored) const {
        if (weight_is_constant_) {
            std::ranges::fill(stored, constant_weight_);
            return;
        }
        const ToStoredWeight convert(scaling_);
        for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = convert(drawn[i]);
    }
    void delays(std::span<const double> drawn, std::span<std::uint16_t> stored) const {
        if (delay_is_constant_) {
            std::ranges::fill(stored, constant_delay_);
            return;
        }
        const ToDelaySteps convert(scaling_);
        for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = convert(drawn[i]);
    }

 private:
    Scaling scaling_;
    bool weight_is_constant_ = false;
    bool delay_is_constant_ = false;
    std::uint16_t constant_weight_ = 0;
    std::uint16_t constant_delay_ = 0;
};

/// Runs of pairs to synapses: view members to neurons, values to integers, targets in the range.
class Expansion final : public PairSink {
 public:
    Expansion(const Recipe& recipe, const Scaling& scaling, std::uint32_t lo, std::uint32_t hi,
              SynapseSink& sink)
        : recipe_(recipe),
          values_(recipe),
          stored_(recipe, scaling),
          lo_(lo),
          hi_(hi),
          sink_(sink),
          with_weights_(sink.wants_weights()) {}

    void row(const PairRun& run) override {
        auto posts = neurons(recipe_.post_index, run.others);
        const auto outside = [&](std::uint32_t post) { return post < lo_ || post >= hi_; };
        const bool all_inside = std::ranges::none_of(posts, outside);
        if (!all_inside && std::ranges::all_of(posts, outside)) return;
        convert(run);
        if (!all_inside) posts = only_inside(posts);
        if (!posts.empty()) {
            sink_.row(neuron(recipe_.pre_index, run.common), posts, weights_, delays_);
        }
    }
    void column(const PairRun& run) override {
        const std::uint32_t post = neuron(recipe_.post_index, run.common);
        if (post < lo_ || post >= hi_ || run.others.empty()) return;
        convert(run);
        sink_.column(post, neurons(recipe_.pre_index, run.others), weights_, delays_);
    }

 private:
    static std::uint32_t neuron(const std::vector<std::uint32_t>& members, std::uint32_t i) {
        return members.empty() ? i : members[i];
    }
    std::span<const std::uint32_t> neurons(const std::vector<std::uint32_t>& members,
                                           std::span<const std::uint32_t> places) {
        if (members.empty()) return places;
        others_.resize(places.size());
        for (std::size_t i = 0; i < places.size(); ++i) others_[i] = members[places[i]];
        return others_;
    }
    /// Weights and delays of a whole run; what is outside draws too, so that any cut is the same.
    void convert(const PairRun& run) {
        if (!stored_.constant()) values_.draw(run, with_weights_);
        weights_.resize(run.others.size());
        delays_.resize(run.others.size());
        stored_.weights(values_.weights(), weights_);
        stored_.delays(values_.delays_ms(), delays_);
    }
    std::span<const std::uint32_t> only_inside(std::span<const std::uint32_t> posts) {
        std::size_t kept = 0;
        others_.resize(posts.size());
        for (std::size_t i = 0; i < posts.size(); ++i) {
            if (posts[i] < lo_ || posts[i] >= hi_) continue;
            others_[kept] = posts[i];
            weights_[kept] = weights_[i];
            delays_[kept++] = delays_[i];
        }
        weights_.resize(kept);
        delays_.resize(kept);
        return std::span(others_).first(kept);
    }

    const Recipe& recipe_;
    Values values_;
    Stored stored_;
    std::uint32_t lo_;
    std::uint32_t hi_;
    SynapseSink& sink_;
    bool with_weights_;
    std::vector<std::uint32_t> others_{};
    std::vector<std::uint16_t> weights_{};
    std::vector<std::uint16_t> delays_{};
};

/// Collects connections with their values.
class Listing final : public PairSink {
 public:
    explicit Listing(const Recipe& recipe) : recipe_(recipe), values_(recipe) {}

    void row(const PairRun& run) override {
        values_.draw(run);
        for (std::size_t i = 0; i < run.others.size(); ++i) add(run.common, run.others[i], i);
    }
    void column(const PairRun& run) override {
        values_.draw(run);
        for (std::size_t i = 0; i < run.others.size(); ++i) add(run.others[i], run.common, i);
    }
    std::vector<Connection> take() { return std::move(found_); }

 private:
    void add(std::uint32_t pre, std::uint32_t post, std::size_t i) {
        found_.push_back({recipe_.pre_index.empty() ? pre : recipe_.pre_index[pre],
                          recipe_.post_index.empty() ? post : recipe_.post_index[post],
                          values_.weights()[i], values_.delays_ms()[i]});
    }

    const Recipe& recipe_;
    Values values_;
    std::vector<Connection> found_{};
};

/// The range of view members whose neurons lie in lo .. hi - 1; all of them for an unordered view.
std::pair<std::uint32_t, std::uint32_t> members_in(const std::vector<std::uint32_t>& members,
                                                   std::uint32_t size, std::uint32_t lo,
                                                   std::uint32_t hi) {
    if (members.empty()) return {lo, std::min(hi, size)};
    if (!std::ranges::is_sorted(members)) return {0, size};
    const auto first = std::ranges::lower_bound(members, lo) - members.begin();
    const auto end = std::ranges::lower_bound(members, hi) - members.begin();
    return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end)};
}

}  // namespace

void expand(const Recipe& recipe, const Scaling& scaling, std::uint32_t post_lo,
            std::uint32_t post_hi, SynapseSink& sink) {
    if (recipe.machine != nullptr) {
        expand_as_machine(recipe, scaling, post_lo, post_hi, sink);
        return;
    }
    const auto [first, end] = members_in(recipe.post_index, recipe.shape.post, post_lo, post_hi);
    if (first >= end) return;
    Expansion expansion(recipe, scaling, post_lo, post_hi, sink);
    generate_pairs(recipe, first, end, expansion);
}

std::vector<Connection> connections(const Recipe& recipe, const Scaling& scaling, bool as_stored) {
    std::vector<Connection> found;
    std::uint32_t longest = std::numeric_limits<std::uint16_t>::max();
    if (recipe.machine != nullptr) {
        found = connections_as_machine(recipe);
        longest = recipe.machine->longest_delay_steps;
    } else {
        Listing listing(recipe);
        generate_pairs(recipe, 0, recipe.shape.post, listing);
        found = listing.take();
    }
    if (as_stored) {
        for (Connection& connection : found) {
            const std::uint32_t steps = delay_steps(connection.delay_ms, scaling);
            connection.weight = stored_weight(connection.weight, scaling) / scaling.weight_scale;
            connection.delay_ms = std::min(steps, longest) * scaling.timestep_ms;
        }
    }
    std::ranges::stable_sort(
        found, {}, [](const Connection& c) { return std::uint64_t{c.pre} << 32 | c.post; });
    return found;
}

}  // namespace spinnlab::synapses
