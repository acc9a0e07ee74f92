// SPDX-License-Identifier: Apache-2.0
// Where threads wait for each other between two windows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace spinnlab::engine {

/// How many windows each thread has finished, one flag a thread on a cache line of its own. Whoever
/// cannot go on says so, and nobody waits for it.
class WindowGate {
 public:
    explicit WindowGate(std::size_t threads) : flags_(threads) {}

    /// Of one more window; what the thread wrote before is visible to whoever waited for it.
    void finish(std::size_t thread) {
        Flag& flag = flags_[thread];
        flag.finished.store(++flag.own, std::memory_order_release);
    }

    /// Returns when every thread has finished so many windows. False when one has failed: the
    /// caller ends its share.
    [[nodiscard]] bool wait_for(std::uint32_t windows) const {
        for (const Flag& flag : flags_) {
            for (std::uint32_t looks = 0; flag.finished.load(std::memory_order_acquire) < windows;
                 ++looks) {
                if (failed_.load(std::memory_order_relaxed)) return false;
                pause(looks);
            }
        }
        return !failed_.load(std::memory_order_relaxed);
    }
    void fail() { failed_.store(true, std::memory_order_relaxed); }

 private:
    struct alignas(64) Flag {
        std::atomic<std::uint32_t> finished{0};
        std::uint32_t own = 0;  ///< only its thread looks at it
    };

    /// A window lasts microseconds to milliseconds; a thread that waits longer than that shares its
    /// processor with another one, which then should run.
    static void pause(std::uint32_t looks) {
        constexpr std::uint32_t kLooksWithoutYield = 4000;
        if (looks > kLooksWithoutYield) {
            std::this_thread::yield();
            return;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }

    std::vector<Flag> flags_;
    alignas(64) std::atomic<bool> failed_{false};
};

}  // namespace spinnlab::engine
