// SPDX-License-Identifier: Apache-2.0
#include "run_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <ostream>
#include <vector>

#include "aplx.hpp"
#include "elf_loader.hpp"
#include "spinnlab/base/errors.hpp"
#include "spinnlab/emulator/arm/disassemble.hpp"
#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine_app {
namespace {

using emulator::Cycles;
using emulator::monitor::CoreState;
namespace vcpu = emulator::monitor::vcpu;

constexpr Cycles kCyclesAMillisecond = emulator::kCyclesASecond / 1000;
constexpr std::uint32_t kApplication = 16;  // any number but 0: the first that hosts use

/// Nobody is outside this machine: datagrams are dropped, notices kept.
class Alone final : public emulator::HostLink {
 public:
    void send(int, std::uint16_t, const emulator::HostAddress&, const wire::Bytes&) override {}
    void open_port(int, std::uint16_t) override {}
    void close_port(int, std::uint16_t) override {}
    void notice(const std::string& text) override { notices_.push_back(text); }
    [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }

 private:
    std::vector<std::string> notices_;
};

std::string name_of(CoreState state) {
    constexpr const char* names[] = {"dead",
                                     "powered down",
                                     "run-time error",
                                     "watchdog",
                                     "starting",
                                     "waiting",
                                     "in its start-up",
                                     "running",
                                     "waiting for sync 0",
                                     "waiting for sync 1",
                                     "paused",
                                     "ended"};
    const auto number = static_cast<std::size_t>(state);
    return number < std::size(names) ? names[number] : fmt::format("state {}", number);
}

std::string name_of_error(std::uint32_t code) {
    // rt_code in spinnaker_tools, include/sark.h
    constexpr const char* names[] = {"none",
                                     "branch through zero",
                                     "undefined instruction",
                                     "supervisor call",
                                     "prefetch abort",
                                     "data abort",
                                     "unhandled interrupt",
                                     "unhandled fast interrupt",
                                     "interrupt without a handler",
                                     "abort by the program",
                                     "no memory",
                                     "division by zero",
                                     "no event",
                                     "software error",
                                     "no memory for IOBUF",
                                     "enabling a bad event",
                                     "null pointer",
                                     "packets not started",
                                     "timer not started",
                                     "API not started",
                                     "another software version"};
    return code < std::size(names) ? names[code] : fmt::format("error {}", code);
}

/// The machine with the program on its core.
class Session {
 public:
    explicit Session(const RunRequest& request)
        : request_(request),
          program_(read_elf(read_file(request.path), request.path)),
          machine_(machine::build(machine::parse_spec(request.machine)), options(request), host_) {
        const auto [xy, number] = request.core;
        emulator::EmulatedChip* const chip = machine_.chip_at(xy);
        if (chip == nullptr || number < 1 || number >= chip->n_cores()) {
            throw MachineError(fmt::format("{} has no core ({}, {}, {}) for programs.",
                                           request.machine, xy.x, xy.y, number),
                               "Name a core of a chip that exists, from 1 on (0 is the monitor's), "
                               "as --core X,Y,P.");
        }
        monitor_ = machine_.monitor_at(chip->address());
    }

    void start() {
        auto memory = monitor_->memory();
        const auto image = make_aplx(program_, request_.path);
        const std::uint32_t buffer = memory.system(emulator::monitor::sv::kProgramBuffer);
        std::memcpy(memory.bytes(buffer, static_cast<std::uint32_t>(image.size())), image.data(),
                    image.size());
        for (std::uint32_t i = 0; i < request_.users.size(); ++i) {
            memory.set_word(block() + vcpu::kUser0 + 4 * i, request_.users[i].value_or(0));
        }
        monitor_->start_application(buffer, 1u << request_.core.core, kApplication, 0);
    }

    void run(std::ostream& output) {
        const Cycles end = machine_.now() + request_.time_ms * kCyclesAMillisecond;
        while (machine_.now() < end && !over()) {
            const Cycles before = machine_.now();
            machine_.advance(std::min(end, before + kCyclesAMillisecond));
            print_text(output);
            if (machine_.now() == before && machine_.next_event() == emulator::arm::kNever) {
                asleep_ = true;
                return;
            }
        }
    }

