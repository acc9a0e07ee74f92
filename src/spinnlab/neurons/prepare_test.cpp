// SPDX-License-Identifier: Apache-2.0
// Constants against what they mean in double precision, layout, and values that cannot be.
#include "spinnlab/neurons/prepare.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/testing/population.hpp"

namespace spinnlab::neurons {
namespace {

using testing::Fields;
using testing::prepare_named;

constexpr double kFractionOne = 4294967296.0;

/// A constant's value of neuron `i`.
std::int32_t constant(const ModelInfo& model, const Prepared& prepared, std::string_view name,
                      std::size_t i = 0) {
    const auto found = std::ranges::find(model.constants, name);
    EXPECT_NE(found, model.constants.end()) << name;
    const Column& column =
        prepared.parameters[static_cast<std::size_t>(found - model.constants.begin())];
    return column.values[column.uniform ? 0 : i];
}

double fraction(std::int32_t bits) { return static_cast<Fraction>(bits) / kFractionOne; }

TEST(Prepare, ConstantsMeanWhatTheFormulasSay) {
    const ModelInfo& model = *find_model("IF_curr_exp");
    for (const double step : {0.1, 0.5, 1.0}) {
        for (const double tau : {0.5, 2.0, 5.3, 20.0, 150.0}) {
            for (const double cm : {0.25, 1.0}) {
                const Fields fields = {
                    {"tau_m", {tau}}, {"cm", {cm}}, {"tau_syn_E", {tau}}, {"tau_refrac", {2.0}}};
                const Prepared p = prepare_named(model, {step, 1, {}}, 1, fields);
                // The exponent is cut to s16.15, so e^-x may be too large by 2^-15, and by an ulp.
                const double decay = std::exp(-step / tau);
                const double cut = 2.5 / kAccumOne;
                EXPECT_NEAR(to_double(constant(model, p, "exp_tc")), decay, cut);
                EXPECT_NEAR(fraction(constant(model, p, "decay_exc")), decay, cut);
                EXPECT_NEAR(fraction(constant(model, p, "jump_exc")), tau / step * (1.0 - decay),
                            cut * tau / step);
                EXPECT_NEAR(to_double(constant(model, p, "r_membrane")), tau / cm, 2e-4 * tau / cm);
                EXPECT_NEAR(constant(model, p, "rest_steps"), 2.0 / step, 1.0);
            }
        }
    }
    const Prepared p = prepare_named(model, {1.0, 1, {}}, 1, {{"tau_refrac", {2.0}}});
    EXPECT_EQ(constant(model, p, "r_membrane"), 655360);
    EXPECT_EQ(constant(model, p, "exp_tc"), 31170);
    EXPECT_EQ(constant(model, p, "rest_steps"), 2);
    EXPECT_EQ(static_cast<Fraction>(constant(model, p, "decay_exc")), 3516490311u);
    EXPECT_EQ(static_cast<Fraction>(constant(model, p, "jump_exc")), 3892384920u);
}

TEST(Prepare, ProfileSixCutsWhatTheHostComputed) {
    const ModelInfo& model = *find_model("IF_curr_exp");
    for (const double step : {0.1, 1.0}) {
        for (const double tau : {0.5, 5.0, 20.0}) {
            const Fields fields = {{"tau_m", {tau}}, {"tau_syn_E", {tau}}, {"tau_refrac", {0.7}}};
            const PrepareOptions options{step, 1, {Profile::Six, false}};
            const Prepared p = prepare_named(model, options, 1, fields);
            const double decay = std::exp(-step / tau);
            EXPECT_EQ(constant(model, p, "exp_tc"), std::floor(decay * kAccumOne));
            EXPECT_EQ(static_cast<Fraction>(constant(model, p, "decay_exc")),
                      std::floor(decay * kFractionOne));
            EXPECT_NEAR(fraction(constant(model, p, "jump_exc")), tau * (1.0 - decay) / step,
                        2 / kFractionOne);
            EXPECT_EQ(constant(model, p, "rest_steps"), std::ceil(0.7 / step));
        }
    }
}

TEST(Prepare, ConstantsOfTheOtherComponents) {
    const ModelInfo& alpha = *find_model("IF_curr_alpha");
    const Prepared a = prepare_named(alpha, {1.0, 1, {}}, 1, {{"tau_syn_E", {4.0}}});
    EXPECT_NEAR(to_double(constant(alpha, a, "slope_exc")), 1.0 / 16.0, 1e-4);
    EXPECT_NEAR(fraction(constant(alpha, a, "decay_exc")), std::exp(-0.25), 1e-4);

    const ModelInfo& ca2 = *find_model("IFCurrExpCa2Adaptive");
    const Prepared c = prepare_named(ca2, {1.0, 1, {}}, 1, {});
    EXPECT_NEAR(to_double(constant(ca2, c, "decay_ca2")), std::exp(-1.0 / 50.0), 1e-4);
    EXPECT_EQ(constant(ca2, c, "i_alpha"), accum_from(0.1));

    const ModelInfo& delta = *find_model("IF_curr_delta");
    const Prepared d = prepare_named(delta, {0.5, 1, {}}, 1, {});
    EXPECT_EQ(constant(delta, d, "scale"), 2 * kAccumOne);

    const ModelInfo& izhikevich = *find_model("Izhikevich");
    const Prepared i = prepare_named(izhikevich, {1.0, 1, {}}, 1, {});
    EXPECT_EQ(constant(izhikevich, i, "h"), kAccumOne);
    EXPECT_EQ(constant(izhikevich, i, "h_after_spike"), 60620);
}

TEST(Prepare, TheAlphaSynapsesSlopeLosesItsWholePartOnlyIfFaithful) {
    const ModelInfo& model = *find_model("IF_curr_alpha");
    const auto slope = [&](bool faithful, double tau) {
        const PrepareOptions options{1.0, 1, {Profile::Seven, faithful}};
        const Prepared p = prepare_named(model, options, 1, {{"tau_syn_E", {tau}}});
        return to_double(constant(model, p, "slope_exc"));
    };
    EXPECT_EQ(slope(false, 0.5), 4.0);
    EXPECT_EQ(slope(true, 0.5), 0.0);
    EXPECT_EQ(slope(true, 4.0), 1.0 / 16.0);
    EXPECT_NEAR(slope(true, 0.8), 0.5625, 1e-3);
}

TEST(Prepare, TheStochasticThresholdsSignIsMendedUnlessFaithful) {
    const ModelInfo& model = *find_model("IFCondExpStoc");
    const auto rate = [&](bool faithful) {
        const PrepareOptions options{1.0, 1, {Profile::Seven, faithful}};
        return constant(model, prepare_named(model, options, 1, {}), "rate_factor");
    };
    EXPECT_NEAR(to_double(rate(true)), 0.1 / 20.0, 1e-4);
    EXPECT_NEAR(to_double(rate(false)), -0.1 / 20.0, 1e-4);
}

TEST(Prepare, AQuotientBeyondTheLargestNumberWrapsOnlyIfFaithful) {
    const ModelInfo& model = *find_model("IF_curr_exp");
    const auto membrane = [&](bool faithful) {
        const PrepareOptions options{1.0, 1, {Profile::Seven, faithful}};
        const Prepared p = prepare_named(model, options, 1, {{"cm", {1e-4}}});
        return constant(model, p, "r_membrane");
    };
    EXPECT_THROW(membrane(false), NetworkError);
    EXPECT_EQ(membrane(true), kdivk(accum_from(20.0), accum_from(1e-4)));
    EXPECT_LT(to_double(membrane(true)), 65536.0);
}

TEST(Prepare, ColumnsAreUniformWhereTheirFieldsAre) {
    const ModelInfo& model = *find_model("IF_curr_exp");
    std::vector<double> tau(20), v(20);
    for (std::size_t i = 0; i < tau.size(); ++i) {
        tau[i] = 10.0 + static_cast<double>(i);
        v[i] = -70.0 + static_cast<double>(i);
    }
    const Prepared p = prepare_named(model, {1.0, 1, {}}, 20, {{"tau_m", tau}, {"v", v}});
    for (std::size_t i = 0; i < model.constants.size(); ++i) {
        const bool own = model.constants[i] == "exp_tc" || model.constants[i] == "r_membrane";
        EXPECT_EQ(p.parameters[i].uniform, !own) << model.constants[i];
        EXPECT_EQ(p.parameters[i].values.size(), own ? 32u : 1u) << model.constants[i];
    }
    EXPECT_EQ(constant(model, p, "r_membrane", 7), 17 * kAccumOne);
    EXPECT_EQ(constant(model, p, "r_membrane", 31), 29 * kAccumOne);  // as the last neuron
    ASSERT_EQ(p.state.size(), 2u * model.state_words * kLanes);
    const std::uint32_t word = state_word(model, "v").value();
    EXPECT_EQ(p.state[(1 * model.state_words + word) * kLanes + 2], accum_from(-52.0));
    EXPECT_EQ(p.state[(1 * model.state_words + word) * kLanes + 15], accum_from(-51.0));
}

/// The text of the NetworkError that `action` throws.
std::string complaint(const std::function<void()>& action) {
    try {
        action();
    } catch (const NetworkError& error) {
        EXPECT_FALSE(error.way_out().empty());
        return error.what();
    }
    return "no error";
}

std::string complaint(std::string_view model, const Fields& fields, std::uint32_t n = 3,
                      PrepareOptions options = {1.0, 1, {}}) {
    return complaint([&] { (void)prepare_named(*find_model(model), options, n, fields); });
}

TEST(BadValues, AreNamedWithTheNeuronAndTheRange) {
    const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(complaint("IF_curr_exp", {{"tau_m", {20.0, 0.0, 1.0}}}),
              "tau_m of IF_curr_exp is 0 ms of neuron 1, outside [2^-15, 65536 - 2^-15] ms\n"
              "  Give tau_m a value in [2^-15, 65536 - 2^-15] ms.");
    EXPECT_EQ(complaint("IF_curr_exp", {{"v_thresh", {70000.0}}}),
              "v_thresh of IF_curr_exp is 70000 mV, outside [-65536, 65536 - 2^-15] mV\n"
              "  Give v_thresh a value in [-65536, 65536 - 2^-15] mV.");
    for (const double bad : {nan, infinity, -infinity, -1.0, 0.0, 65536.0}) {
        EXPECT_NE(complaint("IF_curr_exp", {{"tau_syn_E", {5.0, 5.0, bad}}}).find("neuron 2"),
                  std::string::npos)
            << bad;
    }
    EXPECT_NE(complaint("Izhikevich", {{"u", {nan}}}).find("u of Izhikevich is nan"),
              std::string::npos);
    EXPECT_NE(complaint("IF_curr_exp", {{"tau_refrac", {-0.1}}}).find("[0, "), std::string::npos);
    EXPECT_EQ(complaint("IF_curr_exp", {{"tau_refrac", {0.0}}}), "no error");
    EXPECT_NE(complaint("IF_curr_alpha", {{"tau_syn_I", {0.005}}}).find("tau_syn_I"),
              std::string::npos);
    EXPECT_NE(complaint("IF_curr_exp", {{"cm", {1.0, 2.0}}}).find("2 values for 3 neurons"),
              std::string::npos);
}

TEST(BadValues, QuotientsBeyondTheRangeWrapOnlyWhereAskedFor) {
    const Fields fields = {{"tau_m", {20.0}}, {"cm", {1e-4}}};
    EXPECT_NE(complaint("IF_curr_exp", fields).find("tau_m / cm of IF_curr_exp"),
              std::string::npos);
    EXPECT_EQ(complaint("IF_curr_exp", fields, 3, {1.0, 1, {Profile::Seven, true}}), "no error");
    EXPECT_NE(complaint("IF_curr_exp", {{"tau_refrac", {60000.0}}}, 1, {0.1, 1, {}})
                  .find("tau_refrac / time step"),
              std::string::npos);
}

TEST(BadValues, TimeStepsThatCannotBe) {
    EXPECT_NE(complaint("IF_curr_exp", {}, 3, {std::nan(""), 1, {}}).find("time step"),
              std::string::npos);
    EXPECT_NE(complaint("IF_curr_exp", {}, 3, {1.0, 0, {}}).find("0 parts"), std::string::npos);
    EXPECT_NE(complaint("IF_curr_exp", {}, 3, {0.001, 100, {}}).find("shorter"), std::string::npos);
    EXPECT_NE(complaint("IF_curr_exp", {}, 3, {-1.0, 1, {}}), "no error");
}

TEST(Catalogue, NamesFieldsAndWords) {
    ASSERT_EQ(find_model("IF_curr_expo"), nullptr);
    for (const ModelInfo& model : catalogue()) {
        EXPECT_EQ(find_model(model.name), &model);
        EXPECT_EQ(model.state_fields.size(), model.state_words);
        EXPECT_EQ(model.recordables.size(), 3u);
        EXPECT_EQ(model.global_weight_scale, model.conductance ? 1024.0 : 1.0);
        bool states = false;
        for (const FieldInfo& field : model.fields) {
            const bool is_state = field.kind == FieldKind::State;
            EXPECT_TRUE(is_state || !states) << "parameters stand before states: " << field.name;
            states = states || is_state;
            EXPECT_EQ(state_word(model, field.name).has_value(), is_state) << field.name;
            EXPECT_GE(field.default_value, field.minimum) << field.name;
            EXPECT_LE(field.default_value, field.maximum) << field.name;
            EXPECT_FALSE(field.doc.empty());
        }
        EXPECT_FALSE(state_word(model, "").has_value());
    }
    const ModelInfo& model = *find_model("IF_curr_exp");
    EXPECT_EQ(model.state_words, 4u);  // 16 bytes, and 8 of sums, are what a neuron costs
    EXPECT_EQ(std::vector(model.struct_words.begin(), model.struct_words.end()),
              (std::vector<std::uint32_t>{9, 0, 1, 5}));
    EXPECT_EQ(field_index(model, "tau_m"), 0u);
}

}  // namespace
}  // namespace spinnlab::neurons
