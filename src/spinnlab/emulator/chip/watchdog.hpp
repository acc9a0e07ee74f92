// SPDX-License-Identifier: Apache-2.0
// A chip's watchdog (ARM SP805). It interrupts; its reset output is not connected.
#pragma once

#include <cstdint>

#include "spinnlab/emulator/chip/packet.hpp"

namespace spinnlab::emulator {

class Watchdog {
 public:
    [[nodiscard]] std::uint32_t read(std::uint32_t offset, Cycles now) const {
        switch (offset) {
            case 0x00: return load_;
            case 0x04:
                return expiry_ == kNever ? load_ : expiry_ > now ? std::uint32_t(expiry_ - now) : 0;
            case 0x08: return control_;
            case 0x10: return raw(now) ? 1 : 0;
            case 0x14: return interrupt(now) ? 1 : 0;
            case 0xc00: return locked_ ? 1 : 0;
            default: return 0;
        }
    }

    void write(std::uint32_t offset, std::uint32_t value, Cycles now) {
        if (offset == 0xc00) {
            locked_ = value != kUnlockCode;
            return;
        }
        if (locked_) return;
        switch (offset) {
            case 0x00: load_ = value; break;
            case 0x08: control_ = value & 3; break;
            case 0x0c: break;  // clears the interrupt and reloads, as any of the three does
            default: return;
        }
        expiry_ = (control_ & 1) != 0 ? now + load_ : kNever;
    }

    [[nodiscard]] bool interrupt(Cycles now) const { return raw(now) && (control_ & 1) != 0; }
    [[nodiscard]] Cycles expiry() const { return expiry_; }

 private:
    static constexpr std::uint32_t kUnlockCode = 0x1acce551;
    [[nodiscard]] bool raw(Cycles now) const { return expiry_ <= now; }

    std::uint32_t load_ = 0xffffffff;
    std::uint32_t control_ = 0;
    bool locked_ = false;
    Cycles expiry_ = kNever;
};

}  // namespace spinnlab::emulator
