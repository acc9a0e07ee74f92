// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <tuple>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/bindings/arrays.hpp"
#include "spinnlab/bindings/module.hpp"
#include "spinnlab/bindings/recipes.hpp"
#include "spinnlab/network/lower.hpp"
#include "spinnlab/network/machine_streams.hpp"
#include "spinnlab/network/network.hpp"
#include "spinnlab/synapses/expand.hpp"

namespace spinnlab::bindings {

namespace {

using network::Network;
using network::PopulationId;
using network::ProjectionId;
using Indexes = std::optional<Array<std::uint32_t>>;

network::Settings to_settings(double timestep_ms, const std::string& profile, bool faithful,
                              std::uint64_t seed, const std::string& rng) {
    if (profile != "7" && profile != "6") {
        throw NetworkError(fmt::format("there is no profile \"{}\"", profile),
                           "Choose \"7\" or \"6\".");
    }
    if (rng != "spinnlab" && rng != "spinnaker") {
        throw NetworkError(fmt::format("there is no rng \"{}\"", rng),
                           "Choose \"spinnlab\" or \"spinnaker\".");
    }
    const Profile which = profile == "7" ? Profile::Seven : Profile::Six;
    return {timestep_ms, {which, faithful}, seed, rng == "spinnaker"};
}

network::NeuronCells to_cells(const std::string& label, const neurons::ModelInfo& model,
                              const nb::dict& fields) {
    network::NeuronCells cells;
    cells.model = &model;
    for (const auto& field : model.fields) {
        const std::string name(field.name);
        if (fields.contains(name.c_str())) {
            cells.fields.push_back(to_values(fields[name.c_str()]));
        } else {
            cells.fields.push_back({field.default_value});
        }
    }
    for (const auto [key, value] : fields) {
        const auto name = to<std::string>(key, "the name of a parameter");
        if (!neurons::field_index(model, name)) {
            throw NetworkError(fmt::format("{}: {} has no parameter {}", label, model.name, name),
                               "Give parameters that the model has.");
        }
    }
    return cells;
}

const neurons::ModelInfo& model_named(const std::string& name) {
    const auto* model = neurons::find_model(name);
    if (model != nullptr) return *model;
    throw UnsupportedError(fmt::format("the native way has no neuron model {}", name),
                           "Use the kernel \"sPyNNaker 7.4.1\" or spinnlab run --original.");
}

template <typename T>
void take(const nb::dict& options, const char* name, T& into) {
    if (options.contains(name) && !options[name].is_none()) into = to<T>(options[name], name);
}
template <typename T>
void take(const nb::dict& options, const char* name, std::optional<T>& into) {
    if (options.contains(name) && !options[name].is_none()) into = to<T>(options[name], name);
}

network::PopulationOptions to_options(const nb::dict& options) {
    network::PopulationOptions made;
    take(options, "neurons_per_core", made.neurons_per_core);
    take(options, "spikes_per_second", made.spikes_per_second);
    take(options, "ring_buffer_sigma", made.ring_buffer_sigma);
    take(options, "max_expected_summed_weight", made.max_expected_summed_weight);
    take(options, "n_steps_per_timestep", made.n_steps_per_timestep);
    take(options, "n_colour_bits", made.n_colour_bits);
    take(options, "n_synapse_cores", made.n_synapse_cores);
    take(options, "allow_delay_extensions", made.allow_delay_extensions);
    take(options, "seed", made.seed);
    std::optional<std::tuple<int, int>> chip;
    take(options, "chip", chip);
    if (chip) made.chip = machine::ChipXY{std::get<0>(*chip), std::get<1>(*chip)};
    take(options, "core", made.core);
    return made;
}

network::Population population(const std::string& label, std::uint32_t size, network::Cells cells,
                               const nb::dict& options) {
    return {label, size, std::move(cells), to_options(options), {}};
}

network::PoissonCells to_poisson(nb::handle rate_hz, nb::handle start_ms, nb::handle duration_ms,
                                 std::optional<double> max_rate_hz) {
    return {to_values(rate_hz), to_values(start_ms), to_values(duration_ms), max_rate_hz};
}

std::vector<std::uint32_t> to_members(const Indexes& members) {
    return members ? to_vector(*members) : std::vector<std::uint32_t>{};
}

synapses::Recipe to_recipe(const Network& network, PopulationId pre, PopulationId post,
                           ProjectionId id, const nb::tuple& connector, nb::handle weight,
                           nb::handle delay, const Indexes& pre_index, const Indexes& post_index,
                           std::optional<std::uint64_t> seed) {
    synapses::Recipe recipe;
    recipe.connector = to_connector(connector);
    recipe.weight = to_value_source(weight);
    recipe.delay_ms = to_value_source(delay);
    recipe.pre_index = to_members(pre_index);
    recipe.post_index = to_members(post_index);
    const auto size = [&](PopulationId p, const Indexes& members) {
        return members ? static_cast<std::uint32_t>(members->size())
                       : network.populations()[p].size;
    };
    recipe.shape = {size(pre, pre_index), size(post, post_index), pre == post};
    const auto& options = network.populations()[post].options;
    recipe.seed = seed.value_or(options.seed.value_or(network.settings().seed));
    recipe.projection_id = id;
    return recipe;
}

void bind_populations(nb::class_<Network>& type) {
    type.def(
        "add_neurons",
        [](Network& self, const std::string& label, const std::string& model, std::uint32_t size,
           const nb::dict& fields, const nb::dict& options) {
            return self.add(
                population(label, size, to_cells(label, model_named(model), fields), options));
        },
        nb::arg("label"), nb::arg("model"), nb::arg("size"), nb::arg("fields"),
        nb::arg("options") = nb::dict());
    type.def(
        "add_spike_array",
        [](Network& self, const std::string& label, std::uint32_t size,
           const Array<std::uint64_t>& first, const Array<double>& times_ms,
           const nb::dict& options) {
            return self.add(population(
                label, size, network::SpikeArrayCells{to_vector(first), to_vector(times_ms)},
                options));
        },
        nb::arg("label"), nb::arg("size"), nb::arg("first"), nb::arg("times_ms"),
        nb::arg("options") = nb::dict());
    type.def(
        "add_poisson",
        [](Network& self, const std::string& label, std::uint32_t size, nb::handle rate_hz,
           nb::handle start_ms, nb::handle duration_ms, const nb::dict& options,
           std::optional<double> max_rate_hz) {
            return self.add(population(
                label, size, to_poisson(rate_hz, start_ms, duration_ms, max_rate_hz), options));
        },
        nb::arg("label"), nb::arg("size"), nb::arg("rate_hz"), nb::arg("start_ms"),
        nb::arg("duration_ms"), nb::arg("options") = nb::dict(),
        nb::arg("max_rate_hz") = nb::none());
    type.def(
        "set_neurons",
        [](Network& self, PopulationId id, const nb::dict& fields) {
            const auto& changed = self.populations()[id];
            self.set_cells(id, to_cells(changed.label, *network::model_of(changed), fields));
        },
        nb::arg("population"), nb::arg("fields"));
    type.def(
        "set_spike_array",
        [](Network& self, PopulationId id, const Array<std::uint64_t>& first,
           const Array<double>& times_ms) {
            self.set_cells(id, network::SpikeArrayCells{to_vector(first), to_vector(times_ms)});
        },
        nb::arg("population"), nb::arg("first"), nb::arg("times_ms"));
    type.def(
        "set_poisson",
        [](Network& self, PopulationId id, nb::handle rate_hz, nb::handle start_ms,
           nb::handle duration_ms, std::optional<double> max_rate_hz) {
            self.set_cells(id, to_poisson(rate_hz, start_ms, duration_ms, max_rate_hz));
        },
        nb::arg("population"), nb::arg("rate_hz"), nb::arg("start_ms"), nb::arg("duration_ms"),
        nb::arg("max_rate_hz") = nb::none());
    type.def(
        "set_options",
        [](Network& self, PopulationId id, const nb::dict& options) {
            self.set_options(id, to_options(options));
        },
        nb::arg("population"), nb::arg("options"));
    type.def(
        "set_recordings",
        [](Network& self, PopulationId id,
           const std::vector<std::tuple<std::string, std::uint32_t, Indexes>>& wanted) {
            std::vector<network::Recording> recordings;
            for (const auto& [variable, interval, indexes] : wanted) {
                recordings.push_back({variable, interval, to_members(indexes)});
            }
            self.set_recordings(id, std::move(recordings));
        },
        nb::arg("population"), nb::arg("recordings"));
}

/// Weights in the form of the machine need the scale of their receptor.
std::vector<synapses::Connection> found_connections(const Network& network, ProjectionId id,
                                                    bool as_stored) {
    const auto& projection = network.projections()[id];
    const auto lowered = network::lower(network);
    synapses::Recipe recipe = projection.recipe;
    recipe.machine = network::machine_streams(network, lowered)[id];
    const auto& receptor = lowered.populations[projection.post].receptors[projection.receptor];
    const auto rounding = synapses::rounding_of(recipe, network.settings().fidelity);
    return synapses::connections(
        recipe, {receptor.weight_scale, network.settings().timestep_ms, rounding}, as_stored);
}

nb::tuple connections(const Network& network, ProjectionId id, bool as_stored) {
    std::vector<synapses::Connection> found;
    {
        const nb::gil_scoped_release unlocked;
        found = found_connections(network, id, as_stored);
    }
    std::vector<std::uint32_t> pre(found.size());
    std::vector<std::uint32_t> post(found.size());
    std::vector<double> weight(found.size());
    std::vector<double> delay(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        pre[i] = found[i].pre;
        post[i] = found[i].post;
        weight[i] = found[i].weight;
        delay[i] = found[i].delay_ms;
    }
    return nb::make_tuple(to_array(std::move(pre)), to_array(std::move(post)),
                          to_array(std::move(weight)), to_array(std::move(delay)));
}

void bind_projections(nb::class_<Network>& type) {
    type.def(
        "add_projection",
        [](Network& self, const std::string& label, PopulationId pre, PopulationId post,
           std::uint32_t receptor, const nb::tuple& connector, nb::handle weight, nb::handle delay,
           const Indexes& pre_index, const Indexes& post_index, std::optional<std::uint64_t> seed) {
            const auto id = static_cast<ProjectionId>(self.projections().size());
            return self.add(network::Projection{label, pre, post, receptor,
                                                to_recipe(self, pre, post, id, connector, weight,
                                                          delay, pre_index, post_index, seed)});
        },
        nb::arg("label"), nb::arg("pre"), nb::arg("post"), nb::arg("receptor"),
        nb::arg("connector"), nb::arg("weight"), nb::arg("delay"), nb::kw_only(),
        nb::arg("pre_index") = nb::none(), nb::arg("post_index") = nb::none(),
        nb::arg("seed") = nb::none());
    type.def(
        "set_projection",
        [](Network& self, ProjectionId id, const nb::tuple& connector, nb::handle weight,
           nb::handle delay, const Indexes& pre_index, const Indexes& post_index,
           std::optional<std::uint64_t> seed) {
            const auto& projection = self.projections()[id];
            self.set_recipe(id, to_recipe(self, projection.pre, projection.post, id, connector,
                                          weight, delay, pre_index, post_index, seed));
        },
        nb::arg("projection"), nb::arg("connector"), nb::arg("weight"), nb::arg("delay"),
        nb::kw_only(), nb::arg("pre_index") = nb::none(), nb::arg("post_index") = nb::none(),
        nb::arg("seed") = nb::none());
    type.def("connections", &connections, nb::arg("projection"), nb::kw_only(),
             nb::arg("as_stored") = true,
             "pre, post, weight, delay_ms of all connections, by source, then target.");
}

}  // namespace

void bind_network(nb::module_& module) {
    nb::class_<Network> type(module, "Network", "The description of a network.");
    type.def(
        "__init__",
        [](Network* self, double timestep_ms, const std::string& profile, bool faithful,
           std::uint64_t seed, const std::string& rng) {
            new (self) Network(to_settings(timestep_ms, profile, faithful, seed, rng));
        },
        nb::arg("timestep_ms"), nb::kw_only(), nb::arg("profile") = "7",
        nb::arg("faithful") = false, nb::arg("seed") = 0, nb::arg("rng") = "spinnlab");
    bind_populations(type);
    bind_projections(type);
}

}  // namespace spinnlab::bindings
