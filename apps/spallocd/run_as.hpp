// SPDX-License-Identifier: Apache-2.0
// As whom, and within what limits, the boards of a job run.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spallocd {

struct Limits {
    std::optional<std::int64_t> memory_mib;       ///< resident, of one machine
    std::optional<std::int64_t> user_memory_mib;  ///< resident, of all machines of a user
    std::optional<std::int64_t> processes;        ///< of a user, all programs of that user counted
    std::optional<std::int64_t> open_files;       ///< of one machine
    std::string cgroup;                           ///< folder of a cgroup v2 of ours; empty: none
    std::vector<std::string> user_groups;         ///< see UserGroups
    bool shared = false;                          ///< users do not trust each other
};

/// Everything that the child needs between fork and exec, made beforehand.
struct RunAs {
    bool change_user = false;  ///< false: as the daemon
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    std::optional<std::int64_t> processes;
    std::optional<std::int64_t> open_files;
    int nice = 0;
    std::vector<std::string> groups_entered;  ///< files that take the process into its cgroups
    std::vector<std::string> environment;     ///< "NAME=value"; used only where the user is changed
};

/// For a job of `uid`; changes the user only where the daemon is root. A user without an account on
/// this computer (negative uid) becomes nobody.
[[nodiscard]] RunAs run_as(std::int64_t uid, const Limits& limits);

/// How much nicer each of `jobs` machines of one user has to be so that together they get about as
/// much as one machine of another user: the kernel gives a fifth less at each step.
[[nodiscard]] int nice_for(std::size_t jobs);

/// The cgroups of users and jobs below a folder; all is best effort once it has been checked.
class JobCgroups {
 public:
    /// Empty folder: none. Throws RunError when it is no cgroup v2 that can be written, or lacks
    /// the controllers for processor and memory.
    explicit JobCgroups(std::string folder);

    /// Makes a job's group with its limits; the path of its cgroup.procs, empty without cgroups.
    [[nodiscard]] std::string make(std::int64_t uid, std::int64_t job, const Limits& limits) const;
    /// Removes the group of a job whose process has ended.
    void remove(std::int64_t uid, std::int64_t job) const;
    [[nodiscard]] bool in_use() const { return !folder_.empty(); }

 private:
    [[nodiscard]] std::string user_folder(std::int64_t uid) const;

    std::string folder_;
};

}  // namespace spallocd
