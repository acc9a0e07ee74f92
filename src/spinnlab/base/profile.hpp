// SPDX-License-Identifier: Apache-2.0
// Which generation of sPyNNaker's arithmetic and rules a simulation follows.
#pragma once

#include <cstdint>

namespace spinnlab {

/// `Seven`: the newest releases (7.x), constants computed on the core in fixed point. `Six`: the
/// generation before, constants computed by the host in double precision and truncated.
enum class Profile : std::uint8_t { Seven, Six };

/// `faithful` also copies behaviour of the original that looks unintended; otherwise it is mended.
struct Fidelity {
    Profile profile = Profile::Seven;
    bool faithful = false;
    friend bool operator==(const Fidelity&, const Fidelity&) = default;
};

}  // namespace spinnlab
