// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/controller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

bool is_single(const BoardRequest& request) {
    return std::holds_alternative<AnyBoard>(request.what) ||
           std::holds_alternative<NamedBoard>(request.what);
}

/// What a request asks for, in words; equal for requests that no machine could tell apart.
std::string describe(const BoardRequest& request) {
    struct Words {
        std::string operator()(const AnyBoard&) const { return "one board"; }
        std::string operator()(const NamedBoard& board) const {
            return fmt::format("board ({}, {}, {})", board.x, board.y, board.z);
        }
        std::string operator()(const BoardCount& count) const {
            return fmt::format("{} boards at least as square as {}", count.boards, count.min_ratio);
        }
        std::string operator()(const TriadRectangle& rectangle) const {
            return fmt::format("{} x {} triads", rectangle.width, rectangle.height);
        }
    };
    std::string text = std::visit(Words{}, request.what);
    if (request.require_torus) text += ", as a torus";
    if (request.max_dead_boards) {
        text += fmt::format(", at most {} boards dead", *request.max_dead_boards);
    }
    if (request.max_dead_links) {
        text += fmt::format(", at most {} links dead", *request.max_dead_links);
    }
    return text;
}

void check(const JobRequest& request) {
    if (request.owner.empty() || request.owner.size() > kLongestText_bytes) {
        throw AllocationError(
            "owner must be specified for all jobs.",
            fmt::format("Give a name of at most {} bytes, by convention an e-mail "
                        "address.",
                        kLongestText_bytes));
    }
    if (request.machine && request.tags) {
        throw AllocationError("both machine and tags are given",
                              "Name a machine, or the tags of one, not both.");
    }
    if (request.boards.require_torus && is_single(request.boards)) {
        throw AllocationError("require_torus must be False when allocating boards.",
                              "One board has no neighbours; ask for a rectangle of triads.");
    }
    const auto* count = std::get_if<BoardCount>(&request.boards.what);
    if (count != nullptr && !(count->min_ratio >= 0 && std::isfinite(count->min_ratio))) {
        throw AllocationError(fmt::format("min_ratio is {}", count->min_ratio),
                              "It lies between 0 (any shape) and 1 (a square).");
    }
    if (request.keepalive_s &&
        !(*request.keepalive_s >= 0 && std::isfinite(*request.keepalive_s))) {
        throw AllocationError(fmt::format("keepalive is {}", *request.keepalive_s),
                              "Give seconds, or null for a job that lives until it is destroyed.");
    }
}

}  // namespace

Controller::Controller(std::vector<InstallationSpec> machines, ControllerOptions options)
    : options_(std::move(options)),
      users_(options_.users),
      runs_(options_.cores, options_.policy, options_.run_limit_s) {
    check(options_.users.everybody);
    for (const auto& [user, quota] : options_.users.users) check(quota);
    for (InstallationSpec& spec : machines) {
        if (find(spec.name) != nullptr) {
            throw MachineError(fmt::format("two machines are named \"{}\"", spec.name),
                               "Give each its own name.");
        }
        auto installation = std::make_unique<Installation>(std::move(spec));
        Allocator allocator(*installation);
        machines_.push_back({std::move(installation), std::move(allocator)});
    }
}

Controller::Machine* Controller::find(const std::string& name) {
    return const_cast<Machine*>(std::as_const(*this).find(name));
}

const Controller::Machine* Controller::find(const std::string& name) const {
    const auto found = std::find_if(
        machines_.begin(), machines_.end(),
        [&](const Machine& candidate) { return candidate.installation->name() == name; });
    return found == machines_.end() ? nullptr : &*found;
}

std::vector<const Installation*> Controller::machines() const {
    std::vector<const Installation*> all;
    for (const Machine& machine : machines_) all.push_back(machine.installation.get());
    return all;
}

const Installation* Controller::machine(const std::string& name) const {
    const Machine* found = find(name);
    return found == nullptr ? nullptr : found->installation.get();
}

bool Controller::eligible(const Job& job, const Machine& machine) const {
    if (job.request.machine) return *job.request.machine == machine.installation->name();
    static const std::vector<std::string> kDefaultTags = {"default"};
    return machine.installation->has_tags(job.request.tags ? *job.request.tags : kDefaultTags);
}

/// Once a job: installations do not change, and a long queue is looked through often.
void Controller::find_candidates(Job& job) const {
    job.asks = describe(job.request.boards);
    for (std::size_t i = 0; i < machines_.size(); ++i) {
        const Machine& machine = machines_[i];
        if (!eligible(job, machine)) continue;
        const auto given = machine.allocator.boards_given(job.request.boards);
        if (!given) continue;
        job.boards_wanted = job.candidates.empty() ? *given : std::min(job.boards_wanted, *given);
        job.candidates.push_back(i);
    }
}

