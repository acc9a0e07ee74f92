// SPDX-License-Identifier: Apache-2.0
// What a program has printed: blocks of text in the chip's SDRAM.
#pragma once

#include <string>

#include "spinnlab/emulator/monitor/layout.hpp"

namespace spinnlab::emulator::monitor {

/// The whole text of a core's IOBUF, in order; bytes as the program wrote them.
[[nodiscard]] std::string iobuf_text(MonitorMemory memory, int core);

}  // namespace spinnlab::emulator::monitor
