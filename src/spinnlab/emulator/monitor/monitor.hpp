// SPDX-License-Identifier: Apache-2.0
// What SC&MP does on core 0 of a chip, as C++ functions on the chip. One file a concern: boot.cpp,
// applications.cpp, mailboxes.cpp, messages.cpp, and *_commands.cpp, one a command family.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "spinnlab/emulator/host_link.hpp"
#include "spinnlab/emulator/monitor/heap.hpp"
#include "spinnlab/emulator/monitor/layout.hpp"
#include "spinnlab/emulator/monitor/router_allocation.hpp"
#include "spinnlab/wire/scp.hpp"

namespace spinnlab::emulator {
class EmulatedMachine;
}

namespace spinnlab::emulator::monitor {

/// Signals to applications (spinnaker_tools, include/sark.h).
enum class Signal : std::uint8_t {
    Initialise = 0,
    PowerDown = 1,
    Stop = 2,
    Start = 3,
    Sync0 = 4,
    Sync1 = 5,
    Pause = 6,
    Continue = 7,
    Exit = 8,
    Timer = 9,
    User0 = 10,
    User1 = 11,
    User2 = 12,
    User3 = 13
};

/// The 128 bytes of system variables that come with a boot image (spinnaker_tools, struct sv).
using BootVariables = std::array<std::uint8_t, 128>;
[[nodiscard]] BootVariables default_boot_variables(int hardware_version, std::uint32_t unix_time);

class Monitor {
 public:
    Monitor(EmulatedMachine& machine, EmulatedChip& chip, int board);

    [[nodiscard]] EmulatedChip& chip() { return chip_; }
    [[nodiscard]] int board() const { return board_; }
    [[nodiscard]] MonitorMemory memory() const { return MonitorMemory(chip_); }

    // boot.cpp
    /// Memory, router and cores as after booting; `ip` on Ethernet chips.
    void boot(const BootVariables& variables, const std::optional<std::array<std::uint8_t, 4>>& ip);

    // messages.cpp
    /// Takes a message that is at this chip, be it for here or not. A command that must wait for a
    /// lock that a core holds is kept and tried again in serve().
    void route(const wire::SdpMessage& message, const HostAddress& from);
    /// The answer to a COUNT whose time has come.
    void answer_count(const wire::SdpMessage& message, const HostAddress& from);
    /// What can be done between two quanta: commands that waited, messages for cores whose mailbox
    /// is free.
    void serve(Cycles now);
    [[nodiscard]] bool has_work() const { return !deferred_.empty() || messages_waiting_ > 0; }

    // mailboxes.cpp
    /// Takes the messages that this chip's cores have put into their mailboxes. Called right after
    /// a core's slice: a chip has only seven message buffers. Touches this chip only.
    void empty_mailboxes();
    /// Messages taken and not routed yet.
    [[nodiscard]] std::vector<wire::SdpMessage>& outgoing() { return outgoing_; }

    // applications.cpp
    /// Starts the APLX image at `image` on `cores` (virtual, the monitor excluded) for an
    /// application.
    void start_application(std::uint32_t image, std::uint32_t cores, std::uint32_t app,
                           std::uint32_t flags);
    void signal(Signal signal, std::uint32_t app, std::uint32_t app_mask);
    [[nodiscard]] std::uint32_t count(std::uint32_t app, CoreState state) const;
    [[nodiscard]] std::uint32_t application_of(int core) const {
        return app_of_core_[static_cast<std::size_t>(core)];
    }
    /// SC&MP's software watchdog, to be called after a core's slice: stops a core that has not been
    /// able to answer for too long. Touches this chip only.
    void watch(Core& core);
    /// A core whose program cannot go on: run-time error, with its registers where the host looks.
    void report_failure(int core, RunTimeError error);
    /// The name a core's program gave itself, as the host sees it.
    [[nodiscard]] std::string application_name(int core) const;

    /// Brings the clock words of the system variables to the machine's time.
    void update_clock(Cycles now);

 private:
    struct Deferred {
        wire::SdpMessage message;
        HostAddress from;
        Cycles since;
    };
    struct Waiting {
        wire::SdpMessage message;
        Cycles since;
    };

    // messages.cpp
    void refuse(const wire::SdpMessage& message, wire::ScpResult result, const HostAddress& from);
    void reply(const wire::SdpMessage& request, wire::Bytes payload, const HostAddress& from);
    void send_to_host(const wire::SdpMessage& message);
    [[nodiscard]] bool must_wait(wire::ScpCommand command) const;
    /// False if the request must wait for a lock; nothing has been done then.
    bool answer(const wire::SdpMessage& message, const HostAddress& from);

    // *_commands.cpp
    wire::ScpReply execute(const wire::ScpRequest& request, const HostAddress& from);
    wire::ScpReply version();
    wire::ScpReply information();
    wire::ScpReply read(const wire::ScpRequest& request, EmulatedChip& chip);
    wire::ScpReply write(const wire::ScpRequest& request, EmulatedChip& chip);
    wire::ScpReply fill(const wire::ScpRequest& request);
    wire::ScpReply link_read(const wire::ScpRequest& request);
    wire::ScpReply link_write(const wire::ScpRequest& request);
    wire::ScpReply start_loaded(const wire::ScpRequest& request);
    wire::ScpReply start_at(const wire::ScpRequest& request);
    wire::ScpReply copy_and_start(const wire::ScpRequest& request);
    wire::ScpReply nearest_neighbour(const wire::ScpRequest& request);
    wire::ScpReply flood_fill(const wire::ScpRequest& request);
    wire::ScpReply send_signal(const wire::ScpRequest& request);
    wire::ScpReply allocate(const wire::ScpRequest& request);
    wire::ScpReply router(const wire::ScpRequest& request);
    wire::ScpReply ip_tag(const wire::ScpRequest& request, const HostAddress& from);

    // mailboxes.cpp
    [[nodiscard]] bool put_into_mailbox(int core, const wire::SdpMessage& message);

    // applications.cpp
    void make_idle(int core);
    void keep_registers(int core);
    void clean_application(std::uint32_t app);
    void signal_everywhere(std::uint32_t signal_word);
    void set_cpu_interrupts(std::uint32_t virtual_cores);
    [[nodiscard]] std::optional<std::uint32_t> load_image(std::uint32_t image, Core& core);
    std::uint32_t bytes_that_fit(Core& core, std::uint32_t address, std::uint32_t bytes);
    bool copy_to_core(Core& core, std::uint32_t to, std::uint32_t from, std::uint32_t bytes);
    bool fill_core(Core& core, std::uint32_t to, std::uint32_t bytes, std::uint32_t word);
    [[nodiscard]] std::uint8_t* core_memory(Core& core, std::uint32_t address, std::uint32_t bytes);

    void build_point_to_point_table();

    EmulatedMachine& machine_;
    EmulatedChip& chip_;
    int board_;
    std::array<std::uint8_t, machine::kMaxCores> app_of_core_{};
    std::array<std::deque<Waiting>, machine::kMaxCores> inbox_;
    int messages_waiting_ = 0;
    std::deque<Deferred> deferred_;
    std::vector<wire::SdpMessage> outgoing_;
    std::uint32_t boot_unix_time_ = 0;
    std::uint64_t clock_ms_ = 0;
};

}  // namespace spinnlab::emulator::monitor
