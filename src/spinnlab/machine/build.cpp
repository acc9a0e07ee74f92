// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/dead_parts.hpp"
#include "spinnlab/machine/machine_builder.hpp"

namespace spinnlab::machine {
namespace {

/// Physical core of a down_cores item; none for a virtual number that the chip never had, so that
/// a range such as 2-17 means the same on chips of 17 and of 18 cores.
std::uint32_t physical_mask(const Chip& as_built, const DownCore& core) {
    const auto number = static_cast<std::size_t>(core.number);
    if (core.physical) return 1u << number;
    const int physical = as_built.physical_of_virtual[number];
    return physical < 0 ? 0 : 1u << physical;
}

}  // namespace

Machine build(const MachineSpec& spec) {
    MachineBuilder builder({spec.version, spec.width, spec.height});
    builder.add_boards(spec.boards);

    // Virtual numbers count over the cores as built, so all are translated before any is removed.
    std::vector<std::pair<ChipXY, std::uint32_t>> dead_cores;
    for (const DownCore& core : parse_down_cores(spec.down_cores)) {
        dead_cores.emplace_back(core.chip, physical_mask(builder.chip(core.chip, "down_cores"), core));
    }
    for (const auto& [chip, mask] : dead_cores) builder.remove_cores(chip, mask);

    for (const DownLink& link : parse_down_links(spec.down_links)) {
        builder.remove_link(builder.chip(link.chip, "down_links").xy, link.direction);
    }
    for (const ChipXY chip : parse_down_chips(spec.down_chips)) {
        builder.remove_chip(builder.chip(chip, "down_chips").xy);
    }
    return builder.take(spec.repair);
}

}  // namespace spinnlab::machine
