// SPDX-License-Identifier: Apache-2.0
// Register offsets and behaviour: ARM SP804 technical reference manual.
#include "spinnlab/emulator/chip/timer.hpp"

namespace spinnlab::emulator {

Cycles Timer::prescale() const {
    switch (control_ >> 2 & 3) {
        case 0: return 1;
        case 1: return 16;
        default: return 256;
    }
}

Cycles Timer::period() const {
    if ((control_ & kEnabled) == 0 || (control_ & kPeriodic) == 0 || (control_ & kOneShot) != 0)
        return 0;
    const Cycles ticks = background_load_ & mask();
    return (ticks == 0 ? 1 : ticks) * prescale();
}

std::uint32_t Timer::value(Cycles now) const {
    if (expiry_ == kNever) return frozen_ & mask();
    return expiry_ > now ? static_cast<std::uint32_t>((expiry_ - now) / prescale()) & mask() : 0;
}

void Timer::restart(std::uint32_t from, Cycles now) {
    frozen_ = from;
    if ((control_ & kEnabled) == 0) {
        expiry_ = kNever;
        return;
    }
    const Cycles ticks = from & mask();
    expiry_ = now + (ticks == 0 ? 1 : ticks) * prescale();
}

std::uint32_t Timer::read(std::uint32_t offset, Cycles now) const {
    switch (offset) {
        case 0x00: return load_;
        case 0x04: return value(now);
        case 0x08: return control_;
        case 0x10: return raw_ ? 1 : 0;
        case 0x14: return interrupt() ? 1 : 0;
        case 0x18: return background_load_;
        default: return 0;
    }
}

void Timer::write(std::uint32_t offset, std::uint32_t written, Cycles now) {
    switch (offset) {
        case 0x00:
            load_ = background_load_ = written;
            restart(written, now);
            break;
        case 0x08: {
            // A count loaded while the timer was off and of 16 bits keeps its upper half: spin1_api
            // loads its period so, and only then switches to 32 bits.
            const std::uint32_t present = expiry_ == kNever ? frozen_ : value(now);
            control_ = written & 0xff;
            restart(present, now);
            break;
        }
        case 0x0c: raw_ = false; break;
        case 0x18: background_load_ = written; break;
        default: break;
    }
}

void Timer::advance(Cycles now) {
    while (expiry_ <= now) {
        raw_ = true;
        if ((control_ & kOneShot) != 0) {
            control_ &= ~kEnabled;
            frozen_ = 0;
            expiry_ = kNever;
        } else if ((control_ & kPeriodic) != 0) {
            expiry_ += period();
        } else {
            expiry_ += (Cycles{mask()} + 1) * prescale();
        }
    }
}

bool Timer::same_but_later(const Timer& earlier, Cycles offset) const {
    Timer shifted = earlier;
    if (shifted.expiry_ != kNever) shifted.expiry_ += offset;
    return load_ == shifted.load_ && background_load_ == shifted.background_load_ &&
           control_ == shifted.control_ && frozen_ == shifted.frozen_ && raw_ == shifted.raw_ &&
           expiry_ == shifted.expiry_;
}

}  // namespace spinnlab::emulator
