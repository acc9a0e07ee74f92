// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace spinnlab::machine_app {
namespace {

using emulator::Cycles;

// Requests are looked at this often while the machine is busy: the host waits for most of them.
constexpr Cycles kBurstCycles = 20'000;  // 0.1 ms of virtual time
constexpr int kMostDatagramsAtOnce = 64;
// Credit that may be saved up while nothing runs: 10 ms of wall time at most.
constexpr double kMostSavedSeconds = 0.01;
// The clock is asked after this many bursts at the latest.
constexpr std::chrono::microseconds kBetweenLooks{200};
constexpr std::chrono::seconds kBetweenTellings{1};

}  // namespace

Server::Server(emulator::EmulatedMachine& machine, BoardSockets& sockets, ServerOptions options,
               SessionWriter* recording, ControlSocket* control)
    : machine_(machine),
      sockets_(sockets),
      options_(options),
      recording_(recording),
      control_(control),
      last_(Clock::now()) {
    if (recording_ != nullptr) {
        sockets_.observe([this](int board, std::uint16_t port, const emulator::HostAddress& to,
                                wire::ByteView datagram) {
            recording_->sent(machine_.now(), board, port, to, datagram);
        });
    }
}

double Server::pace() const {
    return machine_.has_live_traffic() ? std::min(1.0, options_.pace) : options_.pace;
}

Cycles Server::allowed() {
    const Clock::time_point now = Clock::now();
    const double cycles_a_second = pace() * static_cast<double>(emulator::kCyclesASecond);
    credit_cycles_ += std::chrono::duration<double>(now - last_).count() * cycles_a_second;
    credit_cycles_ = std::min(credit_cycles_, kMostSavedSeconds * cycles_a_second);
    last_ = now;
    return credit_cycles_ <= 0 ? 0 : static_cast<Cycles>(credit_cycles_);
}

void Server::receive() {
    const int received = sockets_.receive(
        [this](int board, std::uint16_t port, const emulator::HostAddress& from,
               wire::ByteView datagram) {
            if (recording_ != nullptr)
                recording_->received(machine_.now(), board, port, from, datagram);
            machine_.receive(board, port, from, datagram);
        },
        kMostDatagramsAtOnce);
    active_ = active_ || received > 0;
}

/// To whoever started this process: a machine that says nothing is idle.
void Server::tell_activity() {
    if (!options_.tell_activity || !active_ || Clock::now() - told_ < kBetweenTellings) return;
    active_ = false;
    told_ = Clock::now();
    std::puts("active");
    std::fflush(stdout);
}

void Server::run() {
    while (!stopped_) {
        receive();
        if (control_ != nullptr) control_->serve(machine_);
        const Cycles credit = allowed();
        const Clock::time_point look_again = last_ + kBetweenLooks;
        const Cycles from = machine_.now();
        while (machine_.now() - from < credit && machine_.next_event() <= from + credit) {
            const Cycles before = machine_.now();
            machine_.advance(std::min(before + kBurstCycles, from + credit + kBurstCycles));
            if (machine_.now() == before || Clock::now() > look_again) break;
        }
        credit_cycles_ -= static_cast<double>(machine_.now() - from);
        active_ = active_ || machine_.now() != from;
        tell_activity();
        if (machine_.next_event() > machine_.now() || credit_cycles_ <= 0) wait();
        look_at_stdin();  // here, since a machine that is always busy never waits
    }
}

void Server::look_at_stdin() {
    if (!options_.exit_with_stdin) return;
    pollfd entry{STDIN_FILENO, POLLIN, 0};
    poll(&entry, 1, 0);
    if ((entry.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return;
    char byte;
    if (read(STDIN_FILENO, &byte, 1) <= 0) stopped_ = true;
}

// Sleeps until a datagram comes or the pace allows the machine's next event.
void Server::wait() {
    poll_ = sockets_.poll_entries();
    if (control_ != nullptr) control_->add_poll_entries(poll_);
    if (options_.exit_with_stdin) poll_.push_back({STDIN_FILENO, POLLIN, 0});
    timespec timeout{};
    const timespec* timeout_or_none = nullptr;
    const Cycles event = machine_.next_event();
    if (event != emulator::kNever) {
        const double cycles =
            static_cast<double>(event > machine_.now() ? event - machine_.now() : 0) -
            credit_cycles_;
        const double seconds =
            std::clamp(cycles / (pace() * static_cast<double>(emulator::kCyclesASecond)), 0.0, 1.0);
        timeout.tv_sec = static_cast<time_t>(seconds);
        timeout.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
        timeout_or_none = &timeout;
    }
    ppoll(poll_.data(), poll_.size(), timeout_or_none, nullptr);
}

}  // namespace spinnlab::machine_app
