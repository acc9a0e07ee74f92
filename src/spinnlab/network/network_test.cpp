// SPDX-License-Identifier: Apache-2.0
// What a network cannot be is refused when it is added, in words that name it.
#include "spinnlab/network/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::network {
namespace {

using testing::Builder;
using testing::cells_of;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// The message of the NetworkError that `action` ends with; what else happens fails the test.
std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const NetworkError& error) {
        EXPECT_FALSE(error.way_out().empty());
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

void expect_refused(const std::function<void()>& action, const std::vector<std::string>& words) {
    const std::string message = refusal(action);
    for (const std::string& word : words) {
        EXPECT_NE(message.find(word), std::string::npos) << word << " is not in: " << message;
    }
}

Population population_of(Cells cells, std::uint32_t size = 3) {
    Population population;
    population.label = "cells";
    population.size = size;
    population.cells = std::move(cells);
    return population;
}

void expect_population_refused(const Population& population,
                               const std::vector<std::string>& words) {
    expect_refused(
        [&] {
            Network network({});
            network.add(population);
        },
        words);
}

NeuronCells with_field(const char* field, std::vector<double> values) {
    NeuronCells cells = cells_of("IF_curr_exp");
    cells.fields[neurons::field_index(*cells.model, field).value()] = std::move(values);
    return cells;
}

TEST(Settings, TimeStepsAreWithinReason) {
    for (const double timestep_ms : {0.0, -1.0, 1e-4, 2e4, kNan, kInfinite}) {
        expect_refused([&] { Network({timestep_ms}); }, {"time step", "0.001 to 10,000 ms"});
    }
    EXPECT_NO_THROW(Network({0.001}));
    EXPECT_NO_THROW(Network({10000}));
}

TEST(NeuronCells, ParametersHaveOneValueOrOneEach) {
    expect_population_refused(population_of(with_field("tau_m", {20, 20})),
                              {"cells", "tau_m", "2 values for 3 neurons"});
    expect_population_refused(population_of(with_field("tau_m", {})), {"tau_m", "0 values"});
    EXPECT_NO_THROW(Network({}).add(population_of(with_field("tau_m", {20, 21, 22}))));
    EXPECT_NO_THROW(Network({}).add(population_of(with_field("tau_m", {20}))));
}

TEST(NeuronCells, ParametersAreNumbersInTheirRange) {
    for (const double value : {kNan, kInfinite, -kInfinite, -1.0}) {
        expect_population_refused(population_of(with_field("tau_m", {20, value, 20})),
                                  {"cells", "tau_m of neuron 1"});
    }
    expect_population_refused(population_of(with_field("v", {1e9})),
                              {"v of neuron 0", "1000000000"});
}

TEST(NeuronCells, HaveAModelAndAllItsFields) {
    expect_population_refused(population_of(NeuronCells{}), {"cells", "no model"});
    NeuronCells cells = cells_of("IF_curr_exp");
    cells.fields.pop_back();
    expect_population_refused(population_of(cells), {"cells", "IF_curr_exp", "got"});
}

TEST(SpikeArrayCells, TimesBelongToTheNeurons) {
    for (const std::vector<std::uint64_t>& first : std::vector<std::vector<std::uint64_t>>{
             {}, {0, 1, 2}, {0, 2, 1, 3}, {1, 1, 2, 3}, {0, 1, 2, 2}}) {
        expect_population_refused(population_of(SpikeArrayCells{first, {1, 2, 3}}),
                                  {"cells", "spike times", "3 neurons"});
    }
    EXPECT_NO_THROW(Network({}).add(population_of(SpikeArrayCells{{0, 1, 1, 3}, {1, 2, 3}})));
}

TEST(SpikeArrayCells, TimesAreFiniteAndNotNegative) {
    for (const double time_ms : {kNan, kInfinite, -0.1}) {
        expect_population_refused(population_of(SpikeArrayCells{{0, 1, 1, 1}, {time_ms}}),
                                  {"cells", "spike time"});
    }
}

PoissonCells poisson(std::vector<double> rate_hz) {
    return {std::move(rate_hz), {0}, {PoissonCells::kForever}, {}};
}

TEST(PoissonCells, RatesAndTimesAreNumbers) {
    for (const double rate_hz : {kNan, kInfinite, -1.0, 2e6}) {
        expect_population_refused(population_of(poisson({1, 2, rate_hz})),
                                  {"cells", "rate of neuron 2"});
    }
    PoissonCells cells = poisson({1});
    cells.start_ms = {-1};
    expect_population_refused(population_of(cells), {"start of neuron 0"});
    cells = poisson({1});
    cells.duration_ms = {1, -2, 3};
    expect_population_refused(population_of(cells), {"duration of neuron 1"});
    cells = poisson({1, 2});
    expect_population_refused(population_of(cells), {"rate has 2 values for 3 neurons"});
    cells = poisson({1});
    cells.max_rate_hz = kNan;
    expect_population_refused(population_of(cells), {"max_rate"});
}

TEST(Population, HasNeurons) {
    expect_population_refused(population_of(cells_of("IF_curr_exp"), 0), {"cells", "no neurons"});
}

TEST(PopulationOptions, AreChecked) {
    const auto refused = [](const std::function<void(PopulationOptions&)>& change,
                            const std::vector<std::string>& words) {
        Population population = population_of(cells_of("IF_curr_exp"));
        change(population.options);
        expect_population_refused(population, words);
    };
    refused([](auto& o) { o.neurons_per_core = 0; }, {"cells", "0 neurons per core"});
    refused([](auto& o) { o.n_steps_per_timestep = 0; }, {"n_steps_per_timestep"});
    refused([](auto& o) { o.spikes_per_second = kNan; }, {"spikes_per_second"});
    refused([](auto& o) { o.spikes_per_second = -1; }, {"spikes_per_second is -1"});
    refused([](auto& o) { o.ring_buffer_sigma = kInfinite; }, {"ring_buffer_sigma"});
    refused([](auto& o) { o.max_expected_summed_weight = {1}; },
            {"max_expected_summed_weight", "1 values", "2 receptors"});
    refused([](auto& o) { o.max_expected_summed_weight = {1, kNan}; },
            {"max_expected_summed_weight"});
    refused([](auto& o) { o.n_colour_bits = 8; }, {"n_colour_bits is 8"});
    refused([](auto& o) { o.core = 3; }, {"core 3 of no chip"});
}

TEST(Recordings, AreOfVariablesAndNeuronsThatExist) {
    Builder b;
    const auto pop = b.neurons("pop", 10);
    const auto source = b.spike_array("source", 10);
    Network network = b.network();
    const auto refused = [&](PopulationId id, const Recording& recording,
                             const std::vector<std::string>& words) {
        expect_refused([&] { network.set_recordings(id, {recording}); }, words);
        EXPECT_TRUE(network.populations()[id].recordings.empty()) << "refused and kept";
    };
    refused(pop, {"w", 1, {}}, {"pop", "cannot record w"});
    refused(source, {"v", 1, {}}, {"source", "cannot record v"});
    refused(source, {"packets-per-timestep", 1, {}}, {"source", "packets-per-timestep"});
    refused(pop, {"v", 0, {}}, {"pop", "every 0 steps"});
    refused(pop, {"v", 1, {3, 10}}, {"pop", "0 to 9"});
    refused(pop, {"v", 1, {4, 3}}, {"pop"});
    refused(pop, {"v", 1, {4, 4}}, {"pop"});
    EXPECT_NO_THROW(
        network.set_recordings(pop, {{"packets-per-timestep", 1, {}}, {"v", 3, {0, 9}}}));
    EXPECT_EQ(network.populations()[pop].recordings.size(), 2u);
}

/// A projection from 10 neurons "pre" to 20 neurons "post" that `change` spoils.
void expect_projection_refused(const std::function<void(Projection&)>& change,
                               const std::vector<std::string>& words) {
    Builder b;
    const auto pre = b.neurons("pre", 10);
    const auto post = b.neurons("post", 20);
    b.spike_array("source", 10);
    b.project(pre, post, synapses::AllToAll{}, synapses::Constant{1}, synapses::Constant{1});
    Network network = b.network();
    Projection projection = network.projections()[0];
    projection.label = "the second";
    change(projection);
    expect_refused([&] { network.add(projection); }, words);
    EXPECT_EQ(network.projections().size(), 1u);
}

TEST(Projection, EndsExist) {
    expect_projection_refused([](auto& p) { p.pre = 3; }, {"population 3", "has 3"});
    expect_projection_refused([](auto& p) { p.post = 7; }, {"population 7"});
    expect_projection_refused([](auto& p) { p.post = 2; }, {"the second", "source", "no input"});
    expect_projection_refused([](auto& p) { p.receptor = 2; },
                              {"the second", "IF_curr_exp has no receptor 2"});
}

TEST(Projection, RecipesAreForTheTwoEnds) {
    expect_projection_refused([](auto& p) { p.recipe.shape.pre = 11; },
                              {"the second", "11 neurons of pre, it has 10"});
    expect_projection_refused([](auto& p) { p.recipe.shape.post = 5; }, {"5 neurons of post"});
    expect_projection_refused([](auto& p) { p.recipe.pre_index = {1, 2}; }, {"pre, it has 2"});
    expect_projection_refused(
        [](auto& p) {
            p.recipe.post_index = {0, 20};
            p.recipe.shape.post = 2;
        },
        {"post has no neuron 20", "0 to 19"});
}

TEST(Projection, WeightsAndDelaysAreNumbers) {
    using synapses::Constant;
    using synapses::Distribution;
    using synapses::DistributionKind;
    using synapses::PerConnection;
    for (const double value : {kNan, kInfinite}) {
        expect_projection_refused([&](auto& p) { p.recipe.weight = Constant{value}; },
                                  {"the second", "weight"});
        expect_projection_refused([&](auto& p) { p.recipe.delay_ms = Constant{value}; },
                                  {"the second", "delay"});
        expect_projection_refused(
            [&](auto& p) {
                std::vector<double> values(200, 1.0);
                values[77] = value;
                p.recipe.weight =
                    PerConnection{std::make_shared<const std::vector<double>>(values)};
            },
            {"the second", "weight"});
    }
    expect_projection_refused([](auto& p) { p.recipe.delay_ms = Constant{-1}; },
                              {"the second", "-1 ms", "not negative"});
    expect_projection_refused(
        [](auto& p) { p.recipe.weight = Distribution{DistributionKind::Uniform, kNan, 1, 0, 0}; },
        {"the second", "weight", "distribution"});
    expect_projection_refused(
        [](auto& p) { p.recipe.weight = Distribution{DistributionKind::Uniform, -1, 1, -1, 1}; },
        {"the second", "both signs"});
    expect_projection_refused(
        [](auto& p) {
            p.recipe.weight = PerConnection{std::make_shared<const std::vector<double>>(199, 1.0)};
        },
        {"the second", "199"});
}

TEST(Projection, ConnectorsCanBe) {
    using namespace synapses;
    const auto refused = [](const Connector& connector, const std::vector<std::string>& words) {
        expect_projection_refused([&](auto& p) { p.recipe.connector = connector; }, words);
    };
    for (const double p : {kNan, -0.1, 1.1}) {
        refused(FixedProbability{p}, {"the second", "FixedProbabilityConnector", "p_connect"});
    }
    refused(FixedNumberPre{11}, {"FixedNumberPreConnector", "11 of 10 neurons"});
    refused(FixedNumberPost{21}, {"FixedNumberPostConnector", "21 of 20 neurons"});
    refused(FixedTotalNumber{201, true, false}, {"201", "200 pairs"});
    const auto list = [](std::size_t n) {
        return std::make_shared<const std::vector<std::uint32_t>>(n);
    };
    refused(FromList{list(3), list(2)}, {"FromListConnector", "3 sources for 2 targets"});
}

TEST(Network, ChangesThatAreRefusedLeaveItAsItWas) {
    Builder b;
    const auto pre = b.neurons("pre", 10);
    b.project(pre, pre, synapses::AllToAll{}, synapses::Constant{1}, synapses::Constant{1});
    Network network = b.network();
    NeuronCells bad = cells_of("IF_curr_exp");
    bad.fields[0] = {kNan};
    expect_refused([&] { network.set_cells(pre, bad); }, {"pre"});
    EXPECT_FALSE(std::isnan(std::get<NeuronCells>(network.populations()[pre].cells).fields[0][0]));
    EXPECT_THROW(network.set_cells(pre, poisson({1})), InternalError);
    PopulationOptions options;
    options.neurons_per_core = 0;
    expect_refused([&] { network.set_options(pre, options); }, {"pre"});
    EXPECT_FALSE(network.populations()[pre].options.neurons_per_core.has_value());
    synapses::Recipe recipe = network.projections()[0].recipe;
    recipe.delay_ms = synapses::Constant{-3};
    expect_refused([&] { network.set_recipe(0, recipe); }, {"-3 ms"});
    EXPECT_EQ(std::get<synapses::Constant>(network.projections()[0].recipe.delay_ms).value, 1);
    expect_refused([&] { network.set_recipe(1, recipe); }, {"projection 1", "has 1"});
    expect_refused([&] { network.set_cells(9, bad); }, {"population 9"});
}

}  // namespace
}  // namespace spinnlab::network
