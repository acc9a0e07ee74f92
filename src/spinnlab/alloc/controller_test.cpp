// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/controller.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "spinnlab/alloc/memory_store.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

constexpr const char* kHost = "client";

JobRequest request(BoardRequest boards = {}, std::optional<double> keepalive_s = 60.0) {
    JobRequest job;
    job.owner = "ada";
    job.keepalive_s = keepalive_s;
    job.boards = boards;
    return job;
}

BoardRequest triads(std::int64_t width, std::int64_t height) {
    BoardRequest boards;
    boards.what = TriadRectangle{width, height};
    return boards;
}

BoardRequest board(std::int64_t x, std::int64_t y, std::int64_t z) {
    BoardRequest boards;
    boards.what = NamedBoard{x, y, z};
    return boards;
}

/// A controller with a clock, and boards that are switched as soon as it is asked.
class World {
 public:
    explicit World(std::string_view machine, ControllerOptions options = {})
        : controller({parse_installation(machine)}, options) {}

    JobId create(JobRequest job) { return controller.create_job(std::move(job), kHost, now()); }
    [[nodiscard]] Moment now() const { return {time_s, 1e9 + time_s}; }
    /// Carries out what is ordered; what it did, in order.
    std::vector<PowerOrder> obey() {
        std::vector<PowerOrder> all;
        for (auto orders = controller.take_orders(); !orders.empty();
             orders = controller.take_orders()) {
            for (const PowerOrder& order : orders) {
                controller.power_done(order.job, order.order, now());
                all.push_back(order);
            }
        }
        return all;
    }
    void advance_to(double s) {
        time_s = s;
        controller.advance(now());
    }
    JobState state(JobId id) { return controller.status(id, kHost, now()).state; }
    /// Its state, without telling the controller that anybody asked.
    JobState peek(JobId id) {
        const auto job = controller.jobs().find(id);
        return job == controller.jobs().end() ? JobState::Destroyed : job->second.state;
    }
    std::string reason(JobId id) {
        return controller.status(id, kHost, now()).reason.value_or("(none)");
    }

    Controller controller;
    double time_s = 0;
};

TEST(Controller, AJobGetsBoardsThenPowerThenIsReady) {
    World world("m=triad");
    const JobId id = world.create(request());
    EXPECT_EQ(id, 1);
    EXPECT_EQ(world.state(id), JobState::Power);
    const auto orders = world.obey();
    ASSERT_EQ(orders.size(), 1u);
    EXPECT_TRUE(orders[0].on);
    EXPECT_FALSE(orders[0].for_good);
    const JobStatus status = world.controller.status(id, kHost, world.now());
    EXPECT_EQ(status.state, JobState::Ready);
    EXPECT_EQ(status.power, true);
    EXPECT_EQ(status.keepalive_s, 60.0);
    EXPECT_EQ(status.host, kHost);
    EXPECT_EQ(status.start_unix_s, 1e9);
    EXPECT_FALSE(status.reason);
}

TEST(Controller, ALostClientsJobEndsAtItsKeepaliveAndNotBefore) {
    World world("m=triad");
    const JobId id = world.create(request({}, 10.0));
    world.obey();
    EXPECT_EQ(world.controller.next_deadline_s(), 10.0);
    world.advance_to(9.999);
    EXPECT_EQ(world.peek(id), JobState::Ready);
    world.advance_to(10.0);
    EXPECT_EQ(world.peek(id), JobState::Destroyed);
    EXPECT_NE(world.reason(id).find("keepalive of 10 s"), std::string::npos) << world.reason(id);
    const auto orders = world.obey();
    ASSERT_EQ(orders.size(), 1u);
    EXPECT_TRUE(orders[0].for_good);
    EXPECT_FALSE(orders[0].on);
    EXPECT_FALSE(world.controller.in_use());
}

TEST(Controller, EveryCommandOnAJobKeepsItAlive) {
    World world("m=triad");
    const JobId id = world.create(request({}, 10.0));
    world.obey();
    Controller& controller = world.controller;
    double at = 0;
    const auto after_8_s = [&](auto command) {
        world.advance_to(at += 8);
        ASSERT_EQ(world.peek(id), JobState::Ready) << at;
        command();
        world.obey();
    };
    after_8_s([&] { controller.keep_alive(id, kHost, world.now()); });
    after_8_s([&] { (void)controller.status(id, kHost, world.now()); });
    after_8_s([&] { (void)controller.allocated_job(id, kHost, world.now()); });
    after_8_s([&] { controller.set_power(id, true, "other", world.now()); });
    EXPECT_EQ(controller.jobs().at(id).last_host, "other");
    // Looking at the list or asking where it is does not.
    world.advance_to(at + 8);
    (void)controller.where_is_job_chip(id, 0, 0);
    world.advance_to(at + 10);
    EXPECT_EQ(world.peek(id), JobState::Destroyed);
}

