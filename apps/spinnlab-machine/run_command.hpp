// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine run APP.elf`: one program on one core of a machine in this process, no sockets.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "spinnlab/machine/coordinates.hpp"

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

struct RunRequest {
    std::string path;               ///< an ELF file
    std::string machine = "spin5";  ///< as parse_spec takes it; small ones start faster
    machine::CoreId core{{0, 0}, 1};
    std::uint32_t time_ms = 1000;  ///< virtual time at most, 1 or more
    /// The core's user registers before the start; 0 where nothing is said.
    std::array<std::optional<std::uint32_t>, 4> users{};
};

/// Runs the program until it ends, fails, sleeps for ever, or its time is over. What it prints goes
/// to `output` line by line; then its state, time, cycles, instructions and user registers go to
/// `report`, and of a failed core its registers and the instructions around the one that failed.
/// Returns the exit code: 0, or 1 for a program that failed. Throws MachineError for a file that is
/// no program and a core that is not there.
[[nodiscard]] int run_program(const RunRequest& request, std::ostream& output,
                              std::ostream& report);

/// Adds the subcommand `run` to `app`; parsing runs it and throws CLI::RuntimeError with its exit
/// code unless that is 0.
void add_run_command(CLI::App& app);

}  // namespace spinnlab::machine_app
