// SPDX-License-Identifier: Apache-2.0
// A network that changes between two steps: what goes on, and with what.
#include <gtest/gtest.h>

#include <algorithm>

#include "spinnlab/engine/simulation.hpp"
#include "spinnlab/engine/testing/networks.hpp"
#include "spinnlab/image/same_synapses.hpp"

namespace spinnlab::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the networks of these tests

TEST(Change, SpikesOnTheirWayKeepTheRateTheyWereDrawnWith) {
    const auto changed = [](ExecutorKind kind, bool recorded) {
        Options options;
        options.executor = kind;
        const auto image = [&](double rate_hz) {
            return std::make_shared<image::MachineImage>(image::compile(driven(rate_hz, recorded)));
        };
        Simulation simulation(image(20.0), options);
        simulation.advance(60);
        for (const double rate_hz : {900.0, 0.0, 5000.0}) {
            simulation.adopt(image(rate_hz));
            simulation.advance(rate_hz == 0.0 ? 3 : 40);  // shorter than a delay
        }
        return results(simulation).v;
    };
    const auto wanted = changed(ExecutorKind::Reference, true);
    EXPECT_EQ(changed(ExecutorKind::Fast, true), wanted);
    EXPECT_EQ(changed(ExecutorKind::Fast, false), wanted);
}

TEST(Change, AnUnchangedNetworkAdoptedChangesNothing) {
    const Network network = tangle(7);
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        const Result wanted = run(network, options, 700);
        const auto image = std::make_shared<image::MachineImage>(image::compile(network));
        Simulation simulation(image, options);
        for (const std::uint32_t steps : {130u, 1u, 469u, 100u}) {
            simulation.advance(steps);
            simulation.adopt(image);
        }
        EXPECT_EQ(results(simulation), wanted);
    }
}

/// A source of one spike, at 10 ms, and a neuron that hears it `weight` nA strong, `delay_ms`
/// later.
Network one_spike(double weight, double delay_ms) {
    Network network({1.0, {}, 1, false});
    const auto source = network.add(array_of("source", {{10.0}}));
    auto cells = cells_of("IF_curr_exp");
    set(cells, "tau_syn_E", {0.5});
    const auto target = network.add(neurons_of("target", 1, cells));
    network.add(projection(network, source, target, 0, synapses::AllToAll{},
                           synapses::Constant{weight}, synapses::Constant{delay_ms}));
    return network;
}

TEST(Change, SpikesOnTheirWayKeepTheWeightAndDelayTheyWereSentWith) {
    struct Case {
        double delay_ms, weight, new_delay_ms, new_weight;
    };
    for (const auto& [delay_ms, weight, new_delay_ms, new_weight] :
         {Case{40.0, 1.0, 5.0, 1.0}, Case{40.0, 1.0, 300.0, 1.0}, Case{40.0, 1.0, 40.0, 3.0},
          Case{150.0, 1.0, 1.0, 2.0}, Case{12.0, 1.0, 100.0, 8.0}}) {
        for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
            Options options;
            options.executor = kind;
            const auto image = [](const Network& network) {
                return std::make_shared<image::MachineImage>(image::compile(network));
            };
            const Result wanted = run(one_spike(weight, delay_ms), options, 400);
            Simulation simulation(image(one_spike(weight, delay_ms)), options);
            simulation.advance(15);
            simulation.adopt(image(one_spike(new_weight, new_delay_ms)));
            simulation.advance(2);  // a second change carries on what the first one carried
            simulation.adopt(image(one_spike(new_weight / 2, new_delay_ms)));
            simulation.advance(383);
            const auto v = results(simulation).v[1];
            EXPECT_GT(*std::ranges::max_element(v), v.front() + 3000);
            // Another scale of weights rounds otherwise, in the last bits.
            for (std::size_t t = 0; t < v.size(); ++t) {
                ASSERT_NEAR(v[t], wanted.v[1][t], 40)
                    << delay_ms << " " << new_delay_ms << " " << t;
            }
        }
    }
}

