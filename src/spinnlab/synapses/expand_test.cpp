// SPDX-License-Identifier: Apache-2.0
// What every connector makes, and that any cut of the targets makes the same.
#include "spinnlab/synapses/expand.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/synapses/estimates.hpp"
#include "spinnlab/synapses/scaling.hpp"
#include "spinnlab/synapses/testing/collect.hpp"

namespace spinnlab::synapses {
namespace {

using testing::Synapse;

constexpr Scaling kScaling{256.0, 1.0, Rounding::Host};

std::vector<Synapse> expanded(const Recipe& recipe, std::uint32_t lo, std::uint32_t hi,
                              const Scaling& scaling = kScaling) {
    return testing::expanded(recipe, scaling, lo, hi);
}

Recipe recipe_of(Connector connector, Shape shape) {
    Recipe recipe;
    recipe.connector = std::move(connector);
    recipe.weight = Distribution{DistributionKind::Normal, 1.0, 0.25, 0, 0};
    recipe.delay_ms = Distribution{DistributionKind::Uniform, 1.0, 9.0, 0, 0};
    recipe.shape = shape;
    recipe.seed = 11;
    recipe.projection_id = 2;
    return recipe;
}

FromList list() {
    return {std::make_shared<std::vector<std::uint32_t>>(
                std::vector<std::uint32_t>{5, 0, 5, 299, 7, 5}),
            std::make_shared<std::vector<std::uint32_t>>(
                std::vector<std::uint32_t>{0, 699, 0, 300, 256, 511})};
}

std::vector<Connector> connectors() {
    return {AllToAll{true},
            AllToAll{false},
            OneToOne{},
            FixedProbability{0.1, true},
            FixedProbability{0.7, false},
            FixedNumberPre{17, true, false},
            FixedNumberPre{17, false, true},
            FixedNumberPost{40, true, false},
            FixedNumberPost{40, false, true},
            FixedTotalNumber{5000, true, true},
            FixedTotalNumber{5000, false, false},
            list()};
}

TEST(Expand, AnyCutOfTheTargetsGivesTheSameSynapses) {
    for (const auto& connector : connectors()) {
        for (const Shape shape : {Shape{300, 700, false}, Shape{700, 700, true}}) {
            const Recipe recipe = recipe_of(connector, shape);
            const auto whole = expanded(recipe, 0, shape.post);
            EXPECT_FALSE(whole.empty()) << name(connector);
            for (const std::uint32_t cut : {1u, 256u, 300u, 699u}) {
                auto parts = expanded(recipe, 0, cut);
                std::ranges::copy(expanded(recipe, cut, shape.post), std::back_inserter(parts));
                std::ranges::sort(parts);
                EXPECT_EQ(parts, whole) << name(connector) << " cut at " << cut;
            }
        }
    }
}

TEST(Expand, AnotherSeedGivesOtherSynapses) {
    for (const auto& connector : connectors()) {
        Recipe recipe = recipe_of(connector, {300, 700, false});
        const auto one = expanded(recipe, 0, 700);
        recipe.seed = 12;
        EXPECT_NE(expanded(recipe, 0, 700), one) << name(connector);  // at least the weights
        recipe.seed = 11;
        EXPECT_EQ(expanded(recipe, 0, 700), one) << name(connector);
    }
}

std::map<std::uint32_t, std::vector<std::uint32_t>> by(const std::vector<Synapse>& synapses,
                                                       bool by_target) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> groups;
    for (const auto& [pre, post, weight, delay] : synapses) {
        groups[by_target ? post : pre].push_back(by_target ? pre : post);
    }
    return groups;
}

TEST(Expand, NumbersAreExact) {
    constexpr Shape kShape{700, 700, true};
    const auto count = [&](const Connector& connector) {
        return expanded(recipe_of(connector, kShape), 0, 700).size();
    };
    EXPECT_EQ(count(AllToAll{true}), 700u * 700);
    EXPECT_EQ(count(AllToAll{false}), 700u * 699);
    EXPECT_EQ(count(OneToOne{}), 700u);
    EXPECT_EQ(count(FixedTotalNumber{5000, false, false}), 5000u);
    EXPECT_EQ(count(FixedTotalNumber{5000, true, true}), 5000u);
    for (const bool replace : {false, true}) {
        for (const bool self : {false, true}) {
            const auto pre =
                by(expanded(recipe_of(FixedNumberPre{17, self, replace}, kShape), 0, 700), true);
            const auto post =
                by(expanded(recipe_of(FixedNumberPost{40, self, replace}, kShape), 0, 700), false);
            for (const auto& [groups, n] : {std::pair{&pre, 17u}, std::pair{&post, 40u}}) {
                EXPECT_EQ(groups->size(), 700u);
                for (const auto& [neuron, others] : *groups) {
                    EXPECT_EQ(others.size(), n);
                    const std::set<std::uint32_t> different(others.begin(), others.end());
                    EXPECT_TRUE(replace || different.size() == n);
                    EXPECT_TRUE(self || !different.contains(neuron));
                }
            }
        }
    }
}

TEST(Expand, ProbabilityHoldsWithinItsSpread) {
    for (const double p : {0.001, 0.02, 0.3, 0.9, 1.0}) {
        const auto n = static_cast<double>(
            expanded(recipe_of(FixedProbability{p, true}, {900, 900, false}), 0, 900).size());
        const double pairs = 900.0 * 900;
        EXPECT_NEAR(n, pairs * p, 5 * std::sqrt(pairs * p * (1 - p)) + 1e-9) << p;
    }
}

TEST(Expand, ListsKeepTheirPairsDoublesIncluded) {
    const auto found = expanded(recipe_of(list(), {300, 700, false}), 0, 700);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (const auto& [pre, post, weight, delay] : found) pairs.emplace_back(pre, post);
    EXPECT_EQ(pairs, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{
                         {0, 699}, {5, 0}, {5, 0}, {5, 511}, {7, 256}, {299, 300}}));
}

