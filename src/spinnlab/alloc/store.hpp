// SPDX-License-Identifier: Apache-2.0
// What outlives the daemon, and where it is kept: the interface, without any data base.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spinnlab/alloc/job.hpp"
#include "spinnlab/alloc/users.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {

/// Something could not be stored or read. Nothing of what was to be stored has been.
class StorageError : public Error {
 public:
    using Error::Error;
};

/// A live job in plain values.
struct JobRecord {
    JobId id = 0;
    UserId uid = kNoUserId;
    std::string user;
    std::string owner;  ///< the label that the client gave
    std::optional<double> keepalive_s;
    std::string args_json;
    std::string kwargs_json;
    double start_unix_s = 0;
    std::string host;
    /// Empty for a job that waits; the rest is of no meaning then.
    std::string machine;
    std::string shape;           ///< size of the machine, to notice that it is another one now
    std::string boards_json;     ///< [[x, y, z], ...]
    std::string addresses_json;  ///< ["127.x.y.z", ...]
    bool wraps_x = false;
    bool wraps_y = false;
    bool power = false;
    double allocated_unix_s = 0;

    friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

/// A job that is no more.
struct EndedJob {
    JobId id = 0;
    UserId uid = kNoUserId;
    std::string user;
    std::string owner;
    std::string machine;  ///< empty when it never had boards
    std::int64_t boards = 0;
    double start_unix_s = 0;
    double allocated_unix_s = 0;  ///< 0: never
    double end_unix_s = 0;
    std::optional<std::string> reason;

    friend bool operator==(const EndedJob&, const EndedJob&) = default;
};

/// Who did what.
struct AuditEntry {
    double unix_s = 0;
    UserId uid = kNoUserId;
    std::string user;
    std::string action;  ///< create, destroy, power on, power off, quota, release
    std::optional<JobId> job;
    std::string detail;
};

/// Changes that belong together: all are stored, or none.
struct Batch {
    std::vector<JobRecord> jobs;                  ///< new ones and changed ones
    std::vector<EndedJob> ended;                  ///< are live no more
    std::map<std::string, double> ended_board_s;  ///< by user: Use::ended_board_s
    std::map<std::string, Quota> quotas;          ///< set by an admin; an empty one is forgotten
    std::vector<AuditEntry> audit;
    std::optional<JobId> next_id;

    [[nodiscard]] bool empty() const {
        return jobs.empty() && ended.empty() && ended_board_s.empty() && quotas.empty() &&
               audit.empty() && !next_id;
    }
};

/// All that a daemon takes over from its predecessor.
struct Saved {
    JobId next_id = 1;
    std::vector<JobRecord> jobs;
    std::vector<EndedJob> ended;  ///< the newest kDestroyedRemembered, oldest first
    std::map<std::string, double> ended_board_s;
    std::map<std::string, Quota> quotas;
};

class Store {
 public:
    virtual ~Store() = default;
    /// Returns when the changes outlive a killed process. Throws StorageError.
    virtual void commit(const Batch& batch) = 0;
};

}  // namespace spinnlab::alloc
