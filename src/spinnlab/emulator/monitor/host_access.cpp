// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/monitor/host_access.hpp"

namespace spinnlab::emulator::monitor {
namespace {

enum class Target : std::uint8_t { Nothing, Memory, Router, System, Watchdog, Zero };

Target target_of(EmulatedChip& chip, std::uint32_t address) {
    if (chip.memory_at(address, 1) != nullptr) return Target::Memory;
    if (address < arm::kItcmBytes || address - arm::kDtcmBase < arm::kDtcmBytes)
        return Target::Zero;
    switch (address >> 24) {
        case 0xe1:
        case 0xf1: return Target::Router;
        case 0xe2:
        case 0xf2: return Target::System;
        case 0xe3:
        case 0xf3: return Target::Watchdog;
        case 0x10:
        case 0x20:
        case 0x11:
        case 0x21:
        case 0x1f:
        case 0x2f:
        case 0x30:
        case 0x40:
        case 0xe0:
        case 0xf0:
        case 0xe4:
        case 0xf4:
        case 0xf6: return Target::Zero;
        default: return Target::Nothing;
    }
}

constexpr std::uint32_t kRouterOffset = 0x1fffc;
constexpr std::uint32_t kDeviceOffset = 0xffc;

}  // namespace

std::optional<std::uint32_t> host_read(EmulatedChip& chip, std::uint32_t address,
                                       arm::Width width) {
    std::uint32_t word = 0;
    switch (target_of(chip, address)) {
        case Target::Nothing: return std::nullopt;
        case Target::Memory: {
            const std::uint8_t* const memory =
                chip.memory_at(address, static_cast<std::uint32_t>(width));
            if (memory == nullptr) return std::nullopt;
            if (width == arm::Width::Word) return load<std::uint32_t>(memory);
            return width == arm::Width::Half ? load<std::uint16_t>(memory) : *memory;
        }
        case Target::Router: word = chip.router().read(address & kRouterOffset); break;
        case Target::System: word = chip.read_system_controller(address & kDeviceOffset); break;
        case Target::Watchdog:
            word = chip.watchdog().read(address & kDeviceOffset, chip.now());
            break;
        case Target::Zero: break;
    }
    const std::uint32_t shifted = word >> 8 * (address & 3);
    return width == arm::Width::Byte   ? shifted & 0xff
           : width == arm::Width::Half ? shifted & 0xffff
                                       : word;
}

bool host_write(EmulatedChip& chip, std::uint32_t address, std::uint32_t value, arm::Width width) {
    switch (target_of(chip, address)) {
        case Target::Nothing: return false;
        case Target::Memory: {
            std::uint8_t* const memory = chip.memory_at(address, static_cast<std::uint32_t>(width));
            if (memory == nullptr) return false;
            if (width == arm::Width::Word) {
                store(memory, value);
            } else if (width == arm::Width::Half) {
                store(memory, static_cast<std::uint16_t>(value));
            } else {
                *memory = static_cast<std::uint8_t>(value);
            }
            return true;
        }
        case Target::Router: chip.router().write(address & kRouterOffset, value); return true;
        case Target::System:
            chip.write_system_controller(address & kDeviceOffset, value, chip.core(0));
            return true;
        case Target::Watchdog:
            chip.watchdog().write(address & kDeviceOffset, value, chip.now());
            return true;
        case Target::Zero: return true;
    }
    return false;
}

}  // namespace spinnlab::emulator::monitor
