// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/job_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace spinnlab::alloc::rest {
namespace {

/// The published clients of version 1 ask for no flatter rectangles than this.
constexpr double kMinRatio = 0.333;
/// Requests are shown in lists, so they are kept short.
constexpr std::size_t kLongestRequest_bytes = 4'096;
constexpr std::array<std::string_view, 12> kMembers = {
    "board",        "dimensions",      "group",       "keepalive-interval",
    "machine-name", "max-dead-boards", "nmpi-collab", "nmpi-job-id",
    "num-boards",   "owner",           "tags",        "max-dead-links"};

[[noreturn]] void refuse(std::string text) { throw Refusal{Status::BadRequest, std::move(text)}; }

/// Null where the member is missing or null.
const json* member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::int64_t whole_number(const json& value, std::string_view name) {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!fits) refuse(fmt::format("{} is no whole number", name));
    return value.get<std::int64_t>();
}

std::int64_t required(const json& object, const char* name, std::string_view of) {
    const json* value = member(object, name);
    if (value == nullptr) refuse(fmt::format("{} lacks {}", of, name));
    return whole_number(*value, name);
}

std::string text(const json& value, std::string_view name) {
    if (!value.is_string()) refuse(fmt::format("{} is no text", name));
    return value.get<std::string>();
}

double keepalive_s(const json& request) {
    const json* value = member(request, "keepalive-interval");
    const auto seconds =
        value == nullptr ? std::nullopt : parse_duration_s(text(*value, "keepalive-interval"));
    if (!seconds || *seconds < kShortestKeepalive_s || *seconds > kLongestKeepalive_s) {
        refuse(fmt::format("keepalive-interval must be a duration from PT{}S to PT{}S",
                           kShortestKeepalive_s, kLongestKeepalive_s));
    }
    return *seconds;
}

std::string owner(const json& request, const Identity& who) {
    const json* value = member(request, "owner");
    if (value == nullptr) return who.name;
    std::string name = text(*value, "owner");
    if (name.empty() || name == who.name) return who.name;
    if (who.role != Role::Admin) {
        throw Refusal{Status::Forbidden,
                      fmt::format("{} cannot make jobs for others; leave owner out, or sign in as "
                                  "an admin",
                                  who.name)};
    }
    return name;
}

void read_machine(const json& posted, JobRequest& request) {
    if (const json* name = member(posted, "machine-name")) {
        request.machine = text(*name, "machine-name");
    }
    if (const json* tags = member(posted, "tags")) {
        if (!tags->is_array()) refuse("tags is no list");
        std::vector<std::string> list;
        for (const json& tag : *tags) list.push_back(text(tag, "a tag"));
        if (!list.empty()) request.tags = std::move(list);
    }
    if (request.machine && request.tags) refuse("give machine-name or tags, not both");
}

/// A board by its place in the racks, on the machine named or the first that has the tags.
Location board_in_rack(const json& board, const JobRequest& request, const Controller& controller) {
    const std::int64_t cabinet = required(board, "cabinet", "board");
    const std::int64_t frame = required(board, "frame", "board");
    const std::int64_t number = required(board, "board", "board");
    const std::vector<std::string> tags =
        request.tags.value_or(std::vector<std::string>{"default"});
    for (const Installation* machine : controller.machines()) {
        const bool meant =
            request.machine ? machine->name() == *request.machine : machine->has_tags(tags);
        if (!meant) continue;
        const auto found = controller.where_is_position(machine->name(), cabinet, frame, number);
        if (found) return *found;
    }
    refuse(
        fmt::format("no board stands in cabinet {}, frame {} at {}; look at the machine's "
                    "physical-board",
                    cabinet, frame, number));
}

