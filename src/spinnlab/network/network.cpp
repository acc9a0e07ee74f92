// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::network {

namespace {

constexpr double kMostColourBits = 7;  // their number has 3 bits in the original's tables

/// One value for all, or one each.
void check_length(const Population& population, std::string_view parameter, std::size_t n) {
    if (n == 1 || n == population.size) return;
    throw NetworkError(fmt::format("{}: {} has {} values for {} neurons", population.label,
                                   parameter, n, population.size),
                       "Give one value, or one for each neuron.");
}

void check_values(const Population& population, std::string_view parameter,
                  std::span<const double> values, double minimum, double maximum) {
    check_length(population, parameter, values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] >= minimum && values[i] <= maximum) continue;
        throw NetworkError(fmt::format("{}: {} of neuron {} is {}, allowed are {} to {}",
                                       population.label, parameter, i, values[i], minimum, maximum),
                           "Give a number in this range.");
    }
}

void check(const Population& population, const NeuronCells& cells) {
    if (cells.model == nullptr) {
        throw NetworkError(fmt::format("{}: neurons of no model", population.label),
                           "Name a model of the catalogue.");
    }
    const auto& fields = cells.model->fields;
    if (cells.fields.size() != fields.size()) {
        throw NetworkError(
            fmt::format("{}: {} has {} parameters and state variables, got {}", population.label,
                        cells.model->name, fields.size(), cells.fields.size()),
            "Give a value for each.");
    }
    for (std::size_t f = 0; f < fields.size(); ++f) {
        check_values(population, fields[f].name, cells.fields[f], fields[f].minimum,
                     fields[f].maximum);
    }
}

void check(const Population& population, const SpikeArrayCells& cells) {
    if (cells.first.size() != std::size_t{population.size} + 1 || cells.first.front() != 0 ||
        cells.first.back() != cells.times_ms.size() || !std::ranges::is_sorted(cells.first)) {
        throw NetworkError(fmt::format("{}: the lists of spike times do not belong to {} neurons",
                                       population.label, population.size),
                           "Give one list for all neurons, or one for each.");
    }
    for (const double time : cells.times_ms) {
        if (std::isfinite(time) && time >= 0) continue;
        throw NetworkError(fmt::format("{}: spike time {} ms", population.label, time),
                           "Spike times are finite and not negative.");
    }
}

void check(const Population& population, const PoissonCells& cells) {
    constexpr double kMaxRate_hz = 1e6;
    constexpr double kMaxTime_ms = 1e12;
    check_values(population, "rate", cells.rate_hz, 0, kMaxRate_hz);
    check_values(population, "start", cells.start_ms, 0, kMaxTime_ms);
    check_values(population, "duration", cells.duration_ms, 0, PoissonCells::kForever);
    if (cells.max_rate_hz) {
        const std::array largest = {*cells.max_rate_hz};
        check_values(population, "max_rate", largest, 0, kMaxRate_hz);
    }
}

void check_cells(const Population& population) {
    std::visit([&](const auto& cells) { check(population, cells); }, population.cells);
}

void check_number(const Population& population, std::string_view option, double value, double least,
                  double most) {
    if (value >= least && value <= most) return;
    throw NetworkError(fmt::format("{}: {} is {}, allowed are {} to {}", population.label, option,
                                   value, least, most),
                       "Give a number in this range.");
}

void check_options(const Population& population) {
    const PopulationOptions& options = population.options;
    if (options.neurons_per_core == 0u) {
        throw NetworkError(fmt::format("{}: 0 neurons per core", population.label),
                           "Give at least 1.");
    }
    if (options.n_steps_per_timestep == 0) {
        throw NetworkError(fmt::format("{}: n_steps_per_timestep is 0", population.label),
                           "Give at least 1.");
    }
    constexpr double kLarge = 1e12;
    check_number(population, "spikes_per_second", options.spikes_per_second, 0, kLarge);
    check_number(population, "ring_buffer_sigma", options.ring_buffer_sigma, 0, kLarge);
    for (const double weight : options.max_expected_summed_weight) {
        check_number(population, "max_expected_summed_weight", weight, 0, kLarge);
    }
    check_number(population, "n_colour_bits", options.n_colour_bits, 0, kMostColourBits);
    if (options.core && !options.chip) {
        throw NetworkError(fmt::format("{}: core {} of no chip", population.label, *options.core),
                           "Name the chip too, or leave the place open.");
    }
    const auto* model = model_of(population);
    const auto& given = options.max_expected_summed_weight;
    if (model != nullptr && !given.empty() && given.size() != model->receptors.size()) {
        throw NetworkError(
            fmt::format("{}: max_expected_summed_weight has {} values, {} has {} receptors",
                        population.label, given.size(), model->name, model->receptors.size()),
            "Give one value for each receptor.");
    }
}

bool can_record(const Population& population, std::string_view variable) {
    if (variable == "spikes") return true;
    const auto* model = model_of(population);
    if (model == nullptr) return false;
    return variable == kPacketsPerTimestep ||
           std::ranges::any_of(model->recordables,
                               [&](const auto& info) { return info.name == variable; });
}

