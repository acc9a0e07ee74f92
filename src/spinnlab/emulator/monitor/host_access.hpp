// SPDX-License-Identifier: Apache-2.0
// A chip's addresses as its monitor core reaches them for the host: memories and the chip's
// devices.
#pragma once

#include <cstdint>
#include <optional>

#include "spinnlab/emulator/chip/chip.hpp"

namespace spinnlab::emulator::monitor {

/// None where nothing answers. The monitor's own memories and devices (which are not emulated) read
/// 0.
[[nodiscard]] std::optional<std::uint32_t> host_read(EmulatedChip& chip, std::uint32_t address,
                                                     arm::Width width);
bool host_write(EmulatedChip& chip, std::uint32_t address, std::uint32_t value, arm::Width width);

}  // namespace spinnlab::emulator::monitor
