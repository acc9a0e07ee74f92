// SPDX-License-Identifier: Apache-2.0
// A chip's system controller: interrupts between cores, test-and-set locks, flags, LEDs.
#pragma once

#include <array>
#include <cstdint>

namespace spinnlab::emulator {

/// Locks by SARK's use (spinnaker_tools, include/sark.h).
enum class Lock : std::uint8_t { Message = 0, Mailbox = 1, Semaphore = 5, Heap = 6, Router = 7 };

class SystemController {
 public:
    explicit SystemController(int physical_cores_ok_mask) : cores_ok_(physical_cores_ok_mask) {}
    void reset();

    /// Reading a test-and-set register takes the lock, a test-and-clear register gives it back.
    [[nodiscard]] std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);

    /// Physical cores whose CPU interrupt is raised. Bit of the monitor: a mailbox has been filled.
    [[nodiscard]] std::uint32_t cpu_interrupts() const { return cpu_interrupts_; }
    void raise_cpu_interrupts(std::uint32_t physical_cores) { cpu_interrupts_ |= physical_cores; }
    void clear_cpu_interrupts(std::uint32_t physical_cores) { cpu_interrupts_ &= ~physical_cores; }

    /// One bit a virtual core: SARK's sync0 clears it, sync1 sets it.
    void set_flags(std::uint32_t cores) { flags_ |= cores; }
    void clear_flags(std::uint32_t cores) { flags_ &= ~cores; }

    [[nodiscard]] bool locked(Lock lock) const {
        return (locks_ >> static_cast<int>(lock) & 1) != 0;
    }
    [[nodiscard]] bool any_locked() const { return locks_ != 0; }
    void release_locks() { locks_ = 0; }
    void set_monitor(int physical_core) { monitor_ = static_cast<std::uint32_t>(physical_core); }
    void set_sleeping(std::uint32_t physical_cores) { sleeping_ = physical_cores; }
    [[nodiscard]] std::uint32_t leds() const { return leds_; }
    void set_leds(std::uint32_t leds) { leds_ = leds; }

 private:
    static constexpr std::uint32_t kChipId = 0x59111012;
    std::uint32_t cores_ok_;
    std::uint32_t monitor_ = 0;
    std::uint32_t cpu_interrupts_ = 0;
    std::uint32_t flags_ = 0;
    std::uint32_t locks_ = 0;
    std::uint32_t sleeping_ = 0;
    std::uint32_t leds_ = 0;
    std::uint32_t disabled_cores_ = 0;
    std::array<std::uint32_t, 0x100 / 4> other_{};  ///< clocks, resets, pins: kept, without effect
};

}  // namespace spinnlab::emulator