TEST(Change, InputTooLargeForTheNewWeightsIsCutAndCounted) {
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        const auto image = [](double weight) {
            return std::make_shared<image::MachineImage>(image::compile(one_spike(weight, 20.0)));
        };
        Simulation simulation(image(1000.0), options);
        simulation.advance(15);
        simulation.adopt(image(0.001));
        simulation.advance(30);
        EXPECT_EQ(simulation.counters(1).saturations, 1u);
    }
}

TEST(Change, BothExecutorsGoOnAlikeAfterEveryChange) {
    const auto changed = [](const Options& options) {
        const auto image = [](std::uint32_t seed) {
            return std::make_shared<image::MachineImage>(image::compile(tangle(seed)));
        };
        Simulation simulation(image(11), options);
        for (const std::uint32_t seed : {12u, 13u, 11u, 14u}) {
            simulation.advance(seed == 13 ? 3 : 97);
            simulation.adopt(image(seed));  // other weights, delays, pairs
        }
        simulation.advance(700);
        return results(simulation);
    };
    Options reference;
    reference.executor = ExecutorKind::Reference;
    const auto wanted = changed(reference);
    for (const std::uint32_t partitions : {1u, 3u}) {
        Options fast;
        fast.threads = 2;
        fast.partitions = partitions;
        EXPECT_EQ(changed(fast), wanted) << partitions;
    }
}

TEST(Change, OtherParametersOnTheSameSynapsesActAlikeInBothExecutors) {
    const auto changed = [](const Options& options) {
        const auto image = [](double threshold_mv) {
            return std::make_shared<image::MachineImage>(image::compile(tangle(15, threshold_mv)));
        };
        Simulation simulation(image(-50.0), options);
        EXPECT_TRUE(image::same_synapses(simulation.image(), *image(-55.0)));
        for (const double threshold_mv : {-55.0, -60.0}) {
            simulation.advance(100);
            simulation.adopt(image(threshold_mv));
        }
        simulation.advance(300);
        return results(simulation);
    };
    Options reference;
    reference.executor = ExecutorKind::Reference;
    const Result wanted = changed(reference);
    EXPECT_NE(wanted, run(tangle(15), {}, 500));
    for (const int threads : {1, 2}) {
        Options fast;
        fast.threads = threads;
        EXPECT_EQ(changed(fast), wanted) << threads;
    }
}

TEST(Change, OtherParametersOnTheSameSynapsesExpandNone) {
    const auto dense = [](double threshold_mv, double weight) {
        Network network({1.0, {}, 1, false});
        auto cells = cells_of("IF_curr_exp");
        set(cells, "v_thresh", {threshold_mv});
        const auto all = network.add(neurons_of("all", 700, cells));  // more than is asked at once
        network.add(projection(network, all, all, 0, synapses::AllToAll{},
                               synapses::Constant{weight}, synapses::Constant{2.0}));
        return std::make_shared<image::MachineImage>(image::compile(network));
    };
    int expansions = 0;
    Options options;
    options.threads = 1;
    options.while_loading = [&] { ++expansions; };
    const auto adopted = [&](double threshold_mv, double weight) {
        Simulation simulation(dense(-50.0, 0.01), options);
        simulation.advance(5);
        expansions = 0;
        simulation.adopt(dense(threshold_mv, weight));
        return expansions;
    };
    EXPECT_EQ(adopted(-55.0, 0.01), 0);
    EXPECT_GT(adopted(-50.0, 0.02), 0);
}

TEST(Change, CountersGoOnOverAChangeOfTheNetwork) {
    const Network network = synfire();
    Simulation whole(std::make_shared<image::MachineImage>(image::compile(network)), {});
    Simulation changed(std::make_shared<image::MachineImage>(image::compile(network)), {});
    whole.advance(200);
    changed.advance(90);
    changed.adopt(std::make_shared<image::MachineImage>(image::compile(network)));
    changed.advance(110);
    ASSERT_GT(whole.totals().spikes, 0);
    EXPECT_EQ(changed.totals().spikes, whole.totals().spikes);
    for (image::PopulationIndex p = 0; p < whole.image().populations.size(); ++p) {
        EXPECT_EQ(changed.counters(p).spikes, whole.counters(p).spikes) << p;
        EXPECT_EQ(changed.counters(p).saturations, whole.counters(p).saturations) << p;
    }
}

}  // namespace
}  // namespace spinnlab::engine
