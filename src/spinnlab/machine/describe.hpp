// SPDX-License-Identifier: Apache-2.0
// Machines as text for people and as JSON for programs.
#pragma once

#include <string>
#include <string_view>

#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {

/// A report of some twenty lines: the nominal figures (every chip with 18 cores) beside those of
/// this machine, each with how it comes about, and the dead parts in the down_* syntax. Machines of
/// up to 24 x 24 chips are drawn.
[[nodiscard]] std::string describe(const Machine& machine);

/// The mesh as characters: cores of every chip, Ethernet chips in brackets, the working links.
/// Links around an edge are left out; 5 columns a chip.
[[nodiscard]] std::string draw(const Machine& machine);

/// The original's JSON form of a machine (its option json_path reads it; addresses 127.0.x.y as on
/// its virtual boards), with one member "spinnlab" more: the board version and, where the working
/// physical cores of a chip are not simply the lowest ones, which they are.
[[nodiscard]] std::string to_json(const Machine& machine);

/// Reads what to_json wrote, giving an equal machine, and files of the original. Throws
/// MachineError for text that is no such JSON and for a machine that cannot be.
[[nodiscard]] Machine from_json(std::string_view text);

}  // namespace spinnlab::machine
