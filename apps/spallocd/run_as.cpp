// SPDX-License-Identifier: Apache-2.0
#include "run_as.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

constexpr uid_t kNobody = 65'534;
constexpr std::size_t kEntryBytes = 16 * 1024;
constexpr int kMostGroups = 1024;
constexpr int kNicest = 19;
constexpr double kWeightStep = 1.25;  ///< of the kernel's scheduler, between two values of nice
constexpr const char* kRuntimeRoot = "/run/spinnlab";

bool write_line(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << '\n';
    file.close();
    return static_cast<bool>(file);
}

/// A folder for the sockets of a user's machines that nobody else can have made before: the
/// session's own, else one that root makes.
std::string runtime_variable(uid_t uid, gid_t gid) {
    const std::string session = fmt::format("/run/user/{}", uid);
    struct stat status{};
    if (stat(session.c_str(), &status) == 0 && status.st_uid == uid) {
        return "XDG_RUNTIME_DIR=" + session;
    }
    const std::string folder = fmt::format("{}/{}", kRuntimeRoot, uid);
    mkdir(kRuntimeRoot, 0755);
    if ((mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) ||
        chown(folder.c_str(), uid, gid) != 0) {
        throw spinnlab::RunError(
            fmt::format("the folder {} cannot be made: {}", folder, strerror(errno)),
            "Let spallocd write there.");
    }
    return "SPINNLAB_RUNTIME_DIR=" + folder;
}

}  // namespace

int nice_for(std::size_t jobs) {
    if (jobs < 2) return 0;
    const double steps = std::log(static_cast<double>(jobs)) / std::log(kWeightStep);
    return std::min(kNicest, static_cast<int>(std::lround(steps)));
}

RunAs run_as(std::int64_t uid, const Limits& limits) {
    RunAs as;
    as.processes = limits.processes;
    as.open_files = limits.open_files;
    // Root's own jobs need no change either, which a container may forbid (setgroups).
    if (geteuid() != 0 || uid == 0) return as;
    as.change_user = true;
    as.uid = uid < 0 ? kNobody : static_cast<uid_t>(uid);
    as.gid = static_cast<gid_t>(as.uid);
    as.groups = {as.gid};
    std::array<char, kEntryBytes> text;
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(as.uid, &entry, text.data(), text.size(), &found) == 0 && found != nullptr) {
        as.gid = entry.pw_gid;
        as.groups.resize(kMostGroups);
        int count = kMostGroups;
        if (getgrouplist(entry.pw_name, entry.pw_gid, as.groups.data(), &count) < 0) count = 1;
        as.groups.resize(static_cast<std::size_t>(count));
        if (count == 1) as.groups = {as.gid};
    }
    as.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", runtime_variable(as.uid, as.gid)};
    return as;
}

JobCgroups::JobCgroups(std::string folder) : folder_(std::move(folder)) {
    if (folder_.empty()) return;
    std::ifstream file(folder_ + "/cgroup.controllers");
    const std::string controllers(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || controllers.find("cpu") == std::string::npos ||
        controllers.find("memory") == std::string::npos ||
        !write_line(folder_ + "/cgroup.subtree_control", "+cpu +memory +pids")) {
        throw spinnlab::RunError(
            fmt::format("{} is no cgroup v2 with cpu, memory and pids that can be written",
                        folder_),
            "Have it delegated (systemd: Delegate=yes), or leave --cgroup out.");
    }
}

std::string JobCgroups::user_folder(std::int64_t uid) const {
    return fmt::format("{}/user-{}", folder_, uid);
}

std::string JobCgroups::make(std::int64_t uid, std::int64_t job, const Limits& limits) const {
    if (folder_.empty()) return {};
    const std::string user = user_folder(uid);
    const std::string group = fmt::format("{}/job-{}", user, job);
    std::error_code error;
    std::filesystem::create_directories(group, error);
    bool good = !error && write_line(user + "/cgroup.subtree_control", "+cpu +memory +pids");
    std::filesystem::create_directories(group, error);
    if (limits.memory_mib) {
        good = good && write_line(group + "/memory.max", std::to_string(*limits.memory_mib << 20));
    }
    if (limits.processes) {
        good = good && write_line(group + "/pids.max", std::to_string(*limits.processes));
    }
    if (!good) {
        throw spinnlab::RunError(fmt::format("the cgroup {} cannot be made", group),
                                 "See what keeps spallocd from writing there.");
    }
    return group + "/cgroup.procs";
}

void JobCgroups::remove(std::int64_t uid, std::int64_t job) const {
    if (folder_.empty()) return;
    const std::string user = user_folder(uid);
    rmdir(fmt::format("{}/job-{}", user, job).c_str());
    rmdir(user.c_str());  // fails while the user has other jobs
}

}  // namespace spallocd
