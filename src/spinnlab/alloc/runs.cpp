// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spinnlab::alloc {
namespace {

constexpr std::size_t kMostRuns = 10'000;
constexpr std::size_t kMostRunsOfOne = 500;
constexpr std::size_t kLongestRunText_bytes = 1'024;  ///< of labels and of what a run says
constexpr std::int64_t kMostThreads = 4'096;

void check_text(std::string_view what, const std::string& text) {
    if (text.size() <= kLongestRunText_bytes) return;
    throw AllocationError(fmt::format("the {} of a run has {} bytes", what, text.size()),
                          fmt::format("At most {} are taken.", kLongestRunText_bytes));
}

}  // namespace

const Run& Runs::begin(const Caller& by, std::string label, std::int64_t threads_wanted,
                       std::int64_t active_users, Moment now) {
    check_text("label", label);
    if (threads_wanted < 1 || threads_wanted > kMostThreads) {
        throw AllocationError(fmt::format("{} threads are wanted", threads_wanted),
                              fmt::format("Ask for 1 to {}.", kMostThreads));
    }
    const auto own =
        static_cast<std::size_t>(std::count_if(runs_.begin(), runs_.end(), [&](const auto& run) {
            return by.is(run.second.uid, run.second.user);
        }));
    if (runs_.size() >= kMostRuns || own >= kMostRunsOfOne) {
        throw AllocationError(
            fmt::format("there are {} runs, {} of them yours", runs_.size(), own),
            fmt::format("End some: at most {} a user and {} in all.", kMostRunsOfOne, kMostRuns));
    }
    std::int64_t threads =
        std::min(threads_wanted,
                 std::max<std::int64_t>(1, cores_ / std::max<std::int64_t>(1, active_users)));
    if (policy_ == Policy::Reserve) {
        std::int64_t reserved = 0;
        for (const auto& [id, run] : runs_) reserved += run.threads;
        if (reserved >= cores_) {
            throw AllocationError(
                fmt::format("{} runs have reserved {} of {} cores", runs_.size(), reserved, cores_),
                "Try again when one has ended.");
        }
        threads = std::min(threads, cores_ - reserved);
    }
    Run run;
    run.id = next_id_++;
    run.uid = by.uid;
    run.user = by.user;
    run.label = std::move(label);
    run.threads = threads;
    run.since_unix_s = run.last_progress_unix_s = now.unix_s;
    if (limit_s_) run.due_s = now.monotonic_s + *limit_s_;
    return runs_.emplace(run.id, std::move(run)).first->second;
}

void Runs::progress(RunId id, const Caller& by, std::optional<double> fraction, std::string text,
                    Moment now) {
    check_text("text", text);
    const auto run = runs_.find(id);
    if (run == runs_.end() || !by.is(run->second.uid, run->second.user)) {
        throw AllocationError(fmt::format("you have no run {}", id),
                              "begin_run gives its number; it ends with its connection.");
    }
    if (fraction && !(*fraction >= 0 && *fraction <= 1)) {
        throw AllocationError(fmt::format("{} of the run is done", *fraction),
                              "Give a fraction from 0 to 1, or null.");
    }
    run->second.fraction = fraction;
    run->second.text = std::move(text);
    run->second.last_progress_unix_s = now.unix_s;
}

bool Runs::end(RunId id, const Caller& by) {
    const auto run = runs_.find(id);
    if (run == runs_.end() || !by.is(run->second.uid, run->second.user)) return false;
    runs_.erase(run);
    return true;
}

std::map<RunId, std::string> Runs::drop_overdue(Moment now) {
    std::map<RunId, std::string> dropped;
    for (const auto& [id, run] : runs_) {
        if (run.due_s && now.monotonic_s >= *run.due_s + kRunGrace_s) dropped[id] = run.user;
    }
    for (const auto& [id, user] : dropped) runs_.erase(id);
    return dropped;
}

std::optional<double> Runs::next_overdue_s() const {
    std::optional<double> next;
    for (const auto& [id, run] : runs_) {
        if (!run.due_s) continue;
        const double at_s = *run.due_s + kRunGrace_s;
        next = next ? std::min(*next, at_s) : at_s;
    }
    return next;
}

}  // namespace spinnlab::alloc
