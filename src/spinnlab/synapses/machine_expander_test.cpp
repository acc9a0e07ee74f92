// SPDX-License-Identifier: Apache-2.0
// Against expansions by the original's ARM program (tests/golden/original-7.4.1, connector_*).
#include "spinnlab/synapses/machine_expander.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/synapses/ring_buffer.hpp"
#include "spinnlab/synapses/testing/collect.hpp"

namespace spinnlab::synapses {
namespace {

constexpr Shape kShape{40, 50, false};
constexpr std::uint32_t kPerCore = 20;

std::string golden(const std::string& name) {
    return SPINNLAB_GOLDEN_DIR "/original-7.4.1/" + name;
}

Recipe recipe_of(Connector connector, ValueSource weight, ValueSource delay_ms) {
    Recipe recipe;
    recipe.connector = std::move(connector);
    recipe.weight = std::move(weight);
    recipe.delay_ms = std::move(delay_ms);
    recipe.shape = kShape;
    return recipe;
}

/// The projections of the script that made the vectors, by name.
std::map<std::string, Recipe> golden_recipes() {
    const Constant weight{1.5};
    const Constant delay{2.0};
    using Kind = DistributionKind;
    return {
        {"fixed_probability", recipe_of(FixedProbability{0.2, true}, weight, delay)},
        {"fixed_probability_uniform_weight_delay",
         recipe_of(FixedProbability{0.2, true}, Distribution{Kind::Uniform, 0.5, 2.0, 0, 0},
                   Distribution{Kind::Uniform, 1.0, 8.0, 0, 0})},
        {"fixed_probability_normal_clipped",
         recipe_of(FixedProbability{0.2, true},
                   Distribution{Kind::NormalClipped, 1.0, 0.3, 0.1, 2.0},
                   Distribution{Kind::NormalClipped, 4.0, 2.0, 1.0, 10.0})},
        {"fixed_number_pre", recipe_of(FixedNumberPre{7, true, false}, weight, delay)},
        {"fixed_number_pre_with_replacement",
         recipe_of(FixedNumberPre{7, true, true}, weight, delay)},
        {"fixed_number_post", recipe_of(FixedNumberPost{9, true, false}, weight, delay)},
        {"fixed_total_number", recipe_of(FixedTotalNumber{100, true, true}, weight,
                                         Distribution{Kind::Uniform, 1.0, 60.0, 0, 0})},
        {"all_to_all_exponential_weight",
         recipe_of(AllToAll{true}, Distribution{Kind::Exponential, 0.5, 0, 0, 0}, Constant{1.0})},
    };
}

using Row = std::tuple<std::uint32_t, std::uint32_t, double, double>;

std::vector<Row> read_rows(const std::string& name) {
    std::ifstream file(golden("connector_" + name + ".csv"));
    EXPECT_TRUE(file) << name;
    std::vector<Row> rows;
    std::string line;
    std::getline(file, line);  // the heading
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        Row row;
        char comma = 0;
        fields >> std::get<0>(row) >> comma >> std::get<1>(row) >> comma >> std::get<2>(row) >>
            comma >> std::get<3>(row);
        rows.push_back(row);
    }
    std::ranges::sort(rows);
    return rows;
}

std::vector<Row> rows_of(const Recipe& recipe, const Scaling& scaling) {
    std::vector<Row> rows;
    for (const Connection& c : connections(recipe, scaling, true)) {
        rows.emplace_back(c.pre, c.post, c.weight, c.delay_ms);
    }
    std::ranges::sort(rows);
    return rows;
}

std::shared_ptr<const MachineStreams> streams_of(const Recipe& recipe, std::uint32_t seed) {
    const MachineInput input{&recipe, 1000};
    return machine_streams({&input, 1}, seed, recipe.shape.post, kPerCore).front();
}

Scaling machine_scaling(const Recipe& recipe) {
    const Input input{&recipe, 30.0, 1.0};
    return {ring_buffer({&input, 1}, {}).weight_scale, 1.0, Rounding::Machine};
}

TEST(MachineExpander, GivesTheSynapsesOfTheOriginal) {
    std::ifstream file(golden("connectors.json"));
    const auto described = nlohmann::json::parse(file).at("projections");
    for (auto& [name, recipe] : golden_recipes()) {
        const auto& there = described.at(name);
        recipe.machine = streams_of(recipe, there.at("post_population_seed"));
        ASSERT_EQ(recipe.machine->cores.size(), 3u);
        for (const CoreStreams& core : recipe.machine->cores) {
            const auto slice = std::to_string(core.lo) + "-" + std::to_string(core.hi - 1);
            EXPECT_EQ(core.core.state(), there.at("core_kiss_seeds").at(slice)) << name << slice;
            EXPECT_EQ(core.population.state(), there.at("population_kiss_seed")) << name;
        }
        EXPECT_EQ(rows_of(recipe, machine_scaling(recipe)), read_rows(name)) << name;
    }
}

TEST(MachineExpander, AnyCutOfTheTargetsGivesTheSameSynapses) {
    for (auto& [name, recipe] : golden_recipes()) {
        recipe.machine = streams_of(recipe, 5);
        const Scaling scaling = machine_scaling(recipe);
        const auto whole = testing::expanded(recipe, scaling, 0, kShape.post);
        for (const std::uint32_t cut : {1u, 20u, 33u, 49u}) {
            testing::Collect parts;
            expand(recipe, scaling, 0, cut, parts);
            expand(recipe, scaling, cut, kShape.post, parts);
            std::ranges::sort(parts.found);
            EXPECT_EQ(parts.found, whole) << name << " cut at " << cut;
        }
    }
}

TEST(MachineExpander, AProjectionGoesOnWhereTheOneBeforeStopped) {
    const Recipe drawn = golden_recipes().at("fixed_probability");
    Recipe list = recipe_of(FromList{std::make_shared<std::vector<std::uint32_t>>(),
                                     std::make_shared<std::vector<std::uint32_t>>()},
                            Constant{1}, Constant{1});
    const MachineInput inputs[] = {{&drawn, 10}, {&list, 10}, {&drawn, 10}, {&drawn, 10}};
    const auto streams = machine_streams(inputs, 100, kShape.post, kPerCore);
    EXPECT_EQ(streams[1], nullptr);  // the host's: no draw
    // 40 x 20 draws further; 40 x 10 on the last core.
    for (const std::size_t core : {0, 2}) {
        Kiss kiss = streams[0]->cores[core].core;
        for (int i = 0; i < (core == 0 ? 800 : 400); ++i) kiss();
        EXPECT_EQ(streams[2]->cores[core].core.state(), kiss.state());
    }
    EXPECT_NE(streams[3]->cores[0].core.state(), streams[2]->cores[0].core.state());
    EXPECT_EQ(streams[3]->cores[0].population.state(), streams[0]->cores[0].population.state());
}

TEST(MachineExpander, LongDelaysAreCutAtTheLastStage) {
    Recipe recipe =
        recipe_of(AllToAll{true}, Constant{1}, Distribution{DistributionKind::Normal, 10, 5, 0, 0});
    const MachineInput input{&recipe, 16};
    recipe.machine = machine_streams({&input, 1}, 1, kShape.post, kPerCore).front();
    double longest = 0;
    double shortest = 100;
    for (const Connection& c : connections(recipe, {256.0, 1.0, Rounding::Machine}, true)) {
        longest = std::max(longest, c.delay_ms);
        shortest = std::min(shortest, c.delay_ms);
    }
    EXPECT_EQ(longest, 16);
    EXPECT_EQ(shortest, 1);
}

TEST(MachineExpander, ReplacementAndSelfConnectionsAreKept) {
    for (const bool replace : {false, true}) {
        for (const Connector& connector : std::initializer_list<Connector>{
                 AllToAll{false}, FixedProbability{0.5, false}, FixedNumberPre{6, false, replace},
                 FixedNumberPost{6, false, replace}, FixedTotalNumber{300, false, replace}}) {
            Recipe recipe = recipe_of(connector, Constant{1}, Constant{1});
            recipe.shape = {50, 50, true};
            recipe.machine = streams_of(recipe, 3);
            const auto found = connections(recipe, {256.0, 1.0, Rounding::Machine}, true);
            bool repeated = false;
            for (std::size_t i = 0; i < found.size(); ++i) {
                // QUIRK: without replacement the first pair of all stays a candidate.
                const bool first_of_all = std::holds_alternative<FixedTotalNumber>(connector) &&
                                          !replace && found[i].pre == 0;
                EXPECT_TRUE(found[i].pre != found[i].post || first_of_all) << name(connector);
                repeated |=
                    i > 0 && found[i].pre == found[i - 1].pre && found[i].post == found[i - 1].post;
            }
            EXPECT_EQ(repeated, replace && connector.index() >= 3) << name(connector);
            if (connector.index() == 3 || connector.index() == 4) {
                EXPECT_EQ(found.size(), 300u) << name(connector);
            }
        }
    }
}

TEST(MachineExpander, WhatTheHostDrawsIsRefused) {
    const Distribution random{DistributionKind::Uniform, 1, 2, 0, 0};
    const auto listed = [](ValueSource weight) {
        return recipe_of(FromList{std::make_shared<std::vector<std::uint32_t>>(),
                                  std::make_shared<std::vector<std::uint32_t>>()},
                         std::move(weight), Constant{1});
    };
    EXPECT_NO_THROW(check_drawn_as_machine(listed(Constant{1}), "p"));
    EXPECT_THROW(check_drawn_as_machine(listed(random), "p"), UnsupportedError);
    Recipe view = recipe_of(AllToAll{true}, random, Constant{1});
    EXPECT_NO_THROW(check_drawn_as_machine(view, "p"));
    view.shape.post = 3;
    view.post_index = {4, 5, 6};
    EXPECT_NO_THROW(check_drawn_as_machine(view, "p"));
    view.post_index = {4, 6, 8};
    EXPECT_THROW(check_drawn_as_machine(view, "p"), UnsupportedError);
}

}  // namespace
}  // namespace spinnlab::synapses
