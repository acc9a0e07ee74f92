// SPDX-License-Identifier: Apache-2.0
// Adds the sub-rows that are due to the accumulators of a partition.
#pragma once

#include <cstdint>

#include "spinnlab/engine/calendar.hpp"
#include "spinnlab/engine/row_set.hpp"

namespace spinnlab::engine {

/// Adds every sub-row of `rows` due at `step` to `accumulators` (one sum a target) and moves its
/// cursor on along the row. Returns the number of synaptic events.
std::uint64_t deliver_due(const RowSet& rows, Calendar& calendar, std::uint32_t step,
                          std::uint32_t* accumulators);

}  // namespace spinnlab::engine
