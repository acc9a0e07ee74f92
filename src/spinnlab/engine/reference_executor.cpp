// SPDX-License-Identifier: Apache-2.0
// The literal executor: one simulated core at a time, with 16-bit saturating rings, one row a
// source neuron and core, and delay cores that count and send again. Slow, and the judge of the
// fast one.
#include <algorithm>
#include <deque>
#include <map>

#include "spinnlab/engine/executor.hpp"
#include "spinnlab/engine/packet_counter.hpp"
#include "spinnlab/engine/reference_cores.hpp"

namespace spinnlab::engine {

namespace {

using image::MachineImage;
using image::SliceImage;
using image::SliceIndex;
using namespace reference;  // NOLINT(google-build-using-namespace): the parts of this one

class ReferenceExecutor final : public Executor {
 public:
    ReferenceExecutor(const MachineImage& image, const image::Deliveries& deliveries)
        : image_(image),
          fired_(image.slices.size()),
          tracks_(image.populations.size()),
          counters_(image.populations.size()) {
        for (SliceIndex s = 0; s < image.slices.size(); ++s) {
            const auto& cells = image.populations[image.slices[s].population].cells;
            if (std::holds_alternative<image::NeuronImage>(cells)) {
                cores_.push_back(std::make_unique<NeuronCore>(image, deliveries, s));
                core_of_slice_[s] = cores_.back().get();
            } else {
                sources_.emplace(s, SourceCore(image, s));
            }
        }
        make_delay_cores();
        if (PacketCounter::asked_for(image)) packets_.emplace(image, deliveries);
    }

    [[nodiscard]] std::uint32_t window() const override { return 1; }

    void advance(Window window) override {
        for (std::uint32_t t = window.first; t < window.first + window.count; ++t) {
            update(t);
            record_step(t);
            deliver(t);
            remember(t);
        }
    }

    void record(Recordings& recordings) override {
        recordings_ = &recordings;
        for (image::PopulationIndex p = 0; p < image_.populations.size(); ++p) {
            tracks_[p] = recordings.spike_track(p);
        }
        if (packets_) packets_->attach(recordings);
    }

    void read_state(image::PopulationIndex population, std::uint32_t word,
                    std::span<std::int32_t> values) const override {
        for (const auto& core : cores_) {
            if (core->slice().population != population) continue;
            for (std::uint32_t i = core->slice().lo; i < core->slice().hi; ++i) {
                values[i] = core->state(i - core->slice().lo, word);
            }
        }
    }
    void write_state(image::PopulationIndex population, std::uint32_t word,
                     std::span<const std::int32_t> values) override {
        for (const auto& core : cores_) {
            if (core->slice().population != population) continue;
            for (std::uint32_t i = core->slice().lo; i < core->slice().hi; ++i) {
                core->state(i - core->slice().lo, word) = values[i];
            }
        }
    }
    [[nodiscard]] Counters counters(image::PopulationIndex population) const override {
        Counters counters = counters_[population];
        for (const auto& core : cores_) {
            if (core->slice().population == population) counters.saturations += core->saturations();
        }
        return counters;
    }
    [[nodiscard]] Totals totals() const override {
        Totals totals;
        for (const Counters& counters : counters_) totals.spikes += counters.spikes;
        for (const auto& core : cores_) totals.synaptic_events += core->events();
        return totals;
    }
    [[nodiscard]] std::uint64_t synapses() const override {
        std::uint64_t n = 0;
        for (const auto& core : cores_) n += core->synapses();
        return n;
    }
    [[nodiscard]] std::vector<SpikeStream> recent_spikes() const override {
        return {recent_.begin(), recent_.end()};
    }
    [[nodiscard]] std::vector<PendingInput> drain(std::uint32_t step) override {
        std::vector<PendingInput> pending;
        std::uint32_t end = step + longest_delay_;
        for (const auto& core : cores_) end = std::max(end, core->last_late_step() + 1);
        for (auto& fired : fired_) fired.clear();
        for (std::uint32_t due = step; due < end; ++due) {
            for (const auto& core : cores_) core->take_input(due, pending);
            deliver(due);
        }
        return pending;
    }
    void resume(std::span<const PendingInput> pending, std::span<const SpikeStream> recent,
                std::uint32_t step) override {
        for (const auto& core : cores_) {
            for (const PendingInput& input : pending) core->add_late(input);
        }
        for (const SpikeStream& stream : recent) {
            recent_.push_back(stream);
            if (packets_) packets_->add(stream);
        }
        if (packets_) packets_->skip(step);
    }

