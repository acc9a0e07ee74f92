// SPDX-License-Identifier: Apache-2.0
// ELF files for one SpiNNaker core, as arm-none-eabi-gcc links them: what goes where, and names of
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinnlab::machine_app {

/// Bytes of a core's tightly coupled memories that a program may fill: the loader keeps the ITCM's
/// top.
inline constexpr std::uint32_t kProgramItcmBytes = 0x7f00;
inline constexpr std::uint32_t kProgramDtcmBase = 0x00400000;
inline constexpr std::uint32_t kProgramDtcmBytes = 0x10000;

/// A part of the program's memory: `bytes`, then zeros up to `memory_bytes`.
struct Segment {
    std::uint32_t address = 0;  ///< a multiple of 4, in ITCM or DTCM with all of `memory_bytes`
    std::vector<std::uint8_t> bytes{};
    std::uint32_t memory_bytes = 0;  ///< at least bytes.size()

    [[nodiscard]] std::uint32_t end() const { return address + memory_bytes; }
};

struct Function {
    std::uint32_t address = 0;  ///< without the Thumb bit
    std::uint32_t bytes = 0;    ///< 0 where the file does not tell
    bool thumb = false;
    std::string name{};
};

struct Program {
    std::uint32_t entry = 0;            ///< in the ITCM, ARM state
    std::vector<Segment> segments{};    ///< by address, no overlap
    std::vector<Function> functions{};  ///< by address; empty in a stripped file

    /// "name+0x..", or "" where no function is known at this address.
    [[nodiscard]] std::string function_at(std::uint32_t address) const;
};

/// Reads an executable ELF32 file for ARM, little-endian, statically linked. Total: any bytes give
/// a program or a MachineError that says what `name` (the file, for messages) lacks.
[[nodiscard]] Program read_elf(std::span<const std::uint8_t> file, std::string_view name);

/// The bytes of a file of at most 16 MiB. Throws MachineError.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::string& path);

}  // namespace spinnlab::machine_app
