// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/machine_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine {
namespace {

constexpr int kFewestCores = 5;  ///< what the original asks of a chip, the monitor among them
constexpr std::size_t kFaultsTold = 8;

std::string text(ChipXY xy) { return fmt::format("({},{})", xy.x, xy.y); }

std::string link_text(ChipXY xy, Direction direction) {
    return fmt::format("{},{},{}", xy.x, xy.y, static_cast<int>(direction));
}

/// Virtual numbers run over the working physical cores in rising order, without a gap.
void number_cores(Chip& chip, std::uint32_t working_mask) {
    chip.n_cores = 0;
    chip.physical_of_virtual.fill(-1);
    chip.virtual_of_physical.fill(-1);
    for (std::size_t physical = 0; physical < kMaxCores; ++physical) {
        if ((working_mask >> physical & 1) == 0) continue;
        chip.virtual_of_physical[physical] = static_cast<std::int8_t>(chip.n_cores);
        chip.physical_of_virtual[static_cast<std::size_t>(chip.n_cores)] =
            static_cast<std::int8_t>(physical);
        ++chip.n_cores;
    }
}

}  // namespace

MachineBuilder::MachineBuilder(const Extent& extent) : extent_(extent) {
    require_valid(extent);
    machine_.version_ = extent.version;
    machine_.width_ = extent.width;
    machine_.height_ = extent.height;
    machine_.wraps_x_ = extent.wraps_x();
    machine_.wraps_y_ = extent.wraps_y();
    machine_.index_.assign(
        static_cast<std::size_t>(extent.width) * static_cast<std::size_t>(extent.height), -1);
}

std::int32_t& MachineBuilder::index(ChipXY xy) {
    return machine_.index_[static_cast<std::size_t>(xy.x * extent_.height + xy.y)];
}

std::int32_t MachineBuilder::index(ChipXY xy) const {
    return machine_.index_[static_cast<std::size_t>(xy.x * extent_.height + xy.y)];
}

void MachineBuilder::add_boards(std::span<const ChipXY> ethernet_chips) {
    const std::vector<ChipXY> possible = all_ethernet_chips(extent_);
    std::vector<ChipXY>& boards = machine_.ethernet_chips_;
    boards.assign(ethernet_chips.begin(), ethernet_chips.end());
    if (boards.empty()) boards = possible;
    std::sort(boards.begin(), boards.end());
    boards.erase(std::unique(boards.begin(), boards.end()), boards.end());
    for (const ChipXY board : boards) {
        if (std::binary_search(possible.begin(), possible.end(), board)) continue;
        throw MachineError(
            fmt::format("no board of a machine of {} x {} chips has its Ethernet chip at {}",
                        extent_.width, extent_.height, text(board)),
            "Ethernet chips stand where x is a multiple of 4 and x + y one of 12, and the whole "
            "board must fit.");
    }
    if (boards.front() != ChipXY{0, 0}) {
        throw MachineError("the board with the Ethernet chip (0,0) is missing",
                           "Count coordinates from the root board, which every machine has.");
    }
    for (int x = 0; x < extent_.width; ++x) {
        for (int y = 0; y < extent_.height; ++y) {
            const ChipXY xy{x, y};
            const ChipXY ethernet = ethernet_of(extent_, xy);
            if (!std::binary_search(boards.begin(), boards.end(), ethernet)) continue;
            Chip chip;
            chip.xy = xy;
            chip.ethernet = ethernet;
            const ChipXY local = extent_.version == 3 ? xy : local_on_triad(xy);
            number_cores(chip, (1u << default_cores(extent_.version, local)) - 1);
            index(xy) = static_cast<std::int32_t>(machine_.chips_.size());
            machine_.chips_.push_back(chip);
        }
    }
    works_.assign(machine_.chips_.size(), true);
    connect();
}

void MachineBuilder::connect() {
    for (Chip& chip : machine_.chips_) {
        chip.links = 0;
        for (const Direction direction : kAllDirections) {
            const ChipXY one = step(direction);
            const ChipXY next = extent_.wrapped({chip.xy.x + one.x, chip.xy.y + one.y});
            if (!extent_.contains(next) || index(next) < 0) continue;
            // A four-chip board has no wires that would leave it to the east or west.
            if (extent_.version == 3 && !extent_.contains({chip.xy.x + one.x, 0})) continue;
            chip.links = static_cast<std::uint8_t>(chip.links | 1u << static_cast<int>(direction));
        }
    }
}

bool MachineBuilder::works(ChipXY xy) const {
    return extent_.contains(xy) && index(xy) >= 0 && works_[static_cast<std::size_t>(index(xy))];
}

const Chip& MachineBuilder::chip(ChipXY xy, std::string_view option) const {
    if (!extent_.contains(xy) || index(xy) < 0) {
        throw MachineError(
            fmt::format("{} names the chip {}, which this machine does not have", option, text(xy)),
            fmt::format("It has {} x {} chips on {} board{}; leave the chip out.", extent_.width,
                        extent_.height, machine_.ethernet_chips_.size(),
                        machine_.ethernet_chips_.size() == 1 ? "" : "s"));
    }
    return machine_.chips_[static_cast<std::size_t>(index(xy))];
}