void check_recordings(const Population& population) {
    for (const Recording& recording : population.recordings) {
        if (!can_record(population, recording.variable)) {
            throw NetworkError(
                fmt::format("{} cannot record {}", population.label, recording.variable),
                "Record a variable that its cells have.");
        }
        if (recording.interval_steps == 0) {
            throw NetworkError(
                fmt::format("{}: {} recorded every 0 steps", population.label, recording.variable),
                "Give a sampling interval of at least one time step.");
        }
        const auto& indexes = recording.indexes;
        if (!std::ranges::is_sorted(indexes) ||
            std::ranges::adjacent_find(indexes) != indexes.end() ||
            (!indexes.empty() && indexes.back() >= population.size)) {
            throw NetworkError(fmt::format("{}: {} recorded from neurons that it does not have",
                                           population.label, recording.variable),
                               fmt::format("Its neurons are 0 to {}.", population.size - 1));
        }
    }
}

void check_view(const Projection& projection, const Population& population,
                std::span<const std::uint32_t> members, std::uint32_t shape) {
    const std::size_t size = members.empty() ? population.size : members.size();
    if (size != shape) {
        throw NetworkError(fmt::format("{}: the recipe is for {} neurons of {}, it has {}",
                                       projection.label, shape, population.label, size),
                           "Make the recipe for the sizes of the two ends.");
    }
    for (const std::uint32_t member : members) {
        if (member < population.size) continue;
        throw NetworkError(
            fmt::format("{}: {} has no neuron {}", projection.label, population.label, member),
            fmt::format("Its neurons are 0 to {}.", population.size - 1));
    }
}

[[noreturn]] void no_such(std::string_view what, std::uint32_t id, std::size_t n) {
    throw NetworkError(fmt::format("{} {} of a network that has {}", what, id, n),
                       "Use what add() returned for this network.");
}

}  // namespace

const neurons::ModelInfo* model_of(const Population& population) {
    const auto* cells = std::get_if<NeuronCells>(&population.cells);
    return cells == nullptr ? nullptr : cells->model;
}

Network::Network(Settings settings) : settings_(settings) {
    constexpr double kShortest_ms = 1e-3;
    constexpr double kLongest_ms = 1e4;
    if (settings.timestep_ms >= kShortest_ms && settings.timestep_ms <= kLongest_ms) return;
    throw NetworkError(fmt::format("a time step of {} ms", settings.timestep_ms),
                       "Give 0.001 to 10,000 ms.");
}

const Population& Network::population(PopulationId id) const {
    if (id >= populations_.size()) no_such("population", id, populations_.size());
    return populations_[id];
}

PopulationId Network::add(Population population) {
    if (population.size == 0) {
        throw NetworkError(fmt::format("{} has no neurons", population.label),
                           "Give a size of at least 1.");
    }
    check_cells(population);
    check_options(population);
    check_recordings(population);
    populations_.push_back(std::move(population));
    return static_cast<PopulationId>(populations_.size() - 1);
}

ProjectionId Network::add(Projection projection) {
    const Population& pre = population(projection.pre);
    const Population& post = population(projection.post);
    const auto* model = model_of(post);
    if (model == nullptr) {
        throw NetworkError(fmt::format("{}: {} is a spike source and takes no input",
                                       projection.label, post.label),
                           "Project onto a population of neurons.");
    }
    if (projection.receptor >= model->receptors.size()) {
        throw NetworkError(fmt::format("{}: {} has no receptor {}", projection.label, model->name,
                                       projection.receptor),
                           "Name one of its receptors.");
    }
    check_view(projection, pre, projection.recipe.pre_index, projection.recipe.shape.pre);
    check_view(projection, post, projection.recipe.post_index, projection.recipe.shape.post);
    synapses::check(projection.recipe, projection.label);
    projections_.push_back(std::move(projection));
    return static_cast<ProjectionId>(projections_.size() - 1);
}

void Network::set_cells(PopulationId id, Cells cells) {
    Population changed = population(id);
    if (changed.cells.index() != cells.index()) {
        throw InternalError("the kind of a population's cells cannot change");
    }
    changed.cells = std::move(cells);
    check_cells(changed);
    populations_[id] = std::move(changed);
}

void Network::set_recordings(PopulationId id, std::vector<Recording> recordings) {
    Population changed = population(id);
    changed.recordings = std::move(recordings);
    check_recordings(changed);
    populations_[id].recordings = std::move(changed.recordings);
}

void Network::set_options(PopulationId id, PopulationOptions options) {
    Population changed = population(id);
    changed.options = std::move(options);
    check_options(changed);
    populations_[id].options = std::move(changed.options);
}

void Network::set_recipe(ProjectionId id, synapses::Recipe recipe) {
    if (id >= projections_.size()) no_such("projection", id, projections_.size());
    Projection changed = projections_[id];
    changed.recipe = std::move(recipe);
    check_view(changed, populations_[changed.pre], changed.recipe.pre_index,
               changed.recipe.shape.pre);
    check_view(changed, populations_[changed.post], changed.recipe.post_index,
               changed.recipe.shape.post);
    synapses::check(changed.recipe, changed.label);
    projections_[id] = std::move(changed);
}

}  // namespace spinnlab::network
