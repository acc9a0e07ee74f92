// SPDX-License-Identifier: Apache-2.0
// Spikes of a population as pixels, for views that are drawn many times a second.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spinnlab/engine/recordings.hpp"

namespace spinnlab::engine {

/// The stretch of time across, the neurons from the foot to the top.
struct PictureArea {
    std::uint32_t first_step = 0;
    std::uint32_t steps = 1;    ///< at least 1
    std::uint32_t neurons = 1;  ///< at least 1
    std::uint32_t width = 1;    ///< pixels, at least 1
    std::uint32_t height = 1;   ///< pixels, at least 1
    std::uint32_t dot = 2;      ///< pixels to the right and up from where a spike is, at least 1
};

struct SpikePicture {
    std::vector<std::uint8_t> covered{};  ///< rows from the top; 1 where a spike is
    std::uint64_t spikes = 0;             ///< in the area
};

/// Dots end at the picture's edge.
[[nodiscard]] SpikePicture draw_spikes(const RecordingReader& reader, const std::string& population,
                                       const PictureArea& area);

}  // namespace spinnlab::engine
