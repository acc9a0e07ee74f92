// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <optional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/executor.hpp"
#include "spinnlab/engine/packet_counter.hpp"
#include "spinnlab/engine/window_gate.hpp"

namespace spinnlab::engine {

namespace {

/// Longer windows gain nothing and make progress and the stop button coarse.
constexpr std::uint32_t kLongestWindow = 32;

class FastExecutor final : public Executor {
 public:
    FastExecutor(const image::MachineImage& image, const image::Deliveries& deliveries,
                 ThreadPool& threads, neurons::Isa isa, std::uint32_t wanted,
                 const std::function<void()>& while_loading, const FastExecutor* same_synapses)
        : image_(image), threads_(threads), partitions_(cut_into_partitions(image, wanted).size()) {
        auto cut = cut_into_partitions(image, wanted);
        LoadWatch watch(while_loading);
        threads_.parallel_for(partitions_.size(), [&](std::size_t k) {
            partitions_[k] = std::make_unique<Partition>(image, std::move(cut[k]), isa);
            const bool shared = same_synapses != nullptr && k < same_synapses->partitions_.size();
            partitions_[k]->load(image, deliveries, watch,
                                 shared ? same_synapses->partitions_[k].get() : nullptr);
        });
        if (PacketCounter::asked_for(image)) packets_.emplace(image, deliveries);
        std::uint32_t shortest_delay = 2 * kLongestWindow;
        for (const auto& partition : partitions_) {
            shortest_delay = std::min(shortest_delay, partition->min_delay());
            longest_delay_ = std::max(longest_delay_, partition->max_delay());
        }
        if (partitions_.size() > 1 && shortest_delay > 1) lag_ = 2;
        window_ = std::min(shortest_delay / lag_, kLongestWindow);
    }

    [[nodiscard]] std::uint32_t window() const override { return window_; }

    void advance(Window steps) override {
        // Packets are counted from what fired, which is kept for so many windows only.
        const std::uint32_t most = packets_ ? kept_windows() * window_ : steps.count;
        const std::uint32_t end = steps.first + steps.count;
        for (std::uint32_t first = steps.first; first < end; first = now_) {
            run({first, std::min(most, end - first)});
        }
    }

    void record(Recordings& recordings) override {
        for (auto& partition : partitions_) partition->record(recordings, image_);
        if (packets_) packets_->attach(recordings);
    }

    void read_state(image::PopulationIndex population, std::uint32_t word,
                    std::span<std::int32_t> values) const override {
        visit_state(population, word,
                    [&](std::uint32_t neuron, std::int32_t& value) { values[neuron] = value; });
    }
    void write_state(image::PopulationIndex population, std::uint32_t word,
                     std::span<const std::int32_t> values) override {
        visit_state(population, word,
                    [&](std::uint32_t neuron, std::int32_t& value) { value = values[neuron]; });
    }

    [[nodiscard]] Counters counters(image::PopulationIndex population) const override {
        Counters sum;
        for (const auto& partition : partitions_) {
            const auto pieces = partition->pieces();
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                if (pieces[p].population != population) continue;
                sum.spikes += partition->counters_of(p).spikes;
                sum.saturations += partition->counters_of(p).saturations;
            }
            partition->visit_fused_spikes(now_, [&](auto source, std::uint64_t spikes) {
                if (source == population) sum.spikes += spikes;
            });
        }
        return sum;
    }
    [[nodiscard]] Totals totals() const override {
        Totals totals;
        for (const auto& partition : partitions_) {
            totals.synaptic_events += partition->events();
            for (std::size_t p = 0; p < partition->pieces().size(); ++p) {
                totals.spikes += partition->counters_of(p).spikes;
            }
            partition->visit_fused_spikes(
                now_, [&](auto, std::uint64_t spikes) { totals.spikes += spikes; });
        }
        return totals;
    }
    [[nodiscard]] std::uint64_t synapses() const override {
        std::uint64_t n = 0;
        for (const auto& partition : partitions_) n += partition->synapses();
        return n;
    }

    [[nodiscard]] std::vector<SpikeStream> recent_spikes() const override {
        std::vector<SpikeStream> recent;
        for (const Fired& fired : history_) {
            std::ranges::copy_if(fired.streams, std::back_inserter(recent),
                                 [](const auto& spikes) { return !spikes.empty(); });
        }
        for (const auto& partition : partitions_) {
            partition->tell_fused(now_ - std::min(now_, longest_delay_), now_,
                                  recent.emplace_back());
            if (recent.back().empty()) recent.pop_back();
        }
        return recent;
    }
    [[nodiscard]] std::vector<PendingInput> drain(std::uint32_t step) override {
        std::vector<PendingInput> pending;
        for (auto& partition : partitions_) {
            for (std::size_t i = history_.size() - waiting_; i < history_.size(); ++i) {
                for (const SpikeStream& spikes : history_[i].streams) partition->take(spikes);
            }
            partition->drain(step, pending);
        }
        return pending;
    }
    void resume(std::span<const PendingInput> pending, std::span<const SpikeStream> recent,
                std::uint32_t step) override {
        now_ = step;
        for (auto& partition : partitions_) partition->start_at(step, pending);
        if (packets_) {
            for (const SpikeStream& spikes : recent) packets_->add(spikes);
            packets_->skip(step);
        }
        history_.assign(1, {step, {recent.begin(), recent.end()}});
        waiting_ = 0;
    }

