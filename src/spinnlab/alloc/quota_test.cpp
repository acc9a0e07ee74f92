// SPDX-License-Identifier: Apache-2.0
// Several users: whose jobs are whose, quotas, order of the queue, native runs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

const Caller kAda{1001, "ada"};
const Caller kBob{1002, "bob"};
const Caller kRoot{0, "root", true};
constexpr const char* kHost = "client";

class Lab {
 public:
    explicit Lab(std::string_view machine, ControllerOptions options = {})
        : controller({parse_installation(machine)}, std::move(options)) {}

    [[nodiscard]] Moment now() const { return {time_s, 1e9 + time_s}; }
    JobId create(const Caller& by, std::int64_t boards, const std::string& label = "x") {
        JobRequest job;
        job.owner = label;
        job.keepalive_s = std::nullopt;
        if (boards > 1) job.boards.what = BoardCount{boards, 0.0};
        return controller.create_job(job, by, kHost, now());
    }
    void obey() {
        for (auto orders = controller.take_orders(); !orders.empty();
             orders = controller.take_orders()) {
            for (const PowerOrder& order : orders) {
                controller.power_done(order.job, order.order, now());
            }
        }
    }
    void destroy(JobId id) {
        controller.destroy_job(id, "done", now());
        obey();
    }
    [[nodiscard]] bool has_boards(JobId id) const {
        const auto job = controller.jobs().find(id);
        return job != controller.jobs().end() && job->second.allocation.has_value();
    }
    [[nodiscard]] bool waits(JobId id) const {
        const auto job = controller.jobs().find(id);
        return job != controller.jobs().end() && !job->second.allocation;
    }
    std::string reason(JobId id) {
        return controller.status(id, kHost, now()).reason.value_or("(none)");
    }

    Controller controller;
    double time_s = 0;
};

ControllerOptions everybody(Quota quota) { return {.users = {.everybody = quota, .users = {}}}; }

TEST(Quota, AJobAboveTheShareWaitsAndOneThatNeverFitsIsCancelled) {
    Lab lab("m=frame", everybody({.boards = 6, .jobs = 3}));
    const JobId first = lab.create(kAda, 3);
    const JobId second = lab.create(kAda, 3);
    const JobId third = lab.create(kAda, 1);
    EXPECT_TRUE(lab.has_boards(first) && lab.has_boards(second));
    EXPECT_TRUE(lab.waits(third));
    EXPECT_EQ(lab.controller.waiting(third, lab.now())->why, "you have 6 of 6 boards in use");
    EXPECT_TRUE(lab.has_boards(lab.create(kBob, 6))) << "a share is a user's own";
    const JobId never = lab.create(kAda, 7);
    EXPECT_EQ(lab.reason(never),
              "Cancelled: 7 boards at least as square as 0 takes 12 boards, and ada may have 6 at "
              "once. Ask for less, or ask an admin for a larger quota.");
    lab.destroy(first);
    EXPECT_TRUE(lab.has_boards(third));
    const JobId too_many = lab.create(kAda, 1);
    EXPECT_TRUE(lab.has_boards(too_many));
    const JobId fourth = lab.create(kAda, 1);
    EXPECT_EQ(lab.controller.waiting(fourth, lab.now())->why, "you have 3 of 3 jobs with boards");
}

TEST(Quota, UsedUpBoardSecondsEndWhatRunsAndRefuseWhatComes) {
    Lab lab("m=frame", everybody({.boards = 3, .board_seconds = 30}));
    const JobId running = lab.create(kAda, 3);
    const JobId queued = lab.create(kAda, 3);
    lab.obey();
    EXPECT_EQ(lab.controller.next_deadline_s(), 10.0);
    lab.time_s = 9.9;
    lab.controller.advance(lab.now());
    EXPECT_TRUE(lab.has_boards(running));
    lab.time_s = *lab.controller.next_deadline_s();
    lab.controller.advance(lab.now());
    EXPECT_EQ(lab.reason(running),
              "ada has used 30.0 of 30 board-seconds. Ask an admin for a larger quota.");
    EXPECT_EQ(lab.reason(queued),
              "Cancelled: ada has used 30.0 of 30 board-seconds. Ask an admin for a larger quota.");
    try {
        (void)lab.create(kAda, 1);
        ADD_FAILURE();
    } catch (const AllocationError& error) {
        EXPECT_NE(std::string(error.what()).find("ada has used 30.0 of 30 board-seconds"),
                  std::string::npos);
    }
    EXPECT_FALSE(lab.controller.next_deadline_s()) << "nothing is left to watch";
    lab.controller.set_quota("ada", {.board_seconds = 31}, false, kRoot, lab.now());
    EXPECT_TRUE(lab.has_boards(lab.create(kAda, 1)));
    lab.controller.set_quota("ada", {.board_seconds = 31}, true, kRoot, lab.now());
    EXPECT_DOUBLE_EQ(lab.controller.users().use_of("ada").board_s(lab.time_s), 0);
}

