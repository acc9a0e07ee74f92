// SPDX-License-Identifier: Apache-2.0
#include "local_socket.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

using Local = boost::asio::local::stream_protocol;
using boost::system::error_code;

/// Whether somebody listens on a Unix socket; a path that a killed daemon left behind is dead.
bool answers(const std::string& path) {
    boost::asio::io_context context;
    Local::socket probe(context);
    error_code error;
    probe.connect(path, error);
    return !error;
}

}  // namespace

Local::acceptor listen_local(boost::asio::io_context& context, const std::string& path, mode_t mode,
                             const char* option) {
    struct stat status{};
    const bool there = lstat(path.c_str(), &status) == 0;
    if (there && (!S_ISSOCK(status.st_mode) || answers(path))) {
        throw spinnlab::RunError(
            fmt::format("the socket {} is in use, perhaps by another spallocd", path),
            fmt::format("Use the one that runs, or choose another path with {}.", option));
    }
    if (there) unlink(path.c_str());
    error_code error;
    Local::acceptor acceptor(context);
    const mode_t before = umask(0777 & ~mode);
    try {
        const Local::endpoint endpoint(path);
        acceptor.open(endpoint.protocol());
        acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
    } catch (const boost::system::system_error& too_long) {
        error = too_long.code();
    }
    umask(before);
    if (error) {
        throw spinnlab::RunError(
            fmt::format("cannot listen on the socket {}: {}", path, error.message()),
            fmt::format("Choose another path with {}.", option));
    }
    return acceptor;
}

}  // namespace spallocd
