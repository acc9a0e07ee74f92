// SPDX-License-Identifier: Apache-2.0
// Slices, ring buffers, delay stages and who hears whom, by rule. What the published software makes
// of whole networks is compared in image/golden_test.cpp.
#include "spinnlab/network/lower.hpp"

#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::network {
namespace {

using mapping::SlicePair;
using mapping::SlicePairs;
using synapses::Constant;
using testing::Builder;
using testing::cells_of;

Population population_of(Cells cells, std::uint32_t size) {
    Population population;
    population.label = "pop";
    population.size = size;
    population.cells = std::move(cells);
    return population;
}

TEST(DefaultAtomsPerCore, FollowsTheKindOfCellsAndTheUser) {
    Population neurons = population_of(cells_of("IF_curr_exp"), 1000);
    EXPECT_EQ(default_atoms_per_core(neurons), 256u);
    neurons.options.neurons_per_core = 100;
    EXPECT_EQ(default_atoms_per_core(neurons), 100u);
    neurons.options.neurons_per_core = 300;
    EXPECT_EQ(default_atoms_per_core(neurons), 256u) << "rows have at most 256 synapses";
    EXPECT_EQ(default_atoms_per_core(population_of(cells_of("IF_curr_exp"), 10)), 10u);
    EXPECT_EQ(default_atoms_per_core(population_of(PoissonCells{{1}, {0}, {1}, {}}, 1200)), 500u);
    EXPECT_EQ(default_atoms_per_core(population_of(SpikeArrayCells{}, 100000)), 100000u);
}

TEST(IndexBits, IsAtLeastOne) {
    EXPECT_EQ(index_bits(0), 0u);
    EXPECT_EQ(index_bits(1), 1u);
    EXPECT_EQ(index_bits(2), 1u);
    EXPECT_EQ(index_bits(3), 2u);
    EXPECT_EQ(index_bits(256), 8u);
    EXPECT_EQ(index_bits(257), 9u);
}

Network two(double delay_ms, std::optional<std::uint32_t> atoms = {}, Fidelity fidelity = {},
            bool allow_delay_extensions = true) {
    Network network({1.0, fidelity, 1, false});
    for (const char* label : {"pre", "post"}) {
        Population population = population_of(cells_of("IF_curr_exp"), 512);
        population.label = label;
        population.options.neurons_per_core = atoms;
        population.options.allow_delay_extensions = allow_delay_extensions;
        network.add(population);
    }
    Projection projection;
    projection.label = "pre_post";
    projection.pre = 0;
    projection.post = 1;
    projection.recipe.connector = synapses::AllToAll{};
    projection.recipe.weight = Constant{0.1};
    projection.recipe.delay_ms = Constant{delay_ms};
    projection.recipe.shape = {512, 512, false};
    network.add(projection);
    return network;
}

TEST(DelaySlots, AreWhatFourteenBitsLeave) {
    EXPECT_EQ(lower(two(1)).populations[1].delay_slots, 32u);
    EXPECT_EQ(lower(two(1, 128)).populations[1].delay_slots, 64u);
    EXPECT_EQ(lower(two(1, 64)).populations[1].delay_slots, 128u);
    EXPECT_EQ(lower(two(1, 128, {Profile::Six, false})).populations[1].delay_slots, 16u);
}

TEST(RingSlots, AreAsManyAsTheLongestDelayNeeds) {
    EXPECT_EQ(lower(two(1)).populations[1].ring_slots, 2u);
    EXPECT_EQ(lower(two(4)).populations[1].ring_slots, 4u);
    EXPECT_EQ(lower(two(5)).populations[1].ring_slots, 8u);
    EXPECT_EQ(lower(two(200)).populations[1].ring_slots, 32u);
    EXPECT_EQ(lower(two(200)).populations[0].ring_slots, 1u) << "nothing comes in";
}

TEST(DelayStages, OnePerFullRing) {
    const auto stages = [](double delay_ms) { return lower(two(delay_ms)).delay_stages[0]; };
    EXPECT_EQ(stages(32), 0u);
    EXPECT_EQ(stages(33), 1u);
    EXPECT_EQ(stages(64), 1u);
    EXPECT_EQ(stages(65), 2u);
    EXPECT_EQ(stages(288), 8u);
}

TEST(DelayStages, BeyondEightAreRunAndSaid) {
    EXPECT_TRUE(lower(two(288)).notes.empty());
    const LoweredNetwork lowered = lower(two(289));
    EXPECT_EQ(lowered.delay_stages[0], 9u);
    ASSERT_EQ(lowered.notes.size(), 1u);
    EXPECT_NE(lowered.notes[0].find("pre_post: a delay of 289 steps"), std::string::npos);
    EXPECT_NE(lowered.notes[0].find("288"), std::string::npos);
}

TEST(DelayStages, CanBeForbidden) {
    EXPECT_NO_THROW(static_cast<void>(lower(two(32, {}, {}, false))));
    try {
        static_cast<void>(lower(two(33, {}, {}, false)));
        FAIL() << "a delay stage although there may be none";
    } catch (const DelayExtensionError& error) {
        const std::string message = error.what();
        for (const char* word : {"pre_post", "33 steps", "post holds 32"}) {
            EXPECT_NE(message.find(word), std::string::npos) << message;
        }
    }
}

TEST(DelayVertex, StandsBehindThePopulationsAndIsCutAsItsSource) {
    const LoweredNetwork lowered = lower(two(100));
    ASSERT_EQ(lowered.delays.size(), 1u);
    const DelayVertex& delay = lowered.delays[0];
    EXPECT_EQ(delay.source, 0u);
    EXPECT_EQ(delay.vertex, 2u);
    EXPECT_EQ(delay.stages, 3u);
    EXPECT_EQ(delay.steps_per_stage, 32u);
    const auto& vertex = lowered.graph.vertices.at(2);
    EXPECT_EQ(vertex.follows, 0u);
    EXPECT_EQ(vertex.atoms, 512u);
    EXPECT_EQ(vertex.keys_per_atom, 3u * 16);
    // Each slice to its own stage; the stages to whoever hears the slices.
    const auto& edges = lowered.graph.edges;
    ASSERT_EQ(edges.size(), 3u);
    EXPECT_EQ(edges[1].pre, 0u);
    EXPECT_EQ(edges[1].post, 2u);
    ASSERT_TRUE(edges[1].pairs);
    EXPECT_EQ(*edges[1].pairs, (SlicePairs{{0, 0}, {1, 1}}));
    EXPECT_EQ(edges[2].pre, 2u);
    EXPECT_EQ(edges[2].post, 1u);
    EXPECT_FALSE(edges[2].pairs);
}

TEST(DelayVertex, OneForTargetsWithTheSameSlots) {
    Builder b;
    const auto pre = b.neurons("pre", 512);
    const auto near = b.neurons("near", 512);
    const auto far = b.neurons("far", 512);
    b.atoms_per_core(64);
    const auto small = b.neurons("small", 512);
    for (const auto& [post, delay_ms] :
         {std::pair{near, 40.0}, std::pair{far, 100.0}, std::pair{small, 300.0}}) {
        b.project(pre, post, synapses::AllToAll{}, Constant{0.1}, Constant{delay_ms});
    }
    const LoweredNetwork lowered = lower(b.network());
    ASSERT_EQ(lowered.delays.size(), 2u);
    EXPECT_EQ(lowered.delays[0].stages, 3u) << "the most that any of its targets needs";
    EXPECT_EQ(lowered.delays[0].steps_per_stage, 32u);
    EXPECT_EQ(lowered.delays[1].stages, 2u);
    EXPECT_EQ(lowered.delays[1].steps_per_stage, 128u);
}

TEST(KeysPerAtom, AreOneAColour) {
    Builder b;
    b.neurons("pop", 10);
    b.spike_array("one", 1);
    b.spike_array("two", 2);
    const LoweredNetwork lowered = lower(b.network());
    EXPECT_EQ(lowered.graph.vertices[0].keys_per_atom, 16u);
    EXPECT_EQ(lowered.graph.vertices[1].keys_per_atom, 32u) << "a single source has keys for two";
    EXPECT_EQ(lowered.graph.vertices[2].keys_per_atom, 16u);
}

TEST(AtomLimits, LowerWhatTheRulesSay) {
    const Network network = two(1);
    const LoweredNetwork lowered = lower(network, {0, 100});
    EXPECT_EQ(lowered.populations[0].atoms_per_core, 256u);
    EXPECT_EQ(lowered.populations[1].atoms_per_core, 100u);
    EXPECT_EQ(lowered.graph.vertices[1].max_atoms_per_core, 100u);
    EXPECT_EQ(lower(network, {1000, 0}).populations[0].atoms_per_core, 256u);
}

TEST(Incoming, ListsTheProjectionsOntoEachPopulation) {
    Builder b;
    const auto a = b.neurons("a", 10);
    const auto c = b.neurons("c", 10);
    for (const auto& [pre, post] : {std::pair{a, c}, {c, a}, {a, c}}) {
        b.project(pre, post, synapses::OneToOne{}, Constant{1}, Constant{1});
    }
    const LoweredNetwork lowered = lower(b.network());
    EXPECT_EQ(lowered.incoming[a], std::vector<ProjectionId>{1});
    EXPECT_EQ(lowered.incoming[c], (std::vector<ProjectionId>{0, 2}));
}

/// Slices that an edge connects, of 10 atoms each, from 30 neurons to 30 others.
std::shared_ptr<const SlicePairs> connected(const synapses::Connector& connector,
                                            std::vector<std::uint32_t> pre_view = {},
                                            std::vector<std::uint32_t> post_view = {}) {
    Builder b;
    b.atoms_per_core(10);
    const auto pre = b.neurons("pre", 30);
    const auto post = b.neurons("post", 30);
    b.project(pre, post, synapses::AllToAll{}, Constant{1}, Constant{1});
    Network network = b.network();
    synapses::Recipe recipe = network.projections()[0].recipe;
    recipe.connector = connector;
    recipe.pre_index = std::move(pre_view);
    recipe.post_index = std::move(post_view);
    if (!recipe.pre_index.empty()) {
        recipe.shape.pre = static_cast<std::uint32_t>(recipe.pre_index.size());
    }
    if (!recipe.post_index.empty()) {
        recipe.shape.post = static_cast<std::uint32_t>(recipe.post_index.size());
    }
    network.set_recipe(0, recipe);
    return lower(network).graph.edges.at(0).pairs;
}

TEST(ConnectedSlices, AreAllWhereSynapsesAreDrawn) {
    EXPECT_FALSE(connected(synapses::AllToAll{}));
    EXPECT_FALSE(connected(synapses::FixedProbability{0.01}));
    EXPECT_FALSE(connected(synapses::FixedNumberPre{1}));
}

TEST(ConnectedSlices, OfAOneToOneAreThoseSideBySide) {
    EXPECT_EQ(*connected(synapses::OneToOne{}), (SlicePairs{{0, 0}, {1, 1}, {2, 2}}));
    EXPECT_EQ(*connected(synapses::OneToOne{}, {8, 9, 10, 11}, {19, 20, 21, 22}),
              (SlicePairs{{0, 1}, {0, 2}, {1, 2}}));
}

TEST(ConnectedSlices, OfAListAreThoseInIt) {
    const auto list = [](std::vector<std::uint32_t> values) {
        return std::make_shared<const std::vector<std::uint32_t>>(std::move(values));
    };
    const synapses::FromList some{list({29, 0, 0, 1, 99}), list({5, 25, 25, 12, 3})};
    EXPECT_EQ(*connected(some), (SlicePairs{{0, 1}, {0, 2}, {2, 0}}));
    const synapses::FromList view{list({0, 1}), list({1, 0})};
    EXPECT_EQ(*connected(view, {3, 15}, {4, 26}), (SlicePairs{{0, 2}, {1, 0}}));
    EXPECT_TRUE(connected(synapses::FromList{list({}), list({})})->empty());
}

}  // namespace
}  // namespace spinnlab::network
