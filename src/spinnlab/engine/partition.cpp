// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/partition.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "spinnlab/engine/delivery.hpp"
#include "spinnlab/engine/packet_counter.hpp"
#include "spinnlab/engine/row_builder.hpp"

namespace spinnlab::engine {

namespace {

using neurons::kLanes;

constexpr std::uint32_t blocks_for(std::uint32_t n) { return (n + kLanes - 1) / kLanes; }

/// Neurons advanced by one call of a kernel: their state and sums stay in the first-level cache.
constexpr std::uint32_t kChunkBlocks = 64;
/// Spike masks of blocks in 64 bits.
constexpr std::uint32_t kMasks = 4;

}  // namespace

Partition::Partition(const image::MachineImage& image, std::vector<Piece> pieces, neurons::Isa isa)
    : pieces_(std::move(pieces)),
      isa_(isa),
      spike_tracks_(pieces_.size()),
      counters_(pieces_.size()) {
    std::size_t targets = 0;
    std::size_t receptors = 0;
    for (const Piece& piece : pieces_) {
        const auto& cells = image.populations[piece.population].cells;
        if (const auto* neurons = std::get_if<image::NeuronImage>(&cells)) {
            make_neurons(piece, image.populations[piece.population], isa);
            targets = piece.first_target + blocks_for(piece.hi - piece.lo) * kLanes;
            receptors = std::max(receptors, neurons->model->receptors.size());
        } else if (const auto* array = std::get_if<image::SpikeArrayImage>(&cells)) {
            ArrayPiece own;
            for (const auto& spike : array->spikes) {
                if (spike.neuron >= piece.lo && spike.neuron < piece.hi) {
                    own.spikes.push_back(spike);
                }
            }
            cells_.emplace_back(std::move(own));
        } else {
            const auto& poisson = std::get<image::PoissonImage>(cells);
            cells_.emplace_back(
                PoissonPiece{PoissonSources(poisson, image.timestep_ms, piece.population, piece.lo,
                                            piece.hi, isa),
                             std::vector<std::uint32_t>(piece.hi - piece.lo)});
        }
    }
    for (std::size_t r = 0; r < receptors; ++r) accumulators_.emplace_back(targets);
}

void Partition::make_neurons(const Piece& piece, const image::PopulationImage& population,
                             neurons::Isa isa) {
    const auto& neurons = std::get<image::NeuronImage>(population.cells);
    NeuronPiece own;
    own.image = &neurons;
    own.advance = neurons::advance_kernel(*neurons.model, isa);
    const std::uint32_t blocks = blocks_for(piece.hi - piece.lo);
    const std::size_t words = std::size_t{neurons.model->state_words} * kLanes;
    own.state = HugeBuffer<std::int32_t>(blocks * words);
    std::copy_n(
        neurons.prepared.state.begin() + static_cast<std::ptrdiff_t>(piece.lo / kLanes * words),
        blocks * words, own.state.data());
    for (const auto& column : neurons.prepared.parameters) {
        own.parameters.push_back(
            {column.values.data() + (column.uniform ? 0 : piece.lo), column.uniform ? 0 : kLanes});
    }
    own.blocks = blocks;
    own.spikes.resize((blocks + kMasks - 1) / kMasks * kMasks);
    own.random = RandomWords(*neurons.model, piece.hi - piece.lo, population.atoms_per_core,
                             neurons.sub_steps);
    cells_.emplace_back(std::move(own));
}

void Partition::load(const image::MachineImage& image, const image::Deliveries& deliveries,
                     LoadWatch& watch, const Partition* same_synapses) {
    is_fused_.assign(image.projections.size(), false);
    std::vector<bool> has_fused(image.populations.size());
    sends_.assign(image.populations.size(), false);
    for (std::size_t j = 0; j < image.projections.size(); ++j) {
        const auto& projection = image.projections[j];
        is_fused_[j] = FusedInput::possible(image, deliveries, projection);
        if (is_fused_[j]) {
            fuse(image, projection, !has_fused[projection.pre]);
            has_fused[projection.pre] = true;
        } else {
            sends_[projection.pre] = true;
        }
    }
    for (std::size_t p = 0; p < has_fused.size(); ++p) {
        if (!has_fused[p]) sends_[p] = true;
    }
    if (same_synapses != nullptr && same_synapses->pieces_ == pieces_ &&
        same_synapses->is_fused_ == is_fused_) {
        rows_ = same_synapses->rows_;
    } else {
        rows_ = std::make_shared<const std::vector<RowSet>>(
            build_rows(image, deliveries, pieces_, is_fused_, watch));
    }
    calendars_.resize(rows_->size());
}

void Partition::fuse(const image::MachineImage& image, const image::ProjectionImage& projection,
                     bool first_of_source) {
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        if (pieces_[p].population != projection.post) continue;
        std::get<NeuronPiece>(cells_[p]).fused.push_back(fused_.size());
        fused_.emplace_back(image, projection, pieces_[p], isa_);
        counts_source_.push_back(first_of_source);
    }
}

