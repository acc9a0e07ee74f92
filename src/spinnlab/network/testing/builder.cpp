// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::network::testing {

NeuronCells cells_of(std::string_view model, const Values& values) {
    NeuronCells cells;
    cells.model = neurons::find_model(model);
    for (const auto& field : cells.model->fields) cells.fields.push_back({field.default_value});
    for (const auto& [field, value] : values) {
        cells.fields[neurons::field_index(*cells.model, field).value()] = {value};
    }
    return cells;
}

Projection projection(const Network& network, PopulationId pre, PopulationId post,
                      std::uint32_t receptor, synapses::Connector connector,
                      synapses::ValueSource weight, synapses::ValueSource delay_ms) {
    const auto& populations = network.populations();
    Projection made;
    made.label = populations[pre].label + "_" + populations[post].label;
    made.pre = pre;
    made.post = post;
    made.receptor = receptor;
    made.recipe.connector = std::move(connector);
    made.recipe.weight = std::move(weight);
    made.recipe.delay_ms = std::move(delay_ms);
    made.recipe.shape = {populations[pre].size, populations[post].size, pre == post};
    made.recipe.seed = 7;
    made.recipe.projection_id = static_cast<std::uint32_t>(network.projections().size());
    return made;
}

Builder::Builder(double timestep_ms) : network_({timestep_ms, {}, 1, false}) {}

PopulationId Builder::add(std::string label, std::uint32_t size, Cells cells) {
    Population population;
    population.label = std::move(label);
    population.size = size;
    population.cells = std::move(cells);
    population.options.neurons_per_core = atoms_per_core_;
    return network_.add(std::move(population));
}

PopulationId Builder::neurons(std::string label, std::uint32_t size, std::string_view model,
                              const Values& values) {
    return add(std::move(label), size, cells_of(model, values));
}

PopulationId Builder::poisson(std::string label, std::uint32_t size, std::vector<double> rate_hz) {
    return add(std::move(label), size,
               PoissonCells{std::move(rate_hz), {0}, {PoissonCells::kForever}, {}});
}

PopulationId Builder::spike_array(std::string label, std::uint32_t size) {
    SpikeArrayCells cells;
    for (std::uint64_t i = 0; i <= size; ++i) cells.first.push_back(i);
    cells.times_ms.assign(size, 0.0);
    return add(std::move(label), size, std::move(cells));
}

void Builder::project(PopulationId pre, PopulationId post, synapses::Connector connector,
                      synapses::ValueSource weight, synapses::ValueSource delay_ms,
                      std::uint32_t receptor) {
    network_.add(projection(network_, pre, post, receptor, std::move(connector), std::move(weight),
                            std::move(delay_ms)));
}

void Builder::record(PopulationId id, const std::vector<std::string>& variables) {
    std::vector<Recording> recordings;
    for (const std::string& variable : variables) recordings.push_back({variable, 1, {}});
    network_.set_recordings(id, std::move(recordings));
}

}  // namespace spinnlab::network::testing
