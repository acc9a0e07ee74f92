// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/packet_counter.hpp"

#include <algorithm>

namespace spinnlab::engine {

namespace {

bool records_packets(const image::PopulationImage& population) {
    return std::ranges::any_of(population.recordings, [](const network::Recording& recording) {
        return recording.variable == network::kPacketsPerTimestep;
    });
}

}  // namespace

bool PacketCounter::asked_for(const image::MachineImage& image) {
    return std::ranges::any_of(image.populations, records_packets);
}

PacketCounter::PacketCounter(const image::MachineImage& image, const image::Deliveries& deliveries)
    : image_(image), targets_(image.slices.size()) {
    for (image::PopulationIndex p = 0; p < image.populations.size(); ++p) {
        if (!records_packets(image.populations[p])) continue;
        const Track track{p, columns_, image.populations[p].n_slices, nullptr};
        add_targets(image, deliveries, track);
        columns_ += track.columns;
        tracks_.push_back(track);
    }
}

void PacketCounter::add_targets(const image::MachineImage& image,
                                const image::Deliveries& deliveries, const Track& track) {
    const auto& population = image.populations[track.population];
    const auto slots = std::get<image::NeuronImage>(population.cells).delay_slots;
    for (std::uint32_t t = 0; t < track.columns; ++t) {
        const image::SliceIndex target = population.first_slice + t;
        for (image::SliceIndex source = 0; source < image.slices.size(); ++source) {
            if (deliveries.reaches(source, target, false)) {
                targets_[source].push_back({1, track.first_column + t});
            }
        }
        for (const auto& delay : image.delays) {
            if (delay.stage_steps != slots || !deliveries.reaches(delay.source, target, true)) {
                continue;
            }
            for (std::uint32_t stage = 1; stage <= delay.stages; ++stage) {
                targets_[delay.source].push_back({stage * slots + 1, track.first_column + t});
            }
        }
    }
}

void PacketCounter::attach(const Recordings& recordings) {
    for (Track& track : tracks_) {
        track.samples =
            recordings.samples(track.population, std::string(network::kPacketsPerTimestep));
    }
}

void PacketCounter::add(const SpikeStream& spikes) {
    for (const auto batch : spikes) {
        const auto& population = image_.populations[batch.population];
        const auto neurons = batch.neurons;
        for (std::size_t i = 0; i < neurons.size(); ++i) {
            if (i > 0 && neurons[i] == neurons[i - 1]) continue;
            const auto slice = population.first_slice + neurons[i] / population.atoms_per_core;
            for (const Target& target : targets_[slice]) {
                auto& row = rows_[batch.step + target.after];
                row.resize(columns_);
                ++row[target.column];
            }
        }
    }
}

void PacketCounter::write(std::uint32_t now) {
    for (auto row = rows_.begin(); row != rows_.end() && row->first <= now;) {
        for (const Track& track : tracks_) {
            std::copy_n(row->second.begin() + track.first_column, track.columns,
                        track.samples->row(row->first));
        }
        row = rows_.erase(row);
    }
}

void PacketCounter::skip(std::uint32_t now) { rows_.erase(rows_.begin(), rows_.upper_bound(now)); }

}  // namespace spinnlab::engine
