// SPDX-License-Identifier: Apache-2.0
// Every model against what the original's binaries gave: each sample of v, gsyn_exc and gsyn_inh
// and each spike, on every instruction set of this processor.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/testing/population.hpp"

namespace spinnlab::neurons {
namespace {

using testing::Fields;
using testing::Population;
using Rows = std::vector<std::vector<double>>;

constexpr Isa kIsas[] = {Isa::Scalar, Isa::Sse4, Isa::Avx2, Isa::Avx512};

std::string golden(const std::string& name) { return std::string(SPINNLAB_GOLDEN_DIR "/") + name; }

/// Numbers of a CSV file, without the lines of text that head it.
Rows read_csv(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << path;
    Rows rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || std::isalpha(static_cast<unsigned char>(line[0])) != 0) continue;
        std::stringstream cells(line);
        rows.emplace_back();
        for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(stod(cell));
    }
    return rows;
}

nlohmann::json models() {
    std::ifstream file(golden("original-7.4.1/models.json"));
    return nlohmann::json::parse(file);
}

/// KISS with the original's fixed seed, from which it draws for stochastic thresholds.
class SimpleKiss {
 public:
    std::uint32_t operator()() {
        x_ = 314527869u * x_ + 1234567u;
        y_ ^= y_ << 5;
        y_ ^= y_ >> 7;
        y_ ^= y_ << 22;
        const std::uint64_t t = 4294584393ull * z_ + c_;
        c_ = static_cast<std::uint32_t>(t >> 32);
        z_ = static_cast<std::uint32_t>(t);
        return x_ + y_ + z_;
    }

 private:
    std::uint32_t x_ = 123456789, y_ = 987654321, z_ = 43219876, c_ = 6543217;
};

/// Stimuli of models.json: per receptor the steps at which each neuron gets its weight.
struct Stimulus {
    std::vector<std::uint32_t> steps;
    std::vector<std::int64_t> inputs;  ///< s16.15, one a neuron
    std::uint8_t shift = 0;
};

Stimulus stimulus(const nlohmann::json& steps, const nlohmann::json& delay,
                  const nlohmann::json& weights, double scale) {
    Stimulus result;
    for (const std::uint32_t step : steps) {
        result.steps.push_back(step + delay.get<std::uint32_t>());
    }
    for (const double weight : weights) {
        result.inputs.push_back(std::llround(weight * kAccumOne * scale));
    }
    while (std::ranges::max(result.inputs) >> result.shift > 0xFFFF) ++result.shift;
    for (const std::int64_t input : result.inputs) EXPECT_EQ(input & ((1 << result.shift) - 1), 0);
    return result;
}

std::vector<Stimulus> stimuli(const nlohmann::json& all, const nlohmann::json& one, double scale) {
    std::vector<Stimulus> result = {
        stimulus(all["exc_spike_steps"], all["exc_delay"], one["exc_weights_read_back"], scale)};
    if (!one["exc2_weights"].is_null()) {
        result.push_back(stimulus(all["inh_spike_steps"], all["exc2_delay"],
                                  one["exc2_weights_read_back"], scale));
    }
    result.push_back(
        stimulus(all["inh_spike_steps"], all["inh_delay"], one["inh_weights_read_back"], scale));
    return result;
}

/// Differing samples of a step and a variable, with the first of them in words.
std::uint32_t differences(const std::vector<std::int32_t>& ours, const std::vector<double>& theirs,
                          std::size_t first_column, const std::string& where) {
    std::uint32_t count = 0;
    for (std::size_t i = first_column; i < theirs.size(); ++i) {
        const auto expected = static_cast<std::int32_t>(theirs[i]);
        const std::int32_t got = ours[i - first_column];
        if (got != expected && count++ == 0) {
            ADD_FAILURE() << where << ", neuron " << i - first_column << ": " << got
                          << " instead of " << expected;
        }
    }
    return count;
}

class Original : public ::testing::TestWithParam<std::tuple<std::string, Isa>> {};

