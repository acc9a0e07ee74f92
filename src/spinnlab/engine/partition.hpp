// SPDX-License-Identifier: Apache-2.0
// What one thread owns: neurons, their accumulators and synapses, and the spikes on their way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "spinnlab/engine/calendar.hpp"
#include "spinnlab/engine/fused_input.hpp"
#include "spinnlab/engine/huge_buffer.hpp"
#include "spinnlab/engine/load_watch.hpp"
#include "spinnlab/engine/pending_input.hpp"
#include "spinnlab/engine/piece.hpp"
#include "spinnlab/engine/poisson.hpp"
#include "spinnlab/engine/random_words.hpp"
#include "spinnlab/engine/recordings.hpp"
#include "spinnlab/engine/row_set.hpp"
#include "spinnlab/engine/spike_stream.hpp"
#include "spinnlab/neurons/kernels.hpp"

namespace spinnlab::engine {

/// Steps first .. first + count - 1, no spike of which acts inside.
struct Window {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// Events of one population, summed over the steps.
struct Counters {
    std::uint64_t spikes = 0;
    std::uint64_t saturations = 0;  ///< neurons x receptors x steps with a sum above 65535
};

class Partition {
 public:
    Partition(const image::MachineImage& image, std::vector<Piece> pieces, neurons::Isa isa);

    /// Expands the synapses; the long part of loading. A Poisson population whose one-to-one
    /// synapses have one weight and one delay is drawn inside its targets' update instead.
    /// Partitions of a network with the same synapses share their rows where they are cut alike.
    void load(const image::MachineImage& image, const image::Deliveries& deliveries,
              LoadWatch& watch, const Partition* same_synapses);
    /// Takes the tracks that the recordings of now ask for.
    void record(Recordings& recordings, const image::MachineImage& image);

    /// Puts the spikes that fired elsewhere, and here, into the calendar.
    void take(const SpikeStream& spikes);
    /// All input that the spikes of before `step` still bring; this partition does not go on.
    void drain(std::uint32_t step, std::vector<PendingInput>& out);
    /// The first step that this partition runs, with what spikes of before it bring; 0 and nothing
    /// if never called.
    void start_at(std::uint32_t step, std::span<const PendingInput> pending);
    /// Spikes of fused sources in the steps from .. end - 1, as if they had been sent.
    void tell_fused(std::uint32_t from, std::uint32_t end, SpikeStream& out) const;

    void advance(Window window, SpikeStream& out);

    /// Smallest and largest number of steps between a spike and its effect here.
    [[nodiscard]] std::uint32_t min_delay() const;
    [[nodiscard]] std::uint32_t max_delay() const;
    [[nodiscard]] std::uint64_t synapses() const;
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::size_t row_bytes() const;

    /// The state of a piece of neurons, whole blocks; empty for sources.
    [[nodiscard]] std::span<const Piece> pieces() const { return pieces_; }
    [[nodiscard]] std::span<std::int32_t> state_of(std::size_t piece);
    [[nodiscard]] const Counters& counters_of(std::size_t piece) const { return counters_[piece]; }
    /// Spikes before step `end` of sources that are drawn nowhere but in their targets' update:
    /// visit(population, spikes).
    void visit_fused_spikes(
        std::uint32_t end,
        const std::function<void(image::PopulationIndex, std::uint64_t)>& visit) const;

 private:
    struct NeuronPiece {
        const image::NeuronImage* image = nullptr;
        neurons::Advance advance = nullptr;
        std::uint32_t blocks = 0;
        HugeBuffer<std::int32_t> state{};
        std::vector<neurons::ParameterRef> parameters{};
        RandomWords random{};
        std::vector<std::size_t> fused{};                  ///< in fused_
        std::vector<std::uint16_t> spikes{};               ///< a mask a block, and zeros
        std::vector<const SampleTrack*> tracks{};          ///< per recordable
        std::vector<std::vector<std::uint32_t>> picked{};  ///< per recordable: recorded neurons
        std::vector<std::vector<std::uint32_t>> picked_column{};
        HugeBuffer<std::int32_t> scratch{};  ///< per recordable, where some are picked
    };
    struct ArrayPiece {
        std::vector<image::SpikeArrayImage::Spike> spikes{};
        std::size_t next = 0;
    };
    struct PoissonPiece {
        PoissonSources sources;
        std::vector<std::uint32_t> counts{};
    };
    using Cells = std::variant<NeuronPiece, ArrayPiece, PoissonPiece>;

    void make_neurons(const Piece& piece, const image::PopulationImage& population,
                      neurons::Isa isa);
    void fuse(const image::MachineImage& image, const image::ProjectionImage& projection,
              bool first_of_source);
    void deliver_due(std::uint32_t step);
    void take_sums(std::uint32_t step, std::vector<PendingInput>& out);
    void advance_piece(std::size_t p, NeuronPiece& piece, std::uint32_t step, SpikeStream& out);
    void advance_piece(std::size_t p, ArrayPiece& piece, std::uint32_t step, SpikeStream& out);
    void advance_piece(std::size_t p, PoissonPiece& piece, std::uint32_t step, SpikeStream& out);
    static void pick_samples(const Piece& where, NeuronPiece& piece, std::uint32_t step);
    void note_spikes(std::size_t p, std::uint32_t step, std::span<const std::uint32_t> neurons);

    std::vector<Piece> pieces_;
    neurons::Isa isa_;
    std::vector<Cells> cells_{};
    std::vector<std::unique_ptr<SpikeTrack>> spike_tracks_{};
    std::vector<Counters> counters_{};
    std::vector<HugeBuffer<std::uint32_t>> accumulators_{};  ///< per receptor, one a target
    std::shared_ptr<const std::vector<RowSet>> rows_{};
    std::vector<bool> is_fused_{};       ///< by projection: without rows
    std::vector<Calendar> calendars_{};  ///< one a row set
    LateInput late_{};
    std::vector<FusedInput> fused_{};
    std::vector<bool> counts_source_{};  ///< by fused input: the first of its source
    std::vector<bool> sends_{};          ///< by population: its spikes are drawn as such
    std::uint64_t events_ = 0;
};

}  // namespace spinnlab::engine
