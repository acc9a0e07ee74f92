// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/network/lower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/synapses/estimates.hpp"

namespace spinnlab::network {

namespace {

constexpr std::uint32_t kNeuronsPerCore = 256;  // limit of the synapse dynamics
constexpr std::uint32_t kPoissonPerCore = 500;
constexpr std::uint32_t kIndexAndDelayBits = 14;  // of a synaptic word, for index, type and delay
constexpr std::uint32_t kOldDelaySlots = 16;      // profile "6"
constexpr std::uint32_t kMostStages = 8;

const Population& population_of(const Network& network, PopulationId id) {
    return network.populations()[id];
}

double largest(const std::vector<double>& values) { return *std::ranges::max_element(values); }

/// Rate and spikes a step of a projection's sources, as the shift of the ring buffer sees them.
synapses::Input input_of(const Network& network, const Projection& projection) {
    const double timestep_ms = network.settings().timestep_ms;
    const double expected = population_of(network, projection.post).options.spikes_per_second;
    synapses::Input input{&projection.recipe, expected,
                          std::max(1.0, expected * timestep_ms / 1000)};
    const auto* poisson = std::get_if<PoissonCells>(&population_of(network, projection.pre).cells);
    if (poisson == nullptr) return input;
    // QUIRK: since 7.4 the host asks sources of any rate for nothing: its Poisson vertex has lost
    // the interface that it looks for. Weights are stored as it stores them; a source that is too
    // fast shows in the count of saturations.
    if (network.settings().fidelity.profile == Profile::Seven) return input;
    const double rate_hz = poisson->max_rate_hz.value_or(largest(poisson->rate_hz));
    if (rate_hz > 0) input.spikes_per_second = rate_hz;
    input.spikes_per_step = synapses::poisson_spikes_per_step(rate_hz, timestep_ms);
    return input;
}

std::vector<synapses::RingBuffer> ring_buffers(const Network& network, PopulationId id) {
    const Population& population = population_of(network, id);
    const neurons::ModelInfo& model = *model_of(population);
    std::vector<synapses::RingBuffer> buffers;
    for (std::uint32_t receptor = 0; receptor < model.receptors.size(); ++receptor) {
        std::vector<synapses::Input> inputs;
        for (const Projection& projection : network.projections()) {
            if (projection.post == id && projection.receptor == receptor) {
                inputs.push_back(input_of(network, projection));
            }
        }
        const auto& given = population.options.max_expected_summed_weight;
        buffers.push_back(synapses::ring_buffer(
            inputs, {network.settings().timestep_ms, population.options.ring_buffer_sigma,
                     model.global_weight_scale, given.empty() ? -1.0 : given[receptor]}));
    }
    return buffers;
}

double longest_input_delay_ms(const Network& network, PopulationId id) {
    double longest = 0;
    for (const Projection& projection : network.projections()) {
        if (projection.post != id) continue;
        longest = std::max(longest, synapses::estimate_delays(projection.recipe).longest_ms);
    }
    return longest;
}

std::uint32_t steps(double delay_ms, double timestep_ms) {
    // Estimates carry rounding errors of their own: 1.5 ms in steps of 0.1 are 15, not 16.
    return static_cast<std::uint32_t>(std::ceil(delay_ms / timestep_ms - 1e-9));
}

PopulationPlan plan_of(const Network& network, PopulationId id, std::uint32_t limit) {
    const Population& population = population_of(network, id);
    PopulationPlan plan;
    plan.atoms_per_core = default_atoms_per_core(population);
    if (limit != 0) plan.atoms_per_core = std::min(plan.atoms_per_core, limit);
    const neurons::ModelInfo* model = model_of(population);
    if (model == nullptr) return plan;
    plan.receptors = ring_buffers(network, id);
    plan.longest_delay_ms = longest_input_delay_ms(network, id);
    if (network.settings().fidelity.profile == Profile::Six) {
        plan.delay_slots = plan.ring_slots = kOldDelaySlots;
        return plan;
    }
    const std::uint32_t used = index_bits(std::min(plan.atoms_per_core, population.size)) +
                               index_bits(static_cast<std::uint32_t>(model->receptors.size()));
    plan.delay_slots = 1u << (kIndexAndDelayBits - used);
    const std::uint32_t longest = steps(plan.longest_delay_ms, network.settings().timestep_ms);
    plan.ring_slots = longest == 0 ? 1 : std::min(1u << index_bits(longest), plan.delay_slots);
    return plan;
}

/// Adds a delay vertex, or stages to the one that is there; notes what hardware would refuse.
class DelayStages {
 public:
    DelayStages(const Network& network, LoweredNetwork& lowered)
        : network_(network), lowered_(lowered) {}