TEST(Controller, WithoutKeepaliveAJobLivesUntilItIsDestroyed) {
    World world("m=triad");
    const JobId id = world.create(request({}, std::nullopt));
    world.obey();
    EXPECT_FALSE(world.controller.next_deadline_s());
    world.advance_to(1e9);
    EXPECT_EQ(world.peek(id), JobState::Ready);
    world.controller.destroy_job(id, "done", world.now());
    EXPECT_EQ(world.reason(id), "done");
}

TEST(Controller, BoardsAreHandedOnOnlyOnceTheyAreOffAndRested) {
    World world("m=triad", {.reuse_delay_s = 3});
    const JobId first = world.create(request(triads(1, 1)));
    world.obey();
    const JobId second = world.create(request(triads(1, 1), std::nullopt));
    EXPECT_EQ(world.state(second), JobState::Queued);
    EXPECT_FALSE(world.controller.allocated_job(second, kHost, world.now()));
    world.advance_to(1);
    world.controller.destroy_job(first, std::nullopt, world.now());
    EXPECT_EQ(world.state(second), JobState::Queued) << "the boards are still on";
    world.obey();
    EXPECT_EQ(world.controller.next_deadline_s(), 4.0);
    world.advance_to(3.9);
    EXPECT_EQ(world.state(second), JobState::Queued);
    world.advance_to(4);
    EXPECT_EQ(world.state(second), JobState::Power);
    world.obey();
    EXPECT_EQ(world.state(second), JobState::Ready);
}

TEST(Controller, WhatNothingCanEverServeIsDestroyedAtOnceWithTheReason) {
    World world("m=triad");
    const JobId big = world.create(request(triads(2, 1)));
    EXPECT_EQ(world.state(big), JobState::Destroyed);
    EXPECT_NE(world.reason(big).find("2 x 1 triads"), std::string::npos) << world.reason(big);
    JobRequest elsewhere = request();
    elsewhere.machine = "nowhere";
    const JobId other = world.create(elsewhere);
    EXPECT_NE(world.reason(other).find("none has the name"), std::string::npos);
    JobRequest tagged = request();
    tagged.tags = {"fast"};
    EXPECT_EQ(world.state(world.create(tagged)), JobState::Destroyed);
    EXPECT_FALSE(world.controller.in_use());
}

TEST(Controller, RequestsThatContradictThemselvesAreRefused) {
    World world("m=triad");
    const auto refused = [&](auto spoil) {
        JobRequest job = request();
        spoil(job);
        EXPECT_THROW(world.create(job), AllocationError);
    };
    refused([](JobRequest& job) { job.owner.clear(); });
    refused([](JobRequest& job) { job.owner.assign(kLongestText_bytes + 1, 'a'); });
    refused([](JobRequest& job) { job.machine = "m", job.tags.emplace(); });
    refused([](JobRequest& job) { job.boards.require_torus = true; });
    refused([](JobRequest& job) { job.keepalive_s = -1; });
    refused([](JobRequest& job) { job.keepalive_s = std::numeric_limits<double>::infinity(); });
    refused([](JobRequest& job) { job.boards.what = BoardCount{3, -0.5}; });
    EXPECT_EQ(world.create(request()), 1) << "refused requests take no number";
}

TEST(Controller, AnswersToReplacedOrdersAreIgnored) {
    World world("m=triad");
    const JobId id = world.create(request());
    const auto first = world.controller.take_orders();
    world.controller.set_power(id, false, kHost, world.now());
    world.controller.power_done(id, first.at(0).order, world.now());
    EXPECT_EQ(world.state(id), JobState::Power);
    const auto second = world.controller.take_orders();
    ASSERT_EQ(second.size(), 1u);
    EXPECT_FALSE(second[0].on);
    world.controller.power_done(id, second[0].order, world.now());
    EXPECT_EQ(world.state(id), JobState::Ready);
    EXPECT_EQ(world.controller.status(id, kHost, world.now()).power, false);
    // The same for the order that ends it.
    world.controller.destroy_job(id, std::nullopt, world.now());
    world.controller.power_done(id, second[0].order, world.now());
    EXPECT_TRUE(world.controller.in_use());
    world.obey();
    EXPECT_FALSE(world.controller.in_use());
}

