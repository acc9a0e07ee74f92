// SPDX-License-Identifier: Apache-2.0
// Register offsets and behaviour: ARM PL190 technical reference manual.
#include "spinnlab/emulator/chip/interrupt_controller.hpp"

#include <bit>

namespace spinnlab::emulator {
namespace {
constexpr std::uint32_t kSlotEnabled = 0x20;
constexpr std::uint32_t kSourceMask = 0x1f;
}  // namespace

void InterruptController::reset() {
    const std::uint32_t lines = lines_;  // the sources themselves are not reset with the controller
    *this = InterruptController();
    lines_ = lines;
}

int InterruptController::served_slot() const {
    return serving_ == 0 ? kIdle : std::countr_zero(serving_);
}

int InterruptController::requesting_slot() const {
    const std::uint32_t requests = pending() & ~select_;
    if (requests == 0) return kIdle;
    const int served = served_slot();
    std::uint32_t vectored = 0;
    for (int slot = 0; slot < kSlots; ++slot) {
        if ((control_[slot] & kSlotEnabled) == 0) continue;
        const std::uint32_t bit = 1u << (control_[slot] & kSourceMask);
        vectored |= bit;
        if (slot < served && (requests & bit) != 0) return slot;
    }
    return served > kDefaultSlot && (requests & ~vectored) != 0 ? kDefaultSlot : kIdle;
}

bool InterruptController::irq() const { return requesting_slot() != kIdle; }

std::uint32_t InterruptController::acknowledge() {
    const int slot = requesting_slot();
    if (slot == kIdle) return default_address_;  // nothing pending: no masking
    serving_ |= 1u << slot;
    return slot < kSlots ? address_[slot] : default_address_;
}

std::uint32_t InterruptController::read(std::uint32_t offset) {
    if (offset >= 0x100 && offset < 0x140) return address_[(offset - 0x100) / 4];
    if (offset >= 0x200 && offset < 0x240) return control_[(offset - 0x200) / 4];
    switch (offset) {
        case 0x00: return pending() & ~select_;
        case 0x04: return pending() & select_;
        case 0x08: return lines_ | software_;
        case 0x0c: return select_;
        case 0x10: return enabled_;
        case 0x18: return software_;
        case 0x30: return acknowledge();
        case 0x34: return default_address_;
        default: return 0;
    }
}

void InterruptController::write(std::uint32_t offset, std::uint32_t value) {
    if (offset >= 0x100 && offset < 0x140) {
        address_[(offset - 0x100) / 4] = value;
        return;
    }
    if (offset >= 0x200 && offset < 0x240) {
        control_[(offset - 0x200) / 4] = value & (kSlotEnabled | kSourceMask);
        return;
    }
    switch (offset) {
        case 0x0c: select_ = value; break;
        case 0x10: enabled_ |= value; break;
        case 0x14: enabled_ &= ~value; break;
        case 0x18: software_ |= value; break;
        case 0x1c: software_ &= ~value; break;
        case 0x30: serving_ &= serving_ - 1; break;  // done with the highest priority served
        case 0x34: default_address_ = value; break;
        default: break;
    }
}

}  // namespace spinnlab::emulator
