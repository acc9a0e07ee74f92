// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <vector>

#include "spinnlab/base/random.hpp"
#include "spinnlab/synapses/counts.hpp"

namespace spinnlab::synapses {

namespace {

constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
/// Value streams of columns and lists: no block of a row has these numbers.
constexpr std::uint32_t kColumnBlock = 0x80000000;
constexpr std::uint32_t kListBlock = 0x80000001;

class Pairs {
 public:
    Pairs(const Recipe& recipe, std::uint32_t lo, std::uint32_t hi, PairSink& sink)
        : recipe_(recipe), shape_(recipe.shape), lo_(lo), hi_(hi), sink_(sink) {
        if (!shape_.same_population || !lists_views()) return;
        // Who a source is among the targets, where the two ends are views of one population.
        std::vector<std::uint32_t> place;
        for (std::uint32_t j = 0; j < shape_.post; ++j) {
            const std::uint32_t neuron = recipe.post_index.empty() ? j : recipe.post_index[j];
            if (place.size() <= neuron) place.resize(neuron + 1, kNobody);
            place[neuron] = j;
        }
        self_of_pre_.resize(shape_.pre, kNobody);
        self_of_post_.resize(shape_.post, kNobody);
        for (std::uint32_t i = 0; i < shape_.pre; ++i) {
            const std::uint32_t neuron = recipe.pre_index.empty() ? i : recipe.pre_index[i];
            if (neuron >= place.size() || place[neuron] == kNobody) continue;
            self_of_pre_[i] = place[neuron];
            self_of_post_[place[neuron]] = i;
        }
    }

    void operator()(const AllToAll& connector) {
        const bool needs_positions = has_positions();
        for_each_row_block([&](std::uint32_t pre, std::uint32_t first, std::uint32_t end) {
            const std::uint32_t self = excluded_target(pre, connector.allow_self_connections);
            for (std::uint32_t post = first; post < end; ++post) {
                if (post == self) continue;
                others_.push_back(post);
                if (needs_positions) positions_.push_back(std::uint64_t{pre} * shape_.post + post);
            }
        });
    }

    void operator()(const OneToOne&) {
        const std::uint32_t end = std::min(hi_, std::min(shape_.pre, shape_.post));
        for (std::uint32_t i = lo_ / kBlock * kBlock; i < end; ++i) {
            others_.assign(1, i);
            positions_.assign(1, i);
            sink_.row({i, others_, i / kBlock, positions_});
        }
    }

    void operator()(const FixedProbability& connector) {
        constexpr double kDense = 0.25;  // one draw a pair is then cheaper than a logarithm
        const double p = connector.p_connect;
        if (p <= 0) return;
        const double per_log = 1 / std::log1p(-std::min(p, 1 - 0x1p-40));
        const double threshold = std::ldexp(p, 32);
        for_each_row_block([&](std::uint32_t pre, std::uint32_t first, std::uint32_t end) {
            const std::uint32_t self = excluded_target(pre, connector.allow_self_connections);
            Stream stream(recipe_.seed, Purpose::Pairs, recipe_.projection_id, pre, first / kBlock);
            const auto skip = [&] { return std::log(stream.uniform()) * per_log; };
            if (p > kDense) {
                for (std::uint32_t post = first; post < end; ++post) {
                    if (stream.word() < threshold && post != self) others_.push_back(post);
                }
                return;
            }
            double post = first + std::floor(skip());
            while (post < end) {
                if (post != self) others_.push_back(static_cast<std::uint32_t>(post));
                post += 1 + std::floor(skip());
            }
        });
    }

    void operator()(const FixedNumberPre& connector) {
        for (std::uint32_t post = lo_; post < hi_; ++post) {
            Stream stream(recipe_.seed, Purpose::Pairs, recipe_.projection_id, post, kColumnBlock);
            choose(stream, shape_.pre, connector.n,
                   excluded_source(post, connector.allow_self_connections),
                   connector.with_replacement);
            sink_.column({post, others_, kColumnBlock, {}});
        }
    }

    void operator()(const FixedNumberPost& connector) {
        for (std::uint32_t pre = 0; pre < shape_.pre; ++pre) {
            Stream stream(recipe_.seed, Purpose::Pairs, recipe_.projection_id, pre, kColumnBlock);
            choose(stream, shape_.post, connector.n,
                   excluded_target(pre, connector.allow_self_connections),
                   connector.with_replacement);
            sink_.row({pre, others_, kColumnBlock, {}});
        }
    }

    void operator()(const FixedTotalNumber& connector) {
        if (!connector.with_replacement) {
            total_without_replacement(connector);
            return;
        }
        split_total(0, shape_.post, connector.n, [&](std::uint32_t post, std::uint64_t n) {
            Stream stream(recipe_.seed, Purpose::Pairs, recipe_.projection_id, post, kColumnBlock);
            choose(stream, shape_.pre, static_cast<std::uint32_t>(n),
                   excluded_source(post, connector.allow_self_connections), true);
            sink_.column({post, others_, kColumnBlock, {}});
        });
    }