TEST(Controller, BoardsThatFailEndTheJobWithWhy) {
    World world("m=triad");
    const JobId id = world.create(request());
    world.obey();
    world.controller.power_failed(id, "the machine ended by signal 9", world.now());
    EXPECT_EQ(world.state(id), JobState::Destroyed);
    EXPECT_EQ(world.reason(id), "the machine ended by signal 9");
    world.obey();
    EXPECT_EQ(world.state(world.create(request(triads(1, 1)))), JobState::Power);
}

TEST(Controller, LaterJobsPassABlockedOneOnlyForTheOvertakingLimit) {
    World world("m=triad", {.overtake_limit_s = 60});
    const JobId single = world.create(request({}, std::nullopt));
    const JobId blocked = world.create(request(triads(1, 1), std::nullopt));
    world.time_s = 59;
    const JobId early = world.create(request({}, std::nullopt));
    world.time_s = 60;
    const JobId late = world.create(request({}, std::nullopt));
    EXPECT_EQ(world.peek(early), JobState::Power);
    EXPECT_EQ(world.peek(blocked), JobState::Queued);
    EXPECT_EQ(world.peek(late), JobState::Queued) << "the machine is kept for the blocked job";
    world.controller.destroy_job(single, std::nullopt, world.now());
    world.controller.destroy_job(early, std::nullopt, world.now());
    world.obey();
    EXPECT_EQ(world.peek(blocked), JobState::Ready);
    world.controller.destroy_job(blocked, std::nullopt, world.now());
    world.obey();
    EXPECT_EQ(world.peek(late), JobState::Ready);
}

TEST(Controller, AQueuedJobThatIsDestroyedWasCancelled) {
    World world("m=triad", {.overtake_limit_s = 0});
    (void)world.create(request(board(0, 0, 0), std::nullopt));
    const JobId waiting = world.create(request(triads(1, 1), std::nullopt));
    const JobId behind = world.create(request(board(0, 0, 1), std::nullopt));
    EXPECT_EQ(world.peek(behind), JobState::Queued) << "strictly first come, first served";
    world.controller.destroy_job(waiting, "no more need", world.now());
    EXPECT_EQ(world.reason(waiting), "Cancelled: no more need");
    EXPECT_EQ(world.peek(behind), JobState::Power);
}

TEST(Controller, AnOwnersJobsEndWithTheLastLease) {
    World world("m=triad");
    const LeaseId one = world.controller.lease(the_daemon(), "ada");
    const LeaseId two = world.controller.lease(the_daemon(), "ada");
    // Another user's lease of the same label is another matter.
    const LeaseId others_lease = world.controller.lease({1002, "bob"}, "ada");
    JobRequest others = request();
    others.owner = "bob";
    const JobId hers = world.create(request({}, std::nullopt));
    const JobId his = world.create(others);
    world.obey();
    world.controller.end_lease(one, world.now());
    world.controller.end_lease(others_lease, world.now());
    EXPECT_EQ(world.state(hers), JobState::Ready);
    world.controller.end_lease(two, world.now());
    EXPECT_EQ(world.state(hers), JobState::Destroyed);
    EXPECT_NE(world.reason(hers).find("lease of ada"), std::string::npos);
    EXPECT_EQ(world.state(his), JobState::Ready);
    world.controller.end_lease(two, world.now());  // one too many changes nothing
    EXPECT_EQ(world.state(his), JobState::Ready);
}

TEST(Controller, UnknownJobsAreUnknownAndHurtNobody) {
    World world("m=triad");
    Controller& controller = world.controller;
    for (const JobId id : {JobId{-1}, JobId{0}, JobId{7}, std::numeric_limits<JobId>::max()}) {
        EXPECT_EQ(world.state(id), JobState::Unknown);
        controller.keep_alive(id, kHost, world.now());
        controller.set_power(id, true, kHost, world.now());
        controller.destroy_job(id, "x", world.now());
        controller.power_done(id, 1, world.now());
        controller.power_failed(id, "x", world.now());
        EXPECT_FALSE(controller.where_is_job_chip(id, 0, 0));
    }
    EXPECT_TRUE(controller.take_orders().empty());
}

