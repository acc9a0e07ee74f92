// SPDX-License-Identifier: Apache-2.0
// What the controller stores, and how it comes back.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/memory_store.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

using nlohmann::json;

constexpr const char* kHost = "client";
constexpr Moment kBefore = {50, 1'000'050};
constexpr Moment kAfter = {7, 1'000'100};  // a monotonic clock starts anew with the system

/// A controller on one frame, and what it has stored.
struct Before : MemoryStore {
    Before() { controller.use_store(this); }
    Saved after_kill() {
        controller.flush();
        return saved();
    }
    Controller controller{{parse_installation("m=frame")}};
};

Controller frame() { return Controller({parse_installation("m=frame")}); }

JobRequest request(std::int64_t width, std::int64_t height, std::optional<double> keepalive_s) {
    JobRequest job;
    job.owner = "ada";
    job.keepalive_s = keepalive_s;
    job.boards.what = TriadRectangle{width, height};
    job.args_json = json{width, height}.dump();
    return job;
}

void obey(Controller& controller, Moment now) {
    for (const PowerOrder& order : controller.take_orders()) {
        controller.power_done(order.job, order.order, now);
    }
}

TEST(State, JobsKeepEverythingButTheirClock) {
    Before kept;
    Controller& before = kept.controller;
    const JobId id = before.create_job(request(2, 1, 12.5), kHost, kBefore);
    obey(before, kBefore);
    before.set_addresses(id, {"127.0.0.2", "127.0.0.3"});
    const JobId off = before.create_job(request(1, 1, std::nullopt), kHost, kBefore);
    obey(before, kBefore);
    before.set_power(off, false, kHost, kBefore);
    obey(before, kBefore);
    const JobId waiting = before.create_job(request(4, 2, 30), kHost, kBefore);
    const JobId gone = before.create_job(request(1, 1, 30), kHost, kBefore);
    before.destroy_job(gone, "no need", kBefore);

    Controller after = frame();
    after.restore(kept.after_kill(), kAfter);
    ASSERT_EQ(after.jobs().size(), 3u);
    const Job& job = after.jobs().at(id);
    EXPECT_EQ(job.request.owner, "ada");
    EXPECT_EQ(job.request.keepalive_s, 12.5);
    EXPECT_EQ(job.request.args_json, "[2,1]");
    EXPECT_EQ(job.start_unix_s, kBefore.unix_s);
    EXPECT_EQ(job.last_host, kHost);
    EXPECT_EQ(job.last_contact_s, kAfter.monotonic_s);
    EXPECT_EQ(job.addresses, (std::vector<std::string>{"127.0.0.2", "127.0.0.3"}));
    EXPECT_EQ(job.allocation->boards, before.jobs().at(id).allocation->boards);
    EXPECT_EQ(job.allocation->size_in_chips(), before.jobs().at(id).allocation->size_in_chips());
    EXPECT_EQ(job.state, JobState::Power) << "its boards have to be started again";
    EXPECT_EQ(after.jobs().at(waiting).state, JobState::Queued);
    EXPECT_EQ(after.status(gone, kHost, kAfter).reason, "no need");

    std::map<JobId, bool> ordered;
    for (const PowerOrder& order : after.take_orders()) ordered[order.job] = order.on;
    EXPECT_EQ(ordered, (std::map<JobId, bool>{{id, true}, {off, false}}));
    // Numbers are never used twice.
    EXPECT_EQ(after.create_job(request(1, 1, 30), kHost, kAfter), gone + 1);
    // The keep-alive counts from the restart on.
    after.advance({kAfter.monotonic_s + 12.4, 0});
    EXPECT_TRUE(after.jobs().contains(id));
    after.advance({kAfter.monotonic_s + 12.5, 0});
    EXPECT_FALSE(after.jobs().contains(id));
}

TEST(State, ARestoredStateIsStoredAsItWas) {
    Before kept;
    (void)kept.controller.create_job(request(2, 1, 12.5), "caf\xc3\xa9", kBefore);
    (void)kept.controller.create_job(request(9, 9, 1), kHost, kBefore);
    obey(kept.controller, kBefore);
    const Saved saved = kept.after_kill();
    Before again;
    again.controller.restore(saved, kAfter);
    const Saved same = again.after_kill();
    EXPECT_EQ(same.jobs, saved.jobs);
    EXPECT_TRUE(same.ended.empty()) << "nothing has ended by the restart";
    EXPECT_EQ(again.controller.status(2, kHost, kAfter).state, JobState::Destroyed);
}

