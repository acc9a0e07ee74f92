// SPDX-License-Identifier: Apache-2.0
#include "board_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

constexpr int kBufferBytes =
    4 << 20;  // the host sends bursts of writes, the machine bursts of data
constexpr std::size_t kMostDatagramBytes = 2048;

sockaddr_in socket_address(const std::array<std::uint8_t, 4>& ip, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&address.sin_addr.s_addr, ip.data(), ip.size());
    return address;
}

}  // namespace

std::array<std::uint8_t, 4> parse_loopback(const std::string& text) {
    std::array<std::uint8_t, 4> ip{};
    if (inet_pton(AF_INET, text.c_str(), ip.data()) != 1 || ip[0] != 127) {
        throw MachineError(fmt::format("\"{}\" is no loopback address", text),
                           "boards answer on 127.x.y.z only, for example 127.0.0.1");
    }
    return ip;
}

std::string to_string(const std::array<std::uint8_t, 4>& ip) {
    return fmt::format("{}.{}.{}.{}", ip[0], ip[1], ip[2], ip[3]);
}

BoardSockets::BoardSockets(std::vector<std::array<std::uint8_t, 4>> boards,
                           std::optional<std::array<std::uint8_t, 4>> management)
    : boards_(std::move(boards)) {
    const std::size_t n_boards = boards_.size();
    if (management) boards_.push_back(*management);
    for (int board = 0; board < static_cast<int>(boards_.size()); ++board) {
        for (const std::uint16_t port : {emulator::kScpPort, emulator::kBootPort}) {
            if (port == emulator::kBootPort && static_cast<std::size_t>(board) >= n_boards) break;
            const int fd = bind_socket(board, port);
            if (fd < 0) {
                const int reason = errno;
                for (const Socket& socket : sockets_) close(socket.fd);
                throw MachineError(fmt::format("cannot use UDP port {} of {}: {}", port,
                                               to_string(boards_[static_cast<std::size_t>(board)]),
                                               std::strerror(reason)),
                                   reason == EADDRINUSE
                                       ? "another machine is on that address: stop it, or give "
                                         "another one of 127.x.y.z"
                                       : "give another address of 127.x.y.z");
            }
            sockets_.push_back({fd, board, port});
        }
    }
    rebuild_poll_entries();
}

BoardSockets::~BoardSockets() {
    for (const Socket& socket : sockets_) close(socket.fd);
}

int BoardSockets::bind_socket(int board, std::uint16_t port) const {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof kBufferBytes);
    const sockaddr_in address = socket_address(boards_[static_cast<std::size_t>(board)], port);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

void BoardSockets::rebuild_poll_entries() {
    poll_entries_.clear();
    for (const Socket& socket : sockets_) poll_entries_.push_back({socket.fd, POLLIN, 0});
}

int BoardSockets::receive(const Receiver& receiver, int most) {
    std::uint8_t buffer[kMostDatagramBytes];
    int received = 0;
    // By index: what a datagram sets off may open or close ports.
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        const Socket socket = sockets_[i];
        while (received < most) {
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const ssize_t bytes = recvfrom(socket.fd, buffer, sizeof buffer, 0,
                                           reinterpret_cast<sockaddr*>(&from), &size);
            if (bytes < 0) break;
            ++received;
            emulator::HostAddress sender;
            std::memcpy(sender.ip.data(), &from.sin_addr.s_addr, sender.ip.size());
            sender.port = ntohs(from.sin_port);
            if (guard_ != nullptr && !guard_->lets_in(sender)) continue;
            receiver(socket.board, socket.port, sender, {buffer, static_cast<std::size_t>(bytes)});
            if (i >= sockets_.size() || sockets_[i].fd != socket.fd) break;
        }
    }
    return received;
}

void BoardSockets::send(int board, std::uint16_t from_port, const emulator::HostAddress& to,
                        const wire::Bytes& datagram) {
    if (observer_) observer_(board, from_port, to, datagram);
    const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
        return socket.board == board && socket.port == from_port;
    });
    if (found == sockets_.end()) return;
    const sockaddr_in address = socket_address(to.ip, to.port);
    // Datagrams may be lost, as on a wire; the host asks again.
    (void)!sendto(found->fd, datagram.data(), datagram.size(), 0,
                  reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void BoardSockets::open_port(int board, std::uint16_t port) {
    const bool open = std::any_of(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
        return socket.board == board && socket.port == port;
    });
    if (open) return;
    const int fd = bind_socket(board, port);
    if (fd < 0) {
        notice(fmt::format("a reverse IP tag asks for UDP port {} of {}, which cannot be used: {}",
                           port, to_string(boards_[static_cast<std::size_t>(board)]),
                           std::strerror(errno)));
        return;
    }
    sockets_.push_back({fd, board, port});
    rebuild_poll_entries();
}

void BoardSockets::close_port(int board, std::uint16_t port) {
    if (port == emulator::kScpPort || port == emulator::kBootPort) return;
    const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
        return socket.board == board && socket.port == port;
    });
    if (found == sockets_.end()) return;
    close(found->fd);
    sockets_.erase(found);
    rebuild_poll_entries();
}

void BoardSockets::notice(const std::string& text) {
    if (notice_sink_) {
        notice_sink_(text);
    } else {
        fmt::print(stderr, "spinnlab-machine: {}\n", text);
    }
}

}  // namespace spinnlab::machine_app
