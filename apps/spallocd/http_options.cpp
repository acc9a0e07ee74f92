// SPDX-License-Identifier: Apache-2.0
#include "http_options.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

namespace rest = spinnlab::alloc::rest;

struct stat status_of(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) {
        throw spinnlab::RunError(fmt::format("{} cannot be read: {}", path, strerror(errno)),
                                 "Name a file that is there.");
    }
    return status;
}

std::string read_secret_line(const char* what) {
    const bool terminal = isatty(STDIN_FILENO) != 0;
    termios before{};
    if (terminal) {
        fmt::print(stderr, "{}: ", what);
        tcgetattr(STDIN_FILENO, &before);
        termios unseen = before;
        unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &unseen);
    }
    std::string line;
    std::getline(std::cin, line);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
        fmt::print(stderr, "\n");
    }
    return line;
}

}  // namespace

std::string read_users_file(const std::string& path) {
    const struct stat status = status_of(path);
    if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
        throw spinnlab::RunError(
            fmt::format("{} has mode {:04o}", path, static_cast<unsigned>(status.st_mode & 07777)),
            fmt::format("It must be a file for its owner alone: chmod 600 {}", path));
    }
    std::ifstream file(path);
    if (!file) {
        throw spinnlab::RunError(fmt::format("{} cannot be read: {}", path, strerror(errno)),
                                 "Run spallocd as the file's owner.");
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

void require_private(const std::string& path) {
    const struct stat status = status_of(path);
    if ((status.st_mode & 07) != 0) {
        throw spinnlab::RunError(
            fmt::format("everybody may read or change {}, which has mode {:04o}", path,
                        static_cast<unsigned>(status.st_mode & 07777)),
            fmt::format("chmod o-rwx {}", path));
    }
}

int print_password_hash() {
    fmt::print("{}\n", rest::hash_password(read_secret_line("password")));
    return 0;
}

int print_token_hash() {
    const std::string token = read_secret_line("token");
    rest::require_strong_token(token);
    fmt::print("{}\n", rest::hash_token(token));
    return 0;
}

}  // namespace spallocd