TEST(State, AJobIsStoredBeforeItsNumberIsKnown) {
    Before kept;
    const JobId id = kept.controller.create_job(request(1, 1, 5), kHost, kBefore);
    ASSERT_TRUE(kept.jobs.contains(id)) << "without any flush";
    // Killed at once: its boards were not stored yet, so it gets some again.
    Controller after = frame();
    after.restore(kept.saved(), kAfter);
    EXPECT_EQ(after.jobs().at(id).state, JobState::Power);
    EXPECT_EQ(after.create_job(request(1, 1, 5), kHost, kAfter), id + 1);
}

TEST(State, WhatCannotBeStoredIsRefusedAndChangesNothing) {
    Before kept;
    Controller& controller = kept.controller;
    const Caller root{0, "root", true};
    const JobId id = controller.create_job(request(1, 1, std::nullopt), kHost, kBefore);
    obey(controller, kBefore);
    controller.flush();
    (void)controller.take_changes();
    kept.fails = true;
    EXPECT_THROW(controller.create_job(request(1, 1, 5), kHost, kBefore), StorageError);
    EXPECT_THROW(controller.create_job(request(99, 99, 5), kHost, kBefore), StorageError);
    EXPECT_THROW(controller.destroy_job(id, "x", kBefore), StorageError);
    EXPECT_THROW(controller.set_power(id, false, kHost, kBefore), StorageError);
    EXPECT_THROW(controller.set_quota("ada", {.boards = 1}, false, root, kBefore), StorageError);
    EXPECT_THROW(controller.release_user("spallocd", "x", root, kBefore), StorageError);
    EXPECT_EQ(controller.jobs().size(), 1u);
    EXPECT_EQ(controller.jobs().at(id).state, JobState::Ready);
    EXPECT_TRUE(controller.jobs().at(id).power);
    EXPECT_TRUE(controller.take_orders().empty());
    EXPECT_TRUE(controller.take_changes().empty());
    EXPECT_TRUE(controller.users().quota("ada").empty());
    kept.fails = false;
    EXPECT_EQ(controller.create_job(request(1, 1, 5), kHost, kBefore), id + 1) << "no number lost";
}

TEST(State, WhatHappensByItselfIsStoredOnceThatIsPossible) {
    Before kept;
    Controller& controller = kept.controller;
    const JobId id = controller.create_job(request(1, 1, 5), kHost, kBefore);
    obey(controller, kBefore);
    controller.flush();
    kept.fails = true;
    controller.advance({kBefore.monotonic_s + 5, kBefore.unix_s + 5});
    EXPECT_FALSE(controller.jobs().contains(id)) << "boards are freed all the same";
    EXPECT_THROW(controller.flush(), StorageError);
    EXPECT_TRUE(kept.jobs.contains(id));
    kept.fails = false;
    controller.flush();
    EXPECT_FALSE(kept.jobs.contains(id));
    const EndedJob& last = kept.ended.at(id);
    EXPECT_EQ(last.boards, 3);
    EXPECT_EQ(last.end_unix_s, kBefore.unix_s + 5);
    EXPECT_DOUBLE_EQ(kept.ended_board_s.at("spallocd"), 15.0);
}

TEST(State, JobsOfAMachineThatHasChangedAreGone) {
    Before kept;
    Controller& before = kept.controller;
    const JobId id = before.create_job(request(1, 1, 5), kHost, kBefore);
    for (const char* const other : {"m=cabinet", "n=frame"}) {
        Controller after({parse_installation(other)});
        after.restore(kept.after_kill(), kAfter);
        EXPECT_EQ(after.status(id, kHost, kAfter).state, JobState::Destroyed) << other;
        EXPECT_EQ(after.status(id, kHost, kAfter).reason, "Machine removed.");
        EXPECT_FALSE(after.in_use());
    }
}

