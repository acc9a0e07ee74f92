// SPDX-License-Identifier: Apache-2.0
// Service's routes below jobs.
#include <fmt/format.h>

#include <algorithm>

#include "spinnlab/alloc/rest/call.hpp"
#include "spinnlab/alloc/rest/job_request.hpp"
#include "spinnlab/machine/board_geometry.hpp"

namespace spinnlab::alloc::rest {
namespace {

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kLongestPage = 1'000;
constexpr std::int64_t kOwnEthernet = 255;
constexpr std::uint32_t kFilters = 16;  ///< of a router's diagnostic counters

Response no_content() {
    Response response;
    response.status = Status::NoContent;
    return response;
}

Answer power_response(bool on) { return json_response(Status::Ok, {{"power", on ? "ON" : "OFF"}}); }

void require_json(const std::string& content_type) {
    if (!has_type(content_type, "application/json")) {
        refuse(Status::WrongType, "send application/json");
    }
}

/// Of a page's neighbour in the list of jobs.
std::string page_url(const Base& base, bool deleted, std::int64_t start, std::int64_t limit) {
    return fmt::format("{}?deleted={}&start={}&limit={}", base.jobs(), deleted, start, limit);
}

bool identifies_board(const json& board) {
    const auto has = [&](std::initializer_list<const char*> names) {
        return std::all_of(names.begin(), names.end(),
                           [&](const char* name) { return board.contains(name); });
    };
    return board.is_object() && (has({"chip"}) || has({"x", "y", "z"}) ||
                                 has({"cabinet", "frame", "board"}) || has({"address"}));
}

}  // namespace

Answer Service::jobs(Call& call, Moment now, bool may_wait) {
    if (call.path.size() == 1) {
        if (call.method() == "GET") return list_jobs(call, may_wait);
        if (call.method() == "POST") return create_job(call, now);
        refuse_method(call.method(), "GET and POST");
    }
    return one_job(call, integer_parameter({{"job", call.path[1]}}, "job", 1, INT64_MAX), now,
                   may_wait);
}

Answer Service::list_jobs(const Call& call, bool may_wait) const {
    const bool deleted = flag_parameter(call.query(), "deleted");
    const std::int64_t limit =
        integer_parameter(call.query(), "limit", 1, kLongestPage, kDefaultPage);
    const std::int64_t start = integer_parameter(call.query(), "start", 0, INT32_MAX, 0);
    if (flag_parameter(call.query(), "wait") && may_wait) return Wait{};
    std::vector<JobId> ids;
    for (const auto& [id, job] : controller_->jobs()) ids.push_back(id);
    if (deleted) {
        for (const auto& [id, record] : records_) {
            if (record.finish_unix_s) ids.push_back(id);
        }
        std::sort(ids.begin(), ids.end());
    }
    const auto count = static_cast<std::int64_t>(ids.size());
    json page = {{"jobs", json::array()}};
    for (std::int64_t i = start; i < std::min(count, start + limit); ++i) {
        page["jobs"].push_back(call.base.job(ids[static_cast<std::size_t>(i)]));
    }
    if (start > 0) {
        page["prev"] =
            page_url(call.base, deleted, std::max<std::int64_t>(0, start - limit), limit);
    }
    if (start + limit < count) page["next"] = page_url(call.base, deleted, start + limit, limit);
    return json_response(Status::Ok, page);
}

Answer Service::create_job(const Call& call, Moment now) {
    require(call, Role::User);
    require_json(call.content_type());
    JobRequest request = parse_job(call.request->body, *call.who, *controller_);
    const bool own = request.owner == call.who->name;
    const Caller by = own ? caller_of(*call.who) : Caller{kNoUserId, request.owner, true};
    const JobId id = controller_->create_job(std::move(request), by, call.request->peer, now);
    const auto job = controller_->jobs().find(id);
    if (job == controller_->jobs().end()) {
        // No machine could ever serve it; the published client shows the text of a refusal only.
        const JobStatus status = controller_->status(id, call.request->peer, now);
        refuse(Status::BadRequest, status.reason.value_or("the job ended at once"));
    }
    records_[id] = {owner_of(job->second), now.unix_s, std::nullopt};
    Response response =
        json_response(Status::Created, {{"job-ref", call.base.job(id)},
                                        {"state", state_name(job->second.state)},
                                        {"keepalive-ref", call.base.job(id) + "/keepalive"}});
    response.headers.emplace_back("Location", call.base.job(id));
    return response;
}

Answer Service::one_job(const Call& call, JobId id, Moment now, bool may_wait) {
    const auto found = controller_->jobs().find(id);
    if (found == controller_->jobs().end()) return gone_job(call, id, now);
    const Job& job = found->second;
    const bool own = owns(*call.who, owner_of(job));
    const std::string& method = call.method();
    std::string below;
    for (std::size_t i = 2; i < call.path.size(); ++i) below += (i > 2 ? "/" : "") + call.path[i];
    if (below.empty() && method == "GET") {
        if (flag_parameter(call.query(), "wait") && may_wait) return Wait{id};
        return json_response(Status::Ok, job_state(job, own, call.base));
    }
    if (!own) {
        refuse(Status::Forbidden, fmt::format("job {} is somebody else's", id));
    }
    if (below.empty()) {
        if (method != "DELETE") refuse_method(method, "GET and DELETE");
        const auto reason = call.query().find("reason");
        controller_->destroy_job(id, reason == call.query().end() ? std::string() : reason->second,
                                 caller_of(*call.who), now);
        return no_content();
    }
    if (below == "keepalive") {
        if (method != "PUT") refuse_method(method, "PUT");
        controller_->keep_alive(id, call.request->peer, now);
        return no_content();
    }
    if (below == "machine") {
        if (method != "GET") refuse_method(method, "GET");
        return job.allocation ? json_response(Status::Ok, job_machine(job, call.base))
                              : no_content();
    }
    if (below == "machine/power") return power(call, job, now);
    if (below == "chip") return chip(call, id);
    if (below == "report-issue") return report_issue(call, job);
    return board_work(call, job);
}

/// A job that was, or never was.
Answer Service::gone_job(const Call& call, JobId id, Moment now) {
    const JobStatus status = controller_->status(id, call.request->peer, now);
    if (status.state != JobState::Destroyed) {
        refuse(Status::NotFound, fmt::format("there is no job {}", id));
    }
    const auto record = records_.find(id);
    const bool own = record == records_.end() ? call.who->role == Role::Admin
                                              : owns(*call.who, record->second.owner);
    if (call.path.size() == 2 && call.method() == "GET") {
        json told = {{"state", state_name(JobState::Destroyed)}};
        if (record != records_.end()) {
            told["start-time"] = iso_time(record->second.start_unix_s);
            if (record->second.finish_unix_s) {
                told["finish-time"] = iso_time(*record->second.finish_unix_s);
            }
            if (own) told["owner"] = record->second.owner.user;
        }
        if (own && status.reason) told["reason"] = *status.reason;
        return json_response(Status::Ok, told);
    }
    if (!own) refuse(Status::Forbidden, fmt::format("job {} was somebody else's", id));
    if (call.path.size() == 2 && call.method() == "DELETE") return no_content();
    refuse(Status::Gone, fmt::format("job {} was destroyed: {}", id,
                                     status.reason.value_or("no reason was given")));
}

Answer Service::power(const Call& call, const Job& job, Moment now) {
    if (call.method() == "GET") return job.allocation ? power_response(job.power) : no_content();
    if (call.method() != "PUT" && call.method() != "POST") {
        refuse_method(call.method(), "GET, PUT and POST");
    }
    require_json(call.content_type());
    const auto posted = parse_json(call.request->body);
    const bool object = posted && posted->is_object() && posted->contains("power");
    const bool on = object && (*posted)["power"] == "ON";
    if (!on && !(object && (*posted)["power"] == "OFF")) {
        refuse(Status::BadRequest, R"(send {"power": "ON"} or {"power": "OFF"})");
    }
    if (!job.allocation) {
        refuse(Status::Conflict,
               fmt::format("job {} has no boards yet; wait until it is READY", job.id));
    }
    controller_->set_power(job.id, on, caller_of(*call.who), call.request->peer, now);
    return power_response(on);
}

Answer Service::chip(const Call& call, JobId id) const {
    if (call.method() != "GET") refuse_method(call.method(), "GET");
    const auto location =
        controller_->where_is_job_chip(id, integer_parameter(call.query(), "x", 0, 255, 0),
                                       integer_parameter(call.query(), "y", 0, 255, 0));
    return location ? json_response(Status::Ok, place(*location, call.base)) : no_content();
}

Answer Service::report_issue(const Call& call, const Job& job) const {
    if (call.method() != "POST") refuse_method(call.method(), "POST");
    require_json(call.content_type());
    const auto report = parse_json(call.request->body);
    const bool good =
        report && report->is_object() && report->contains("issue") &&
        (*report)["issue"].is_string() && !(*report)["issue"].empty() &&
        (!report->contains("boards") ||
         ((*report)["boards"].is_array() &&
          std::all_of((*report)["boards"].begin(), (*report)["boards"].end(), identifies_board)));
    if (!good) {
        refuse(Status::BadRequest,
               "send an issue, which is a text, and boards, each with chip; x, y, z; cabinet, "
               "frame, board; or address");
    }
    return json_response(
        Status::Ok,
        {{"action", fmt::format("none: the boards of job {} are software, which does not break; "
                                "switching them off and on makes them new",
                                job.id)}});
}

// --- what needs the boards --------------------------------------------------------------------

Answer Service::board_work(const Call& call, const Job& job) const {
    const bool memory = call.path.size() == 3 && call.path[2] == "memory";
    const bool fast_read = call.path.size() == 3 && call.path[2] == "fast-data-read";
    const bool fast_write = call.path.size() == 3 && call.path[2] == "fast-data-write";
    const bool router = call.path.size() == 3 && call.path[2] == "router";
    if (!memory && !fast_read && !fast_write && !router) {
        refuse(Status::NotFound, "a job has no such part");
    }
    const std::string& method = call.method();
    if (memory && method != "GET" && method != "POST") refuse_method(method, "GET and POST");
    if (fast_read && method != "GET") refuse_method(method, "GET");
    if (fast_write && method != "POST") refuse_method(method, "POST");
    if (router && method != "DELETE") refuse_method(method, "DELETE");
    if (job.state != JobState::Ready || !job.power) {
        refuse(Status::Conflict,
               fmt::format("job {} is {}{}; its boards answer when it is READY and switched on",
                           job.id, state_name(job.state), job.power ? "" : " and switched off"));
    }
    return router ? reset_work(call, job) : memory_work(call, job);
}

BoardWork Service::memory_work(const Call& call, const Job& job) const {
    const Parameters& query = call.query();
    const std::int64_t x = integer_parameter(query, "x", 0, 255, 0);
    const std::int64_t y = integer_parameter(query, "y", 0, 255, 0);
    // The published transceiver asks chip 255, 255, a board's own name for its Ethernet chip, for
    // what the root knows.
    const bool root = x == kOwnEthernet && y == kOwnEthernet;
    const auto board = root ? board_address(job.id, 0, 0) : board_address(job.id, x, y);
    if (!board) {
        refuse(Status::BadRequest, fmt::format("job {} has no chip {}, {}", job.id, x, y));
    }
    BoardWork work;
    work.job = job.id;
    work.places = {{*board, {static_cast<int>(x), static_cast<int>(y)}}};
    work.address = static_cast<std::uint32_t>(integer_parameter(query, "address", 0, UINT32_MAX));
    std::size_t size_bytes = 0;
    if (call.method() == "GET") {
        work.kind = BoardWork::Kind::Read;
        work.size_bytes = static_cast<std::size_t>(
            integer_parameter(query, "size", 0, static_cast<std::int64_t>(kLargestData_bytes)));
        size_bytes = work.size_bytes;
    } else {
        if (!has_type(call.content_type(), kBytes)) {
            refuse(Status::WrongType, fmt::format("send {}", kBytes));
        }
        work.kind = BoardWork::Kind::Write;
        work.data = call.request->body;
        size_bytes = work.data.size();
    }
    if (work.address + size_bytes > std::uint64_t{UINT32_MAX} + 1) {
        refuse(Status::BadRequest, fmt::format("{} bytes from {:#x} on pass the end of the memory",
                                               size_bytes, work.address));
    }
    return work;
}

BoardWork Service::reset_work(const Call& call, const Job& job) const {
    BoardWork work;
    work.kind = BoardWork::Kind::ResetRouters;
    work.job = job.id;
    for (const auto& [name, value] : call.query()) {
        const auto number = static_cast<std::uint32_t>(
            integer_parameter({{"filter", name}}, "filter", 0, kFilters - 1));
        work.filters[number] =
            static_cast<std::uint32_t>(integer_parameter(call.query(), name, 0, UINT32_MAX));
    }
    const Allocation& allocation = *job.allocation;
    const ChipXY size = allocation.size_in_chips();
    for (std::size_t i = 0; i < allocation.boards.size() && i < job.addresses.size(); ++i) {
        const ChipXY root = allocation.job_chip(allocation.boards[i]);
        for (const ChipXY local : machine::board_chips(5)) {
            work.places.push_back(
                {job.addresses[i], {(root.x + local.x) % size.x, (root.y + local.y) % size.y}});
        }
    }
    return work;
}

std::optional<std::string> Service::board_address(JobId id, std::int64_t x, std::int64_t y) const {
    const auto job = controller_->jobs().find(id);
    if (job == controller_->jobs().end() || !job->second.allocation) return std::nullopt;
    const auto location = controller_->where_is_job_chip(id, x, y);
    if (!location || location->job != id) return std::nullopt;
    const auto& boards = job->second.allocation->boards;
    const auto board = std::find(boards.begin(), boards.end(), location->logical);
    const auto index = static_cast<std::size_t>(board - boards.begin());
    if (board == boards.end() || index >= job->second.addresses.size()) return std::nullopt;
    return job->second.addresses[index];
}

Response Service::boards_done(const BoardWork& work, std::string data) {
    if (work.kind != BoardWork::Kind::Read) return no_content();
    Response response;
    response.type = kBytes;
    response.body = std::move(data);
    return response;
}

}  // namespace spinnlab::alloc::rest
