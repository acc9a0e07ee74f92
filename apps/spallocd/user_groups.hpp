// SPDX-License-Identifier: Apache-2.0
// Control groups that somebody else keeps, one a user, for all that the user runs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spallocd {

/// What the kernel tells of the memory of a user's group.
struct GroupMemory {
    std::optional<std::int64_t> limit_mib;  ///< nothing: no limit, or it cannot be read
    std::int64_t kills = 0;  ///< processes that the kernel has ended so far because it was short
};

/// Below each of the folders (one of cgroup v2, or one a controller of version 1) a user's group
/// has the user's name. A hub makes them, with its limits, when it starts somebody's server: boards
/// in there share the limits with everything else of the user. Groups may come and go.
class UserGroups {
 public:
    /// Throws RunError when one of the folders is not there.
    explicit UserGroups(std::vector<std::string> folders);

    /// Files that take a process into the user's group; empty where the user has none.
    [[nodiscard]] std::vector<std::string> entrances(uid_t uid) const;
    /// Nothing when the user has no group, or one that does not count memory.
    [[nodiscard]] std::optional<GroupMemory> memory(uid_t uid) const;

 private:
    std::vector<std::string> folders_;
};

}  // namespace spallocd
