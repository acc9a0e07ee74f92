// SPDX-License-Identifier: Apache-2.0
// Whose sockets these are: asks the kernel of this computer, so that nobody has to be believed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace spinnlab {

/// One end of a connection, or where a datagram came from.
struct SocketEnd {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> address{};  ///< network order; IPv4 in the first four bytes
    std::uint16_t port = 0;

    friend bool operator==(const SocketEnd&, const SocketEnd&) = default;
};

/// A socket that some process holds open.
struct OpenSocket {
    std::uint32_t uid = 0;    ///< of who made it
    std::uint64_t inode = 0;  ///< a number that no other open socket has; never 0

    friend bool operator==(const OpenSocket&, const OpenSocket&) = default;
};

/// Asks by the kernel's socket diagnosis (netlink): TCP takes some microseconds, UDP up to 1 ms,
/// since the kernel looks through all ports. Where that is not to be had, it reads /proc/net (TCP:
/// 50 ms). A socket that is closed already belongs to nobody: the kernel shows its remains with
/// user 0, so they are never taken for root's.
class SocketOwners {
 public:
    SocketOwners();
    ~SocketOwners();
    SocketOwners(const SocketOwners&) = delete;
    SocketOwners& operator=(const SocketOwners&) = delete;

    /// The socket at the other end of a TCP connection: `client` is its own end, `server` ours.
    /// Nothing when it is on another computer or closed.
    [[nodiscard]] std::optional<OpenSocket> tcp_client(const SocketEnd& client,
                                                       const SocketEnd& server);
    /// All UDP sockets with this local port, whatever their addresses: any of them may name any
    /// local address as the source of what it sends (IP_PKTINFO).
    [[nodiscard]] std::vector<OpenSocket> udp_sockets(std::uint16_t port);

    /// Whether the kernel answers; false: /proc/net is read.
    [[nodiscard]] bool has_diagnosis() const { return netlink_ >= 0; }

 private:
    void close_netlink();

    int netlink_ = -1;
    std::uint32_t sequence_ = 0;
};

namespace detail {

/// A row of /proc/net/tcp, tcp6, udp or udp6.
struct SocketRow {
    SocketEnd local;
    SocketEnd remote;
    OpenSocket socket;
};
/// All rows of such a text; lines that are none are left out.
[[nodiscard]] std::vector<SocketRow> parse_socket_table(std::string_view text);

}  // namespace detail

}  // namespace spinnlab
