// SPDX-License-Identifier: Apache-2.0
#include "runtime_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "board_sockets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

constexpr char kPrefix[] = "machine-", kSuffix[] = ".sock";

std::filesystem::path choose() {
    if (const char* const chosen = std::getenv("SPINNLAB_RUNTIME_DIR");
        chosen != nullptr && *chosen != '\0')
        return chosen;
    if (const char* const session = std::getenv("XDG_RUNTIME_DIR");
        session != nullptr && access(session, W_OK | X_OK) == 0) {
        return std::filesystem::path(session) / "spinnlab";
    }
    return std::filesystem::temp_directory_path() / fmt::format("spinnlab-{}", getuid());
}

}  // namespace

std::string runtime_folder() {
    const std::filesystem::path folder = choose();
    struct stat status{};
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        throw MachineError(fmt::format("the folder {} for sockets cannot be made: {}",
                                       folder.string(), std::strerror(errno)),
                           "set SPINNLAB_RUNTIME_DIR to a folder that you can write");
    }
    if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != getuid() || (status.st_mode & 0077) != 0) {
        throw MachineError(
            fmt::format("{} is not a folder that only you can enter", folder.string()),
            "remove it, or set SPINNLAB_RUNTIME_DIR to another folder");
    }
    return folder.string();
}

std::string control_path(const std::array<std::uint8_t, 4>& first_board) {
    return fmt::format("{}/{}{}{}", runtime_folder(), kPrefix, to_string(first_board), kSuffix);
}

std::vector<std::string> machines_with_sockets() {
    std::vector<std::string> addresses;
    for (const auto& entry : std::filesystem::directory_iterator(runtime_folder())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) {
            addresses.push_back(name.substr(
                sizeof kPrefix - 1, name.size() - (sizeof kPrefix - 1) - (sizeof kSuffix - 1)));
        }
    }
    std::sort(addresses.begin(), addresses.end());
    return addresses;
}

}  // namespace spinnlab::machine_app
