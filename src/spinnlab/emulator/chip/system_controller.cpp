// SPDX-License-Identifier: Apache-2.0
// Registers: SpiNNaker datasheet, system controller (offsets in spinnaker_tools,
// include/spinnaker.h).
#include "spinnlab/emulator/chip/system_controller.hpp"

namespace spinnlab::emulator {
namespace {
constexpr std::uint32_t kCoreMask = 0x3ffff;
constexpr std::uint32_t kWasTaken = 1u << 31;
}  // namespace

void SystemController::reset() {
    const std::uint32_t monitor = monitor_;
    *this = SystemController(static_cast<int>(cores_ok_));
    monitor_ = monitor;
}

std::uint32_t SystemController::read(std::uint32_t offset) {
    if (offset >= 0x100 && offset < 0x180) {  // test and set
        const std::uint32_t bit = 1u << ((offset - 0x100) / 4);
        const bool taken = (locks_ & bit) != 0;
        locks_ |= bit;
        return (taken ? kWasTaken : 0) | kChipId >> 1;
    }
    if (offset >= 0x180 && offset < 0x200) {  // test and clear
        const std::uint32_t bit = 1u << ((offset - 0x180) / 4);
        const bool taken = (locks_ & bit) != 0;
        locks_ &= ~bit;
        return (taken ? kWasTaken : 0) | kChipId >> 1;
    }
    switch (offset) {
        case 0x00: return kChipId;
        case 0x04: return disabled_cores_;
        case 0x08:
        case 0x0c: return cpu_interrupts_;
        case 0x10: return cores_ok_;
        case 0x34: return monitor_;
        case 0x40:
        case 0x48:
        case 0x4c: return leds_;
        case 0x58: return flags_;
        case 0x64: return sleeping_;
        default: return offset < 0x100 ? other_[offset / 4] : 0;
    }
}

void SystemController::write(std::uint32_t offset, std::uint32_t value) {
    switch (offset) {
        case 0x04: disabled_cores_ = value & kCoreMask; break;
        case 0x08: cpu_interrupts_ |= value & kCoreMask; break;
        case 0x0c: cpu_interrupts_ &= ~(value & kCoreMask); break;
        case 0x40: leds_ = value; break;
        case 0x48: leds_ |= value; break;
        case 0x4c: leds_ &= ~value; break;
        case 0x58: flags_ |= value & kCoreMask; break;
        case 0x5c: flags_ &= ~value; break;
        default:
            if (offset < 0x100) other_[offset / 4] = value;
            break;
    }
}

}  // namespace spinnlab::emulator
