// SPDX-License-Identifier: Apache-2.0
// Random numbers: our own counter-based streams, and SpiNNaker's KISS generator.
#pragma once

#include <array>
#include <cstdint>
#include <random>

#include "spinnlab/base/fixed_point.hpp"

namespace spinnlab {

/// Philox4x32 (Salmon et al. 2011): four random words, a pure function of counter and key. Seven
/// rounds pass the authors' tests; ten, the usual number, leave a margin.
template <int Rounds = 10>
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
    constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
    for (int round = 0; round < Rounds; ++round) {
        const std::uint64_t a = kMultiplier0 * counter[0];
        const std::uint64_t b = kMultiplier1 * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

/// The words of consecutive counters, one block behind the other.
template <unsigned Blocks, int Rounds = 10>
[[nodiscard]] constexpr std::array<std::uint32_t, 4 * Blocks> philox4x32_blocks(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
    constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
    std::array<std::uint32_t, Blocks> c0{};
    std::array<std::uint32_t, Blocks> c1{};
    std::array<std::uint32_t, Blocks> c2{};
    std::array<std::uint32_t, Blocks> c3{};
    for (unsigned b = 0; b < Blocks; ++b) {
        c0[b] = counter[0] + b;
        c1[b] = counter[1];
        c2[b] = counter[2];
        c3[b] = counter[3];
    }
    for (int round = 0; round < Rounds; ++round) {
#pragma GCC unroll 8
        for (unsigned b = 0; b < Blocks; ++b) {
            const std::uint64_t p = kMultiplier0 * c0[b];
            const std::uint64_t q = kMultiplier1 * c2[b];
            c0[b] = static_cast<std::uint32_t>(q >> 32) ^ c1[b] ^ key[0];
            c1[b] = static_cast<std::uint32_t>(q);
            c2[b] = static_cast<std::uint32_t>(p >> 32) ^ c3[b] ^ key[1];
            c3[b] = static_cast<std::uint32_t>(p);
        }
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    std::array<std::uint32_t, 4 * Blocks> words{};
    for (unsigned b = 0; b < Blocks; ++b) {
        words[4 * b] = c0[b];
        words[4 * b + 1] = c1[b];
        words[4 * b + 2] = c2[b];
        words[4 * b + 3] = c3[b];
    }
    return words;
}

/// What a stream is for: streams of different purposes never share a word.
enum class Purpose : std::uint32_t { Pairs = 1, Weights, Delays, Counts, Poisson, Values, Seeds };

/// A sequence of random words that depends on nothing but (seed, purpose, three ids).
class Stream {
 public:
    Stream(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b, std::uint32_t c)
        : counter_{0, a, b, c},
          key_{static_cast<std::uint32_t>(seed),
               static_cast<std::uint32_t>(seed >> 32) ^
                   static_cast<std::uint32_t>(purpose) * 0x9E3779B9} {}

    std::uint32_t word() {
        if (next_ == end_) refill();
        return words_[next_++];
    }
    /// Evenly in [0, n); n at least 1. Lemire's multiplication without the rejection: the error is
    /// at most n / 2^32.
    std::uint32_t below(std::uint32_t n) {
        return static_cast<std::uint32_t>((std::uint64_t{word()} * n) >> 32);
    }
    /// Evenly in (0, 1), 32 bits.
    double uniform() { return (word() + 0.5) * 0x1p-32; }
    /// Evenly in (0, 1), 52 bits.
    double fine_uniform() {
        const std::uint64_t high = word();
        return static_cast<double>((high << 20 | word() >> 12) + 0.5) * 0x1p-52;
    }

 private:
    static constexpr unsigned kAhead = 4;  ///< blocks at once, so that their chains overlap

    /// Many streams give a few words only: they make one block, all others several.
    [[gnu::noinline]] void refill() {
        next_ = 0;
        end_ = counter_[0] == 0 ? 4 : 4 * kAhead;
        if (counter_[0] == 0) {
            const auto block = philox4x32(counter_, key_);
            for (unsigned i = 0; i < 4; ++i) words_[i] = block[i];
            ++counter_[0];
            return;
        }
        words_ = philox4x32_blocks<kAhead>(counter_, key_);
        counter_[0] += kAhead;
    }

    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4 * kAhead> words_{};
    unsigned next_ = 0;
    unsigned end_ = 0;
};

/// Inverse of the normal distribution's cumulative probability, for p in (0, 1); relative error
/// below 1e-9 (rational approximation of P. J. Acklam with one Newton step).
[[nodiscard]] double normal_quantile(double p);
/// The same from 32 random bits: linear between 16,384 points, exact in the tails; for draws.
class NormalTable {
 public:
    NormalTable();
    [[nodiscard]] float operator()(std::uint32_t word) const {
        const std::uint32_t k = word >> (32 - kBits);
        if (k < kTailPoints || k >= kPoints - kTailPoints) return tail(word);
        const float fraction = static_cast<float>(word << kBits >> kBits) * 0x1p-18f;
        return points_[k] + (points_[k + 1] - points_[k]) * fraction;
    }

 private:
    static constexpr unsigned kBits = 14;
    static constexpr std::uint32_t kPoints = 1u << kBits;
    static constexpr std::uint32_t kTailPoints = 64;  // where the curve bends too much for a line
    [[nodiscard]] static float tail(std::uint32_t word);

    const float* points_;
};

/// SpiNNaker's KISS64 (spinn_common random.c), 32 bits a draw.
class Kiss {
 public:
    using State = std::array<std::uint32_t, 4>;
    /// The state that the original starts its unseeded generator from.
    static constexpr State kSimpleSeed = {123456789, 987654321, 43219876, 6543217};

    constexpr explicit Kiss(State state) : state_(state) {}

    constexpr std::uint32_t operator()() {
        auto& [x, y, z, c] = state_;
        x = 314527869 * x + 1234567;
        y ^= y << 5;
        y ^= y >> 7;
        y ^= y << 22;
        const std::uint64_t t = 4294584393ull * z + c;
        c = static_cast<std::uint32_t>(t >> 32);
        z = static_cast<std::uint32_t>(t);
        return x + y + z;
    }
    [[nodiscard]] constexpr const State& state() const { return state_; }
    friend bool operator==(const Kiss&, const Kiss&) = default;

    /// Standard normal, s16.15.
    Accum normal() { return norminv(static_cast<std::int16_t>((*this)() >> 16)); }
    /// Exponential of mean 1, s16.15: J. von Neumann's comparisons.
    Accum exponential();
    /// Poisson, by D. Knuth's products of uniform numbers; `e_to_minus_mean` as a fraction.
    std::uint32_t poisson(Fraction e_to_minus_mean);

    /// A state that the generator accepts: y is not 0, c below its limit.
    [[nodiscard]] static constexpr State valid(State state) {
        if (state[1] == 0) state[1] = 13031301;
        state[3] = state[3] % 698769068 + 1;
        return state;
    }

 private:
    State state_;
};

/// Where the original's host takes the states of generators from, one after the other: a NumPy
/// RandomState, so a Mersenne Twister (create_mars_kiss_seeds).
class KissSeeds {
 public:
    explicit KissSeeds(std::uint32_t seed) : words_(seed) {}
    Kiss::State next();

 private:
    std::mt19937 words_;
};

}  // namespace spinnlab
