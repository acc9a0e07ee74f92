// SPDX-License-Identifier: Apache-2.0
// The HTTP service on one controller: who asks, what may he, what is answered. No sockets: what
// needs time (waiting for a change, checking a password, talking to boards) is given to the caller,
// who comes back with the outcome.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/rest/descriptions.hpp"
#include "spinnlab/alloc/rest/message.hpp"
#include "spinnlab/alloc/rest/sessions.hpp"
#include "spinnlab/alloc/rest/users.hpp"

namespace spinnlab::alloc::rest {

inline constexpr double kLongestWait_s = 30;
inline constexpr std::size_t kLargestBody_bytes = 64u << 10;
inline constexpr std::size_t kLargestData_bytes = 128u << 20;  ///< memory of a chip

/// To be asked again, without leave to wait, at a change of this or after kLongestWait_s.
struct Wait {
    std::variant<std::monostate, JobId, std::string> on;  ///< any job, one job, one machine
    [[nodiscard]] bool ends_with(const Changes& changes) const;
};

/// A password to be held against a hash, which is slow; then Service::login_done.
struct PasswordCheck {
    std::string name;
    std::string password;
    std::string hash;
    std::string form_cookie;
    std::string base_url;
};

/// Something to be done by messages to boards; then Service::boards_done.
struct BoardWork {
    enum class Kind { Read, Write, ResetRouters };
    struct Place {
        std::string address;  ///< of the chip's board
        ChipXY chip;          ///< as the job counts
    };
    Kind kind = Kind::Read;
    JobId job = 0;
    std::vector<Place> places;  ///< one, or with ResetRouters all chips of the job
    std::uint32_t address = 0;
    std::size_t size_bytes = 0;                      ///< to be read
    std::string data;                                ///< to be written
    std::map<std::uint32_t, std::uint32_t> filters;  ///< of the routers' counters, by number
};

using Answer = std::variant<Response, Wait, PasswordCheck, BoardWork>;

/// By what a WebSocket was opened.
struct OpenedBy {
    std::string session = {};  ///< for has_session; empty: a token that spoke for itself
    double until_s = std::numeric_limits<double>::infinity();  ///< monotonic; it has to end then
};
/// What a WebSocket was opened for. Proxy: the datagrams of a job's boards.
struct ProxyGrant {
    JobId job = 0;
    OpenedBy by = {};
};
struct EventsGrant {
    OpenedBy by = {};
};
using Upgrade = std::variant<Response, ProxyGrant, EventsGrant>;

class Service {
 public:
    /// `controller` must outlive the service, and have been restored. `public_url`: where clients
    /// find it, "https://HOST[:PORT][/PREFIX]"; empty: as the Host header says. Throws
    /// AllocationError for another text. Without users there are only sessions that were opened
    /// for somebody.
    Service(Controller& controller, Users users, const std::string& public_url = {});

    /// How large a body may follow `head`, a request without its body.
    [[nodiscard]] std::size_t body_limit(const Request& head, Moment now);
    /// Total: whatever is asked gets an answer.
    [[nodiscard]] Answer answer(const Request& request, Moment now, bool may_wait = true);
    [[nodiscard]] Response login_done(const PasswordCheck& check, bool right, Moment now);
    /// Instead of it when there is no time for the check.
    [[nodiscard]] Response login_untried(const PasswordCheck& check);
    [[nodiscard]] static Response boards_done(const BoardWork& work, std::string data);
    [[nodiscard]] Upgrade upgrade(const Request& request, Moment now);

    /// Whether browsers are to be told that there is TLS for good.
    [[nodiscard]] bool strict_transport() const { return public_url_.starts_with("https://"); }

    /// A session for somebody whom an admin has recognised, an account of this computer; returns
    /// its cookie. It ends with close_sessions of its label or account, `lifetime_s` from now, or
    /// unused.
    [[nodiscard]] std::string open_session(const Identity& account, const std::string& label,
                                           double lifetime_s, Moment now);
    void close_sessions(const std::string& label) { sessions_.close_labelled(label); }
    void close_sessions_of(UserId uid) { sessions_.close_of(uid); }
    /// False once the session of a WebSocket has been closed, which then has to end, too.
    [[nodiscard]] bool has_session(const std::string& session) const {
        return session.empty() || sessions_.has(session);
    }

    /// Keeps in mind whose the jobs were that have gone. To be called with all changes.
    void note(const Changes& changes, Moment now);
    /// What is sent to those who wait for events.
    [[nodiscard]] static std::string event(const Changes& changes);
    /// The address of the board of a job that has the chip; nothing without.
    [[nodiscard]] std::optional<std::string> board_address(JobId job, std::int64_t x,
                                                           std::int64_t y) const;

 private:
    struct Call;  ///< a request that was understood, with who asks
    struct Record {
        Owner owner;
        double start_unix_s = 0;
        std::optional<double> finish_unix_s;
    };

    [[nodiscard]] Call understand(const Request& request) const;
    void authenticate(Call& call, Moment now);
    void require(const Call& call, Role role) const;

    Answer dispatch(Call& call, Moment now, bool may_wait);
    Answer login_form(Call& call, Moment now);
    Answer login(Call& call, Moment now);
    Answer logout(Call& call);
    Answer spalloc(Call& call, Moment now, bool may_wait);
    Answer root(const Call& call, Moment now);

    Answer machines(const Call& call, bool may_wait);
    Answer find_board(const Call& call, const Installation& machine);

    Answer jobs(Call& call, Moment now, bool may_wait);
    Answer list_jobs(const Call& call, bool may_wait) const;
    Answer create_job(const Call& call, Moment now);
    Answer one_job(const Call& call, JobId id, Moment now, bool may_wait);
    Answer gone_job(const Call& call, JobId id, Moment now);
    Answer power(const Call& call, const Job& job, Moment now);
    Answer chip(const Call& call, JobId id) const;
    Answer report_issue(const Call& call, const Job& job) const;
    Answer board_work(const Call& call, const Job& job) const;
    [[nodiscard]] BoardWork memory_work(const Call& call, const Job& job) const;
    [[nodiscard]] BoardWork reset_work(const Call& call, const Job& job) const;

    [[nodiscard]] std::string set_cookie(const std::string& cookie) const;
    void forget_oldest();

    Controller* controller_;
    Users users_;
    std::string public_url_;  ///< without a slash at the end
    std::vector<std::string> prefix_;
    std::string no_hash_;  ///< what the password of an unknown name is held against
    Sessions sessions_;
    Attempts attempts_;
    std::map<JobId, Record> records_;
    std::size_t finished_ = 0;  ///< of the records
};

}  // namespace spinnlab::alloc::rest
