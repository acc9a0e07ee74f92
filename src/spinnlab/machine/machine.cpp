// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/machine.hpp"

#include <bit>
#include <numeric>

#include "spinnlab/machine/board_geometry.hpp"

namespace spinnlab::machine {

const Chip* Machine::find(ChipXY xy) const {
    if (xy.x < 0 || xy.x >= width_ || xy.y < 0 || xy.y >= height_) return nullptr;
    const std::int32_t index = index_[static_cast<std::size_t>(xy.x * height_ + xy.y)];
    return index < 0 ? nullptr : &chips_[static_cast<std::size_t>(index)];
}

std::optional<ChipXY> Machine::neighbour(ChipXY xy, Direction d) const {
    const Chip* chip = find(xy);
    if (chip == nullptr || !chip->has_link(d)) return std::nullopt;
    const ChipXY one = step(d);
    return Extent{version_, width_, height_}.wrapped({xy.x + one.x, xy.y + one.y});
}

ChipXY Machine::local_on_board(const Chip& chip) const {
    return version_ == 3 ? chip.xy : local_on_triad(chip.xy);
}

long Machine::total_cores() const {
    return std::accumulate(chips_.begin(), chips_.end(), 0L,
                           [](long sum, const Chip& chip) { return sum + chip.n_cores; });
}

long Machine::total_links() const {
    return std::accumulate(chips_.begin(), chips_.end(), 0L, [](long sum, const Chip& chip) {
        return sum + std::popcount(chip.links);
    });
}

}  // namespace spinnlab::machine