TEST(Controller, ReasonsAreForgottenAfterEnoughOtherJobs) {
    World world("m=triad");
    const JobId first = world.create(request(triads(9, 9)));
    for (std::size_t i = 1; i < kDestroyedRemembered; ++i)
        (void)world.create(request(triads(9, 9)));
    EXPECT_EQ(world.state(first), JobState::Destroyed);
    const JobId last = world.create(request(triads(9, 9)));
    EXPECT_EQ(world.state(first), JobState::Unknown);
    EXPECT_EQ(world.state(last), JobState::Destroyed);
}

TEST(Controller, ALongReasonIsCutBetweenCharacters) {
    World world("m=triad");
    const JobId id = world.create(request());
    std::string reason(kLongestText_bytes - 1, 'x');
    reason += "\u00e9";  // two bytes, of which one would fit
    world.controller.destroy_job(id, reason, world.now());
    EXPECT_EQ(world.reason(id), std::string(kLongestText_bytes - 1, 'x'));
}

TEST(Controller, ThereIsALimitOnLiveJobs) {
    World world("m=triad");
    for (std::size_t i = 0; i < kMostJobs; ++i) (void)world.create(request(board(0, 0, 0)));
    EXPECT_THROW((void)world.create(request()), AllocationError);
    world.controller.destroy_job(kMostJobs, std::nullopt, world.now());
    EXPECT_NO_THROW((void)world.create(request()));
}

// 1,000 jobs that have waited past the overtaking limit, on the largest machine. Without what a job
// remembers of its candidates one command took up to 0.2 s; the bound leaves room for sanitizers.
TEST(Controller, ALongQueueDoesNotMakeCommandsSlow) {
    World world("m=million");
    (void)world.create(request(triads(20, 20), std::nullopt));
    const auto some = [](int i) {
        BoardRequest boards;
        boards.what = BoardCount{2 + i % 50, 0.333};
        boards.max_dead_boards = 0;
        return request(boards, std::nullopt);
    };
    for (int i = 0; i < 1000; ++i) (void)world.create(some(i));
    world.time_s = 1000;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        world.controller.destroy_job(world.create(some(i)), std::nullopt, world.now());
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_LT(took.count() / 100, 0.02) << "seconds a command";
    EXPECT_EQ(world.controller.jobs().size(), 1001u);
}

TEST(Controller, EveryNotationNamesTheSamePlace) {
    World world("m=frame");
    const JobId id = world.create(request(triads(2, 2)));
    const Controller& controller = world.controller;
    int in_job = 0;
    for (int x = 0; x < 4; ++x) {
        for (int y = 0; y < 2; ++y) {
            for (int z = 0; z < 3; ++z) {
                const auto place = controller.where_is_board("m", x, y, z);
                ASSERT_TRUE(place);
                EXPECT_EQ(place->logical, (BoardXYZ{x, y, z}));
                const auto by_position = controller.where_is_position(
                    "m", place->physical.cabinet, place->physical.frame, place->physical.board);
                ASSERT_TRUE(by_position);
                EXPECT_EQ(by_position->logical, place->logical);
                const auto by_chip = controller.where_is_chip("m", place->chip.x, place->chip.y);
                ASSERT_TRUE(by_chip);
                EXPECT_EQ(by_chip->logical, place->logical);
                EXPECT_EQ(by_chip->board_chip, (ChipXY{0, 0}));
                if (!place->job) continue;
                ++in_job;
                EXPECT_EQ(place->job, id);
                const auto by_job =
                    controller.where_is_job_chip(id, place->job_chip->x, place->job_chip->y);
                ASSERT_TRUE(by_job);
                EXPECT_EQ(by_job->logical, place->logical);
            }
        }
    }
    EXPECT_EQ(in_job, 12);
    EXPECT_FALSE(controller.where_is_board("m", 0, 0, 3));
    EXPECT_FALSE(controller.where_is_board("other", 0, 0, 0));
    EXPECT_FALSE(controller.where_is_job_chip(id, -1, 0));
    EXPECT_FALSE(controller.where_is_position("m", 0, 0, 24));
}

