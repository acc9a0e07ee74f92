// SPDX-License-Identifier: Apache-2.0
// The UDP sockets of the boards: every board answers on its own loopback address.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sender_guard.hpp"
#include "spinnlab/emulator/host_link.hpp"

namespace spinnlab::machine_app {

/// "127.0.0.1" as bytes. Throws MachineError for anything else than a loopback IPv4 address: a
/// machine without passwords is for programs of this host only.
[[nodiscard]] std::array<std::uint8_t, 4> parse_loopback(const std::string& text);
[[nodiscard]] std::string to_string(const std::array<std::uint8_t, 4>& ip);

class BoardSockets final : public emulator::HostLink {
 public:
    /// Binds ports 17893 and 54321 of every board, and 17893 of the boards' management, where it
    /// has an address; that comes after the last board. Throws MachineError naming address and
    /// port.
    explicit BoardSockets(std::vector<std::array<std::uint8_t, 4>> boards,
                          std::optional<std::array<std::uint8_t, 4>> management = std::nullopt);
    ~BoardSockets() override;
    BoardSockets(const BoardSockets&) = delete;
    BoardSockets& operator=(const BoardSockets&) = delete;

    /// Called for each datagram that has arrived.
    using Receiver = std::function<void(
        int board, std::uint16_t port, const emulator::HostAddress& from, wire::ByteView datagram)>;
    /// Called for each datagram that is sent.
    using Observer = std::function<void(int board, std::uint16_t from_port,
                                        const emulator::HostAddress& to, wire::ByteView datagram)>;

    /// Hands on at most `most` datagrams, without waiting; the number of them.
    int receive(const Receiver& receiver, int most);
    /// Entries for poll(2) that become readable with a datagram.
    [[nodiscard]] const std::vector<pollfd>& poll_entries() const { return poll_entries_; }
    /// From now on only what `guard` lets in is handed on; the rest is dropped. It must outlive
    /// this.
    void guard(SenderGuard* guard) { guard_ = guard; }
    void observe(Observer observer) { observer_ = std::move(observer); }
    /// Takes what the machine has to say to a person instead of standard error.
    void set_notice_sink(std::function<void(const std::string&)> sink) {
        notice_sink_ = std::move(sink);
    }

    void send(int board, std::uint16_t from_port, const emulator::HostAddress& to,
              const wire::Bytes& datagram) override;
    void open_port(int board, std::uint16_t port) override;
    void close_port(int board, std::uint16_t port) override;
    void notice(const std::string& text) override;

 private:
    struct Socket {
        int fd;
        int board;
        std::uint16_t port;
    };
    [[nodiscard]] int bind_socket(int board, std::uint16_t port) const;
    void rebuild_poll_entries();

    std::vector<std::array<std::uint8_t, 4>> boards_;
    std::vector<Socket> sockets_;
    std::vector<pollfd> poll_entries_;
    SenderGuard* guard_ = nullptr;
    Observer observer_;
    std::function<void(const std::string&)> notice_sink_;
};

}  // namespace spinnlab::machine_app
