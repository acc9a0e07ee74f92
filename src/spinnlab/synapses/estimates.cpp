// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/estimates.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

namespace spinnlab::synapses {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr double kChance = 1.0 / 100;  // utility_calls.py, where no other is given

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double normal_ppf(double p) {
    return boost::math::quantile(boost::math::normal_distribution<>(), p);
}

/// A distribution as the original's statistics see it.
class Statistics {
 public:
    explicit Statistics(const Distribution& d) : d_(d) {}

    [[nodiscard]] double mean() const {
        switch (d_.kind) {
            case DistributionKind::Uniform: return (d_.a + d_.b) / 2;
            case DistributionKind::UniformInt: return (d_.a + d_.b) / 2;
            case DistributionKind::Normal:
            case DistributionKind::NormalClippedToBoundary: return d_.a;
            case DistributionKind::NormalClipped:
                return d_.a + d_.b * (density(low_z()) - density(high_z())) / mass();
            case DistributionKind::Exponential:
            case DistributionKind::ExponentialClipped:
                return d_.a + 1;  // the original passes beta as the location of a unit exponential
        }
        return 0;
    }
    [[nodiscard]] double variance() const {
        const double width = d_.b - d_.a;
        switch (d_.kind) {
            case DistributionKind::Uniform: return width * width / 12;
            case DistributionKind::UniformInt: return ((width + 1) * (width + 1) - 1) / 12;
            case DistributionKind::Normal:
            case DistributionKind::NormalClippedToBoundary: return d_.b * d_.b;
            case DistributionKind::NormalClipped: {
                const double l = low_z();
                const double h = high_z();
                const double edges = (density(l) - density(h)) / mass();
                const auto weighted = [](double z) { return std::isinf(z) ? 0 : z * density(z); };
                return d_.b * d_.b * (1 + (weighted(l) - weighted(h)) / mass() - edges * edges);
            }
            case DistributionKind::Exponential:
            case DistributionKind::ExponentialClipped: return 1;
        }
        return 0;
    }
    [[nodiscard]] double quantile(double p) const {
        switch (d_.kind) {
            case DistributionKind::Uniform: return d_.a + (d_.b - d_.a) * p;
            case DistributionKind::UniformInt: return std::ceil(d_.a + (d_.b - d_.a + 1) * p) - 1;
            case DistributionKind::Normal:
            case DistributionKind::NormalClippedToBoundary: return d_.a + d_.b * normal_ppf(p);
            case DistributionKind::NormalClipped:
                return d_.a + d_.b * normal_ppf(normal_cdf(low_z()) + p * mass());
            case DistributionKind::Exponential:
            case DistributionKind::ExponentialClipped: return d_.a - std::log1p(-p);
        }
        return 0;
    }
    [[nodiscard]] double cdf(double x) const {
        switch (d_.kind) {
            case DistributionKind::Uniform:
                if (d_.a == d_.b) return x >= d_.a ? 1 : 0;
                return std::clamp((x - d_.a) / (d_.b - d_.a), 0.0, 1.0);
            case DistributionKind::UniformInt:
                return std::clamp((std::floor(x) - d_.a + 1) / (d_.b - d_.a + 1), 0.0, 1.0);
            case DistributionKind::Normal:
            case DistributionKind::NormalClippedToBoundary: return normal_cdf(z(x));
            case DistributionKind::NormalClipped:
                return std::clamp((normal_cdf(z(x)) - normal_cdf(low_z())) / mass(), 0.0, 1.0);
            case DistributionKind::Exponential:
            case DistributionKind::ExponentialClipped:
                return x <= d_.a ? 0 : 1 - std::exp(d_.a - x);
        }
        return 0;
    }
    /// Limits that the estimate of an extreme value respects.
    [[nodiscard]] double low() const { return limited() ? d_.low : bound(d_.a, -1); }
    [[nodiscard]] double high() const { return limited() ? d_.high : bound(d_.b, 1); }

