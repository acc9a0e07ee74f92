// SPDX-License-Identifier: Apache-2.0
// The programmer's registers of an ARMv5TE core: what a program, a debugger and a comparison see.
#pragma once

#include <array>
#include <cstdint>

namespace spinnlab::emulator::arm {

/// Processor modes as they stand in the low five bits of a status register.
enum class Mode : std::uint8_t {
    User = 0x10,
    Fiq = 0x11,
    Irq = 0x12,
    Supervisor = 0x13,
    Abort = 0x17,
    Undefined = 0x1b,
    System = 0x1f,
};

/// Status register bits.
inline constexpr std::uint32_t kNegative = 1u << 31;
inline constexpr std::uint32_t kZero = 1u << 30;
inline constexpr std::uint32_t kCarry = 1u << 29;
inline constexpr std::uint32_t kOverflow = 1u << 28;
inline constexpr std::uint32_t kSaturated = 1u << 27;
inline constexpr std::uint32_t kIrqDisabled = 1u << 7;
inline constexpr std::uint32_t kFiqDisabled = 1u << 6;
inline constexpr std::uint32_t kThumb = 1u << 5;
inline constexpr std::uint32_t kModeMask = 0x1f;

/// A snapshot of all registers. Banks: 0 user and system, 1 FIQ, 2 IRQ, 3 supervisor, 4 abort, 5
/// undefined; the bank of the present mode is stale (its values stand in r[13], r[14]).
struct Registers {
    std::array<std::uint32_t, 16> r{};  ///< r[15] is the address of the next instruction
    std::uint32_t cpsr = 0;
    std::array<std::uint32_t, 6> banked_r13{};
    std::array<std::uint32_t, 6> banked_r14{};
    std::array<std::uint32_t, 6> spsr{};
    std::array<std::uint32_t, 5> fiq_r8_to_r12{};   ///< FIQ's, while another mode runs
    std::array<std::uint32_t, 5> user_r8_to_r12{};  ///< the others', while FIQ runs
    std::uint32_t cp15_control = 0;
    friend bool operator==(const Registers&, const Registers&) = default;
};

}  // namespace spinnlab::emulator::arm
