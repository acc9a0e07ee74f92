// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/message.hpp"

#include <fmt/format.h>

#include "spinnlab/alloc/json_nesting.hpp"

namespace spinnlab::alloc::protocol {
namespace {

std::string line_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::variant<Call, Malformed> decode_call(std::string_view line) {
    if (line.size() > kLongestLine_bytes) {
        return Malformed{fmt::format("a line of {} bytes", line.size())};
    }
    if (nested_deeper_than(line, kDeepestNesting)) return Malformed{"brackets nested too deeply"};
    json message = json::parse(line, nullptr, false);
    if (message.is_discarded()) return Malformed{"not JSON"};
    if (!message.is_object()) return Malformed{"not an object"};
    const auto command = message.find("command");
    if (command == message.end() || !command->is_string()) return Malformed{"no command"};
    Call call;
    call.command = command->get<std::string>();
    if (const auto args = message.find("args"); args != message.end()) {
        if (!args->is_array()) return Malformed{"args is not a list"};
        call.args = std::move(*args);
    }
    if (const auto kwargs = message.find("kwargs"); kwargs != message.end()) {
        if (!kwargs->is_object()) return Malformed{"kwargs is not an object"};
        call.kwargs = std::move(*kwargs);
        call.kwargs.erase("client");
    }
    return call;
}

std::string encode_return(const json& value) { return line_of({{"return", value}}); }

std::string encode_exception(std::string_view text) {
    return line_of({{"exception", std::string(text)}});
}

std::string encode_jobs_changed(const std::set<JobId>& jobs) {
    return line_of({{"jobs_changed", jobs}});
}

std::string encode_machines_changed(const std::set<std::string>& machines) {
    return line_of({{"machines_changed", machines}});
}

std::string encode_runs_changed(const std::set<RunId>& runs) {
    return line_of({{"runs_changed", runs}});
}

}  // namespace spinnlab::alloc::protocol