TEST_P(Original, SameBits) {
    const auto& [name, isa] = GetParam();
    if (!isa_available(isa)) GTEST_SKIP() << "no " << isa_name(isa) << " here";
    const nlohmann::json all = models();
    const nlohmann::json& one = all["models"][name];
    const ModelInfo* model = find_model(name);
    ASSERT_NE(model, nullptr);
    const std::uint32_t n = all["neurons"];

    Fields fields;
    for (const auto& [field, value] : one["params"].items()) fields[field] = {value};
    for (const auto& [field, values] : one["per_neuron"].items()) {
        fields[field] = values.get<std::vector<double>>();
    }
    for (const auto& [field, value] : one["initial"].items()) fields[field] = {value};
    const PrepareOptions options{all["timestep_ms"], 1, {Profile::Seven, true}};
    const auto inputs = stimuli(all, one, model->global_weight_scale);
    std::vector<std::uint8_t> shifts;
    for (const Stimulus& input : inputs) shifts.push_back(input.shift);
    ASSERT_EQ(shifts.size(), model->receptors.size());
    Population population(*model, testing::prepare_named(*model, options, n, fields), n, 1, shifts);

    const std::string base = golden("original-7.4.1/" + name);
    const Rows v = read_csv(base + "_v.csv"), exc = read_csv(base + "_gsyn_exc.csv"),
               inh = read_csv(base + "_gsyn_inh.csv");
    std::vector<std::pair<std::uint32_t, std::uint32_t>> spikes, expected;
    for (const auto& row : read_csv(base + "_spikes.csv")) expected.emplace_back(row[0], row[1]);
    SimpleKiss kiss;
    std::uint32_t differing = 0;
    for (std::uint32_t step = 0; step < all["steps"]; ++step) {
        for (std::uint32_t r = 0; r < inputs.size(); ++r) {
            const auto times = std::ranges::count(inputs[r].steps, step);
            for (std::uint32_t i = 0; i < n; ++i) {
                const auto weight =
                    static_cast<std::uint32_t>(inputs[r].inputs[i] >> inputs[r].shift);
                population.add(r, i, static_cast<std::uint32_t>(times) * weight);
            }
        }
        if (model->random_words != 0) {
            for (std::uint32_t i = 0; i < n; ++i) population.random[i] = kiss();
        }
        population.step(isa);
        const std::string where = fmt::format("{} step {}", name, step);
        differing += differences(population.recorded[0], v[step], 1, where + " v");
        differing += differences(population.recorded[1], exc[step], 1, where + " gsyn_exc");
        differing += differences(population.recorded[2], inh[step], 1, where + " gsyn_inh");
        for (const std::uint32_t neuron : population.fired()) spikes.emplace_back(step, neuron);
    }
    EXPECT_EQ(differing, 0u);
    EXPECT_EQ(population.saturated, 0u);
    EXPECT_EQ(spikes.size(), one["spike_count"].get<std::size_t>());
    std::ranges::sort(expected);
    EXPECT_EQ(spikes, expected);
}

std::vector<std::string> golden_models() {
    const nlohmann::json all = models();
    std::vector<std::string> names;
    for (const auto& [name, unused] : all["models"].items()) names.push_back(name);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Models, Original,
                         ::testing::Combine(::testing::ValuesIn(golden_models()),
                                            ::testing::ValuesIn(kIsas)),
                         [](const auto& test) {
                             std::string isa(isa_name(std::get<1>(test.param)));
                             std::erase(isa, '-');
                             return std::get<0>(test.param) + "_" + isa;
                         });

/// Populations of neurons-7.4.1: 0.1 ms, one part and two, parameters of their own in each neuron.
class FineSteps : public ::testing::TestWithParam<std::string> {};

TEST_P(FineSteps, SameBits) {
    std::ifstream file(golden("neurons-7.4.1/" + GetParam() + ".json"));
    const nlohmann::json all = nlohmann::json::parse(file);
    const ModelInfo* model = find_model(all["model"].get<std::string>());
    ASSERT_NE(model, nullptr);
    const std::uint32_t n = all["neurons"], parts = all["sub_steps"];
    Fields fields = all["parameters"].get<Fields>();
    for (const auto& [field, value] : all["initial"].items()) fields[field] = {value};
    const PrepareOptions options{all["timestep_ms"], parts, {Profile::Seven, true}};
    std::vector<Stimulus> inputs;
    std::vector<std::uint8_t> shifts;
    for (const std::string_view receptor : model->receptors) {
        const nlohmann::json& input = all["inputs"][std::string(receptor)];
        inputs.push_back(stimulus(input["steps"], 0, input["weights"], model->global_weight_scale));
        shifts.push_back(inputs.back().shift);
    }
    for (const Isa isa : testing::available_isas()) {
        Population population(*model, testing::prepare_named(*model, options, n, fields), n, parts,
                              shifts);
        SimpleKiss kiss;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> spikes;
        std::uint32_t differing = 0;
        for (std::uint32_t step = 0; step < all["v"].size(); ++step) {
            for (std::uint32_t r = 0; r < inputs.size(); ++r) {
                const auto times = std::ranges::count(inputs[r].steps, step);
                for (std::uint32_t i = 0; i < n && times != 0; ++i) {
                    population.add(r, i,
                                   static_cast<std::uint32_t>(inputs[r].inputs[i] >> shifts[r]));
                }
            }
            if (model->random_words != 0) {
                for (std::uint32_t i = 0; i < n; ++i) {  // neuron by neuron, all parts of each
                    for (std::uint32_t part = 0; part < parts; ++part) {
                        population.random[part * kLanes + i] = kiss();
                    }
                }
            }
            population.step(isa);
            for (std::size_t r = 0; r < 3; ++r) {
                const std::string variable(model->recordables[r].name);
                differing += differences(
                    population.recorded[r], all[variable][step].get<std::vector<double>>(), 0,
                    fmt::format("{} {} step {} {}", GetParam(), isa_name(isa), step, variable));
            }
            for (const std::uint32_t neuron : population.fired()) spikes.emplace_back(step, neuron);
        }
        EXPECT_EQ(differing, 0u);
        EXPECT_EQ(spikes,
                  (all["spikes"].get<std::vector<std::pair<std::uint32_t, std::uint32_t>>>()));
    }
}

