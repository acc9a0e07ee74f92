// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::image {

namespace {

/// Which slice, or which delay core, stands where.
class Residents {
 public:
    explicit Residents(const MachineImage& image) : image_(image) {
        for (SliceIndex s = 0; s < image.slices.size(); ++s) slice_at_[image.slices[s].core] = s;
        for (std::size_t d = 0; d < image.delays.size(); ++d) delay_at_[image.delays[d].core] = d;
    }

    /// Target slices that hear the packets of a core; true in `delays` for delay cores that do.
    std::vector<SliceIndex> hear(machine::CoreId sender, std::uint32_t key, std::uint32_t mask,
                                 std::vector<bool>& delays) const {
        if (!image_.mapping.tables.contains(sender.chip)) {
            throw RunError(fmt::format("key {:#010x} of core {} on chip ({}, {}) has no routing "
                                       "table",
                                       key, sender.core, sender.chip.x, sender.chip.y),
                           "Load the tables that belong to the keys.");
        }
        std::vector<SliceIndex> slices;
        for (const machine::CoreId& core :
             mapping::follow(image_.mapping.tables, image_.machine, sender.chip, key)) {
            if (const auto slice = slice_at_.find(core); slice != slice_at_.end()) {
                slices.push_back(slice->second);
            } else if (const auto delay = delay_at_.find(core); delay != delay_at_.end()) {
                delays[delay->second] = true;
            }
        }
        static_cast<void>(mask);
        std::ranges::sort(slices);
        return slices;
    }

 private:
    const MachineImage& image_;
    std::map<machine::CoreId, SliceIndex> slice_at_{};
    std::map<machine::CoreId, std::size_t> delay_at_{};
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
    std::vector<std::vector<bool>> reached(image.slices.size(),
                                           std::vector<bool>(image.delays.size()));
    for (SliceIndex s = 0; s < image.slices.size(); ++s) {
        const SliceImage& slice = image.slices[s];
        if (!slice.sends) continue;
        deliveries.direct[s] = residents.hear(slice.core, slice.key, slice.mask, reached[s]);
    }
    std::vector<bool> nothing(image.delays.size());
    for (std::size_t d = 0; d < image.delays.size(); ++d) {
        const DelayImage& delay = image.delays[d];
        if (!reached[delay.source][d]) continue;
        auto& heard = deliveries.delayed[delay.source];
        std::ranges::copy(residents.hear(delay.core, delay.key, delay.mask, nothing),
                          std::back_inserter(heard));
        std::ranges::sort(heard);
    }
    return deliveries;
}

}  // namespace spinnlab::image
