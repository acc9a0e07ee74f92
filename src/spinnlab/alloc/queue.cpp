// SPDX-License-Identifier: Apache-2.0
// Controller's queue: whose turn it is, and what stands in the way.
//
// - A user's jobs go in order of age, but one that cannot start lets younger ones of the user pass,
//   until it has waited for the overtaking limit: from then on its machines are kept for it against
//   the user's younger jobs, and where the user's own quota stops it, they all wait for it.
// - Between users, the higher priority goes first, then who has fewer boards, then the older job.
// - But the oldest job of a user on a machine, once it has been that, within its quota, for the
//   overtaking limit, goes before everybody, and machines that have no room for it wait for it.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "spinnlab/alloc/controller.hpp"

namespace spinnlab::alloc {

bool Controller::in_quota(const Job& job, std::int64_t boards) const {
    const Quota quota = users_.quota(job.user);
    const Use& use = users_.use_of(job.user);
    return (!quota.boards || use.boards + boards <= *quota.boards) &&
           (!quota.jobs || use.jobs + 1 <= *quota.jobs);
}

bool Controller::Standing::allows(const Job& job, std::int64_t boards) {
    if (last_user_ == nullptr || *last_user_ != job.user) {
        const auto found = known_.find(job.user);
        last_ = found != known_.end() ? &found->second
                                      : &known_
                                             .emplace(job.user, std::pair{users_.quota(job.user),
                                                                          &users_.use_of(job.user)})
                                             .first->second;
        last_user_ = &job.user;
    }
    const auto& [quota, use] = *last_;
    return (!quota.boards || use->boards + boards <= *quota.boards) &&
           (!quota.jobs || use->jobs + 1 <= *quota.jobs);
}

/// Gives a job its boards if its quota allows it and a machine that is not kept for others has
/// them. `barred.full` remembers which machine did not have what, for the jobs that ask for the
/// same.
Controller::Outcome Controller::start(Job& job, Barred& barred, Moment now) {
    if (barred.held.contains(job.user)) return Outcome::Held;
    if (!in_quota(job, job.boards_wanted)) return Outcome::OverQuota;
    const auto own = barred.kept_for_user.find(job.user);
    Outcome outcome = Outcome::NoRoom;
    for (const std::size_t candidate : job.candidates) {
        if (barred.kept[candidate] || barred.full.contains({candidate, job.asks})) continue;
        if (own != barred.kept_for_user.end() && own->second[candidate]) continue;
        Machine& machine = machines_[candidate];
        auto allocation = machine.allocator.allocate(job.request.boards);
        if (!allocation) {
            barred.full.emplace(candidate, job.asks);
            continue;
        }
        const auto boards = static_cast<std::int64_t>(allocation->boards.size());
        if (!in_quota(job, boards)) {  // more than elsewhere on the machine, where boards are dead
            machine.allocator.free(*allocation);
            outcome = Outcome::OverQuota;
            continue;
        }
        job.machine = machine.installation->name();
        job.allocation = std::move(*allocation);
        job.allocated_s = now.monotonic_s;
        job.allocated_unix_s = now.unix_s;
        job.head_since_s.reset();
        users_.use(job.user).take(boards, now.monotonic_s);
        changes_.machines.insert(job.machine);
        order_power(job, true);
        return Outcome::Started;
    }
    return outcome;
}

bool Controller::aged(const Job& job, Moment now) const {
    return now.monotonic_s - job.queued_since_s >= options_.overtake_limit_s;
}

bool Controller::first_now(const Job& job, Moment now) const {
    return job.head_since_s && now.monotonic_s - *job.head_since_s >= options_.overtake_limit_s;
}

/// Notes what a job that could not start bars to those that come after it.
void Controller::bar(const Job& job, Outcome outcome, Barred& barred, Moment now) const {
    if (outcome == Outcome::OverQuota && aged(job, now)) barred.held.emplace(job.user, job.id);
    if (outcome != Outcome::NoRoom) return;
    const bool from_all = first_now(job, now);
    if (!from_all && !aged(job, now)) return;
    auto& kept = from_all ? barred.kept : barred.kept_for_user[job.user];
    kept.resize(machines_.size());
    for (const std::size_t candidate : job.candidates) {
        if (!kept[candidate]) kept[candidate] = job.id;
    }
}

Controller::Barred Controller::barred_by_queue(Moment now) const {
    Barred barred(machines_.size());
    Standing standing(users_);
    for (const JobId id : queue_) {
        const Job& job = jobs_.at(id);
        if (!aged(job, now)) break;  // all others are younger
        if (barred.held.contains(job.user)) continue;
        bar(job, standing.allows(job, job.boards_wanted) ? Outcome::NoRoom : Outcome::OverQuota,
            barred, now);
    }
    return barred;
}

/// A job that has just come: those that wait already cannot start at present.
void Controller::start_or_queue(Job& job, Moment now) {
    Barred barred = barred_by_queue(now);
    if (start(job, barred, now) == Outcome::Started) return;
    queue_.push_back(job.id);
    find_whether_head(job, now);
}

/// The same as find_heads, for a job that is the youngest.
void Controller::find_whether_head(Job& job, Moment now) {
    std::vector<bool> seen(machines_.size());
    for (const JobId id : queue_) {
        const Job& other = jobs_.at(id);
        if (id == job.id || other.user != job.user) continue;
        for (const std::size_t candidate : other.candidates) seen[candidate] = true;
    }
    const bool head = std::any_of(job.candidates.begin(), job.candidates.end(),
                                  [&](std::size_t candidate) { return !seen[candidate]; });
    if (head && in_quota(job, job.boards_wanted)) job.head_since_s = now.monotonic_s;
}

void Controller::run_queue(Moment now) {
    if (queue_.empty()) return;
    Barred barred(machines_.size());
    find_heads(now);  // what has been given back may have brought a job within its quota
    start_protected(barred, now);
    start_in_turn(barred, now);
    std::erase_if(queue_, [&](JobId id) { return jobs_.at(id).state != JobState::Queued; });
    find_heads(now);
}

void Controller::start_protected(Barred& barred, Moment now) {
    std::vector<Job*> first;
    for (const JobId id : queue_) {
        Job& job = jobs_.at(id);
        if (first_now(job, now)) first.push_back(&job);
    }
    std::sort(first.begin(), first.end(), [](const Job* a, const Job* b) {
        return std::tuple(a->head_since_s, a->id) < std::tuple(b->head_since_s, b->id);
    });
    for (Job* job : first) bar(*job, start(*job, barred, now), barred, now);
}

void Controller::start_in_turn(Barred& barred, Moment now) {
    struct Line {
        std::int64_t priority = 0;
        const Use* use = nullptr;
        std::vector<Job*> jobs;  ///< oldest first
        std::size_t next = 0;
    };
    std::map<std::string, Line> by_user;
    for (const JobId id : queue_) {
        Job& job = jobs_.at(id);
        if (job.state == JobState::Queued && !first_now(job, now)) {
            by_user[job.user].jobs.push_back(&job);
        }
    }
    std::vector<Line> lines;
    for (auto& [user, line] : by_user) {
        line.priority = users_.quota(user).priority.value_or(0);
        line.use = &users_.use(user);
        lines.push_back(std::move(line));
    }
    while (!lines.empty()) {
        const auto turn =
            std::min_element(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
                return std::tuple(-a.priority, a.use->boards, a.jobs[a.next]->id) <
                       std::tuple(-b.priority, b.use->boards, b.jobs[b.next]->id);
            });
        Job& job = *turn->jobs[turn->next];
        bar(job, start(job, barred, now), barred, now);
        if (++turn->next == turn->jobs.size()) lines.erase(turn);
    }
}

