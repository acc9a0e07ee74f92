// SPDX-License-Identifier: Apache-2.0
#include "sender_guard.hpp"

#include <unistd.h>

#include <algorithm>

namespace spinnlab::machine_app {
namespace {
constexpr std::uint32_t kRoot = 0;
/// A refused source may have become the owner's; its port is asked for again after this time.
constexpr std::chrono::milliseconds kDistrust{20};
}  // namespace

SenderGuard::SenderGuard(std::uint32_t owner_uid, bool trust_closed)
    : owner_uid_(owner_uid), own_uid_(geteuid()), trust_closed_(trust_closed) {}

bool SenderGuard::lets_in(const emulator::HostAddress& from) {
    const Clock::time_point now = Clock::now();
    const auto known = answers_.find(from.port);
    if (known != answers_.end()) {
        const auto valid = known->second.allowed ? kTrust : kDistrust;
        if (now - known->second.at < valid) {
            refused_ += known->second.allowed ? 0 : 1;
            return known->second.allowed;
        }
    }
    if (answers_.size() >= kMostSources && known == answers_.end()) {
        const auto oldest = std::min_element(
            answers_.begin(), answers_.end(),
            [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
        answers_.erase(oldest);
    }
    const bool allowed = look_up(from.port);
    answers_[from.port] = {allowed, now};
    refused_ += allowed ? 0 : 1;
    return allowed;
}

bool SenderGuard::look_up(std::uint16_t port) {
    const std::vector<OpenSocket> sockets = owners_.udp_sockets(port);
    if (sockets.empty()) return trust_closed_;
    return std::all_of(sockets.begin(), sockets.end(), [&](const OpenSocket& socket) {
        return socket.uid == owner_uid_ || socket.uid == own_uid_ || socket.uid == kRoot;
    });
}

}  // namespace spinnlab::machine_app
