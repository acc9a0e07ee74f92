// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine replay FILE`: a recorded session once more, bit for bit, without sockets.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

struct ReplayResult {
    std::uint64_t received = 0;  ///< datagrams fed to the machine
    std::uint64_t sent = 0;      ///< datagrams that the recorded machine sent
    std::uint64_t differences =
        0;  ///< recorded ones that did not come again with the same time, place and content
    std::string first_difference;  ///< in words; empty if there is none
    double virtual_seconds = 0;
    double wall_seconds = 0;
};

/// Runs the session on `threads` threads and compares all that the machine sends. Throws
/// MachineError.
[[nodiscard]] ReplayResult replay(const std::string& path, int threads);

/// Adds the subcommand `replay` to `app`; it fails with exit code 1 when anything differs.
void add_replay_command(CLI::App& app);

}  // namespace spinnlab::machine_app