 private:
    using Streams = std::vector<SpikeStream>;  ///< one a partition

    /// Windows after which nothing that fired in one is on its way any more, and nobody reads it:
    /// threads are less than lag_ windows apart, and each reads what is lag_ windows old.
    [[nodiscard]] std::uint32_t kept_windows() const {
        return std::max((longest_delay_ + window_ - 1) / window_ + 1, 2 * lag_);
    }

    void run(Window steps) {
        const std::uint32_t n = (steps.count + window_ - 1) / window_;
        // Few streams in turns: what is written stays in the caches.
        std::vector<Streams> fired(std::min(n, kept_windows()));
        for (Streams& streams : fired) streams = empty_streams();
        const auto threads =
            std::min(static_cast<std::size_t>(threads_.usable()), partitions_.size());
        WindowGate gate(threads);
        threads_.parallel_for(threads, [&](std::size_t thread) {
            try {
                run_windows(steps, n, fired, thread, threads, gate);
            } catch (...) {
                gate.fail();
                throw;
            }
        });
        now_ = steps.first + steps.count;
        for (std::size_t w = n - fired.size(); w < n; ++w) {
            Streams& streams = fired[w % fired.size()];
            const auto windows = static_cast<std::uint32_t>(w + 1);
            const std::uint32_t end = steps.first + std::min(windows * window_, steps.count);
            if (packets_) {
                for (const SpikeStream& spikes : streams) packets_->add(spikes);
                packets_->write(end);
            }
            history_.push_back({end, std::move(streams)});
        }
        waiting_ = std::min(n, lag_);
    }

    /// One thread's partitions, window by window. What fired lag_ windows ago is taken in before a
    /// window begins: until then it is not due, and with a lag of two a thread seldom waits for one
    /// that was a little slower.
    void run_windows(Window steps, std::uint32_t n, std::vector<Streams>& fired, std::size_t thread,
                     std::size_t threads, WindowGate& gate) {
        const auto take = [&](const Streams& streams) {
            for (std::size_t k = thread; k < partitions_.size(); k += threads) {
                for (const SpikeStream& spikes : streams) partitions_[k]->take(spikes);
            }
        };
        for (std::size_t i = history_.size() - waiting_; i < history_.size(); ++i) {
            take(history_[i].streams);
        }
        for (std::uint32_t w = 0; w < n; ++w) {
            if (w >= lag_) {
                if (!gate.wait_for(w - lag_ + 1)) return;
                take(fired[(w - lag_) % fired.size()]);
            }
            const std::uint32_t first = w * window_;
            const Window window{steps.first + first, std::min(window_, steps.count - first)};
            Streams& streams = fired[w % fired.size()];
            for (std::size_t k = thread; k < partitions_.size(); k += threads) {
                streams[k].clear();
                partitions_[k]->advance(window, streams[k]);
            }
            gate.finish(thread);
        }
    }

    /// visit(neuron of the population, its word) for every neuron.
    template <typename Visit>
    void visit_state(image::PopulationIndex population, std::uint32_t word, Visit visit) const {
        const auto& cells = std::get<image::NeuronImage>(image_.populations[population].cells);
        const std::size_t words = cells.model->state_words;
        for (const auto& partition : partitions_) {
            const auto pieces = partition->pieces();
            for (std::size_t p = 0; p < pieces.size(); ++p) {
                if (pieces[p].population != population) continue;
                const auto state = partition->state_of(p);
                for (std::uint32_t i = 0; i < pieces[p].hi - pieces[p].lo; ++i) {
                    const std::size_t at = (i / neurons::kLanes * words + word) * neurons::kLanes +
                                           i % neurons::kLanes;
                    visit(pieces[p].lo + i, state[at]);
                }
            }
        }
    }

    /// What fired in one window, or before the first one.
    struct Fired {
        std::uint32_t end = 0;  ///< one step after the last
        Streams streams{};
    };

    /// From a window of which nothing can be on its way any more if there is one.
    Streams empty_streams() {
        Streams streams;
        if (history_.size() > lag_ && history_.front().end + longest_delay_ <= now_) {
            streams = std::move(history_.front().streams);
            history_.pop_front();
        }
        streams.resize(partitions_.size());
        return streams;
    }

    const image::MachineImage& image_;
    ThreadPool& threads_;
    std::vector<std::unique_ptr<Partition>> partitions_;
    std::uint32_t window_ = kLongestWindow;
    std::uint32_t lag_ = 1;  ///< windows; lag_ of them are no longer than the shortest delay
    std::uint32_t longest_delay_ = 0;
    std::uint32_t now_ = 0;  ///< the step that comes next
    /// Windows of which packets may still be on their way, for a change of the network.
    std::deque<Fired> history_{};
    std::uint32_t waiting_ = 0;  ///< so many of the last windows have not been taken in
    std::optional<PacketCounter> packets_{};
};

}  // namespace

std::unique_ptr<Executor> make_fast_executor(const image::MachineImage& image,
                                             const image::Deliveries& deliveries,
                                             ThreadPool& threads, neurons::Isa isa,
                                             std::uint32_t partitions,
                                             const std::function<void()>& while_loading,
                                             const Executor* same_synapses) {
    return std::make_unique<FastExecutor>(image, deliveries, threads, isa, partitions,
                                          while_loading,
                                          dynamic_cast<const FastExecutor*>(same_synapses));
}

}  // namespace spinnlab::engine
