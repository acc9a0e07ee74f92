// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "spinnlab/alloc/protocol/arguments.hpp"
#include "spinnlab/alloc/protocol/job_request.hpp"
#include "spinnlab/alloc/protocol/watch.hpp"

namespace spinnlab::alloc::protocol {
namespace {

constexpr std::size_t kMostLeases = 1'000;   ///< of one client
constexpr const char* kHidden = "<hidden>";  ///< who owns what another user has

json list_of(BoardXYZ board) { return {board.x, board.y, board.z}; }
json list_of(ChipXY chip) { return {chip.x, chip.y}; }
json list_of(BoardPosition at) { return {at.cabinet, at.frame, at.board}; }

json list_of(const std::vector<BoardXYZ>& boards) {
    json list = json::array();
    for (const BoardXYZ& board : boards) list.push_back(list_of(board));
    return list;
}

/// `seen`: the reader may know whose it is, and what its owner has said.
json description_of(const Job& job, bool seen) {
    return {{"job_id", job.id},
            {"owner", seen ? job.request.owner : kHidden},
            {"user", seen ? json(job.user) : json(nullptr)},
            {"start_time", job.start_unix_s},
            {"keepalive", or_null(job.request.keepalive_s)},
            {"state", static_cast<int>(job.state)},
            {"power", job.allocation ? json(job.power) : json(nullptr)},
            {"args", seen ? json::parse(job.request.args_json) : json::array()},
            {"kwargs", seen ? json::parse(job.request.kwargs_json) : json::object()},
            {"allocated_machine_name", job.allocation ? json(job.machine) : json(nullptr)},
            {"boards", job.allocation ? list_of(job.allocation->boards) : json(nullptr)},
            {"keepalivehost", seen ? json(job.last_host) : json(nullptr)}};
}

json description_of(const Installation& machine) {
    json dead_links = json::array();
    for (const BoardLink& link : machine.dead_links()) {
        dead_links.push_back(
            {link.board.x, link.board.y, link.board.z, static_cast<int>(link.direction)});
    }
    return {{"name", machine.name()},
            {"tags", machine.tags()},
            {"width", machine.width()},
            {"height", machine.height()},
            {"dead_boards", list_of(machine.dead_boards())},
            {"dead_links", dead_links}};
}

json description_of(const std::optional<Location>& location) {
    if (!location) return nullptr;
    return {{"machine", location->machine},
            {"logical", list_of(location->logical)},
            {"physical", list_of(location->physical)},
            {"chip", list_of(location->chip)},
            {"board_chip", list_of(location->board_chip)},
            {"job_id", or_null(location->job)},
            {"job_chip", location->job_chip ? list_of(*location->job_chip) : json(nullptr)}};
}

JobId job_id(const Call& call) {
    return Arguments(call.args, call.kwargs, {"job_id"}).integer("job_id");
}

template <class T>
std::set<T> chosen(const std::set<T>& changed, const std::optional<std::set<T>>& watched) {
    if (!watched) return changed;
    std::set<T> both;
    std::set_intersection(changed.begin(), changed.end(), watched->begin(), watched->end(),
                          std::inserter(both, both.end()));
    return both;
}

/// An error's text as one line; the way out follows what is wrong.
std::string one_line(std::string text) {
    for (std::size_t at = text.find("\n  "); at != std::string::npos; at = text.find("\n  ", at)) {
        const bool ended = at > 0 && (text[at - 1] == '.' || text[at - 1] == ':');
        text.replace(at, 3, ended ? " " : ". ");
    }
    return text;
}

}  // namespace

Session::Session(Controller& controller, Caller caller, std::string host, Service service)
    : controller_(&controller),
      caller_(std::move(caller)),
      host_(std::move(host)),
      service_(std::move(service)) {}

Session::Session(Controller& controller, std::string host, std::string version)
    : Session(controller, the_daemon(), std::move(host),
              Service{std::move(version), 0, false, nullptr}) {}

Session::Handler Session::handler(std::string_view command) {
    static constexpr std::array<std::pair<std::string_view, Handler>, 34> kHandlers = {{
        {"version", &Session::version},
        {"create_job", &Session::create_job},
        {"job_keepalive", &Session::job_keepalive},
        {"get_job_state", &Session::get_job_state},
        {"get_job_machine_info", &Session::get_job_machine_info},
        {"power_on_job_boards", &Session::power_on_job_boards},
        {"power_off_job_boards", &Session::power_off_job_boards},
        {"destroy_job", &Session::destroy_job},
        {"notify_job", &Session::notify_job},
        {"no_notify_job", &Session::no_notify_job},
        {"notify_machine", &Session::notify_machine},
        {"no_notify_machine", &Session::no_notify_machine},
        {"list_jobs", &Session::list_jobs},
        {"list_machines", &Session::list_machines},
        {"get_board_position", &Session::get_board_position},
        {"get_board_at_position", &Session::get_board_at_position},
        {"where_is", &Session::where_is},
        {"report_problem", &Session::report_problem},
        {"lease", &Session::lease},
        {"about", &Session::about},
        {"job_status", &Session::job_status},
        {"set_quota", &Session::set_quota},
        {"get_quotas", &Session::get_quotas},
        {"begin_run", &Session::begin_run},
        {"run_progress", &Session::run_progress},
        {"end_run", &Session::end_run},
        {"list_runs", &Session::list_runs},
        {"notify_run", &Session::notify_run},
        {"no_notify_run", &Session::no_notify_run},
        {"user_activity", &Session::user_activity},
        {"boards_wanted", &Session::boards_wanted},
        {"release_user", &Session::release_user},
        {"open_http_session", &Session::open_http_session},
        {"close_http_sessions", &Session::close_http_sessions},
    }};
    for (const auto& [name, function] : kHandlers) {
        if (name == command) return function;
    }
    return nullptr;
}

std::variant<std::string, Malformed> Session::answer(std::string_view line, Moment now) {
    const auto decoded = decode_call(line);
    if (const auto* malformed = std::get_if<Malformed>(&decoded)) return *malformed;
    const Call& call = std::get<Call>(decoded);
    const Handler function = handler(call.command);
    if (function == nullptr) return Malformed{"no such command"};
    try {
        return encode_return((this->*function)(call, now));
    } catch (const Error& error) {
        return encode_exception(one_line(error.what()));
    }
}

std::string Session::notifications(const Changes& changes) const {
    std::string lines;
    const std::set<JobId> jobs = chosen(changes.jobs, watched_jobs_);
    if (!jobs.empty()) lines += encode_jobs_changed(jobs);
    const std::set<std::string> machines = chosen(changes.machines, watched_machines_);
    if (!machines.empty()) lines += encode_machines_changed(machines);
    std::set<RunId> runs;
    for (const auto& [run, user] : changes.runs) {
        if (caller_.admin || user == caller_.user) runs.insert(run);
    }
    runs = chosen(runs, watched_runs_);
    if (!runs.empty()) lines += encode_runs_changed(runs);
    return lines;
}

void Session::close(Moment now) {
    for (const LeaseId lease : std::exchange(leases_, {})) controller_->end_lease(lease, now);
    for (const RunId run : std::exchange(runs_, {})) controller_->end_run(run, caller_);
}

json Session::version(const Call& call, Moment) {
    const Arguments none(call.args, call.kwargs, {});
    return service_.version;
}

json Session::create_job(const Call& call, Moment now) {
    return controller_->create_job(parse_job_request(call.args, call.kwargs), caller_, host_, now);
}

json Session::job_keepalive(const Call& call, Moment now) {
    controller_->keep_alive(own_job(call), host_, now);
    return nullptr;
}

json Session::get_job_state(const Call& call, Moment now) {
    const JobId id = job_id(call);
    JobStatus status;
    if (controller_->may_change(id, caller_)) {
        status = controller_->status(id, host_, now);
    } else {  // another user's: no more than list_jobs tells, and it is not kept alive
        status.state = JobState::Destroyed;
        if (const auto job = controller_->jobs().find(id); job != controller_->jobs().end()) {
            status.state = job->second.state;
            if (job->second.allocation) status.power = job->second.power;
            status.keepalive_s = job->second.request.keepalive_s;
            status.start_unix_s = job->second.start_unix_s;
        }
    }
    return {{"state", static_cast<int>(status.state)},    {"power", or_null(status.power)},
            {"keepalive", or_null(status.keepalive_s)},   {"reason", or_null(status.reason)},
            {"start_time", or_null(status.start_unix_s)}, {"keepalivehost", or_null(status.host)}};
}

json Session::get_job_machine_info(const Call& call, Moment now) {
    const Job* job = controller_->allocated_job(own_job(call), host_, now);
    if (job == nullptr) {
        return {{"width", nullptr},
                {"height", nullptr},
                {"connections", nullptr},
                {"machine_name", nullptr},
                {"boards", nullptr}};
    }
    const Allocation& allocation = *job->allocation;
    json connections = nullptr;
    if (job->addresses.size() == allocation.boards.size()) {
        connections = json::array();
        for (std::size_t i = 0; i < job->addresses.size(); ++i) {
            const ChipXY chip = allocation.job_chip(allocation.boards[i]);
            connections.push_back({list_of(chip), job->addresses[i]});
        }
    }
    const ChipXY size = allocation.size_in_chips();
    return {{"width", size.x},
            {"height", size.y},
            {"connections", connections},
            {"machine_name", job->machine},
            {"boards", list_of(allocation.boards)}};
}

json Session::power_on_job_boards(const Call& call, Moment now) {
    controller_->set_power(own_job(call), true, caller_, host_, now);
    return nullptr;
}

json Session::power_off_job_boards(const Call& call, Moment now) {
    controller_->set_power(own_job(call), false, caller_, host_, now);
    return nullptr;
}

json Session::destroy_job(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"job_id", "reason"});
    const JobId id = arguments.integer("job_id");
    controller_->require_own(id, caller_);
    controller_->destroy_job(id, arguments.optional_text("reason"), caller_, now);
    return nullptr;
}

