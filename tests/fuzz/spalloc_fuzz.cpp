// SPDX-License-Identifier: Apache-2.0
// Lines of two clients, calls and spoilt ones, through the sessions of one allocator. Every answer
// must be one line of JSON, no board may have two jobs, and a saved state must be restored as it
// was.
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/memory_store.hpp"
#include "spinnlab/alloc/protocol/session.hpp"

namespace {

using namespace spinnlab::alloc;
using nlohmann::json;
using spinnlab::fuzz::Random;
using spinnlab::fuzz::require;

constexpr std::uint64_t kLinesASeed = 2'000;

json value(Random& random, int depth = 0) {
    switch (random() % 14) {
        case 0: return nullptr;
        case 1: return static_cast<std::int64_t>(std::uint64_t{random()} << 32 | random());
        case 2: return std::uint64_t{random()} << 32 | random();
        case 3: return static_cast<double>(random()) * 1e-6 - 1000;
        case 4: return random() % 2 == 0;
        case 5: return std::string(random() % 20, static_cast<char>('a' + random() % 26));
        case 6: return "m";
        case 7:
            if (depth < 3) return json::array({value(random, depth + 1), value(random, depth + 1)});
            return 1;
        case 8:
            if (depth < 3) return json{{"a", value(random, depth + 1)}};
            return "default";
        default: return static_cast<int>(random() % 6);
    }
}

std::string call(Random& random) {
    static const std::vector<std::string> commands = {"version",
                                                      "create_job",
                                                      "create_job",
                                                      "create_job",
                                                      "job_keepalive",
                                                      "get_job_state",
                                                      "destroy_job",
                                                      "get_job_machine_info",
                                                      "notify_job",
                                                      "power_on_job_boards",
                                                      "no_notify_job",
                                                      "power_off_job_boards",
                                                      "notify_machine",
                                                      "no_notify_machine",
                                                      "list_jobs",
                                                      "list_machines",
                                                      "get_board_position",
                                                      "get_board_at_position",
                                                      "where_is",
                                                      "report_problem",
                                                      "lease",
                                                      "about",
                                                      "job_status",
                                                      "set_quota",
                                                      "get_quotas",
                                                      "begin_run",
                                                      "run_progress",
                                                      "end_run",
                                                      "list_runs",
                                                      "notify_run",
                                                      "no_notify_run",
                                                      "user_activity",
                                                      "boards_wanted",
                                                      "release_user",
                                                      "nothing"};
    static const std::vector<std::string> names = {
        "owner",  "keepalive", "machine",       "tags",    "min_ratio", "max_dead_boards",
        "job_id", "x",         "require_torus", "chip_x",  "chip_y",    "max_dead_links",
        "y",      "z",         "machine_name",  "cabinet", "frame",     "board",
        "ip",     "reason",    "description",   "client",  "user",      "boards",
        "jobs",   "priority",  "board_seconds", "run",     "label",     "threads_wanted",
        "text",   "fraction",  "usage_anew"};
    json args = json::array();
    for (auto n = random() % 4; n > 0; --n) args.push_back(value(random));
    json kwargs = json::object();
    for (auto n = random() % 5; n > 0; --n) kwargs[names[random() % names.size()]] = value(random);
    if (random() % 2) kwargs["owner"] = "ada";
    const json line = {{"command", commands[random() % commands.size()]},
                       {"args", std::move(args)},
                       {"kwargs", std::move(kwargs)}};
    return line.dump();
}

std::string spoilt(std::string line, Random& random) {
    switch (random() % 6) {
        case 0: line[random() % line.size()] = static_cast<char>(random()); return line;
        case 1: return line.substr(0, random() % line.size());
        case 2:
            return line.insert(random() % line.size(), 1 + random() % 40,
                               "[{\"\\}]:,"[random() % 8]);
        case 3: {
            std::string bytes(random() % 100, ' ');
            for (char& c : bytes) c = static_cast<char>(random());
            return bytes;
        }
        default: return line;
    }
}

/// The allocator with its clock, clients and boards.
class World {
 public:
    void line(Random& random) {
        protocol::Session& session = random() % 2 ? *first_ : *second_;
        const auto answer = session.answer(spoilt(call(random), random), now_);
        if (const auto* text = std::get_if<std::string>(&answer)) check_line(*text);
        check_lines(session.notifications(controller_->take_changes()));
        now_.monotonic_s += random() % 8;
        if (random() % 4 == 0) controller_->advance(now_);
        if (random() % 2) switch_boards(random);
        if (random() % 50 == 0) session.close(now_);
        if (random() % 100 == 0) check_boards();
        if (random() % 200 == 0) restart();
    }

 private:
    static void check_line(const std::string& text) {
        require(!text.empty() && text.find('\n') == text.size() - 1, "an answer is one line");
        const json parsed = json::parse(text, nullptr, false);
        require(parsed.is_object() && parsed.size() == 1, "an answer is an object");
        require(parsed.contains("return") || parsed.contains("exception"), "of a known kind");
    }
    static void check_lines(const std::string& text) {
        require(text.empty() || text.back() == '\n', "notifications are whole lines");
    }
    void switch_boards(Random& random) {
        for (const PowerOrder& order : controller_->take_orders()) {
            if (random() % 16 == 0 && !order.for_good) {
                controller_->power_failed(order.job, "failed", now_);
            } else {
                controller_->power_done(order.job, order.order, now_);
            }
        }
    }
    void check_boards() const {
        std::set<BoardXYZ> taken;
        for (const auto& [id, job] : controller_->jobs()) {
            if (!job.allocation) continue;
            for (const BoardXYZ& board : job.allocation->boards) {
                require(taken.insert(board).second, "no board twice");
            }
        }
    }
    void restart() {
        controller_->flush();
        const Saved saved = store_.saved();
        const auto live = controller_->jobs().size();
        make();
        controller_->restore(saved, now_);
        require(saved.jobs.size() == live, "all live jobs are stored");
        controller_->flush();
        // Quotas may have become too small for jobs that wait; then those have ended.
        require(controller_->jobs().size() == store_.saved().jobs.size(), "what is live is stored");
    }
    void make() {
        controller_ = std::make_unique<Controller>(
            std::vector{parse_installation("m=frame;dead_boards=1,0,2;dead_links=0,0,0,0")},
            ControllerOptions{1, 20});
        controller_->use_store(&store_);
        first_ =
            std::make_unique<protocol::Session>(*controller_, Caller{0, "root", true}, "first");
        second_ = std::make_unique<protocol::Session>(*controller_, Caller{1, "ada"}, "second");
    }

    MemoryStore store_;
    std::unique_ptr<Controller> controller_;
    std::unique_ptr<protocol::Session> first_;
    std::unique_ptr<protocol::Session> second_;
    Moment now_;

 public:
    World() { make(); }
};

std::uint64_t run(Random& random) {
    World world;
    for (std::uint64_t i = 0; i < kLinesASeed; ++i) world.line(random);
    return kLinesASeed;
}

}  // namespace

int main(int argc, char** argv) { return spinnlab::fuzz::main(argc, argv, run); }
