// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/spike_picture.hpp"

#include <algorithm>

namespace spinnlab::engine {

SpikePicture draw_spikes(const RecordingReader& reader, const std::string& population,
                         const PictureArea& area) {
    SpikePicture picture;
    picture.covered.resize(std::size_t{area.width} * area.height);
    const bool is_tall = area.neurons <= area.height / 2;
    const auto dot = [&](const SpikeRecord& record) {
        const std::uint64_t across = record.step - area.first_step;
        const auto x = static_cast<std::size_t>(across * area.width / area.steps);
        const auto up =
            static_cast<std::size_t>(std::uint64_t{record.neuron} * area.height / area.neurons);
        const std::size_t row = area.height - 1 - std::min<std::size_t>(up, area.height - 1);
        const std::size_t next = std::min<std::size_t>(x + 1, area.width - 1);
        for (const std::size_t y : {row, is_tall && row > 0 ? row - 1 : row}) {
            picture.covered[y * area.width + x] = 1;
            picture.covered[y * area.width + next] = 1;
        }
    };
    reader.visit_spikes(population, area.first_step,
                        [&](const StreamInfo& stream, std::span<const SpikeRecord> records) {
                            const Wanted wanted(stream);
                            for (const SpikeRecord& record : records) {
                                if (record.step - area.first_step >= area.steps) break;
                                if (!wanted(record)) continue;
                                ++picture.spikes;
                                dot(record);
                            }
                        });
    return picture;
}

}  // namespace spinnlab::engine
