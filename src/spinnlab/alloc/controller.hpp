// SPDX-License-Identifier: Apache-2.0
// All jobs of all installations: queue, keep-alive, power, destruction. No sockets, no clock, no
// processes: time is an argument, and power is ordered from the caller and answered by it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinnlab/alloc/allocator.hpp"
#include "spinnlab/alloc/caller.hpp"
#include "spinnlab/alloc/job.hpp"
#include "spinnlab/alloc/runs.hpp"
#include "spinnlab/alloc/store.hpp"
#include "spinnlab/alloc/topology.hpp"
#include "spinnlab/alloc/users.hpp"

namespace spinnlab::alloc {

inline constexpr std::size_t kDestroyedRemembered = 1'200;  ///< jobs whose reason is kept
inline constexpr std::size_t kMostJobs = 10'000;            ///< live at once, queued or not
inline constexpr std::int64_t kMostJobsOfOne = 2'000;       ///< of one user
inline constexpr std::size_t kLongestText_bytes = 4'096;    ///< of owners and reasons

struct ControllerOptions {
    double reuse_delay_s = 0;  ///< between switching boards off and handing them out again
    /// So long may later jobs that fit overtake a blocked one; then its machines wait for it.
    double overtake_limit_s = 60;
    UserOptions users = {};
    std::int64_t cores = 1;  ///< of this computer, for native runs
    Policy policy = Policy::Share;
    /// Wall time of a native run, and of a job from getting its boards on.
    std::optional<double> run_limit_s = {};
    /// Jobs end whose boards neither compute nor are spoken to for so long.
    std::optional<double> idle_limit_s = {};
};

/// Boards that have been idle for less still count as computing: the host may be thinking.
inline constexpr double kQuiet_s = 60;

/// What get_job_state tells.
struct JobStatus {
    JobState state = JobState::Unknown;
    std::optional<bool> power;
    std::optional<double> keepalive_s;
    std::optional<std::string> reason;
    std::optional<double> start_unix_s;
    std::optional<std::string> host;
};

/// A place on a machine in every notation, as where_is tells it.
struct Location {
    std::string machine;
    BoardXYZ logical;
    BoardPosition physical;
    ChipXY chip;        ///< of the whole machine
    ChipXY board_chip;  ///< on its board
    std::optional<JobId> job;
    std::optional<ChipXY> job_chip;  ///< as the job that has the board counts
};

/// Names of what has changed since the last look.
struct Changes {
    std::set<JobId> jobs = {};
    std::set<std::string> machines = {};
    std::map<RunId, std::string> runs = {};  ///< with the names of their users
    [[nodiscard]] bool empty() const { return jobs.empty() && machines.empty() && runs.empty(); }
};

/// Why a job waits, and for how long still in jobs.
struct Waiting {
    std::int64_t place = 0;   ///< 1: the next one; among the jobs that want boards of its machines
    std::int64_t before = 0;  ///< jobs that come first
    std::string why;          ///< in words
};

/// What somebody computes at the moment.
struct Activity {
    std::int64_t jobs_on = 0;
    std::int64_t jobs_idle = 0;  ///< of those that are on
    std::int64_t jobs_queued = 0;
    std::int64_t runs = 0;
    [[nodiscard]] bool any() const { return jobs_on - jobs_idle + jobs_queued + runs > 0; }
};

using LeaseId = std::uint64_t;

class Controller {
 public:
    /// Installations in the order in which jobs are offered to them. Throws MachineError when two
    /// have the same name.
    explicit Controller(std::vector<InstallationSpec> machines, ControllerOptions options = {});

    // Commands. `host` is who asked; every command on a job but destroy renews its keep-alive.

    // A command that cannot be stored throws StorageError and changes nothing.

    /// Throws AllocationError when the request contradicts itself, or the user's board-seconds are
    /// used up. A request that nothing could ever serve, or that the user's quota never allows,
    /// becomes a job that is destroyed at once.
    JobId create_job(JobRequest request, const Caller& by, const std::string& host, Moment now);
    JobId create_job(JobRequest request, const std::string& host, Moment now) {
        return create_job(std::move(request), the_daemon(), host, now);
    }
    void keep_alive(JobId id, const std::string& host, Moment now);
    [[nodiscard]] JobStatus status(JobId id, const std::string& host, Moment now);
    /// The job, for its boards; null while it is queued, and when it is gone.
    [[nodiscard]] const Job* allocated_job(JobId id, const std::string& host, Moment now);
    /// Without effect unless the job has boards.
    void set_power(JobId id, bool on, const Caller& by, const std::string& host, Moment now);
    void set_power(JobId id, bool on, const std::string& host, Moment now) {
        set_power(id, on, the_daemon(), host, now);
    }
    /// Without effect on a job that is gone.
    void destroy_job(JobId id, const std::optional<std::string>& reason, const Caller& by,
                     Moment now);
    void destroy_job(JobId id, const std::optional<std::string>& reason, Moment now) {
        destroy_job(id, reason, the_daemon(), now);
    }

