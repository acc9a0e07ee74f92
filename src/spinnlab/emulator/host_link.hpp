// SPDX-License-Identifier: Apache-2.0
// The machine's way out: what it asks of whoever holds the sockets. No sockets here.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "spinnlab/wire/sdp.hpp"

namespace spinnlab::emulator {

/// An IPv4 endpoint, the address in network order.
struct HostAddress {
    std::array<std::uint8_t, 4> ip{};
    std::uint16_t port = 0;
    friend bool operator==(const HostAddress&, const HostAddress&) = default;
};

inline constexpr std::uint16_t kScpPort = 17893;
inline constexpr std::uint16_t kBootPort = 54321;

/// Boards are numbered as in Machine::ethernet_chips().
class HostLink {
 public:
    virtual ~HostLink() = default;
    /// A UDP datagram from the board's own address and `from_port`.
    virtual void send(int board, std::uint16_t from_port, const HostAddress& to,
                      const wire::Bytes& datagram) = 0;
    /// A reverse IP tag has been set (or its last one cleared): datagrams to this port of the board
    /// count.
    virtual void open_port(int board, std::uint16_t port) = 0;
    virtual void close_port(int board, std::uint16_t port) = 0;
    /// Something a person should know: a core that failed, a command that makes no sense.
    virtual void notice(const std::string& text) = 0;
};

}  // namespace spinnlab::emulator