json Session::notify_job(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"job_id"});
    watch(watched_jobs_, arguments.optional_integer("job_id"));
    return nullptr;
}

json Session::no_notify_job(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"job_id"});
    unwatch(watched_jobs_, arguments.optional_integer("job_id"));
    return nullptr;
}

json Session::notify_machine(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"machine_name"});
    watch(watched_machines_, arguments.optional_text("machine_name"));
    return nullptr;
}

json Session::no_notify_machine(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"machine_name"});
    unwatch(watched_machines_, arguments.optional_text("machine_name"));
    return nullptr;
}

json Session::list_jobs(const Call& call, Moment) {
    const Arguments none(call.args, call.kwargs, {});
    json list = json::array();
    for (const auto& [id, job] : controller_->jobs()) {
        list.push_back(description_of(job, sees(job.uid, job.user)));
    }
    return list;
}

json Session::list_machines(const Call& call, Moment) {
    const Arguments none(call.args, call.kwargs, {});
    json list = json::array();
    for (const Installation* machine : controller_->machines()) {
        list.push_back(description_of(*machine));
    }
    return list;
}

json Session::get_board_position(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"machine_name", "x", "y", "z"});
    const auto location =
        controller_->where_is_board(arguments.text("machine_name"), arguments.integer("x"),
                                    arguments.integer("y"), arguments.integer("z"));
    return location ? list_of(location->physical) : json(nullptr);
}

