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
#include <vector>

#include "spinnlab/alloc/allocator.hpp"
#include "spinnlab/alloc/job.hpp"
#include "spinnlab/alloc/topology.hpp"

namespace spinnlab::alloc {

inline constexpr std::size_t kDestroyedRemembered = 1'200;  ///< jobs whose reason is kept
inline constexpr std::size_t kMostJobs = 10'000;            ///< live at once, queued or not
inline constexpr std::size_t kLongestText_bytes = 4'096;    ///< of owners and reasons

struct ControllerOptions {
    double reuse_delay_s = 0;  ///< between switching boards off and handing them out again
    /// So long may later jobs that fit overtake a blocked one; then its machines wait for it.
    double overtake_limit_s = 60;
};

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
    std::set<JobId> jobs;
    std::set<std::string> machines;
    [[nodiscard]] bool empty() const { return jobs.empty() && machines.empty(); }
};

class Controller {
 public:
    /// Installations in the order in which jobs are offered to them. Throws MachineError when two
    /// have the same name.
    explicit Controller(std::vector<InstallationSpec> machines, ControllerOptions options = {});

    // Commands. `host` is who asked; every command on a job but destroy renews its keep-alive.

    /// Throws AllocationError when the request contradicts itself. A request that nothing could
    /// ever serve becomes a job that is destroyed at once.
    JobId create_job(JobRequest request, const std::string& host, Moment now);
    void keep_alive(JobId id, const std::string& host, Moment now);
    [[nodiscard]] JobStatus status(JobId id, const std::string& host, Moment now);
    /// The job, for its boards; null while it is queued, and when it is gone.
    [[nodiscard]] const Job* allocated_job(JobId id, const std::string& host, Moment now);
    /// Without effect unless the job has boards.
    void set_power(JobId id, bool on, const std::string& host, Moment now);
    /// Without effect on a job that is gone.
    void destroy_job(JobId id, const std::optional<std::string>& reason, Moment now);

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

    // Leases: an owner's jobs end with its last lease.

    void lease(const std::string& owner);
    void end_lease(const std::string& owner, Moment now);
    /// Whether somebody holds a lease or has a job, or boards are still being switched off.
    [[nodiscard]] bool in_use() const;

    // Power, for whoever runs the boards.

    [[nodiscard]] std::vector<PowerOrder> take_orders();
    /// The addresses of a job's boards, in the order of its allocation's boards.
    void set_addresses(JobId id, std::vector<std::string> addresses);
    /// An order has been carried out. Answers to orders that were replaced are ignored.
    void power_done(JobId id, std::uint64_t order, Moment now);
    /// An order cannot be carried out, or boards that were on have gone: the job is destroyed.
    void power_failed(JobId id, const std::string& why, Moment now);

    // Time and changes.

    /// Destroys jobs that were not kept alive; hands out boards whose re-use delay is over.
    void advance(Moment now);
    /// When advance has something to do next, in monotonic seconds.
    [[nodiscard]] std::optional<double> next_deadline_s() const;
    [[nodiscard]] Changes take_changes();

    // State over a restart.

    /// A JSON text that restore understands.
    [[nodiscard]] std::string save() const;
    /// Takes over a saved state, before any command. Jobs keep id, boards, power and keep-alive,
    /// whose time starts anew; boards that were on are ordered on. Jobs whose machine has gone or
    /// changed its shape are destroyed. Throws AllocationError for a text that is no saved state.
    void restore(const std::string& text, Moment now);

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
        std::optional<std::string> reason;
    };

    [[nodiscard]] Machine* find(const std::string& name);
    [[nodiscard]] const Machine* find(const std::string& name) const;
    [[nodiscard]] bool eligible(const Job& job, const Machine& machine) const;
    void find_candidates(Job& job) const;
    [[nodiscard]] std::string why_never(const Job& job) const;
    [[nodiscard]] bool start(Job& job, const std::vector<bool>& kept, Refusals& full);
    [[nodiscard]] bool aged(const Job& job, Moment now) const;
    void start_or_queue(Job& job, Moment now);
    void run_queue(Moment now);
    void order_power(Job& job, bool on);
    void remember(JobId id, std::optional<std::string> reason);
    void touch(Job& job, const std::string& host, Moment now);
    void release_due(Moment now);
    [[nodiscard]] std::optional<Location> locate(const Machine& machine, BoardChip chip) const;
    void restore_job(Job job, const std::string& shape, Moment now);

    ControllerOptions options_;
    std::vector<Machine> machines_;
    std::map<JobId, Job> jobs_;
    std::vector<JobId> queue_;  ///< oldest first
    std::map<JobId, Releasing> releasing_;
    std::deque<Destroyed> destroyed_;  ///< oldest first
    std::map<std::string, int> leases_;
    std::vector<PowerOrder> orders_;
    Changes changes_;
    JobId next_id_ = 1;
    std::uint64_t next_order_ = 1;
};

}  // namespace spinnlab::alloc