    /// Whether the job, live or remembered, is the caller's or the caller an admin; true for a
    /// number that no job has.
    [[nodiscard]] bool may_change(JobId id, const Caller& by) const;
    /// Throws AccessError when it may not.
    void require_own(JobId id, const Caller& by) const;
    /// Nothing unless the job is in the queue.
    [[nodiscard]] std::optional<Waiting> waiting(JobId id, Moment now) const;

    /// Live jobs, oldest first.
    [[nodiscard]] const std::map<JobId, Job>& jobs() const { return jobs_; }
    [[nodiscard]] std::vector<const Installation*> machines() const;
    [[nodiscard]] const Installation* machine(const std::string& name) const;

    [[nodiscard]] std::optional<Location> where_is_board(const std::string& machine, std::int64_t x,
                                                         std::int64_t y, std::int64_t z) const;
    [[nodiscard]] std::optional<Location> where_is_position(const std::string& machine,
                                                            std::int64_t cabinet,
                                                            std::int64_t frame,
                                                            std::int64_t board) const;
    [[nodiscard]] std::optional<Location> where_is_chip(const std::string& machine, std::int64_t x,
                                                        std::int64_t y) const;
    [[nodiscard]] std::optional<Location> where_is_job_chip(JobId id, std::int64_t x,
                                                            std::int64_t y) const;

    // Leases: a user's jobs under a label end with the last lease that the user holds for it.

    LeaseId lease(const Caller& by, const std::string& label);
    /// Without effect on one that release_user has dropped.
    void end_lease(LeaseId id, Moment now);
    /// Whether somebody holds a lease, runs something or has a job, or boards are still being
    /// switched off.
    [[nodiscard]] bool in_use() const;

    // Native runs. See Runs.

    const Run& begin_run(const Caller& by, std::string label, std::int64_t threads_wanted,
                         Moment now);
    void run_progress(RunId id, const Caller& by, std::optional<double> fraction, std::string text,
                      Moment now);
    /// Without effect when the caller has no such run.
    void end_run(RunId id, const Caller& by);
    [[nodiscard]] const Runs& runs() const { return runs_; }

    // Users.

    [[nodiscard]] const Users& users() const { return users_; }
    /// Replaces what an admin has set for the user before; an empty quota forgets it. `usage_anew`:
    /// board-seconds count from zero. Queued jobs that the new quota never allows are cancelled.
    void set_quota(const std::string& user, const Quota& quota, bool usage_anew, const Caller& by,
                   Moment now);
    [[nodiscard]] Activity activity(const std::string& user, Moment now) const;
    /// Destroys all jobs of a user and drops the user's leases; the number of jobs.
    std::size_t release_user(const std::string& user, const std::string& reason, const Caller& by,
                             Moment now);

    // Power, for whoever runs the boards.

    [[nodiscard]] std::vector<PowerOrder> take_orders();
    /// The addresses of a job's boards, in the order of its allocation's boards.
    void set_addresses(JobId id, std::vector<std::string> addresses);
    /// An order has been carried out. Answers to orders that were replaced are ignored.
    void power_done(JobId id, std::uint64_t order, Moment now);
    /// An order cannot be carried out, or boards that were on have gone: the job is destroyed.
    void power_failed(JobId id, const std::string& why, Moment now);

    /// The boards of a job have computed or were spoken to just now.
    void boards_active(JobId id, Moment now);
    /// So have those of the caller's jobs under a label: the program that holds them is at work.
    void boards_wanted(const Caller& by, const std::string& label, Moment now);
    /// Until the limit on its time ends the job; nothing where there is none, or it has no boards.
    [[nodiscard]] std::optional<double> time_left_s(JobId id, Moment now) const;

    // Time and changes.

    /// Destroys jobs that were not kept alive, are idle or have had their time; hands out boards
    /// whose re-use delay is over.
    void advance(Moment now);
    /// When advance has something to do next, in monotonic seconds.
    [[nodiscard]] std::optional<double> next_deadline_s() const;
    [[nodiscard]] Changes take_changes();

    // State over a restart.

    /// From now on all that must outlive the process is committed there; `store` must outlive the
    /// controller.
    void use_store(Store* store) { store_ = store; }
    /// Commits what has changed by itself since the last time. Throws StorageError; it is then
    /// still to be committed.
    void flush();
    /// Takes over what was saved. Throws StorageError when it makes no sense.
    void restore(const Saved& saved, Moment now);

