// SPDX-License-Identifier: Apache-2.0
// The lines of the spalloc protocol, version 1: one JSON object a line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "spinnlab/alloc/controller.hpp"

namespace spinnlab::alloc::protocol {

using nlohmann::json;

inline constexpr std::size_t kLongestLine_bytes = 1u << 20;
inline constexpr int kDeepestNesting = 16;

/// A request, well formed but not yet understood.
struct Call {
    std::string command;
    json args = json::array();
    json kwargs = json::object();
};

/// A line that is no request: the connection it came by is to be closed.
struct Malformed {
    std::string why;
};

/// Total: any bytes give a call or say what is wrong with them. `line` comes without its end.
[[nodiscard]] std::variant<Call, Malformed> decode_call(std::string_view line);

// Each answer is a whole line with its end. Bytes that are not UTF-8 become replacement characters.

[[nodiscard]] std::string encode_return(const json& value);
[[nodiscard]] std::string encode_exception(std::string_view text);
[[nodiscard]] std::string encode_jobs_changed(const std::set<JobId>& jobs);
[[nodiscard]] std::string encode_machines_changed(const std::set<std::string>& machines);
[[nodiscard]] std::string encode_runs_changed(const std::set<RunId>& runs);

}  // namespace spinnlab::alloc::protocol