std::string Controller::why_never(const Job& job) const {
    std::string boards;
    for (const Machine& machine : machines_) {
        if (!eligible(job, machine)) continue;
        boards += fmt::format("{}{} of {} boards", boards.empty() ? "" : ", ",
                              machine.installation->name(), machine.installation->working_boards());
    }
    if (boards.empty()) {
        return "Cancelled: No suitable machines available: none has the name or the tags asked "
               "for. "
               "list_machines tells what there is.";
    }
    return fmt::format(
        "Cancelled: No suitable machines available: {} is more than {} can give. Ask "
        "for less, or start spallocd with a larger machine.",
        job.asks, boards);
}

std::optional<std::string> Controller::why_never_in_quota(const Job& job) const {
    const Quota quota = users_.quota(job.user);
    if (quota.boards && job.boards_wanted > *quota.boards) {
        return fmt::format(
            "Cancelled: {} takes {} boards, and {} may have {} at once. Ask for less, or ask an "
            "admin for a larger quota.",
            job.asks, job.boards_wanted, job.user, *quota.boards);
    }
    if (quota.jobs && *quota.jobs < 1) {
        return fmt::format(
            "Cancelled: {} may have 0 jobs at once. Ask an admin for a larger quota.", job.user);
    }
    return std::nullopt;
}

void Controller::require_board_seconds(const std::string& user, Moment now) const {
    if (!users_.used_up(user, now.monotonic_s)) return;
    throw AllocationError(users_.used_in_words(user, now.monotonic_s),
                          "Ask an admin for a larger quota.");
}

JobId Controller::create_job(JobRequest request, const Caller& by, const std::string& host,
                             Moment now) {
    check(request);
    const auto own = static_cast<std::int64_t>(jobs_of(by.user).size());
    if (jobs_.size() >= kMostJobs || (!by.admin && own >= kMostJobsOfOne)) {
        throw AllocationError(
            fmt::format("there are {} jobs already, {} of them yours", jobs_.size(), own),
            fmt::format("Destroy some first: at most {} a user and {} in all.", kMostJobsOfOne,
                        kMostJobs));
    }
    require_board_seconds(by.user, now);
    Job job;
    job.id = next_id_;
    job.uid = by.uid;
    job.user = by.user;
    job.request = std::move(request);
    job.start_unix_s = now.unix_s;
    job.queued_since_s = now.monotonic_s;
    touch(job, host, now);
    find_candidates(job);
    const std::optional<std::string> never =
        job.candidates.empty() ? why_never(job) : why_never_in_quota(job);

    Batch batch;
    batch.next_id = job.id + 1;
    batch.audit.push_back({now.unix_s, by.uid, by.user, "create", job.id, job.asks});
    if (never) {
        batch.ended.push_back(ended(job, never, now));
    } else {
        batch.jobs.push_back(record(job));
    }
    commit(batch);

    const JobId id = next_id_++;
    changes_.jobs.insert(id);
    if (never) {
        remember({id, job.uid, job.user, never});
    } else {
        start_or_queue(jobs_.emplace(id, std::move(job)).first->second, now);
    }
    return id;
}

bool Controller::may_change(JobId id, const Caller& by) const {
    if (by.admin) return true;
    if (const auto job = jobs_.find(id); job != jobs_.end()) {
        return by.is(job->second.uid, job->second.user);
    }
    const auto gone = std::find_if(destroyed_.rbegin(), destroyed_.rend(),
                                   [&](const Destroyed& job) { return job.id == id; });
    return gone == destroyed_.rend() || by.is(gone->uid, gone->user);
}

void Controller::require_own(JobId id, const Caller& by) const {
    if (may_change(id, by)) return;
    throw AccessError(fmt::format("job {} is not yours", id),
                      "Only its owner and admins may do this.");
}

void Controller::order_power(Job& job, bool on) {
    job.state = JobState::Power;
    job.power = on;
    job.order = next_order_++;
    orders_.push_back({job.id, job.order, on, false});
    changes_.jobs.insert(job.id);
    unsaved_jobs_.insert(job.id);
}

void Controller::touch(Job& job, const std::string& host, Moment now) {
    job.last_contact_s = now.monotonic_s;
    job.last_host = host;
}

void Controller::keep_alive(JobId id, const std::string& host, Moment now) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end()) touch(job->second, host, now);
}

