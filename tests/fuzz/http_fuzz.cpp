// SPDX-License-Identifier: Apache-2.0
// Requests of four people and of strangers, spoilt ones too, through the HTTP service on one
// allocator, and frames of its WebSocket. Every answer must be one, nobody may touch another's job,
// and nobody without a name learns anything.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/rest/proxy_frame.hpp"
#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/alloc/rest/service.hpp"

namespace {

using namespace spinnlab::alloc;
using namespace spinnlab::alloc::rest;
using spinnlab::fuzz::Random;
using spinnlab::fuzz::require;

constexpr std::uint64_t kRequestsASeed = 500;

const std::string& any(const std::vector<std::string>& list, Random& random) {
    return list[random() % list.size()];
}

std::string spoilt(std::string text, Random& random) {
    if (text.empty()) return text;
    switch (random() % 12) {
        case 0: text[random() % text.size()] = static_cast<char>(random()); return text;
        case 1: return text.substr(0, random() % text.size());
        case 2:
            return text.insert(random() % text.size(), 1 + random() % 40,
                               "/?&=%;[{\"\\"[random() % 10]);
        default: return text;
    }
}

class World {
 public:
    World()
        : controller_({parse_installation("m=frame;dead_boards=1,0,2")}),
          service_(controller_, users()) {}

    void request(Random& random) {
        static const std::vector<std::string> methods = {"GET", "GET",    "POST",
                                                         "PUT", "DELETE", "X"};
        Request request;
        request.method = any(methods, random);
        request.target = spoilt(target(random), random);
        request.host = random() % 20 == 0 ? spoilt("localhost:80", random) : "localhost:80";
        const std::string who = any({"", "ada", "bob", "root", "eve"}, random);
        if (!who.empty()) request.authorization = "Bearer " + token(who);
        if (random() % 20 == 0) request.authorization = spoilt(request.authorization, random);
        if (random() % 4 == 0) request.cookie = spoilt(cookie_, random);
        const bool named = request.authorization == "Bearer " + token(who) && !who.empty();
        request.content_type = any({"application/json", "application/octet-stream",
                                    "application/x-www-form-urlencoded", "text/plain", ""},
                                   random);
        request.body = spoilt(body(random), random);
        request.peer = "127.0.0.1";
        const std::map<JobId, std::string> before = owners();
        (void)service_.body_limit(request, now_);
        const Answer answer = service_.answer(request, now_, random() % 2 == 0);
        if (const auto* response = std::get_if<Response>(&answer)) check(*response, named);
        if (const auto* check = std::get_if<PasswordCheck>(&answer)) {
            const Response done = service_.login_done(*check, random() % 2 == 0, now_);
            require(done.status == Status::Found || done.status == Status::Unauthorized, "login");
        }
        if (const auto* work = std::get_if<BoardWork>(&answer)) {
            require(!work->places.empty(), "work has a place");
            require(may(who, before.at(work->job)), "boards are their owner's");
        }
        (void)service_.upgrade(request, now_);
        for (const auto& [id, owner] : before) {
            require(controller_.jobs().contains(id) || (named && may(who, owner)),
                    "a job is ended by its owner alone");
        }
        settle(random);
    }

    static void frame(Random& random) {
        std::string bytes(random() % 40, '\0');
        for (char& c : bytes) c = static_cast<char>(random() % 8 == 0 ? random() : random() % 6);
        if (bytes.size() >= 4) bytes[1] = bytes[2] = bytes[3] = 0;
        const ProxyRequest decoded = decode_proxy_frame(bytes);
        if (const auto* message = std::get_if<Datagram>(&decoded)) {
            require(message->payload.size() == bytes.size() - 8, "the payload is the rest");
            require(encode_received(message->channel, message->payload) == bytes, "and back");
        }
    }