    void add(const Projection& projection) {
        const double timestep_ms = network_.settings().timestep_ms;
        const PopulationPlan& plan = lowered_.populations[projection.post];
        const std::uint32_t longest =
            steps(synapses::estimate_delays(projection.recipe).longest_ms, timestep_ms);
        const std::uint32_t slots = plan.delay_slots;
        const std::uint32_t stages = longest <= slots ? 0 : (longest + slots - 1) / slots - 1;
        lowered_.delay_stages.push_back(stages);
        if (stages == 0) return;
        const Population& post = population_of(network_, projection.post);
        if (!post.options.allow_delay_extensions) {
            throw CapacityError(
                fmt::format("{}: a delay of {} steps, {} holds {} without a delay core, which it "
                            "does not allow",
                            projection.label, longest, post.label, slots),
                "Allow delay extensions, shorten the delay, or put fewer neurons on a core.");
        }
        if (stages > kMostStages) {
            lowered_.notes.push_back(fmt::format(
                "{}: a delay of {} steps would not run on SpiNNaker, which holds {} here",
                projection.label, longest, slots * (kMostStages + 1)));
        }
        extend(projection, stages, slots);
    }

    /// To the delay stages and from them.
    [[nodiscard]] const std::vector<mapping::ApplicationEdge>& edges() const { return edges_; }

 private:
    void extend(const Projection& projection, std::uint32_t stages, std::uint32_t slots) {
        auto& delays = lowered_.delays;
        auto delay = std::ranges::find_if(delays, [&](const DelayVertex& d) {
            return d.source == projection.pre && d.steps_per_stage == slots;
        });
        if (delay == delays.end()) {
            const Population& pre = population_of(network_, projection.pre);
            const auto vertex = static_cast<mapping::VertexIndex>(lowered_.graph.vertices.size());
            mapping::ApplicationVertex delayed;
            delayed.label = pre.label + "_delayed";
            delayed.atoms = pre.size;
            delayed.follows = projection.pre;
            lowered_.graph.vertices.push_back(std::move(delayed));
            edges_.push_back({projection.pre, vertex});
            delay = delays.insert(delays.end(), {projection.pre, vertex, 0, slots});
        }
        delay->stages = std::max(delay->stages, stages);
        const std::uint32_t colours =
            1u << population_of(network_, projection.pre).options.n_colour_bits;
        lowered_.graph.vertices[delay->vertex].keys_per_atom = delay->stages * colours;
        edges_.push_back({delay->vertex, projection.post});
    }

    const Network& network_;
    LoweredNetwork& lowered_;
    std::vector<mapping::ApplicationEdge> edges_{};
};

/// A SpikeSourceArray of one source has keys for two, as the original's.
std::uint32_t keys_per_atom(const Population& population) {
    const std::uint32_t colours = 1u << population.options.n_colour_bits;
    const bool single =
        std::holds_alternative<SpikeArrayCells>(population.cells) && population.size == 1;
    return single ? 2 * colours : colours;
}

}  // namespace

std::uint32_t index_bits(std::uint32_t n) {
    return n <= 1 ? n : static_cast<std::uint32_t>(std::bit_width(n - 1));
}

std::uint32_t default_atoms_per_core(const Population& population) {
    std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    if (std::holds_alternative<NeuronCells>(population.cells)) most = kNeuronsPerCore;
    if (std::holds_alternative<PoissonCells>(population.cells)) most = kPoissonPerCore;
    // A core of all sources is one slice, so no slice is longer than the population.
    most = std::min(most, std::max(population.size, 1u));
    if (std::holds_alternative<NeuronCells>(population.cells))
        most = std::min(most, kNeuronsPerCore);
    return std::min(most, population.options.neurons_per_core.value_or(most));
}

LoweredNetwork lower(const Network& network, const AtomLimits& limits) {
    LoweredNetwork lowered;
    for (PopulationId id = 0; id < network.populations().size(); ++id) {
        const Population& population = population_of(network, id);
        const std::uint32_t limit = id < limits.size() ? limits[id] : 0;
        lowered.populations.push_back(plan_of(network, id, limit));
        mapping::ApplicationVertex vertex;
        vertex.label = population.label;
        vertex.atoms = population.size;
        vertex.max_atoms_per_core = lowered.populations.back().atoms_per_core;
        vertex.keys_per_atom = keys_per_atom(population);
        vertex.chip = population.options.chip;
        vertex.core_number = population.options.core;
        lowered.graph.vertices.push_back(std::move(vertex));
    }
    DelayStages stages(network, lowered);
    for (const Projection& projection : network.projections()) {
        lowered.graph.edges.push_back({projection.pre, projection.post});
        stages.add(projection);
    }
    // Keys are given out in this order, and the original adds its delay stages when all is known.
    std::ranges::copy(stages.edges(), std::back_inserter(lowered.graph.edges));
    return lowered;
}

}  // namespace spinnlab::network
