// SPDX-License-Identifier: Apache-2.0
// "packets-per-timestep": how many spike packets each core of a population received.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "spinnlab/engine/recordings.hpp"
#include "spinnlab/engine/spike_stream.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// Counts at the cores of the populations that record packets. The row of a step holds what was
/// sent in the step before, one column a core, as the original's; so after step t the row t + 1 is
/// known. A source that fires several times in a step sends one packet with a count.
class PacketCounter {
 public:
    PacketCounter(const image::MachineImage& image, const image::Deliveries& deliveries);

    [[nodiscard]] static bool asked_for(const image::MachineImage& image);
    /// Where the rows go from now on.
    void attach(const Recordings& recordings);

    void add(const SpikeStream& spikes);
    /// Writes the rows up to that of `now`, the step that comes next.
    void write(std::uint32_t now);
    /// Forgets the rows up to that of `now`.
    void skip(std::uint32_t now);

 private:
    /// Columns of the counts that a source slice's packets reach, `after` steps later.
    struct Target {
        std::uint32_t after = 0;
        std::uint32_t column = 0;
    };
    struct Track {
        image::PopulationIndex population = 0;
        std::uint32_t first_column = 0;
        std::uint32_t columns = 0;
        const SampleTrack* samples = nullptr;
    };

    void add_targets(const image::MachineImage& image, const image::Deliveries& deliveries,
                     const Track& track);

    const image::MachineImage& image_;
    std::vector<Track> tracks_{};
    std::vector<std::vector<Target>> targets_;  ///< by source slice
    std::uint32_t columns_ = 0;
    std::map<std::uint32_t, std::vector<std::int32_t>> rows_{};  ///< by step
};

}  // namespace spinnlab::engine
