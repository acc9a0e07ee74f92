// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/service.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::rest {
namespace {

const std::string kAda(64, 'a');
const std::string kBob(64, 'b');
const std::string kRoot(64, 'c');
const std::string kEve(64, 'd');

Users everybody() {
    return Users::parse("ada user " + hash_token(kAda) + "\nbob user " + hash_token(kBob) +
                            "\nroot admin " + hash_token(kRoot) + "\neve reader " +
                            hash_token(kEve) + " " + hash_password("library of babel"),
                        "users");
}

class ServiceTest : public testing::Test {
 protected:
    explicit ServiceTest(const std::string& url = {})
        : controller({parse_installation("m=frame")}), service(controller, everybody(), url) {}

    static Request request(const std::string& method, const std::string& target,
                           const std::string& token = {}, std::string body = {},
                           std::string type = "application/json") {
        Request request;
        request.method = method;
        request.target = target;
        request.host = "localhost:1";
        if (!token.empty()) request.authorization = "Bearer " + token;
        request.body = std::move(body);
        request.content_type = std::move(type);
        request.peer = "127.0.0.1";
        return request;
    }

    Response ask(const Request& what) {
        Answer answer = service.answer(what, now);
        settle();
        EXPECT_TRUE(std::holds_alternative<Response>(answer)) << what.target;
        return std::holds_alternative<Response>(answer) ? std::get<Response>(answer) : Response{};
    }
    template <class... Words>
    Response ask(const std::string& method, const std::string& target, const Words&... words) {
        return ask(request(method, target, words...));
    }
    JobId create(const std::string& token, json what = {}) {
        what["keepalive-interval"] = "PT60S";
        const Response response = ask("POST", "/srv/spalloc/jobs", token, what.dump());
        EXPECT_EQ(response.status, Status::Created) << response.body;
        const std::string url = response.headers.at(0).second;
        return std::stoll(url.substr(url.rfind('/') + 1));
    }
    void settle() {
        for (const PowerOrder& order : controller.take_orders()) {
            if (order.on) {
                std::vector<std::string> addresses;
                const auto& job = controller.jobs().at(order.job);
                for (std::size_t i = 0; i < job.allocation->boards.size(); ++i) {
                    addresses.push_back("127.1.0." + std::to_string(i + 1));
                }
                controller.set_addresses(order.job, addresses);
            }
            controller.power_done(order.job, order.order, now);
        }
        service.note(controller.take_changes(), now);
    }