TEST(Quota, AnAdminChangesItWhileJobsRunAndWait) {
    Lab lab("m=frame", everybody({.boards = 3}));
    const JobId running = lab.create(kAda, 3);
    const JobId waiting = lab.create(kAda, 3);
    EXPECT_THROW(lab.controller.set_quota("ada", {.boards = 9}, false, kAda, lab.now()),
                 AccessError);
    EXPECT_TRUE(lab.waits(waiting));
    lab.controller.set_quota("ada", {.boards = 6}, false, kRoot, lab.now());
    EXPECT_TRUE(lab.has_boards(waiting)) << "at once";
    const JobId third = lab.create(kAda, 3);
    lab.controller.set_quota("ada", {.boards = 2}, false, kRoot, lab.now());
    EXPECT_TRUE(lab.has_boards(running)) << "what runs is left alone";
    EXPECT_NE(lab.reason(third).find("takes 3 boards, and ada may have 2"), std::string::npos);
    EXPECT_THROW(lab.controller.set_quota("ada", {.boards = -1}, false, kRoot, lab.now()),
                 AllocationError);
}

TEST(Access, OnlyTheOwnerAndAdminsMayChangeAJob) {
    Lab lab("m=frame");
    const JobId hers = lab.create(kAda, 1);
    EXPECT_NO_THROW(lab.controller.require_own(hers, kAda));
    EXPECT_NO_THROW(lab.controller.require_own(hers, kRoot));
    EXPECT_NO_THROW(lab.controller.require_own(99, kBob)) << "nobody's";
    EXPECT_THROW(lab.controller.require_own(hers, kBob), AccessError);
    // The name alone does not make an owner where there are accounts.
    EXPECT_THROW(lab.controller.require_own(hers, {1003, "ada"}), AccessError);
    EXPECT_THROW(lab.controller.require_own(hers, {kNoUserId, "ada"}), AccessError);
    lab.destroy(hers);
    EXPECT_THROW(lab.controller.require_own(hers, kBob), AccessError) << "not its reason either";
    const JobId by_name = lab.create({kNoUserId, "web"}, 1);
    EXPECT_NO_THROW(lab.controller.require_own(by_name, {kNoUserId, "web"}));
    EXPECT_THROW(lab.controller.require_own(by_name, {kNoUserId, "other"}), AccessError);
}

TEST(Access, ReleasingAUserEndsItsJobsAndLeasesOnly) {
    Lab lab("m=frame");
    const LeaseId lease = lab.controller.lease(kAda, "x");
    const JobId hers = lab.create(kAda, 1);
    const JobId his = lab.create(kBob, 1);
    EXPECT_THROW(lab.controller.release_user("ada", "x", kBob, lab.now()), AccessError);
    EXPECT_EQ(lab.controller.release_user("ada", "the course is over", kRoot, lab.now()), 1u);
    EXPECT_EQ(lab.reason(hers), "the course is over");
    const JobId later = lab.create(kAda, 1);
    lab.controller.end_lease(lease, lab.now());
    EXPECT_TRUE(lab.has_boards(later)) << "the lease was dropped before";
    EXPECT_TRUE(lab.has_boards(his));
}

TEST(Queue, WhoHasFewerBoardsGoesFirstAndPriorityGoesBefore) {
    Lab lab("m=triad");
    const JobId a1 = lab.create(kAda, 1), a2 = lab.create(kAda, 1), a3 = lab.create(kAda, 1);
    const JobId a4 = lab.create(kAda, 1);
    const JobId b1 = lab.create(kBob, 1), b2 = lab.create(kBob, 1);
    EXPECT_EQ(lab.controller.waiting(b1, lab.now())->place, 1);
    EXPECT_EQ(lab.controller.waiting(a4, lab.now())->place, 3);
    EXPECT_EQ(lab.controller.waiting(a4, lab.now())->why, "0 boards free on m, 1 wanted");
    lab.obey();
    lab.destroy(a1);
    EXPECT_TRUE(lab.has_boards(b1)) << "bob has none yet";
    lab.destroy(a2);
    EXPECT_TRUE(lab.has_boards(a4)) << "both have one: the older job";
    lab.controller.set_quota("bob", {.priority = 1}, false, kRoot, lab.now());
    const JobId a5 = lab.create(kAda, 1);
    lab.destroy(a4);
    EXPECT_TRUE(lab.has_boards(b2)) << "although ada has fewer now";
    lab.destroy(a3);
    EXPECT_TRUE(lab.has_boards(a5));
}

