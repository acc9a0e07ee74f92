// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/synapses/machine_expander.hpp"

namespace spinnlab::synapses {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

template <typename Held>
bool same_held(const std::shared_ptr<const Held>& a, const std::shared_ptr<const Held>& b) {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
}

/// A clipped distribution keeps at least so much of the whole one.
constexpr double kLeastMass = 1e-6;

/// Checks that need the projection's label in their message.
class Checker {
 public:
    Checker(const Recipe& recipe, std::string_view projection)
        : recipe_(recipe), shape_(recipe.shape), projection_(projection) {}

    void check_connector() const {
        std::visit(Overloaded{[](const AllToAll&) {}, [](const OneToOne&) {},
                              [&](const FixedProbability& c) {
                                  if (!(c.p_connect >= 0 && c.p_connect <= 1)) {
                                      refuse(fmt::format("p_connect is {}", c.p_connect),
                                             "Give a probability from 0 to 1.");
                                  }
                              },
                              [&](const FixedNumberPre& c) {
                                  check_number(c.n, shape_.pre, c.allow_self_connections,
                                               c.with_replacement);
                              },
                              [&](const FixedNumberPost& c) {
                                  check_number(c.n, shape_.post, c.allow_self_connections,
                                               c.with_replacement);
                              },
                              [&](const FixedTotalNumber& c) { check_total(c); },
                              [&](const FromList& c) {
                                  if (c.pre->size() != c.post->size()) {
                                      refuse(fmt::format("{} sources for {} targets", c.pre->size(),
                                                         c.post->size()),
                                             "Give one of each for a connection.");
                                  }
                              }},
                   recipe_.connector);
    }

    void check_weights() const {
        bool positive = false;
        bool negative = false;
        for_each_limit(recipe_.weight, "weight", [&](double value) {
            positive |= value > 0;
            negative |= value < 0;
        });
        // Lists may mix signs: the original takes the magnitudes then.
        if (positive && negative && !std::holds_alternative<PerConnection>(recipe_.weight) &&
            !std::holds_alternative<FromList>(recipe_.connector)) {
            refuse("weights of both signs",
                   "The receptor decides the sign: use two projections, or clip the "
                   "distribution at 0.");
        }
    }

    void check_delays() const {
        for_each_limit(recipe_.delay_ms, "delay", [&](double value) {
            if (value < 0 && !std::holds_alternative<Distribution>(recipe_.delay_ms)) {
                refuse(fmt::format("a delay of {} ms", value), "Delays are not negative.");
            }
        });
    }

 private:
    [[noreturn]] void refuse(const std::string& what, std::string way_out) const {
        throw NetworkError(fmt::format("{} ({}): {}", projection_, name(recipe_.connector), what),
                           std::move(way_out));
    }

    void check_number(std::uint32_t n, std::uint32_t from, bool allow_self,
                      bool with_replacement) const {
        const bool without_self = !allow_self && in_both_ends() > 0;
        const std::uint32_t there = without_self ? from - 1 : from;
        if (n <= there || (with_replacement && there > 0)) return;
        refuse_number(n, there, with_replacement, "neurons");
    }

    void check_total(const FixedTotalNumber& c) const {
        const std::uint64_t self = c.allow_self_connections ? 0 : in_both_ends();
        const std::uint64_t pairs = std::uint64_t{shape_.pre} * shape_.post - self;
        if (c.with_replacement && shape_.pre == 1 && self > 0 && c.n > 0) {
            // Targets are drawn first, and this one has no source.
            refuse("the only source is one of the targets",
                   "Allow self-connections, or leave it out of the targets.");
        }
        if (c.n <= pairs || (c.with_replacement && pairs > 0)) return;
        refuse_number(c.n, pairs, c.with_replacement, "pairs");
    }

