// SPDX-License-Identifier: Apache-2.0
// Controller::save and restore.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

using nlohmann::json;

constexpr const char* kHost = "client";
constexpr Moment kBefore = {50, 1'000'050};
constexpr Moment kAfter = {7, 1'000'100};  // a monotonic clock starts anew with the system

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
    Controller before = frame();
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
    after.restore(before.save(), kAfter);
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

TEST(State, ASavedStateIsAFixedPoint) {
    Controller before = frame();
    (void)before.create_job(request(2, 1, 12.5), "caf\xc3\xa9", kBefore);
    (void)before.create_job(request(9, 9, 1), kHost, kBefore);
    obey(before, kBefore);
    const std::string saved = before.save();
    Controller after = frame();
    after.restore(saved, kAfter);
    EXPECT_EQ(after.save(), saved);
}

TEST(State, BytesThatAreNotTextDoNotStopTheSaving) {
    Controller before = frame();
    JobRequest job = request(1, 1, 5);
    job.owner = "ada\xff";
    const JobId id = before.create_job(job, "\xc3", kBefore);
    Controller after = frame();
    after.restore(before.save(), kAfter);
    EXPECT_EQ(after.jobs().at(id).request.owner, "ada\xef\xbf\xbd");
}

TEST(State, JobsOfAMachineThatHasChangedAreGone) {
    Controller before = frame();
    const JobId id = before.create_job(request(1, 1, 5), kHost, kBefore);
    for (const char* const other : {"m=cabinet", "n=frame"}) {
        Controller after({parse_installation(other)});
        after.restore(before.save(), kAfter);
        EXPECT_EQ(after.status(id, kHost, kAfter).state, JobState::Destroyed) << other;
        EXPECT_EQ(after.status(id, kHost, kAfter).reason, "Machine removed.");
        EXPECT_FALSE(after.in_use());
    }
}

TEST(State, AWaitingJobThatNoMachineCanServeAnyMoreIsGone) {
    Controller before = frame();
    (void)before.create_job(request(4, 2, 5), kHost, kBefore);
    const JobId large = before.create_job(request(4, 2, std::nullopt), kHost, kBefore);
    const JobId small = before.create_job(request(1, 1, std::nullopt), kHost, kBefore);
    Controller after({parse_installation("m=triad")});
    after.restore(before.save(), kAfter);
    EXPECT_EQ(after.status(large, kHost, kAfter).state, JobState::Destroyed);
    EXPECT_NE(after.status(large, kHost, kAfter).reason->find("4 x 2 triads"), std::string::npos);
    EXPECT_EQ(after.status(small, kHost, kAfter).state, JobState::Power);
}

TEST(State, JobsWhoseBoardsCannotBeHadAreGone) {
    Controller before = frame();
    const JobId first = before.create_job(request(1, 1, 5), kHost, kBefore);
    const JobId second = before.create_job(request(1, 1, 5), kHost, kBefore);
    const json good = json::parse(before.save());
    const auto second_after = [&](const json& boards) {
        json state = good;
        state["jobs"][1]["allocation"]["boards"] = boards;
        Controller after = frame();
        after.restore(state.dump(), kAfter);
        EXPECT_EQ(after.status(first, kHost, kAfter).state, JobState::Power);
        return after.status(second, kHost, kAfter).state;
    };
    EXPECT_EQ(second_after(good["jobs"][1]["allocation"]["boards"]), JobState::Power);
    EXPECT_EQ(second_after(good["jobs"][0]["allocation"]["boards"]), JobState::Destroyed);
    EXPECT_EQ(second_after(json::array()), JobState::Destroyed);
    EXPECT_EQ(second_after({{2, 0, 0}, {2, 0, 0}}), JobState::Destroyed);
    EXPECT_EQ(second_after({{-1, 0, 0}}), JobState::Destroyed);
    EXPECT_EQ(second_after({{99, 99, 2}}), JobState::Destroyed);
    EXPECT_EQ(second_after({{2, 0, 3}}), JobState::Destroyed);
    EXPECT_EQ(second_after({{2147483647, 2147483647, 2}}), JobState::Destroyed);
    EXPECT_EQ(second_after({{-2147483648, 0, 0}, {2147483647, 0, 0}}), JobState::Destroyed);
}

TEST(State, WhatIsNoStateIsRefusedWithTheWayOut) {
    Controller before = frame();
    (void)before.create_job(request(1, 1, 5), kHost, kBefore);
    const json good = json::parse(before.save());
    const auto refused = [](const std::string& text) {
        Controller after = frame();
        try {
            after.restore(text, kAfter);
            ADD_FAILURE() << "taken: " << text;
        } catch (const AllocationError& error) {
            EXPECT_FALSE(error.way_out().empty()) << error.what();
        }
    };
    refused("");
    refused("{");
    refused("[]");
    refused("7");
    refused("{}");
    refused(std::string("\0\xff", 2));
    refused(before.save().substr(0, before.save().size() / 2));
    for (const auto& [key, value] : good.items()) {
        json spoilt = good;
        spoilt.erase(key);
        refused(spoilt.dump());
        spoilt[key] = "text";
        refused(spoilt.dump());
    }
    for (const auto& [key, value] : good["jobs"][0].items()) {
        json spoilt = good;
        spoilt["jobs"][0][key] = json::array({{{"a", 1}}});
        refused(spoilt.dump());
    }
    json other_version = good;
    other_version["spallocd_state"] = 2;
    refused(other_version.dump());
}

}  // namespace
}  // namespace spinnlab::alloc
