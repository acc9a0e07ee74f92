// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection: the kernel is asked, not the client.
#pragma once

#include <sys/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spinnlab/alloc/caller.hpp"
#include "spinnlab/base/socket_owner.hpp"

namespace spallocd {

/// Name of an account; "uid1234" where it has none.
[[nodiscard]] std::string user_name(uid_t uid);

/// Number of an account; nothing where there is none of that name.
[[nodiscard]] std::optional<uid_t> user_id(const std::string& name);

/// Says who may use the daemon, and who may do everything.
class Peers {
 public:
    /// `admins`: names or numbers of users. Throws RunError for one that there is not.
    Peers(bool shared, const std::vector<std::string>& admins);

    /// The user at the other end of a Unix socket; nothing when it may not use the daemon.
    [[nodiscard]] std::optional<spinnlab::alloc::Caller> of_local(int fd) const;
    /// The same for TCP, by the owner of the socket at the other end; nothing for other computers.
    [[nodiscard]] std::optional<spinnlab::alloc::Caller> of_tcp(
        const boost::asio::ip::tcp::endpoint& client, const boost::asio::ip::tcp::endpoint& server);

    [[nodiscard]] bool shared() const { return shared_; }

 private:
    [[nodiscard]] std::optional<spinnlab::alloc::Caller> caller(uid_t uid) const;

    bool shared_;
    std::set<uid_t> admins_;
    spinnlab::SocketOwners owners_;
};

}  // namespace spallocd