TEST(Expand, ViewsSelectNeurons) {
    Recipe recipe = recipe_of(AllToAll{true}, {2, 3, false});
    recipe.pre_index = {10, 20};
    recipe.post_index = {300, 5, 77};
    std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (const auto& [pre, post, weight, delay] : expanded(recipe, 0, 700)) {
        pairs.emplace(pre, post);
    }
    EXPECT_EQ(pairs, (std::set<std::pair<std::uint32_t, std::uint32_t>>{
                         {10, 300}, {10, 5}, {10, 77}, {20, 300}, {20, 5}, {20, 77}}));
    EXPECT_EQ(expanded(recipe, 0, 100).size(), 4u);
}

TEST(Expand, WeightsAndDelaysFollowTheirDistribution) {
    Recipe recipe = recipe_of(AllToAll{true}, {300, 300, false});
    recipe.delay_ms = Distribution{DistributionKind::NormalClipped, 3.0, 2.0, 1.0, 6.0};
    double sum = 0;
    double squares = 0;
    std::uint16_t shortest = 65535;
    std::uint16_t longest = 0;
    const auto found = expanded(recipe, 0, 300);
    for (const auto& [pre, post, weight, delay] : found) {
        sum += weight / 256.0;
        squares += std::pow(weight / 256.0, 2);
        shortest = std::min(shortest, delay);
        longest = std::max(longest, delay);
    }
    const auto n = static_cast<double>(found.size());
    EXPECT_NEAR(sum / n, 1.0, 5 * 0.25 / std::sqrt(n));
    EXPECT_NEAR(squares / n - std::pow(sum / n, 2), 0.0625, 0.002);
    EXPECT_EQ(shortest, 1);
    EXPECT_EQ(longest, 6);
}

TEST(Expand, RoundingOfTheHostAndOfTheMachine) {
    Recipe recipe = recipe_of(OneToOne{}, {1, 1, false});
    const auto one = [&](double weight, double delay_ms, Rounding rounding) {
        recipe.weight = Constant{weight};
        recipe.delay_ms = Constant{delay_ms};
        const auto found = expanded(recipe, 0, 1, {256.0, 1.0, rounding});
        return std::pair{std::get<2>(found.at(0)), std::get<3>(found.at(0))};
    };
    // 0.001953125 x 256 = 0.5: half to even on the host, half up on the machine.
    EXPECT_EQ(one(0.001953125, 2.6, Rounding::Host),
              (std::pair<std::uint16_t, std::uint16_t>{0, 3}));
    EXPECT_EQ(one(0.001953125, 2.6, Rounding::Machine),
              (std::pair<std::uint16_t, std::uint16_t>{1, 2}));
    // The sign is in the receptor.
    EXPECT_EQ(one(-1.5, 0.2, Rounding::Host), (std::pair<std::uint16_t, std::uint16_t>{384, 1}));
    EXPECT_EQ(one(1.0, 1e300, Rounding::Machine).second, 65535);
}

