// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <vector>

#include "spinnlab/machine/dead_parts.hpp"
#include "spinnlab/machine/machine_builder.hpp"

namespace spinnlab::machine {
namespace {

/// Working physical cores of the chips that `dead` names, as bits. Virtual numbers count over the
/// cores as built; one that the chip never had removes nothing, so that a range such as 6-17 means
/// the same on chips of 17 and of 18 cores.
std::map<ChipXY, std::uint32_t> working_cores(const MachineBuilder& as_built,
                                              const std::vector<DownCore>& dead) {
    std::map<ChipXY, std::uint32_t> working;
    for (const DownCore& core : dead) {
        const Chip& chip = as_built.chip(core.chip, "down_cores");
        // As built, physical and virtual numbers agree: the missing core is the highest one.
        const auto all = (1u << chip.n_cores) - 1;
        working.try_emplace(core.chip, all).first->second &= ~(1u << core.number);
    }
    return working;
}

}  // namespace

Machine build(const MachineSpec& spec) {
    MachineBuilder builder({spec.version, spec.width, spec.height});
    builder.add_boards(spec.boards);

    for (const auto& [chip, cores] : working_cores(builder, parse_down_cores(spec.down_cores))) {
        builder.set_cores(chip, cores);
    }
    for (const DownLink& link : parse_down_links(spec.down_links)) {
        builder.remove_link(builder.chip(link.chip, "down_links").xy, link.direction);
    }
    for (const ChipXY chip : parse_down_chips(spec.down_chips)) {
        builder.remove_chip(builder.chip(chip, "down_chips").xy);
    }
    return builder.take(spec.repair);
}

}  // namespace spinnlab::machine
