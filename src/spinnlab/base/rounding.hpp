// SPDX-License-Identifier: Apache-2.0
// Rounding without a call into the mathematics library: half a billion times while a network loads.
#pragma once

#include <cstdint>

namespace spinnlab {

/// To the nearest whole number, half to even, as std::nearbyint does by default; for |x| < 2^51.
[[nodiscard]] constexpr double nearest(double x) {
    constexpr double kShift = 0x1.8p52;  // behind it there are no bits left for a fraction
    return (x + kShift) - kShift;
}

/// As std::floor, for |x| < 2^63.
[[nodiscard]] constexpr double floor_of(double x) {
    const auto whole = static_cast<double>(static_cast<std::int64_t>(x));
    return whole > x ? whole - 1 : whole;
}

}  // namespace spinnlab
