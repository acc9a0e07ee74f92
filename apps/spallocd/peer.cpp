// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

using spinnlab::SocketEnd;
using spinnlab::alloc::Caller;

constexpr std::size_t kEntryBytes = 16 * 1024;
constexpr uid_t kRoot = 0;

SocketEnd end_of(const boost::asio::ip::tcp::endpoint& endpoint) {
    SocketEnd end;
    end.port = endpoint.port();
    end.is_v6 = endpoint.address().is_v6();
    if (end.is_v6) {
        end.address = endpoint.address().to_v6().to_bytes();
    } else {
        const auto bytes = endpoint.address().to_v4().to_bytes();
        std::memcpy(end.address.data(), bytes.data(), bytes.size());
    }
    return end;
}

uid_t uid_of(const std::string& name) {
    if (const auto found = user_id(name)) return *found;
    uid_t uid = 0;
    const char* const last = name.data() + name.size();
    if (std::from_chars(name.data(), last, uid).ptr == last && !name.empty()) return uid;
    throw spinnlab::RunError(fmt::format("there is no user \"{}\"", name),
                             "Give --admin a name or a number of an account.");
}

}  // namespace

std::optional<uid_t> user_id(const std::string& name) {
    std::array<char, kEntryBytes> text;
    passwd entry{};
    passwd* found = nullptr;
    if (getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found) != 0 ||
        found == nullptr) {
        return std::nullopt;
    }
    return entry.pw_uid;
}

std::string user_name(uid_t uid) {
    std::array<char, kEntryBytes> text;
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(uid, &entry, text.data(), text.size(), &found) == 0 && found != nullptr) {
        return entry.pw_name;
    }
    return fmt::format("uid{}", uid);
}

Peers::Peers(bool shared, const std::vector<std::string>& admins) : shared_(shared) {
    admins_ = {kRoot, geteuid()};
    for (const std::string& name : admins) admins_.insert(uid_of(name));
}

std::optional<Caller> Peers::caller(uid_t uid) const {
    const bool admin = admins_.contains(uid);
    if (!shared_ && uid != geteuid() && uid != kRoot) return std::nullopt;
    return Caller{uid, user_name(uid), admin};
}

std::optional<Caller> Peers::of_local(int fd) const {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return caller(peer.uid);
}

std::optional<Caller> Peers::of_tcp(const boost::asio::ip::tcp::endpoint& client,
                                    const boost::asio::ip::tcp::endpoint& server) {
    const auto owner = owners_.tcp_client(end_of(client), end_of(server));
    return owner ? caller(owner->uid) : std::nullopt;
}

}  // namespace spallocd