Chip& MachineBuilder::added(ChipXY xy) {
    return machine_.chips_[static_cast<std::size_t>(index(xy))];
}

void MachineBuilder::remove_chip(ChipXY xy) {
    for (const Direction direction : kAllDirections) {
        const ChipXY one = step(direction);
        const ChipXY beside = extent_.wrapped({xy.x + one.x, xy.y + one.y});
        if (works(beside)) remove_link(beside, opposite(direction));
    }
    added(xy).links = 0;
    works_[static_cast<std::size_t>(index(xy))] = false;
}

void MachineBuilder::set_cores(ChipXY xy, std::uint32_t physical_mask) {
    number_cores(added(xy), physical_mask);
}

void MachineBuilder::set_sdram(ChipXY xy, std::uint32_t usable_bytes) {
    added(xy).usable_sdram_bytes = usable_bytes;
}

std::vector<ChipXY> MachineBuilder::chips() const {
    std::vector<ChipXY> places;
    for (const Chip& chip : machine_.chips_) places.push_back(chip.xy);
    return places;
}

void MachineBuilder::remove_link(ChipXY xy, Direction direction) {
    Chip& chip = added(xy);
    chip.links = static_cast<std::uint8_t>(chip.links & ~(1u << static_cast<int>(direction)));
}

bool MachineBuilder::reaches_own_board(const Chip& chip, bool outwards) const {
    for (const Direction direction : kAllDirections) {
        const ChipXY one = step(direction);
        const ChipXY beside = extent_.wrapped({chip.xy.x + one.x, chip.xy.y + one.y});
        if (!works(beside)) continue;
        const Chip& other = machine_.chips_[static_cast<std::size_t>(index(beside))];
        const bool linked =
            outwards ? chip.has_link(direction) : other.has_link(opposite(direction));
        if (linked && other.ethernet == chip.ethernet) return true;
    }
    return false;
}

std::vector<std::string> MachineBuilder::remove_faults() {
    std::vector<std::string> faults;
    std::vector<ChipXY> dead_chips;
    std::vector<std::pair<ChipXY, Direction>> dead_links;
    for (std::size_t i = 0; i < machine_.chips_.size(); ++i) {
        if (!works_[i]) continue;
        const Chip& chip = machine_.chips_[i];
        if (!works(chip.ethernet)) {
            faults.push_back(fmt::format("chip {} has lost its Ethernet chip {}", text(chip.xy),
                                         text(chip.ethernet)));
            dead_chips.push_back(chip.xy);
            continue;
        }
        const bool out = reaches_own_board(chip, true);
        if (!out || !reaches_own_board(chip, false)) {
            faults.push_back(fmt::format("chip {} {} no chip of its own board", text(chip.xy),
                                         out ? "is reached by" : "reaches"));
            dead_chips.push_back(chip.xy);
        }
        for (const Direction direction : kAllDirections) {
            const auto next = machine_.neighbour(chip.xy, direction);
            if (!next || added(*next).has_link(opposite(direction))) continue;
            faults.push_back(fmt::format("the link {} from {} to {} has no way back ({} is down)",
                                         name(direction), text(chip.xy), text(*next),
                                         link_text(*next, opposite(direction))));
            dead_links.emplace_back(chip.xy, direction);
        }
    }
    for (const auto& [xy, direction] : dead_links) remove_link(xy, direction);
    for (const ChipXY xy : dead_chips) remove_chip(xy);
    return faults;
}

Machine MachineBuilder::take(bool repair) {
    for (;;) {
        const std::vector<std::string> faults = remove_faults();
        if (faults.empty()) break;
        if (repair) continue;
        std::string list;
        for (std::size_t i = 0; i < std::min(faults.size(), kFaultsTold); ++i) {
            list += (i == 0 ? "" : "; ") + faults[i];
        }
        if (faults.size() > kFaultsTold)
            list += fmt::format("; and {} more", faults.size() - kFaultsTold);
        throw MachineError("the dead parts leave a machine that cannot be used: " + list,
                           "Name both directions of a dead link and every chip that is cut off, or "
                           "ask for repair, which removes them.");
    }
    require_usable();
    compact();
    return std::move(machine_);
}

void MachineBuilder::require_usable() const {
    if (!works({0, 0})) {
        throw MachineError("the root chip (0,0) is dead or cut off",
                           "A machine starts from its chip (0,0): leave it and its links alone.");
    }
    for (std::size_t i = 0; i < machine_.chips_.size(); ++i) {
        const Chip& chip = machine_.chips_[i];
        if (!works_[i] || chip.n_cores >= kFewestCores) continue;
        throw MachineError(
            fmt::format("chip {} is left with {} cores", text(chip.xy), chip.n_cores),
            fmt::format("A chip needs at least {}, its monitor among them; name the whole chip in "
                        "down_chips instead.",
                        kFewestCores));
    }
}

void MachineBuilder::compact() {
    std::vector<Chip>& chips = machine_.chips_;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < chips.size(); ++i) {
        index(chips[i].xy) = works_[i] ? static_cast<std::int32_t>(kept) : -1;
        if (works_[i]) chips[kept++] = chips[i];
    }
    chips.resize(kept);
    std::erase_if(machine_.ethernet_chips_, [this](ChipXY xy) { return index(xy) < 0; });
}

}  // namespace spinnlab::machine
