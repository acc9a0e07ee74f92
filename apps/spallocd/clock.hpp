// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "spinnlab/alloc/job.hpp"

namespace spallocd {

/// The only place where the daemon reads the clocks for the allocator.
[[nodiscard]] inline spinnlab::alloc::Moment now() {
    using Seconds = std::chrono::duration<double>;
    return {Seconds(std::chrono::steady_clock::now().time_since_epoch()).count(),
            Seconds(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace spallocd
