// SPDX-License-Identifier: Apache-2.0
// The fixed-point arithmetic of sPyNNaker's programs, bit for bit: s16.15 numbers whose products
// round down and wrap, and fractions in 32 bits. Measured on the published binaries.
#pragma once

#include <bit>
#include <cstdint>

namespace spinnlab {

using Accum = std::int32_t;      ///< s16.15: value x 32768
using Fraction = std::uint32_t;  ///< u0.32: value x 2^32

inline constexpr std::uint32_t kAccumBits = 15;  ///< bits behind the point
inline constexpr Accum kAccumOne = 1 << kAccumBits;
inline constexpr double kAccumMinimum = -65536.0;
inline constexpr double kAccumMaximum = 65536.0 - 1.0 / kAccumOne;

/// Sums and differences wrap, as the ARM core's do.
[[nodiscard]] constexpr Accum add(Accum a, Accum b) {
    return std::bit_cast<Accum>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr Accum sub(Accum a, Accum b) {
    return std::bit_cast<Accum>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

/// Product, rounded down; bits above 32 are lost.
[[nodiscard]] constexpr Accum mul(Accum a, Accum b) {
    return static_cast<Accum>((std::int64_t{a} * b) >> kAccumBits);
}

/// Quotient of two positive numbers, rounded down; bits above 32 are lost. The original divides
/// unsigned 64-bit numbers, so negative ones give other results than one expects; b must not be 0.
[[nodiscard]] constexpr Accum kdivk(Accum a, Accum b) {
    const auto numerator = static_cast<std::uint64_t>(std::int64_t{a}) << kAccumBits;
    return static_cast<Accum>(numerator / static_cast<std::uint64_t>(std::int64_t{b}));
}

/// An s16.15 number times a fraction, rounded down.
[[nodiscard]] constexpr Accum decay(Accum x, Fraction fraction) {
    return static_cast<Accum>((std::int64_t{x} * std::int64_t{fraction}) >> 32);
}

/// An s16.15 number times a fraction as a fraction; bits above 32 are lost.
[[nodiscard]] constexpr Fraction decay_to_u032(Accum x, Fraction fraction) {
    return static_cast<Fraction>((std::int64_t{x} * std::int64_t{fraction}) >> kAccumBits);
}

/// Whether a value has an s16.15 form: finite and in [-65536, 65536 - 2^-15].
[[nodiscard]] constexpr bool fits_accum(double value) {
    return value >= kAccumMinimum && value <= kAccumMaximum;  // false for NaN
}

/// Nearest s16.15 number, ties to the even one; beyond the range its nearest end, NaN gives 0.
[[nodiscard]] Accum accum_from(double value);
[[nodiscard]] constexpr double to_double(Accum value) {
    return static_cast<double>(value) / kAccumOne;
}

/// e^x; 2^31 - 1 above ln 65536, 0 below -10.4.
[[nodiscard]] Accum exp_accum(Accum x);

/// e^x as a fraction, for x <= 0; e^0 gives 0 (2^32 loses its only bit).
[[nodiscard]] Fraction exp_u032(Accum x);

/// Square root of a number >= 0 (0 for negative ones), from a Newton iteration for the reciprocal
/// root: now and then one ulp less than the true root rounded down.
[[nodiscard]] Accum sqrt_accum(Accum x);

/// Inverse of the normal distribution's cumulative probability at 0.5 + x / 65536.
[[nodiscard]] Accum norminv(std::int16_t x);

/// Sine. QUIRK: some arguments whose sine rounds to 1.0 give -1.0, as in the original.
[[nodiscard]] Accum sin_accum(Accum x);

}  // namespace spinnlab
