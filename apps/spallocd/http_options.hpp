// SPDX-License-Identifier: Apache-2.0
// What the HTTP service is told on the command line, and the files that go with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace spallocd {

struct HttpOptions {
    std::optional<std::uint16_t> http_port;   ///< plain, for a proxy in front; 0: any free one
    std::optional<std::uint16_t> https_port;  ///< 0: any free one
    std::string socket;       ///< path of a Unix socket for a proxy of the same user; empty: none
    std::string certificate;  ///< PEM file with the chain
    std::string key;          ///< PEM file
    std::string users;        ///< see alloc::rest::Users
    std::string public_url;   ///< empty: as each request's Host header says
    [[nodiscard]] bool wanted() const { return http_port || https_port || !socket.empty(); }
};

/// The text of the file of users. Throws a spinnlab::Error when it is not there or open to others.
[[nodiscard]] std::string read_users_file(const std::string& path);
/// Throws a spinnlab::Error when everybody may read the file.
void require_private(const std::string& path);

/// Reads one line from standard input, unseen on a terminal, and prints its hash. Returns the exit
/// code.
[[nodiscard]] int print_password_hash();
[[nodiscard]] int print_token_hash();

}  // namespace spallocd
