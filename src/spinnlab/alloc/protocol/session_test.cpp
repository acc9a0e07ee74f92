// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/session.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace spinnlab::alloc::protocol {
namespace {

class SessionTest : public ::testing::Test {
 protected:
    using Args = std::vector<json>;
    json call(Session& by, const std::string& command, const Args& args = {},
              const json& kwargs = json::object()) {
        const json line = {{"command", command}, {"args", args}, {"kwargs", kwargs}};
        const auto answer = by.answer(line.dump(), now);
        const auto* text = std::get_if<std::string>(&answer);
        if (text == nullptr) return {{"disconnected", std::get<Malformed>(answer).why}};
        EXPECT_EQ(text->back(), '\n');
        EXPECT_EQ(text->find('\n'), text->size() - 1) << "one line";
        return json::parse(*text);
    }
    json value(const std::string& command, const Args& args = {},
               const json& kwargs = json::object()) {
        const json answer = call(session, command, args, kwargs);
        EXPECT_TRUE(answer.contains("return")) << answer;
        return answer.value("return", json());
    }
    std::string error(const std::string& command, const Args& args = {},
                      const json& kwargs = json::object()) {
        const json answer = call(session, command, args, kwargs);
        EXPECT_TRUE(answer.contains("exception")) << answer;
        return answer.value("exception", "");
    }
    void obey() {
        for (const PowerOrder& order : controller.take_orders()) {
            controller.power_done(order.job, order.order, now);
        }
    }

