// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/socket_owner.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

namespace spinnlab {
namespace {

sockaddr_in loopback(std::uint16_t port = 0) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

SocketEnd end_of(const sockaddr_in& address) {
    SocketEnd end;
    std::memcpy(end.address.data(), &address.sin_addr, 4);
    end.port = ntohs(address.sin_port);
    return end;
}

SocketEnd local_end(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return end_of(address);
}

int bound(int kind) {
    const int fd = socket(AF_INET, kind, 0);
    const sockaddr_in any_port = loopback();
    EXPECT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&any_port), sizeof any_port), 0);
    return fd;
}

TEST(SocketOwner, ATcpClientIsThisUserUntilItHasClosed) {
    const int listener = bound(SOCK_STREAM);
    ASSERT_EQ(listen(listener, 1), 0);
    const SocketEnd server = local_end(listener);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in to = loopback(server.port);
    ASSERT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const SocketEnd from = local_end(client);
    const int accepted = accept(listener, nullptr, nullptr);

    SocketOwners owners;
    const auto owner = owners.tcp_client(from, server);
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->uid, getuid());
    EXPECT_NE(owner->inode, 0u);
    // The end at the server is another socket.
    const auto other = owners.tcp_client(server, from);
    ASSERT_TRUE(other);
    EXPECT_NE(other->inode, owner->inode);
    SocketEnd nobody = from;
    nobody.port = static_cast<std::uint16_t>(from.port + 1);
    EXPECT_FALSE(owners.tcp_client(nobody, server));

    close(client);  // the kernel keeps it in FIN_WAIT, shown with user 0
    EXPECT_FALSE(owners.tcp_client(from, server));
    close(accepted);
    close(listener);
}

TEST(SocketOwner, AllUdpSocketsOfAPortAreSeen) {
    SocketOwners owners;
    const int one = bound(SOCK_DGRAM);
    const std::uint16_t port = local_end(one).port;
    const auto found = owners.udp_sockets(port);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].uid, getuid());

    const int same_port = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in beside = loopback(port);
    beside.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    ASSERT_EQ(bind(same_port, reinterpret_cast<const sockaddr*>(&beside), sizeof beside), 0);
    EXPECT_EQ(owners.udp_sockets(port).size(), 2u);
    close(same_port);
    close(one);
    EXPECT_TRUE(owners.udp_sockets(port).empty());
}

TEST(SocketOwner, WhatALookUpCostsIsReported) {
    SocketOwners owners;
    if (!owners.has_diagnosis()) GTEST_SKIP() << "no socket diagnosis in this kernel";
    const int one = bound(SOCK_DGRAM);
    const std::uint16_t port = local_end(one).port;
    constexpr int kTimes = 100;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) ASSERT_EQ(owners.udp_sockets(port).size(), 1u);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
    RecordProperty("udp_lookup_us", std::to_string(took.count() / kTimes));
    std::printf("one look-up of a UDP port: %.1f us\n", took.count() / kTimes);
    close(one);
}

TEST(SocketOwner, RowsOfProcNetAreRead) {
    const auto rows = detail::parse_socket_table(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout "
        "inode ref pointer drops\n"
        "  30: 0100007F:56E4 0200007F:C350 01 00000000:00000000 00:00000000 00000000  1000        "
        "0 "
        "4816241 1 00000000abcdef01 100 0 0 10 0\n"
        "   1: 0000000000000000FFFF00000100007F:0016 00000000000000000000000000000000:0000 07 "
        "00000000:00000000 00:00000000 00000000 4294967294 0 17 2 0 0\n"
        "   2: nonsense\n"
        "   3: 0100007F:56E4 0200007F:C350 01 00000000:00000000 00:00000000 00000000 -1 0 5\n");
    ASSERT_EQ(rows.size(), 2u);
    sockaddr_in address = loopback(0x56e4);
    EXPECT_EQ(rows[0].local, end_of(address));
    address = loopback(0xc350);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    EXPECT_EQ(rows[0].remote, end_of(address));
    EXPECT_EQ(rows[0].socket, (OpenSocket{1000, 4816241}));
    EXPECT_EQ(rows[1].local, end_of(loopback(22))) << "an IPv4 address written as IPv6";
    EXPECT_EQ(rows[1].socket, (OpenSocket{4294967294, 17}));
}

}  // namespace
}  // namespace spinnlab
