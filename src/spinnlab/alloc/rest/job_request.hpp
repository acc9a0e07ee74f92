// SPDX-License-Identifier: Apache-2.0
// What a client posts to have a job.
#pragma once

#include <string>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/rest/message.hpp"
#include "spinnlab/alloc/rest/users.hpp"

namespace spinnlab::alloc::rest {

inline constexpr double kShortestKeepalive_s = 30;
inline constexpr double kLongestKeepalive_s = 300;

/// Members: keepalive-interval (required); one of num-boards, dimensions {width, height} or board
/// {x, y, z | cabinet, frame, board}; machine-name or tags; max-dead-boards; one of group,
/// nmpi-collab, nmpi-job-id (kept as labels); owner (another's name by admins only). `controller`
/// finds boards by their place in the racks. Throws Refusal.
[[nodiscard]] JobRequest parse_job(const std::string& body, const Identity& who,
                                   const Controller& controller);

/// What was posted, without owner; null for a job that came another way.
[[nodiscard]] json original_request(const JobRequest& request);

}  // namespace spinnlab::alloc::rest
