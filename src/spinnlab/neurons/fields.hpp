// SPDX-License-Identifier: Apache-2.0
// Short ways to write down the fields of a component.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/neurons/model_info.hpp"

namespace spinnlab::neurons {

inline constexpr double kAccumStep = 1.0 / kAccumOne;  ///< smallest number above 0

/// Any number that s16.15 has.
constexpr FieldInfo parameter(std::string_view name, std::string_view unit, double value,
                              std::string_view doc) {
    return {name, unit, value, FieldKind::Parameter, kAccumMinimum, kAccumMaximum, doc};
}

/// A number from `minimum` on, by default 2^-15: time constants and capacities.
constexpr FieldInfo positive(std::string_view name, std::string_view unit, double value,
                             std::string_view doc, double minimum = kAccumStep) {
    return {name, unit, value, FieldKind::Parameter, minimum, kAccumMaximum, doc};
}

constexpr FieldInfo state(std::string_view name, std::string_view unit, double value,
                          std::string_view doc) {
    return {name, unit, value, FieldKind::State, kAccumMinimum, kAccumMaximum, doc};
}

/// All arrays one after the other.
template <class T, std::size_t... kSizes>
constexpr std::array<T, (kSizes + ... + 0)> joined(const std::array<T, kSizes>&... parts) {
    std::array<T, (kSizes + ... + 0)> all{};
    std::size_t at = 0;
    const auto append = [&](const auto& part) {
        for (const T& item : part) all[at++] = item;
    };
    (append(parts), ...);
    return all;
}

}  // namespace spinnlab::neurons
