// SPDX-License-Identifier: Apache-2.0
// Arguments of a call, by position or by name, checked.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::protocol {

using nlohmann::json;

/// An argument that is missing, unknown, given twice or of the wrong type.
class ArgumentError : public AllocationError {
 public:
    using AllocationError::AllocationError;
};

/// Binds positional and named arguments as Python does. The getters throw ArgumentError; an absent
/// argument and null are the same to those that return an optional.
class Arguments {
 public:
    /// `names`: of all parameters, in positional order. Throws ArgumentError for too many
    /// arguments, unknown names and parameters given twice. `args` and `kwargs` must outlive the
    /// object.
    Arguments(const json& args, const json& kwargs, std::initializer_list<std::string_view> names);

    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const;
    [[nodiscard]] std::optional<double> optional_number(std::string_view name) const;
    [[nodiscard]] std::optional<bool> optional_flag(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) const;
    [[nodiscard]] std::optional<std::vector<std::string>> optional_texts(
        std::string_view name) const;

    /// Whether the argument was given, null included.
    [[nodiscard]] bool given(std::string_view name) const;

 private:
    struct Bound {
        std::string_view name;
        const json* value = nullptr;
    };
    [[nodiscard]] const json* find(std::string_view name) const;  ///< null: absent or JSON's null
    [[nodiscard]] const json& require(std::string_view name) const;

    std::vector<Bound> bound_;
};

/// A whole number that fits 64 bits with sign. Throws ArgumentError that names `name`.
[[nodiscard]] std::int64_t as_integer(const json& value, std::string_view name);

}  // namespace spinnlab::alloc::protocol
