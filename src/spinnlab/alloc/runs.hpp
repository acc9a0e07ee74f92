// SPDX-License-Identifier: Apache-2.0
// Simulations that run natively, without boards: they take no place, but cores of this computer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "spinnlab/alloc/caller.hpp"
#include "spinnlab/alloc/job.hpp"

namespace spinnlab::alloc {

using RunId = std::int64_t;  ///< from 1 upwards; new ones start anew with the daemon

/// What happens when more is wanted than the computer has.
enum class Policy {
    Share,    ///< everybody gets something, and all are slower
    Reserve,  ///< cores are given once; who comes too late is told so
};

struct Run {
    RunId id = 0;
    UserId uid = kNoUserId;
    std::string user;
    std::string label;
    std::int64_t threads = 1;  ///< what it was given
    double since_unix_s = 0;
    std::optional<double> fraction;  ///< done, 0 to 1
    std::string text;                ///< what it said last
    double last_progress_unix_s = 0;
    /// Monotonic: by then it has stopped itself at a step's boundary. Nothing: no limit.
    std::optional<double> due_s;
};

/// A program that does not stop its run when it is due is waited for so long; then the run counts
/// no longer.
inline constexpr double kRunGrace_s = 60;

class Runs {
 public:
    /// `limit_s`: wall time of a run.
    Runs(std::int64_t cores, Policy policy, std::optional<double> limit_s)
        : cores_(cores), policy_(policy), limit_s_(limit_s) {}

    /// Starts a run of `by`. `active_users`: how many users compute, this one included; each has an
    /// equal share of the cores, at least one. Throws AllocationError.
    const Run& begin(const Caller& by, std::string label, std::int64_t threads_wanted,
                     std::int64_t active_users, Moment now);
    /// Throws AllocationError when there is no such run of the caller's, or `fraction` is none.
    void progress(RunId id, const Caller& by, std::optional<double> fraction, std::string text,
                  Moment now);
    /// False when there is none.
    bool end(RunId id, const Caller& by);
    /// Forgets runs that are overdue; their ids, with the names of their users.
    std::map<RunId, std::string> drop_overdue(Moment now);
    /// When drop_overdue has something to do next, monotonic.
    [[nodiscard]] std::optional<double> next_overdue_s() const;

    [[nodiscard]] const std::map<RunId, Run>& all() const { return runs_; }
    [[nodiscard]] std::int64_t cores() const { return cores_; }
    [[nodiscard]] Policy policy() const { return policy_; }
    [[nodiscard]] std::optional<double> limit_s() const { return limit_s_; }

 private:
    std::int64_t cores_;
    Policy policy_;
    std::optional<double> limit_s_;
    std::map<RunId, Run> runs_;
    RunId next_id_ = 1;
};

}  // namespace spinnlab::alloc