    [[noreturn]] void refuse_number(std::uint64_t n, std::uint64_t there, bool with_replacement,
                                    std::string_view what) const {
        if (with_replacement) {
            refuse(fmt::format("{} {} where there are none", n, what),
                   "Allow self-connections, or connect more neurons.");
        }
        refuse(fmt::format("{} of {} {} without replacement", n, there, what),
               "Ask for fewer, or allow replacement.");
    }

    /// How many neurons are in the source and in the target.
    [[nodiscard]] std::uint32_t in_both_ends() const {
        if (!shape_.same_population) return 0;
        if (recipe_.pre_index.empty() && recipe_.post_index.empty()) {
            return std::min(shape_.pre, shape_.post);
        }
        const auto members = [](const std::vector<std::uint32_t>& index, std::uint32_t size) {
            std::vector<std::uint32_t> all(index);
            if (all.empty()) {
                all.resize(size);
                std::iota(all.begin(), all.end(), 0);
            }
            std::ranges::sort(all);
            return all;
        };
        std::vector<std::uint32_t> both;
        std::ranges::set_intersection(members(recipe_.pre_index, shape_.pre),
                                      members(recipe_.post_index, shape_.post),
                                      std::back_inserter(both));
        return static_cast<std::uint32_t>(both.size());
    }

    /// visit(value) for all values of a list, or for what bounds the others.
    template <typename Visit>
    void for_each_limit(const ValueSource& source, std::string_view what, Visit visit) const {
        const auto finite = [&](double value) {
            if (!std::isfinite(value)) {
                refuse(fmt::format("a {} of {}", what, value), "Give finite numbers.");
            }
            visit(value);
        };
        std::visit(Overloaded{[&](const Constant& c) { finite(c.value); },
                              [&](const Distribution& d) { check_distribution(d, what, finite); },
                              [&](const PerConnection& list) {
                                  check_length(list.values->size(), what);
                                  std::ranges::for_each(*list.values, finite);
                              }},
                   source);
    }

    template <typename Visit>
    void check_distribution(const Distribution& d, std::string_view what, Visit finite) const {
        const bool has_limits = d.kind == DistributionKind::NormalClipped ||
                                d.kind == DistributionKind::NormalClippedToBoundary ||
                                d.kind == DistributionKind::ExponentialClipped;
        if (std::isnan(d.a) || std::isnan(d.b) || (has_limits && !(d.low <= d.high))) {
            refuse(fmt::format("a {} from a distribution without meaning", what),
                   "Give numbers, the lower limit first.");
        }
        switch (d.kind) {
            case DistributionKind::Uniform:
            case DistributionKind::UniformInt:
                if (d.a > d.b) {
                    refuse(fmt::format("a {} from {} to {}", what, d.a, d.b),
                           "Give the lower limit first.");
                }
                finite(d.a);
                finite(d.b);
                return;
            case DistributionKind::Normal:
            case DistributionKind::NormalClipped:
            case DistributionKind::NormalClippedToBoundary:
                if (!(d.b >= 0) || std::isinf(d.b)) {
                    refuse(fmt::format("a {} with a deviation of {}", what, d.b),
                           "Give a finite deviation that is not negative.");
                }
                finite(d.a);
                if (d.kind == DistributionKind::NormalClipped) check_clipping(d, what);
                return;
            case DistributionKind::Exponential:
            case DistributionKind::ExponentialClipped: finite(d.a); return;
        }
    }

    /// The original draws until a value lies between the limits, and fails where none does.
    void check_clipping(const Distribution& d, std::string_view what) const {
        const auto beyond = [&](double x) {  // probability of a larger value
            if (d.b == 0) return x >= d.a ? 0.0 : 1.0;
            return 0.5 * std::erfc((x - d.a) / d.b / std::sqrt(2.0));
        };
        const bool at_limit = d.b == 0 && d.a == d.low;
        if (!at_limit && beyond(d.low) - beyond(d.high) < kLeastMass) {
            refuse(fmt::format("a normal {} of mean {} and deviation {} hardly ever lies between "
                               "{} and {}",
                               what, d.a, d.b, d.low, d.high),
                   "Move the limits or the mean.");
        }
    }

