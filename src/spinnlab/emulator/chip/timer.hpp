// SPDX-License-Identifier: Apache-2.0
// One counter of a core's dual timer (ARM SP804), clocked with the core.
#pragma once

#include <cstdint>

#include "spinnlab/emulator/chip/packet.hpp"

namespace spinnlab::emulator {

class Timer {
 public:
    [[nodiscard]] std::uint32_t read(std::uint32_t offset, Cycles now) const;
    void write(std::uint32_t offset, std::uint32_t value, Cycles now);

    /// When the counter next reaches zero; kNever while it stands still.
    [[nodiscard]] Cycles expiry() const { return expiry_; }
    /// Handles an expiry at or before `now`: raises the raw interrupt and reloads.
    void advance(Cycles now);
    [[nodiscard]] bool interrupt() const { return raw_ && (control_ & kInterruptEnabled) != 0; }

    /// Cycles between two expiries when periodic; 0 otherwise.
    [[nodiscard]] Cycles period() const;
    /// Moves a running counter `cycles` into the future, as if that many whole periods had passed.
    void skip(Cycles cycles) { expiry_ += cycles; }
    /// Equal but for the phase; `offset` is the difference of the two clocks.
    [[nodiscard]] bool same_but_later(const Timer& earlier, Cycles offset) const;

 private:
    static constexpr std::uint32_t kOneShot = 0x01;
    static constexpr std::uint32_t kWide = 0x02;
    static constexpr std::uint32_t kInterruptEnabled = 0x20;
    static constexpr std::uint32_t kPeriodic = 0x40;
    static constexpr std::uint32_t kEnabled = 0x80;

    [[nodiscard]] Cycles prescale() const;
    [[nodiscard]] std::uint32_t mask() const {
        return (control_ & kWide) != 0 ? 0xffffffffu : 0xffffu;
    }
    [[nodiscard]] std::uint32_t value(Cycles now) const;
    void restart(std::uint32_t from, Cycles now);

    std::uint32_t load_ = 0;
    std::uint32_t background_load_ = 0;
    std::uint32_t control_ = kInterruptEnabled;
    std::uint32_t frozen_ = 0xffffffffu;  ///< the value while it stands still
    bool raw_ = false;
    Cycles expiry_ = kNever;
};

}  // namespace spinnlab::emulator
