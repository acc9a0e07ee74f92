// SPDX-License-Identifier: Apache-2.0
// A Unix socket to look inside a running machine: JSON, one request and one answer a line.
#pragma once

#include <poll.h>

#include <string>
#include <vector>

#include "sender_guard.hpp"
#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::machine_app {

/// Requests {"command": ...}: "load", "iobuf", "registers" (with "x", "y", "p"), "state". Answers
/// {"return": ...} or {"error": "..."}. "iobuf" with "from": N gives the text after its first N
/// bytes. Only the user who runs the machine can connect (the socket's mode is 0600).
class ControlSocket {
 public:
    /// Listens at `path`, in place of a socket that nobody serves any more. `guard`, where there is
    /// one, is asked for what it has dropped. Throws MachineError.
    explicit ControlSocket(std::string path, const SenderGuard* guard = nullptr);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    /// Takes connections and answers whole lines, without waiting.
    void serve(emulator::EmulatedMachine& machine);
    void add_poll_entries(std::vector<pollfd>& entries) const;

 private:
    struct Client {
        int fd;
        std::string unread;
    };
    void accept_clients();
    /// False when the client has gone or talks nonsense.
    bool serve_client(Client& client, emulator::EmulatedMachine& machine);

    std::string path_;
    const SenderGuard* guard_;
    int listener_ = -1;
    std::vector<Client> clients_;
};

}  // namespace spinnlab::machine_app