JobStatus Controller::status(JobId id, const std::string& host, Moment now) {
    JobStatus status;
    const auto found = jobs_.find(id);
    if (found != jobs_.end()) {
        const Job& job = found->second;
        status.state = job.state;
        if (job.allocation) status.power = job.power;
        status.keepalive_s = job.request.keepalive_s;
        status.start_unix_s = job.start_unix_s;
        status.host = job.last_host;
        touch(found->second, host, now);
        return status;
    }
    const auto gone = std::find_if(destroyed_.rbegin(), destroyed_.rend(),
                                   [&](const Destroyed& job) { return job.id == id; });
    if (gone != destroyed_.rend()) {
        status.state = JobState::Destroyed;
        status.reason = gone->reason;
    }
    return status;
}

const Job* Controller::allocated_job(JobId id, const std::string& host, Moment now) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return nullptr;
    touch(job->second, host, now);
    return job->second.allocation ? &job->second : nullptr;
}

void Controller::set_power(JobId id, bool on, const Caller& by, const std::string& host,
                           Moment now) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return;
    touch(job->second, host, now);
    if (!job->second.allocation) return;
    Batch batch;
    batch.jobs.push_back(record(job->second));
    batch.jobs.back().power = on;
    batch.audit.push_back(
        {now.unix_s, by.uid, by.user, on ? "power on" : "power off", id, std::string{}});
    commit(batch);
    order_power(job->second, on);
}

void Controller::destroy_job(JobId id, const std::optional<std::string>& reason, const Caller& by,
                             Moment now) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    const EndedJob last = ended(found->second, reason, now);
    Batch batch = ending({last}, now);
    batch.audit.push_back(
        {now.unix_s, by.uid, by.user, "destroy", id, last.reason.value_or(std::string{})});
    commit(batch);
    end_job(last, now);
    run_queue(now);
}

void Controller::end_job(const EndedJob& last, Moment now) {
    const JobId id = last.id;
    Job& job = jobs_.at(id);
    if (job.allocation) {
        users_.use(job.user).give_back(static_cast<std::int64_t>(job.allocation->boards.size()),
                                       job.allocated_s, now.monotonic_s);
        const std::uint64_t order = next_order_++;
        orders_.push_back({id, order, false, true});
        changes_.machines.insert(job.machine);
        releasing_[id] = {job.machine, std::move(*job.allocation), order, std::nullopt};
    } else {
        std::erase(queue_, id);
    }
    remember({id, last.uid, last.user, last.reason});
    changes_.jobs.insert(id);
    unsaved_jobs_.erase(id);
    jobs_.erase(id);
}

void Controller::end_by_itself(JobId id, const std::optional<std::string>& reason, Moment now) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    const EndedJob last = ended(found->second, reason, now);
    end_job(last, now);
    unsaved_.ended.push_back(last);
    unsaved_.ended_board_s[last.user] = 0;  // flush fills it in
    unsaved_.audit.push_back({now.unix_s, the_daemon().uid, the_daemon().user, "destroy", id,
                              last.reason.value_or(std::string{})});
}

void Controller::remember(Destroyed job) {
    destroyed_.push_back(std::move(job));
    if (destroyed_.size() > kDestroyedRemembered) destroyed_.pop_front();
}

std::vector<PowerOrder> Controller::take_orders() { return std::exchange(orders_, {}); }

void Controller::set_addresses(JobId id, std::vector<std::string> addresses) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end() || job->second.addresses == addresses) return;
    job->second.addresses = std::move(addresses);
    unsaved_jobs_.insert(id);
}

void Controller::power_done(JobId id, std::uint64_t order, Moment now) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end() && job->second.order == order) {
        job->second.state = JobState::Ready;
        job->second.active_s = now.monotonic_s;
        changes_.jobs.insert(id);
        return;
    }
    const auto releasing = releasing_.find(id);
    if (releasing != releasing_.end() && releasing->second.order == order) {
        releasing->second.free_at_s = now.monotonic_s + options_.reuse_delay_s;
        release_due(now);
    }
}

void Controller::power_failed(JobId id, const std::string& why, Moment now) {
    end_by_itself(id, why, now);
    run_queue(now);
}

Changes Controller::take_changes() { return std::exchange(changes_, {}); }

LeaseId Controller::lease(const Caller& by, const std::string& label) {
    leases_[next_lease_] = {by.uid, by.user, label};
    return next_lease_++;
}

void Controller::end_lease(LeaseId id, Moment now) {
    const auto lease = leases_.find(id);
    if (lease == leases_.end()) return;
    const Lease ended = lease->second;
    leases_.erase(lease);
    const Caller holder{ended.uid, ended.user, false};
    const auto same = [&](const auto& other) {
        return holder.is(other.second.uid, other.second.user) && other.second.label == ended.label;
    };
    if (std::any_of(leases_.begin(), leases_.end(), same)) return;
    std::vector<JobId> theirs;
    for (const auto& [job_id, job] : jobs_) {
        if (holder.is(job.uid, job.user) && job.request.owner == ended.label) {
            theirs.push_back(job_id);
        }
    }
    for (const JobId job : theirs) {
        end_by_itself(
            job, fmt::format("The lease of {} has ended: its program is gone.", ended.label), now);
    }
    if (!theirs.empty()) run_queue(now);
}

