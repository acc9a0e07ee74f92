// SPDX-License-Identifier: Apache-2.0
#include "control_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "inspection.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {
constexpr std::size_t kLongestLine = 64 * 1024;
}

ControlSocket::ControlSocket(std::string path, const SenderGuard* guard)
    : path_(std::move(path)), guard_(guard) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) {
        throw MachineError(
            fmt::format("the control socket's path has {} characters, at most {} are possible",
                        path_.size(), sizeof address.sun_path - 1),
            "name a shorter path");
    }
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (connect(listener_, generic, sizeof address) == 0) {
        close(listener_);
        throw MachineError(fmt::format("{} is another machine's control socket", path_),
                           "name another path");
    }
    if (errno == ECONNREFUSED) unlink(path_.c_str());
    close(listener_);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const mode_t old_mask = umask(0177);
    const bool bound = bind(listener_, generic, sizeof address) == 0 && listen(listener_, 8) == 0;
    const int reason = errno;
    umask(old_mask);
    if (!bound) {
        close(listener_);
        throw MachineError(
            fmt::format("cannot make the control socket {}: {}", path_, std::strerror(reason)),
            "name a path in a folder that can be written");
    }
}

ControlSocket::~ControlSocket() {
    for (const Client& client : clients_) close(client.fd);
    close(listener_);
    unlink(path_.c_str());
}

void ControlSocket::add_poll_entries(std::vector<pollfd>& entries) const {
    entries.push_back({listener_, POLLIN, 0});
    for (const Client& client : clients_) entries.push_back({client.fd, POLLIN, 0});
}

void ControlSocket::accept_clients() {
    for (;;) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        clients_.push_back({fd, {}});
    }
}

bool ControlSocket::serve_client(Client& client, emulator::EmulatedMachine& machine) {
    char buffer[4096];
    for (;;) {
        const ssize_t bytes = recv(client.fd, buffer, sizeof buffer, 0);
        if (bytes == 0 || (bytes < 0 && errno != EAGAIN)) return false;
        if (bytes < 0) return true;
        client.unread.append(buffer, static_cast<std::size_t>(bytes));
        for (std::size_t end; (end = client.unread.find('\n')) != std::string::npos;) {
            const std::string reply = answer(client.unread.substr(0, end), machine,
                                             guard_ == nullptr ? 0 : guard_->refused()) +
                                      '\n';
            client.unread.erase(0, end + 1);
            // A client that does not read its answers is not worth stopping the machine for.
            if (::send(client.fd, reply.data(), reply.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(reply.size()))
                return false;
        }
        if (client.unread.size() > kLongestLine) return false;
    }
}

void ControlSocket::serve(emulator::EmulatedMachine& machine) {
    accept_clients();
    for (std::size_t i = 0; i < clients_.size();) {
        if (serve_client(clients_[i], machine)) {
            ++i;
        } else {
            close(clients_[i].fd);
            clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

}  // namespace spinnlab::machine_app
