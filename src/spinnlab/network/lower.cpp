// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/network/lower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>

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

std::vector<synapses::RingBuffer> ring_buffers(const Network& network, PopulationId id,
                                               std::span<const ProjectionId> incoming) {
    const Population& population = population_of(network, id);
    const neurons::ModelInfo& model = *model_of(population);
    std::vector<synapses::RingBuffer> buffers;
    for (std::uint32_t receptor = 0; receptor < model.receptors.size(); ++receptor) {
        std::vector<synapses::Input> inputs;
        for (const ProjectionId p : incoming) {
            const Projection& projection = network.projections()[p];
            if (projection.receptor == receptor) inputs.push_back(input_of(network, projection));
        }
        const auto& given = population.options.max_expected_summed_weight;
        buffers.push_back(synapses::ring_buffer(
            inputs, {network.settings().timestep_ms, population.options.ring_buffer_sigma,
                     model.global_weight_scale, given.empty() ? -1.0 : given[receptor]}));
    }
    return buffers;
}

double longest_input_delay_ms(const Network& network, std::span<const ProjectionId> incoming) {
    double longest = 0;
    for (const ProjectionId p : incoming) {
        const auto& recipe = network.projections()[p].recipe;
        longest = std::max(longest, synapses::estimate_delays(recipe).longest_ms);
    }
    return longest;
}

std::uint32_t slices_of(const Population& population, const PopulationPlan& plan) {
    return (population.size + plan.atoms_per_core - 1) / plan.atoms_per_core;
}

std::uint32_t steps(double delay_ms, double timestep_ms) {
    // Estimates carry rounding errors of their own: 1.5 ms in steps of 0.1 are 15, not 16.
    return static_cast<std::uint32_t>(std::ceil(delay_ms / timestep_ms - 1e-9));
}