bool Controller::in_use() const {
    return !leases_.empty() || !jobs_.empty() || !releasing_.empty() || !runs_.all().empty();
}

const Run& Controller::begin_run(const Caller& by, std::string label, std::int64_t threads_wanted,
                                 Moment now) {
    const Run& run = runs_.begin(by, std::move(label), threads_wanted, active_users(by.user), now);
    changes_.runs[run.id] = run.user;
    return run;
}

void Controller::run_progress(RunId id, const Caller& by, std::optional<double> fraction,
                              std::string text, Moment now) {
    runs_.progress(id, by, fraction, std::move(text), now);
    changes_.runs[id] = by.user;
}

void Controller::end_run(RunId id, const Caller& by) {
    if (runs_.end(id, by)) changes_.runs[id] = by.user;
}

/// Users who compute, `user` among them whether it does already or not.
std::int64_t Controller::active_users(const std::string& user) const {
    std::set<std::string_view> active = {user};
    for (const auto& [id, run] : runs_.all()) active.insert(run.user);
    for (const auto& [id, job] : jobs_) {
        if (job.allocation && job.power) active.insert(job.user);
    }
    return static_cast<std::int64_t>(active.size());
}

std::vector<JobId> Controller::jobs_of(const std::string& user) const {
    std::vector<JobId> theirs;
    for (const auto& [id, job] : jobs_) {
        if (job.user == user) theirs.push_back(id);
    }
    return theirs;
}

void Controller::set_quota(const std::string& user, const Quota& quota, bool usage_anew,
                           const Caller& by, Moment now) {
    if (!by.admin) {
        throw AccessError("only an admin may set quotas", "Ask one, or see yours with get_quotas.");
    }
    check(quota);
    if (user.empty() || user.size() > kLongestText_bytes) {
        throw AllocationError(fmt::format("the name of a user has {} bytes", user.size()),
                              fmt::format("Give 1 to {}.", kLongestText_bytes));
    }
    Use& use = users_.use(user);
    const double ended_board_s =
        usage_anew ? use.ended_board_s - use.board_s(now.monotonic_s) : use.ended_board_s;
    Batch batch;
    batch.quotas[user] = quota;
    batch.ended_board_s[user] = ended_board_s;
    batch.audit.push_back(
        {now.unix_s, by.uid, by.user, "quota", std::nullopt,
         fmt::format("{}: {}{}", user, in_words(quota), usage_anew ? ", usage counts anew" : "")});
    commit(batch);
    users_.set_by_admin(user, quota);
    use.ended_board_s = ended_board_s;
    for (const JobId id : std::vector<JobId>(queue_)) {
        const Job& job = jobs_.at(id);
        if (job.user != user) continue;
        if (const auto never = why_never_in_quota(job)) end_by_itself(id, never, now);
    }
    stop_used_up(now);
    run_queue(now);
}

Activity Controller::activity(const std::string& user, Moment now) const {
    Activity activity;
    for (const auto& [id, job] : jobs_) {
        if (job.user != user) continue;
        if (!job.allocation) ++activity.jobs_queued;
        if (!job.allocation || !job.power) continue;
        ++activity.jobs_on;
        const bool quiet = now.monotonic_s >= job.active_s + kQuiet_s;
        if (job.state == JobState::Ready && quiet) ++activity.jobs_idle;
    }
    for (const auto& [id, run] : runs_.all()) activity.runs += run.user == user ? 1 : 0;
    return activity;
}

std::size_t Controller::release_user(const std::string& user, const std::string& reason,
                                     const Caller& by, Moment now) {
    if (!by.admin) {
        throw AccessError("only an admin may release a user", "Destroy your own jobs one by one.");
    }
    std::vector<EndedJob> last;
    for (const JobId id : jobs_of(user)) last.push_back(ended(jobs_.at(id), reason, now));
    Batch batch = ending(last, now);
    batch.audit.push_back({now.unix_s, by.uid, by.user, "release", std::nullopt,
                           fmt::format("{}: {} jobs, {}", user, last.size(), reason)});
    commit(batch);
    for (const EndedJob& job : last) end_job(job, now);
    std::erase_if(leases_, [&](const auto& lease) { return lease.second.user == user; });
    if (!last.empty()) run_queue(now);
    return last.size();
}

}  // namespace spinnlab::alloc