 private:
    static std::string token(const std::string& who) { return who + std::string(64, 'x'); }
    static rest::Users users() {
        return rest::Users::parse("ada user " + hash_token(token("ada")) + "\nbob user " +
                                      hash_token(token("bob")) + "\nroot admin " +
                                      hash_token(token("root")) + "\neve reader " +
                                      hash_token(token("eve")),
                                  "users");
    }
    static bool may(const std::string& who, const std::string& owner) {
        return who == "root" || (who == owner && who != "eve");
    }
    static std::string target(Random& random) {
        static const std::vector<std::string> tops = {
            "/srv/spalloc/",        "/srv/spalloc/machines",
            "/srv/spalloc/jobs",    "/srv/spinnlab/overview",
            "/system/login.html",   "/system/perform_login",
            "/system/logout",       "/spalloc/proxy/1",
            "/srv/spinnlab/events", "/"};
        static const std::vector<std::string> below = {
            "",        "/keepalive",      "/machine",         "/machine/power", "/chip",
            "/memory", "/fast-data-read", "/fast-data-write", "/router",        "/report-issue"};
        static const std::vector<std::string> lookups = {"/logical-board", "/physical-board",
                                                         "/chip", "/board-ip", ""};
        static const std::vector<std::string> names = {
            "x",     "y",     "z",       "cabinet", "frame",  "board", "wait", "deleted",
            "limit", "start", "address", "size",    "reason", "12",    "0"};
        std::string path;
        switch (random() % 4) {
            case 0: path = any(tops, random); break;
            case 1: path = "/srv/spalloc/machines/m" + any(lookups, random); break;
            default:
                path = "/srv/spalloc/jobs/" + std::to_string(random() % 12) + any(below, random);
        }
        char next = '?';
        for (auto n = random() % 5; n > 0; --n) {
            path += next + any(names, random) + "=" +
                    any({"0", "1", "3", "true", "false", "127.0.0.1", "0x60000000", "99999999999",
                         "-1"},
                        random);
            next = '&';
        }
        return path;
    }
    static std::string body(Random& random) {
        static const std::vector<std::string> bodies = {
            R"({"keepalive-interval": "PT60S"})",
            R"({"keepalive-interval": "PT60S", "num-boards": 4, "tags": ["default"]})",
            R"({"keepalive-interval": "PT60S", "dimensions": {"width": 2, "height": 1}})",
            R"({"keepalive-interval": "PT60S", "board": {"x": 1, "y": 1, "z": 1}})",
            R"({"keepalive-interval": "PT60S", "board": {"cabinet": 0, "frame": 0, "board": 3}})",
            R"({"keepalive-interval": "PT60S", "owner": "ada", "max-dead-boards": 1})",
            R"({"power": "ON"})",
            R"({"power": "OFF"})",
            R"({"issue": "warm", "boards": [{"chip": [0, 0]}]})",
            "_csrf=1&username=ada&password=x",
            "",
            "[[[[[[[["};
        return any(bodies, random);
    }
    static void check(const Response& response, bool named) {
        const auto status = static_cast<unsigned>(response.status);
        require(status >= 200 && status < 600, "a status");
        if (response.type == "application/json") {
            require(!json::parse(response.body, nullptr, false).is_discarded(), "JSON is JSON");
        }
        require(named || status >= 400 || response.type.starts_with("text/html"),
                "strangers see the form alone");
        require(status < 400 || response.body.find("message") != std::string::npos, "a reason");
    }
    [[nodiscard]] std::map<JobId, std::string> owners() const {
        std::map<JobId, std::string> all;
        for (const auto& [id, job] : controller_.jobs()) all[id] = job.request.owner;
        return all;
    }
    void settle(Random& random) {
        now_.monotonic_s += random() % 3;
        now_.unix_s += 1;
        if (random() % 50 == 0) controller_.advance(now_);
        for (const PowerOrder& order : controller_.take_orders()) {
            const auto job = controller_.jobs().find(order.job);
            if (order.on && job != controller_.jobs().end() && random() % 8 != 0) {
                controller_.set_addresses(
                    order.job,
                    std::vector<std::string>(job->second.allocation->boards.size(), "127.0.0.1"));
            }
            if (random() % 8 != 0) controller_.power_done(order.job, order.order, now_);
        }
        const Changes changes = controller_.take_changes();
        service_.note(changes, now_);
        require(!json::parse(Service::event(changes), nullptr, false).is_discarded(), "an event");
    }

    Controller controller_;
    Service service_;
    std::string cookie_ = "JSESSIONID=" + std::string(64, '0');
    Moment now_;
};

std::uint64_t run(Random& random) {
    World world;
    for (std::uint64_t i = 0; i < kRequestsASeed; ++i) {
        world.request(random);
        World::frame(random);
    }
    return kRequestsASeed;
}

}  // namespace

int main(int argc, char** argv) { return spinnlab::fuzz::main(argc, argv, run); }
