// SPDX-License-Identifier: Apache-2.0
// How boards of 48 chips tile the mesh, and which sizes of machine they make.
//
// A 48-chip board is a hexagon inside 8 x 8 chips whose chip (0,0) has the Ethernet socket. Three
// boards, with Ethernet chips at (0,0), (4,8) and (8,4), tile a cell of 12 x 12 chips: the triad.
// A machine whose width is a multiple of 12 wraps around in x, likewise for height and y; any other
// multiple of 4 has open edges there.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "spinnlab/machine/coordinates.hpp"

namespace spinnlab::machine {

inline constexpr int kTriadSize = 12;  ///< chips, each way
inline constexpr int kBoardSize = 8;   ///< chips, each way, of the square around a board
inline constexpr int kChipsPerBoard = 48;
inline constexpr int kSmallBoardSize = 2;  ///< chips, each way, of a four-chip board
inline constexpr int kMaxSize = 256;       ///< chips, each way: coordinates travel in 8 bits
inline constexpr std::array<ChipXY, 3> kTriadRoots = {{{0, 0}, {4, 8}, {8, 4}}};

/// Width and height in chips, with the board version that fills them.
struct Extent {
    int version = 5;  ///< 3: one four-chip board; 5: boards of 48 chips
    int width = 0;
    int height = 0;

    [[nodiscard]] bool wraps_x() const { return version == 3 || width % kTriadSize == 0; }
    [[nodiscard]] bool wraps_y() const { return version == 3 || height % kTriadSize == 0; }
    [[nodiscard]] bool contains(ChipXY xy) const {
        return xy.x >= 0 && xy.x < width && xy.y >= 0 && xy.y < height;
    }
    /// `xy` brought back onto the machine where an axis wraps, unchanged where it does not.
    [[nodiscard]] ChipXY wrapped(ChipXY xy) const;
};

/// Throws MachineError for a version, width or height that no SpiNNaker machine has.
void require_valid(const Extent& extent);

/// The local coordinates of the chips of one board of `version`, by x, then y.
[[nodiscard]] std::span<const ChipXY> board_chips(int version);

/// Working cores of the chip at `local` on a board as built: 18, but 17 on eight chips of the
/// forty-eight, the same ones on nearly every board.
[[nodiscard]] int default_cores(int version, ChipXY local);

/// Coordinates of a chip on its own board, of a machine of 48-chip boards.
[[nodiscard]] ChipXY local_on_triad(ChipXY chip);

/// The Ethernet chip of the board that the chip at `xy` belongs to. Beyond an open edge the
/// result may lie outside the machine: no board is there.
[[nodiscard]] ChipXY ethernet_of(const Extent& extent, ChipXY xy);

/// Ethernet chips of every whole board that fits, the root (0,0) first, then by x, then y.
[[nodiscard]] std::vector<ChipXY> all_ethernet_chips(const Extent& extent);

}  // namespace spinnlab::machine
