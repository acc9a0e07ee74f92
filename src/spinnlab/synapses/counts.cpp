// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/counts.hpp"

#include <array>
#include <cmath>

namespace spinnlab::synapses {

namespace {

/// ln n!; std::lgamma writes a global variable, which two threads must not.
double log_factorial(double n) {
    constexpr int kExact = 16;
    static const std::array<double, kExact> small = [] {
        std::array<double, kExact> values{};
        for (int i = 2; i < kExact; ++i) values[i] = values[i - 1] + std::log(i);
        return values;
    }();
    if (n < kExact) return small[static_cast<std::size_t>(n)];
    const double x = n + 1;
    const double inverse = 1 / (x * x);
    return (x - 0.5) * std::log(x) - x + 0.91893853320467274178 +
           (1.0 / 12 - inverse * (1.0 / 360 - inverse / 1260)) / x;
}

std::uint64_t binomial_by_inversion(Stream& stream, std::uint64_t n, double p) {
    const double ratio = p / (1 - p);
    const double a = (static_cast<double>(n) + 1) * ratio;
    double left = std::exp(static_cast<double>(n) * std::log1p(-p));
    double u = stream.fine_uniform();
    std::uint64_t k = 0;
    while (u > left && k < n) {
        u -= left;
        ++k;
        left *= a / static_cast<double>(k) - ratio;
    }
    return k;
}

std::uint64_t binomial_by_rejection(Stream& stream, std::uint64_t trials, double p) {
    const auto n = static_cast<double>(trials);
    const double spread = std::sqrt(n * p * (1 - p));
    const double b = 1.15 + 2.53 * spread;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double c = n * p + 0.5;
    const double v_r = 0.92 - 4.2 / b;
    const double alpha = (2.83 + 5.1 / b) * spread;
    const double mode = std::floor((n + 1) * p);
    const double log_ratio = std::log(p / (1 - p));
    while (true) {
        const double u = stream.fine_uniform() - 0.5;
        const double v = stream.fine_uniform();
        const double us = 0.5 - std::fabs(u);
        const double k = std::floor((2 * a / us + b) * u + c);
        if (us >= 0.07 && v <= v_r) return static_cast<std::uint64_t>(k);
        if (k < 0 || k > n) continue;
        const double limit = log_factorial(mode) + log_factorial(n - mode) - log_factorial(k) -
                             log_factorial(n - k) + (k - mode) * log_ratio;
        if (std::log(v * alpha / (a / (us * us) + b)) <= limit) {
            return static_cast<std::uint64_t>(k);
        }
    }
}

}  // namespace

std::uint64_t binomial(Stream& stream, std::uint64_t n, double p) {
    constexpr double kFewSuccesses = 10;
    if (n == 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - binomial(stream, n, 1 - p);
    return static_cast<double>(n) * p < kFewSuccesses ? binomial_by_inversion(stream, n, p)
                                                      : binomial_by_rejection(stream, n, p);
}

void Chooser::without_replacement(Stream& stream, std::uint32_t n, std::uint32_t k,
                                  std::vector<std::uint32_t>& chosen) {
    chosen.clear();
    if (taken_.size() < n) taken_.resize(n);
    for (std::uint32_t j = n - k; j < n; ++j) {
        std::uint32_t candidate = stream.below(j + 1);
        if (taken_[candidate]) candidate = j;
        taken_[candidate] = true;
        chosen.push_back(candidate);
    }
    for (const std::uint32_t i : chosen) taken_[i] = false;
}

void Chooser::with_replacement(Stream& stream, std::uint32_t n, std::uint32_t k,
                               std::vector<std::uint32_t>& chosen) {
    chosen.clear();
    for (std::uint32_t j = 0; j < k; ++j) chosen.push_back(stream.below(n));
}

}  // namespace spinnlab::synapses
