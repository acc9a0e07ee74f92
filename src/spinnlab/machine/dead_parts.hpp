// SPDX-License-Identifier: Apache-2.0
// Dead chips, cores and links as the original's down_chips, down_cores and down_links name them.
#pragma once

#include <string_view>
#include <vector>

#include "spinnlab/machine/coordinates.hpp"

namespace spinnlab::machine {

/// A core named by number. Positive numbers are virtual (counted over the cores the chip has as
/// built, the monitor being 0); zero and negative ones are physical, with the sign turned.
struct DownCore {
    ChipXY chip;
    int number = 0;  ///< 0..17
    bool physical = false;
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
[[nodiscard]] std::vector<ChipXY> parse_down_chips(std::string_view text);      ///< x,y
[[nodiscard]] std::vector<DownCore> parse_down_cores(std::string_view text);    ///< x,y,p or x,y,p1-p2
[[nodiscard]] std::vector<DownLink> parse_down_links(std::string_view text);    ///< x,y,link

}  // namespace spinnlab::machine
