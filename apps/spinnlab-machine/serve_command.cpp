// SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "board_sockets.hpp"
#include "control_socket.hpp"
#include "runtime_folder.hpp"
#include "sender_guard.hpp"
#include "server.hpp"
#include "session_file.hpp"
#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/describe.hpp"

namespace spinnlab::machine_app {
namespace {

struct ServeRequest {
    machine::MachineSpec spec;
    std::vector<std::string> boards;  ///< "X,Y=ADDRESS"
    std::string management;           ///< address of the boards' BMP; empty: none
    bool unbooted = false;
    int threads = 1;
    emulator::Cycles quantum_cycles = 2000;
    ServerOptions server;
    std::string recording;
    std::string control;
    std::optional<std::uint32_t> owner_uid;
    bool trust_closed = false;
};

struct Board {
    machine::ChipXY ethernet;
    std::array<std::uint8_t, 4> address;
};

Board parse_board(const std::string& text) {
    int x = 0, y = 0, used = 0;
    if (std::sscanf(text.c_str(), "%d,%d=%n", &x, &y, &used) != 2 || used == 0) {
        throw MachineError(fmt::format("\"{}\" does not say where a board is", text),
                           "write X,Y=ADDRESS, for example 0,0=127.0.0.1");
    }
    return {{x, y}, parse_loopback(text.substr(static_cast<std::size_t>(used)))};
}

/// Addresses in the order of the machine's Ethernet chips.
std::vector<std::array<std::uint8_t, 4>> addresses_of(const machine::Machine& machine,
                                                      const std::vector<Board>& boards) {
    std::vector<std::array<std::uint8_t, 4>> addresses;
    for (const machine::ChipXY ethernet : machine.ethernet_chips()) {
        const auto board = std::find_if(boards.begin(), boards.end(), [&](const Board& candidate) {
            return candidate.ethernet == ethernet;
        });
        if (board == boards.end()) {
            throw MachineError(
                fmt::format("no address for the board at ({}, {})", ethernet.x, ethernet.y),
                fmt::format("add --board {},{}=127.x.y.z", ethernet.x, ethernet.y));
        }
        addresses.push_back(board->address);
    }
    return addresses;
}

Server* running_server = nullptr;
void stop_server(int) {
    if (running_server != nullptr) running_server->stop();
}

void serve(ServeRequest request) {
    if (request.boards.empty()) request.boards.push_back("0,0=127.0.0.1");
    std::vector<Board> boards;
    for (const std::string& text : request.boards) {
        boards.push_back(parse_board(text));
        request.spec.boards.push_back(boards.back().ethernet);
    }
    machine::Machine description = machine::build(request.spec);
    emulator::MachineOptions options;
    options.quantum_cycles = request.quantum_cycles;
    options.threads = request.threads;
    options.booted = !request.unbooted;
    options.unix_time = static_cast<std::uint32_t>(std::time(nullptr));
    options.board_addresses = addresses_of(description, boards);

    std::optional<std::array<std::uint8_t, 4>> management;
    if (!request.management.empty()) management = parse_loopback(request.management);
    BoardSockets sockets(options.board_addresses, management);
    std::optional<SenderGuard> guard;
    if (request.owner_uid) {
        sockets.guard(&guard.emplace(*request.owner_uid, request.trust_closed));
    }
    std::unique_ptr<SessionWriter> recording;
    if (!request.recording.empty()) {
        recording = std::make_unique<SessionWriter>(
            request.recording,
            SessionHeader{machine::to_json(description), options.quantum_cycles, options.unix_time,
                          options.booted, options.board_addresses});
    }
    std::unique_ptr<ControlSocket> control;
    if (request.control != "none") {
        control = std::make_unique<ControlSocket>(
            request.control.empty() ? control_path(options.board_addresses.front())
                                    : request.control,
            guard ? &*guard : nullptr);
    }
    emulator::EmulatedMachine machine(std::move(description), options, sockets);
    Server server(machine, sockets, request.server, recording.get(), control.get());
    running_server = &server;
    struct sigaction action{};
    action.sa_handler = stop_server;  // without SA_RESTART: a wait ends at once
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    std::puts("ready");
    std::fflush(stdout);
    server.run();
    running_server = nullptr;
}

void add_machine_options(CLI::App& command, ServeRequest& request) {
    command.add_option(
        "--board", request.boards,
        "Ethernet chip and address of a board, X,Y=127.x.y.z; once a board (0,0=127.0.0.1)");
    command.add_option("--bmp", request.management,
                       "Address of the boards' management: version, power, LEDs (default: none)");
    command.add_option("--width", request.spec.width, "Width of the machine in chips")
        ->capture_default_str();
    command.add_option("--height", request.spec.height, "Height of the machine in chips")
        ->capture_default_str();
    command.add_option("--version", request.spec.version, "3: four chips a board; 5: 48")
        ->capture_default_str();
    command.add_option("--down-cores", request.spec.down_cores,
                       "Dead cores: x,y,p[-q], joined by \":\"");
    command.add_option("--down-chips", request.spec.down_chips, "Dead chips: x,y, joined by \":\"");
    command.add_option("--down-links", request.spec.down_links,
                       "Dead links: x,y,link, joined by \":\"");
    command.add_flag("--unbooted", request.unbooted, "Wait for a boot image, as after power-on");
    command
        .add_option("--quantum", request.quantum_cycles, "Cycles between two exchanges of packets")
        ->check(CLI::Range(100, 20000))
        ->capture_default_str();
}

void add_server_options(CLI::App& command, ServeRequest& request) {
    command
        .add_option("--threads", request.threads,
                    "Threads that execute chips; results do not depend on it")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command
        .add_option("--pace", request.server.pace, "Virtual seconds a second of wall time at most")
        ->check(CLI::Range(0.001, 1000.0))
        ->capture_default_str();
    command.add_flag("--exit-with-stdin", request.server.exit_with_stdin,
                     "End when standard input ends");
    command.add_flag("--tell-activity", request.server.tell_activity,
                     "Print a line \"active\" once a second, unless nothing runs and nobody sends");
    command.add_flag("--trust-closed", request.trust_closed,
                     "with --owner-uid: hear senders, too, that have closed their socket already");
    command.add_option("--owner-uid", request.owner_uid,
                       "Number of the user whose datagrams the boards accept, beside root's and "
                       "yours (default: everybody's of this computer)");
    command.add_option("--control", request.control,
                       "Unix socket to look inside the machine (default: one in your runtime "
                       "folder; none: no socket)");
}

}  // namespace

void add_serve_command(CLI::App& app) {
    const auto request = std::make_shared<ServeRequest>();
    CLI::App* const serve_boards =
        app.add_subcommand("serve", "Run boards that hosts find on loopback addresses");
    CLI::App* const record = app.add_subcommand(
        "record", "The same, and write the session to a file that replay runs again");
    serve_boards->add_option("--record", request->recording,
                             "Write the session to a file that replay runs again");
    record->add_option("FILE", request->recording, "The session's file")->required();
    for (CLI::App* const command : {serve_boards, record}) {
        add_machine_options(*command, *request);
        add_server_options(*command, *request);
        command->callback([request] { serve(*request); });
    }
}

}  // namespace spinnlab::machine_app
