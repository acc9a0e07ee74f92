// SPDX-License-Identifier: Apache-2.0
// Lets a long loading be given up: the full microcircuit takes seconds to expand.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {

/// Shared by the threads that load. The one that made it asks `check` about ten times a second;
/// when that throws, the others stop as well.
class LoadWatch {
 public:
    explicit LoadWatch(std::function<void()> check)
        : check_(std::move(check)), owner_(std::this_thread::get_id()) {}

    /// Called by every thread now and then; throws to end its work.
    void look() {
        if (!check_) return;
        if (std::this_thread::get_id() != owner_) {
            if (stopped_.load(std::memory_order_relaxed)) {
                throw RunError("loading was stopped", "Run again to load the network anew.");
            }
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + kBetween;
        try {
            check_();
        } catch (...) {
            stopped_.store(true, std::memory_order_relaxed);
            throw;
        }
    }

 private:
    static constexpr std::chrono::milliseconds kBetween{100};

    std::function<void()> check_;
    std::thread::id owner_;
    std::chrono::steady_clock::time_point next_{};
    std::atomic<bool> stopped_ = false;
};

}  // namespace spinnlab::engine
