// SPDX-License-Identifier: Apache-2.0
// A job: somebody's request for boards, and what has become of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spinnlab/alloc/allocator.hpp"
#include "spinnlab/alloc/caller.hpp"

namespace spinnlab::alloc {

using JobId = std::int64_t;  ///< from 1 upwards, never used twice

/// Numbers as in the spalloc protocol.
enum class JobState { Unknown = 0, Queued = 1, Power = 2, Ready = 3, Destroyed = 4 };

/// When something happens. The caller holds the clocks, so tests are instant and exact.
struct Moment {
    double monotonic_s = 0;  ///< any origin, never steps back
    double unix_s = 0;       ///< seconds since 1970, UTC
};

/// What create_job asks for.
struct JobRequest {
    std::string owner;  ///< a label; whose job it is, is in Job::uid and Job::user
    std::optional<double> keepalive_s = 60.0;      ///< none: lives until it is destroyed
    std::optional<std::string> machine;            ///< only this installation
    std::optional<std::vector<std::string>> tags;  ///< only installations with all these tags
    BoardRequest boards;
    std::string args_json = "[]";    ///< positional arguments as they came, for list_jobs
    std::string kwargs_json = "{}";  ///< the other arguments, without owner and keepalive
};

struct Job {
    JobId id = 0;
    UserId uid = kNoUserId;
    std::string user;
    JobRequest request;
    JobState state = JobState::Queued;
    double start_unix_s = 0;
    double last_contact_s = 0;  ///< monotonic
    double queued_since_s = 0;  ///< monotonic; from here it may bar its user's later jobs
    /// Monotonic; since then it is its user's next job on some machine, and nothing but room lacks.
    /// From here the bound on being overtaken by other users counts.
    std::optional<double> head_since_s;
    std::int64_t boards_wanted = 0;  ///< the least that any candidate would give it
    std::string last_host;           ///< who was last heard of
    std::string
        asks;  ///< for what boards, in words; equal where no machine could tell a difference
    std::vector<std::size_t> candidates;  ///< the controller's machines that could ever serve it
    // From the allocation on:
    std::string machine;  ///< name of the installation, empty before
    std::optional<Allocation> allocation;
    double allocated_s = 0;  ///< monotonic
    double allocated_unix_s = 0;
    double active_s = 0;  ///< monotonic; when the boards last computed or were spoken to
    std::vector<std::string> addresses;  ///< of the boards, in the order of allocation->boards
    bool power = false;                  ///< what was last ordered
    std::uint64_t order = 0;             ///< number of the power order that is being carried out
};

/// Something for whoever runs the boards to do.
struct PowerOrder {
    JobId job = 0;
    std::uint64_t order =
        0;                  ///< to be given back with the answer; later orders replace earlier ones
    bool on = false;        ///< on: start afresh, also when it is on already
    bool for_good = false;  ///< the job is gone: forget the boards once they are off
};

}  // namespace spinnlab::alloc
