// SPDX-License-Identifier: Apache-2.0
// Boards of one installation: triads on a torus, which board is next to which, which chip is on
// which board, and where a board stands in the racks.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/coordinates.hpp"

namespace spinnlab::alloc {

using machine::ChipXY;
using machine::Direction;

inline constexpr int kBoardsPerTriad = 3;
inline constexpr int kBoardsPerFrame = 24;
inline constexpr int kFramesPerCabinet = 5;

/// A board by its logical place: column and row of its triad, then 0, 1 or 2 within it.
struct BoardXYZ {
    int x = 0;
    int y = 0;
    int z = 0;
    friend auto operator<=>(const BoardXYZ&, const BoardXYZ&) = default;
};

/// A board by its place in the racks.
struct BoardPosition {
    int cabinet = 0;
    int frame = 0;
    int board = 0;
    friend auto operator<=>(const BoardPosition&, const BoardPosition&) = default;
};

/// One of a board's six cables. All eight chip links that it carries fail together.
struct BoardLink {
    BoardXYZ board;
    Direction direction = Direction::East;
    friend auto operator<=>(const BoardLink&, const BoardLink&) = default;
};

/// What a cable leads to, and whether it runs around the edge of the machine.
struct Neighbour {
    BoardXYZ board;
    bool wraps_x = false;
    bool wraps_y = false;
};

/// A chip as its board and its place on that board (each 0..7).
struct BoardChip {
    BoardXYZ board;
    ChipXY local;
};

/// Ethernet chip of board `board` of a machine without edges, in chips.
[[nodiscard]] constexpr ChipXY ethernet_chip(BoardXYZ board) {
    constexpr std::array<ChipXY, kBoardsPerTriad> roots = {{{0, 0}, {8, 4}, {4, 8}}};
    const ChipXY root = roots[static_cast<std::size_t>(board.z)];
    return {board.x * machine::kTriadSize + root.x, board.y * machine::kTriadSize + root.y};
}

/// The eight chip links that a board's cable towards `direction` carries: chip on the board, link.
[[nodiscard]] std::vector<std::pair<ChipXY, Direction>> links_of_side(Direction direction);

/// What an installation is made of. `width` and `height` are in triads, 1..21 (256 chips).
struct InstallationSpec {
    std::string name;
    int width = 1;
    int height = 1;
    bool wraps_x = true;  ///< cables run around from the last column to the first
    bool wraps_y = true;
    std::vector<std::string> tags = {"default"};
    std::vector<BoardXYZ> dead_boards;
    std::vector<BoardLink> dead_links;  ///< either end names the cable; both ends are then dead
};

/// An installation: immutable, and it knows nothing of jobs.
class Installation {
 public:
    /// Throws MachineError for sizes out of range and for dead parts that are not on the machine.
    explicit Installation(InstallationSpec spec);

    [[nodiscard]] const std::string& name() const { return spec_.name; }
    [[nodiscard]] int width() const { return spec_.width; }    ///< in triads
    [[nodiscard]] int height() const { return spec_.height; }  ///< in triads
    [[nodiscard]] bool wraps_x() const { return spec_.wraps_x; }
    [[nodiscard]] bool wraps_y() const { return spec_.wraps_y; }
    [[nodiscard]] int triads() const { return spec_.width * spec_.height; }
    [[nodiscard]] int working_boards() const { return working_boards_; }
    [[nodiscard]] const std::vector<std::string>& tags() const { return spec_.tags; }
    [[nodiscard]] bool has_tags(const std::vector<std::string>& wanted) const;

    /// Sorted, each once.
    [[nodiscard]] const std::vector<BoardXYZ>& dead_boards() const { return spec_.dead_boards; }
    /// Sorted, each cable from both of its ends; cables of dead boards only if they were named.
    [[nodiscard]] const std::vector<BoardLink>& dead_links() const { return spec_.dead_links; }

    [[nodiscard]] bool contains(BoardXYZ board) const;  ///< within the size, dead or not
    [[nodiscard]] bool works(BoardXYZ board) const {
        return contains(board) && !dead_[index(board)];
    }
    [[nodiscard]] bool works(BoardLink link) const;  ///< says nothing of the boards at its ends

    /// The board that the cable towards `direction` leads to, dead or not; none where the machine
    /// ends.
    [[nodiscard]] std::optional<Neighbour> neighbour(BoardXYZ board, Direction direction) const;

    /// Size of the whole machine in chips.
    [[nodiscard]] ChipXY size_in_chips() const;
    /// The working board that has the chip, coordinates reduced where the machine wraps.
    [[nodiscard]] std::optional<BoardChip> find_chip(std::int64_t x, std::int64_t y) const;

    /// Racks are filled board by board, triads row by row: 24 boards a frame, 5 frames a cabinet.
    [[nodiscard]] std::optional<BoardPosition> position(BoardXYZ board) const;
    [[nodiscard]] std::optional<BoardXYZ> at_position(std::int64_t cabinet, std::int64_t frame,
                                                      std::int64_t board) const;

    /// Position of a board in arrays over all boards: 0 .. 3 * triads() - 1.
    [[nodiscard]] std::size_t index(BoardXYZ board) const {
        return static_cast<std::size_t>((board.y * spec_.width + board.x) * kBoardsPerTriad +
                                        board.z);
    }
    [[nodiscard]] BoardXYZ board_at(std::size_t index) const;

 private:
    InstallationSpec spec_;
    int working_boards_ = 0;
    std::vector<bool> dead_;                     ///< by index
    std::vector<std::uint8_t> dead_directions_;  ///< by index, bit d: the cable in Direction d
};

/// "NAME=SIZE[;tags=a,b][;dead_boards=x,y,z:...][;dead_links=x,y,z,link:...]", where SIZE is a name
/// that machine::parse_spec knows, for boards of 48 chips. Throws MachineError.
[[nodiscard]] InstallationSpec parse_installation(std::string_view text);

}  // namespace spinnlab::alloc
