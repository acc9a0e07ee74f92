// SPDX-License-Identifier: Apache-2.0
// Dead chips, cores and links as the original's down_chips, down_cores and down_links name them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spinnlab/machine/coordinates.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {

/// A core named by number. In the option, positive numbers are virtual (counted over the cores the
/// chip has as built, the monitor being 0); zero and negative ones are physical, with the sign
/// turned. Since the core that a chip of 17 lacks is the highest, both name the same core here.
/// Naming physical core 0 makes the next one the monitor, as on a chip whose core 0 is broken.
struct DownCore {
    ChipXY chip;
    int number = 0;  ///< 0..17
    friend bool operator==(const DownCore&, const DownCore&) = default;
};

/// One direction of a link: out of `chip`. The way back is a link of the neighbour.
struct DownLink {
    ChipXY chip;
    Direction direction = Direction::East;
    friend bool operator==(const DownLink&, const DownLink&) = default;
};

/// Items are joined by ":"; an empty string and "None" name nothing. A last part that holds a
/// board's address (as in "6,5,-2,10.11.12.13") is refused: addresses are not part of a machine.
/// All three throw MachineError that quotes the item.
[[nodiscard]] std::vector<ChipXY> parse_down_chips(std::string_view text);  ///< x,y
[[nodiscard]] std::vector<DownCore> parse_down_cores(
    std::string_view text);  ///< x,y,p or x,y,p1-p2
[[nodiscard]] std::vector<DownLink> parse_down_links(std::string_view text);  ///< x,y,link

/// What a machine lacks against its boards as built.
struct DeadParts {
    std::vector<ChipXY> chips;
    std::vector<DownCore> cores;  ///< of working chips
    std::vector<DownLink> links;  ///< between working chips, each direction
    [[nodiscard]] bool empty() const { return chips.empty() && cores.empty() && links.empty(); }
};
[[nodiscard]] DeadParts find_dead_parts(const Machine& machine);

// The same syntax written: what the parsers read back. Cores by their physical numbers.
[[nodiscard]] std::string down_chips_text(const std::vector<ChipXY>& chips);
[[nodiscard]] std::string down_cores_text(const std::vector<DownCore>& cores);
[[nodiscard]] std::string down_links_text(const std::vector<DownLink>& links);

}  // namespace spinnlab::machine