void Partition::record(Recordings& recordings, const image::MachineImage& image) {
    const bool packets = PacketCounter::asked_for(image);  // packets of fused sources count too
    for (std::size_t p = 0; p < image.populations.size(); ++p) {
        if (packets) sends_[p] = true;
        const auto& all = image.populations[p].recordings;
        if (std::ranges::find(all, "spikes", &network::Recording::variable) != all.end()) {
            sends_[p] = true;
        }
    }
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        const Piece& where = pieces_[p];
        spike_tracks_[p] = recordings.spike_track(where.population);
        auto* piece = std::get_if<NeuronPiece>(&cells_[p]);
        if (piece == nullptr) continue;
        const auto& model = *piece->image->model;
        const std::size_t n = model.recordables.size();
        piece->tracks.assign(n, nullptr);
        piece->picked.assign(n, {});
        piece->picked_column.assign(n, {});
        bool some_picked = false;
        for (const auto& recording : image.populations[where.population].recordings) {
            const auto r = static_cast<std::size_t>(
                std::ranges::find(model.recordables, recording.variable,
                                  [](const auto& info) { return std::string(info.name); }) -
                model.recordables.begin());
            if (r == n) continue;
            piece->tracks[r] = recordings.samples(where.population, recording.variable);
            for (std::uint32_t c = 0; c < recording.indexes.size(); ++c) {
                const std::uint32_t neuron = recording.indexes[c];
                if (neuron < where.lo || neuron >= where.hi) continue;
                piece->picked[r].push_back(neuron - where.lo);
                piece->picked_column[r].push_back(c);
            }
            if (!recording.indexes.empty()) {
                some_picked = true;
                // Nothing of this piece is recorded: no samples to take.
                if (piece->picked[r].empty()) piece->tracks[r] = nullptr;
            }
        }
        if (some_picked) {
            piece->scratch = HugeBuffer<std::int32_t>(n * std::size_t{piece->blocks} * kLanes);
        }
    }
}

void Partition::take(const SpikeStream& spikes) {
    for (std::size_t r = 0; r < rows_->size(); ++r) {
        const RowSet& rows = (*rows_)[r];
        Calendar& calendar = calendars_[r];
        for (const auto batch : spikes) {
            const auto& starts = rows.starts[batch.population];
            if (starts.empty()) continue;
            for (const std::uint32_t neuron : batch.neurons) {
                const RowStart start = starts[neuron];
                if (start.link != 0) calendar.add(batch.step, start.word, start.link);
            }
        }
    }
}

void Partition::drain(std::uint32_t step, std::vector<PendingInput>& out) {
    std::uint32_t end = step + max_delay();
    if (!late_.empty()) end = std::max(end, late_.rbegin()->first + 1);
    for (std::uint32_t due = step; due < end; ++due) {
        deliver_due(due);
        for (std::size_t p = 0; p < pieces_.size(); ++p) {
            const auto* piece = std::get_if<NeuronPiece>(&cells_[p]);
            if (piece == nullptr) continue;
            for (const std::size_t f : piece->fused) {
                const FusedInput& input = fused_[f];
                if (due >= step + input.delay_steps()) continue;  // not sent any more
                auto* sums = accumulators_[input.receptor()].data() + pieces_[p].first_target;
                events_ += input.add_uncounted(due, 0, pieces_[p].hi - pieces_[p].lo, sums);
            }
        }
        take_sums(due, out);
    }
}

void Partition::take_sums(std::uint32_t step, std::vector<PendingInput>& out) {
    for (std::size_t p = 0; p < pieces_.size(); ++p) {
        const auto* piece = std::get_if<NeuronPiece>(&cells_[p]);
        if (piece == nullptr) continue;
        const Piece& where = pieces_[p];
        for (std::uint32_t r = 0; r < piece->image->model->receptors.size(); ++r) {
            std::uint32_t* sums = accumulators_[r].data() + where.first_target;
            for (std::uint32_t i = 0; i < where.hi - where.lo; ++i) {
                if (sums[i] == 0) continue;
                out.push_back({step, where.population, r, where.lo + i, sums[i]});
                sums[i] = 0;
            }
        }
    }
}

