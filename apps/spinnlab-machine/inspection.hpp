// SPDX-License-Identifier: Apache-2.0
// What can be seen of a running machine: loads, registers, IOBUFs, states.
#pragma once

#include <string>

#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::machine_app {

/// Answers one request line of the control socket with one line of JSON; never throws.
[[nodiscard]] std::string answer(const std::string& request, emulator::EmulatedMachine& machine);

}  // namespace spinnlab::machine_app
