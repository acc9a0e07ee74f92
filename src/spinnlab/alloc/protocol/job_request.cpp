// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/job_request.hpp"

#include <fmt/format.h>

#include "spinnlab/alloc/protocol/arguments.hpp"

namespace spinnlab::alloc::protocol {
namespace {

/// Arguments come back in every list_jobs, so they are kept short.
constexpr std::size_t kLongestArguments_bytes = 4'096;

std::string kept(const json& arguments) {
    std::string text = arguments.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > kLongestArguments_bytes) {
        throw ArgumentError(fmt::format("the arguments have {} bytes", text.size()),
                            fmt::format("At most {} are taken.", kLongestArguments_bytes));
    }
    return text;
}

}  // namespace

JobRequest parse_job_request(const json& args, const json& kwargs) {
    const Arguments named(json::array(), kwargs,
                          {"owner", "keepalive", "machine", "tags", "min_ratio", "max_dead_boards",
                           "max_dead_links", "require_torus"});
    JobRequest request;
    request.owner = named.optional_text("owner").value_or("");
    if (named.given("keepalive")) request.keepalive_s = named.optional_number("keepalive");
    request.machine = named.optional_text("machine");
    request.tags = named.optional_texts("tags");
    request.boards.max_dead_boards = named.optional_integer("max_dead_boards");
    request.boards.max_dead_links = named.optional_integer("max_dead_links");
    request.boards.require_torus = named.optional_flag("require_torus").value_or(false);
    const double min_ratio = named.optional_number("min_ratio").value_or(0.0);

    const auto number = [&](std::size_t i) { return as_integer(args[i], "WHAT"); };
    switch (args.size()) {
        case 0: request.boards.what = AnyBoard{}; break;
        case 1:
            if (number(0) == 1) {
                request.boards.what = AnyBoard{};
            } else {
                request.boards.what = BoardCount{number(0), min_ratio};
            }
            break;
        case 2: request.boards.what = TriadRectangle{number(0), number(1)}; break;
        case 3: request.boards.what = NamedBoard{number(0), number(1), number(2)}; break;
        default:
            throw ArgumentError(
                fmt::format("{} numbers say what to allocate", args.size()),
                "Give none or one (boards), two (triads) or three (a certain board).");
    }
    json others = kwargs;
    others.erase("owner");
    others.erase("keepalive");
    request.args_json = kept(args);
    request.kwargs_json = kept(others);
    return request;
}

}  // namespace spinnlab::alloc::protocol
