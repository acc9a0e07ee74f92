// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/same_synapses.hpp"

#include <algorithm>

namespace spinnlab::image {

namespace {

bool same_shape(const PopulationImage& a, const PopulationImage& b) {
    const auto* x = std::get_if<NeuronImage>(&a.cells);
    const auto* y = std::get_if<NeuronImage>(&b.cells);
    return a.size == b.size && a.first_slice == b.first_slice && a.n_slices == b.n_slices &&
           a.atoms_per_core == b.atoms_per_core && a.cells.index() == b.cells.index() &&
           (x == nullptr || (x->model == y->model && x->delay_slots == y->delay_slots));
}

bool same_place(const SliceImage& a, const SliceImage& b) {
    return a.population == b.population && a.lo == b.lo && a.hi == b.hi;
}

bool same_stages(const DelayImage& a, const DelayImage& b) {
    return a.source == b.source && a.stages == b.stages && a.stage_steps == b.stage_steps;
}

bool same_projection(const ProjectionImage& a, const ProjectionImage& b) {
    return a.pre == b.pre && a.post == b.post && a.receptor == b.receptor &&
           a.delay_stages == b.delay_stages && a.scaling == b.scaling && a.recipe == b.recipe;
}

}  // namespace

bool same_synapses(const MachineImage& a, const MachineImage& b) {
    return a.timestep_ms == b.timestep_ms && a.fidelity == b.fidelity && a.seed == b.seed &&
           a.spinnaker_rng == b.spinnaker_rng &&
           std::ranges::equal(a.populations, b.populations, same_shape) &&
           std::ranges::equal(a.slices, b.slices, same_place) &&
           std::ranges::equal(a.delays, b.delays, same_stages) &&
           std::ranges::equal(a.projections, b.projections, same_projection);
}

}  // namespace spinnlab::image
