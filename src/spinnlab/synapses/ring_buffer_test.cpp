// SPDX-License-Identifier: Apache-2.0
// Shifts and scales of receptors: the rule, its borders, its quirks. The bound for random delays
// was computed with SciPy from the formula.
#include "spinnlab/synapses/ring_buffer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace spinnlab::synapses {
namespace {

Recipe all_to_all(std::uint32_t pre, ValueSource weight, ValueSource delay_ms) {
    Recipe recipe;
    recipe.connector = AllToAll{true};
    recipe.weight = std::move(weight);
    recipe.delay_ms = std::move(delay_ms);
    recipe.shape = {pre, 50, false};
    return recipe;
}

RingBuffer scaled(const std::vector<Recipe>& recipes, const RingBufferOptions& options = {}) {
    std::vector<Input> inputs;
    for (const Recipe& recipe : recipes) inputs.push_back({&recipe, 30.0, 1.0});
    return ring_buffer(inputs, options);
}

void expect(const RingBuffer& found, unsigned shift, double scale) {
    EXPECT_EQ(found.shift, shift);
    EXPECT_EQ(found.weight_scale, scale);
}

TEST(RingBuffer, ASumOfEqualDelaysHasToFit) {
    const Constant delay{1.0};
    expect(scaled({}), 0, 32768);
    expect(scaled({all_to_all(40, Constant{1.5}, delay)}), 6, 512);  // 60 of 64
    expect(scaled({all_to_all(32, Constant{2.0}, delay)}), 7, 256);  // 64 needs one bit more
    expect(scaled({all_to_all(32, Constant{1.99}, delay)}), 6, 512);
    expect(scaled({all_to_all(1, Constant{0.25}, delay)}), 0, 32768);  // never shifted left
    expect(scaled({all_to_all(1, Constant{1.0}, delay)}), 1, 16384);   // 1 does not fit 16 bits
    expect(scaled({all_to_all(40, Constant{-1.5}, delay)}), 6, 512);   // magnitudes
    expect(scaled({all_to_all(20, Constant{1.5}, delay), all_to_all(20, Constant{1.5}, delay)}), 6,
           512);
}

TEST(RingBuffer, DifferentDelaysAreTakenAsPoissonInput) {
    const Distribution delay{DistributionKind::Uniform, 1, 9, 0, 0};
    // 12 inputs a step: mean 6, deviation sqrt(12) / 2, five of them: 14.66; the sum of all is 200.
    expect(scaled({all_to_all(400, Constant{0.5}, delay)}), 4, 2048);
    // 0.09 inputs a step: 0.045 + 5 x 0.15 = 0.795; the sum of all, 1.5, would need a shift.
    expect(scaled({all_to_all(3, Constant{0.5}, delay)}), 0, 32768);
    // The largest weight has to fit, however rare it is.
    expect(scaled({all_to_all(1, Constant{3.5}, delay)}), 2, 8192);
    // The same with no room for deviations: 6.
    expect(scaled({all_to_all(400, Constant{0.5}, delay)}, {1.0, 0.0, 1.0, -1.0}), 3, 4096);
    // Ten times the steps, a tenth of the inputs: 3 + 5 sqrt(6) / 2 = 9.12.
    expect(scaled({all_to_all(2000, Constant{0.5}, delay)}, {0.1, 5.0, 1.0, -1.0}), 4, 2048);
}

TEST(RingBuffer, TheVarianceOfWeightsCounts) {
    const Distribution delay{DistributionKind::Uniform, 1, 9, 0, 0};
    // Mean 0.5, deviation 0.2: 15.3 instead of 14.7; deviation 0.6: 18 and beyond.
    expect(scaled({all_to_all(400, Distribution{DistributionKind::Normal, 0.5, 0.2, 0, 0}, delay)}),
           4, 2048);
    expect(scaled({all_to_all(400, Distribution{DistributionKind::Normal, 0.5, 0.6, 0, 0}, delay)}),
           5, 1024);
}

TEST(RingBuffer, ConductancesHaveAScaleOfTheirOwn) {
    const RingBufferOptions options{1.0, 5.0, 1024.0, -1.0};
    // QUIRK: the sum, 0.6, is not multiplied by 1024, the largest weight is: 15.36.
    expect(scaled({all_to_all(40, Constant{0.015}, Constant{1.0})}, options), 4, 2048.0 * 1024);
}

TEST(RingBuffer, TheUsersOwnSumWins) {
    expect(scaled({all_to_all(40, Constant{1.5}, Constant{1.0})}, {1.0, 5.0, 1.0, 3.0}), 2, 8192);
    expect(scaled({all_to_all(40, Constant{1.5}, Constant{1.0})}, {1.0, 5.0, 1024.0, 0.01}), 4,
           2048.0 * 1024);
}

TEST(RingBuffer, PoissonSourcesHaveMoreSpikesAStep) {
    EXPECT_EQ(poisson_spikes_per_step(9.0, 1.0), 1);       // 0.009 a step: slow
    EXPECT_EQ(poisson_spikes_per_step(1000.0, 1.0), 6);    // P(at most 5) = 0.9994
    EXPECT_EQ(poisson_spikes_per_step(10000.0, 1.0), 22);  // P(at most 21) = 0.9993
}

}  // namespace
}  // namespace spinnlab::synapses