 private:
    [[nodiscard]] bool limited() const {
        return d_.kind == DistributionKind::NormalClipped ||
               d_.kind == DistributionKind::NormalClippedToBoundary ||
               d_.kind == DistributionKind::ExponentialClipped;
    }
    [[nodiscard]] double bound(double value, int sign) const {
        const bool uniform =
            d_.kind == DistributionKind::Uniform || d_.kind == DistributionKind::UniformInt;
        return uniform ? value : sign * std::numeric_limits<double>::infinity();
    }
    static double density(double z) {
        return std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846);
    }
    /// Deviations from the mean; without a deviation everything lies at the mean.
    [[nodiscard]] double z(double x) const {
        if (d_.b > 0) return (x - d_.a) / d_.b;
        const double infinity = std::numeric_limits<double>::infinity();
        return x >= d_.a ? infinity : -infinity;
    }
    [[nodiscard]] double low_z() const { return d_.b > 0 || d_.low != d_.a ? z(d_.low) : -z(d_.a); }
    [[nodiscard]] double high_z() const { return z(d_.high); }
    [[nodiscard]] double mass() const { return normal_cdf(high_z()) - normal_cdf(low_z()); }

    const Distribution& d_;
};

double all_pairs(const Recipe& recipe) {
    return static_cast<double>(recipe.shape.pre) * recipe.shape.post;
}

/// A list whose pairs the original's host draws, each with a probability.
bool is_drawn(const FromList& list) { return list.expected && list.expected->p_most >= 0; }

/// Connections of the whole projection, over which the chance of an extreme value is spread.
double draws(const Recipe& recipe) {
    const double pairs = all_pairs(recipe);
    return std::visit(
        Overloaded{
            [&](const AllToAll&) { return pairs; },
            [&](const OneToOne&) {
                return static_cast<double>(std::max(recipe.shape.pre, recipe.shape.post));
            },
            [&](const FixedProbability& c) {
                return binomial_quantile(kChance / pairs, pairs, c.p_connect);
            },
            [&](const FixedNumberPre& c) { return static_cast<double>(c.n) * recipe.shape.post; },
            [&](const FixedNumberPost& c) { return static_cast<double>(c.n) * recipe.shape.pre; },
            [&](const FixedTotalNumber& c) { return static_cast<double>(c.n); },
            [&](const FromList& c) {
                if (!is_drawn(c)) return static_cast<double>(c.pre->size());
                return binomial_quantile(kChance / c.expected->pairs, c.expected->pairs,
                                         c.expected->p_most);
            }},
        recipe.connector);
}

/// Of an extreme among n draws; without any the middle stands for all.
double chance_of_extreme(double n) { return n > 0 ? std::min(kChance / n, 0.5) : 0.5; }

double largest_draw(const Distribution& distribution, double n) {
    const Statistics statistics(distribution);
    return std::min(statistics.quantile(1.0 - chance_of_extreme(n)), statistics.high());
}
double smallest_draw(const Distribution& distribution, double n) {
    const Statistics statistics(distribution);
    return std::max(statistics.quantile(chance_of_extreme(n)), statistics.low());
}

struct Moments {
    double mean = 0;
    double variance = 0;
};

template <typename Map>
Moments moments(const std::vector<double>& values, Map map) {
    Moments m;
    if (values.empty()) return m;
    const auto n = static_cast<double>(values.size());
    for (const double value : values) m.mean += map(value);
    m.mean /= n;
    for (const double value : values) {
        m.variance += (map(value) - m.mean) * (map(value) - m.mean);
    }
    m.variance /= n;
    return m;
}

constexpr auto magnitude = [](double value) { return std::fabs(value); };

