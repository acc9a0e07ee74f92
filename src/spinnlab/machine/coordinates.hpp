// SPDX-License-Identifier: Apache-2.0
// Where things are on a SpiNNaker machine: chips, cores, the six directions of the mesh.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace spinnlab::machine {

/// Column and row of a chip, counted from the south-west chip of the machine; 0..255 each.
struct ChipXY {
    int x = 0;
    int y = 0;
    friend auto operator<=>(const ChipXY&, const ChipXY&) = default;
};

/// A core by its virtual number: 0 is the monitor, applications run on 1..17.
struct CoreId {
    ChipXY chip;
    int core = 0;
    friend auto operator<=>(const CoreId&, const CoreId&) = default;
};

/// The six links of a chip, numbered as in the router's route words.
enum class Direction : std::uint8_t { East, NorthEast, North, West, SouthWest, South };

inline constexpr int kDirections = 6;
inline constexpr std::array<Direction, kDirections> kAllDirections = {
    Direction::East, Direction::NorthEast, Direction::North,
    Direction::West, Direction::SouthWest, Direction::South};

/// The direction a packet came from when it was sent towards `direction`, and the default route's
/// rule.
constexpr Direction opposite(Direction direction) {
    return static_cast<Direction>((static_cast<int>(direction) + 3) % kDirections);
}

/// The step to the neighbour, before any wrap-around.
constexpr ChipXY step(Direction direction) {
    constexpr std::array<ChipXY, kDirections> steps = {
        {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}};
    return steps[static_cast<std::size_t>(direction)];
}

constexpr std::string_view name(Direction direction) {
    constexpr std::array<std::string_view, kDirections> names = {"east", "north-east", "north",
                                                                 "west", "south-west", "south"};
    return names[static_cast<std::size_t>(direction)];
}

}  // namespace spinnlab::machine

template <>
struct std::hash<spinnlab::machine::ChipXY> {
    std::size_t operator()(const spinnlab::machine::ChipXY& xy) const noexcept {
        return std::hash<int>()(xy.x << 16 ^ xy.y);
    }
};
