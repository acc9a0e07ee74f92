// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/users.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

constexpr std::int64_t kMostBoards = 1'000'000'000;
constexpr double kMostBoardSeconds = 1e15;
constexpr const char* kForm =
    "Write for example boards=6,jobs=4,board-seconds=3600,priority=2; what is left out has no "
    "limit.";

template <class T>
T number(std::string_view key, std::string_view text) {
    T value{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last || text.empty()) {
        throw AllocationError(fmt::format("a quota says {}={}, which is no number", key, text),
                              kForm);
    }
    return value;
}

std::pair<std::string, Quota> parse(std::string_view text) {
    std::string user;
    Quota quota;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        const std::size_t equals = part.find('=');
        const std::string_view key = part.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
        if (key == "user") {
            user = value;
        } else if (key == "boards") {
            quota.boards = number<std::int64_t>(key, value);
        } else if (key == "jobs") {
            quota.jobs = number<std::int64_t>(key, value);
        } else if (key == "board-seconds") {
            quota.board_seconds = number<double>(key, value);
        } else if (key == "priority") {
            quota.priority = number<std::int64_t>(key, value);
        } else {
            throw AllocationError(fmt::format("\"{}\" in a quota says nothing known", part), kForm);
        }
    }
    check(quota);
    return {user, quota};
}

}  // namespace

Quota overlaid(const Quota& base, const Quota& over) {
    Quota both = base;
    if (over.boards) both.boards = over.boards;
    if (over.jobs) both.jobs = over.jobs;
    if (over.board_seconds) both.board_seconds = over.board_seconds;
    if (over.priority) both.priority = over.priority;
    return both;
}

std::string in_words(const Quota& quota) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (quota.boards) add(fmt::format("{} boards", *quota.boards));
    if (quota.jobs) add(fmt::format("{} jobs", *quota.jobs));
    if (quota.board_seconds) add(fmt::format("{} board-seconds", *quota.board_seconds));
    if (quota.priority) add(fmt::format("priority {}", *quota.priority));
    return text.empty() ? "no limit of its own" : text;
}

void check(const Quota& quota) {
    const auto in_range = [](std::string_view what, auto value, auto most) {
        if (value && !(*value >= 0 && *value <= most)) {
            throw AllocationError(fmt::format("a quota of {} {} is out of range", *value, what),
                                  fmt::format("Give 0 to {}.", most));
        }
    };
    in_range("boards", quota.boards, kMostBoards);
    in_range("jobs", quota.jobs, kMostBoards);
    in_range("board-seconds", quota.board_seconds, kMostBoardSeconds);
    if (quota.priority && std::abs(*quota.priority) > kMostBoards) {
        throw AllocationError(fmt::format("a priority of {} is out of range", *quota.priority),
                              fmt::format("Give -{0} to {0}.", kMostBoards));
    }
}

Quota parse_quota(std::string_view text) {
    auto [user, quota] = parse(text);
    if (!user.empty()) {
        throw AllocationError("a quota for everybody names a user",
                              "Say it with --quota, or leave user= out.");
    }
    return quota;
}

std::pair<std::string, Quota> parse_user_quota(std::string_view text) {
    auto named = parse(text);
    if (named.first.empty()) {
        throw AllocationError(fmt::format("the quota \"{}\" names no user", text),
                              "Begin it with user=NAME, or say it with --default-quota.");
    }
    return named;
}

void Use::take(std::int64_t n_boards, double at_s) {
    boards += n_boards;
    started_board_s += static_cast<double>(n_boards) * at_s;
    ++jobs;
}

void Use::give_back(std::int64_t n_boards, double taken_at_s, double now_s) {
    boards -= n_boards;
    started_board_s -= static_cast<double>(n_boards) * taken_at_s;
    ended_board_s += static_cast<double>(n_boards) * (now_s - taken_at_s);
    --jobs;
    if (boards == 0) started_board_s = 0;  // no rounding is left behind
}

Quota Users::quota(const std::string& user) const {
    const auto said = options_.users.find(user);
    const Quota base = said == options_.users.end() ? options_.everybody
                                                    : overlaid(options_.everybody, said->second);
    return overlaid(base, set_by_admin(user));
}

Quota Users::set_by_admin(const std::string& user) const {
    const auto found = set_.find(user);
    return found == set_.end() ? Quota{} : found->second;
}

void Users::set_by_admin(const std::string& user, const Quota& quota) {
    if (quota.empty()) {
        set_.erase(user);
    } else {
        set_[user] = quota;
    }
}

const Use& Users::use_of(const std::string& user) const {
    static const Use kNothing;
    const auto found = uses_.find(user);
    return found == uses_.end() ? kNothing : found->second;
}

std::map<std::string, Quota> Users::quotas() const {
    std::map<std::string, Quota> all;
    for (const auto& [user, ignored] : options_.users) all[user] = quota(user);
    for (const auto& [user, ignored] : set_) all[user] = quota(user);
    for (const auto& [user, ignored] : uses_) all[user] = quota(user);
    return all;
}

bool Users::used_up(const std::string& user, double now_s) const {
    const auto limit = quota(user).board_seconds;
    constexpr double kRounding_s = 1e-6;  // so that the moment computed beforehand is late enough
    return limit && use_of(user).board_s(now_s) >= *limit - kRounding_s;
}

std::string Users::used_in_words(const std::string& user, double now_s) const {
    return fmt::format("{} has used {:.1f} of {} board-seconds", user, use_of(user).board_s(now_s),
                       quota(user).board_seconds.value_or(0));
}

std::optional<double> Users::next_used_up_s() const {
    std::optional<double> next;
    for (const auto& [user, use] : uses_) {
        if (use.boards == 0) continue;
        const auto limit = quota(user).board_seconds;
        if (!limit) continue;
        // ended + boards * t - started = limit
        const double at_s =
            (*limit - use.ended_board_s + use.started_board_s) / static_cast<double>(use.boards);
        next = next ? std::min(*next, at_s) : at_s;
    }
    return next;
}

}  // namespace spinnlab::alloc
