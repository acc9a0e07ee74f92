// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/board_geometry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {
namespace {

/// First and last y of each column of the hexagon.
constexpr std::array<std::array<int, 2>, kBoardSize> kColumns = {
    {{0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {1, 7}, {2, 7}, {3, 7}}};

/// Where the boards of the million-core machine were populated with 17-core chips (SpiNNMachine,
/// version_5.py).
constexpr std::array<ChipXY, 8> kSeventeenCores = {
    {{1, 1}, {1, 3}, {3, 1}, {3, 3}, {3, 5}, {5, 2}, {5, 4}, {5, 6}}};

constexpr int modulo(int value, int size) { return ((value % size) + size) % size; }

constexpr std::array<ChipXY, kChipsPerBoard> make_hexagon() {
    std::array<ChipXY, kChipsPerBoard> chips{};
    std::size_t n = 0;
    for (int x = 0; x < kBoardSize; ++x) {
        const auto& column = kColumns[static_cast<std::size_t>(x)];
        for (int y = column[0]; y <= column[1]; ++y) chips[n++] = {x, y};
    }
    return chips;
}
constexpr auto kHexagon = make_hexagon();
constexpr std::array<ChipXY, 4> kSquare = {{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};

using TriadTable = std::array<std::array<ChipXY, kTriadSize>, kTriadSize>;

/// Local coordinates by (x mod 12, y mod 12): each hexagon is laid over the torus of one triad.
constexpr TriadTable make_triad_table() {
    TriadTable table{};
    for (auto& column : table) column.fill({-1, -1});
    for (const ChipXY root : kTriadRoots) {
        for (const ChipXY local : kHexagon) {
            const auto x = static_cast<std::size_t>(modulo(root.x + local.x, kTriadSize));
            const auto y = static_cast<std::size_t>(modulo(root.y + local.y, kTriadSize));
            table[x][y] = local;
        }
    }
    return table;
}
constexpr TriadTable kLocalInTriad = make_triad_table();
static_assert(
    [] {
        for (const auto& column : kLocalInTriad) {
            for (const ChipXY local : column) {
                if (local.x < 0) return false;
            }
        }
        return true;
    }(),
    "three boards of 48 chips cover the 144 chips of a triad");

bool is_size_of_big_boards(int width, int height) {
    if (width == kBoardSize && height == kBoardSize) return true;
    return width > kBoardSize && height > kBoardSize && width % 4 == 0 && height % 4 == 0;
}

}  // namespace

ChipXY Extent::wrapped(ChipXY xy) const {
    if (wraps_x()) xy.x = modulo(xy.x, width);
    if (wraps_y()) xy.y = modulo(xy.y, height);
    return xy;
}

void require_valid(const Extent& extent) {
    const auto [version, width, height] = extent;
    if (version != 3 && version != 5) {
        throw MachineError(fmt::format("there are no boards of version {}", version),
                           "Say 3 for a board of four chips or 5 for boards of 48 chips.");
    }
    if (version == 3 && (width != kSmallBoardSize || height != kSmallBoardSize)) {
        throw MachineError(
            fmt::format("a machine of version 3 cannot have {} x {} chips", width, height),
            "A four-chip board has 2 x 2 chips and does not join with others; ask for version 5.");
    }
    if (version == 5 && !is_size_of_big_boards(width, height)) {
        throw MachineError(
            fmt::format("boards of 48 chips do not make a machine of {} x {} chips", width, height),
            "One board is 8x8; more boards need a width and a height that are multiples of 12 "
            "(wrapping around) or multiples of 12 plus 4 (with open edges), such as 12x12 or "
            "16x16.");
    }
    if (width > kMaxSize || height > kMaxSize) {
        throw MachineError(fmt::format("{} x {} chips are too many", width, height),
                           fmt::format("Coordinates have 8 bits: at most {} chips each way; the "
                                       "largest machine built has 240x240.",
                                       kMaxSize));
    }
}

std::span<const ChipXY> board_chips(int version) {
    if (version == 3) return kSquare;
    return kHexagon;
}

int default_cores(int version, ChipXY local) {
    const bool has_17 = version == 5 && std::find(kSeventeenCores.begin(), kSeventeenCores.end(),
                                                  local) != kSeventeenCores.end();
    return has_17 ? kMaxCores - 1 : kMaxCores;
}

ChipXY local_on_triad(ChipXY chip) {
    const auto x = static_cast<std::size_t>(modulo(chip.x, kTriadSize));
    const auto y = static_cast<std::size_t>(modulo(chip.y, kTriadSize));
    return kLocalInTriad[x][y];
}

ChipXY ethernet_of(const Extent& extent, ChipXY xy) {
    if (extent.version == 3) return {0, 0};
    const ChipXY local = local_on_triad(xy);
    return extent.wrapped({xy.x - local.x, xy.y - local.y});
}

std::vector<ChipXY> all_ethernet_chips(const Extent& extent) {
    if (extent.version == 3) return {{0, 0}};
    const int x_end = extent.wraps_x() ? extent.width : extent.width - kBoardSize + 1;
    const int y_end = extent.wraps_y() ? extent.height : extent.height - kBoardSize + 1;
    std::vector<ChipXY> found;
    for (const ChipXY root : kTriadRoots) {
        for (int x = root.x; x < x_end; x += kTriadSize) {
            for (int y = root.y; y < y_end; y += kTriadSize) found.push_back({x, y});
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace spinnlab::machine
