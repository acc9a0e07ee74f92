// SPDX-License-Identifier: Apache-2.0
// One core of a chip: an ARM968 with its memories and its own devices.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "spinnlab/emulator/arm/cpu.hpp"
#include "spinnlab/emulator/chip/communications_controller.hpp"
#include "spinnlab/emulator/chip/dma_controller.hpp"
#include "spinnlab/emulator/chip/interrupt_controller.hpp"
#include "spinnlab/emulator/chip/poll_skipper.hpp"
#include "spinnlab/emulator/chip/timer.hpp"

namespace spinnlab::emulator {

class EmulatedChip;

/// What a core has done since it was started, in cycles of the simple cycle model: an estimate.
struct CoreLoad {
    std::uint64_t instructions = 0;
    std::uint64_t busy_cycles = 0;      ///< not waiting for an interrupt
    std::uint64_t steps = 0;            ///< expiries of timer 1
    std::uint64_t max_step_cycles = 0;  ///< the busiest step
    std::uint64_t overrun_steps = 0;    ///< steps without a single idle cycle
    Cycles step_cycles = 0;             ///< the timer's period, as last seen
    std::uint64_t packets_received = 0;
    std::uint64_t packets_sent = 0;
};

class Core final : public arm::Bus, public DmaMemory {
 public:
    Core(EmulatedChip& chip, int virtual_number, int physical_number);
    ~Core();

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] int physical_number() const { return physical_number_; }

    /// The processor, for a loader that fills its memories before start().
    arm::Cpu& processor();
    /// Devices and registers reset, execution from `pc` in ITCM at time `now`.
    void start(std::uint32_t pc, std::uint32_t r0, Cycles now);
    void stop();
    [[nodiscard]] bool running() const { return running_; }
    [[nodiscard]] bool waiting() const { return running_ && cpu_->waiting(); }

    /// When the core next has something to do: its own clock if it is busy, an event's time if it
    /// sleeps, kNever if only something from outside can wake it.
    [[nodiscard]] Cycles next_wake() const;
    void run(Cycles until);

    // What comes from outside, at the machine's time `now`.
    void deliver(const Packet& packet, Cycles visible, Cycles now);
    void set_line(Interrupt source, bool raised, Cycles now);
    /// Ends the skipping of polls, with the state that polling until `now` would have left.
    void catch_up(Cycles now);
    [[nodiscard]] bool skipping() const { return polls_.skipping(); }

    /// For how long the core has been busy without being able to take the monitor's interrupt,
    /// although its program has enabled it: interrupts masked at the end of each slice, and none
    /// taken in between. Programs that never enable it are not meant to answer.
    [[nodiscard]] Cycles deaf_cycles() const;

    [[nodiscard]] CoreLoad load() const;
    [[nodiscard]] arm::Registers registers() const;
    /// Faults taken since the last call, for the log.
    [[nodiscard]] std::optional<arm::Fault> new_fault();
    [[nodiscard]] bool locked_up() const { return locked_up_; }

    std::optional<std::uint32_t> read(std::uint32_t address, arm::Width width) override;
    bool write(std::uint32_t address, std::uint32_t value, arm::Width width) override;
    bool transfer(const DmaTransfer& transfer) override;

 private:
    friend class PollSkipper;

    [[nodiscard]] Cycles next_event() const;
    void handle_events();
    void update_lines();
    void finish_step();
    void sleep_until(Cycles time);
    void execute(Cycles until);
    void note_deafness();
    [[nodiscard]] std::uint32_t read_device(std::uint32_t address, bool& there);
    bool write_device(std::uint32_t address, std::uint32_t value);

    EmulatedChip& chip_;
    int number_;
    int physical_number_;
    std::unique_ptr<arm::Cpu> cpu_;  ///< made at the first start
    InterruptController interrupts_;
    std::array<Timer, 2> timers_;
    DmaController dma_;
    CommunicationsController communications_;
    PollSkipper polls_;
    bool running_ = false;
    bool locked_up_ = false;
    bool line_raised_ = false;

    Cycles deaf_since_ = kNever;
    std::uint64_t interrupts_taken_ = 0;  ///< at the end of the last slice

    std::uint64_t instructions_at_start_ = 0;
    std::uint64_t faults_seen_ = 0;
    CoreLoad load_;
    std::uint64_t busy_at_step_ = 0;
    bool slept_in_step_ = false;  ///< since timer 1 expired last
};

}  // namespace spinnlab::emulator
