// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/thread_pool.hpp"

#include <fmt/format.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

#include "spinnlab/base/errors.hpp"

namespace spinnlab {
namespace {

using Word = std::atomic<std::uint32_t>;
static_assert(sizeof(Word) == 4 && Word::is_always_lock_free, "a futex is a 32-bit word");

constexpr std::chrono::microseconds kSpinTime{20};
constexpr int kPausesPerClockReading = 32;  ///< about 1 us on recent x86

void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Sleeps unless `word` has changed from `value`; may return early.
void futex_wait(Word& word, std::uint32_t value) {
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void futex_wake_all(Word& word) {
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}

/// True as soon as `done()` holds, false after the spin time.
template <typename Done>
bool spin_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kSpinTime;
    do {
        for (int i = 0; i < kPausesPerClockReading; ++i) {
            if (done()) return true;
            relax();
        }
    } while (std::chrono::steady_clock::now() < end);
    return done();
}

int available_processors() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
    return CPU_COUNT(&set);
}

}  // namespace

// The two hand-overs, caller to workers by round_ and back by unfinished_, follow one pattern: who
// waits announces that it sleeps and then looks at the word once more (in the futex call); who
// changes the word does so and then looks whether somebody sleeps. In the single order of these
// sequentially consistent operations one of the two sees the other, so no wake-up is lost.

ThreadPool::ThreadPool(int threads) : threads_(threads) {
    if (threads < 1 || threads > kMaxThreads) {
        throw RunError(fmt::format("a thread pool cannot have {} threads", threads),
                       fmt::format("Ask for 1 to {}.", kMaxThreads));
    }
    spins_ = threads <= available_processors();
    failures_.resize(static_cast<std::size_t>(threads));
    workers_.reserve(static_cast<std::size_t>(threads) - 1);
    try {
        for (int worker = 1; worker < threads; ++worker) {
            workers_.emplace_back([this, worker] { work(static_cast<std::size_t>(worker)); });
            pthread_setname_np(workers_.back().native_handle(),
                               fmt::format("spinnlab-{}", worker).c_str());
        }
    } catch (const std::system_error& error) {
        const std::size_t started = workers_.size() + 1;
        stop();
        throw RunError(
            fmt::format("the system gives {} of {} threads: {}", started, threads, error.what()),
            "Ask for fewer threads or raise the limit of processes (ulimit -u).");
    }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
    stopping_ = true;
    start_round();
    workers_.clear();
}

void ThreadPool::run(const Loop& loop) {
    if (in_loop_.exchange(true, std::memory_order_relaxed)) {
        throw InternalError("parallel_for was called while a loop of the same pool was running");
    }
    loop_ = loop;
    unfinished_.store(static_cast<std::uint32_t>(threads_ - 1), std::memory_order_relaxed);
    start_round();
    run_own_share(0);
    await_others();
    in_loop_.store(false, std::memory_order_relaxed);
    throw_first_failure();
}

void ThreadPool::run_own_share(std::size_t worker) noexcept {
    std::size_t i = worker;
    try {
        loop_.share(loop_.body, i, static_cast<std::size_t>(threads_), loop_.n);
    } catch (...) {
        failures_[worker].exception = std::current_exception();
        failures_[worker].i = i;
    }
}

void ThreadPool::work(std::size_t worker) {
    std::uint32_t round = 0;
    for (;;) {
        round = await_round(round);
        if (stopping_) return;
        run_own_share(worker);
        finish_share();
    }
}

void ThreadPool::start_round() {
    round_.fetch_add(1);
    if (sleeping_workers_.load() != 0) futex_wake_all(round_);
}

std::uint32_t ThreadPool::await_round(std::uint32_t last) {
    const auto started = [&] { return round_.load(std::memory_order_acquire) != last; };
    if (!spins_ || !spin_until(started)) {
        sleeping_workers_.fetch_add(1);
        while (round_.load() == last) futex_wait(round_, last);
        sleeping_workers_.fetch_sub(1);
    }
    // Rounds do not overlap: the next one starts only when this worker has finished its share.
    return round_.load(std::memory_order_acquire);
}

void ThreadPool::finish_share() {
    if (unfinished_.fetch_sub(1) == 1 && caller_sleeps_.load() != 0) futex_wake_all(unfinished_);
}

void ThreadPool::await_others() {
    const auto finished = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    if (spins_ && spin_until(finished)) return;
    caller_sleeps_.store(1);
    for (std::uint32_t left = unfinished_.load(); left != 0; left = unfinished_.load()) {
        futex_wait(unfinished_, left);
    }
    caller_sleeps_.store(0);
}

void ThreadPool::throw_first_failure() {
    Failure* first = nullptr;
    for (Failure& failure : failures_) {
        if (failure.exception && (first == nullptr || failure.i < first->i)) first = &failure;
    }
    if (first == nullptr) return;
    const std::exception_ptr exception = first->exception;
    for (Failure& failure : failures_) failure.exception = nullptr;
    std::rethrow_exception(exception);
}

}  // namespace spinnlab