json Session::get_board_at_position(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"machine_name", "x", "y", "z"});
    const auto location =
        controller_->where_is_position(arguments.text("machine_name"), arguments.integer("x"),
                                       arguments.integer("y"), arguments.integer("z"));
    return location ? list_of(location->logical) : json(nullptr);
}

json Session::where_is(const Call& call, Moment) {
    std::set<std::string> names;
    for (const auto& [name, value] : call.kwargs.items()) names.insert(name);
    const Arguments arguments(
        json::array(), call.kwargs,
        {"machine", "job_id", "x", "y", "z", "cabinet", "frame", "board", "chip_x", "chip_y"});
    const auto number = [&](std::string_view name) { return arguments.integer(name); };
    if (call.args.empty() && names == std::set<std::string>{"machine", "x", "y", "z"}) {
        return description_of(controller_->where_is_board(arguments.text("machine"), number("x"),
                                                          number("y"), number("z")));
    }
    if (call.args.empty() &&
        names == std::set<std::string>{"machine", "cabinet", "frame", "board"}) {
        return description_of(controller_->where_is_position(
            arguments.text("machine"), number("cabinet"), number("frame"), number("board")));
    }
    if (call.args.empty() && names == std::set<std::string>{"machine", "chip_x", "chip_y"}) {
        return description_of(controller_->where_is_chip(arguments.text("machine"),
                                                         number("chip_x"), number("chip_y")));
    }
    if (call.args.empty() && names == std::set<std::string>{"job_id", "chip_x", "chip_y"}) {
        controller_->require_own(number("job_id"), caller_);
        return description_of(
            controller_->where_is_job_chip(number("job_id"), number("chip_x"), number("chip_y")));
    }
    throw ArgumentError(fmt::format("Invalid arguments: {}", fmt::join(names, ", ")),
                        "Name machine, x, y, z; machine, cabinet, frame, board; machine, chip_x, "
                        "chip_y; or job_id, chip_x, chip_y.");
}

json Session::report_problem(const Call& call, Moment) {
    // A board in software does not break: the report is checked, and that is all.
    const Arguments arguments(call.args, call.kwargs, {"ip", "x", "y", "p", "description"});
    (void)arguments.text("ip");
    return nullptr;
}

json Session::lease(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"owner"});
    const std::string owner = arguments.text("owner");
    if (leases_.size() >= kMostLeases || owner.size() > kLongestText_bytes) {
        throw AllocationError("too many leases by one client, or too long a name",
                              "One lease for one owner is enough.");
    }
    leases_.push_back(controller_->lease(caller_, owner));
    return nullptr;
}

JobId Session::own_job(const Call& call) const {
    const JobId id = job_id(call);
    controller_->require_own(id, caller_);
    return id;
}

}  // namespace spinnlab::alloc::protocol
