// SPDX-License-Identifier: Apache-2.0
// Laws of all kernels: every instruction set gives the bits of the scalar one, whatever the
// numbers; sums saturate; lanes beyond the last neuron are silent.
#include "spinnlab/neurons/kernels.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <tuple>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/testing/population.hpp"

namespace spinnlab::neurons {
namespace {

using testing::Fields;
using testing::Population;
using testing::prepare_named;

std::vector<std::string> model_names() {
    std::vector<std::string> names;
    for (const ModelInfo& model : catalogue()) names.emplace_back(model.name);
    return names;
}

/// What random numbers fill a population: any 32 bits, numbers as networks have them, or those that
/// kernels have a shorter way for, up to its limits: no state is negative or above 2^30 - 1, no sum
/// of weights above 16 bits.
enum class Numbers { Any, Plausible, Usual };

class Filler {
 public:
    Filler(std::uint32_t seed, Numbers numbers) : engine_(seed), numbers_(numbers) {}

    std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
    std::uint32_t below(std::uint32_t end) { return word() % end; }
    std::int32_t accum() {
        if (numbers_ == Numbers::Any) return static_cast<std::int32_t>(word());
        if (numbers_ == Numbers::Usual) {
            constexpr std::int32_t kMost = (1 << 30) - 1;
            return static_cast<std::int32_t>(below(below(16) == 0 ? 3 : 100 * kAccumOne)) +
                   (below(64) == 0 ? kMost - 100 * kAccumOne : 0);
        }
        return static_cast<std::int32_t>(below(200 * kAccumOne)) - 100 * kAccumOne;
    }
    std::uint32_t sum() {
        const std::uint32_t kind = below(8);
        if (numbers_ == Numbers::Usual) {
            return kind == 0 ? 0xFFFF - below(2) : kind < 5 ? 0 : below(3000);
        }
        if (kind == 0) return word();
        if (kind == 1) return 0xFFFE + below(4);  // about the limit
        return kind < 5 ? 0 : below(3000);
    }

