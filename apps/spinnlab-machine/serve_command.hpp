// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine serve`: boards that hosts find on loopback addresses.
#pragma once

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

/// Adds the subcommand `serve` to `app`; parsing runs it until SIGTERM, SIGINT or, with
/// --exit-with-stdin, the end of standard input. Errors come as MachineError.
void add_serve_command(CLI::App& app);

}  // namespace spinnlab::machine_app