    void operator()(const FromList& connector) {
        const auto& pre = *connector.pre;
        const auto& post = *connector.post;
        std::size_t i = 0;
        while (i < pre.size()) {
            const std::uint32_t source = pre[i];
            others_.clear();
            positions_.clear();
            const std::size_t first = i;
            for (; i < pre.size() && pre[i] == source && i - first < kBlock; ++i) {
                if (source >= shape_.pre || post[i] < lo_ || post[i] >= hi_) continue;
                others_.push_back(post[i]);
                positions_.push_back(i);
            }
            if (!others_.empty()) sink_.row({source, others_, kListBlock, positions_});
        }
    }

 private:
    [[nodiscard]] bool lists_views() const {
        return !recipe_.pre_index.empty() || !recipe_.post_index.empty();
    }
    [[nodiscard]] bool has_positions() const {
        return std::holds_alternative<PerConnection>(recipe_.weight) ||
               std::holds_alternative<PerConnection>(recipe_.delay_ms);
    }

    /// The target (source) that is the given source (target) itself, if that is to be left out.
    [[nodiscard]] std::uint32_t excluded_target(std::uint32_t pre, bool allow_self) const {
        if (allow_self || !shape_.same_population) return kNobody;
        return self_of_pre_.empty() ? pre : self_of_pre_[pre];
    }
    [[nodiscard]] std::uint32_t excluded_source(std::uint32_t post, bool allow_self) const {
        if (allow_self || !shape_.same_population) return kNobody;
        return self_of_post_.empty() ? post : self_of_post_[post];
    }

    /// fill(pre, first, end) puts the targets of one source in one canonical block into others_.
    template <typename Fill>
    void for_each_row_block(Fill fill) {
        for (std::uint32_t first = lo_ / kBlock * kBlock; first < hi_; first += kBlock) {
            const std::uint32_t end = std::min(first + kBlock, shape_.post);
            for (std::uint32_t pre = 0; pre < shape_.pre; ++pre) {
                others_.clear();
                positions_.clear();
                fill(pre, first, end);
                if (!others_.empty()) sink_.row({pre, others_, first / kBlock, positions_});
            }
        }
    }

    void choose(Stream& stream, std::uint32_t n, std::uint32_t k, std::uint32_t excluded,
                bool with_replacement) {
        const bool leaves_out = excluded < n;
        const std::uint32_t from = leaves_out ? n - 1 : n;
        if (with_replacement) {
            Chooser::with_replacement(stream, from, k, others_);
        } else {
            chooser_.without_replacement(stream, from, k, others_);
        }
        if (!leaves_out) return;
        for (std::uint32_t& other : others_) other += other >= excluded;
    }

    /// Spreads n connections over the targets first .. end - 1 by halving: every half's share
    /// depends on nothing but its place, so any cut finds the same ones.
    template <typename Visit>
    void split_total(std::uint32_t first, std::uint32_t end, std::uint64_t n, const Visit& visit) {
        if (n == 0 || end <= lo_ || first >= hi_) return;
        if (end - first == 1) {
            visit(first, n);
            return;
        }
        const std::uint32_t middle = first + (end - first) / 2;
        Stream stream(recipe_.seed, Purpose::Counts, recipe_.projection_id, first, end);
        const double share = static_cast<double>(middle - first) / (end - first);
        const std::uint64_t left = binomial(stream, n, share);
        split_total(first, middle, left, visit);
        split_total(middle, end, n - left, visit);
    }

    /// Floyd's method over all pairs; every call draws them all.
    void total_without_replacement(const FixedTotalNumber& connector) {
        const std::uint64_t pairs = std::uint64_t{shape_.pre} * shape_.post;
        Stream stream(recipe_.seed, Purpose::Pairs, recipe_.projection_id, 0, kListBlock);
        std::unordered_set<std::uint64_t> taken;
        std::vector<std::uint64_t> chosen;
        const auto is_self = [&](std::uint64_t pair) {
            const auto pre = static_cast<std::uint32_t>(pair / shape_.post);
            return excluded_target(pre, connector.allow_self_connections) == pair % shape_.post;
        };
        while (chosen.size() < connector.n) {
            const auto pair =
                static_cast<std::uint64_t>(stream.fine_uniform() * static_cast<double>(pairs));
            if (!is_self(pair) && taken.insert(pair).second) chosen.push_back(pair);
        }
        std::ranges::sort(chosen);
        std::size_t i = 0;
        while (i < chosen.size()) {
            const auto pre = static_cast<std::uint32_t>(chosen[i] / shape_.post);
            others_.clear();
            for (; i < chosen.size() && chosen[i] / shape_.post == pre; ++i) {
                others_.push_back(static_cast<std::uint32_t>(chosen[i] % shape_.post));
            }
            sink_.row({pre, others_, kListBlock, {}});
        }
    }

    const Recipe& recipe_;
    Shape shape_;
    std::uint32_t lo_;
    std::uint32_t hi_;
    PairSink& sink_;
    std::vector<std::uint32_t> self_of_pre_{};
    std::vector<std::uint32_t> self_of_post_{};
    std::vector<std::uint32_t> others_{};
    std::vector<std::uint64_t> positions_{};
    Chooser chooser_{};
};

}  // namespace

void generate_pairs(const Recipe& recipe, std::uint32_t lo, std::uint32_t hi, PairSink& sink) {
    Pairs pairs(recipe, lo, std::min(hi, recipe.shape.post), sink);
    std::visit(pairs, recipe.connector);
}

}  // namespace spinnlab::synapses