void Partition::start_at(std::uint32_t step, std::span<const PendingInput> pending) {
    for (FusedInput& fused : fused_) fused.start_at(step);
    std::vector<const Piece*> piece_of;  // by population: a partition has at most one
    for (const Piece& piece : pieces_) {
        piece_of.resize(std::max<std::size_t>(piece_of.size(), piece.population + 1));
        piece_of[piece.population] = &piece;
    }
    for (const auto& [due, population, receptor, neuron, sum] : pending) {
        const Piece* piece = population < piece_of.size() ? piece_of[population] : nullptr;
        if (piece == nullptr || neuron < piece->lo || neuron >= piece->hi) continue;
        late_[due].push_back({receptor, piece->first_target + neuron - piece->lo, sum});
    }
}

void Partition::tell_fused(std::uint32_t from, std::uint32_t end, SpikeStream& out) const {
    for (std::size_t f = 0; f < fused_.size(); ++f) {
        if (counts_source_[f] && !sends_[fused_[f].source()]) fused_[f].tell(from, end, out);
    }
}

void Partition::visit_fused_spikes(
    std::uint32_t end,
    const std::function<void(image::PopulationIndex, std::uint64_t)>& visit) const {
    for (std::size_t f = 0; f < fused_.size(); ++f) {
        const auto source = fused_[f].source();
        if (counts_source_[f] && !sends_[source]) visit(source, fused_[f].spikes(end));
    }
}

void Partition::advance(Window window, SpikeStream& out) {
    for (std::uint32_t step = window.first; step < window.first + window.count; ++step) {
        deliver_due(step);
        for (std::size_t p = 0; p < pieces_.size(); ++p) {
            std::visit([&](auto& piece) { advance_piece(p, piece, step, out); }, cells_[p]);
        }
    }
}

void Partition::deliver_due(std::uint32_t step) {
    for (std::size_t r = 0; r < rows_->size(); ++r) {
        events_ += engine::deliver_due((*rows_)[r], calendars_[r], step,
                                       accumulators_[(*rows_)[r].receptor].data());
    }
    if (late_.empty() || late_.begin()->first != step) return;
    for (const LateSum& late : late_.begin()->second) {
        // Enough to be seen as too much; with rows that clamp as they add, nothing passes 2^32.
        constexpr std::uint64_t kMost = 1u << 30;
        std::uint32_t& sum = accumulators_[late.receptor].data()[late.target];
        sum = static_cast<std::uint32_t>(std::min(std::uint64_t{sum} + late.sum, kMost));
    }
    late_.erase(late_.begin());
}

void Partition::advance_piece(std::size_t p, NeuronPiece& piece, std::uint32_t step,
                              SpikeStream& out) {
    const Piece& where = pieces_[p];
    const auto& model = *piece.image->model;
    const std::uint32_t blocks = piece.blocks;
    const std::size_t n_recordables = model.recordables.size();
    const std::uint32_t tail = (where.hi - where.lo) % kLanes;
    constexpr std::size_t kMaxReceptors = 4;
    constexpr std::size_t kMaxRecordables = 8;
    std::array<std::uint32_t*, kMaxReceptors> sums{};
    std::array<std::int32_t*, kMaxRecordables> recorded{};
    std::vector<neurons::ParameterRef>& parameters = piece.parameters;
    const std::uint32_t* random = piece.random.next_step();

    for (std::uint32_t first = 0; first < blocks; first += kChunkBlocks) {
        const std::uint32_t n = std::min(kChunkBlocks, blocks - first);
        const std::size_t neuron = std::size_t{first} * kLanes;
        for (std::size_t r = 0; r < model.receptors.size(); ++r) {
            sums[r] = accumulators_[r].data() + where.first_target + neuron;
        }
        for (const std::size_t f : piece.fused) {
            const auto end = std::min<std::size_t>(neuron + n * kLanes, where.hi - where.lo);
            events_ +=
                fused_[f].add(step, static_cast<std::uint32_t>(neuron),
                              static_cast<std::uint32_t>(end - neuron), sums[fused_[f].receptor()]);
        }
        for (std::size_t v = 0; v < piece.tracks.size(); ++v) {
            const SampleTrack* track = piece.tracks[v];
            recorded[v] = nullptr;
            if (track == nullptr || !track->due(step)) continue;
            recorded[v] = piece.picked[v].empty()
                              ? track->row(step) + where.lo + neuron
                              : piece.scratch.data() + v * blocks * kLanes + neuron;
        }
        neurons::AdvanceArgs args{};
        args.blocks = n;
        args.last_mask = first + n == blocks && tail != 0
                             ? static_cast<std::uint16_t>((1u << tail) - 1)
                             : std::numeric_limits<std::uint16_t>::max();
        args.state = piece.state.data() + neuron * model.state_words;
        args.parameters = parameters.data();
        args.accumulators = sums.data();
        args.shifts = piece.image->shifts.data();
        args.random = random == nullptr ? nullptr : random + neuron * piece.random.words_a_neuron();
        args.sub_steps = piece.image->sub_steps;
        args.step = step;
        args.spikes = piece.spikes.data() + first;
        args.recorded = n_recordables == 0 ? nullptr : recorded.data();
        for (auto& parameter : parameters) parameter.values += parameter.stride * first;
        piece.advance(args);
        for (auto& parameter : parameters) parameter.values -= parameter.stride * first;
        counters_[p].saturations += args.saturated;
    }
    pick_samples(where, piece, step);

    out.start(where.population, step);
    // Spikes are rare: four masks are looked at in one go.
    for (std::uint32_t b = 0; b < blocks; b += kMasks) {
        std::uint64_t masks;
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(&masks, piece.spikes.data() + b, sizeof masks);
        for (; masks != 0; masks &= masks - 1) {
            out.add(where.lo + b * kLanes + static_cast<std::uint32_t>(std::countr_zero(masks)));
        }
    }
    note_spikes(p, step, out.finish());
}

