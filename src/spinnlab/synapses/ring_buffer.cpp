// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/ring_buffer.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "spinnlab/synapses/estimates.hpp"

namespace spinnlab::synapses {

namespace {

/// Mean and variance of groups of items (B. P. Welford's update, for groups).
class RunningStatistics {
 public:
    void add(double mean, double variance, double n) {
        if (n == 0) return;
        const double count = n_ + n;
        const double gap = mean - mean_;
        squares_ += variance * (n - 1) + gap * gap * (n_ * n / count);
        mean_ = (n_ * mean_ + n * mean) / count;
        n_ = count;
    }
    [[nodiscard]] double mean() const { return mean_; }
    [[nodiscard]] double variance() const { return n_ > 1 ? squares_ / (n_ - 1) : 0; }
    [[nodiscard]] double items() const { return n_; }

 private:
    double n_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

/// ln Gamma(x); std::lgamma writes the sign to a global variable, which two threads must not.
double log_gamma(double x) {
    int sign = 0;
    return ::lgamma_r(x, &sign);
}

/// Largest sum expected in a step where inputs come as Poisson processes.
double upper_bound(const RunningStatistics& weights, double rate_hz, double steps_per_second,
                   double sigma) {
    constexpr double kSumLimitSigmas = 3.0;  // POSSION_SIGMA_SUMMATION_LIMIT
    constexpr double kLargestExponent = 701;
    const double expected = weights.items() * rate_hz / steps_per_second;
    const double poisson_variance = expected * weights.mean() * weights.mean();
    const double limit = std::nearbyint(expected + kSumLimitSigmas * std::sqrt(expected));
    double weight_variance = 0;
    const double deviation = std::sqrt(weights.variance());
    if (deviation > 0) {
        const double ratio = std::log(expected) * limit - log_gamma(1 + limit);
        if (ratio > -kLargestExponent && ratio < kLargestExponent && ratio != 0) {
            const double tail = boost::math::gamma_q(1 + limit, expected);
            weight_variance = std::exp(-expected + std::log(expected) + 2 * std::log(deviation) +
                                       std::log(std::exp(expected) * tail - std::exp(ratio)));
        }
    }
    return expected * weights.mean() + sigma * std::sqrt(poisson_variance + weight_variance);
}

/// The largest sum that must fit into the ring.
double expected_maximum(std::span<const Input> inputs, const RingBufferOptions& options) {
    const double global = options.global_weight_scale;
    const double steps_per_second = 1000 / options.timestep_ms;
    RunningStatistics weights;
    RunningStatistics delays;
    RunningStatistics rates;
    double total = 0;
    double biggest = 0;
    for (const Input& input : inputs) {
        const double n = max_inputs_of_a_neuron(*input.recipe);
        const WeightEstimate weight = estimate_weights(*input.recipe);
        weights.add(weight.mean * global, weight.variance * global * global, n);
        delays.add(0, estimate_delays(*input.recipe).variance_ms2, n);
        rates.add(input.spikes_per_second, 0, n);
        biggest = std::max(biggest, weight.maximum * global);
        // QUIRK of the original: not times the global scale.
        total += input.spikes_per_step * weight.maximum * n;
    }
    if (delays.variance() == 0) return std::max(total, biggest);
    const double bound = upper_bound(weights, rates.mean(), steps_per_second, options.sigma);
    return std::max(std::min(bound, total), biggest);
}

}  // namespace

RingBuffer ring_buffer(std::span<const Input> inputs, const RingBufferOptions& options) {
    const double largest = options.max_expected_summed_weight >= 0
                               ? options.max_expected_summed_weight * options.global_weight_scale
                               : expected_maximum(inputs, options);
    int shift = largest > 0 ? static_cast<int>(std::ceil(std::max(0.0, std::log2(largest)))) : 0;
    if (std::ldexp(1.0, shift) <= largest) ++shift;
    return {static_cast<std::uint8_t>(shift),
            std::ldexp(1.0, 16 - (shift + 1)) * options.global_weight_scale};
}

double poisson_spikes_per_step(double rate_hz, double timestep_ms) {
    constexpr double kSlow = 0.01;
    constexpr double kChance = 1.0 / 1000;
    const double expected = rate_hz * timestep_ms / 1000;
    if (expected < kSlow) return 1;
    double k = 0;
    // P(at most k) of a Poisson variate is Q(k + 1, mean).
    while (boost::math::gamma_q(k + 1, expected) < 1 - kChance) ++k;
    return k + 1;
}

}  // namespace spinnlab::synapses
