// SPDX-License-Identifier: Apache-2.0
#include "state_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

constexpr const char* kWayOut = "Choose another path with --state-file.";

}  // namespace

StateFile::StateFile(std::string path) : path_(std::move(path)) {
    const std::string lock = path_ + ".lock";
    lock_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) {
        throw spinnlab::RunError(fmt::format("{} cannot be written: {}", lock, strerror(errno)),
                                 kWayOut);
    }
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        close(lock_);
        throw spinnlab::RunError(fmt::format("another spallocd uses the state file {}", path_),
                                 kWayOut);
    }
}

StateFile::~StateFile() { close(lock_); }

std::optional<std::string> StateFile::read() const {
    std::ifstream file(path_, std::ios::binary);
    if (!file) {
        if (access(path_.c_str(), F_OK) != 0) return std::nullopt;
        throw spinnlab::RunError(fmt::format("{} cannot be read: {}", path_, strerror(errno)),
                                 kWayOut);
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void StateFile::write(const std::string& text) const {
    const std::string next = path_ + ".new";
    std::ofstream file(next, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file || std::rename(next.c_str(), path_.c_str()) != 0) {
        throw spinnlab::RunError(fmt::format("{} cannot be written: {}", path_, strerror(errno)),
                                 kWayOut);
    }
}

}  // namespace spallocd
