// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine load | iobuf | registers | state`: looking into a machine that runs.
#pragma once

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

/// Adds the four subcommands to `app`; parsing runs them. Errors come as MachineError.
void add_look_commands(CLI::App& app);

}  // namespace spinnlab::machine_app
