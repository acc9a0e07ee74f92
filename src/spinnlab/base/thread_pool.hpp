// SPDX-License-Identifier: Apache-2.0
// The one thread pool: loops whose iterations always run on the same thread, with a cheap barrier.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <type_traits>
#include <vector>

namespace spinnlab {

/// Runs loops on a fixed set of threads, of which the caller's is number 0. Between loops the
/// others spin for 20 us (not at all where there are fewer processors than threads) and then
/// sleep, so a loop that follows soon starts in a fraction of a microsecond and an idle pool
/// costs nothing.
///
/// One thread at a time may call parallel_for, and not from inside a loop body.
class ThreadPool {
 public:
    /// `threads` counts the caller: 1..kMaxThreads; 1 starts none. Throws RunError for another
    /// number and where the system gives no thread.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    static constexpr int kMaxThreads = 1024;

    [[nodiscard]] int threads() const { return threads_; }
    /// How many of them a caller that cuts its loops by threads should use; all unless limited.
    [[nodiscard]] int usable() const { return usable_; }
    /// At most so many from now on; less than 1 means 1. Not from inside a loop.
    void limit(int threads) { usable_ = std::clamp(threads, 1, threads_); }

    /// Calls body(i) once for every i in [0, n): i on thread i % threads(), each thread in rising
    /// order. Returns when all are done; what the bodies wrote is visible to the caller then.
    ///
    /// A body that throws ends its own thread's share. When all threads are through, the exception
    /// of the lowest i that threw is thrown on, the same one for any number of threads.
    /// Allocates nothing. Throws InternalError when called from inside a body (with more than one
    /// thread).
    template <typename Body>
    void parallel_for(std::size_t n, Body&& body) {
        if (threads_ == 1 || n <= 1) {
            for (std::size_t i = 0; i < n; ++i) body(i);
            return;
        }
        using Callable = std::remove_reference_t<Body>;
        run({&run_share<Callable>, const_cast<void*>(static_cast<const void*>(&body)), n});
    }

 private:
    /// One thread's share: i = first, first + stride, ... below n. `i` is kept for the catch.
    using Share = void (*)(void* body, std::size_t& i, std::size_t stride, std::size_t n);
    struct Loop {
        Share share = nullptr;
        void* body = nullptr;
        std::size_t n = 0;
    };
    /// What a thread's share threw, and at which i. A cache line each.
    struct alignas(64) Failure {
        std::exception_ptr exception{};
        std::size_t i = 0;
    };

    template <typename Callable>
    static void run_share(void* body, std::size_t& i, std::size_t stride, std::size_t n) {
        for (; i < n; i += stride) (*static_cast<Callable*>(body))(i);
    }

    void run(const Loop& loop);
    void run_own_share(std::size_t worker) noexcept;
    void work(std::size_t worker);
    void stop();
    void start_round();
    std::uint32_t await_round(std::uint32_t last);
    void finish_share();
    void await_others();
    void throw_first_failure();

    int threads_;
    int usable_ = threads_;
    bool spins_ = false;
    bool stopping_ = false;            ///< written before a round starts, read after
    Loop loop_{};                      ///< likewise
    std::vector<Failure> failures_{};  ///< one a thread
    std::atomic<bool> in_loop_{false};

    alignas(64) std::atomic<std::uint32_t> round_{0};  ///< counts the loops; workers wait on it
    std::atomic<std::uint32_t> sleeping_workers_{0};
    alignas(64) std::atomic<std::uint32_t> unfinished_{0};  ///< shares of the workers; caller waits
    std::atomic<std::uint32_t> caller_sleeps_{0};

    std::vector<std::jthread> workers_{};  ///< threads 1..threads-1
};

}  // namespace spinnlab