    Controller controller{{parse_installation("m=frame;dead_boards=1,1,2;tags=default,fast")}};
    Session session{controller, "here"};
    Session other{controller, "there"};
    Moment now{0, 1000};
};

TEST_F(SessionTest, AJobFromItsCreationToItsEnd) {
    EXPECT_EQ(value("version"), "1.0.0");
    const json id = value("create_job", {2, 1}, {{"owner", "ada"}, {"keepalive", 9.5}});
    EXPECT_EQ(id, 1);
    json state = value("get_job_state", {id});
    EXPECT_EQ(state, json({{"state", 2},
                           {"power", true},
                           {"keepalive", 9.5},
                           {"reason", nullptr},
                           {"start_time", 1000.0},
                           {"keepalivehost", "here"}}));
    json info = value("get_job_machine_info", {id});
    EXPECT_EQ(info["connections"], json());
    EXPECT_EQ(info["width"], 28);
    EXPECT_EQ(info["height"], 16);
    EXPECT_EQ(info["machine_name"], "m");
    ASSERT_EQ(info["boards"].size(), 6u);
    controller.set_addresses(
        1, {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"});
    obey();
    EXPECT_EQ(value("get_job_state", {id})["state"], 3);
    info = value("get_job_machine_info", {}, {{"job_id", id}});
    ASSERT_EQ(info["connections"].size(), 6u);
    EXPECT_EQ(info["connections"][0], json({{0, 0}, "127.0.0.1"}));
    const json job = value("list_jobs").at(0);
    EXPECT_EQ(job["owner"], "ada");
    EXPECT_EQ(job["args"], json({2, 1}));
    EXPECT_EQ(job["allocated_machine_name"], "m");
    EXPECT_EQ(value("power_off_job_boards", {id}), json());
    obey();
    EXPECT_EQ(value("get_job_state", {id})["power"], false);
    EXPECT_EQ(value("power_on_job_boards", {id}), json());
    EXPECT_EQ(value("job_keepalive", {id}), json());
    EXPECT_EQ(value("destroy_job", {id, "done"}), json());
    state = value("get_job_state", {id});
    EXPECT_EQ(state["state"], 4);
    EXPECT_EQ(state["reason"], "done");
    EXPECT_EQ(value("list_jobs"), json::array());
}

TEST_F(SessionTest, MachinesAreListedWithTheirDeadParts) {
    const json machine = value("list_machines").at(0);
    EXPECT_EQ(machine["name"], "m");
    EXPECT_EQ(machine["width"], 4);
    EXPECT_EQ(machine["height"], 2);
    EXPECT_EQ(machine["tags"], json({"default", "fast"}));
    EXPECT_EQ(machine["dead_boards"], json({{1, 1, 2}}));
}

TEST_F(SessionTest, WhereIsTakesFourNotations) {
    const json id = value("create_job", {2, 1, 0}, {{"owner", "ada"}});
    const json place = value("where_is", {}, {{"machine", "m"}, {"x", 2}, {"y", 1}, {"z", 0}});
    EXPECT_EQ(place["logical"], json({2, 1, 0}));
    EXPECT_EQ(place["job_id"], id);
    EXPECT_EQ(place["job_chip"], json({0, 0}));
    EXPECT_EQ(place["chip"], json({24, 12}));
    const json& physical = place["physical"];
    EXPECT_EQ(value("where_is", {},
                    {{"machine", "m"},
                     {"cabinet", physical[0]},
                     {"frame", physical[1]},
                     {"board", physical[2]}}),
              place);
    EXPECT_EQ(value("where_is", {}, {{"machine", "m"}, {"chip_x", 24}, {"chip_y", 12}}), place);
    EXPECT_EQ(value("where_is", {}, {{"job_id", id}, {"chip_x", 0}, {"chip_y", 0}}), place);
    EXPECT_EQ(value("get_board_position", {"m", 2, 1, 0}), physical);
    EXPECT_EQ(value("get_board_at_position", {"m", physical[0], physical[1], physical[2]}),
              json({2, 1, 0}));
    EXPECT_EQ(value("where_is", {}, {{"machine", "n"}, {"chip_x", 0}, {"chip_y", 0}}), json());
    EXPECT_NE(error("where_is", {}, {{"machine", "m"}, {"x", 1}}).find("Invalid arguments"),
              std::string::npos);
    EXPECT_NE(error("where_is", {1}, {{"job_id", 1}, {"chip_x", 0}, {"chip_y", 0}}), "");
}

TEST_F(SessionTest, NotificationsGoToWhoAskedForThem) {
    EXPECT_EQ(session.notifications({{1, 2}, {"m"}}), "");
    (void)value("notify_job", {2});
    (void)call(other, "notify_job");
    EXPECT_EQ(session.notifications({{1, 2}, {"m"}}), "{\"jobs_changed\":[2]}\n");
    EXPECT_EQ(other.notifications({{1, 2}, {"m"}}), "{\"jobs_changed\":[1,2]}\n");
    (void)value("notify_machine", {"m"});
    EXPECT_EQ(session.notifications({{2}, {"m", "n"}}),
              "{\"jobs_changed\":[2]}\n{\"machines_changed\":[\"m\"]}\n");
    (void)value("no_notify_job", {2});
    (void)value("no_notify_machine");
    EXPECT_EQ(session.notifications({{1, 2}, {"m"}}), "");
    (void)call(other, "no_notify_job");
    EXPECT_EQ(other.notifications({{1, 2}, {"m"}}), "");
}

TEST_F(SessionTest, LeasesEndWithTheConnection) {
    EXPECT_EQ(value("lease", {"ada"}), json());
    const json id = value("create_job", {}, {{"owner", "ada"}});
    (void)call(other, "lease", {"ada"});
    session.close(now);
    EXPECT_EQ(value("get_job_state", {id})["state"], 2);
    session.close(now);  // a connection may end in more than one way at once
    EXPECT_EQ(value("get_job_state", {id})["state"], 2);
    other.close(now);
    EXPECT_EQ(value("get_job_state", {id})["state"], 4);
}

TEST_F(SessionTest, OneClientsLeasesAndWatchesAreLimited) {
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(value("lease", {"ada"}), json());
    EXPECT_NE(error("lease", {"ada"}).find("too many leases"), std::string::npos);
    EXPECT_NE(error("lease", {std::string(5000, 'o')}), "");
    for (int i = 0; i < 100'000; ++i) {
        const auto answer =
            session.answer(R"({"command":"notify_job","args":[)" + std::to_string(i) + "]}", now);
        ASSERT_EQ(std::get<std::string>(answer), "{\"return\":null}\n");
    }
    EXPECT_NE(error("notify_job", {100'000}).find("too many subscriptions"), std::string::npos);
}

TEST_F(SessionTest, WrongArgumentsAreExceptionsAndTheConnectionStays) {
    EXPECT_NE(error("get_job_state", {"1"}).find("whole number"), std::string::npos);
    EXPECT_NE(error("get_job_state").find("job_id is missing"), std::string::npos);
    EXPECT_NE(error("get_job_state", {1, 2}).find("by position"), std::string::npos);
    EXPECT_NE(error("version", {1}), "");
    EXPECT_NE(error("list_jobs", {}, {{"x", 1}}), "");
    EXPECT_NE(error("create_job").find("owner"), std::string::npos);
    EXPECT_NE(error("create_job", {1, 2, 3, 4}, {{"owner", "a"}}), "");
    EXPECT_NE(error("create_job", {}, {{"owner", "a"}, {"tags", "fast"}}), "");
    EXPECT_NE(error("destroy_job", {1, 7}), "");
    EXPECT_NE(error("report_problem"), "");
    EXPECT_EQ(error("create_job").find('\n'), std::string::npos);
    EXPECT_EQ(value("version"), "1.0.0");
}

TEST_F(SessionTest, WhatIsNoCallDisconnects) {
    EXPECT_EQ(call(session, "reboot"), json({{"disconnected", "no such command"}}));
    EXPECT_TRUE(std::holds_alternative<Malformed>(session.answer("hello", now)));
}

TEST_F(SessionTest, NumbersAtTheEdgesHurtNobody) {
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t a : {least, most, std::int64_t{-1}, std::int64_t{0}}) {
        for (const std::int64_t b : {least, most, std::int64_t{1}}) {
            for (const Args& what : {Args{a}, Args{a, b}, Args{a, b, 0}, Args{0, a, b}}) {
                if (what == Args{0, 0, 1} || what == Args{0, 1, 0})
                    continue;  // boards that are there
                const json id = value("create_job", what, {{"owner", "a"}, {"min_ratio", 1e300}});
                const json state = value("get_job_state", {id})["state"];
                EXPECT_TRUE(state == 4 || what == Args{0}) << json(what) << " " << state;
            }
            (void)value("get_board_position", {"m", a, b, 0});
            (void)value("get_board_at_position", {"m", a, b, a});
            (void)value("where_is", {}, {{"machine", "m"}, {"chip_x", a}, {"chip_y", b}});
            (void)value("where_is", {}, {{"job_id", 1}, {"chip_x", a}, {"chip_y", b}});
            (void)value("notify_job", {a});
        }
        (void)value("destroy_job", {a});
    }
}

TEST_F(SessionTest, AnotherUsersJobIsHiddenAndCannotBeChanged) {
    Session ada(controller, {1001, "ada"}, "here", {"1.0.0", 22244, true});
    Session bob(controller, {1002, "bob"}, "there");
    const auto returned = [&](Session& by, const std::string& command, const Args& args = {},
                              const json& kwargs = json::object()) {
        return call(by, command, args, kwargs).at("return");
    };
    const json id = returned(ada, "create_job", {2, 1}, {{"owner", "label"}, {"keepalive", 10}});
    obey();
    const json about = returned(ada, "about");
    EXPECT_EQ(about["user"], "ada");
    EXPECT_EQ(about["uid"], 1001);
    EXPECT_EQ(about["port"], 22244);
    EXPECT_EQ(about["shared"], true);
    EXPECT_EQ(about["admin"], false);
    EXPECT_EQ(about["in_use"]["boards"], 6);
    EXPECT_EQ(returned(ada, "list_jobs")[0]["owner"], "label");
    EXPECT_EQ(returned(session, "list_jobs")[0]["owner"], "label") << "an admin sees it";
    const json seen = returned(bob, "list_jobs")[0];
    EXPECT_EQ(seen["owner"], "<hidden>");
    EXPECT_EQ(seen["args"], json::array());
    EXPECT_EQ(seen["kwargs"], json::object());
    EXPECT_EQ(seen["keepalivehost"], json());
    EXPECT_EQ(seen["boards"].size(), 6u) << "where it is, pages draw";
    for (const char* const command :
         {"destroy_job", "job_keepalive", "power_on_job_boards", "power_off_job_boards",
          "get_job_machine_info", "job_status"}) {
        const json refused = call(bob, command, {id});
        ASSERT_TRUE(refused.contains("exception")) << command << refused;
        EXPECT_NE(refused["exception"].get<std::string>().find("is not yours"), std::string::npos);
        EXPECT_EQ(refused["exception"].get<std::string>().find("ada"), std::string::npos);
    }
    EXPECT_TRUE(call(bob, "where_is", {}, {{"job_id", id}, {"chip_x", 0}, {"chip_y", 0}})
                    .contains("exception"));
    // Looking at it does not keep it alive.
    now.monotonic_s = 9;
    EXPECT_EQ(returned(bob, "get_job_state", {id})["state"], 3);
    now.monotonic_s = 10;
    controller.advance(now);
    EXPECT_EQ(returned(bob, "get_job_state", {id}), json({{"state", 4},
                                                          {"power", nullptr},
                                                          {"keepalive", nullptr},
                                                          {"reason", nullptr},
                                                          {"start_time", nullptr},
                                                          {"keepalivehost", nullptr}}));
    EXPECT_NE(returned(ada, "get_job_state", {id})["reason"], json());
    for (const char* const command : {"set_quota", "release_user"}) {
        EXPECT_TRUE(call(bob, command, {"ada"}).contains("exception")) << command;
    }
    EXPECT_TRUE(call(bob, "user_activity", {"ada"}).contains("exception"));
}

/// Says what it was asked for.
class SpokenSessions : public HttpSessions {
 public:
    std::string open(const Caller&, const std::string& account, const std::string& label,
                     double lifetime_s) override {
        said.push_back("open " + account + " " + label +
                       (std::isinf(lifetime_s) ? "" : " for so long"));
        return "cookie";
    }
    void close_labelled(const std::string& label) override { said.push_back("close " + label); }
    void close_of(const std::string& account) override { said.push_back("close all " + account); }
    std::vector<std::string> said;
};

TEST_F(SessionTest, AdminsOpenAndCloseHttpSessionsForOthers) {
    SpokenSessions http;
    Service service;
    service.http = &http;
    Session admin{controller, {0, "root", true}, "here", service};
    Session ada{controller, {1000, "ada", false}, "here", service};
    EXPECT_EQ(call(admin, "open_http_session", {"ada", "t1"}), json({{"return", "cookie"}}));
    EXPECT_EQ(call(admin, "open_http_session", {"ada", "t1", 60}), json({{"return", "cookie"}}));
    call(admin, "close_http_sessions", {"t1"});
    call(admin, "release_user", {"ada"});
    EXPECT_EQ(http.said, (std::vector<std::string>{"open ada t1", "open ada t1 for so long",
                                                   "close t1", "close all ada"}));
    http.said.clear();
    const std::vector<std::pair<std::string, Args>> refused = {
        {"open_http_session", {"ada", "t1"}},
        {"close_http_sessions", {"t1"}},
        {"release_user", {"bob"}},
    };
    for (const auto& [command, args] : refused) {
        EXPECT_TRUE(call(ada, command, args).contains("exception")) << command;
    }
    for (const Args& wrong : {Args{"ada", ""}, Args{"ada", "t1", 0}, Args{"ada", "t1", -1}}) {
        EXPECT_TRUE(call(admin, "open_http_session", wrong).contains("exception")) << json(wrong);
    }
    EXPECT_EQ(http.said, std::vector<std::string>{});
    EXPECT_NE(error("open_http_session", {"ada", "t1"}).find("no HTTP service"), std::string::npos);
}

TEST_F(SessionTest, ARunBelongsToItsConnectionAndItsUserIsTold) {
    Session ada(controller, {1001, "ada"}, "here");
    Session beside(controller, {1001, "ada"}, "here");
    Session bob(controller, {1002, "bob"}, "there");
    for (Session* by : {&ada, &beside, &bob}) (void)call(*by, "notify_run");
    const json begun = call(ada, "begin_run", {"synfire", 4})["return"];
    EXPECT_EQ(begun["threads"], 1) << "one core in this test";
    Changes changes = controller.take_changes();
    EXPECT_EQ(beside.notifications(changes), "{\"runs_changed\":[1]}\n");
    EXPECT_EQ(bob.notifications(changes), "");
    EXPECT_EQ(call(ada, "run_progress", {begun["run"], 0.25, "250 ms of 1 s"})["return"], json());
    const json listed = call(beside, "list_runs")["return"];
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0]["progress"], 0.25);
    EXPECT_EQ(listed[0]["text"], "250 ms of 1 s");
    EXPECT_EQ(call(bob, "list_runs")["return"], json::array());
    EXPECT_EQ(call(session, "list_runs")["return"].size(), 1u) << "an admin sees it";
    EXPECT_TRUE(call(bob, "run_progress", {begun["run"], 0.5}).contains("exception"));
    EXPECT_EQ(call(beside, "user_activity")["return"]["active"], true);
    (void)controller.take_changes();
    ada.close(now);
    changes = controller.take_changes();
    EXPECT_EQ(beside.notifications(changes), "{\"runs_changed\":[1]}\n");
    EXPECT_EQ(call(beside, "user_activity")["return"]["active"], false);
}

TEST_F(SessionTest, AQuotaIsChangedPieceByPiece) {
    EXPECT_EQ(value("set_quota", {"ada"}, {{"boards", 6}, {"priority", 2}}), json());
    EXPECT_EQ(value("set_quota", {"ada"}, {{"board_seconds", 3600}}), json());
    json quota = value("get_quotas")["users"]["ada"]["quota"];
    EXPECT_EQ(quota,
              json({{"boards", 6}, {"jobs", nullptr}, {"board_seconds", 3600.0}, {"priority", 2}}));
    EXPECT_EQ(value("set_quota", {"ada"}, {{"boards", nullptr}}), json());
    quota = value("get_quotas")["users"]["ada"]["quota"];
    EXPECT_EQ(quota["boards"], json());
    EXPECT_EQ(quota["priority"], 2);
    EXPECT_NE(error("set_quota", {"ada"}, {{"boards", -1}}), "");
    EXPECT_NE(error("set_quota", {""}), "");
    Session ada(controller, {1001, "ada"}, "here");
    const json seen = call(ada, "get_quotas")["return"]["users"];
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen.contains("ada"));
}

}  // namespace
}  // namespace spinnlab::alloc::protocol
