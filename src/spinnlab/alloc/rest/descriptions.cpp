// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/descriptions.hpp"

#include <algorithm>
#include <map>

#include "spinnlab/alloc/rest/job_request.hpp"

namespace spinnlab::alloc::rest {
namespace {

json list_of(ChipXY chip) { return {chip.x, chip.y}; }
json list_of(BoardPosition at) { return {at.cabinet, at.frame, at.board}; }

json dead_links(const Installation& machine) {
    json list = json::array();
    for (const BoardLink& link : machine.dead_links()) {
        list.push_back(
            {link.board.x, link.board.y, link.board.z, static_cast<int>(link.direction)});
    }
    return list;
}

json in_overview(const Job& job, const Identity& who) {
    json told = {{"id", job.id},
                 {"state", state_name(job.state)},
                 {"start-time", iso_time(job.start_unix_s)}};
    if (owns(who, owner_of(job))) told["owner"] = job.user;
    if (job.allocation) {
        told["boards"] = rest::list_of(job.allocation->boards);
    } else {
        told["asks"] = json::parse(job.request.args_json);
    }
    return told;
}

}  // namespace

std::string Base::machine(const std::string& name) const {
    return machines() + "/" + percent_encoded(name);
}

std::string Base::proxy(JobId id) const {
    const bool plain = url.starts_with("http://");
    const std::string rest = url.substr(plain ? 7 : 8);
    return (plain ? "ws://" : "wss://") + rest + "/spalloc/proxy/" + std::to_string(id);
}

const char* state_name(JobState state) {
    switch (state) {
        case JobState::Queued: return "QUEUED";
        case JobState::Power: return "POWER";
        case JobState::Ready: return "READY";
        case JobState::Destroyed: return "DESTROYED";
        default: return "UNKNOWN";
    }
}

json list_of(BoardXYZ board) { return {board.x, board.y, board.z}; }

json list_of(const std::vector<BoardXYZ>& boards) {
    json list = json::array();
    for (const BoardXYZ& board : boards) list.push_back(list_of(board));
    return list;
}

json machine_in_list(const Installation& machine, const Base& base) {
    return {{"name", machine.name()},           {"uri", base.machine(machine.name())},
            {"tags", machine.tags()},           {"width", machine.width()},
            {"height", machine.height()},       {"dead-boards", list_of(machine.dead_boards())},
            {"dead-links", dead_links(machine)}};
}

json machine_alone(const Installation& machine, const Base& base) {
    const std::string here = base.machine(machine.name());
    return {{"name", machine.name()},
            {"tags", machine.tags()},
            {"width", machine.width()},
            {"height", machine.height()},
            {"down-boards", list_of(machine.dead_boards())},
            {"down-links", dead_links(machine)},
            {"lookup-by-physical-board", here + "/physical-board"},
            {"lookup-by-logical-board", here + "/logical-board"},
            {"lookup-by-chip", here + "/chip"},
            {"lookup-by-address", here + "/board-ip"}};
}

json place(const Location& location, const Base& base) {
    json told = {{"machine", location.machine},
                 {"machine-ref", base.machine(location.machine)},
                 {"chip", list_of(location.chip)},
                 {"board-chip", list_of(location.board_chip)},
                 {"logical-board-coordinates", rest::list_of(location.logical)},
                 {"physical-board-coordinates", list_of(location.physical)}};
    if (location.job) {
        told["job-id"] = *location.job;
        told["job-ref"] = base.job(*location.job);
        if (location.job_chip) told["job-chip"] = list_of(*location.job_chip);
    }
    return told;
}

json job_state(const Job& job, bool full, const Base& base) {
    const std::string here = base.job(job.id);
    json told = {{"state", state_name(job.state)}, {"start-time", iso_time(job.start_unix_s)}};
    if (!full) return told;
    told["owner"] = job.user;
    told["keepalive-host"] = job.last_host;
    told["keepalive-ref"] = here + "/keepalive";
    told["machine-ref"] = here + "/machine";
    told["power-ref"] = here + "/machine/power";
    told["chip-ref"] = here + "/chip";
    const json posted = original_request(job.request);
    if (!posted.is_null()) told["original-request"] = posted;
    if (job.state == JobState::Power || job.state == JobState::Ready) {
        told["proxy-ref"] = base.proxy(job.id);
    }
    return told;
}

json job_machine(const Job& job, const Base& base) {
    const Allocation& allocation = *job.allocation;
    json connections = json::array();
    if (job.addresses.size() == allocation.boards.size()) {
        for (std::size_t i = 0; i < job.addresses.size(); ++i) {
            connections.push_back(
                {list_of(allocation.job_chip(allocation.boards[i])), job.addresses[i]});
        }
    }
    int width = 0;
    int height = 0;
    for (const BoardXYZ& board : allocation.boards) {
        width = std::max(width, board.x - allocation.root().x + 1);
        height = std::max(height, board.y - allocation.root().y + 1);
    }
    return {{"width", width},
            {"height", height},
            {"depth", allocation.boards.size() == 1 ? 1 : kBoardsPerTriad},
            {"machine-name", job.machine},
            {"connections", connections},
            {"boards", list_of(allocation.boards)},
            {"power", base.job(job.id) + "/machine/power"},
            {"machine-ref", base.machine(job.machine)}};
}

json overview(const Controller& controller, const Identity& who) {
    std::map<std::string, json> jobs_of;
    std::map<std::string, int> used;
    json queue = json::array();
    for (const auto& [id, job] : controller.jobs()) {
        if (!job.allocation) {
            queue.push_back(in_overview(job, who));
            continue;
        }
        jobs_of[job.machine].push_back(in_overview(job, who));
        used[job.machine] += static_cast<int>(job.allocation->boards.size());
    }
    json machines = json::array();
    for (const Installation* machine : controller.machines()) {
        const std::string& machine_name = machine->name();
        const int taken = used[machine_name];
        json jobs = jobs_of[machine_name];
        machines.push_back(
            {{"name", machine_name},
             {"tags", machine->tags()},
             {"width", machine->width()},
             {"height", machine->height()},
             {"boards",
              {{"total", machine->triads() * kBoardsPerTriad},
               {"dead", machine->triads() * kBoardsPerTriad - machine->working_boards()},
               {"used", taken},
               {"free", machine->working_boards() - taken}}},
             {"dead-boards", list_of(machine->dead_boards())},
             {"jobs", jobs.is_null() ? json::array() : jobs}});
    }
    return {{"machines", machines}, {"queue", queue}};
}

}  // namespace spinnlab::alloc::rest