std::vector<std::string> fine_populations() {
    std::vector<std::string> names;
    for (const ModelInfo& model : catalogue()) {
        names.emplace_back(model.name);
        names.push_back(names.back() + "_2_parts");
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(Models, FineSteps, ::testing::ValuesIn(fine_populations()),
                         [](const auto& test) { return test.param; });

/// A ring of 20 neurons: v and gsyn_exc of each neuron in each step, and all spikes.
struct RingTrace {
    std::vector<std::vector<std::int32_t>> v, gsyn;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> spikes;  ///< step, neuron
};

RingTrace run_ring(Profile profile, Isa isa) {
    constexpr std::uint32_t kNeurons = 20;
    constexpr std::uint32_t kWeight = 2 * kAccumOne >> 1;  // 2 nA at shift 1
    const Fields fields = {{"cm", {0.25}},    {"tau_refrac", {2.0}}, {"v_reset", {-70.0}},
                           {"tau_m", {20.0}}, {"tau_syn_E", {5.0}},  {"tau_syn_I", {5.0}}};
    const ModelInfo& model = *find_model("IF_curr_exp");
    const PrepareOptions options{1.0, 1, {profile, false}};
    Population ring(model, testing::prepare_named(model, options, kNeurons, fields), kNeurons, 1,
                    {1, 1});
    RingTrace trace;
    for (std::uint32_t step = 0; step < 100; ++step) {
        if (step == 1) ring.add(0, 0, kWeight);
        for (const auto& [when, neuron] : trace.spikes) {
            if (when + 1 == step) ring.add(0, (neuron + 1) % kNeurons, kWeight);
        }
        ring.step(isa);
        for (const std::uint32_t neuron : ring.fired()) trace.spikes.emplace_back(step, neuron);
        trace.v.push_back(ring.recorded[0]);
        trace.gsyn.push_back(ring.recorded[1]);
    }
    return trace;
}

TEST(Ring, ProfileSevenIsThatOfTheBinaries) {
    const Rows v = read_csv(golden("original-7.4.1/ring20_v.csv"));
    const Rows gsyn = read_csv(golden("original-7.4.1/ring20_gsyn_exc.csv"));
    for (const Isa isa : testing::available_isas()) {
        const RingTrace trace = run_ring(Profile::Seven, isa);
        std::uint32_t differing = 0;
        for (std::size_t step = 0; step < v.size(); ++step) {
            differing += differences(trace.v[step], v[step], 1, fmt::format("v step {}", step));
            differing +=
                differences(trace.gsyn[step], gsyn[step], 1, fmt::format("gsyn step {}", step));
        }
        EXPECT_EQ(differing, 0u);
        EXPECT_EQ(trace.spikes.size(), read_csv(golden("original-7.4.1/ring20_spikes.csv")).size());
    }
}

TEST(Ring, ProfileSixIsThatOfTheRecordedTraces) {
    const Rows v = read_csv(golden("recorded/20_1_v.csv"));
    const Rows gsyn = read_csv(golden("recorded/20_1_gsyn.csv"));
    ASSERT_EQ(v.size(), 2000u);
    for (const Isa isa : testing::available_isas()) {
        const RingTrace trace = run_ring(Profile::Six, isa);
        std::uint32_t differing = 0;
        for (std::size_t i = 0; i < v.size(); ++i) {
            const auto neuron = static_cast<std::size_t>(v[i][0]);
            const auto step = static_cast<std::size_t>(v[i][1]);
            differing += to_double(trace.v[step][neuron]) != v[i][2] ? 1 : 0;
            differing += to_double(trace.gsyn[step][neuron]) != gsyn[i][2] ? 1 : 0;
        }
        EXPECT_EQ(differing, 0u) << "of 4000 samples, on " << isa_name(isa);
        std::vector<std::pair<std::uint32_t, std::uint32_t>> expected;
        for (const auto& row : read_csv(golden("recorded/20_1_spikes.csv"))) {
            expected.emplace_back(row[1], row[0]);
        }
        std::ranges::sort(expected);
        EXPECT_EQ(trace.spikes, expected);
    }
    const RingTrace seven = run_ring(Profile::Seven, Isa::Scalar);
    EXPECT_NE(seven.v, run_ring(Profile::Six, Isa::Scalar).v);
}

}  // namespace
}  // namespace spinnlab::neurons