TEST(Expand, AFaithfulFixedNumberPostCutsTheScaleOnTheMachine) {
    const Fidelity faithful{Profile::Seven, true};
    Recipe recipe;
    recipe.connector = FixedNumberPost{3, true, false};
    recipe.weight = Constant{0.3};
    recipe.delay_ms = Constant{1.0};
    EXPECT_EQ(rounding_of(recipe, faithful), Rounding::MachineShortScale);
    EXPECT_EQ(rounding_of(recipe, {Profile::Seven, false}), Rounding::Machine);
    EXPECT_EQ(rounding_of(recipe, {Profile::Six, true}), Rounding::Machine);
    recipe.weight = PerConnection{std::make_shared<const std::vector<double>>(1, 0.3)};
    EXPECT_EQ(rounding_of(recipe, faithful), Rounding::Host);
    recipe.connector = FixedNumberPre{3, true, false};
    recipe.weight = Constant{0.3};
    EXPECT_EQ(rounding_of(recipe, faithful), Rounding::Machine);

    // As published 7.4.1 stores 0.3 and 0.7 uS on an emulated board.
    const auto stored = [](double weight, double scale) {
        return stored_weight(weight, Scaling{scale, 1.0, Rounding::MachineShortScale});
    };
    EXPECT_EQ(stored(0.7, 32768.0), 22938);
    EXPECT_EQ(stored(0.3, 65536.0), 45876);
    EXPECT_EQ(stored(0.1, 131072.0), 0);
}

TEST(Check, RefusesWhatCannotBe) {
    const auto refused = [](Connector connector, ValueSource weight, ValueSource delay) {
        Recipe recipe = recipe_of(std::move(connector), {10, 10, true});
        recipe.weight = std::move(weight);
        recipe.delay_ms = std::move(delay);
        EXPECT_THROW(check(recipe, "p"), NetworkError);
    };
    const double nan = std::nan("");
    refused(AllToAll{}, Constant{nan}, Constant{1.0});
    refused(AllToAll{}, Constant{1.0}, Constant{nan});
    refused(AllToAll{}, Constant{1.0}, Constant{-1.0});
    refused(FixedProbability{1.5, true}, Constant{1.0}, Constant{1.0});
    refused(FixedProbability{nan, true}, Constant{1.0}, Constant{1.0});
    refused(FixedNumberPre{11, true, false}, Constant{1.0}, Constant{1.0});
    refused(FixedTotalNumber{101, true, false}, Constant{1.0}, Constant{1.0});
    // A list for connections that are drawn, be it empty; a list that is too short.
    const auto list = [](std::vector<double> values) {
        return PerConnection{std::make_shared<const std::vector<double>>(std::move(values))};
    };
    refused(FixedTotalNumber{7, true, false}, Constant{1.0}, list({}));
    refused(FixedNumberPost{7, true, false}, list({}), Constant{1.0});
    refused(OneToOne{}, list({1.0, 2.0}), Constant{1.0});
    refused(AllToAll{}, Constant{1.0},
            Distribution{DistributionKind::NormalClipped, 20.0, 1.0, 1.0, 6.0});
    EXPECT_NO_THROW(check(recipe_of(FixedNumberPre{11, true, true}, {10, 10, true}), "p"));
}

