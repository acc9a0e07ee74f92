// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/random.hpp"

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <vector>

namespace spinnlab {

namespace {

double horner(double x, std::initializer_list<double> coefficients) {
    double sum = 0;
    for (const double c : coefficients) sum = sum * x + c;
    return sum;
}

/// Acklam's approximation, relative error below 1.15e-9.
double rough_quantile(double p) {
    constexpr double kTail = 0.02425;
    if (p < kTail) {
        const double q = std::sqrt(-2 * std::log(p));
        return horner(q, {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838,
                          -2.549732539343734, 4.374664141464968, 2.938163982698783}) /
               horner(q, {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996,
                          3.754408661907416, 1.0});
    }
    if (p > 1 - kTail) return -rough_quantile(1 - p);
    const double q = p - 0.5;
    const double r = q * q;
    return q *
           horner(r, {-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                      1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239}) /
           horner(r, {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                      6.680131188771972e+01, -1.328068155288572e+01, 1.0});
}

/// Quantiles of k / points; the two ends are never read.
const float* quantile_table(std::uint32_t points) {
    static const std::vector<float> table = [points] {
        std::vector<float> values(points + 1);
        for (std::uint32_t k = 1; k < points; ++k) {
            values[k] = static_cast<float>(normal_quantile(static_cast<double>(k) / points));
        }
        return values;
    }();
    return table.data();
}

}  // namespace

double normal_quantile(double p) {
    const double x = rough_quantile(p);
    // One step of Newton's method on the tail that is not close to 1.
    const double tail = x < 0 ? 0.5 * std::erfc(-x / std::sqrt(2.0)) - p
                              : (1 - p) - 0.5 * std::erfc(x / std::sqrt(2.0));
    return x - tail * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
}

Accum Kiss::exponential() {
    constexpr unsigned kFractionToAccum = 32 - kAccumBits;
    Accum whole = 0;
    while (true) {
        const std::uint32_t first = (*this)();
        std::uint32_t falling = first;
        while (true) {
            const std::uint32_t next = (*this)();
            if (falling < next) return whole + static_cast<Accum>(first >> kFractionToAccum);
            falling = (*this)();
            if (falling >= next) break;
        }
        whole += kAccumOne;
    }
}

std::uint32_t Kiss::poisson(Fraction e_to_minus_mean) {
    std::uint32_t count = 0;
    std::uint32_t product = (*this)();
    while (product > e_to_minus_mean) {
        product = static_cast<std::uint32_t>((std::uint64_t{product} * (*this)()) >> 32);
        ++count;
    }
    return count;
}

Kiss::State KissSeeds::next() {
    // randint leaves out the largest word.
    constexpr std::uint32_t kLeftOut = 0xFFFFFFFF;
    Kiss::State state{};
    for (std::uint32_t& word : state) {
        do {
            word = static_cast<std::uint32_t>(words_());
        } while (word == kLeftOut);
    }
    return Kiss::valid(state);
}

NormalTable::NormalTable() : points_(quantile_table(kPoints)) {}

float NormalTable::tail(std::uint32_t word) {
    return static_cast<float>(normal_quantile((word + 0.5) * 0x1p-32));
}

}  // namespace spinnlab