void Partition::pick_samples(const Piece& /*where*/, NeuronPiece& piece, std::uint32_t step) {
    for (std::size_t v = 0; v < piece.tracks.size(); ++v) {
        const SampleTrack* track = piece.tracks[v];
        if (track == nullptr || !track->due(step) || piece.picked[v].empty()) continue;
        const std::int32_t* from = piece.scratch.data() + v * std::size_t{piece.blocks} * kLanes;
        std::int32_t* row = track->row(step);
        for (std::size_t i = 0; i < piece.picked[v].size(); ++i) {
            row[piece.picked_column[v][i]] = from[piece.picked[v][i]];
        }
    }
}

void Partition::advance_piece(std::size_t p, ArrayPiece& piece, std::uint32_t step,
                              SpikeStream& out) {
    auto& spikes = piece.spikes;
    while (piece.next < spikes.size() && spikes[piece.next].step < step) ++piece.next;
    out.start(pieces_[p].population, step);
    for (; piece.next < spikes.size() && spikes[piece.next].step == step; ++piece.next) {
        out.add(spikes[piece.next].neuron);
    }
    note_spikes(p, step, out.finish());
}

void Partition::advance_piece(std::size_t p, PoissonPiece& piece, std::uint32_t step,
                              SpikeStream& out) {
    if (!sends_[pieces_[p].population]) return;
    piece.sources.draw(step, piece.counts);
    out.start(pieces_[p].population, step);
    for (std::uint32_t i = 0; i < piece.counts.size(); ++i) {
        for (std::uint32_t k = 0; k < piece.counts[i]; ++k) out.add(pieces_[p].lo + i);
    }
    note_spikes(p, step, out.finish());
}

void Partition::note_spikes(std::size_t p, std::uint32_t step,
                            std::span<const std::uint32_t> neurons) {
    if (neurons.empty()) return;
    counters_[p].spikes += neurons.size();
    if (spike_tracks_[p]) spike_tracks_[p]->append(step, neurons);
}

std::uint32_t Partition::min_delay() const {
    std::uint32_t smallest = Link::kMaxGap;
    for (const RowSet& rows : *rows_) {
        for (const auto& starts : rows.starts) {
            for (const RowStart& start : starts) {
                if (start.link != 0) smallest = std::min(smallest, Link::gap(start.link));
            }
        }
    }
    return smallest;
}

std::uint32_t Partition::max_delay() const {
    std::uint32_t largest = 0;
    for (const RowSet& rows : *rows_) largest = std::max(largest, rows.longest_delay_steps);
    for (const FusedInput& fused : fused_) largest = std::max(largest, fused.delay_steps());
    return largest;
}

std::uint64_t Partition::synapses() const {
    std::uint64_t n = 0;
    for (const RowSet& rows : *rows_) n += rows.synapses;
    for (const FusedInput& fused : fused_) n += fused.synapses();
    return n;
}

std::size_t Partition::row_bytes() const {
    std::size_t bytes = 0;
    for (const RowSet& rows : *rows_) bytes += rows.words.size() * sizeof(std::uint32_t);
    return bytes;
}

std::span<std::int32_t> Partition::state_of(std::size_t piece) {
    auto* neurons = std::get_if<NeuronPiece>(&cells_[piece]);
    return neurons == nullptr ? std::span<std::int32_t>{} : neurons->state.span();
}

}  // namespace spinnlab::engine
