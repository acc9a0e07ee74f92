// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "spinnlab/base/errors.hpp"

namespace spinnlab {
namespace {

class ThreadPoolTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, ::testing::Values(1, 2, 3, 8));

TEST_P(ThreadPoolTest, EveryIterationRunsOnce) {
    ThreadPool pool(GetParam());
    EXPECT_EQ(pool.threads(), GetParam());
    for (const std::size_t n : {0u, 1u, 2u, 3u, 7u, 8u, 9u, 1000u}) {
        std::vector<int> runs(n, 0);
        pool.parallel_for(n, [&](std::size_t i) { ++runs[i]; });
        EXPECT_EQ(runs, std::vector<int>(n, 1)) << n;
    }
}

TEST_P(ThreadPoolTest, IterationsStayOnTheirThreadAndRise) {
    ThreadPool pool(GetParam());
    const auto threads = static_cast<std::size_t>(GetParam());
    std::vector<std::set<std::thread::id>> ran_on(threads);
    std::vector<std::vector<std::size_t>> order(threads);
    for (int loop = 0; loop < 20; ++loop) {
        for (auto& iterations : order) iterations.clear();
        pool.parallel_for(100, [&](std::size_t i) {
            ran_on[i % threads].insert(std::this_thread::get_id());
            order[i % threads].push_back(i);
        });
        for (std::size_t thread = 0; thread < threads; ++thread) {
            EXPECT_TRUE(std::is_sorted(order[thread].begin(), order[thread].end()));
            EXPECT_EQ(ran_on[thread].size(), 1u) << "share " << thread << " moved";
        }
    }
    EXPECT_EQ(*ran_on[0].begin(), std::this_thread::get_id());
}

// Each loop reads what all threads wrote in the one before it; a missing barrier shows as a wrong
// sum, and as a race under ThreadSanitizer.
TEST_P(ThreadPoolTest, ALoopSeesWhatTheOneBeforeItWrote) {
    ThreadPool pool(GetParam());
    constexpr std::size_t kN = 64;
    std::vector<std::uint64_t> now(kN, 1), next(kN, 0);
    for (int loop = 0; loop < 3000; ++loop) {
        pool.parallel_for(kN, [&](std::size_t i) { next[i] = now[(i + 1) % kN] + 1; });
        std::swap(now, next);
        ASSERT_EQ(std::accumulate(now.begin(), now.end(), std::uint64_t{0}),
                  kN * static_cast<std::uint64_t>(loop + 2));
    }
}

TEST_P(ThreadPoolTest, AWakeUpIsNotLostWhenThePoolHasGoneToSleep) {
    ThreadPool pool(GetParam());
    for (int loop = 0; loop < 50; ++loop) {
        std::this_thread::sleep_for(std::chrono::microseconds(loop * 10));  // around the spin time
        std::atomic<int> runs = 0;
        pool.parallel_for(16, [&](std::size_t) { runs.fetch_add(1); });
        ASSERT_EQ(runs.load(), 16);
    }
}

TEST_P(ThreadPoolTest, TheExceptionOfTheLowestIterationArrives) {
    ThreadPool pool(GetParam());
    for (int loop = 0; loop < 20; ++loop) {
        std::string caught;
        try {
            pool.parallel_for(100, [](std::size_t i) {
                if (i >= 37) throw std::runtime_error(std::to_string(i));
            });
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
        EXPECT_EQ(caught, "37");
    }
    int runs = 0;
    pool.parallel_for(1, [&](std::size_t) { ++runs; });
    EXPECT_EQ(runs, 1) << "the pool works on after an exception";
}

TEST_P(ThreadPoolTest, AnExceptionEndsOnlyItsOwnThreadsShare) {
    ThreadPool pool(GetParam());
    const auto threads = static_cast<std::size_t>(GetParam());
    std::vector<int> runs(100, 0);
    EXPECT_THROW(pool.parallel_for(100,
                                   [&](std::size_t i) {
                                       runs[i] = 1;
                                       if (i == 5) throw std::runtime_error("five");
                                   }),
                 std::runtime_error);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool cut_off = i > 5 && i % threads == 5 % threads;
        EXPECT_EQ(runs[i], cut_off ? 0 : 1) << i;
    }
}

TEST(ThreadPool, ALoopInsideALoopIsOurBug) {
    ThreadPool pool(2);
    EXPECT_THROW(
        pool.parallel_for(2, [&](std::size_t) { pool.parallel_for(2, [](std::size_t) {}); }),
        InternalError);
    int runs = 0;
    pool.parallel_for(1, [&](std::size_t) { ++runs; });
    EXPECT_EQ(runs, 1);
}

TEST(ThreadPool, NumbersOfThreadsThatMakeNoSenseAreRefused) {
    for (const int threads : {0, -1, ThreadPool::kMaxThreads + 1}) {
        EXPECT_THROW(ThreadPool{threads}, RunError) << threads;
    }
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(ThreadPool, AnIdlePoolCostsNothing) {
    ThreadPool pool(4);
    pool.parallel_for(16, [](std::size_t) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // beyond the spin time
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_LT(cpu_seconds() - before, 0.02);
}

}  // namespace
}  // namespace spinnlab
