// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/preparation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/neurons/fields.hpp"

namespace spinnlab::neurons {

namespace {

constexpr double kFractionOne = 4294967296.0;  // 2^32

std::string range(const FieldInfo& field) {
    const std::string low =
        field.minimum == kAccumStep ? "2^-15" : fmt::format("{}", field.minimum);
    const std::string high =
        field.maximum == kAccumMaximum ? "65536 - 2^-15" : fmt::format("{}", field.maximum);
    return fmt::format("[{}, {}]{}{}", low, high, field.unit.empty() ? "" : " ", field.unit);
}

}  // namespace

Preparation::Preparation(const ModelInfo& model, const PrepareOptions& options, std::uint32_t n,
                         std::span<const std::span<const double>> fields)
    : model_(&model), options_(&options), n_(n), fields_(fields) {
    if (fields.size() != model.fields.size()) {
        throw InternalError(fmt::format("{} has {} fields, not {}", model.name, model.fields.size(),
                                        fields.size()));
    }
    if (!fits_accum(options.timestep_ms) || options.sub_steps == 0) {
        throw NetworkError(fmt::format("{} cannot run with a time step of {} ms in {} parts",
                                       model.name, options.timestep_ms, options.sub_steps),
                           "Give a time step above 0 and at least one part.");
    }
    time_step_ = accum_from(options.timestep_ms);
    sub_step_ = time_step_ / static_cast<Accum>(options.sub_steps);
    sub_step_ms_ = options.timestep_ms / options.sub_steps;
    if (sub_step_ < 1) {
        throw NetworkError(
            fmt::format("{} cannot run with a time step of {} ms in {} parts: each is shorter "
                        "than 2^-15 ms",
                        model.name, options.timestep_ms, options.sub_steps),
            "Give a longer time step or a smaller n_steps_per_timestep.");
    }
    for (std::size_t i = 0; i < fields.size(); ++i) check(model.fields[i], fields[i]);
}

void Preparation::check(const FieldInfo& field, std::span<const double> values) const {
    if (values.size() != 1 && values.size() != n_) {
        throw NetworkError(fmt::format("{} of {} has {} values for {} neurons", field.name,
                                       model_->name, values.size(), n_),
                           fmt::format("Give one value for all neurons, or {}.", n_));
    }
    const auto bad = std::ranges::find_if_not(values, [&](double value) {
        return value >= field.minimum && value <= field.maximum;  // false for NaN
    });
    if (bad == values.end()) return;
    const std::string neuron =
        values.size() == 1 ? "" : fmt::format(" of neuron {}", bad - values.begin());
    throw NetworkError(
        fmt::format("{} of {} is {}{}{}{}, outside {}", field.name, model_->name, *bad,
                    field.unit.empty() ? "" : " ", field.unit, neuron, range(field)),
        fmt::format("Give {} a value in {}.", field.name, range(field)));
}

const FieldInfo& Preparation::info(std::string_view field) const {
    const auto found = std::ranges::find(model_->fields, field, &FieldInfo::name);
    if (found == model_->fields.end()) {
        throw InternalError(fmt::format("{} has no field {}", model_->name, field));
    }
    return *found;
}

std::span<const double> Preparation::column(std::string_view field) const {
    return fields_[static_cast<std::size_t>(&info(field) - model_->fields.data())];
}

Preparation Preparation::part(std::uint32_t first_constant, std::uint32_t first_word) {
    Preparation own = *this;
    own.first_constant_ = first_constant;
    own.first_word_ = first_word;
    return own;
}

Values<double> Preparation::real(std::string_view field) const {
    const auto values = column(field);
    return {values.begin(), values.end()};
}

Values<Accum> Preparation::accum(std::string_view field) const {
    return derive(accum_from, real(field));
}

void Preparation::too_large(std::string_view what, std::size_t neuron, double value) const {
    throw NetworkError(
        fmt::format("{} of {} is {} for neuron {}, beyond the largest s16.15 number, 65536 - 2^-15",
                    what, model_->name, value, neuron),
        "Choose values with a smaller quotient; setup(faithful=True) lets it wrap as the original "
        "does.");
}

Values<Accum> Preparation::ratio(const Values<Accum>& numerator, const Values<Accum>& denominator,
                                 std::string_view what) const {
    const auto result = derive(kdivk, numerator, denominator);
    if (faithful()) return result;
    const auto exact = derive([](Accum a, Accum b) { return to_double(a) / to_double(b); },
                              numerator, denominator);
    for (std::size_t i = 0; i < exact.size(); ++i) {
        if (exact[i] >= kAccumMaximum + kAccumStep) too_large(what, i, exact[i]);
    }
    return result;
}

Values<Accum> Preparation::quotient(std::string_view numerator,
                                    std::string_view denominator) const {
    const std::string what = fmt::format("{} / {}", numerator, denominator);
    if (!six()) return ratio(accum(numerator), accum(denominator), what);
    const auto exact =
        derive([](double a, double b) { return a / b; }, real(numerator), real(denominator));
    for (std::size_t i = 0; i < exact.size(); ++i) {
        if (exact[i] > kAccumMaximum) too_large(what, i, exact[i]);
    }
    return derive(accum_from, exact);
}

Values<Accum> Preparation::reciprocal(std::string_view field) const {
    return ratio(Values<Accum>{kAccumOne}, accum(field), fmt::format("1 / {}", field));
}

Values<Accum> Preparation::exponent(std::string_view tau) const {
    return derive([step = sub_step_](Accum t) { return sub(0, kdivk(step, t)); }, accum(tau));
}

Values<Accum> Preparation::decay_accum(std::string_view tau) const {
    if (six()) {
        return derive([step = sub_step_ms_](
                          double t) { return static_cast<Accum>(std::exp(-step / t) * kAccumOne); },
                      real(tau));
    }
    return derive(exp_accum, exponent(tau));
}

Values<Accum> Preparation::decay_fraction(std::string_view tau) const {
    if (six()) {
        return derive(
            [step = sub_step_ms_](double t) {
                return static_cast<Accum>(
                    static_cast<Fraction>(std::exp(-step / t) * kFractionOne));
            },
            real(tau));
    }
    return derive([](Accum x) { return static_cast<Accum>(exp_u032(x)); }, exponent(tau));
}

Preparation::Exponential Preparation::exponential(std::string_view tau) const {
    Exponential result{decay_fraction(tau), {}};
    if (six()) {
        result.jump = derive(
            [step = sub_step_ms_](double t) {
                const double jump = t * (1.0 - std::exp(-step / t)) * (1.0 / step);
                return static_cast<Accum>(static_cast<Fraction>(jump * kFractionOne));
            },
            real(tau));
        return result;
    }
    const auto tau_steps =
        ratio(accum(tau), Values<Accum>{sub_step_}, fmt::format("{} / time step", tau));
    result.jump = derive(
        [](Accum steps, Accum decay) {
            const Fraction rest =
                std::numeric_limits<Fraction>::max() - static_cast<Fraction>(decay);
            return static_cast<Accum>(decay_to_u032(steps, rest));
        },
        tau_steps, result.decay);
    return result;
}

Values<std::int32_t> Preparation::steps(std::string_view duration) const {
    if (six()) {
        return derive([step = sub_step_ms_](
                          double t) { return static_cast<std::int32_t>(std::ceil(t / step)); },
                      real(duration));
    }
    const auto exact =
        ratio(accum(duration), Values<Accum>{sub_step_}, fmt::format("{} / time step", duration));
    return derive([](Accum x) { return add(x, kAccumOne - 1) >> kAccumBits; }, exact);
}

void Preparation::constant(std::uint32_t index, const Values<std::int32_t>& values) {
    Column& column = result_->parameters[first_constant_ + index];
    column.uniform = values.size() == 1;
    column.values = values;
    if (!column.uniform) {
        column.values.resize((n_ + kLanes - 1) / kLanes * std::size_t{kLanes}, values.back());
    }
}

void Preparation::constant(std::uint32_t index, std::int32_t value) {
    constant(index, Values<std::int32_t>{value});
}

void Preparation::state(std::uint32_t word, const Values<std::int32_t>& values) {
    const std::size_t blocks = (n_ + kLanes - 1) / kLanes;
    for (std::size_t block = 0; block < blocks; ++block) {
        std::int32_t* to =
            result_->state.data() + (block * model_->state_words + first_word_ + word) * kLanes;
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            to[lane] = values[std::min(block * kLanes + lane, values.size() - 1)];
        }
    }
}

void Preparation::state(std::uint32_t word, std::int32_t value) {
    state(word, Values<std::int32_t>{value});
}

}  // namespace spinnlab::neurons
