// SPDX-License-Identifier: Apache-2.0
// The way of a packet through the routers of the machine.
#pragma once

#include "spinnlab/emulator/chip/chip.hpp"

namespace spinnlab::emulator {

class EmulatedMachine;

/// Routes one packet from the chip it was sent on to every core it reaches, at once. A receiver
/// sees it once its clock has reached the time of sending plus the hops, and not before the
/// machine's `now`.
void route_packet(EmulatedMachine& machine, EmulatedChip& from, const SentPacket& sent);

}  // namespace spinnlab::emulator
