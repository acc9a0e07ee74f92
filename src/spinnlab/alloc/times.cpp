// SPDX-License-Identifier: Apache-2.0
// What time does by itself: jobs end that were not kept alive, had their time or are idle.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "spinnlab/alloc/controller.hpp"

namespace spinnlab::alloc {
namespace {

/// Whole hours or minutes where it is some, else seconds.
std::string duration_in_words(double s) {
    if (s >= 3600 && std::fmod(s, 3600) == 0) return fmt::format("{:.0f} h", s / 3600);
    if (s >= 60 && std::fmod(s, 60) == 0) return fmt::format("{:.0f} min", s / 60);
    return fmt::format("{} s", s);
}

}  // namespace

void Controller::boards_active(JobId id, Moment now) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end()) job->second.active_s = now.monotonic_s;
}

void Controller::boards_wanted(const Caller& by, const std::string& label, Moment now) {
    for (auto& [id, job] : jobs_) {
        if (by.is(job.uid, job.user) && job.request.owner == label) job.active_s = now.monotonic_s;
    }
}

std::optional<double> Controller::time_left_s(JobId id, Moment now) const {
    const auto job = jobs_.find(id);
    if (!options_.run_limit_s || job == jobs_.end() || !job->second.allocation) return std::nullopt;
    return std::max(0.0, job->second.allocated_s + *options_.run_limit_s - now.monotonic_s);
}

std::optional<std::string> Controller::over(const Job& job, Moment now) const {
    const double now_s = now.monotonic_s;
    const auto& keepalive = job.request.keepalive_s;
    if (keepalive && now_s >= job.last_contact_s + *keepalive) {
        return fmt::format("Job timed out: nobody asked for it within its keepalive of {} s.",
                           *keepalive);
    }
    if (!job.allocation) return std::nullopt;
    if (options_.run_limit_s && now_s >= job.allocated_s + *options_.run_limit_s) {
        return fmt::format(
            "Time limit: the job has had its boards for {}, the longest that an administrator "
            "allows here. Run again on new boards, in shorter runs, or ask for a longer limit.",
            duration_in_words(*options_.run_limit_s));
    }
    if (options_.idle_limit_s && job.state == JobState::Ready &&
        now_s >= job.active_s + *options_.idle_limit_s) {
        return fmt::format(
            "Idle: for {} the job's boards have neither computed nor been spoken to, so they were "
            "given back for others. The next job gets boards anew.",
            duration_in_words(*options_.idle_limit_s));
    }
    return std::nullopt;
}

std::optional<double> Controller::next_over_s(const Job& job) const {
    std::optional<double> next;
    const auto consider = [&](double at_s) { next = next ? std::min(*next, at_s) : at_s; };
    if (job.request.keepalive_s) consider(job.last_contact_s + *job.request.keepalive_s);
    if (!job.allocation) return next;
    if (options_.run_limit_s) consider(job.allocated_s + *options_.run_limit_s);
    if (options_.idle_limit_s && job.state == JobState::Ready) {
        consider(job.active_s + *options_.idle_limit_s);
    }
    return next;
}

void Controller::advance(Moment now) {
    std::map<JobId, std::string> ended;
    for (const auto& [id, job] : jobs_) {
        if (auto why = over(job, now)) ended[id] = std::move(*why);
    }
    for (const auto& [id, why] : ended) end_by_itself(id, why, now);
    if (!ended.empty()) run_queue(now);
    changes_.runs.merge(runs_.drop_overdue(now));
    stop_used_up(now);
    release_due(now);
}

std::optional<double> Controller::next_deadline_s() const {
    std::optional<double> next;
    const auto consider = [&](std::optional<double> at_s) {
        if (at_s) next = next ? std::min(*next, *at_s) : *at_s;
    };
    for (const auto& [id, job] : jobs_) consider(next_over_s(job));
    for (const auto& [id, releasing] : releasing_) consider(releasing.free_at_s);
    consider(users_.next_used_up_s());
    consider(runs_.next_overdue_s());
    return next;
}

void Controller::release_due(Moment now) {
    bool freed = false;
    for (auto next = releasing_.begin(); next != releasing_.end();) {
        const Releasing& releasing = next->second;
        if (!releasing.free_at_s || *releasing.free_at_s > now.monotonic_s) {
            ++next;
            continue;
        }
        find(releasing.machine)->allocator.free(releasing.allocation);
        changes_.machines.insert(releasing.machine);
        next = releasing_.erase(next);
        freed = true;
    }
    if (freed) run_queue(now);
}

/// Of users whose board-seconds are used up, ends all that runs and waits.
void Controller::stop_used_up(Moment now) {
    bool stopped = false;
    for (const auto& [user, use] : users_.uses()) {
        if (!users_.used_up(user, now.monotonic_s)) continue;
        const std::string reason =
            users_.used_in_words(user, now.monotonic_s) + ". Ask an admin for a larger quota.";
        for (const JobId id : jobs_of(user)) {
            end_by_itself(id, reason, now);
            stopped = true;
        }
    }
    if (stopped) run_queue(now);
}

}  // namespace spinnlab::alloc
