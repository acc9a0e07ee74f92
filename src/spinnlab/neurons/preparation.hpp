// SPDX-License-Identifier: Apache-2.0
// What a component's `prepare` works with: checked columns of fields, the arithmetic by which the
// original makes constants from them, and the places where constants and state go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/prepare.hpp"

namespace spinnlab::neurons {

/// One value for all neurons, or one each.
template <class T>
using Values = std::vector<T>;

class Preparation {
 public:
    /// Checks the fields' lengths and values. Throws NetworkError.
    Preparation(const ModelInfo& model, const PrepareOptions& options, std::uint32_t n,
                std::span<const std::span<const double>> fields);

    /// The same, with constants and state words counted from a component's first.
    [[nodiscard]] Preparation part(std::uint32_t first_constant, std::uint32_t first_word);

    // --- fields, and constants made from them ---
    [[nodiscard]] Values<double> real(std::string_view field) const;
    [[nodiscard]] Values<Accum> accum(std::string_view field) const;
    /// numerator / denominator of two positive fields.
    [[nodiscard]] Values<Accum> quotient(std::string_view numerator,
                                         std::string_view denominator) const;
    [[nodiscard]] Values<Accum> reciprocal(std::string_view field) const;
    /// e^(-sub_step / tau) as s16.15, and as u0.32.
    [[nodiscard]] Values<Accum> decay_accum(std::string_view tau) const;
    [[nodiscard]] Values<Accum> decay_fraction(std::string_view tau) const;
    /// Decay of an exponential input, and tau / sub_step x (1 - decay): what a new input adds, so
    /// that its charge is weight x sub_step. Both u0.32.
    struct Exponential {
        Values<Accum> decay, jump;
    };
    [[nodiscard]] Exponential exponential(std::string_view tau) const;
    /// A duration in sub-steps, rounded up.
    [[nodiscard]] Values<std::int32_t> steps(std::string_view duration) const;

    /// function(a), function(a, b), ... of each neuron, or once where all columns are uniform.
    template <class Function, class First, class... Rest>
    [[nodiscard]] static auto derive(Function function, const Values<First>& first,
                                     const Values<Rest>&... rest) {
        const std::size_t size = std::max({first.size(), rest.size()...});
        Values<decltype(function(first[0], rest[0]...))> result(size);
        for (std::size_t i = 0; i < size; ++i) {
            result[i] =
                function(first[first.size() == 1 ? 0 : i], rest[rest.size() == 1 ? 0 : i]...);
        }
        return result;
    }

    // --- options ---
    [[nodiscard]] Accum time_step() const { return time_step_; }  ///< ms
    [[nodiscard]] Accum sub_step() const { return sub_step_; }    ///< ms
    [[nodiscard]] bool faithful() const { return options_->fidelity.faithful; }

    // --- results ---
    void constant(std::uint32_t index, const Values<std::int32_t>& values);
    void constant(std::uint32_t index, std::int32_t value);
    void state(std::uint32_t word, const Values<std::int32_t>& values);
    void state(std::uint32_t word, std::int32_t value);

    void result_into(Prepared& result) { result_ = &result; }

 private:
    [[nodiscard]] const FieldInfo& info(std::string_view field) const;
    [[nodiscard]] std::span<const double> column(std::string_view field) const;
    void check(const FieldInfo& field, std::span<const double> values) const;
    [[nodiscard]] bool six() const { return options_->fidelity.profile == Profile::Six; }
    [[noreturn]] void too_large(std::string_view what, std::size_t neuron, double value) const;
    [[nodiscard]] Values<Accum> ratio(const Values<Accum>& numerator,
                                      const Values<Accum>& denominator,
                                      std::string_view what) const;
    [[nodiscard]] Values<Accum> exponent(std::string_view tau) const;

    const ModelInfo* model_;
    const PrepareOptions* options_;
    std::uint32_t n_;
    std::span<const std::span<const double>> fields_;
    Accum time_step_ = 0, sub_step_ = 0;
    double sub_step_ms_ = 0;
    std::uint32_t first_constant_ = 0, first_word_ = 0;
    Prepared* result_ = nullptr;
};

}  // namespace spinnlab::neurons
