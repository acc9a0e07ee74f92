// SPDX-License-Identifier: Apache-2.0
// Limits on time: of runs, of jobs, and of boards that nobody uses.
#include <gtest/gtest.h>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

constexpr const char* kHost = "client";
const Caller kAda{1001, "ada", false};
const Caller kBob{1002, "bob", false};

/// A controller with a clock, whose boards are switched at once.
class Times {
 public:
    explicit Times(ControllerOptions options)
        : controller({parse_installation("m=frame")}, std::move(options)) {}

    [[nodiscard]] Moment now() const { return {time_s, 1e9 + time_s}; }
    JobId job(const Caller& by = kAda, const std::string& label = "kernel") {
        JobRequest request;
        request.owner = label;
        request.keepalive_s = std::nullopt;
        const JobId id = controller.create_job(std::move(request), by, kHost, now());
        switch_boards();
        return id;
    }
    void switch_boards() {
        for (const PowerOrder& order : controller.take_orders()) {
            controller.power_done(order.job, order.order, now());
        }
    }
    void advance_to(double s) {
        time_s = s;
        controller.advance(now());
        switch_boards();
    }
    [[nodiscard]] bool lives(JobId id) const { return controller.jobs().contains(id); }
    [[nodiscard]] std::string reason(JobId id) {
        return controller.status(id, kHost, now()).reason.value_or("");
    }

    double time_s = 100;
    Controller controller;
};

TEST(RunLimit, AJobHasItsBoardsForSoLong) {
    Times times({.run_limit_s = 24 * 3600});
    const JobId job = times.job();
    EXPECT_EQ(times.controller.next_deadline_s(), 100 + 24 * 3600);
    times.advance_to(100 + 24 * 3600 - 1);
    EXPECT_EQ(times.controller.time_left_s(job, times.now()), 1);
    EXPECT_TRUE(times.lives(job));
    times.advance_to(100 + 24 * 3600);
    EXPECT_FALSE(times.lives(job));
    EXPECT_EQ(times.reason(job),
              "Time limit: the job has had its boards for 24 h, the longest that an administrator "
              "allows here. Run again on new boards, in shorter runs, or ask for a longer limit.");
    EXPECT_FALSE(times.controller.in_use()) << "its boards are free";
    EXPECT_TRUE(times.lives(times.job())) << "the next one begins anew";
}

TEST(RunLimit, AJobThatWaitsIsNotCounted) {
    Times times({.run_limit_s = 60});
    JobRequest all;
    all.owner = "kernel";
    all.keepalive_s = std::nullopt;
    all.boards.what = TriadRectangle{4, 2};
    const JobId first = times.controller.create_job(all, kAda, kHost, times.now());
    const JobId second = times.controller.create_job(all, kBob, kHost, times.now());
    times.switch_boards();
    times.advance_to(160);
    EXPECT_FALSE(times.lives(first));
    times.advance_to(219);
    EXPECT_TRUE(times.lives(second)) << "it has waited for 60 s of its 119";
    times.advance_to(220);
    EXPECT_FALSE(times.lives(second));
}

TEST(RunLimit, ARunIsToldAndForgottenWhenItDoesNotStop) {
    Times times({.cores = 4, .run_limit_s = 60});
    const auto& run = times.controller.begin_run(kAda, "synfire", 1, times.now());
    const RunId id = run.id;
    EXPECT_EQ(run.due_s, 160);
    EXPECT_EQ(times.controller.runs().limit_s(), 60);
    EXPECT_EQ(times.controller.next_deadline_s(), 160 + kRunGrace_s);
    times.advance_to(160 + kRunGrace_s - 1);
    times.controller.run_progress(id, kAda, 0.5, "it stops at its next step", times.now());
    EXPECT_TRUE(times.controller.activity("ada", times.now()).any());
    (void)times.controller.take_changes();
    times.advance_to(160 + kRunGrace_s);
    EXPECT_FALSE(times.controller.activity("ada", times.now()).any());
    EXPECT_EQ(times.controller.take_changes().runs, (std::map<RunId, std::string>{{id, "ada"}}));
    EXPECT_THROW(times.controller.run_progress(id, kAda, 0.6, "", times.now()), AllocationError);
    EXPECT_EQ(times.controller.next_deadline_s(), std::nullopt);
}

TEST(RunLimit, ThereIsNoneUnlessOneIsSet) {
    Times times({.cores = 4});
    const JobId job = times.job();
    EXPECT_EQ(times.controller.begin_run(kAda, "synfire", 1, times.now()).due_s, std::nullopt);
    EXPECT_EQ(times.controller.next_deadline_s(), std::nullopt);
    times.advance_to(1e7);
    EXPECT_TRUE(times.lives(job));
    EXPECT_EQ(times.controller.runs().all().size(), 1U);
}

TEST(IdleBoards, AreGivenBackAndOnlyThose) {
    Times times({.idle_limit_s = 600});
    const JobId computes = times.job();
    const JobId idle = times.job();
    times.advance_to(400);
    times.controller.boards_active(computes, times.now());
    times.controller.boards_active(12'345, times.now());  // one that is gone already
    EXPECT_EQ(times.controller.next_deadline_s(), 700);
    times.advance_to(700);
    EXPECT_TRUE(times.lives(computes));
    EXPECT_FALSE(times.lives(idle));
    EXPECT_EQ(times.reason(idle),
              "Idle: for 10 min the job's boards have neither computed nor been spoken to, so they "
              "were given back for others. The next job gets boards anew.");
    times.advance_to(1000);
    EXPECT_FALSE(times.lives(computes));
}

TEST(IdleBoards, AKeepAliveIsNoUse) {
    Times times({.idle_limit_s = 600});
    const JobId job = times.job();
    times.time_s = 690;
    times.controller.keep_alive(job, kHost, times.now());
    (void)times.controller.status(job, kHost, times.now());
    times.advance_to(700);
    EXPECT_FALSE(times.lives(job));
}

TEST(IdleBoards, WaitWhileTheirProgramIsAtWork) {
    Times times({.idle_limit_s = 600});
    const JobId mapping = times.job(kAda, "kernel 1");
    const JobId other = times.job(kAda, "kernel 2");
    const JobId anothers = times.job(kBob, "kernel 1");
    times.advance_to(500);
    times.controller.boards_wanted(kAda, "kernel 1", times.now());
    times.advance_to(1099);
    EXPECT_TRUE(times.lives(mapping));
    EXPECT_FALSE(times.lives(other));
    EXPECT_FALSE(times.lives(anothers)) << "whose label is the same, but not the user";
}

TEST(IdleBoards, CountAsComputingForAMinuteOnly) {
    Times times({});
    const JobId job = times.job();
    times.advance_to(100 + kQuiet_s - 1);
    EXPECT_TRUE(times.controller.activity("ada", times.now()).any());
    times.advance_to(100 + kQuiet_s);
    EXPECT_EQ(times.controller.activity("ada", times.now()).jobs_on, 1);
    EXPECT_EQ(times.controller.activity("ada", times.now()).jobs_idle, 1);
    EXPECT_FALSE(times.controller.activity("ada", times.now()).any());
    times.controller.boards_active(job, times.now());
    EXPECT_TRUE(times.controller.activity("ada", times.now()).any());
}

}  // namespace
}  // namespace spinnlab::alloc
