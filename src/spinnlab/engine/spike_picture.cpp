// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/spike_picture.hpp"

#include <algorithm>

namespace spinnlab::engine {

SpikePicture draw_spikes(const RecordingReader& reader, const std::string& population,
                         const PictureArea& area) {
    SpikePicture picture;
    picture.covered.resize(std::size_t{area.width} * area.height);
    const auto cover = [&](const SpikeRecord& record) {
        const std::uint64_t across = record.step - area.first_step;
        const auto left = static_cast<std::uint32_t>(across * area.width / area.steps);
        const auto up = static_cast<std::uint32_t>(std::min<std::uint64_t>(
            std::uint64_t{record.neuron} * area.height / area.neurons, area.height - 1));
        const std::uint32_t bottom = area.height - 1 - up;
        const std::uint32_t right = std::min(left + area.dot, area.width);
        for (std::uint32_t i = 0; i < area.dot && i <= bottom; ++i) {
            auto* row = picture.covered.data() + std::size_t{bottom - i} * area.width;
            std::fill(row + left, row + right, std::uint8_t{1});
        }
    };
    reader.visit_spikes(population, area.first_step,
                        [&](const StreamInfo& /*stream*/, const Wanted& wanted,
                            std::span<const SpikeRecord> records) {
                            for (const SpikeRecord& record : records) {
                                if (record.step - area.first_step >= area.steps) break;
                                if (!wanted(record)) continue;
                                ++picture.spikes;
                                cover(record);
                            }
                        });
    return picture;
}

}  // namespace spinnlab::engine