    Controller controller;
    Service service;
    Moment now{100, 1'000'000'000};
};

class ServiceBehindProxy : public ServiceTest {
 protected:
    ServiceBehindProxy() : ServiceTest("https://lab.example.org/services/boards/") {}
};

TEST_F(ServiceTest, TellsWhereItsPartsAre) {
    Request root = request("GET", "/srv/spalloc", kEve);
    root.secure = true;
    const json told = json::parse(ask(root).body);
    EXPECT_EQ(told["jobs-ref"], "https://localhost:1/srv/spalloc/jobs");
    EXPECT_EQ(told["version"]["major-version"], 1);
    EXPECT_EQ(told["csrf-header"], kCsrfHeader);
}

TEST_F(ServiceBehindProxy, UsesItsPublicAddress) {
    for (const char* path : {"/srv/spalloc/", "/services/boards/srv/spalloc/"}) {
        const json told = json::parse(ask("GET", path, kEve).body);
        EXPECT_EQ(told["jobs-ref"], "https://lab.example.org/services/boards/srv/spalloc/jobs");
    }
    const JobId id = create(kAda);
    const json job = json::parse(ask("GET", "/srv/spalloc/jobs/" + std::to_string(id), kAda).body);
    EXPECT_EQ(job["proxy-ref"], "wss://lab.example.org/services/boards/spalloc/proxy/1");
    const Response form = ask("GET", "/system/login.html");
    EXPECT_NE(form.headers.at(0).second.find("Path=/services/boards/;"), std::string::npos);
}

TEST_F(ServiceTest, PublicAddressesAreChecked) {
    for (const char* bad : {"lab.example.org", "ftp://lab", "https://", "https://a b/",
                            "https:///x", "https://lab/?x=1"}) {
        EXPECT_THROW(Service(controller, everybody(), bad), AllocationError) << bad;
    }
}

TEST_F(ServiceTest, WaitsOnlyForWhatIsThere) {
    const JobId id = create(kAda);
    const std::string job = "/srv/spalloc/jobs/" + std::to_string(id);
    const Answer answer = service.answer(request("GET", job + "?wait=true", kAda), now);
    const auto& wait = std::get<Wait>(answer);
    EXPECT_TRUE(wait.ends_with(Changes{{id}, {}}));
    EXPECT_FALSE(wait.ends_with(Changes{{id + 1}, {"m"}}));
    const Answer again = service.answer(request("GET", job + "?wait=true", kAda), now, false);
    EXPECT_EQ(json::parse(std::get<Response>(again).body)["state"], "READY");
    EXPECT_EQ(ask("DELETE", job, kAda).status, Status::NoContent);
    EXPECT_EQ(json::parse(ask("GET", job + "?wait=true", kAda).body)["state"], "DESTROYED")
        << "nothing more will happen to it";
    const Answer machine =
        service.answer(request("GET", "/srv/spalloc/machines/m?wait=true", kEve), now);
    EXPECT_TRUE(std::get<Wait>(machine).ends_with(Changes{{}, {"m"}}));
}

TEST_F(ServiceTest, LooksDoNotKeepAJobAlive) {
    const JobId id = create(kAda);
    const std::string job = "/srv/spalloc/jobs/" + std::to_string(id);
    now.monotonic_s += 40;
    for (const std::string& who : {kAda, kBob, kEve}) (void)ask("GET", job, who);
    now.monotonic_s += 40;
    controller.advance(now);
    settle();
    EXPECT_EQ(json::parse(ask("GET", job, kAda).body)["state"], "DESTROYED");
    const JobId kept = create(kAda);
    const std::string other = "/srv/spalloc/jobs/" + std::to_string(kept);
    now.monotonic_s += 40;
    EXPECT_EQ(ask("PUT", other + "/keepalive", kBob).status, Status::Forbidden);
    EXPECT_EQ(ask("PUT", other + "/keepalive", kAda).status, Status::NoContent);
    now.monotonic_s += 40;
    controller.advance(now);
    settle();
    EXPECT_EQ(json::parse(ask("GET", other, kAda).body)["state"], "READY");
}

TEST_F(ServiceTest, ALabelOfVersionOneMakesNobodyTheOwner) {
    JobRequest from_line;
    from_line.owner = "ada";
    const JobId id =
        controller.create_job(from_line, Caller{1001, "jupyter-eve", false}, "127.0.0.1", now);
    settle();
    const std::string job = "/srv/spalloc/jobs/" + std::to_string(id);
    const json told = json::parse(ask("GET", job, kAda).body);
    EXPECT_FALSE(told.contains("owner"));
    EXPECT_EQ(json::parse(ask("GET", job, kRoot).body)["owner"], "jupyter-eve");
    EXPECT_FALSE(told.contains("original-request"));
    EXPECT_EQ(ask("DELETE", job, kAda).status, Status::Forbidden);
    EXPECT_EQ(ask("DELETE", job, kBob).status, Status::Forbidden);
    EXPECT_EQ(ask("DELETE", job, kRoot).status, Status::NoContent);
}

TEST_F(ServiceTest, BoardWorkNamesTheBoardOfTheChip) {
    const JobId id = create(kAda, {{"num-boards", 3}});
    const std::string job = "/srv/spalloc/jobs/" + std::to_string(id);
    Answer answer =
        service.answer(request("GET", job + "/memory?x=8&y=4&address=0x10&size=5", kAda), now);
    const auto& read = std::get<BoardWork>(answer);
    EXPECT_EQ(read.kind, BoardWork::Kind::Read);
    EXPECT_EQ(read.places.at(0).address, service.board_address(id, 8, 4));
    EXPECT_EQ(read.address, 0x10u);
    EXPECT_EQ(read.size_bytes, 5u);
    answer =
        service.answer(request("GET", job + "/memory?x=255&y=255&address=0&size=5", kAda), now);
    EXPECT_EQ(std::get<BoardWork>(answer).places.at(0).address, service.board_address(id, 0, 0));
    EXPECT_EQ(std::get<BoardWork>(answer).places.at(0).chip, (ChipXY{255, 255}));
    answer = service.answer(request("POST", job + "/memory?x=0&y=0&address=1", kAda, "abc", kBytes),
                            now);
    EXPECT_EQ(std::get<BoardWork>(answer).data, "abc");
    answer = service.answer(request("DELETE", job + "/router?12=5", kAda), now);
    EXPECT_EQ(std::get<BoardWork>(answer).places.size(), 144u);
    EXPECT_EQ(std::get<BoardWork>(answer).filters.at(12), 5u);
    EXPECT_EQ(service.body_limit(request("POST", job + "/memory?x=0", kAda), now),
              kLargestData_bytes);
    EXPECT_EQ(service.body_limit(request("POST", job + "/memory?x=0", kEve), now),
              kLargestBody_bytes);
    EXPECT_EQ(service.body_limit(request("POST", job + "/memory?x=0"), now), kLargestBody_bytes);
}

TEST_F(ServiceTest, SignsInByForm) {
    const Response page = ask("GET", "/system/login.html");
    const std::string cookie = page.headers.at(0).second;
    const std::string start = "name=\"_csrf\" value=\"";
    const std::string csrf = page.body.substr(page.body.find(start) + start.size(), 64);
    Request form = request("POST", "/system/perform_login", {},
                           "_csrf=" + csrf + "&username=eve&password=library+of+babel",
                           "application/x-www-form-urlencoded");
    form.cookie = cookie.substr(0, cookie.find(';'));
    const Answer answer = service.answer(form, now);
    const auto& check = std::get<PasswordCheck>(answer);
    EXPECT_TRUE(password_matches(check.password, check.hash));
    for (int i = 0; i < 2 * kMostFailures; ++i) {
        (void)service.login_untried(check);
        EXPECT_TRUE(std::holds_alternative<PasswordCheck>(service.answer(form, now)))
            << "what was never looked at locks nobody";
    }
    EXPECT_EQ(service.login_done(check, false, now).status, Status::Unauthorized);
    const Response done = service.login_done(check, true, now);
    EXPECT_EQ(done.status, Status::Found);
    Request again = request("GET", "/srv/spalloc/jobs");
    again.cookie = done.headers.at(1).second;
    EXPECT_EQ(ask(again).status, Status::Ok);
    again.cookie = form.cookie;
    EXPECT_EQ(ask(again).status, Status::Unauthorized) << "the form's cookie is no session";
}

class OpenedSession : public ServiceTest {
 protected:
    static constexpr UserId kUid = 1234;
    static constexpr double kForever_s = std::numeric_limits<double>::infinity();