    int tell(std::ostream& report) const {
        const auto memory = monitor_->memory();
        const emulator::CoreLoad load = core().load();
        const bool failed = state() == CoreState::RunTimeError || state() == CoreState::Watchdog;
        report << fmt::format(
            "{} on core ({}, {}, {}): {}{}\n", monitor_->application_name(request_.core.core),
            request_.core.chip.x, request_.core.chip.y, request_.core.core, name_of(state()),
            asleep_  ? ", asleep with nothing left to wake it"
            : over() ? ""
                     : fmt::format(" when its {} ms were over", request_.time_ms));
        report << fmt::format("  virtual time {:.3f} ms, busy {} cycles, {} instructions\n",
                              static_cast<double>(machine_.now()) / kCyclesAMillisecond,
                              load.busy_cycles, load.instructions);
        report << fmt::format(
            "  user0 0x{:08x}  user1 0x{:08x}  user2 0x{:08x}  user3 0x{:08x}\n",
            memory.word(block() + vcpu::kUser0), memory.word(block() + vcpu::kUser0 + 4),
            memory.word(block() + vcpu::kUser0 + 8), memory.word(block() + vcpu::kUser0 + 12));
        if (failed) {
            report << failure();
        } else {
            for (const std::string& notice : host_.notices()) report << notice << "\n";
        }
        report.flush();
        return failed ? 1 : 0;
    }

 private:
    static emulator::MachineOptions options(const RunRequest& request) {
        emulator::MachineOptions options;
        const auto boards =
            machine::build(machine::parse_spec(request.machine)).ethernet_chips().size();
        options.board_addresses.assign(boards, {127, 0, 0, 1});  // no host ever asks for them
        return options;
    }

    [[nodiscard]] const emulator::Core& core() const {
        return monitor_->chip().core(request_.core.core);
    }
    [[nodiscard]] std::uint32_t block() const {
        return emulator::monitor::MonitorMemory::block(request_.core.core);
    }
    [[nodiscard]] CoreState state() const { return monitor_->memory().state(request_.core.core); }
    [[nodiscard]] bool over() const {
        return state() == CoreState::Exited || state() == CoreState::RunTimeError ||
               state() == CoreState::Watchdog || !core().running();
    }

    /// What the program has printed since the last call. Blocks are followed from where the last
    /// call stopped: a chatty program fills hundreds of them.
    void print_text(std::ostream& output) {
        constexpr std::uint32_t kNext = 0, kBytes = 12, kText = 16, kMostBlockBytes = 1 << 20;
        constexpr int kMostBlocks =
            4096;  // more than fit into SDRAM: a damaged chain may be a ring
        auto memory = monitor_->memory();
        const std::uint32_t first = memory.word(block() + vcpu::kIobuf);
        if (first == 0) return;
        const bool cleared = first != first_text_ || memory.word(text_ + kBytes) < printed_bytes_ ||
                             (text_ != first && memory.word(first + kNext) == 0);
        if (cleared) {
            first_text_ = text_ = first;
            printed_bytes_ = 0;
        }
        for (int i = 0; i < kMostBlocks; ++i) {
            const std::uint32_t bytes = std::min(memory.word(text_ + kBytes), kMostBlockBytes);
            const std::uint8_t* const text = memory.bytes(text_ + kText, bytes);
            if (text == nullptr) break;
            output.write(reinterpret_cast<const char*>(text) + printed_bytes_,
                         bytes - printed_bytes_);
            printed_bytes_ = bytes;
            if (memory.word(text_ + kNext) == 0) break;
            text_ = memory.word(text_ + kNext);
            printed_bytes_ = 0;
        }
        output.flush();
    }