PopulationPlan plan_of(const Network& network, PopulationId id,
                       std::span<const ProjectionId> incoming, std::uint32_t limit) {
    const Population& population = population_of(network, id);
    PopulationPlan plan;
    plan.atoms_per_core = default_atoms_per_core(population);
    if (limit != 0) plan.atoms_per_core = std::min(plan.atoms_per_core, limit);
    const neurons::ModelInfo* model = model_of(population);
    if (model == nullptr) return plan;
    plan.receptors = ring_buffers(network, id, incoming);
    plan.longest_delay_ms = longest_input_delay_ms(network, incoming);
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
            throw DelayExtensionError(
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

    /// To the delay stages and from them: a stage hears its own slice, and is heard by whoever
    /// hears the slice itself.
    [[nodiscard]] std::vector<mapping::ApplicationEdge> edges() const {
        std::map<std::pair<PopulationId, PopulationId>, std::vector<mapping::ApplicationEdge>>
            direct;
        for (const auto& edge : lowered_.graph.edges) {
            direct[{edge.pre, edge.post}].push_back(edge);
        }
        std::vector<mapping::ApplicationEdge> edges;
        std::set<std::pair<mapping::VertexIndex, PopulationId>> known;
        for (const auto& [pre, post, vertex, is_new] : heard_) {
            if (is_new) edges.push_back({pre, vertex, own_slices(pre)});
            if (!known.emplace(vertex, post).second) continue;
            for (const auto& edge : direct[{pre, post}]) {
                edges.push_back({vertex, post, edge.pairs});
            }
        }
        return edges;
    }

 private:
    struct Heard {
        PopulationId pre = 0;
        PopulationId post = 0;
        mapping::VertexIndex vertex = 0;
        bool is_new = false;
    };

    void extend(const Projection& projection, std::uint32_t stages, std::uint32_t slots) {
        auto& delays = lowered_.delays;
        auto delay = std::ranges::find_if(delays, [&](const DelayVertex& d) {
            return d.source == projection.pre && d.steps_per_stage == slots;
        });
        const bool is_new = delay == delays.end();
        if (is_new) {
            const Population& pre = population_of(network_, projection.pre);
            const auto vertex = static_cast<mapping::VertexIndex>(lowered_.graph.vertices.size());
            mapping::ApplicationVertex delayed;
            delayed.label = pre.label + "_delayed";
            delayed.atoms = pre.size;
            delayed.follows = projection.pre;
            lowered_.graph.vertices.push_back(std::move(delayed));
            delay = delays.insert(delays.end(), {projection.pre, vertex, 0, slots});
        }
        delay->stages = std::max(delay->stages, stages);
        const std::uint32_t colours =
            1u << population_of(network_, projection.pre).options.n_colour_bits;
        lowered_.graph.vertices[delay->vertex].keys_per_atom = delay->stages * colours;
        heard_.push_back({projection.pre, projection.post, delay->vertex, is_new});
    }

    [[nodiscard]] std::shared_ptr<const mapping::SlicePairs> own_slices(PopulationId pre) const {
        const std::uint32_t slices =
            slices_of(population_of(network_, pre), lowered_.populations[pre]);
        mapping::SlicePairs pairs;
        for (std::uint32_t s = 0; s < slices; ++s) pairs.push_back({s, s});
        return std::make_shared<const mapping::SlicePairs>(std::move(pairs));
    }

    const Network& network_;
    LoweredNetwork& lowered_;
    std::vector<Heard> heard_{};
};

/// A SpikeSourceArray of one source has keys for two, as the original's.
std::uint32_t keys_per_atom(const Population& population) {
    const std::uint32_t colours = 1u << population.options.n_colour_bits;
    const bool single =
        std::holds_alternative<SpikeArrayCells>(population.cells) && population.size == 1;
    return single ? 2 * colours : colours;
}

/// Slices of the two ends that a one-to-one or a list connects; null: any may be connected.
class ConnectedSlices {
 public:
    ConnectedSlices(const synapses::Recipe& recipe, std::uint32_t pre_atoms,
                    std::uint32_t post_atoms)
        : recipe_(recipe), pre_atoms_(pre_atoms), post_atoms_(post_atoms) {}

    [[nodiscard]] std::shared_ptr<const mapping::SlicePairs> pairs() {
        if (std::holds_alternative<synapses::OneToOne>(recipe_.connector)) {
            const std::uint32_t n = std::min(recipe_.shape.pre, recipe_.shape.post);
            for (std::uint32_t i = 0; i < n; ++i) add(i, i);
        } else if (const auto* list = std::get_if<synapses::FromList>(&recipe_.connector)) {
            for (std::size_t i = 0; i < list->pre->size(); ++i) {
                const std::uint32_t pre = (*list->pre)[i];
                const std::uint32_t post = (*list->post)[i];
                if (pre < recipe_.shape.pre && post < recipe_.shape.post) add(pre, post);
            }
        } else {
            return nullptr;
        }
        mapping::SlicePairs pairs;
        for (std::uint32_t s = 0; s < targets_.size(); ++s) {
            for (std::uint32_t t = 0; t < targets_[s].size(); ++t) {
                if (targets_[s][t]) pairs.push_back({s, t});
            }
        }
        return std::make_shared<const mapping::SlicePairs>(std::move(pairs));
    }

 private:
    void add(std::uint32_t pre, std::uint32_t post) {
        const auto member = [](const std::vector<std::uint32_t>& view, std::uint32_t i) {
            return view.empty() ? i : view[i];
        };
        const std::uint32_t source = member(recipe_.pre_index, pre) / pre_atoms_;
        const std::uint32_t target = member(recipe_.post_index, post) / post_atoms_;
        if (source >= targets_.size()) targets_.resize(source + 1);
        auto& of_source = targets_[source];
        if (target >= of_source.size()) of_source.resize(target + 1);
        of_source[target] = true;
    }

    const synapses::Recipe& recipe_;
    std::uint32_t pre_atoms_;
    std::uint32_t post_atoms_;
    std::vector<std::vector<bool>> targets_{};
};

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
    lowered.incoming.resize(network.populations().size());
    for (ProjectionId p = 0; p < network.projections().size(); ++p) {
        lowered.incoming[network.projections()[p].post].push_back(p);
    }
    for (PopulationId id = 0; id < network.populations().size(); ++id) {
        const Population& population = population_of(network, id);
        const std::uint32_t limit = id < limits.size() ? limits[id] : 0;
        lowered.populations.push_back(plan_of(network, id, lowered.incoming[id], limit));
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
        lowered.graph.edges.push_back(
            {projection.pre, projection.post,
             ConnectedSlices(projection.recipe, lowered.populations[projection.pre].atoms_per_core,
                             lowered.populations[projection.post].atoms_per_core)
                 .pairs()});
        stages.add(projection);
    }
    // Keys are given out in this order, and the original adds its delay stages when all is known.
    const auto delayed = stages.edges();
    lowered.graph.edges.insert(lowered.graph.edges.end(), delayed.begin(), delayed.end());
    return lowered;
}

}  // namespace spinnlab::network