 private:
    void make_delay_cores() {
        std::map<SliceIndex, std::uint32_t> longest;
        for (const auto& core : cores_) {
            for (const Matrix& matrix : core->matrices()) {
                const auto steps =
                    static_cast<std::uint32_t>(matrix.stages.size() - 1) * core->slots();
                longest_delay_ = std::max(longest_delay_, steps + core->slots());
                if (steps != 0) longest[matrix.source] = std::max(longest[matrix.source], steps);
            }
        }
        for (const auto& [slice, steps] : longest) {
            const auto& where = image_.slices[slice];
            delay_cores_.emplace(slice, DelayCore(where.hi - where.lo, steps));
        }
    }

    void update(std::uint32_t step) {
        for (auto& fired : fired_) fired.clear();
        for (SliceIndex s = 0; s < image_.slices.size(); ++s) {
            const auto core = core_of_slice_.find(s);
            if (core != core_of_slice_.end()) {
                core->second->update(step, fired_[s]);
            } else {
                sources_.at(s).update(step, fired_[s]);
            }
        }
    }

    void deliver(std::uint32_t step) {
        for (auto& [slice, delay] : delay_cores_) {
            delay.start_step(step);
            for (const std::uint32_t neuron : fired_[slice]) {
                delay.count(step, neuron - image_.slices[slice].lo);
            }
        }
        for (const auto& core : cores_) {
            for (const Matrix& matrix : core->matrices()) {
                const std::uint32_t lo = image_.slices[matrix.source].lo;
                for (const std::uint32_t neuron : fired_[matrix.source]) {
                    core->receive(matrix.stages[0][neuron - lo], step, 1);
                }
                for (std::uint32_t k = 1; k < matrix.stages.size(); ++k) {
                    const std::uint32_t back = k * core->slots();
                    if (step < back) continue;
                    const DelayCore& delay = delay_cores_.at(matrix.source);
                    for (std::uint32_t i = 0; i < matrix.stages[k].size(); ++i) {
                        core->receive(matrix.stages[k][i], step, delay.counted(step - back, i));
                    }
                }
            }
        }
    }

    void record_step(std::uint32_t step) {
        for (SliceIndex s = 0; s < image_.slices.size(); ++s) {
            const auto population = image_.slices[s].population;
            counters_[population].spikes += fired_[s].size();
            if (tracks_[population]) tracks_[population]->append(step, fired_[s]);
        }
        if (recordings_ == nullptr) return;
        for (const auto& core : cores_) {
            const SliceImage& slice = core->slice();
            const auto& population = image_.populations[slice.population];
            const auto& model = *std::get<image::NeuronImage>(population.cells).model;
            for (std::size_t r = 0; r < model.recordables.size(); ++r) {
                const std::string name(model.recordables[r].name);
                const SampleTrack* track = recordings_->samples(slice.population, name);
                if (track == nullptr || !track->due(step)) continue;
                const auto recording =
                    std::ranges::find(population.recordings, name, &network::Recording::variable);
                std::int32_t* row = track->row(step);
                const auto values = core->samples(r);
                if (recording->indexes.empty()) {
                    std::ranges::copy(values, row + slice.lo);
                    continue;
                }
                for (std::size_t c = 0; c < recording->indexes.size(); ++c) {
                    const std::uint32_t neuron = recording->indexes[c];
                    if (neuron >= slice.lo && neuron < slice.hi) row[c] = values[neuron - slice.lo];
                }
            }
        }
    }

    void remember(std::uint32_t step) {
        SpikeStream stream;
        for (SliceIndex s = 0; s < fired_.size(); ++s) {
            stream.start(image_.slices[s].population, step);
            for (const std::uint32_t neuron : fired_[s]) stream.add(neuron);
            stream.finish();
        }
        if (packets_) {
            packets_->add(stream);
            packets_->write(step + 1);
        }
        if (!stream.empty()) recent_.push_back(std::move(stream));
        while (!recent_.empty() && recent_.front().last_step() + longest_delay_ < step) {
            recent_.pop_front();
        }
    }

    const MachineImage& image_;
    std::vector<std::unique_ptr<NeuronCore>> cores_{};
    std::map<SliceIndex, NeuronCore*> core_of_slice_{};
    std::map<SliceIndex, SourceCore> sources_{};
    std::map<SliceIndex, DelayCore> delay_cores_{};
    std::vector<std::vector<std::uint32_t>> fired_;  ///< by slice, in the step of now
    std::vector<std::unique_ptr<SpikeTrack>> tracks_;
    std::vector<Counters> counters_;
    Recordings* recordings_ = nullptr;
    std::uint32_t longest_delay_ = 0;
    std::optional<PacketCounter> packets_{};
    std::deque<SpikeStream> recent_{};
};

}  // namespace

std::unique_ptr<Executor> make_reference_executor(const MachineImage& image,
                                                  const image::Deliveries& deliveries) {
    return std::make_unique<ReferenceExecutor>(image, deliveries);
}

}  // namespace spinnlab::engine
