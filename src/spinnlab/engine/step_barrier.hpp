// SPDX-License-Identifier: Apache-2.0
// Where threads wait for each other between two windows.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace spinnlab::engine {

/// One flag a thread, each on a cache line of its own; a thread waits until all flags have reached
/// its round. Whoever cannot go on says so, and nobody waits for it.
class StepBarrier {
 public:
    explicit StepBarrier(std::size_t threads) : flags_(threads) {}

    /// False when a thread has failed: the caller ends its share.
    bool wait(std::size_t thread) {
        const std::uint32_t round = ++flags_[thread].own_round;
        flags_[thread].reached.store(round, std::memory_order_release);
        for (const Flag& flag : flags_) {
            for (std::uint32_t looks = 0;
                 static_cast<std::int32_t>(flag.reached.load(std::memory_order_acquire) - round) <
                 0;
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
        std::atomic<std::uint32_t> reached{0};
        std::uint32_t own_round = 0;  ///< only its thread looks at it
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
