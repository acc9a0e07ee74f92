// SPDX-License-Identifier: Apache-2.0
// One chip: its memories, its router and system controller, its cores. The monitor (core 0) is not
// executed: what SC&MP does stands in emulator/monitor as functions on this class.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "spinnlab/emulator/chip/core.hpp"
#include "spinnlab/emulator/chip/memory.hpp"
#include "spinnlab/emulator/chip/router.hpp"
#include "spinnlab/emulator/chip/system_controller.hpp"
#include "spinnlab/emulator/chip/watchdog.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::emulator {

/// A core took an abort or an undefined instruction, or cannot go on at all, or has been stopped
/// because it no longer answered.
struct CoreFailure {
    int core = 0;
    arm::Fault fault;  ///< when it no longer answered: only `pc`, where it was
    bool locked_up = false;
    bool thumb = false;
    bool deaf = false;
};

class EmulatedChip {
 public:
    /// `now` is the machine's clock: the start of the present quantum.
    EmulatedChip(const machine::Chip& description, const Cycles& now, bool skip_polls = true);
    EmulatedChip(const EmulatedChip&) = delete;
    EmulatedChip& operator=(const EmulatedChip&) = delete;

    [[nodiscard]] const machine::Chip& description() const { return description_; }
    [[nodiscard]] machine::ChipXY xy() const { return description_.xy; }
    /// The chip's address as packets and messages carry it: x << 8 | y.
    [[nodiscard]] std::uint16_t address() const {
        return static_cast<std::uint16_t>(description_.xy.x << 8 | description_.xy.y);
    }
    [[nodiscard]] bool has_ethernet() const { return description_.xy == description_.ethernet; }

    [[nodiscard]] Sdram& sdram() { return sdram_; }
    [[nodiscard]] Router& router() { return router_; }
    [[nodiscard]] const Router& router() const { return router_; }
    [[nodiscard]] SystemController& system_controller() { return system_controller_; }
    [[nodiscard]] Watchdog& watchdog() { return watchdog_; }

    /// Cores by virtual number; core 0 never runs.
    [[nodiscard]] int n_cores() const { return description_.n_cores; }
    [[nodiscard]] Core& core(int number) { return *cores_[static_cast<std::size_t>(number)]; }
    [[nodiscard]] const Core& core(int number) const {
        return *cores_[static_cast<std::size_t>(number)];
    }
    [[nodiscard]] std::span<const std::unique_ptr<Core>> cores() const { return cores_; }

    [[nodiscard]] Cycles now() const { return now_; }
    [[nodiscard]] bool skips_polls() const { return skip_polls_; }

    /// When the first of the chip's cores has something to do.
    [[nodiscard]] Cycles next_wake() const;
    /// Runs the cores one after another up to `until`; packets they send stay in the outbox.
    /// `after_slice(core)` is called after each core that ran.
    template <typename AfterSlice>
    void run(Cycles until, AfterSlice&& after_slice) {
        for (const auto& core : cores_) {
            if (core->next_wake() >= until) continue;
            core->run(until);
            after_slice(*core);
        }
    }

    /// Keeps what went wrong in a core's last slice, if anything did, for the log.
    void note_failure(Core& core);
    /// Stops a core that no longer answers, and keeps where it was for the log.
    void stop_deaf(Core& core);
    [[nodiscard]] std::vector<CoreFailure> take_failures() { return std::exchange(failures_, {}); }

    void send(const SentPacket& packet) { outbox_.push_back(packet); }
    [[nodiscard]] std::vector<SentPacket>& outbox() { return outbox_; }

    /// System RAM at an address of one of its two windows, else null. Words do not cross its end.
    [[nodiscard]] std::uint8_t* system_ram_at(std::uint32_t address) {
        const std::uint32_t window = address & 0xefff8000;
        return window == kSystemRamBase ? system_ram_.data() + (address & (kSystemRamBytes - 1))
                                        : nullptr;
    }
    /// `bytes` bytes of SDRAM or system RAM, null if any of them is neither.
    [[nodiscard]] std::uint8_t* memory_at(std::uint32_t address, std::uint32_t bytes);

    /// The system controller as cores reach it, and what a write to it sets off.
    [[nodiscard]] std::uint32_t read_system_controller(std::uint32_t offset);
    void write_system_controller(std::uint32_t offset, std::uint32_t value, const Core& by);
    /// Raises or clears the CPU interrupt lines of cores (virtual numbers) after a change from
    /// outside.
    void update_cpu_interrupts(Cycles now);

    /// To be called after anything that may have changed the router: polling cores look again, and
    /// the line of dropped packets is set or cleared.
    void router_changed();

    [[nodiscard]] std::uint32_t physical_mask(std::uint32_t virtual_mask) const;
    [[nodiscard]] std::uint32_t virtual_mask(std::uint32_t physical_mask) const;

 private:
    machine::Chip description_;
    Sdram sdram_;
    SystemRam system_ram_{};
    Router router_;
    SystemController system_controller_;
    Watchdog watchdog_;
    std::vector<std::unique_ptr<Core>> cores_;
    std::vector<SentPacket> outbox_;
    std::vector<CoreFailure> failures_;
    std::uint64_t router_version_seen_ = 0;
    const Cycles& now_;
    bool skip_polls_;
};

}  // namespace spinnlab::emulator
