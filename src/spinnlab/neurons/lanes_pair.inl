// SPDX-License-Identifier: Apache-2.0
// Two registers of neurons side by side: what one waits for, the other one does. Kernels are long
// chains of multiplications, and with registers of 4 or 8 lanes a processor cannot look far enough
// ahead to find the next chain by itself.
// lanes_highway.inl includes this within its namespace.

template <class Half>
struct Pair {
    struct Int {
        typename Half::Int low, high;
    };
    struct Mask {
        typename Half::Mask low, high;
    };
    struct Same {
        typename Half::Int each;
    };
    template <bool kUniform>
    using Held = std::conditional_t<kUniform, Same, Int>;
    static constexpr std::uint32_t kWidth = 2 * Half::kWidth;

    template <class Number>
    static HWY_INLINE Int load(const Number* from) {
        return {Half::load(from), Half::load(from + Half::kWidth)};
    }
    template <class Number>
    static HWY_INLINE void store(Int x, Number* to) {
        Half::store(x.low, to);
        Half::store(x.high, to + Half::kWidth);
    }
    static HWY_INLINE Same same(std::int32_t x) { return {Half::set(x)}; }
    static HWY_INLINE Int whole(Same x) { return {x.each, x.each}; }
    static HWY_INLINE Int whole(Int x) { return x; }
    static HWY_INLINE Int set(std::int32_t x) { return whole(same(x)); }
    static HWY_INLINE Int zero() { return {Half::zero(), Half::zero()}; }

    static HWY_INLINE Int add(Int a, Int b) {
        return {Half::add(a.low, b.low), Half::add(a.high, b.high)};
    }
    static HWY_INLINE Int sub(Int a, Int b) {
        return {Half::sub(a.low, b.low), Half::sub(a.high, b.high)};
    }
    static HWY_INLINE Int bit_and(Int a, Int b) {
        return {Half::bit_and(a.low, b.low), Half::bit_and(a.high, b.high)};
    }
    static HWY_INLINE Int bit_or(Int a, Int b) {
        return {Half::bit_or(a.low, b.low), Half::bit_or(a.high, b.high)};
    }
    template <int kBits>
    static HWY_INLINE Int shift_right(Int a) {
        return {Half::template shift_right<kBits>(a.low),
                Half::template shift_right<kBits>(a.high)};
    }
    static HWY_INLINE Int shift_left(Int a, int bits) {
        return {Half::shift_left(a.low, bits), Half::shift_left(a.high, bits)};
    }

    static HWY_INLINE Int mul(Int a, Int b) {
        return {Half::mul(a.low, b.low), Half::mul(a.high, b.high)};
    }
    template <bool kUniform>
    static HWY_INLINE Int mul(Int a, Constant<Pair, kUniform> b) {
        return {Half::mul(a.low, low(b)), Half::mul(a.high, high(b))};
    }
    template <bool kUniform>
    static HWY_INLINE Int mul_unit(Int a, Constant<Pair, kUniform> b) {
        return {Half::mul_unit(a.low, low(b)), Half::mul_unit(a.high, high(b))};
    }
    template <bool kUniform>
    static HWY_INLINE Int decay(Int a, Constant<Pair, kUniform> fraction) {
        return {Half::decay(a.low, low(fraction)), Half::decay(a.high, high(fraction))};
    }
    template <bool kUniform>
    static HWY_INLINE Int decay_positive(Int a, Constant<Pair, kUniform> fraction) {
        return {Half::decay_positive(a.low, low(fraction)),
                Half::decay_positive(a.high, high(fraction))};
    }

    static HWY_INLINE Mask less(Int a, Int b) {
        return {Half::less(a.low, b.low), Half::less(a.high, b.high)};
    }
    static HWY_INLINE Mask less_unsigned(Int a, Int b) {
        return {Half::less_unsigned(a.low, b.low), Half::less_unsigned(a.high, b.high)};
    }
    static HWY_INLINE Mask both(Mask a, Mask b) {
        return {Half::both(a.low, b.low), Half::both(a.high, b.high)};
    }
    static HWY_INLINE Mask inverse(Mask a) { return {Half::inverse(a.low), Half::inverse(a.high)}; }
    static HWY_INLINE Int select(Mask condition, Int yes, Int no) {
        return {Half::select(condition.low, yes.low, no.low),
                Half::select(condition.high, yes.high, no.high)};
    }
    static HWY_INLINE std::uint32_t bits(Mask a) {
        return Half::bits(a.low) | Half::bits(a.high) << Half::kWidth;
    }
    static HWY_INLINE bool any(Mask a) { return Half::any(a.low) || Half::any(a.high); }
    static HWY_INLINE bool all(Mask a) { return Half::all(Half::both(a.low, a.high)); }
    static HWY_INLINE bool any_bit(Int a, std::uint32_t of) {
        return Half::any_bit(Half::bit_or(a.low, a.high), of);
    }

    template <class Function>
    static HWY_INLINE Int map(Int a, Function function) {
        return {Half::map(a.low, function), Half::map(a.high, function)};
    }

 private:
    static HWY_INLINE Constant<Half, true> low(Constant<Pair, true> a) { return {a.value.each}; }
    static HWY_INLINE Constant<Half, true> high(Constant<Pair, true> a) { return {a.value.each}; }
    static HWY_INLINE Constant<Half, false> low(Constant<Pair, false> a) { return {a.value.low}; }
    static HWY_INLINE Constant<Half, false> high(Constant<Pair, false> a) { return {a.value.high}; }
};