    /// What the core has written into its block when it failed, and the code around.
    [[nodiscard]] std::string failure() const {
        const auto memory = monitor_->memory();
        emulator::arm::Cpu& cpu = monitor_->chip().core(request_.core.core).processor();
        const std::uint32_t status = memory.word(block() + vcpu::kStatus);
        const std::uint32_t link = memory.word(block() + vcpu::kLink);
        const std::uint32_t error = memory.byte(block() + vcpu::kErrorCode);
        const bool deaf = state() == CoreState::Watchdog;
        const auto fault = deaf ? std::nullopt : cpu.last_fault();
        // Without a fault the program reported the error itself: what failed is the call before lr.
        constexpr std::uint32_t kCallBytes = 4;  // of an ARM BL, and of both halves of a Thumb one
        const std::uint32_t pc = fault  ? fault->pc
                                 : deaf ? cpu.registers().r[15]
                                        : (link & ~1u) - kCallBytes;
        const bool thumb = fault || deaf ? (status & emulator::arm::kThumb) != 0 : (link & 1) != 0;
        const std::string function = program_.function_at(pc);
        std::string text =
            fmt::format("  {} at 0x{:08x}{}{}\n",
                        deaf ? "busy with interrupts off for too long" : name_of_error(error), pc,
                        function.empty() ? "" : " in " + function,
                        core().locked_up() ? "; it could not go on and was stopped" : "");
        if (fault) {
            const bool undefined = fault->kind == emulator::arm::Fault::Kind::Undefined;
            text += fmt::format("  {} 0x{:08x}\n", undefined ? "instruction" : "address",
                                fault->address);
        }
        for (std::uint32_t i = 0; i < 8; ++i) {
            text +=
                fmt::format("  r{} 0x{:08x}{}", i, memory.word(block() + vcpu::kRegisters + 4 * i),
                            i % 4 == 3 ? "\n" : "");
        }
        text += fmt::format("  sp 0x{:08x}  lr 0x{:08x}  psr 0x{:08x}\n",
                            memory.word(block() + vcpu::kStackPointer), link, status);
        if (pc < emulator::arm::kItcmBytes) {
            text += emulator::arm::disassemble_window(cpu.itcm(), 0, pc, thumb);
        }
        return text;
    }

    RunRequest request_;
    Program program_;
    Alone host_;
    emulator::EmulatedMachine machine_;
    emulator::monitor::Monitor* monitor_ = nullptr;
    std::uint32_t first_text_ = 0;     ///< address of the first block of IOBUF
    std::uint32_t text_ = 0;           ///< of the block being printed
    std::uint32_t printed_bytes_ = 0;  ///< of that block
    bool asleep_ = false;
};

/// "X,Y,P" and "N=VALUE" as CLI11 validates them: an empty text, or what is wrong.
std::string parse_core(const std::string& text, machine::CoreId& core) {
    char rest = 0;
    const int found =
        std::sscanf(text.c_str(), "%d,%d,%d%c", &core.chip.x, &core.chip.y, &core.core, &rest);
    return found == 3 ? "" : fmt::format("{} is not a core: X,Y,P", text);
}

std::string parse_user(const std::string& text, RunRequest& request) {
    unsigned number = 0;
    long long value = 0;
    char rest = 0;
    const int found = std::sscanf(text.c_str(), "%u=%lli%c", &number, &value, &rest);
    if (found != 2 || number >= request.users.size() || value < INT32_MIN || value > UINT32_MAX) {
        return fmt::format(
            "{} is not a register and its value: N=VALUE, N 0 to 3, VALUE of 32 bits", text);
    }
    request.users[number] = static_cast<std::uint32_t>(value);
    return "";
}

}  // namespace

int run_program(const RunRequest& request, std::ostream& output, std::ostream& report) {
    Session session(request);
    session.start();
    session.run(output);
    return session.tell(report);
}

void add_run_command(CLI::App& app) {
    auto* command =
        app.add_subcommand("run", "Run an ELF program on one core of a machine of its own");
    // Shared with the callback, which CLI11 keeps for as long as the app lives.
    const auto request = std::make_shared<RunRequest>();
    command->add_option("program", request->path, "An ELF file for the ARM968")->required();
    command->add_option("--machine", request->machine, "spin3, spin5, ... as print takes it")
        ->capture_default_str();
    command->add_option("--time", request->time_ms, "Virtual time at most, in ms")
        ->check(CLI::Range(1u, 86'400'000u))
        ->capture_default_str();
    command->add_option_function<std::string>(
        "--core",
        [request](const std::string& text) {
            if (const std::string wrong = parse_core(text, request->core); !wrong.empty()) {
                throw CLI::ValidationError("--core", wrong);
            }
        },
        "Where to run it: X,Y,P (0,0,1)");
    command->add_option_function<std::vector<std::string>>(
        "--user",
        [request](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
                if (const std::string wrong = parse_user(text, *request); !wrong.empty()) {
                    throw CLI::ValidationError("--user", wrong);
                }
            }
        },
        "A user register before the start: N=VALUE; once a register");
    command->callback([request] {
        if (const int code = run_program(*request, std::cout, std::cerr); code != 0) {
            throw CLI::RuntimeError(code);
        }
    });
}

}  // namespace spinnlab::machine_app