/// Which jobs are the oldest of their user on some machine, and wait for nothing but room.
void Controller::find_heads(Moment now) {
    std::map<std::string_view, std::vector<bool>> seen;
    Standing standing(users_);
    for (const JobId id : queue_) {
        Job& job = jobs_.at(id);
        std::vector<bool>& machines = seen[job.user];
        machines.resize(machines_.size());
        bool head = false;
        for (const std::size_t candidate : job.candidates) {
            head |= !machines[candidate];
            machines[candidate] = true;
        }
        if (!head || !standing.allows(job, job.boards_wanted)) {
            job.head_since_s.reset();
        } else if (!job.head_since_s) {
            job.head_since_s = now.monotonic_s;
        }
    }
}

/// As the queue would be gone through now if nothing started.
std::vector<const Job*> Controller::order_of_queue(Moment now) const {
    using Key = std::tuple<int, double, std::int64_t, std::int64_t, JobId>;
    std::vector<std::pair<Key, const Job*>> all;
    for (const JobId id : queue_) {
        const Job& job = jobs_.at(id);
        const bool first = first_now(job, now);
        all.emplace_back(first ? Key{0, *job.head_since_s, 0, 0, id}
                               : Key{1, 0.0, -users_.quota(job.user).priority.value_or(0),
                                     users_.use_of(job.user).boards, id},
                         &job);
    }
    std::sort(all.begin(), all.end());
    std::vector<const Job*> jobs;
    for (const auto& [key, job] : all) jobs.push_back(job);
    return jobs;
}

