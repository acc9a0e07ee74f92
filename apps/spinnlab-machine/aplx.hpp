// SPDX-License-Identifier: Apache-2.0
// APLX images: the form in which SC&MP starts programs. A table of operations, then the bytes they
// copy.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "elf_loader.hpp"

namespace spinnlab::machine_app {

/// The monitor's buffer for a program image.
inline constexpr std::uint32_t kProgramBufferBytes = 256u << 10;
/// Copies and fills are done in units of this many bytes, sizes rounded up.
inline constexpr std::uint32_t kAplxUnitBytes = 32;

enum class AplxCode : std::uint32_t { CopyAbsolute = 1, CopyRelative = 2, Fill = 3, Execute = 4 };

/// One line of the table, four words.
struct AplxOperation {
    AplxCode code{};
    std::uint32_t address = 0;  ///< where to copy or fill, or what to execute
    /// CopyAbsolute: address in the chip's memory. CopyRelative: offset in the image (in the file
    /// it counts from the operation itself). Fill: bytes.
    std::uint32_t second = 0;
    std::uint32_t third = 0;  ///< copies: bytes. Fill: the word.
};

/// The image of a program, a multiple of 32 bytes. Throws MachineError when it does not fit the
/// monitor's buffer or rounding up would reach beyond the core's memories.
[[nodiscard]] std::vector<std::uint8_t> make_aplx(const Program& program, std::string_view name);

/// The operations of an image up to and with the first Execute. Total: throws MachineError for what
/// is no image, copies from beyond its end, or writes outside of ITCM, DTCM, SDRAM and system RAM.
[[nodiscard]] std::vector<AplxOperation> read_aplx(std::span<const std::uint8_t> image,
                                                   std::string_view name);

}  // namespace spinnlab::machine_app
