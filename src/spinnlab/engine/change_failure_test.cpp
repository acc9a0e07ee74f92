// SPDX-License-Identifier: Apache-2.0
// Memory that ends anywhere within a change of the network: nothing is lost, nothing is wrong.
#include <gtest/gtest.h>

#include <cstdint>
#include <new>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/testing/networks.hpp"
#include "spinnlab/engine/testing/scarce_memory.hpp"

namespace spinnlab::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the networks of these tests

constexpr image::PopulationIndex kNeurons = 2;  // of tangle()

/// Numbers of allocations grow by this part; sanitizers take ten times as long for each.
#ifdef SPINNLAB_SANITIZED
constexpr std::int64_t kPart = 4;
#else
constexpr std::int64_t kPart = 10;
#endif

struct Outcome {
    bool changed = false;
    bool goes_on = false;
};

using Image = std::shared_ptr<const image::MachineImage>;

Image image_of(const Network& network) {
    return std::make_shared<image::MachineImage>(image::compile(network));
}

/// Adopts another network with memory for `allocations` more, and checks what is left of it.
/// `undisturbed`: what the first network alone does.
Outcome adopt_with(std::int64_t allocations, const Options& options, const Image& first,
                   Image other, const Result& undisturbed) {
    Simulation simulation(first, options);
    simulation.advance(50);
    const auto v = simulation.state(kNeurons, "v");
    const auto before = results(simulation);
    const auto spikes = simulation.totals().spikes;
    Outcome outcome;
    try {
        const ScarceMemory scarce(allocations);
        simulation.adopt(std::move(other));
        outcome.changed = true;
    } catch (const std::bad_alloc&) {  // as it must be for most of them
    }
    EXPECT_EQ(simulation.state(kNeurons, "v"), v) << allocations;
    EXPECT_EQ(results(simulation), before) << allocations;
    EXPECT_EQ(simulation.totals().spikes, spikes) << allocations;
    try {
        simulation.advance(40);
        outcome.goes_on = true;
    } catch (const RunError&) {
        EXPECT_FALSE(outcome.changed) << allocations;
    }
    if (outcome.goes_on && !outcome.changed) {
        EXPECT_EQ(results(simulation), undisturbed) << allocations;
    }
    return outcome;
}

/// Memory ends after 0, 1, 2, ... allocations, in steps that grow, until the change succeeds.
void change_with_too_little_memory(ExecutorKind kind, const Network& changed) {
    Options options;
    options.threads = 1;
    options.partitions = 2;
    options.executor = kind;
    const Image first = image_of(tangle(3));
    const Image other = image_of(changed);
    const Result undisturbed = run(tangle(3), options, 90);
    int as_before = 0;
    int refused = 0;
    for (std::int64_t allocations = 0;; allocations += 1 + allocations / kPart) {
        const Outcome outcome = adopt_with(allocations, options, first, other, undisturbed);
        if (outcome.changed) break;
        ++(outcome.goes_on ? as_before : refused);
    }
    EXPECT_GT(as_before, 3);
    EXPECT_GT(refused, 0);
}

TEST(ChangeFailure, MemoryEndsWhileParametersChange) {
    change_with_too_little_memory(ExecutorKind::Fast, tangle(3, -55.0));
    change_with_too_little_memory(ExecutorKind::Reference, tangle(3, -55.0));
}

TEST(ChangeFailure, MemoryEndsWhileSynapsesChange) {
    change_with_too_little_memory(ExecutorKind::Fast, tangle(4));
}

}  // namespace
}  // namespace spinnlab::engine