/// Exact longest row of a list, counting the delays for which `wanted` holds.
template <typename Wanted>
std::uint32_t longest_listed_row(const FromList& list, std::uint32_t targets, Wanted wanted) {
    std::unordered_map<std::uint64_t, std::uint32_t> rows;
    std::uint32_t longest = 0;
    for (std::size_t i = 0; i < list.pre->size(); ++i) {
        if (!wanted(i)) continue;
        const std::uint64_t row = std::uint64_t{(*list.pre)[i]} << 32 | (*list.post)[i] / targets;
        longest = std::max(longest, ++rows[row]);
    }
    return longest;
}

/// Likely longest row on `targets` neurons, of all delays.
double longest_row(const Recipe& recipe, std::uint32_t targets) {
    const double pairs = all_pairs(recipe);
    const double pre = recipe.shape.pre;
    const double in_slice = std::min(static_cast<double>(targets) / recipe.shape.post, 1.0);
    return std::visit(
        Overloaded{
            [&](const AllToAll&) { return static_cast<double>(targets); },
            [](const OneToOne&) { return 1.0; },
            [&](const FixedProbability& c) {
                return binomial_quantile(1e-4 / pairs, targets, c.p_connect);
            },
            [&](const FixedNumberPre& c) {
                const double total = binomial_quantile(
                    1e-4 / pairs, static_cast<double>(c.n) * recipe.shape.post, 1 / pre);
                return binomial_quantile(1e-5 / pairs, total, in_slice);
            },
            [&](const FixedNumberPost& c) {
                return binomial_quantile(1e-5 / pairs, c.n, in_slice);
            },
            [&](const FixedTotalNumber& c) {
                const auto n = static_cast<double>(c.n);
                const double there = std::max(1.0, binomial_quantile(kChance / n, n, in_slice));
                return std::max(1.0, binomial_quantile(kChance / n, there, 1 / pre));
            },
            [&](const FromList& c) -> double {
                if (!c.expected) {
                    return longest_listed_row(c, targets, [](std::size_t) { return true; });
                }
                if (!is_drawn(c)) return c.expected->longest_row;
                return binomial_quantile(kChance / c.expected->pairs, targets, c.expected->p_most);
            }},
        recipe.connector);
}

/// Synapses of a row whose delay lies within from .. to.
std::uint32_t row_within(const Recipe& recipe, double row, double from_ms, double to_ms) {
    if (const auto* constant = std::get_if<Constant>(&recipe.delay_ms)) {
        const bool within = constant->value >= from_ms && constant->value <= to_ms;
        return within ? static_cast<std::uint32_t>(std::ceil(row)) : 0;
    }
    const auto* distribution = std::get_if<Distribution>(&recipe.delay_ms);
    if (distribution == nullptr) return static_cast<std::uint32_t>(std::ceil(row));
    if (std::holds_alternative<OneToOne>(recipe.connector)) return 1;
    const Statistics statistics(*distribution);
    const double share = statistics.cdf(to_ms) - statistics.cdf(from_ms);
    if (share <= 0) return 0;
    const double likely = binomial_quantile(kChance / all_pairs(recipe), row, share);
    return std::max(1u, static_cast<std::uint32_t>(std::ceil(likely)));
}

}  // namespace

double binomial_quantile(double chance, double n, double p) {
    // 1 - chance is what the original asks for: the tail is what that rounds to.
    const double tail = 1.0 - (1.0 - chance);
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    const auto above = [&](double k) { return k >= n ? 0 : boost::math::ibeta(k + 1, n - k, p); };
    double low = -1;  // P(more than low) > tail
    double high = n;
    while (high - low > 1) {
        const double middle = std::floor((low + high) / 2);
        (above(middle) <= tail ? high : low) = middle;
    }
    return high;
}

