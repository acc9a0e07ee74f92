// SPDX-License-Identifier: Apache-2.0
// The seam between a simulation and what runs its steps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "spinnlab/base/thread_pool.hpp"
#include "spinnlab/engine/partition.hpp"
#include "spinnlab/engine/pending_input.hpp"
#include "spinnlab/engine/recordings.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// Events of a run so far.
struct Totals {
    std::uint64_t spikes = 0;
    std::uint64_t synaptic_events = 0;
};

class Executor {
 public:
    virtual ~Executor() = default;

    /// Steps that may be run without looking at the world: no spike inside acts inside.
    [[nodiscard]] virtual std::uint32_t window() const = 0;
    /// Runs any number of steps; several windows at once save time between them.
    virtual void advance(Window steps) = 0;
    /// Takes the tracks that are recorded from now on.
    virtual void record(Recordings& recordings) = 0;

    /// A state field of a population's neurons, one raw word each: s16.15 for all but counters.
    virtual void read_state(image::PopulationIndex population, std::uint32_t word,
                            std::span<std::int32_t> values) const = 0;
    virtual void write_state(image::PopulationIndex population, std::uint32_t word,
                             std::span<const std::int32_t> values) = 0;
    [[nodiscard]] virtual Counters counters(image::PopulationIndex population) const = 0;
    [[nodiscard]] virtual Totals totals() const = 0;
    [[nodiscard]] virtual std::uint64_t synapses() const = 0;

    /// Spikes of the last steps whose packets may still be on their way, oldest first.
    [[nodiscard]] virtual std::vector<SpikeStream> recent_spikes() const = 0;
    /// Delivers what is on its way at `step`, the one that comes next, to where it was sent, and
    /// updates no neuron: an executor that is drained does not go on.
    [[nodiscard]] virtual std::vector<PendingInput> drain(std::uint32_t step) = 0;
    /// Begins at `step` with input that was pending when the network was changed, in this one's
    /// units. The packets of recent spikes are counted, but bring nothing.
    virtual void resume(std::span<const PendingInput> pending, std::span<const SpikeStream> recent,
                        std::uint32_t step) = 0;
};

/// Delay-major rows, target partitions, threads, vector kernels. Shares the rows of an executor of
/// a network with the same synapses, delivered alike, if one is given.
[[nodiscard]] std::unique_ptr<Executor> make_fast_executor(
    const image::MachineImage& image, const image::Deliveries& deliveries, ThreadPool& threads,
    neurons::Isa isa, std::uint32_t partitions, const std::function<void()>& while_loading,
    const Executor* same_synapses);
/// One core at a time, with SpiNNaker's rings and rows: the judge of the fast one.
[[nodiscard]] std::unique_ptr<Executor> make_reference_executor(
    const image::MachineImage& image, const image::Deliveries& deliveries);

}  // namespace spinnlab::engine
