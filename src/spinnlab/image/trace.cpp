// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::image {

namespace {

struct CoreHash {
    std::size_t operator()(const machine::CoreId& id) const noexcept {
        return std::hash<machine::ChipXY>()(id.chip) * machine::kMaxCores +
               static_cast<std::size_t>(id.core);
    }
};

/// Who stands on the cores that a packet reaches. Slices and delay cores are numbered as the cores
/// of the graph: delay vertices stand behind the populations.
class Residents {
 public:
    explicit Residents(const MachineImage& image)
        : image_(image), follower_(image.mapping.tables, image.machine) {
        for (SliceIndex s = 0; s < image.slices.size(); ++s) slice_at_[image.slices[s].core] = s;
        for (std::size_t d = 0; d < image.delays.size(); ++d) {
            delay_at_[image.delays[d].core] = static_cast<std::uint32_t>(d);
        }
    }

    struct Heard {
        std::vector<SliceIndex> slices{};  ///< rising
        std::vector<std::uint32_t> delays{};
    };

    /// Who hears what `sender`, core `index` of the graph, sends with `key`.
    Heard hear(mapping::CoreIndex index, machine::CoreId sender, std::uint32_t key) const {
        if (!image_.mapping.tables.contains(sender.chip) &&
            !image_.mapping.graph.receivers(index).empty()) {
            throw RunError(fmt::format("key {:#010x} of core {} on chip ({}, {}) has no routing "
                                       "table",
                                       key, sender.core, sender.chip.x, sender.chip.y),
                           "Load the tables that belong to the keys.");
        }
        Heard heard;
        for (const machine::CoreId& core : follower_.cores(sender.chip, key)) {
            if (const auto slice = slice_at_.find(core); slice != slice_at_.end()) {
                heard.slices.push_back(slice->second);
            } else if (const auto delay = delay_at_.find(core); delay != delay_at_.end()) {
                heard.delays.push_back(delay->second);
            }
        }
        std::ranges::sort(heard.slices);
        return heard;
    }

 private:
    const MachineImage& image_;
    mapping::Follower follower_;
    std::unordered_map<machine::CoreId, SliceIndex, CoreHash> slice_at_{};
    std::unordered_map<machine::CoreId, std::uint32_t, CoreHash> delay_at_{};
};

}  // namespace

bool Deliveries::reaches(SliceIndex source, SliceIndex target, bool by_delay_core) const {
    return std::ranges::binary_search(by_delay_core ? delayed[source] : direct[source], target);
}

Deliveries trace(const MachineImage& image) {
    const Residents residents(image);
    Deliveries deliveries;
    deliveries.direct.resize(image.slices.size());
    deliveries.delayed.resize(image.slices.size());
    std::vector<bool> repeats(image.delays.size());  // hears the slice whose spikes it delays
    for (SliceIndex s = 0; s < image.slices.size(); ++s) {
        const SliceImage& slice = image.slices[s];
        if (!slice.sends) continue;
        auto heard = residents.hear(s, slice.core, slice.key);
        deliveries.direct[s] = std::move(heard.slices);
        for (const std::uint32_t d : heard.delays) {
            if (image.delays[d].source == s) repeats[d] = true;
        }
    }
    for (std::uint32_t d = 0; d < image.delays.size(); ++d) {
        if (!repeats[d]) continue;
        const DelayImage& delay = image.delays[d];
        const auto index = static_cast<mapping::CoreIndex>(image.slices.size() + d);
        const auto heard = residents.hear(index, delay.core, delay.key).slices;
        auto& delayed = deliveries.delayed[delay.source];
        delayed.insert(delayed.end(), heard.begin(), heard.end());
        std::ranges::sort(delayed);
    }
    return deliveries;
}

}  // namespace spinnlab::image
