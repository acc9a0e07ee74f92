// SPDX-License-Identifier: Apache-2.0
// Jobs, machines and places as the service tells them: JSON with kebab-case names.
#pragma once

#include <string>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/rest/message.hpp"
#include "spinnlab/alloc/rest/users.hpp"

namespace spinnlab::alloc::rest {

/// Where the service is for whoever asks: "https://HOST[/PREFIX]", without a slash at the end.
struct Base {
    std::string url;
    [[nodiscard]] std::string machines() const { return url + "/srv/spalloc/machines"; }
    [[nodiscard]] std::string machine(const std::string& name) const;
    [[nodiscard]] std::string jobs() const { return url + "/srv/spalloc/jobs"; }
    [[nodiscard]] std::string job(JobId id) const { return jobs() + "/" + std::to_string(id); }
    /// "wss://...", or "ws://..." where the service itself is plain HTTP.
    [[nodiscard]] std::string proxy(JobId id) const;
};

[[nodiscard]] const char* state_name(JobState state);
[[nodiscard]] json list_of(BoardXYZ board);
[[nodiscard]] json list_of(const std::vector<BoardXYZ>& boards);

/// As it stands in the list of machines.
[[nodiscard]] json machine_in_list(const Installation& machine, const Base& base);
/// As it is told by itself.
[[nodiscard]] json machine_alone(const Installation& machine, const Base& base);
[[nodiscard]] json place(const Location& location, const Base& base);
/// A live job. `full`: for its owner and admins; others learn neither owner nor who asked.
[[nodiscard]] json job_state(const Job& job, bool full, const Base& base);
/// The boards of a job that has some, with their addresses; sizes in triads.
[[nodiscard]] json job_machine(const Job& job, const Base& base);

/// Machines with the boards of every job, and the queue. `who` sees which are theirs, an admin
/// whose each is.
[[nodiscard]] json overview(const Controller& controller, const Identity& who);

}  // namespace spinnlab::alloc::rest
