// SPDX-License-Identifier: Apache-2.0
// A store that lives as long as the process: for tests, of the controller and of its restart.
#pragma once

#include <map>
#include <vector>

#include "spinnlab/alloc/store.hpp"

namespace spinnlab::alloc {

class MemoryStore : public Store {
 public:
    bool fails = false;  ///< like a full disk
    std::map<JobId, JobRecord> jobs;
    std::map<JobId, EndedJob> ended;
    std::map<std::string, double> ended_board_s;
    std::map<std::string, Quota> quotas;
    std::vector<AuditEntry> audit;
    JobId next_id = 1;
    int commits = 0;

    void commit(const Batch& batch) override {
        if (fails) throw StorageError("the store is full", "Make room.");
        ++commits;
        for (const JobRecord& job : batch.jobs) jobs[job.id] = job;
        for (const EndedJob& job : batch.ended) {
            jobs.erase(job.id);
            ended[job.id] = job;
        }
        for (const auto& [user, value] : batch.ended_board_s) ended_board_s[user] = value;
        for (const auto& [user, quota] : batch.quotas) quotas[user] = quota;
        audit.insert(audit.end(), batch.audit.begin(), batch.audit.end());
        if (batch.next_id) next_id = *batch.next_id;
    }

    [[nodiscard]] Saved saved() const {
        Saved all;
        all.next_id = next_id;
        for (const auto& [id, job] : jobs) all.jobs.push_back(job);
        for (const auto& [id, job] : ended) all.ended.push_back(job);
        all.ended_board_s = ended_board_s;
        all.quotas = quotas;
        return all;
    }
};

}  // namespace spinnlab::alloc
