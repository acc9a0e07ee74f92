// SPDX-License-Identifier: Apache-2.0
// Lets in only what the boards' owner has sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "spinnlab/base/socket_owner.hpp"
#include "spinnlab/emulator/host_link.hpp"

namespace spinnlab::machine_app {

/// Decides by the owner of the socket at the source port, which the kernel knows, once a source and
/// again after kTrust. All sockets with that port count, whatever their addresses, since any of
/// them can name any loopback address as its source: if one is neither the owner's nor root's nor
/// of the user who runs the machine, nothing from that port gets in.
///
/// What remains: a port that the owner has closed and another user has bound within kTrust is
/// believed until kTrust is over. A source that was never seen and is closed before its datagram is
/// looked at has no owner: whether it is heard is `trust_closed`, since a program that sends one
/// datagram and closes looks like this, and another user's does, too.
class SenderGuard {
 public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds kTrust{1000};
    static constexpr std::size_t kMostSources = 1024;

    SenderGuard(std::uint32_t owner_uid, bool trust_closed);

    [[nodiscard]] bool lets_in(const emulator::HostAddress& from);
    /// Datagrams that were dropped.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
    struct Answer {
        bool allowed = false;
        Clock::time_point at;
    };
    [[nodiscard]] bool look_up(std::uint16_t port);

    std::uint32_t owner_uid_;
    std::uint32_t own_uid_;
    bool trust_closed_;
    SocketOwners owners_;
    /// By port: the address says nothing about who has sent. Refusals are remembered as well, so
    /// that another user cannot make the machine ask the kernel all the time.
    std::unordered_map<std::uint16_t, Answer> answers_;
    std::uint64_t refused_ = 0;
};

}  // namespace spinnlab::machine_app
