// SPDX-License-Identifier: Apache-2.0
#include "look_commands.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "board_sockets.hpp"
#include "runtime_folder.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

using nlohmann::json;

constexpr double kCyclesAMicrosecond = 200;

/// A conversation with a machine's control socket.
class Client {
 public:
    /// None if nobody serves that socket.
    static std::unique_ptr<Client> connect_to(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path) return nullptr;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return nullptr;
        auto client = std::unique_ptr<Client>(new Client(fd));
        if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return nullptr;
        return client;
    }
    ~Client() { close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    json ask(const json& request) {
        const std::string line = request.dump() + '\n';
        if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(line.size()))
            gone();
        std::size_t end;
        while ((end = unread_.find('\n')) == std::string::npos) {
            char buffer[65536];
            const ssize_t bytes = recv(fd_, buffer, sizeof buffer, 0);
            if (bytes <= 0) gone();
            unread_.append(buffer, static_cast<std::size_t>(bytes));
        }
        const json reply = json::parse(unread_.substr(0, end));
        unread_.erase(0, end + 1);
        if (reply.contains("error")) throw MachineError(reply["error"].get<std::string>(), "");
        return reply.at("return");
    }

 private:
    explicit Client(int fd) : fd_(fd) {}
    [[noreturn]] static void gone() { throw MachineError("the machine has ended", ""); }
    int fd_;
    std::string unread_;
};

/// The machine at `address`, or the only one that runs.
std::unique_ptr<Client> open_machine(const std::string& address) {
    if (!address.empty()) {
        std::unique_ptr<Client> client = Client::connect_to(control_path(parse_loopback(address)));
        if (!client) {
            throw MachineError(fmt::format("no machine of yours runs at {}", address),
                               "leave the address out to see those that run");
        }
        return client;
    }
    std::unique_ptr<Client> only;
    std::string running;
    int n = 0;
    for (const std::string& candidate : machines_with_sockets()) {
        std::unique_ptr<Client> client =
            Client::connect_to(control_path(parse_loopback(candidate)));
        if (!client) continue;
        ++n;
        running += (running.empty() ? "" : ", ") + candidate;
        only = std::move(client);
    }
    if (n == 0)
        throw MachineError("no machine of yours runs",
                           "start a script, or `spinnlab machine serve --board 0,0=127.0.0.1`");
    if (n > 1)
        throw MachineError(fmt::format("{} machines run: {}", n, running),
                           "say which with --at ADDRESS");
    return only;
}

const char* state_name(int state) {
    constexpr const char* names[] = {"dead",         "powered down", "run-time error", "watchdog",
                                     "initialising", "waiting",      "sark",           "running",
                                     "sync0",        "sync1",        "paused",         "exited"};
    return state >= 0 && state < 12 ? names[state] : state == 15 ? "idle" : "unknown";
}

void print_load(const json& load) {
    fmt::print("virtual time {:.3f} s; cycles are estimates of a simple model (200 MHz)\n",
               load.at("virtual_cycles").get<double>() / 200e6);
    fmt::print("{:>3} {:>3} {:>3}  {:16} {:14} {:>9} {:>12} {:>10} {:>8} {:>10} {:>10}\n", "x", "y",
               "p", "program", "state", "steps", "us a step", "most us", "overruns", "received",
               "sent");
    for (const json& core : load.at("cores")) {
        const double step = core.at("mean_step_cycles"), most = core.at("max_step_cycles");
        fmt::print("{:>3} {:>3} {:>3}  {:16} {:14} {:>9} {:>12.1f} {:>10.1f} {:>8} {:>10} {:>10}\n",
                   core.at("x").get<int>(), core.at("y").get<int>(), core.at("p").get<int>(),
                   core.at("program").get<std::string>(), state_name(core.at("state")),
                   core.at("steps").get<std::uint64_t>(), step / kCyclesAMicrosecond,
                   most / kCyclesAMicrosecond, core.at("overrun_steps").get<std::uint64_t>(),
                   core.at("packets_received").get<std::uint64_t>(),
                   core.at("packets_sent").get<std::uint64_t>());
    }
}

void print_registers(const json& answer) {
    for (std::size_t i = 0; i < 16; ++i) {
        fmt::print("r{:<2} 0x{:08x}{}", i, answer.at("r").at(i).get<std::uint32_t>(),
                   i % 4 == 3 ? "\n" : "  ");
    }
    fmt::print("cpsr 0x{:08x}  {}\n", answer.at("cpsr").get<std::uint32_t>(),
               !answer.at("running").get<bool>()  ? "stopped"
               : answer.at("waiting").get<bool>() ? "waiting for an interrupt"
                                                  : "running");
    if (answer.contains("code")) fmt::print("{}", answer.at("code").get<std::string>());
}

struct Request {
    std::string address;
    int x = 0, y = 0, p = 0;
    bool follow = false;
    bool as_json = false;
};

json at_core(const char* command, const Request& request) {
    return {{"command", command}, {"x", request.x}, {"y", request.y}, {"p", request.p}};
}

void print_iobuf(Client& client, const Request& request) {
    std::size_t from = 0;
    do {
        json question = at_core("iobuf", request);
        question["from"] = from;
        const json answer = client.ask(question);
        const std::string text = answer.at("text");
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
        const std::size_t next = answer.at("next");
        from = next < from ? 0 : next;  // less: another program has started there
        if (request.follow) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    } while (request.follow);
}

}  // namespace

void add_look_commands(CLI::App& app) {
    const auto request = std::make_shared<Request>();
    const auto add = [&](const char* name, const char* what, bool core) {
        CLI::App* const command = app.add_subcommand(name, what);
        command->add_option("--at", request->address,
                            "Address of the machine's first board, where several run");
        if (core) {
            command->add_option("X", request->x, "Column of the chip")->required();
            command->add_option("Y", request->y, "Row of the chip")->required();
            command->add_option("P", request->p, "Core")->required();
        }
        command->add_flag("--json", request->as_json, "The answer as JSON");
        return command;
    };
    add("load", "Cycles a step of every core, and steps that would have overrun", false)
        ->callback([request] {
            const json answer = open_machine(request->address)->ask({{"command", "load"}});
            request->as_json ? fmt::print("{}\n", answer.dump()) : print_load(answer);
        });
    add("state", "Virtual time, running cores, instructions", false)->callback([request] {
        fmt::print("{}\n", open_machine(request->address)->ask({{"command", "state"}}).dump(2));
    });
    add("registers", "Registers of a core and the code around its next instruction", true)
        ->callback([request] {
            const json answer = open_machine(request->address)->ask(at_core("registers", *request));
            request->as_json ? fmt::print("{}\n", answer.dump()) : print_registers(answer);
        });
    CLI::App* const iobuf = add("iobuf", "What a core's program has printed", true);
    iobuf->add_flag("--follow", request->follow, "Go on printing until interrupted");
    iobuf->callback([request] {
        const std::unique_ptr<Client> client = open_machine(request->address);
        print_iobuf(*client, *request);
    });
}

}  // namespace spinnlab::machine_app