TEST(Controller, ChangesNameWhatChangedOnce) {
    World world("m=triad");
    Controller& controller = world.controller;
    const JobId id = world.create(request());
    Changes changes = controller.take_changes();
    EXPECT_EQ(changes.jobs, std::set<JobId>{id});
    EXPECT_EQ(changes.machines, std::set<std::string>{"m"});
    EXPECT_TRUE(controller.take_changes().empty());
    world.obey();
    changes = controller.take_changes();
    EXPECT_EQ(changes.jobs, std::set<JobId>{id});
    EXPECT_TRUE(changes.machines.empty());
    controller.keep_alive(id, kHost, world.now());
    EXPECT_TRUE(controller.take_changes().empty());
}

TEST(Controller, TwoMachinesOfOneNameAreRefused) {
    EXPECT_THROW(Controller({parse_installation("m=triad"), parse_installation("m=frame")}),
                 MachineError);
}

TEST(Controller, JobsAreOfferedToMachinesInTheirOrder) {
    Controller controller({parse_installation("small=triad"), parse_installation("large=frame")});
    const auto machine_of = [&](JobId id) { return controller.jobs().at(id).machine; };
    EXPECT_EQ(machine_of(controller.create_job(request(triads(1, 1)), kHost, {})), "small");
    EXPECT_EQ(machine_of(controller.create_job(request(triads(1, 1)), kHost, {})), "large");
    EXPECT_EQ(machine_of(controller.create_job(request(triads(2, 2)), kHost, {})), "large");
}

/// What must hold at any time: no board twice, ids rise, boards of live jobs are taken.
void check_laws(const Controller& controller) {
    std::set<std::pair<std::string, BoardXYZ>> taken;
    for (const auto& [id, job] : controller.jobs()) {
        ASSERT_EQ(job.allocation.has_value(), job.state != JobState::Queued) << id;
        if (!job.allocation) continue;
        for (const BoardXYZ& xyz : job.allocation->boards) {
            ASSERT_TRUE(taken.emplace(job.machine, xyz).second) << "board twice, job " << id;
            const auto place = controller.where_is_board(job.machine, xyz.x, xyz.y, xyz.z);
            ASSERT_EQ(place->job, id);
        }
    }
}

TEST(Controller, RandomSequencesKeepTheLawsAndSurviveRestarts) {
    std::mt19937 random(11);
    for (int round = 0; round < 10; ++round) {
        MemoryStore store;
        auto world = std::make_unique<World>("m=frame;dead_boards=1,1,2", ControllerOptions{2, 20});
        world->controller.use_store(&store);
        JobId last = 0;
        for (int step = 0; step < 500; ++step) {
            const JobId any = static_cast<JobId>(random() % 60) + last - 50;
            switch (random() % 8) {
                case 0:
                case 1: {
                    JobRequest job = request(triads(1 + random() % 3, 1 + random() % 2),
                                             random() % 3 ? std::optional(30.0) : std::nullopt);
                    if (random() % 2) job.boards = {};
                    const JobId id = world->create(job);
                    ASSERT_GT(id, last);
                    last = id;
                    break;
                }
                case 2: world->controller.destroy_job(any, std::nullopt, world->now()); break;
                case 3: world->controller.set_power(any, random() % 2, kHost, world->now()); break;
                case 4: world->controller.keep_alive(any, kHost, world->now()); break;
                case 5: world->obey(); break;
                case 6: world->advance_to(world->time_s + random() % 10); break;
                default:
                    if (random() % 10 != 0) break;
                    world->controller.flush();
                    const auto jobs = world->controller.jobs().size();
                    const double time_s = world->time_s;
                    world = std::make_unique<World>("m=frame;dead_boards=1,1,2",
                                                    ControllerOptions{2, 20});
                    world->time_s = time_s;
                    world->controller.restore(store.saved(), world->now());
                    world->controller.use_store(&store);
                    ASSERT_EQ(world->controller.jobs().size(), jobs);
            }
            check_laws(world->controller);
            if (HasFatalFailure()) return;
        }
        // Left alone, everything with a keepalive goes, and the rest can be destroyed.
        world->obey();
        for (int i = 0; i < 3; ++i) {
            world->advance_to(world->time_s + 100);
            world->obey();
        }
        std::vector<JobId> rest;
        for (const auto& [id, job] : world->controller.jobs()) {
            EXPECT_FALSE(job.request.keepalive_s) << id;
            rest.push_back(id);
        }
        for (const JobId id : rest) {
            world->controller.destroy_job(id, std::nullopt, world->now());
            world->obey();
        }
        world->advance_to(world->time_s + 100);
        EXPECT_FALSE(world->controller.in_use());
    }
}

}  // namespace
}  // namespace spinnlab::alloc
