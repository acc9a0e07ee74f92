// SPDX-License-Identifier: Apache-2.0
// What a core sees beyond its tightly coupled memories and the chip's SDRAM.
#pragma once

#include <cstdint>
#include <optional>

namespace spinnlab::emulator::arm {

enum class Width : std::uint8_t { Byte = 1, Half = 2, Word = 4 };

/// Virtual time in cycles of the 200 MHz core clock.
using Cycles = std::uint64_t;
inline constexpr Cycles kNever = ~Cycles{0};

/// Devices, system RAM and whatever is not there. Called in program order; addresses are aligned.
class Bus {
 public:
    /// None: nothing answers there, the core takes a data (or prefetch) abort.
    virtual std::optional<std::uint32_t> read(std::uint32_t address, Width width) = 0;
    /// False: nothing answers there.
    virtual bool write(std::uint32_t address, std::uint32_t value, Width width) = 0;

 protected:
    ~Bus() = default;
};

}  // namespace spinnlab::emulator::arm
