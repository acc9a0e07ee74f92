// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace spinnlab::alloc::protocol {
namespace {

[[noreturn]] void wrong_type(std::string_view name, std::string_view wanted, const json& value) {
    throw ArgumentError(fmt::format("{} is of type {}", name, value.type_name()),
                        fmt::format("It must be {}.", wanted));
}

std::string as_text(const json& value, std::string_view name) {
    if (!value.is_string()) wrong_type(name, "a text", value);
    return value.get<std::string>();
}

}  // namespace

std::int64_t as_integer(const json& value, std::string_view name) {
    if (!value.is_number_integer()) wrong_type(name, "a whole number", value);
    const bool too_large =
        value.is_number_unsigned() &&
        value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    if (too_large) {
        throw ArgumentError(fmt::format("{} does not fit 64 bits", name), "Give a smaller number.");
    }
    return value.get<std::int64_t>();
}

Arguments::Arguments(const json& args, const json& kwargs,
                     std::initializer_list<std::string_view> names) {
    if (args.size() > names.size()) {
        throw ArgumentError(fmt::format("{} arguments are given by position", args.size()),
                            fmt::format("There are at most {}.", names.size()));
    }
    std::size_t position = 0;
    for (const std::string_view name : names) {
        if (position < args.size()) bound_.push_back({name, &args[position]});
        ++position;
    }
    for (const auto& [key, value] : kwargs.items()) {
        const auto* name = std::find(names.begin(), names.end(), key);
        if (name == names.end()) {
            throw ArgumentError(fmt::format("there is no argument {}", key),
                                fmt::format("Known are: {}.", fmt::join(names, ", ")));
        }
        if (given(key)) {
            throw ArgumentError(fmt::format("{} is given by position and by name", key),
                                "Give it once.");
        }
        bound_.push_back({*name, &value});
    }
}

bool Arguments::given(std::string_view name) const {
    return std::any_of(bound_.begin(), bound_.end(),
                       [&](const Bound& bound) { return bound.name == name; });
}

const json* Arguments::find(std::string_view name) const {
    const auto bound = std::find_if(bound_.begin(), bound_.end(),
                                    [&](const Bound& candidate) { return candidate.name == name; });
    if (bound == bound_.end() || bound->value->is_null()) return nullptr;
    return bound->value;
}

const json& Arguments::require(std::string_view name) const {
    const json* value = find(name);
    if (value == nullptr) {
        throw ArgumentError(fmt::format("the argument {} is missing", name), "Give it.");
    }
    return *value;
}

std::int64_t Arguments::integer(std::string_view name) const {
    return as_integer(require(name), name);
}

std::string Arguments::text(std::string_view name) const { return as_text(require(name), name); }

std::optional<std::int64_t> Arguments::optional_integer(std::string_view name) const {
    const json* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(as_integer(*value, name));
}

std::optional<double> Arguments::optional_number(std::string_view name) const {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) wrong_type(name, "a number", *value);
    return value->get<double>();
}

std::optional<bool> Arguments::optional_flag(std::string_view name) const {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) wrong_type(name, "true or false", *value);
    return value->get<bool>();
}

std::optional<std::string> Arguments::optional_text(std::string_view name) const {
    const json* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(as_text(*value, name));
}

std::optional<std::vector<std::string>> Arguments::optional_texts(std::string_view name) const {
    const json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array()) wrong_type(name, "a list of texts", *value);
    std::vector<std::string> texts;
    for (const json& element : *value) texts.push_back(as_text(element, name));
    return texts;
}

}  // namespace spinnlab::alloc::protocol