TEST(State, AWaitingJobThatNoMachineCanServeAnyMoreIsGone) {
    Before kept;
    Controller& before = kept.controller;
    (void)before.create_job(request(4, 2, 5), kHost, kBefore);
    const JobId large = before.create_job(request(4, 2, std::nullopt), kHost, kBefore);
    const JobId small = before.create_job(request(1, 1, std::nullopt), kHost, kBefore);
    Controller after({parse_installation("m=triad")});
    after.restore(kept.after_kill(), kAfter);
    EXPECT_EQ(after.status(large, kHost, kAfter).state, JobState::Destroyed);
    EXPECT_NE(after.status(large, kHost, kAfter).reason->find("4 x 2 triads"), std::string::npos);
    EXPECT_EQ(after.status(small, kHost, kAfter).state, JobState::Power);
}

TEST(State, JobsWhoseBoardsCannotBeHadAreGone) {
    Before kept;
    const JobId first = kept.controller.create_job(request(1, 1, 5), kHost, kBefore);
    const JobId second = kept.controller.create_job(request(1, 1, 5), kHost, kBefore);
    const Saved good = kept.after_kill();
    const auto second_after = [&](const std::string& boards) {
        Saved saved = good;
        saved.jobs[1].boards_json = boards;
        Controller after = frame();
        after.restore(saved, kAfter);
        EXPECT_EQ(after.status(first, kHost, kAfter).state, JobState::Power);
        return after.status(second, kHost, kAfter).state;
    };
    EXPECT_EQ(second_after(good.jobs[1].boards_json), JobState::Power);
    EXPECT_EQ(second_after(good.jobs[0].boards_json), JobState::Destroyed);
    EXPECT_EQ(second_after("[]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[2,0,0],[2,0,0]]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[-1,0,0]]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[99,99,2]]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[2,0,3]]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[2147483647,2147483647,2]]"), JobState::Destroyed);
    EXPECT_EQ(second_after("[[-2147483648,0,0],[2147483647,0,0]]"), JobState::Destroyed);
}

TEST(State, WhatMakesNoSenseIsRefusedWithTheWayOut) {
    Before kept;
    (void)kept.controller.create_job(request(1, 1, 5), kHost, kBefore);
    const Saved good = kept.after_kill();
    using Field = std::string JobRecord::*;
    for (const Field field : {&JobRecord::args_json, &JobRecord::kwargs_json,
                              &JobRecord::boards_json, &JobRecord::addresses_json}) {
        for (const char* const text : {"", "{", "7", "[[\"a\"]]", "{\"a\":1}"}) {
            Saved spoilt = good;
            spoilt.jobs[0].*field = text;
            Controller after = frame();
            try {
                after.restore(spoilt, kAfter);
                ADD_FAILURE() << "taken: " << text;
            } catch (const StorageError& error) {
                EXPECT_FALSE(error.way_out().empty()) << error.what();
            }
        }
    }
}

TEST(State, UsersQuotasAndUsageComeBack) {
    Before kept;
    const Caller ada{1001, "ada"};
    const Caller root{0, "root", true};
    kept.controller.set_quota("ada", {.boards = 6, .priority = 2}, false, root, kBefore);
    const JobId gone = kept.controller.create_job(request(1, 1, 5), ada, kHost, kBefore);
    kept.controller.destroy_job(gone, "done", ada, {kBefore.monotonic_s + 2, kBefore.unix_s + 2});
    const JobId live = kept.controller.create_job(request(1, 1, 5), ada, kHost,
                                                  {kBefore.monotonic_s + 2, kBefore.unix_s + 2});
    Controller after = frame();
    after.restore(kept.after_kill(), {7, kBefore.unix_s + 12});
    EXPECT_EQ(after.users().quota("ada"), (Quota{.boards = 6, .priority = 2}));
    EXPECT_EQ(after.jobs().at(live).uid, 1001);
    EXPECT_EQ(after.users().use_of("ada").boards, 3);
    EXPECT_NEAR(after.users().use_of("ada").board_s(7), 3 * 2 + 3 * 10, 1e-6)
        << "boards stay the job's while no daemon runs";
    EXPECT_FALSE(after.may_change(gone, {1002, "bob"}));
    ASSERT_EQ(kept.audit.size(), 4u);
    EXPECT_EQ(kept.audit[0].action, "quota");
    EXPECT_EQ(kept.audit[0].detail, "ada: 6 boards, priority 2");
    EXPECT_EQ(kept.audit[1].uid, 1001);
}

}  // namespace
}  // namespace spinnlab::alloc
