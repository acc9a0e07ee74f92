// SPDX-License-Identifier: Apache-2.0
// Rounding without a call into the mathematics library: half a billion times while a network loads.
#pragma once

namespace spinnlab {

/// To the nearest whole number, half to even, as std::nearbyint does by default; for |x| < 2^51.
[[nodiscard]] constexpr double nearest(double x) {
    constexpr double kShift = 0x1.8p52;  // behind it there are no bits left for a fraction
    return (x + kShift) - kShift;
}

}  // namespace spinnlab
