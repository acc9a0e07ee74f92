// SPDX-License-Identifier: Apache-2.0
// One neuron at a time in plain C++: the golden reference of every kernel. The members are those
// of lanes_highway.inl.
#pragma once

#include <cstdint>

#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/constant.hpp"

namespace spinnlab::neurons::scalar {

struct Lanes {
    using Int = std::int32_t;  ///< s16.15, u0.32 or whole numbers, as the operation reads them
    using Mask = bool;
    template <bool kUniform>
    using Held = Int;  ///< what a Constant holds
    static constexpr std::uint32_t kWidth = 1;

    static Int load(const std::int32_t* from) { return *from; }
    static Int load(const std::uint32_t* from) { return static_cast<Int>(*from); }
    static void store(Int x, std::int32_t* to) { *to = x; }
    static void store(Int x, std::uint32_t* to) { *to = static_cast<std::uint32_t>(x); }
    static Int same(std::int32_t x) { return x; }  ///< for a Constant that is the same in all lanes
    static Int whole(Int x) { return x; }          ///< of what a Constant holds
    static Int set(std::int32_t x) { return x; }
    static Int zero() { return 0; }

    static Int add(Int a, Int b) { return spinnlab::add(a, b); }
    static Int sub(Int a, Int b) { return spinnlab::sub(a, b); }
    static Int bit_and(Int a, Int b) { return a & b; }
    static Int bit_or(Int a, Int b) { return a | b; }
    template <int kBits>
    static Int shift_right(Int a) {  // arithmetic
        return a >> kBits;
    }
    static Int shift_left(Int a, int bits) {
        return static_cast<Int>(static_cast<std::uint32_t>(a) << bits);
    }
    /// s16.15 product, rounded down.
    static Int mul(Int a, Int b) { return spinnlab::mul(a, b); }
    template <bool kUniform>
    static Int mul(Int a, Constant<Lanes, kUniform> b) {
        return spinnlab::mul(a, b.value);
    }
    /// s16.15 times an s16.15 number in [0, 1], rounded down.
    template <bool kUniform>
    static Int mul_unit(Int a, Constant<Lanes, kUniform> b) {
        return spinnlab::mul(a, b.value);
    }
    /// s16.15 times u0.32, rounded down.
    template <bool kUniform>
    static Int decay(Int a, Constant<Lanes, kUniform> fraction) {
        return spinnlab::decay(a, static_cast<Fraction>(fraction.value));
    }
    /// The same of numbers that are not negative.
    template <bool kUniform>
    static Int decay_positive(Int a, Constant<Lanes, kUniform> fraction) {
        return spinnlab::decay(a, static_cast<Fraction>(fraction.value));
    }

    static Mask less(Int a, Int b) { return a < b; }
    static Mask less_unsigned(Int a, Int b) {
        return static_cast<std::uint32_t>(a) < static_cast<std::uint32_t>(b);
    }
    static Mask both(Mask a, Mask b) { return a && b; }
    static Mask inverse(Mask a) { return !a; }
    static Int select(Mask condition, Int yes, Int no) { return condition ? yes : no; }
    static std::uint32_t bits(Mask a) { return a ? 1u : 0u; }
    static bool any(Mask a) { return a; }
    static bool all(Mask a) { return a; }
    static bool any_bit(Int a, std::uint32_t of) {
        return (static_cast<std::uint32_t>(a) & of) != 0;
    }

    /// function(a) of each lane; for what has no vector form.
    template <class Function>
    static Int map(Int a, Function function) {
        return function(a);
    }
};

}  // namespace spinnlab::neurons::scalar
