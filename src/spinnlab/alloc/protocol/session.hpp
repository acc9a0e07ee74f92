// SPDX-License-Identifier: Apache-2.0
// One client's side of the protocol: answers its lines and knows what it wants to be told.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/http_sessions.hpp"
#include "spinnlab/alloc/protocol/message.hpp"

namespace spinnlab::alloc::protocol {

/// Version 1.0.0 satisfies every release of the published client.
inline constexpr const char* kProtocolVersion = "1.0.0";

/// What a client is told of the daemon.
struct Service {
    std::string version = kProtocolVersion;  ///< of the protocol
    std::uint16_t port = 0;                  ///< TCP
    bool shared = false;                     ///< one daemon for all users of the computer
    HttpSessions* http = nullptr;            ///< null without the HTTP service; outlives sessions
};

class Session {
 public:
    /// `controller` must outlive the session; `host` is how the client is named to others.
    Session(Controller& controller, Caller caller, std::string host, Service service = {});
    /// For a client that may do everything.
    Session(Controller& controller, std::string host, std::string version = kProtocolVersion);

    /// The answer to one line, with its end; Malformed when the client is to be disconnected, which
    /// a command that nobody knows is a reason for too. `line` comes without its end.
    [[nodiscard]] std::variant<std::string, Malformed> answer(std::string_view line, Moment now);

    /// The lines that tell of those changes which the client asked for; often empty.
    [[nodiscard]] std::string notifications(const Changes& changes) const;

    /// The client has gone: its leases and runs end.
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
    Result about(const Call& call, Moment now);
    Result job_status(const Call& call, Moment now);
    Result set_quota(const Call& call, Moment now);
    Result get_quotas(const Call& call, Moment now);
    Result begin_run(const Call& call, Moment now);
    Result run_progress(const Call& call, Moment now);
    Result end_run(const Call& call, Moment now);
    Result list_runs(const Call& call, Moment now);
    Result notify_run(const Call& call, Moment now);
    Result no_notify_run(const Call& call, Moment now);
    Result user_activity(const Call& call, Moment now);
    Result boards_wanted(const Call& call, Moment now);
    Result release_user(const Call& call, Moment now);
    Result open_http_session(const Call& call, Moment now);
    Result close_http_sessions(const Call& call, Moment now);

    [[nodiscard]] bool sees(UserId uid, const std::string& user) const {
        return caller_.admin || caller_.is(uid, user);
    }
    /// Throws AccessError for callers who are no admins, AllocationError without the HTTP service.
    [[nodiscard]] HttpSessions& http_sessions() const;
    /// The job of a call that only its owner may make.
    [[nodiscard]] JobId own_job(const Call& call) const;

    Controller* controller_;
    Caller caller_;
    std::string host_;
    Service service_;
    Watch<JobId> watched_jobs_ = std::set<JobId>{};
    Watch<std::string> watched_machines_ = std::set<std::string>{};
    Watch<RunId> watched_runs_ = std::set<RunId>{};
    std::vector<LeaseId> leases_;
    std::set<RunId> runs_;  ///< that this connection has begun
};

}  // namespace spinnlab::alloc::protocol
