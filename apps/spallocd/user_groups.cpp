// SPDX-License-Identifier: Apache-2.0
#include "user_groups.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <utility>

#include "peer.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

/// Names of the files that differ between the versions of the interface.
struct MemoryFiles {
    const char* limit;
    const char* kills;  ///< holds a line "oom_kill N"
};
constexpr MemoryFiles kVersion2 = {"memory.max", "memory.events"};
constexpr MemoryFiles kVersion1 = {"memory.limit_in_bytes", "memory.oom_control"};
/// Version 1 writes "no limit" as the largest number of whole pages.
constexpr std::int64_t kNoLimit_bytes = std::numeric_limits<std::int64_t>::max() / 2;

std::optional<GroupMemory> read(const std::string& group, const MemoryFiles& files) {
    std::ifstream limit(fmt::format("{}/{}", group, files.limit));
    std::ifstream events(fmt::format("{}/{}", group, files.kills));
    if (!limit || !events) return std::nullopt;
    GroupMemory memory;
    std::int64_t bytes = 0;
    if (limit >> bytes && bytes < kNoLimit_bytes) memory.limit_mib = bytes >> 20;
    std::string key;
    std::int64_t value = 0;
    while (events >> key >> value) {
        if (key == "oom_kill") memory.kills = value;
    }
    return memory;
}

}  // namespace

UserGroups::UserGroups(std::vector<std::string> folders) : folders_(std::move(folders)) {
    for (const std::string& folder : folders_) {
        if (access((folder + "/cgroup.procs").c_str(), F_OK) != 0) {
            throw spinnlab::RunError(fmt::format("{} is no control group", folder),
                                     "Name folders that hold users' groups with --user-groups.");
        }
    }
}

std::vector<std::string> UserGroups::entrances(uid_t uid) const {
    std::vector<std::string> files;
    const std::string user = user_name(uid);
    for (const std::string& folder : folders_) {
        const std::string file = fmt::format("{}/{}/cgroup.procs", folder, user);
        if (access(file.c_str(), W_OK) == 0) files.push_back(file);
    }
    return files;
}

std::optional<GroupMemory> UserGroups::memory(uid_t uid) const {
    const std::string user = user_name(uid);
    for (const std::string& folder : folders_) {
        for (const MemoryFiles& files : {kVersion2, kVersion1}) {
            if (auto memory = read(fmt::format("{}/{}", folder, user), files)) return memory;
        }
    }
    return std::nullopt;
}

}  // namespace spallocd