 private:
    std::mt19937 engine_;
    Numbers numbers_;
};

/// A population of a model with random constants, uniform or not, and random state.
Population random_population(const ModelInfo& model, std::uint32_t n, std::uint32_t sub_steps,
                             Numbers numbers, std::uint32_t seed) {
    Filler filler(seed, numbers);
    std::vector<std::uint8_t> shifts;
    for (std::size_t r = 0; r < model.receptors.size(); ++r) {
        shifts.push_back(static_cast<std::uint8_t>(filler.below(18)));
    }
    Prepared prepared = prepare_named(model, {1.0, sub_steps, {}}, n, {});
    if (numbers == Numbers::Any || filler.below(4) != 0) {
        const bool some_own = filler.below(2) == 0;
        for (std::size_t i = 0; i < prepared.parameters.size(); ++i) {
            Column& column = prepared.parameters[i];
            const std::int32_t about = column.values[0];
            const bool unit = model.constants[i] == "exp_tc" || model.constants[i] == "decay_ca2";
            column.uniform = !some_own || filler.below(2) == 0;
            column.values.resize(column.uniform ? 1 : (n + kLanes - 1) / kLanes * kLanes);
            for (std::int32_t& value : column.values) {
                value = numbers == Numbers::Any
                            ? filler.accum()
                            : about - about / 4 + static_cast<std::int32_t>(filler.below(5000));
                // e^-x as s16.15 is in [0, 1], both ends included.
                if (unit) value = static_cast<std::int32_t>(filler.below(kAccumOne + 1));
            }
        }
    }
    for (std::int32_t& word : prepared.state) word = filler.accum();
    return {model, std::move(prepared), n, sub_steps, std::move(shifts)};
}

class EveryModel : public ::testing::TestWithParam<std::tuple<std::string, Isa>> {
 protected:
    void SetUp() override {
        if (!isa_available(isa())) GTEST_SKIP() << "no " << isa_name(isa()) << " here";
    }
    static const ModelInfo& model() { return *find_model(std::get<0>(GetParam())); }
    static Isa isa() { return std::get<1>(GetParam()); }
};

void expect_same(const Population& ours, const Population& reference, const std::string& where) {
    ASSERT_EQ(ours.prepared.state, reference.prepared.state) << where;
    ASSERT_EQ(ours.spikes, reference.spikes) << where;
    ASSERT_EQ(ours.recorded, reference.recorded) << where;
    ASSERT_EQ(ours.saturated, reference.saturated) << where;
    ASSERT_EQ(ours.sums, reference.sums) << where;
}

TEST_P(EveryModel, EqualsTheScalarKernel) {
    std::uint32_t spikes = 0, saturated = 0;
    for (std::uint32_t trial = 0; trial < 72; ++trial) {
        const std::uint32_t n = 1 + trial * 7 % 83;
        constexpr std::array kAll = {Numbers::Any, Numbers::Plausible, Numbers::Usual};
        const Numbers numbers = kAll[trial / 3 % 3];  // the number of sub-steps changes as well
        Population ours = random_population(model(), n, 1 + trial % 3, numbers, trial);
        Population reference = ours;
        Filler filler(1000 + trial, numbers);
        for (std::uint32_t step = 0; step < 12; ++step) {
            for (auto& sums : ours.sums) {
                for (std::uint32_t& sum : sums) sum = filler.sum();
            }
            for (std::uint32_t& word : ours.random) word = filler.word();
            ours.current.assign(trial % 4 == 1 ? ours.blocks * kLanes : 0, 0);
            for (std::int32_t& current : ours.current) current = filler.accum() / 16;
            reference.sums = ours.sums;
            reference.random = ours.random;
            reference.current = ours.current;
            ours.records = reference.records = step % 3 != 0;
            ours.step(isa());
            reference.step(Isa::Scalar);
            expect_same(ours, reference, fmt::format("trial {} step {}", trial, step));
            if (HasFatalFailure()) return;
            spikes += static_cast<std::uint32_t>(ours.fired().size());
        }
        saturated += ours.saturated;
        for (const auto& sums : ours.sums) {
            EXPECT_EQ(std::ranges::count(sums, 0u), std::ssize(sums)) << "sums are not cleared";
        }
    }
    EXPECT_GT(spikes, 100u) << "the test reaches no spikes";
    EXPECT_GT(saturated, 100u) << "the test reaches no saturation";
}

TEST_P(EveryModel, LanesBeyondTheLastNeuronAreSilent) {
    constexpr std::uint32_t kNeurons = 19;
    Population population(model(), prepare_named(model(), {1.0, 1, {}}, kNeurons, {}), kNeurons, 1,
                          std::vector<std::uint8_t>(model().receptors.size(), 3));
    for (std::uint32_t step = 0; step < 50; ++step) {
        for (auto& sums : population.sums) {
            for (std::size_t i = kNeurons; i < sums.size(); ++i) sums[i] = 70000;
        }
        for (auto& word : population.random) word = 0xFFFF;
        population.step(isa());
        EXPECT_TRUE(population.fired().empty());
    }
    EXPECT_EQ(population.saturated, 0u);
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryModel,
                         ::testing::Combine(::testing::ValuesIn(model_names()),
                                            ::testing::Values(Isa::Scalar, Isa::Sse4, Isa::Avx2,
                                                              Isa::Avx512)),
                         [](const auto& test) {
                             std::string isa(isa_name(std::get<1>(test.param)));
                             std::erase(isa, '-');
                             return std::get<0>(test.param) + "_" + isa;
                         });

const ModelInfo& if_curr_exp() { return *find_model("IF_curr_exp"); }

Population lif(std::uint32_t n, const Fields& fields, PrepareOptions options = {1.0, 1, {}},
               std::uint8_t shift = 0) {
    return {if_curr_exp(),
            prepare_named(if_curr_exp(), options, n, fields),
            n,
            options.sub_steps,
            {shift, shift}};
}

TEST(Saturation, SumsAreCutAndCounted) {
    for (const Isa isa : testing::available_isas()) {
        Population population = lif(3, {}, {1.0, 1, {}}, 2);
        population.add(0, 0, 65535);
        population.add(0, 1, 65536);
        population.add(0, 2, 4000000000u);
        population.add(1, 2, 65536);
        population.step(isa);
        EXPECT_EQ(population.saturated, 3u);
        EXPECT_EQ(population.recorded[1][0], population.recorded[1][1]);
        EXPECT_EQ(population.recorded[1][0], population.recorded[1][2]);
        const Accum input = decay(65535 << 2, 3892384920u);
        EXPECT_EQ(population.recorded[1][0], input);
    }
}

TEST(Refractory, RestsForTheStepsAskedFor) {
    const Fields fields = {{"i_offset", {100.0}}, {"tau_refrac", {3.0}}, {"v_reset", {-70.0}}};
    Population population = lif(1, fields);
    std::vector<std::uint32_t> spikes;
    for (std::uint32_t step = 0; step < 12; ++step) {
        population.step(best_isa());
        if (!population.fired().empty()) spikes.push_back(step);
    }
    EXPECT_EQ(spikes, (std::vector<std::uint32_t>{0, 4, 8}));  // 3 steps at rest between
}

TEST(Refractory, AThresholdBelowTheResetPotentialFiresInEveryStep) {
    Population population = lif(1, {{"v_reset", {-40.0}}, {"tau_refrac", {5.0}}, {"v", {-40.0}}});
    for (std::uint32_t step = 0; step < 6; ++step) {
        population.step(best_isa());
        EXPECT_EQ(population.fired().size(), 1u) << step;
    }
}

TEST(SubSteps, TwoHalvesAreTwoSteps) {
    const Fields fields = {{"i_offset", {1.2}}, {"isyn_exc", {2.0}}, {"tau_refrac", {0.0}}};
    for (const Isa isa : testing::available_isas()) {
        Population halves = lif(1, fields, {0.1, 2, {}});
        Population steps = lif(1, fields, {0.05, 1, {}});
        for (std::uint32_t step = 0; step < 500; ++step) {
            halves.step(isa);
            steps.step(isa);
            ASSERT_EQ(halves.recorded, steps.recorded) << step;
            steps.step(isa);
            ASSERT_EQ(halves.state_of("v", 0), steps.state_of("v", 0)) << step;
        }
    }
}

TEST(CurrentSources, AddToTheOffset) {
    Population source = lif(2, {}), offset = lif(2, {{"i_offset", {0.5, 0.0}}});
    source.current.assign(kLanes, 0);
    source.current[0] = kAccumOne / 2;
    for (std::uint32_t step = 0; step < 20; ++step) {
        source.step(best_isa());
        offset.step(best_isa());
    }
    EXPECT_EQ(source.recorded, offset.recorded);
    EXPECT_NE(source.recorded[0][0], source.recorded[0][1]);
}

TEST(Isa, TheBestOneIsThere) {
    EXPECT_TRUE(isa_available(Isa::Scalar));
    EXPECT_TRUE(isa_available(best_isa()));
    for (const Isa isa : {Isa::Scalar, Isa::Sse4, Isa::Avx2, Isa::Avx512}) {
        if (isa_available(isa)) {
            EXPECT_NE(advance_kernel(if_curr_exp(), isa), nullptr);
        } else {
            EXPECT_THROW((void)advance_kernel(if_curr_exp(), isa), InternalError);
        }
    }
}

}  // namespace
}  // namespace spinnlab::neurons
