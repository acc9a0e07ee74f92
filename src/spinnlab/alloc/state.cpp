// SPDX-License-Identifier: Apache-2.0
// Controller's state as JSON, so that jobs outlive a restart.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/job_request.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

using nlohmann::json;

constexpr int kStateVersion = 1;

std::string shape_of(const Installation& machine) {
    const ChipXY size = machine.size_in_chips();
    return fmt::format("{}x{}", size.x, size.y);
}

json saved_job(const Job& job, const Installation* machine) {
    json saved = {{"id", job.id},
                  {"owner", job.request.owner},
                  {"keepalive", job.request.keepalive_s ? json(*job.request.keepalive_s) : json()},
                  {"args", json::parse(job.request.args_json)},
                  {"kwargs", json::parse(job.request.kwargs_json)},
                  {"start_time", job.start_unix_s},
                  {"host", job.last_host}};
    if (job.allocation) {
        json boards = json::array();
        for (const BoardXYZ& board : job.allocation->boards) {
            boards.push_back({board.x, board.y, board.z});
        }
        saved["allocation"] = {{"machine", job.machine},
                               {"shape", shape_of(*machine)},
                               {"boards", boards},
                               {"wraps_x", job.allocation->wraps_x},
                               {"wraps_y", job.allocation->wraps_y},
                               {"addresses", job.addresses},
                               {"power", job.power}};
    }
    return saved;
}

Job loaded_job(const json& saved) {
    json kwargs = saved.at("kwargs");
    kwargs["owner"] = saved.at("owner");
    kwargs["keepalive"] = saved.at("keepalive");
    Job job;
    job.id = saved.at("id").get<JobId>();
    job.request = protocol::parse_job_request(saved.at("args"), kwargs);
    job.start_unix_s = saved.at("start_time").get<double>();
    job.last_host = saved.at("host").get<std::string>();
    if (const auto found = saved.find("allocation"); found != saved.end()) {
        Allocation allocation;
        for (const json& board : found->at("boards")) {
            allocation.boards.push_back(
                {board.at(0).get<int>(), board.at(1).get<int>(), board.at(2).get<int>()});
        }
        allocation.wraps_x = found->at("wraps_x").get<bool>();
        allocation.wraps_y = found->at("wraps_y").get<bool>();
        job.machine = found->at("machine").get<std::string>();
        job.addresses = found->at("addresses").get<std::vector<std::string>>();
        job.power = found->at("power").get<bool>();
        job.allocation = std::move(allocation);
    }
    return job;
}

}  // namespace

std::string Controller::save() const {
    json jobs = json::array();
    for (const auto& [id, job] : jobs_) {
        jobs.push_back(saved_job(job, job.allocation ? machine(job.machine) : nullptr));
    }
    json destroyed = json::array();
    for (const Destroyed& job : destroyed_) {
        destroyed.push_back({job.id, job.reason ? json(*job.reason) : json()});
    }
    const json state = {{"spallocd_state", kStateVersion},
                        {"next_id", next_id_},
                        {"jobs", jobs},
                        {"destroyed", destroyed}};
    return state.dump(1, ' ', false, json::error_handler_t::replace);
}

void Controller::restore(const std::string& text, Moment now) {
    std::vector<std::pair<Job, std::string>> loaded;
    try {
        const json state = json::parse(text);
        if (state.at("spallocd_state").get<int>() != kStateVersion) {
            throw AllocationError("the saved state is of another version", "Remove it.");
        }
        next_id_ = state.at("next_id").get<JobId>();
        for (const json& job : state.at("destroyed")) {
            remember(job.at(0).get<JobId>(), job.at(1).is_null()
                                                 ? std::nullopt
                                                 : std::optional(job.at(1).get<std::string>()));
        }
        for (const json& saved : state.at("jobs")) {
            const auto allocation = saved.find("allocation");
            loaded.emplace_back(loaded_job(saved),
                                allocation == saved.end()
                                    ? std::string{}
                                    : allocation->at("shape").get<std::string>());
        }
    } catch (const json::exception& error) {
        throw AllocationError(fmt::format("the saved state cannot be read: {}", error.what()),
                              "Remove it to start without jobs.");
    }
    for (auto& [job, shape] : loaded) restore_job(std::move(job), shape, now);
    run_queue(now);
}

void Controller::restore_job(Job job, const std::string& shape, Moment now) {
    const JobId id = job.id;
    next_id_ = std::max(next_id_, id + 1);
    changes_.jobs.insert(id);
    job.last_contact_s = job.queued_since_s = now.monotonic_s;
    if (!job.allocation) {
        find_candidates(job);
        if (job.candidates.empty()) {
            remember(id, why_never(job));
            return;
        }
        jobs_.emplace(id, std::move(job));
        queue_.push_back(id);
        return;
    }
    Machine* machine = find(job.machine);
    if (machine == nullptr || shape_of(*machine->installation) != shape) {
        remember(id, "Machine removed.");
        return;
    }
    if (!machine->allocator.restore(*job.allocation)) {
        remember(id, "The boards of the job were not free when spallocd started again.");
        return;
    }
    changes_.machines.insert(job.machine);
    const bool on = job.power;
    order_power(jobs_.emplace(id, std::move(job)).first->second, on);
}

}  // namespace spinnlab::alloc
