// SPDX-License-Identifier: Apache-2.0
// Controller's look-ups of places: which board, which rack, whose.
#include <utility>

#include "spinnlab/alloc/controller.hpp"

namespace spinnlab::alloc {

std::optional<Location> Controller::locate(const Machine& machine, BoardChip chip) const {
    const auto position = machine.installation->position(chip.board);
    if (!position) return std::nullopt;
    const ChipXY root = ethernet_chip(chip.board);
    const ChipXY size = machine.installation->size_in_chips();
    Location location;
    location.machine = machine.installation->name();
    location.logical = chip.board;
    location.physical = *position;
    location.chip = {(root.x + chip.local.x) % size.x, (root.y + chip.local.y) % size.y};
    location.board_chip = chip.local;
    for (const auto& [id, job] : jobs_) {
        if (job.machine != location.machine || !job.allocation) continue;
        if (job.allocation->id != machine.allocator.owner(chip.board)) continue;
        const ChipXY base = job.allocation->job_chip(chip.board);
        const ChipXY job_size = job.allocation->size_in_chips();
        location.job = id;
        location.job_chip =
            ChipXY{(base.x + chip.local.x) % job_size.x, (base.y + chip.local.y) % job_size.y};
    }
    return location;
}

std::optional<Location> Controller::where_is_board(const std::string& machine, std::int64_t x,
                                                   std::int64_t y, std::int64_t z) const {
    const Machine* found = find(machine);
    if (found == nullptr || z < 0 || z >= kBoardsPerTriad) return std::nullopt;
    const Installation& on = *found->installation;
    // As the original: whole turns around the machine are taken off.
    const auto reduced = [](std::int64_t value, int size, bool wraps) -> std::int64_t {
        return wraps ? (value % size + size) % size : value;
    };
    x = reduced(x, on.width(), on.wraps_x());
    y = reduced(y, on.height(), on.wraps_y());
    if (x < 0 || x >= on.width() || y < 0 || y >= on.height()) return std::nullopt;
    return locate(*found,
                  {{static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)}, {0, 0}});
}

std::optional<Location> Controller::where_is_position(const std::string& machine,
                                                      std::int64_t cabinet, std::int64_t frame,
                                                      std::int64_t board) const {
    const Machine* found = find(machine);
    if (found == nullptr) return std::nullopt;
    const auto logical = found->installation->at_position(cabinet, frame, board);
    if (!logical) return std::nullopt;
    return locate(*found, {*logical, {0, 0}});
}

std::optional<Location> Controller::where_is_chip(const std::string& machine, std::int64_t x,
                                                  std::int64_t y) const {
    const Machine* found = find(machine);
    if (found == nullptr) return std::nullopt;
    const auto chip = found->installation->find_chip(x, y);
    if (!chip) return std::nullopt;
    return locate(*found, *chip);
}

std::optional<Location> Controller::where_is_job_chip(JobId id, std::int64_t x,
                                                      std::int64_t y) const {
    const auto job = jobs_.find(id);
    if (job == jobs_.end() || !job->second.allocation) return std::nullopt;
    const Allocation& allocation = *job->second.allocation;
    const ChipXY size = allocation.size_in_chips();
    if (x < 0 || x >= size.x || y < 0 || y >= size.y) return std::nullopt;
    const ChipXY root = ethernet_chip(allocation.root());
    auto location = where_is_chip(job->second.machine, root.x + x, root.y + y);
    if (!location || location->job != id) return std::nullopt;
    return location;
}

}  // namespace spinnlab::alloc