void read_board(const json& board, JobRequest& request, const Controller& controller) {
    if (!board.is_object()) refuse("board is no object");
    if (member(board, "address") != nullptr) {
        refuse(
            "boards have an address only while a job has them; name x, y, z or cabinet, frame, "
            "board");
    }
    if (member(board, "x") != nullptr) {
        request.boards.what =
            NamedBoard{required(board, "x", "board"), required(board, "y", "board"),
                       required(board, "z", "board")};
        return;
    }
    const Location place = board_in_rack(board, request, controller);
    if (!request.machine) request.machine = place.machine;
    request.tags.reset();
    request.boards.what = NamedBoard{place.logical.x, place.logical.y, place.logical.z};
}

void read_boards(const json& posted, JobRequest& request, const Controller& controller) {
    const json* count = member(posted, "num-boards");
    const json* size = member(posted, "dimensions");
    const json* board = member(posted, "board");
    const int given = int(count != nullptr) + int(size != nullptr) + int(board != nullptr);
    if (given > 1) refuse("give only one of num-boards, dimensions and board");
    if (count != nullptr) {
        const std::int64_t boards = whole_number(*count, "num-boards");
        if (boards < 1) refuse(fmt::format("{} boards cannot be had; ask for 1 or more", boards));
        if (boards > 1) request.boards.what = BoardCount{boards, kMinRatio};
    } else if (size != nullptr) {
        if (!size->is_object()) refuse("dimensions is no object");
        request.boards.what = TriadRectangle{required(*size, "width", "dimensions"),
                                             required(*size, "height", "dimensions")};
    } else if (board != nullptr) {
        read_board(*board, request, controller);
    }
}

/// As version 1 would have had them, so that its clients' lists say what was asked for.
json positional(const BoardRequest& boards) {
    if (const auto* count = std::get_if<BoardCount>(&boards.what)) {
        return json::array({count->boards});
    }
    if (const auto* size = std::get_if<TriadRectangle>(&boards.what)) {
        return json::array({size->width, size->height});
    }
    if (const auto* board = std::get_if<NamedBoard>(&boards.what)) {
        return json::array({board->x, board->y, board->z});
    }
    return json::array({1});
}

}  // namespace

JobRequest parse_job(const std::string& body, const Identity& who, const Controller& controller) {
    auto posted = parse_json(body);
    if (!posted || !posted->is_object()) refuse("the request is no JSON object");
    for (const auto& [name, value] : posted->items()) {
        if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
            refuse(fmt::format("a job has no \"{}\"; it has {}", name.substr(0, 40),
                               fmt::join(kMembers, ", ")));
        }
    }
    JobRequest request;
    request.owner = owner(*posted, who);
    request.keepalive_s = keepalive_s(*posted);
    read_machine(*posted, request);
    read_boards(*posted, request, controller);
    request.boards.max_dead_boards = 0;
    if (const json* dead = member(*posted, "max-dead-boards")) {
        request.boards.max_dead_boards = whole_number(*dead, "max-dead-boards");
    }
    if (const json* dead = member(*posted, "max-dead-links")) {
        request.boards.max_dead_links = whole_number(*dead, "max-dead-links");
    }
    int labels = 0;
    for (const char* name : {"group", "nmpi-collab", "nmpi-job-id"}) {
        labels += int(member(*posted, name) != nullptr);
    }
    if (labels > 1) refuse("give at most one of group, nmpi-collab and nmpi-job-id");
    request.args_json = positional(request.boards).dump();
    posted->erase("owner");
    request.kwargs_json = posted->dump(-1, ' ', false, json::error_handler_t::replace);
    if (request.kwargs_json.size() > kLongestRequest_bytes) {
        refuse(fmt::format("a request of {} bytes; at most {} are taken",
                           request.kwargs_json.size(), kLongestRequest_bytes));
    }
    return request;
}

json original_request(const JobRequest& request) {
    json posted = json::parse(request.kwargs_json, nullptr, false);
    const bool ours = posted.is_object() && posted.contains("keepalive-interval");
    return ours ? posted : json(nullptr);
}

}  // namespace spinnlab::alloc::rest
