// SPDX-License-Identifier: Apache-2.0
// Expands synapse recipes straight into a partition's rows: count, then fill, no list in between.
#pragma once

#include <span>
#include <vector>

#include "spinnlab/engine/load_watch.hpp"
#include "spinnlab/engine/piece.hpp"
#include "spinnlab/engine/row_set.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// All synapses onto the neurons of `pieces`, without those that the tables do not deliver and
/// without the projections that `left_out` marks.
/// Throws CapacityError where one source has more than 16 million synapses of one delay here, or a
/// row set passes 2^31 words, and what `watch` throws.
[[nodiscard]] std::vector<RowSet> build_rows(const image::MachineImage& image,
                                             const image::Deliveries& deliveries,
                                             std::span<const Piece> pieces,
                                             const std::vector<bool>& left_out, LoadWatch& watch);

}  // namespace spinnlab::engine
