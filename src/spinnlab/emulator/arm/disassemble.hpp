// SPDX-License-Identifier: Apache-2.0
// ARMv5TE and Thumb instructions as text, for error messages and debugging.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace spinnlab::emulator::arm {

/// "ldr r0, [r1, #4]"; "undefined 0x........" for what is none. `pc` is the instruction's own
/// address.
[[nodiscard]] std::string disassemble_arm(std::uint32_t instruction, std::uint32_t pc);
/// `next` is the following half-word, used by the two halves of BL and BLX.
[[nodiscard]] std::string disassemble_thumb(std::uint16_t instruction, std::uint16_t next,
                                            std::uint32_t pc);

/// A window of `before` instructions before `pc` to `after` after it, one a line, the one at pc
/// marked.
[[nodiscard]] std::string disassemble_window(std::span<const std::uint8_t> memory,
                                             std::uint32_t memory_base, std::uint32_t pc,
                                             bool thumb, int before = 6, int after = 3);

}  // namespace spinnlab::emulator::arm