WeightEstimate estimate_weights(const Recipe& recipe) {
    return std::visit(
        Overloaded{[](const Constant& c) {
                       return WeightEstimate{std::fabs(c.value), 0, std::fabs(c.value)};
                   },
                   [&](const Distribution& d) {
                       const Statistics statistics(d);
                       const double n = draws(recipe);
                       const double extreme =
                           statistics.mean() < 0 ? smallest_draw(d, n) : largest_draw(d, n);
                       return WeightEstimate{std::fabs(statistics.mean()), statistics.variance(),
                                             std::fabs(extreme)};
                   },
                   [](const PerConnection& list) {
                       const Moments m = moments(*list.values, magnitude);
                       double largest = 0;
                       for (const double value : *list.values) {
                           largest = std::max(largest, std::fabs(value));
                       }
                       return WeightEstimate{m.mean, m.variance, largest};
                   }},
        recipe.weight);
}

DelayEstimate estimate_delays(const Recipe& recipe) {
    return std::visit(Overloaded{[](const Constant& c) { return DelayEstimate{c.value, 0}; },
                                 [&](const Distribution& d) {
                                     return DelayEstimate{largest_draw(d, draws(recipe)),
                                                          Statistics(d).variance()};
                                 },
                                 [](const PerConnection& list) {
                                     const auto& values = *list.values;
                                     return DelayEstimate{
                                         values.empty() ? 0 : *std::ranges::max_element(values),
                                         moments(values, [](double v) { return v; }).variance};
                                 }},
                      recipe.delay_ms);
}

double max_inputs_of_a_neuron(const Recipe& recipe) {
    const double pairs = all_pairs(recipe);
    const double pre = recipe.shape.pre;
    const double post = recipe.shape.post;
    return std::visit(
        Overloaded{
            [&](const AllToAll&) { return pre; }, [](const OneToOne&) { return 1.0; },
            [&](const FixedProbability& c) {
                return binomial_quantile(1e-4 / pairs, pre, c.p_connect);
            },
            [](const FixedNumberPre& c) { return static_cast<double>(c.n); },
            [&](const FixedNumberPost&) { return binomial_quantile(1e-5 / pairs, pre, 1 / post); },
            [&](const FixedTotalNumber& c) {
                const auto n = static_cast<double>(c.n);
                return binomial_quantile(kChance / n, n, 1 / post);
            },
            [](const FromList& c) {
                if (is_drawn(c)) {
                    return binomial_quantile(kChance / c.expected->pairs, c.expected->trials,
                                             c.expected->p_most);
                }
                if (c.expected) return static_cast<double>(c.expected->inputs);
                std::unordered_map<std::uint32_t, std::uint32_t> inputs;
                std::uint32_t most = 0;
                for (const std::uint32_t target : *c.post) {
                    most = std::max(most, ++inputs[target]);
                }
                return static_cast<double>(most);
            }},
        recipe.connector);
}

RowEstimate estimate_rows(const Recipe& recipe, double timestep_ms, std::uint32_t targets,
                          std::uint32_t slots, std::uint32_t stages) {
    const double direct_ms = slots * timestep_ms;
    const double beyond_ms = std::nextafter(direct_ms, std::numeric_limits<double>::infinity());
    const double longest_ms = direct_ms * (stages + 1);
    RowEstimate rows;
    if (const auto* list = std::get_if<FromList>(&recipe.connector)) {
        const auto* delays = std::get_if<PerConnection>(&recipe.delay_ms);
        if (delays != nullptr && !list->expected) {
            const auto within = [&](double from, double to) {
                return longest_listed_row(*list, targets, [&](std::size_t i) {
                    return (*delays->values)[i] >= from && (*delays->values)[i] <= to;
                });
            };
            rows.undelayed = within(0, direct_ms);
            if (stages != 0) rows.delayed = within(beyond_ms, longest_ms);
            return rows;
        }
    }
    const double row = longest_row(recipe, targets);
    rows.undelayed = row_within(recipe, row, 0, direct_ms);
    if (stages != 0) rows.delayed = row_within(recipe, row, beyond_ms, longest_ms);
    return rows;
}

}  // namespace spinnlab::synapses
