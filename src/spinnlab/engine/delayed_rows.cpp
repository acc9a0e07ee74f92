// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/delayed_rows.hpp"

#include <algorithm>

namespace spinnlab::engine {

DelayedRows DelayedRows::of(const image::MachineImage& image,
                            const image::ProjectionImage& projection) {
    const auto& pre = image.populations[projection.pre];
    const auto& post = image.populations[projection.post];
    DelayedRows rows{pre.size, pre.atoms_per_core, 0, std::min(post.atoms_per_core, post.size),
                     generated_on_machine(projection.recipe)};
    for (const auto& other : image.projections) {
        if (other.pre == projection.pre) rows.stages = std::max(rows.stages, other.delay_stages);
    }
    return rows;
}

std::uint32_t DelayedRows::atoms_of(std::uint32_t core) const {
    return std::min(atoms_per_core, sources - core * atoms_per_core);
}

std::optional<std::uint32_t> DelayedRows::row(DelayedSource at) const {
    const auto place = [&](std::uint32_t core, std::uint32_t a_core, std::uint32_t atoms) {
        return core * a_core * stages + (at.stage - 1) * atoms + at.source - core * a_core;
    };
    if (generated) {
        const std::uint32_t core = (at.source > 0 ? at.source - 1 : 0) / atoms_per_core;
        return place(core, atoms_per_core, atoms_of(core));
    }
    const std::uint32_t row = place(at.source / target_atoms, target_atoms, target_atoms);
    if (row >= sources * stages) return std::nullopt;
    return row;
}

DelayedSource DelayedRows::sender(std::uint32_t row) const {
    const std::uint32_t core = row / (atoms_per_core * stages);
    const std::uint32_t within = row - core * atoms_per_core * stages;
    const std::uint32_t atoms = atoms_of(core);
    return {core * atoms_per_core + within % atoms, within / atoms + 1};
}

void read_as_the_original(const image::MachineImage& image,
                          const image::ProjectionImage& projection, std::span<std::uint32_t> pre,
                          std::span<std::uint32_t> delay_steps) {
    const DelayedRows rows = DelayedRows::of(image, projection);
    if (!image.fidelity.faithful || image.fidelity.profile != Profile::Seven || !rows.are_split()) {
        return;
    }
    const std::uint32_t slots =
        std::get<image::NeuronImage>(image.populations[projection.post].cells).delay_slots;
    for (std::size_t i = 0; i < pre.size(); ++i) {
        if (delay_steps[i] <= slots) continue;
        const std::uint32_t stage = (delay_steps[i] - 1) / slots;
        const auto row = rows.row({pre[i], stage});
        if (!row) {
            delay_steps[i] = 0;
            continue;
        }
        const DelayedSource read = rows.as_read(*row);
        delay_steps[i] += (read.stage - stage) * slots;  // wraps on purpose
        pre[i] = read.source;
    }
}

}  // namespace spinnlab::engine