TEST(Queue, BoardsThatComeFreeTogetherAreSharedOut) {
    Lab lab("m=frame");
    const JobId all = lab.create(kRoot, 24);
    lab.obey();
    std::vector<JobId> adas, bobs;
    for (int i = 0; i < 24; ++i) adas.push_back(lab.create(kAda, 1));
    for (int i = 0; i < 24; ++i) bobs.push_back(lab.create(kBob, 1));
    lab.destroy(all);
    EXPECT_EQ(lab.controller.users().use_of("ada").boards, 12);
    EXPECT_EQ(lab.controller.users().use_of("bob").boards, 12);
}

TEST(Queue, AUsersOldestJobIsNotOvertakenByOthersForLongerThanTheLimit) {
    Lab lab("m=frame");  // 24 boards
    lab.controller.set_quota("bob", {.priority = 5}, false, kRoot, lab.now());
    const JobId holder = lab.create(kBob, 3);
    const JobId large = lab.create(kAda, 24);
    lab.obey();
    ASSERT_TRUE(lab.waits(large));
    lab.time_s = 59;
    EXPECT_TRUE(lab.has_boards(lab.create(kBob, 3))) << "within the limit, small ones pass";
    lab.time_s = 60;
    const JobId after = lab.create(kBob, 3);
    EXPECT_TRUE(lab.waits(after)) << "whatever its priority";
    EXPECT_EQ(lab.controller.waiting(after, lab.now())->why,
              fmt::format("m is kept for job {}, which goes first", large));
    EXPECT_EQ(lab.controller.waiting(large, lab.now())->place, 1);
    lab.obey();
    lab.destroy(holder);
    lab.destroy(3);
    EXPECT_TRUE(lab.has_boards(large));
}

TEST(Queue, AJobThatItsOwnQuotaStopsHoldsUpNobodyElse) {
    Lab lab("m=triad", {.users = {.everybody = {}, .users = {{"ada", {.boards = 1}}}}});
    const JobId one = lab.create(kAda, 1);
    const JobId waits = lab.create(kAda, 1);
    lab.time_s = 1000;
    lab.controller.advance(lab.now());
    EXPECT_TRUE(lab.waits(waits));
    EXPECT_TRUE(lab.has_boards(lab.create(kBob, 1)));
    lab.obey();
    lab.destroy(one);
    EXPECT_TRUE(lab.has_boards(waits));
}

