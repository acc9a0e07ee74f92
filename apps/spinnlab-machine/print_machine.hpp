// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine print NAME [--json]`: what a machine consists of.
#pragma once

#include <string>

#include "spinnlab/machine/machine.hpp"

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

struct PrintRequest {
    std::string name = "spin5";    ///< as parse_spec takes it
    bool json = false;             ///< the JSON form instead of the text
    machine::MachineSpec changes;  ///< only down_* and repair are used
};

/// Writes the machine to standard output. Returns the exit code: 0, or 1 with a message on standard
/// error where the output could not be written. Throws MachineError for a machine that cannot be.
[[nodiscard]] int print_machine(const PrintRequest& request);

/// Adds the subcommand `print` to `app`; when it is given, parsing runs print_machine and throws
/// CLI::RuntimeError with its exit code unless that is 0.
void add_print_command(CLI::App& app);

}  // namespace spinnlab::machine_app
