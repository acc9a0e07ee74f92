// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {

Monitor::Monitor(EmulatedMachine& machine, EmulatedChip& chip, int board)
    : machine_(machine), chip_(chip), board_(board) {}

}  // namespace spinnlab::emulator::monitor
