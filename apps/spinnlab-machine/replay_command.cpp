// SPDX-License-Identifier: Apache-2.0
#include "replay_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "session_file.hpp"
#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/describe.hpp"

namespace spinnlab::machine_app {
namespace {

/// Keeps what the machine sends, in the form in which a session holds it.
class Collector final : public emulator::HostLink {
 public:
    void attach(const emulator::EmulatedMachine& machine) { machine_ = &machine; }
    void send(int board, std::uint16_t from_port, const emulator::HostAddress& to,
              const wire::Bytes& datagram) override {
        sent.push_back(
            {true, machine_->now(), static_cast<std::uint16_t>(board), from_port, to, datagram});
    }
    void open_port(int, std::uint16_t) override {}
    void close_port(int, std::uint16_t) override {}
    void notice(const std::string&) override {}

    std::vector<SessionRecord> sent;

 private:
    const emulator::EmulatedMachine* machine_ = nullptr;
};

std::string describe(const SessionRecord& record) {
    std::string bytes;
    for (std::size_t i = 0; i < record.datagram.size() && i < 48; ++i)
        bytes += fmt::format("{:02x}", record.datagram[i]);
    return fmt::format("{:.6f} ms, board {} port {} to {}.{}.{}.{}:{}, {} bytes {}",
                       static_cast<double>(record.time) / 2e5, record.board, record.port,
                       record.peer.ip[0], record.peer.ip[1], record.peer.ip[2], record.peer.ip[3],
                       record.peer.port, record.datagram.size(), bytes);
}

void compare(const std::vector<SessionRecord>& recorded, const std::vector<SessionRecord>& now,
             ReplayResult& result) {
    result.sent = recorded.size();
    const std::size_t common = std::min(recorded.size(), now.size());
    // A killed session's file may end before the last datagrams; more than recorded is no
    // difference.
    result.differences = recorded.size() - common;
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        if (i < common && recorded[i] == now[i]) continue;
        if (i < common) ++result.differences;
        if (result.first_difference.empty()) {
            result.first_difference = fmt::format("recorded {}\n     now {}", describe(recorded[i]),
                                                  i < common ? describe(now[i]) : "nothing");
        }
    }
}

}  // namespace

ReplayResult replay(const std::string& path, int threads) {
    SessionReader session(path);
    const SessionHeader& header = session.header();
    emulator::MachineOptions options;
    options.quantum_cycles = header.quantum_cycles;
    options.threads = threads;
    options.booted = header.booted;
    options.unix_time = header.unix_time;
    options.board_addresses = header.board_addresses;
    Collector collector;
    emulator::EmulatedMachine machine(machine::from_json(header.machine_json), options, collector);
    collector.attach(machine);

    ReplayResult result;
    const auto start = std::chrono::steady_clock::now();
    std::vector<SessionRecord> recorded;
    emulator::Cycles end = 0;
    while (std::optional<SessionRecord> record = session.next()) {
        end = record->time;
        if (record->sent) {
            recorded.push_back(std::move(*record));
            continue;
        }
        if (record->board > machine.management()) {
            throw MachineError(
                fmt::format("{} names board {} of {}", path, record->board, machine.management()),
                "name a file that `spinnlab machine record` wrote");
        }
        ++result.received;
        if (machine.now() < record->time) machine.advance(record->time);
        machine.receive(record->board, record->port, record->peer, record->datagram);
    }
    machine.advance(end + header.quantum_cycles);  // what was sent at the very end
    compare(recorded, collector.sent, result);
    result.virtual_seconds =
        static_cast<double>(machine.now()) / static_cast<double>(emulator::kCyclesASecond);
    result.wall_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

void add_replay_command(CLI::App& app) {
    struct Request {
        std::string path;
        int threads = 1;
    };
    const auto request = std::make_shared<Request>();
    CLI::App* const command =
        app.add_subcommand("replay", "Run a recorded session again and compare every datagram");
    command->add_option("FILE", request->path, "A session written by serve --record")->required();
    command->add_option("--threads", request->threads, "Threads that execute chips")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->callback([request] {
        const ReplayResult result = replay(request->path, request->threads);
        fmt::print(
            "{} datagrams received, {} sent, {} differ; {:.3f} s of virtual time in {:.2f} s\n",
            result.received, result.sent, result.differences, result.virtual_seconds,
            result.wall_seconds);
        if (!result.first_difference.empty()) fmt::print("{}\n", result.first_difference);
        if (result.differences != 0) throw CLI::RuntimeError(1);
    });
}

}  // namespace spinnlab::machine_app
