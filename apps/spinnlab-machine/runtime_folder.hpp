// SPDX-License-Identifier: Apache-2.0
// The private folder in which the sockets of one person's machines stand.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace spinnlab::machine_app {

/// $SPINNLAB_RUNTIME_DIR, else $XDG_RUNTIME_DIR/spinnlab, else spinnlab-UID in the folder for
/// temporary files; made when it is not there, mode 0700. Throws MachineError when it is somebody
/// else's.
[[nodiscard]] std::string runtime_folder();

/// Where the machine whose first board has this address is looked into.
[[nodiscard]] std::string control_path(const std::array<std::uint8_t, 4>& first_board);

/// Addresses of the first boards of all machines that have a socket in the folder, served or not.
[[nodiscard]] std::vector<std::string> machines_with_sockets();

}  // namespace spinnlab::machine_app