std::optional<Waiting> Controller::waiting(JobId id, Moment now) const {
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || found->second.allocation) return std::nullopt;
    const Job& job = found->second;
    const auto meets = [&](const Job* other) {
        return std::any_of(
            other->candidates.begin(), other->candidates.end(), [&](std::size_t candidate) {
                return std::find(job.candidates.begin(), job.candidates.end(), candidate) !=
                       job.candidates.end();
            });
    };
    Waiting waiting;
    for (const Job* other : order_of_queue(now)) {
        if (other == &job) break;
        if (meets(other)) ++waiting.before;
    }
    waiting.place = waiting.before + 1;
    waiting.why = why_waiting(job, now);
    return waiting;
}

std::string Controller::why_waiting(const Job& job, Moment now) const {
    const Quota quota = users_.quota(job.user);
    const Use& use = users_.use_of(job.user);
    if (quota.boards && use.boards + job.boards_wanted > *quota.boards) {
        const std::string have =
            fmt::format("you have {} of {} boards in use", use.boards, *quota.boards);
        return use.boards == *quota.boards
                   ? have
                   : fmt::format("{}, {} more are wanted", have, job.boards_wanted);
    }
    if (quota.jobs && use.jobs + 1 > *quota.jobs) {
        return fmt::format("you have {} of {} jobs with boards", use.jobs, *quota.jobs);
    }
    const Barred barred = barred_by_queue(now);
    if (const auto held = barred.held.find(job.user);
        held != barred.held.end() && held->second != job.id) {
        return fmt::format("your job {} has waited longer and goes first", held->second);
    }
    std::string why;
    for (const std::size_t candidate : job.candidates) {
        const Machine& machine = machines_[candidate];
        const std::string& name = machine.installation->name();
        const std::int64_t free = machine.allocator.free_boards();
        if (!why.empty()) why += "; ";
        const auto own = barred.kept_for_user.find(job.user);
        auto kept = barred.kept[candidate];
        if (!kept && own != barred.kept_for_user.end()) kept = own->second[candidate];
        if (kept && *kept != job.id) {
            why += fmt::format("{} is kept for job {}, which goes first", name, *kept);
        } else if (free < job.boards_wanted) {
            why += fmt::format("{} boards free on {}, {} wanted", free, name, job.boards_wanted);
        } else {
            why +=
                fmt::format("{} boards free on {}, but not {} as one piece", free, name, job.asks);
        }
    }
    return why;
}

}  // namespace spinnlab::alloc
