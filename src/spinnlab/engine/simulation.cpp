// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/base/fixed_point.hpp"
#include "spinnlab/image/same_synapses.hpp"

namespace spinnlab::engine {

namespace {

using Clock = std::chrono::steady_clock;

/// Below this many neurons a barrier costs more than a second thread saves.
constexpr std::uint64_t kWorthSecondThread = 2000;
constexpr std::chrono::milliseconds kBetweenReports{20};

int choose_threads(const image::MachineImage& image, const Options& options) {
    if (options.executor == ExecutorKind::Reference) return 1;
    if (options.threads > 0) return options.threads;
    std::uint64_t neurons = 0;
    for (const auto& population : image.populations) neurons += population.size;
    const auto processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    return std::clamp(static_cast<int>(neurons / kWorthSecondThread), 1, processors);
}

/// Windows to run at once, after `windows` took so long: about as many as fit into a few
/// milliseconds, so that progress, the stop button and recordings lag by no more.
std::uint32_t next_windows(std::uint32_t windows, Clock::duration took) {
    constexpr std::chrono::milliseconds kAtOnce{5};
    constexpr std::uint32_t kMost = 1024;
    if (took > kAtOnce) return std::max(windows / 2, 1u);
    return took * 2 < kAtOnce ? std::min(windows * 2, kMost) : windows;
}

std::uint32_t word_of(const image::PopulationImage& population, const std::string& field) {
    const auto* neurons = std::get_if<image::NeuronImage>(&population.cells);
    const auto word =
        neurons == nullptr ? std::nullopt : neurons::state_word(*neurons->model, field);
    if (!word) {
        throw NetworkError(fmt::format("{} has no state variable {}", population.label, field),
                           "Ask for one of the model's state variables.");
    }
    return *word;
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const image::MachineImage> image, Options options)
    : image_(std::move(image)),
      deliveries_(image::trace(*image_)),
      options_(std::move(options)),
      threads_(choose_threads(*image_, options_)),
      recordings_(options_.recording, image_->timestep_ms),
      executor_(make_executor(*image_, deliveries_, nullptr)) {
    recordings_.start(*image_, now_);
    executor_->record(recordings_);
}

std::unique_ptr<Executor> Simulation::make_executor(const image::MachineImage& image,
                                                    const image::Deliveries& deliveries,
                                                    const Executor* same_synapses) {
    if (options_.executor == ExecutorKind::Reference) {
        return make_reference_executor(image, deliveries);
    }
    const neurons::Isa isa = options_.isa.value_or(neurons::best_isa());
    if (!neurons::isa_available(isa)) {
        throw RunError(fmt::format("this processor has no {}", neurons::isa_name(isa)),
                       "Leave the instruction set to SpiNNLab, or name another one.");
    }
    const std::uint32_t partitions = options_.partitions != 0
                                         ? options_.partitions
                                         : static_cast<std::uint32_t>(threads_.threads());
    return make_fast_executor(image, deliveries, threads_, isa, partitions, options_.while_loading,
                              same_synapses);
}

void Simulation::check_whole() const {
    if (!is_within_window_) return;
    throw RunError(fmt::format("the run failed within a window after step {}, and its neurons are "
                               "not all at the same time",
                               now_),
                   "What was recorded before can be read; reset() begins again.");
}

void Simulation::run_window(const Window& window) {
    recordings_.reserve(now_ + window.count);
    is_within_window_ = true;
    executor_->advance(window);
    is_within_window_ = false;
    now_ += window.count;
    recordings_.commit(now_);
}

void Simulation::advance(std::uint32_t steps,
                         const std::function<bool(const Progress&)>& keep_going) {
    check_whole();
    if (steps > std::numeric_limits<std::uint32_t>::max() - now_) {
        throw RunError("a run cannot pass 2^32 - 1 time steps",
                       "Use a longer time step, or reset.");
    }
    recordings_.check_room(steps);
    const std::uint32_t end = now_ + steps;
    const auto start = Clock::now();
    const std::uint64_t spikes_before = executor_->totals().spikes;
    auto next_report = start + kBetweenReports;
    std::uint32_t windows = 1;
    auto before = start;
    while (now_ < end) {
        const Window window{now_, std::min(windows * executor_->window(), end - now_)};
        run_window(window);
        const auto after = Clock::now();
        windows = next_windows(windows, after - before);
        before = after;
        if (!keep_going || after < next_report) continue;
        next_report = after + kBetweenReports;
        const double wall_s = std::chrono::duration<double>(after - start).count();
        if (!keep_going({now_, end, wall_s, executor_->totals().spikes - spikes_before})) return;
    }
}

void Simulation::adopt(std::shared_ptr<const image::MachineImage> image) {
    check_whole();
    auto deliveries = image::trace(*image);
    const bool same = deliveries == deliveries_ && image::same_synapses(*image, *image_);
    // Whatever throws up to here leaves the simulation as it was.
    auto made = make_executor(*image, deliveries, same ? executor_.get() : nullptr);
    copy_state(*image, *made);
    is_within_window_ = true;  // until all of this is where it belongs
    const auto drained = executor_->drain(now_);
    auto earlier = counters_so_far();
    std::vector<std::uint64_t> cut;
    const auto pending = carry_over(drained, *image_, *image, cut);
    for (std::size_t p = 0; p < std::min(earlier.size(), cut.size()); ++p) {
        earlier[p].saturations += cut[p];
    }
    made->resume(pending, executor_->recent_spikes(), now_);
    earlier_totals_ = totals();
    earlier_ = std::move(earlier);
    executor_ = std::move(made);  // first: the old one refers to the old image
    deliveries_ = std::move(deliveries);
    image_ = std::move(image);
    recordings_.start(*image_, now_);
    executor_->record(recordings_);
    is_within_window_ = false;
}

void Simulation::copy_state(const image::MachineImage& image, Executor& made) const {
    const std::size_t n = std::min(image_->populations.size(), image.populations.size());
    for (image::PopulationIndex p = 0; p < n; ++p) {
        const auto& population = image.populations[p];
        if (!same_neurons(image_->populations[p], population)) continue;
        std::vector<std::int32_t> values(population.size);
        const auto& model = *std::get<image::NeuronImage>(population.cells).model;
        for (std::uint32_t word = 0; word < model.state_words; ++word) {
            executor_->read_state(p, word, values);
            made.write_state(p, word, values);
        }
    }
}

std::vector<Counters> Simulation::counters_so_far() const {
    std::vector<Counters> sums(std::max(earlier_.size(), image_->populations.size()));
    std::ranges::copy(earlier_, sums.begin());
    for (image::PopulationIndex p = 0; p < image_->populations.size(); ++p) sums[p] = counters(p);
    return sums;
}

Counters Simulation::counters(image::PopulationIndex population) const {
    Counters sum = executor_->counters(population);
    if (population < earlier_.size()) {
        sum.spikes += earlier_[population].spikes;
        sum.saturations += earlier_[population].saturations;
    }
    return sum;
}

Totals Simulation::totals() const {
    Totals sum = executor_->totals();
    sum.spikes += earlier_totals_.spikes;
    sum.synaptic_events += earlier_totals_.synaptic_events;
    return sum;
}

std::vector<double> Simulation::state(image::PopulationIndex population,
                                      const std::string& field) const {
    const auto& image = image_->populations.at(population);
    std::vector<std::int32_t> raw(image.size);
    executor_->read_state(population, word_of(image, field), raw);
    std::vector<double> values(raw.size());
    std::ranges::transform(raw, values.begin(), to_double);
    return values;
}

void Simulation::set_state(image::PopulationIndex population, const std::string& field,
                           std::span<const double> values) {
    const auto& image = image_->populations.at(population);
    const std::uint32_t word = word_of(image, field);
    if (values.size() != 1 && values.size() != image.size) {
        throw NetworkError(fmt::format("{} has {} neurons, {} got {} values", image.label,
                                       image.size, field, values.size()),
                           "Give one value, or one for each neuron.");
    }
    for (const double value : values) {
        if (value >= kAccumMinimum && value <= kAccumMaximum) continue;  // false for NaN, too
        throw NetworkError(fmt::format("{}: {} of {}", image.label, field, value),
                           "State variables are numbers from -65536 to below 65536.");
    }
    std::vector<std::int32_t> raw(image.size);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        raw[i] = accum_from(values[values.size() == 1 ? 0 : i]);
    }
    executor_->write_state(population, word, raw);
}

}  // namespace spinnlab::engine
