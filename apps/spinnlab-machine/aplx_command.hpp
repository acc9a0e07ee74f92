// SPDX-License-Identifier: Apache-2.0
// `spinnlab-machine aplx APP.elf APP.aplx`: an image for the published host tools; `aplx APP.aplx`:
// what one does.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace spinnlab::machine_app {

/// Writes the image of the program `elf_path` to `image_path`. Throws MachineError.
void write_aplx(const std::string& elf_path, const std::string& image_path);

/// One line an operation: "copy 4700 bytes to 0x00000000", in the order in which a loader does
/// them. Throws MachineError where the file holds no image.
[[nodiscard]] std::string describe_aplx(const std::string& image_path);

/// Adds the subcommand `aplx` to `app`; parsing runs it. Errors come as MachineError.
void add_aplx_command(CLI::App& app);

}  // namespace spinnlab::machine_app
