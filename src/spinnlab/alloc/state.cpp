// SPDX-License-Identifier: Apache-2.0
// What of the controller is stored, and how it comes back, so that jobs outlive a restart.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/arguments.hpp"
#include "spinnlab/alloc/protocol/job_request.hpp"

namespace spinnlab::alloc {
namespace {

using nlohmann::json;

std::string shape_of(const Installation& machine) {
    const ChipXY size = machine.size_in_chips();
    return fmt::format("{}x{}", size.x, size.y);
}

/// At most kLongestText_bytes, cut between characters of UTF-8.
std::string shortened(std::string text) {
    if (text.size() <= kLongestText_bytes) return text;
    std::size_t end = kLongestText_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    return text;
}

Job job_of(const JobRecord& saved) {
    json kwargs = json::parse(saved.kwargs_json);
    kwargs["owner"] = saved.owner;
    kwargs["keepalive"] = saved.keepalive_s ? json(*saved.keepalive_s) : json();
    Job job;
    job.id = saved.id;
    job.uid = saved.uid;
    job.user = saved.user;
    job.request = protocol::parse_job_request(json::parse(saved.args_json), kwargs);
    job.start_unix_s = saved.start_unix_s;
    job.last_host = saved.host;
    if (saved.machine.empty()) return job;
    Allocation allocation;
    for (const json& board : json::parse(saved.boards_json)) {
        allocation.boards.push_back(
            {board.at(0).get<int>(), board.at(1).get<int>(), board.at(2).get<int>()});
    }
    allocation.wraps_x = saved.wraps_x;
    allocation.wraps_y = saved.wraps_y;
    job.machine = saved.machine;
    job.addresses = json::parse(saved.addresses_json).get<std::vector<std::string>>();
    job.power = saved.power;
    job.allocated_unix_s = saved.allocated_unix_s;
    job.allocation = std::move(allocation);
    return job;
}

}  // namespace

JobRecord Controller::record(const Job& job) const {
    JobRecord saved;
    saved.id = job.id;
    saved.uid = job.uid;
    saved.user = job.user;
    saved.owner = job.request.owner;
    saved.keepalive_s = job.request.keepalive_s;
    saved.args_json = job.request.args_json;
    saved.kwargs_json = job.request.kwargs_json;
    saved.start_unix_s = job.start_unix_s;
    saved.host = job.last_host;
    if (!job.allocation) return saved;
    json boards = json::array();
    for (const BoardXYZ& board : job.allocation->boards) {
        boards.push_back({board.x, board.y, board.z});
    }
    saved.machine = job.machine;
    saved.shape = shape_of(*machine(job.machine));
    saved.boards_json = boards.dump();
    saved.addresses_json = json(job.addresses).dump();
    saved.wraps_x = job.allocation->wraps_x;
    saved.wraps_y = job.allocation->wraps_y;
    saved.power = job.power;
    saved.allocated_unix_s = job.allocated_unix_s;
    return saved;
}

EndedJob Controller::ended(const Job& job, const std::optional<std::string>& reason,
                           Moment now) const {
    EndedJob last;
    last.id = job.id;
    last.uid = job.uid;
    last.user = job.user;
    last.owner = job.request.owner;
    last.start_unix_s = job.start_unix_s;
    last.end_unix_s = now.unix_s;
    last.reason = reason;
    if (job.allocation) {
        last.machine = job.machine;
        last.boards = static_cast<std::int64_t>(job.allocation->boards.size());
        last.allocated_unix_s = job.allocated_unix_s;
    } else if (!reason || !reason->starts_with("Cancelled: ")) {
        last.reason = fmt::format("Cancelled: {}", reason.value_or("destroyed while it waited."));
    }
    if (last.reason) last.reason = shortened(std::move(*last.reason));
    return last;
}

Batch Controller::ending(const std::vector<EndedJob>& jobs, Moment now) const {
    Batch batch;
    batch.ended = jobs;
    for (const EndedJob& last : jobs) {
        double& ended_board_s =
            batch.ended_board_s.try_emplace(last.user, users_.use_of(last.user).ended_board_s)
                .first->second;
        ended_board_s +=
            static_cast<double>(last.boards) * (now.monotonic_s - jobs_.at(last.id).allocated_s);
    }
    return batch;
}

void Controller::flush() {
    if (store_ != nullptr && !(unsaved_.empty() && unsaved_jobs_.empty())) {
        for (auto& [user, ended_board_s] : unsaved_.ended_board_s) {
            ended_board_s = users_.use_of(user).ended_board_s;
        }
        Batch batch = unsaved_;
        for (const JobId id : unsaved_jobs_) batch.jobs.push_back(record(jobs_.at(id)));
        store_->commit(batch);
    }
    unsaved_ = {};
    unsaved_jobs_.clear();
}

void Controller::restore(const Saved& saved, Moment now) {
    next_id_ = std::max(next_id_, saved.next_id);
    for (const EndedJob& job : saved.ended) remember({job.id, job.uid, job.user, job.reason});
    for (const auto& [user, ended_board_s] : saved.ended_board_s) {
        users_.use(user).ended_board_s = ended_board_s;
    }
    for (const auto& [user, quota] : saved.quotas) {
        check(quota);
        users_.set_by_admin(user, quota);
    }
    for (const JobRecord& job : saved.jobs) {
        try {
            restore_job(job, now);
        } catch (const json::exception& error) {
            throw StorageError(fmt::format("job {} cannot be read: {}", job.id, error.what()),
                               "Delete its row in the table jobs.");
        } catch (const protocol::ArgumentError& error) {
            throw StorageError(fmt::format("job {} makes no sense: {}", job.id, error.what()),
                               "Delete its row in the table jobs.");
        }
    }
    run_queue(now);
}

void Controller::restore_job(const JobRecord& saved, Moment now) {
    Job job = job_of(saved);
    const JobId id = job.id;
    next_id_ = std::max(next_id_, id + 1);
    changes_.jobs.insert(id);
    job.last_contact_s = job.queued_since_s = now.monotonic_s;
    const auto gone = [&](const std::string& reason) {
        EndedJob last = ended(job, reason, now);
        if (!saved.machine.empty()) last.reason = reason;
        remember({id, job.uid, job.user, last.reason});
        unsaved_.ended.push_back(std::move(last));
    };
    if (!job.allocation) {
        find_candidates(job);
        if (job.candidates.empty()) {
            gone(why_never(job));
        } else if (const auto never = why_never_in_quota(job)) {
            gone(*never);
        } else {
            jobs_.emplace(id, std::move(job));
            queue_.push_back(id);
        }
        return;
    }
    Machine* machine = find(job.machine);
    if (machine == nullptr || shape_of(*machine->installation) != saved.shape) {
        gone("Machine removed.");
        return;
    }
    if (!machine->allocator.restore(*job.allocation)) {
        gone("The boards of the job were not free when spallocd started again.");
        return;
    }
    changes_.machines.insert(job.machine);
    // The boards stayed the job's while no daemon ran.
    job.allocated_s = now.monotonic_s - std::max(0.0, now.unix_s - job.allocated_unix_s);
    users_.use(job.user).take(static_cast<std::int64_t>(job.allocation->boards.size()),
                              job.allocated_s);
    const bool on = job.power;
    order_power(jobs_.emplace(id, std::move(job)).first->second, on);
}

}  // namespace spinnlab::alloc