 private:
    struct Machine {
        std::unique_ptr<Installation> installation;  ///< pinned: the allocator refers to it
        Allocator allocator;
    };
    using Refusals = std::set<std::pair<std::size_t, std::string>>;  ///< machine, Job::asks
    struct Releasing {
        std::string machine;
        Allocation allocation;
        std::uint64_t order = 0;
        std::optional<double> free_at_s;  ///< set once the boards are off
    };
    struct Destroyed {
        JobId id = 0;
        UserId uid = kNoUserId;
        std::string user;
        std::optional<std::string> reason;
    };
    struct Lease {
        UserId uid = kNoUserId;
        std::string user;
        std::string label;
    };
    /// What stands in the way of jobs: see run_queue.
    struct Barred {
        explicit Barred(std::size_t n_machines) : kept(n_machines) {}
        std::vector<std::optional<JobId>> kept;  ///< machines that wait for a job
        std::map<std::string, std::vector<std::optional<JobId>>> kept_for_user;
        std::map<std::string, JobId> held;  ///< users whose older job waits for their own quota
        Refusals full;
    };
    /// Quotas and uses, looked up once a user while the queue is gone through.
    class Standing {
     public:
        explicit Standing(const Users& users) : users_(users) {}
        /// Whether `boards` more for this job are within its user's quota now.
        [[nodiscard]] bool allows(const Job& job, std::int64_t boards);

     private:
        const Users& users_;
        std::map<std::string_view, std::pair<Quota, const Use*>> known_;
        const std::string* last_user_ = nullptr;
        const std::pair<Quota, const Use*>* last_ = nullptr;
    };
    enum class Outcome { Started, NoRoom, OverQuota, Held };

    [[nodiscard]] Machine* find(const std::string& name);
    [[nodiscard]] const Machine* find(const std::string& name) const;
    [[nodiscard]] bool eligible(const Job& job, const Machine& machine) const;
    void find_candidates(Job& job) const;
    [[nodiscard]] std::string why_never(const Job& job) const;
    /// Nothing when the quota allows it, now or later.
    [[nodiscard]] std::optional<std::string> why_never_in_quota(const Job& job) const;
    void require_board_seconds(const std::string& user, Moment now) const;

    // queue.cpp
    [[nodiscard]] bool in_quota(const Job& job, std::int64_t boards) const;
    [[nodiscard]] Outcome start(Job& job, Barred& barred, Moment now);
    [[nodiscard]] bool aged(const Job& job, Moment now) const;
    [[nodiscard]] bool first_now(const Job& job, Moment now) const;
    void bar(const Job& job, Outcome outcome, Barred& barred, Moment now) const;
    [[nodiscard]] Barred barred_by_queue(Moment now) const;
    void start_or_queue(Job& job, Moment now);
    void run_queue(Moment now);
    void start_protected(Barred& barred, Moment now);
    void start_in_turn(Barred& barred, Moment now);
    void find_heads(Moment now);
    void find_whether_head(Job& job, Moment now);
    [[nodiscard]] std::vector<const Job*> order_of_queue(Moment now) const;
    [[nodiscard]] std::string why_waiting(const Job& job, Moment now) const;

    void order_power(Job& job, bool on);
    void remember(Destroyed job);
    void touch(Job& job, const std::string& host, Moment now);
    void release_due(Moment now);
    /// Takes a job out of everything; `last` is remembered. The queue is for the caller to run.
    void end_job(const EndedJob& last, Moment now);
    /// The same of its own accord: it is stored later.
    void end_by_itself(JobId id, const std::optional<std::string>& reason, Moment now);
    [[nodiscard]] std::vector<JobId> jobs_of(const std::string& user) const;
    void stop_used_up(Moment now);
    /// Why time ends a job now, in words; nothing while it does not.
    [[nodiscard]] std::optional<std::string> over(const Job& job, Moment now) const;
    /// When `over` can be true at the earliest, monotonic.
    [[nodiscard]] std::optional<double> next_over_s(const Job& job) const;
    [[nodiscard]] std::int64_t active_users(const std::string& user) const;
    [[nodiscard]] std::optional<Location> locate(const Machine& machine, BoardChip chip) const;

    // state.cpp
    [[nodiscard]] JobRecord record(const Job& job) const;
    [[nodiscard]] EndedJob ended(const Job& job, const std::optional<std::string>& reason,
                                 Moment now) const;
    /// All that is to be stored when these jobs end.
    [[nodiscard]] Batch ending(const std::vector<EndedJob>& jobs, Moment now) const;
    void commit(const Batch& batch) {
        if (store_ != nullptr) store_->commit(batch);
    }
    void restore_job(const JobRecord& saved, Moment now);

    ControllerOptions options_;
    std::vector<Machine> machines_;
    std::map<JobId, Job> jobs_;
    std::vector<JobId> queue_;  ///< oldest first; whose turn it is: run_queue
    std::map<JobId, Releasing> releasing_;
    std::deque<Destroyed> destroyed_;  ///< oldest first
    std::map<LeaseId, Lease> leases_;
    Users users_;
    Runs runs_;
    std::vector<PowerOrder> orders_;
    Changes changes_;
    JobId next_id_ = 1;
    std::uint64_t next_order_ = 1;
    LeaseId next_lease_ = 1;
    Store* store_ = nullptr;
    Batch unsaved_;                 ///< what happened by itself
    std::set<JobId> unsaved_jobs_;  ///< live ones that have changed
};

}  // namespace spinnlab::alloc
