// SPDX-License-Identifier: Apache-2.0
// A core's vectored interrupt controller (ARM PL190): 32 sources, 16 vectored slots, nesting by
// priority.
#pragma once

#include <array>
#include <cstdint>

namespace spinnlab::emulator {

/// Sources by their bit (spinnaker_tools, include/spinnaker.h).
enum class Interrupt : std::uint8_t {
    Watchdog = 0,
    Software = 1,
    Timer1 = 4,
    Timer2 = 5,
    PacketReceived = 6,
    TransmitEmpty = 11,
    DmaDone = 12,
    DmaError = 13,
    RouterDump = 16,
    RouterError = 17,
    Cpu = 18,  ///< raised by the system controller: the mailbox
    TransmitNotFull = 23,
    MulticastReceived = 24,
    PointToPointReceived = 25,
    NearestNeighbourReceived = 26,
    FixedRouteReceived = 27,
};

class InterruptController {
 public:
    void reset();

    void set_line(Interrupt source, bool raised) {
        const std::uint32_t bit = 1u << static_cast<int>(source);
        lines_ = raised ? lines_ | bit : lines_ & ~bit;
    }

    [[nodiscard]] bool line(Interrupt source) const {
        return (lines_ >> static_cast<int>(source) & 1) != 0;
    }

    [[nodiscard]] bool enabled(Interrupt source) const {
        return (enabled_ >> static_cast<int>(source) & 1) != 0;
    }

    [[nodiscard]] bool irq() const;  ///< a selected, enabled source outranks what is being served
    [[nodiscard]] bool fiq() const { return (pending() & select_) != 0; }

    /// Reading the vector address masks equal and lower priorities until it is written.
    [[nodiscard]] std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);

    friend bool operator==(const InterruptController&, const InterruptController&) = default;

 private:
    static constexpr int kSlots = 16;
    static constexpr int kDefaultSlot = 16;  ///< rank of sources without a vector: below all slots
    static constexpr int kIdle = 17;

    [[nodiscard]] std::uint32_t pending() const { return (lines_ | software_) & enabled_; }
    [[nodiscard]] int served_slot() const;
    [[nodiscard]] int requesting_slot() const;  ///< the slot that would be served now, or kIdle
    std::uint32_t acknowledge();

    std::uint32_t lines_ = 0;
    std::uint32_t software_ = 0;
    std::uint32_t select_ = 0;  ///< 1: FIQ
    std::uint32_t enabled_ = 0;
    std::uint32_t serving_ = 0;  ///< bit s: slot s is being served (bit 16: the default)
    std::uint32_t default_address_ = 0;
    std::array<std::uint32_t, kSlots> address_{};
    std::array<std::uint32_t, kSlots> control_{};
};

}  // namespace spinnlab::emulator
