// SPDX-License-Identifier: Apache-2.0
// The description of a network as plain data: populations, projections, stimuli, recordings.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spinnlab/base/profile.hpp"
#include "spinnlab/machine/coordinates.hpp"
#include "spinnlab/neurons/model_info.hpp"
#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::network {

using PopulationId = std::uint32_t;  ///< in order of creation
using ProjectionId = std::uint32_t;  ///< in order of creation

/// Neurons of one model. `fields` in the model's order, parameters then initial state: one value
/// for all neurons or one each.
struct NeuronCells {
    const neurons::ModelInfo* model = nullptr;
    std::vector<std::vector<double>> fields{};
};

/// SpikeSourceArray: neuron i fires at times_ms[first[i]] .. times_ms[first[i + 1] - 1].
struct SpikeArrayCells {
    std::vector<std::uint64_t> first{};  ///< size + 1 entries
    std::vector<double> times_ms{};
};

/// SpikeSourcePoisson; each list has one value for all sources or one each.
struct PoissonCells {
    static constexpr double kForever = std::numeric_limits<double>::infinity();
    std::vector<double> rate_hz{};
    std::vector<double> start_ms{};
    std::vector<double> duration_ms{};  ///< kForever: never ends
    std::optional<double> max_rate_hz{};
};

using Cells = std::variant<NeuronCells, SpikeArrayCells, PoissonCells>;

/// What a script may ask of the machine for one population; pynn-on-spinnaker.md 1.7.
struct PopulationOptions {
    std::optional<std::uint32_t> neurons_per_core{};  ///< the user's own number
    double spikes_per_second = 30.0;                  ///< expected rate, for the weight scale
    double ring_buffer_sigma = 5.0;
    std::vector<double> max_expected_summed_weight{};  ///< per receptor; empty: estimated
    std::uint32_t n_steps_per_timestep = 1;            ///< sub-steps of the neuron update
    std::uint32_t n_colour_bits = 4;
    std::optional<std::uint32_t> n_synapse_cores{};
    bool allow_delay_extensions = true;
    std::optional<std::uint64_t> seed{};
    std::optional<machine::ChipXY> chip{};  ///< placement constraint
    std::optional<int> core{};              ///< with `chip` only
};

/// What PyNN calls the number of spike packets that a core received in a step.
inline constexpr std::string_view kPacketsPerTimestep = "packets-per-timestep";

/// One recorded variable of one population: "spikes", kPacketsPerTimestep or a recordable of the
/// model.
struct Recording {
    std::string variable{};
    std::uint32_t interval_steps = 1;
    std::vector<std::uint32_t> indexes{};  ///< rising; empty: every neuron
};

struct Population {
    std::string label{};
    std::uint32_t size = 0;
    Cells cells{};
    PopulationOptions options{};
    std::vector<Recording> recordings{};
};

struct Projection {
    std::string label{};
    PopulationId pre = 0;
    PopulationId post = 0;
    std::uint32_t receptor = 0;  ///< index in the target model's receptors
    synapses::Recipe recipe{};
};

/// Choices that hold for the whole network.
struct Settings {
    double timestep_ms = 1.0;
    Fidelity fidelity{};
    std::uint64_t seed = 0;      ///< of everything that has no seed of its own
    bool spinnaker_rng = false;  ///< the original's random streams and draw order
};

/// A network that is valid at every moment: what cannot be is refused when it is added, with a
/// NetworkError that names population, projection and parameter.
class Network {
 public:
    explicit Network(Settings settings);

    PopulationId add(Population population);
    ProjectionId add(Projection projection);

    /// Replaces the cells' values; the kind and the size stay.
    void set_cells(PopulationId id, Cells cells);
    void set_recordings(PopulationId id, std::vector<Recording> recordings);
    void set_options(PopulationId id, PopulationOptions options);
    void set_recipe(ProjectionId id, synapses::Recipe recipe);

    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] std::span<const Population> populations() const { return populations_; }
    [[nodiscard]] std::span<const Projection> projections() const { return projections_; }

 private:
    [[nodiscard]] const Population& population(PopulationId id) const;

    Settings settings_;
    std::vector<Population> populations_{};
    std::vector<Projection> projections_{};
};

/// The model of neuron cells; null for sources.
[[nodiscard]] const neurons::ModelInfo* model_of(const Population& population);

}  // namespace spinnlab::network
