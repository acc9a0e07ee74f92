// SPDX-License-Identifier: Apache-2.0
// The arguments of create_job.
#pragma once

#include <nlohmann/json.hpp>

#include "spinnlab/alloc/job.hpp"

namespace spinnlab::alloc::protocol {

/// Positional: none or 1 (any board); n (at least n boards); w, h (triads); x, y, z (that board).
/// Named: owner, keepalive, machine, tags, min_ratio, max_dead_boards, max_dead_links,
/// require_torus. Throws ArgumentError.
[[nodiscard]] JobRequest parse_job_request(const nlohmann::json& args,
                                           const nlohmann::json& kwargs);

}  // namespace spinnlab::alloc::protocol
