// SPDX-License-Identifier: Apache-2.0
// What the machine is told: parameter columns, synapse recipes, scales, keys, tables. No rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spinnlab/base/profile.hpp"
#include "spinnlab/base/random.hpp"
#include "spinnlab/machine/machine.hpp"
#include "spinnlab/mapping/mapping.hpp"
#include "spinnlab/network/network.hpp"
#include "spinnlab/neurons/prepare.hpp"
#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::image {

using PopulationIndex = std::uint32_t;
using SliceIndex = std::uint32_t;

/// Neurons lo .. hi - 1 of a population on one core.
struct SliceImage {
    PopulationIndex population = 0;
    std::uint32_t lo = 0;
    std::uint32_t hi = 0;
    machine::CoreId core{};
    bool sends = false;     ///< has a key of its own
    std::uint32_t key = 0;  ///< neuron i of the slice sends key | i << colour bits | step % 16
    std::uint32_t mask = 0;
};

/// The core that repeats a slice's spikes later: stage k after k x stage_steps.
struct DelayImage {
    SliceIndex source = 0;
    std::uint32_t stages = 0;
    std::uint32_t stage_steps = 0;
    machine::CoreId core{};
    std::uint32_t key = 0;
    std::uint32_t mask = 0;
};

/// Neurons of a model, ready for its kernel.
struct NeuronImage {
    const neurons::ModelInfo* model = nullptr;
    neurons::Prepared prepared{};
    std::uint32_t sub_steps = 1;
    std::vector<std::uint8_t> shifts{};   ///< ring-buffer shift per receptor
    std::vector<double> weight_scales{};  ///< stored weight = weight x scale, per receptor
    std::uint32_t delay_slots = 1;        ///< steps a synapse can wait without a delay core
};

/// Steps at which the neurons of a SpikeSourceArray fire.
struct SpikeArrayImage {
    struct Spike {
        std::uint32_t step = 0;
        std::uint32_t neuron = 0;
        friend auto operator<=>(const Spike&, const Spike&) = default;
    };
    std::vector<Spike> spikes{};  ///< rising by step, then neuron; doubles stay
};

/// The sources lo .. hi - 1 on a core of their own, and where its generator begins.
struct PoissonCore {
    std::uint32_t lo = 0;
    std::uint32_t hi = 0;
    Kiss::State seed{};
};

/// Rates of a SpikeSourcePoisson; each list has one value for all sources or one each.
struct PoissonImage {
    std::vector<double> rate_hz{};
    std::vector<std::uint32_t> start_step{};
    std::vector<std::uint32_t> end_step{};  ///< first step without spikes again; max: never
    std::uint64_t seed = 0;
    std::vector<PoissonCore> machine_cores{};  ///< not empty: draw as the original's cores do
};

struct PopulationImage {
    std::string label{};
    std::uint32_t size = 0;
    std::variant<NeuronImage, SpikeArrayImage, PoissonImage> cells{};
    std::vector<network::Recording> recordings{};
    SliceIndex first_slice = 0;
    std::uint32_t n_slices = 0;
    std::uint32_t atoms_per_core = 0;
    mapping::Resources core_sdram{};  ///< of a core with a full slice, as planned
};

struct ProjectionImage {
    std::string label{};
    PopulationIndex pre = 0;
    PopulationIndex post = 0;
    std::uint32_t receptor = 0;
    synapses::Recipe recipe{};
    synapses::Scaling scaling{};
    std::uint32_t delay_stages = 0;  ///< of the delay core between the two; 0: none
};

/// One immutable value: everything the host would have told the chips.
struct MachineImage {
    double timestep_ms = 1.0;
    Fidelity fidelity{};
    std::uint64_t seed = 0;
    bool spinnaker_rng = false;
    std::vector<PopulationImage> populations{};
    std::vector<ProjectionImage> projections{};
    std::vector<SliceImage> slices{};  ///< population by population, rising
    std::vector<DelayImage> delays{};
    machine::Machine machine{};
    mapping::Mapping mapping{};        ///< placements, keys, routing tables
    std::vector<std::string> notes{};  ///< what compile() changed by itself, one line each
};

/// Which slices hear which, read off the routing tables hop by hop.
struct Deliveries {
    std::vector<std::vector<SliceIndex>> direct{};   ///< by source slice: target slices, rising
    std::vector<std::vector<SliceIndex>> delayed{};  ///< the same by way of its delay core

    [[nodiscard]] bool reaches(SliceIndex source, SliceIndex target, bool by_delay_core) const;
    friend bool operator==(const Deliveries&, const Deliveries&) = default;
};

/// Follows every key of the image through its tables.
/// Throws RunError for a key without its table.
[[nodiscard]] Deliveries trace(const MachineImage& image);

}  // namespace spinnlab::image
