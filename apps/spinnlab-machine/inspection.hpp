// SPDX-License-Identifier: Apache-2.0
// What can be seen of a running machine: loads, registers, IOBUFs, states.
#pragma once

#include <cstdint>
#include <string>

#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::machine_app {

/// Answers one request line of the control socket with one line of JSON; never throws.
/// `refused_datagrams`: those of other users, which were dropped.
[[nodiscard]] std::string answer(const std::string& request, emulator::EmulatedMachine& machine,
                                 std::uint64_t refused_datagrams = 0);

}  // namespace spinnlab::machine_app
