// SPDX-License-Identifier: Apache-2.0
// Listening on a Unix socket.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

namespace spallocd {

/// Takes the place of a socket that a killed daemon has left behind, never of anything else. `mode`
/// of the socket; `option` names it in errors. Throws RunError when the path cannot be had.
[[nodiscard]] boost::asio::local::stream_protocol::acceptor listen_local(
    boost::asio::io_context& context, const std::string& path, mode_t mode, const char* option);

}  // namespace spallocd