    void check_length(std::size_t n, std::string_view what) const {
        using Wanted = std::optional<std::uint64_t>;
        const Wanted wanted = std::visit(
            Overloaded{
                [&](const FromList& c) -> Wanted { return c.pre->size(); },
                [&](const AllToAll&) -> Wanted { return std::uint64_t{shape_.pre} * shape_.post; },
                [&](const OneToOne&) -> Wanted { return std::min(shape_.pre, shape_.post); },
                [](const auto&) -> Wanted { return std::nullopt; }},
            recipe_.connector);
        if (!wanted) {
            refuse(fmt::format("a list of {} {}s", n, what),
                   "Its connections are drawn: give a number or a distribution.");
        }
        if (n != *wanted) {
            refuse(fmt::format("{} {}s for {} connections", n, what, *wanted),
                   "Give one for each connection.");
        }
    }

    const Recipe& recipe_;
    Shape shape_;
    std::string_view projection_;
};

}  // namespace

bool operator==(const FromList& a, const FromList& b) {
    return same_held(a.pre, b.pre) && same_held(a.post, b.post) && a.expected == b.expected;
}

bool operator==(const PerConnection& a, const PerConnection& b) {
    return same_held(a.values, b.values);
}

bool operator==(const Recipe& a, const Recipe& b) {
    return a.connector == b.connector && a.weight == b.weight && a.delay_ms == b.delay_ms &&
           a.shape == b.shape && a.pre_index == b.pre_index && a.post_index == b.post_index &&
           a.seed == b.seed && a.projection_id == b.projection_id &&
           same_held(a.machine, b.machine);
}

std::string_view name(const Connector& connector) {
    return std::visit(
        Overloaded{[](const AllToAll&) { return "AllToAllConnector"; },
                   [](const OneToOne&) { return "OneToOneConnector"; },
                   [](const FixedProbability&) { return "FixedProbabilityConnector"; },
                   [](const FixedNumberPre&) { return "FixedNumberPreConnector"; },
                   [](const FixedNumberPost&) { return "FixedNumberPostConnector"; },
                   [](const FixedTotalNumber&) { return "FixedTotalNumberConnector"; },
                   [](const FromList&) { return "FromListConnector"; }},
        connector);
}

void check(const Recipe& recipe, std::string_view projection) {
    const Checker checker(recipe, projection);
    checker.check_connector();
    checker.check_weights();
    checker.check_delays();
}

double mean_row(const Recipe& recipe, std::uint32_t targets) {
    const double pre = recipe.shape.pre;
    const double post = recipe.shape.post;
    const double share = std::min(1.0, targets / post);
    return std::visit(
        Overloaded{
            [&](const AllToAll&) { return post * share; },
            [&](const OneToOne&) { return 1.0 * share; },
            [&](const FixedProbability& c) { return c.p_connect * post * share; },
            [&](const FixedNumberPre& c) { return c.n * post / pre * share; },
            [&](const FixedNumberPost& c) { return c.n * share; },
            [&](const FixedTotalNumber& c) { return static_cast<double>(c.n) / pre * share; },
            [&](const FromList& c) { return static_cast<double>(c.pre->size()) / pre * share; }},
        recipe.connector);
}

bool generated_on_machine(const Recipe& recipe) {
    return !std::holds_alternative<FromList>(recipe.connector) &&
           !std::holds_alternative<PerConnection>(recipe.weight) &&
           !std::holds_alternative<PerConnection>(recipe.delay_ms);
}

Rounding rounding_of(const Recipe& recipe, const Fidelity& fidelity) {
    if (!generated_on_machine(recipe)) return Rounding::Host;
    const bool is_cut = fidelity.faithful && fidelity.profile == Profile::Seven &&
                        std::holds_alternative<FixedNumberPost>(recipe.connector);
    return is_cut ? Rounding::MachineShortScale : Rounding::Machine;
}

}  // namespace spinnlab::synapses