TEST(Check, ANeuronWithoutAnotherCannotConnectToOthers) {
    const auto views = [](Connector connector, std::vector<std::uint32_t> pre,
                          std::vector<std::uint32_t> post) {
        Recipe recipe =
            recipe_of(std::move(connector), {static_cast<std::uint32_t>(pre.size()),
                                             static_cast<std::uint32_t>(post.size()), true});
        recipe.pre_index = std::move(pre);
        recipe.post_index = std::move(post);
        return recipe;
    };
    for (const bool replacement : {false, true}) {
        for (const Connector& connector : {Connector{FixedNumberPre{1, false, replacement}},
                                           Connector{FixedNumberPost{1, false, replacement}},
                                           Connector{FixedTotalNumber{1, false, replacement}}}) {
            EXPECT_THROW(check(recipe_of(connector, {1, 1, true}), "p"), NetworkError);
            EXPECT_THROW(check(views(connector, {3}, {3}), "p"), NetworkError);
            // Two views of one population are others to each other.
            const Recipe apart = views(connector, {3}, {4});
            EXPECT_NO_THROW(check(apart, "p"));
            EXPECT_EQ(expanded(apart, 0, 10).size(), 1u) << name(connector);
        }
    }
    // Targets are drawn first: the second has no source.
    EXPECT_THROW(check(views(FixedTotalNumber{5, false, true}, {3}, {2, 3}), "p"), NetworkError);
    const Recipe all = views(FixedTotalNumber{25, false, false}, {0, 1, 2, 3, 4}, {5, 6, 7, 8, 9});
    EXPECT_NO_THROW(check(all, "p"));
    EXPECT_EQ(expanded(all, 0, 10).size(), 25u);
}

TEST(EstimatedRows, DistributionsWithoutWidthAreConstants) {
    using Kind = DistributionKind;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto usual = estimate_rows(recipe_of(AllToAll{}, {50, 70, false}), 1.0, 70, 16, 0);
    for (const Distribution& d :
         {Distribution{Kind::Uniform, 1.0, 1.0, -kInfinity, kInfinity},
          Distribution{Kind::UniformInt, 1.0, 1.0, -kInfinity, kInfinity},
          Distribution{Kind::Normal, 1.0, 0.0, -kInfinity, kInfinity},
          Distribution{Kind::NormalClipped, 1.0, 0.0, 1.0, 6.0},
          Distribution{Kind::NormalClipped, 1.0, 0.0, 0.0, 1.0},
          Distribution{Kind::NormalClippedToBoundary, 1.0, 0.0, 0.0, 2.0}}) {
        Recipe recipe = recipe_of(AllToAll{}, {50, 70, false});
        recipe.weight = d;
        recipe.delay_ms = d;
        EXPECT_NO_THROW(check(recipe, "p"));
        const auto rows = estimate_rows(recipe, 1.0, 70, 16, 0);
        EXPECT_EQ(rows.undelayed, usual.undelayed);
        EXPECT_EQ(rows.delayed, usual.delayed);
    }
}

// array_connector.py and index_based_probability_connector.py of sPyNNaker 7.4.1.
TEST(Estimates, OfListsThatTheOriginalsHostMakesAreThoseOfItsConnectors) {
    Recipe recipe = recipe_of(list(), {300, 700, false});
    recipe.weight = Constant{0.5};
    recipe.delay_ms = Constant{2.0};
    EXPECT_EQ(max_inputs_of_a_neuron(recipe), 2);  // two of neuron 5 reach neuron 0
    auto& expected = std::get<FromList>(recipe.connector).expected;
    expected = Expected{.longest_row = 9, .inputs = 0};
    EXPECT_EQ(max_inputs_of_a_neuron(recipe), 0);
    EXPECT_EQ(estimate_rows(recipe, 1.0, 100, 16, 0).undelayed, 9u);
    expected = Expected{.p_most = 1.0, .pairs = 300.0 * 700, .trials = 300};
    EXPECT_EQ(max_inputs_of_a_neuron(recipe), 300);
    EXPECT_EQ(estimate_rows(recipe, 1.0, 100, 16, 0).undelayed, 100u);
    expected->p_most = 0.1;
    const double inputs = max_inputs_of_a_neuron(recipe);
    EXPECT_GT(inputs, 30 + 5 * std::sqrt(27));  // one chance in 21 million
    EXPECT_LT(inputs, 30 + 8 * std::sqrt(27));
}

TEST(EstimatedRows, AreAtLeastAsLongAsThoseThatAreDrawn) {
    for (const auto& connector : connectors()) {
        const Recipe recipe = recipe_of(connector, {700, 700, false});
        const auto rows = estimate_rows(recipe, 1.0, 256, 16, 0);
        for (std::uint32_t lo = 0; lo < 700; lo += 256) {
            std::size_t longest = 0;
            for (const auto& [pre, posts] :
                 by(expanded(recipe, lo, std::min(lo + 256, 700u)), false)) {
                longest = std::max(longest, posts.size());
            }
            EXPECT_GE(rows.undelayed, longest) << name(connector) << " from " << lo;
        }
    }
}

}  // namespace
}  // namespace spinnlab::synapses