/// The law of the queue, on random users, sizes, quotas and times: from the moment a job has been
/// its user's oldest within the quota for the limit, no younger job gets boards before it.
TEST(Queue, RandomUsersKeepTheLaws) {
    std::mt19937 random(5);
    constexpr double kLimit_s = 60;
    for (int round = 0; round < 20; ++round) {
        Lab lab("m=frame", {.overtake_limit_s = kLimit_s,
                            .users = {.everybody = {.boards = 12, .jobs = 6}, .users = {}}});
        std::map<JobId, double> head_since;  // as the test sees it
        JobId last = 0;
        for (int step = 0; step < 400; ++step) {
            std::vector<JobId> with_boards, before;
            for (const auto& [id, job] : lab.controller.jobs()) {
                (job.allocation ? with_boards : before).push_back(id);
            }
            std::set<JobId> first;
            for (const auto& [id, since] : head_since) {
                if (lab.time_s - since >= kLimit_s) first.insert(id);
            }
            if (random() % 2) {
                const Caller by{1000 + static_cast<UserId>(random() % 4),
                                std::string(1, static_cast<char>('a' + random() % 4))};
                last = lab.create({by.uid, "u" + std::to_string(by.uid)},
                                  1 + static_cast<std::int64_t>(random() % 12));
            } else if (!with_boards.empty()) {
                lab.controller.destroy_job(with_boards[random() % with_boards.size()], "x",
                                           lab.now());
                if (random() % 2) lab.obey();
            }
            for (const JobId waiting : first) {
                if (!lab.waits(waiting)) continue;
                for (const auto& [id, job] : lab.controller.jobs()) {
                    const bool started =
                        job.allocation && job.allocated_s == lab.time_s &&
                        std::find(with_boards.begin(), with_boards.end(), id) == with_boards.end();
                    ASSERT_FALSE(started && id > waiting && !first.contains(id))
                        << id << " has overtaken " << waiting << " in round " << round;
                }
            }
            // Quotas hold at any moment.
            std::map<std::string, std::pair<std::int64_t, int>> use;
            std::set<std::string> has_head;
            std::map<JobId, double> heads;
            for (const auto& [id, job] : lab.controller.jobs()) {
                if (!job.allocation) continue;
                use[job.user].first += static_cast<std::int64_t>(job.allocation->boards.size());
                ++use[job.user].second;
                ASSERT_LE(use[job.user].first, 12);
                ASSERT_LE(use[job.user].second, 6);
            }
            for (const auto& [id, job] : lab.controller.jobs()) {
                if (job.allocation || !has_head.insert(job.user).second) continue;
                const auto& [boards, jobs] = use[job.user];
                if (boards + job.boards_wanted > 12 || jobs + 1 > 6) continue;
                const auto since = head_since.find(id);
                heads[id] = since == head_since.end() ? lab.time_s : since->second;
            }
            head_since = heads;
            lab.time_s += static_cast<double>(random() % 20) + 0.5;
            lab.controller.advance(lab.now());
        }
        ASSERT_GT(last, 100);
    }
}

TEST(Runs, CoresAreSharedByThoseWhoComputeAndRunsAreTheirOwnersOnly) {
    Lab lab("m=triad", {.cores = 8});
    const RunId first = lab.controller.begin_run(kAda, "synfire", 100, lab.now()).id;
    EXPECT_EQ(lab.controller.runs().all().at(first).threads, 8);
    EXPECT_EQ(lab.controller.begin_run(kAda, "again", 3, lab.now()).threads, 3);
    EXPECT_EQ(lab.controller.begin_run(kBob, "vogels", 100, lab.now()).threads, 4);
    (void)lab.create({1003, "eve"}, 1);  // boards compute, too
    EXPECT_EQ(lab.controller.begin_run(kBob, "more", 100, lab.now()).threads, 2);
    for (UserId uid = 2000; uid < 2020; ++uid) {
        EXPECT_GE(
            lab.controller.begin_run({uid, "u" + std::to_string(uid)}, "x", 8, lab.now()).threads,
            1);
    }
    EXPECT_THROW(lab.controller.run_progress(first, kBob, 0.5, "", lab.now()), AllocationError);
    lab.controller.run_progress(first, kAda, 0.5, "half", lab.now());
    EXPECT_THROW(lab.controller.run_progress(first, kAda, 1.5, "", lab.now()), AllocationError);
    EXPECT_EQ(lab.controller.runs().all().at(first).fraction, 0.5);
    EXPECT_EQ(lab.controller.activity("ada", lab.now()).runs, 2);
    lab.controller.end_run(first, kBob);
    EXPECT_EQ(lab.controller.activity("ada", lab.now()).runs, 2);
    (void)lab.controller.take_changes();
    lab.controller.end_run(first, kAda);
    EXPECT_EQ(lab.controller.take_changes().runs, (std::map<RunId, std::string>{{first, "ada"}}));
    EXPECT_TRUE(lab.controller.in_use());
    EXPECT_THROW(lab.controller.begin_run(kAda, "x", 0, lab.now()), AllocationError);
}

TEST(Runs, ReservedCoresAreGivenOnce) {
    Lab lab("m=triad", {.cores = 4, .policy = Policy::Reserve});
    EXPECT_EQ(lab.controller.begin_run(kAda, "x", 3, lab.now()).threads, 3);
    EXPECT_EQ(lab.controller.begin_run(kBob, "x", 2, lab.now()).threads, 1);
    EXPECT_THROW(lab.controller.begin_run(kBob, "x", 1, lab.now()), AllocationError);
}

TEST(Quota, FortyJobsOfOneBoardAreGrantedAtOnce) {
    Lab lab("spinnlab=cabinet");
    for (int i = 0; i < 40; ++i) {
        EXPECT_TRUE(lab.has_boards(lab.create({1000 + i, "u" + std::to_string(i)}, 1)));
    }
}

}  // namespace
}  // namespace spinnlab::alloc