    /// With the cookie and its CSRF token, and the token that the hub knows and we do not.
    Request as_opened(const std::string& cookie, Request what) {
        what.cookie = std::string(kSessionCookie) + "=" + cookie;
        what.authorization = "Bearer " + std::string(64, 'x');
        Request look = request("GET", "/srv/spalloc/");
        look.cookie = what.cookie;
        const Response root = ask(look);
        if (root.status == Status::Ok) what.csrf = json::parse(root.body)["csrf-token"];
        return what;
    }
    Status looks(const std::string& cookie) {
        return ask(as_opened(cookie, request("GET", "/srv/spalloc/jobs"))).status;
    }
    std::string open(const std::string& label, double lifetime_s = kForever_s) {
        return service.open_session({"ada", Role::User, kUid}, label, lifetime_s, now);
    }
};

TEST_F(OpenedSession, IsOfTheAccountInEverything) {
    const std::string cookie = open("t1");
    const json wanted = {{"keepalive-interval", "PT60S"}, {"num-boards", 1}};
    const Response made =
        ask(as_opened(cookie, request("POST", "/srv/spalloc/jobs", "", wanted.dump())));
    ASSERT_EQ(made.status, Status::Created) << made.body;
    EXPECT_EQ(made.user, "ada");
    EXPECT_EQ(controller.jobs().at(1).uid, kUid) << "boards run as the account";
    EXPECT_EQ(controller.jobs().at(1).user, "ada");

    // A job of the line protocol is the account's as well; the service's own ada has neither.
    JobRequest request_of_line;
    request_of_line.owner = "a label";
    const JobId line =
        controller.create_job(std::move(request_of_line), {kUid, "ada", false}, "here", now);
    settle();
    const auto state_for = [&](const Request& who, JobId id) {
        Request what = who;
        what.target = "/srv/spalloc/jobs/" + std::to_string(id);
        return json::parse(ask(what).body);
    };
    const Request opened = as_opened(cookie, request("GET", "/"));
    const Request own_user = request("GET", "/", kAda);
    for (const JobId id : {JobId{1}, line}) {
        EXPECT_EQ(state_for(opened, id).value("owner", ""), "ada") << id;
        EXPECT_FALSE(state_for(own_user, id).contains("owner")) << id;
    }
    EXPECT_EQ(ask("DELETE", "/srv/spalloc/jobs/1", kAda).status, Status::Forbidden);
    const std::string target = "/srv/spalloc/jobs/" + std::to_string(line);
    EXPECT_EQ(ask(as_opened(cookie, request("DELETE", target))).status, Status::NoContent);
}

TEST_F(OpenedSession, ChangesNeedItsCsrfTokenWhateverTokenComesAlong) {
    const std::string cookie = open("t1");
    Request forged = as_opened(cookie, request("DELETE", "/srv/spalloc/jobs/1"));
    forged.csrf.clear();
    EXPECT_EQ(ask(forged).status, Status::Forbidden);
    forged.target = "/srv/spinnlab/events";
    forged.method = "GET";
    const Upgrade upgrade = service.upgrade(forged, now);
    ASSERT_TRUE(std::holds_alternative<Response>(upgrade));
    EXPECT_EQ(std::get<Response>(upgrade).status, Status::Forbidden);
}

TEST_F(OpenedSession, EndsWithItsLabelItsAccountOrItsTime) {
    const std::string first = open("t1"), second = open("t2"), third = open("t2");
    EXPECT_EQ(looks(first), Status::Ok);
    service.close_sessions("t2");
    EXPECT_EQ(looks(first), Status::Ok);
    EXPECT_EQ(looks(second), Status::Unauthorized);
    EXPECT_EQ(looks(third), Status::Unauthorized);
    service.close_sessions_of(kUid + 1);
    EXPECT_EQ(looks(first), Status::Ok);
    service.close_sessions_of(kUid);
    EXPECT_EQ(looks(first), Status::Unauthorized);

    const std::string used = open("t3", 5000), unused = open("t3");
    for (int i = 0; i < 4; ++i) {
        now.monotonic_s += 1200;
        EXPECT_EQ(looks(used), Status::Ok);
    }
    EXPECT_EQ(looks(unused), Status::Unauthorized);
    now.monotonic_s += 300;  // 5,100 s, although used
    EXPECT_EQ(looks(used), Status::Unauthorized);
}

TEST_F(OpenedSession, AFormIsNoSessionForAnUnknownToken) {
    Request form = request("GET", "/system/login.html");
    const Response page = ask(form);
    const std::string& set = page.headers.at(0).second;
    const std::string cookie = set.substr(set.find('=') + 1, set.find(';') - set.find('=') - 1);
    EXPECT_EQ(looks(cookie), Status::Unauthorized);
}

TEST_F(ServiceTest, RemembersSoManyJobsAndNoMore) {
    for (std::size_t i = 0; i < kDestroyedRemembered + 50; ++i) {
        const std::string job = "/srv/spalloc/jobs/" + std::to_string(create(kAda));
        EXPECT_EQ(ask("DELETE", job, kAda).status, Status::NoContent);
    }
    EXPECT_EQ(ask("GET", "/srv/spalloc/jobs/1", kAda).status, Status::NotFound);
    const json list =
        json::parse(ask("GET", "/srv/spalloc/jobs?deleted=true&limit=1000&start=1000", kAda).body);
    EXPECT_EQ(list["jobs"].size(), kDestroyedRemembered - 1000);
}

}  // namespace
}  // namespace spinnlab::alloc::rest
