// SPDX-License-Identifier: Apache-2.0
// One client's side of the protocol: answers its lines and knows what it wants to be told.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/message.hpp"

namespace spinnlab::alloc::protocol {

/// Version 1.0.0 satisfies every release of the published client.
inline constexpr const char* kProtocolVersion = "1.0.0";

class Session {
 public:
    /// `controller` must outlive the session; `host` is how the client is named to others.
    Session(Controller& controller, std::string host, std::string version = kProtocolVersion);

    /// The answer to one line, with its end; Malformed when the client is to be disconnected, which
    /// a command that nobody knows is a reason for too. `line` comes without its end.
    [[nodiscard]] std::variant<std::string, Malformed> answer(std::string_view line, Moment now);

    /// The lines that tell of those changes which the client asked for; often empty.
    [[nodiscard]] std::string notifications(const Changes& changes) const;

    /// The client has gone: its leases end.
    void close(Moment now);

 private:
    using Result = json;
    using Handler = Result (Session::*)(const Call&, Moment);
    template <class T>
    using Watch = std::optional<std::set<T>>;  ///< nothing: all

    static Handler handler(std::string_view command);

    Result version(const Call& call, Moment now);
    Result create_job(const Call& call, Moment now);
    Result job_keepalive(const Call& call, Moment now);
    Result get_job_state(const Call& call, Moment now);
    Result get_job_machine_info(const Call& call, Moment now);
    Result power_on_job_boards(const Call& call, Moment now);
    Result power_off_job_boards(const Call& call, Moment now);
    Result destroy_job(const Call& call, Moment now);
    Result notify_job(const Call& call, Moment now);
    Result no_notify_job(const Call& call, Moment now);
    Result notify_machine(const Call& call, Moment now);
    Result no_notify_machine(const Call& call, Moment now);
    Result list_jobs(const Call& call, Moment now);
    Result list_machines(const Call& call, Moment now);
    Result get_board_position(const Call& call, Moment now);
    Result get_board_at_position(const Call& call, Moment now);
    Result where_is(const Call& call, Moment now);
    Result report_problem(const Call& call, Moment now);
    Result lease(const Call& call, Moment now);

    Controller* controller_;
    std::string host_;
    std::string version_;
    Watch<JobId> watched_jobs_ = std::set<JobId>{};
    Watch<std::string> watched_machines_ = std::set<std::string>{};
    std::vector<std::string> leases_;
};

}  // namespace spinnlab::alloc::protocol
