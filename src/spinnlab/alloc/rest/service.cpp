// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "spinnlab/alloc/rest/call.hpp"
#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::rest {
namespace {

/// Of the service whose clients these are.
constexpr int kMajor = 1;
constexpr int kMinor = 0;
constexpr int kRevision = 0;

constexpr const char* kSignIn = "sign in first: system/login.html, or a bearer token";

Response page(const std::string& body) {
    Response response;
    response.type = "text/html; charset=UTF-8";
    response.body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\" />\n"
        "<title>Boards: sign in</title>\n"
        "<style>body{{font:16px system-ui,sans-serif;max-width:22rem;margin:4rem auto}}"
        "label{{display:block;margin:.5rem 0}}input{{width:100%;font:inherit}}</style>\n"
        "</head>\n<body>\n{}</body>\n</html>\n",
        body);
    return response;
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

bool changes_something(const std::string& method) { return method != "GET" && method != "HEAD"; }

}  // namespace

void refuse(Status status, std::string text) { throw Refusal{status, std::move(text)}; }

void refuse_method(const std::string& method, const char* allowed) {
    refuse(Status::MethodNotAllowed,
           fmt::format("{} is not for this; it takes {}", method.substr(0, 20), allowed));
}

bool has_type(const std::string& content_type, std::string_view type) {
    std::string_view given = content_type;
    given = given.substr(0, given.find(';'));
    while (given.ends_with(' ')) given.remove_suffix(1);
    return given.size() == type.size() &&
           std::equal(given.begin(), given.end(), type.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
           });
}

std::string one_line(std::string text) {
    for (std::size_t at = text.find("\n  "); at != std::string::npos; at = text.find("\n  ", at)) {
        const bool ended = at > 0 && (text[at - 1] == '.' || text[at - 1] == ':');
        text.replace(at, 3, ended ? " " : ". ");
    }
    return text;
}

bool Wait::ends_with(const Changes& changes) const {
    if (const auto* job = std::get_if<JobId>(&on)) return changes.jobs.contains(*job);
    if (const auto* machine = std::get_if<std::string>(&on)) {
        return changes.machines.contains(*machine);
    }
    return !changes.jobs.empty();
}

Service::Service(Controller& controller, Users users, const std::string& public_url)
    : controller_(&controller),
      users_(std::move(users)),
      public_url_(without_slash(public_url)),
      no_hash_(hash_password(random_token())) {
    if (!public_url_.empty()) {
        const std::size_t scheme = public_url_.find("://");
        const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
        const std::size_t path = std::min(public_url_.find('/', host), public_url_.size());
        const auto prefix = parse_target("/" + public_url_.substr(path));
        const bool http = public_url_.starts_with("http://") || public_url_.starts_with("https://");
        if (!http || !is_host(public_url_.substr(host, path - host)) || !prefix ||
            !prefix->query.empty()) {
            throw AllocationError(fmt::format("\"{}\" is no address of a service", public_url),
                                  "Give one such as https://lab.example.org/spalloc.");
        }
        prefix_ = prefix->path;
    }
    for (const auto& [id, job] : controller.jobs()) {
        records_[id] = {owner_of(job), job.start_unix_s, std::nullopt};
    }
}

std::string Service::set_cookie(const std::string& cookie) const {
    std::string path = "/";
    for (const std::string& part : prefix_) path += percent_encoded(part) + "/";
    return fmt::format("{}={}; Path={}; HttpOnly; Secure; SameSite=Strict", kSessionCookie, cookie,
                       path);
}

Service::Call Service::understand(const Request& request) const {
    Call call;
    call.request = &request;
    auto target = parse_target(request.target);
    if (!target) {
        refuse(Status::BadRequest, "the address is not well formed; each parameter is given once");
    }
    call.target = std::move(*target);
    call.path = call.target.path;
    if (!prefix_.empty() && call.path.size() >= prefix_.size() &&
        std::equal(prefix_.begin(), prefix_.end(), call.path.begin())) {
        call.path.erase(call.path.begin(),
                        call.path.begin() + static_cast<std::ptrdiff_t>(prefix_.size()));
    }
    if (!public_url_.empty()) {
        call.base.url = public_url_;
    } else if (is_host(request.host)) {
        call.base.url = (request.secure ? "https://" : "http://") + request.host;
    } else {
        refuse(Status::BadRequest, "the Host header is missing or no host");
    }
    return call;
}

/// A token speaks for itself; a cookie, which browsers send by themselves, only together with the
/// session's CSRF token when something is to be changed. A token that whoever opened the session
/// knows, and we do not, changes nothing.
void Service::authenticate(Call& call, Moment now) {
    const Request& request = *call.request;
    call.session = sessions_.find(cookie_value(request.cookie, kSessionCookie), now.monotonic_s);
    const bool signed_in = call.session != nullptr && call.session->identity;
    if (const auto token = bearer_token(request.authorization)) {
        call.who = users_.by_token(*token);
        call.by_token = call.who.has_value();
        if (call.by_token) return;
        if (!signed_in || call.session->label.empty()) {
            refuse(Status::Unauthorized, "the bearer token is not known here");
        }
    }
    if (!signed_in) return;
    if (changes_something(request.method) && !same_secret(request.csrf, call.session->csrf)) {
        refuse(Status::Forbidden, fmt::format("the header {} is missing or not this session's; "
                                              "srv/spalloc/ tells its value",
                                              kCsrfHeader));
    }
    call.who = call.session->identity;
}

void Service::require(const Call& call, Role role) const {
    if (!call.who) refuse(Status::Unauthorized, kSignIn);
    if (call.who->role < role) {
        refuse(Status::Forbidden,
               fmt::format("{} may not do this; ask an admin for another role", call.who->name));
    }
}

std::size_t Service::body_limit(const Request& head, Moment now) {
    try {
        Call call = understand(head);
        authenticate(call, now);
        const bool data = call.path.size() == 5 && call.path[2] == "jobs" &&
                          (call.path[4] == "memory" || call.path[4] == "fast-data-write");
        if (data && call.who && call.who->role >= Role::User) return kLargestData_bytes;
    } catch (const Refusal&) {
        return kLargestBody_bytes;  // it is refused once it has been read
    }
    return kLargestBody_bytes;
}

Answer Service::answer(const Request& request, Moment now, bool may_wait) {
    std::optional<Identity> who;
    Answer answer;
    try {
        Call call = understand(request);
        try {
            answer = dispatch(call, now, may_wait);
        } catch (const Refusal& refusal) {
            answer = error_response(refusal.status, refusal.text);
        } catch (const Error& error) {
            answer = error_response(Status::BadRequest, one_line(error.what()));
        }
        who = call.who;
    } catch (const Refusal& refusal) {
        answer = error_response(refusal.status, refusal.text);
    }
    if (auto* response = std::get_if<Response>(&answer); response != nullptr && who) {
        response->user = who->name;
    }
    return answer;
}

Answer Service::dispatch(Call& call, Moment now, bool may_wait) {
    const std::vector<std::string> path = call.path;
    const auto is = [&](std::initializer_list<std::string_view> start) {
        return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
    };
    if (path.size() == 2 && is({"system", "login.html"})) return login_form(call, now);
    if (path.size() == 2 && is({"system", "perform_login"})) return login(call, now);
    authenticate(call, now);
    if (path.size() == 2 && is({"system", "logout"})) return logout(call);
    if (is({"srv", "spalloc"})) {
        call.path.erase(call.path.begin(), call.path.begin() + 2);
        return spalloc(call, now, may_wait);
    }
    if (path.size() == 3 && is({"srv", "spinnlab", "overview"})) {
        require(call, Role::Reader);
        if (call.method() != "GET") refuse_method(call.method(), "GET");
        return json_response(Status::Ok, overview(*controller_, *call.who));
    }
    if (is({"srv", "spinnlab", "events"}) || is({"spalloc", "proxy"})) {
        refuse(Status::BadRequest, "this is a WebSocket; ask for an upgrade");
    }
    refuse(Status::NotFound, "nothing is here; the service begins at srv/spalloc/");
}

Answer Service::spalloc(Call& call, Moment now, bool may_wait) {
    if (call.path.empty()) return root(call, now);
    if (call.path[0] == "machines") {
        require(call, Role::Reader);
        return machines(call, may_wait);
    }
    if (call.path[0] == "jobs") {
        require(call, Role::Reader);
        return jobs(call, now, may_wait);
    }
    refuse(Status::NotFound, "nothing is here; there are machines and jobs");
}

Answer Service::root(const Call& call, Moment) {
    require(call, Role::Reader);
    if (call.method() != "GET") refuse_method(call.method(), "GET");
    json description = {
        {"version",
         {{"major-version", kMajor}, {"minor-version", kMinor}, {"revision", kRevision}}},
        {"machines-ref", call.base.machines()},
        {"jobs-ref", call.base.jobs()},
        {"csrf-header", kCsrfHeader},
        {"csrf-token", call.session != nullptr ? call.session->csrf : ""}};
    return json_response(Status::Ok, description);
}

// --- signing in -------------------------------------------------------------------------------

Answer Service::login_form(Call& call, Moment now) {
    if (call.method() != "GET") refuse_method(call.method(), "GET");
    if (const auto token = bearer_token(call.request->authorization)) {
        const auto who = users_.by_token(*token);
        if (!who) refuse(Status::Unauthorized, "the bearer token is not known here");
        Response response = page(fmt::format("<p>Signed in as {}.</p>\n", who->name));
        response.headers.emplace_back("Set-Cookie",
                                      set_cookie(sessions_.open(who, now.monotonic_s)));
        return response;
    }
    const std::string cookie = sessions_.open(std::nullopt, now.monotonic_s);
    const Session* form = sessions_.find(cookie, now.monotonic_s);
    Response response = page(fmt::format(
        "<h1>Sign in</h1>\n<form method=\"post\" action=\"perform_login\">\n"
        "<input type=\"hidden\" name=\"_csrf\" value=\"{}\" />\n"
        "<label>Name <input name=\"username\" autocomplete=\"username\" required /></label>\n"
        "<label>Password <input name=\"password\" type=\"password\" "
        "autocomplete=\"current-password\" required /></label>\n"
        "<input type=\"submit\" name=\"submit\" value=\"Sign in\" />\n</form>\n",
        form->csrf));
    response.headers.emplace_back("Set-Cookie", set_cookie(cookie));
    return response;
}

Answer Service::login(Call& call, Moment now) {
    if (call.method() != "POST") refuse_method(call.method(), "POST");
    const auto form = parse_form(call.request->body);
    if (!form || !has_type(call.content_type(), "application/x-www-form-urlencoded")) {
        refuse(Status::BadRequest, "this is no form; send _csrf, username and password");
    }
    const auto field = [&](const char* name) {
        const auto found = form->find(name);
        return found == form->end() ? std::string() : found->second;
    };
    std::string cookie = cookie_value(call.request->cookie, kSessionCookie);
    const Session* session = sessions_.find(cookie, now.monotonic_s);
    if (session == nullptr || !same_secret(field("_csrf"), session->csrf)) {
        refuse(Status::Forbidden,
               "the form is too old or another session's; load "
               "system/login.html again");
    }
    const std::string name = field("username").substr(0, 200);
    const double locked_s = attempts_.locked_s(name, now.monotonic_s);
    if (locked_s > 0) {
        refuse(Status::TooManyRequests,
               fmt::format("{} wrong passwords in a row: this name is locked for {:.0f} minutes; "
                           "try again in {:.0f} s",
                           kMostFailures, kLocked_s / 60, std::ceil(locked_s)));
    }
    // Counted before it is known to be wrong, so that many tries at once are no way around.
    attempts_.failed(name, now.monotonic_s);
    const User* user = users_.find(name);
    const bool known = user != nullptr && !user->password_hash.empty();
    return PasswordCheck{name, field("password"), known ? user->password_hash : no_hash_, cookie,
                         call.base.url};
}

Response Service::login_done(const PasswordCheck& check, bool right, Moment now) {
    const User* user = users_.find(check.name);
    if (!right || user == nullptr || user->password_hash != check.hash) {
        const bool locked = attempts_.locked_s(check.name, now.monotonic_s) > 0;
        return error_response(
            Status::Unauthorized,
            locked ? fmt::format("wrong name or password, {} times: the name is now locked for "
                                 "{:.0f} minutes",
                                 kMostFailures, kLocked_s / 60)
                   : fmt::format("wrong name or password; after {} in a row the name is locked for "
                                 "{:.0f} minutes",
                                 kMostFailures, kLocked_s / 60));
    }
    attempts_.succeeded(check.name);
    sessions_.close(check.form_cookie);
    Response response;
    response.status = Status::Found;
    response.headers.emplace_back("Location", check.base_url + "/srv/spalloc/");
    response.headers.emplace_back("Set-Cookie",
                                  set_cookie(sessions_.open(user->identity, now.monotonic_s)));
    return response;
}

Response Service::login_untried(const PasswordCheck& check) {
    attempts_.untried(check.name);
    return error_response(Status::Unavailable, "too many sign in at once; try again in a second");
}

std::string Service::open_session(const Identity& account, const std::string& label,
                                  double lifetime_s, Moment now) {
    return sessions_.open(account, now.monotonic_s, label, lifetime_s);
}

Answer Service::logout(Call& call) {
    if (call.method() != "POST") refuse_method(call.method(), "POST");
    require(call, Role::Reader);
    sessions_.close(cookie_value(call.request->cookie, kSessionCookie));
    Response response;
    response.status = Status::NoContent;
    response.headers.emplace_back("Set-Cookie", set_cookie("") + "; Max-Age=0");
    return response;
}

// --- WebSockets and changes -------------------------------------------------------------------

Upgrade Service::upgrade(const Request& request, Moment now) {
    try {
        Call call = understand(request);
        authenticate(call, now);
        require(call, Role::Reader);
        // A page of another site can open a WebSocket with the reader's cookie, but not send this.
        if (!call.by_token && !same_secret(request.csrf, call.session->csrf)) {
            refuse(Status::Forbidden,
                   fmt::format("the header {} is missing or not this session's", kCsrfHeader));
        }
        OpenedBy by;
        if (!call.by_token) {
            by = {Sessions::key(cookie_value(request.cookie, kSessionCookie)),
                  call.session->longest_s};
        }
        const std::vector<std::string>& path = call.path;
        if (path == std::vector<std::string>{"srv", "spinnlab", "events"}) {
            return EventsGrant{by};
        }
        if (path.size() != 3 || path[0] != "spalloc" || path[1] != "proxy") {
            refuse(Status::NotFound, "no WebSocket is here");
        }
        const JobId id = integer_parameter({{"job", path[2]}}, "job", 1, INT64_MAX);
        const auto job = controller_->jobs().find(id);
        if (job == controller_->jobs().end()) {
            refuse(Status::NotFound, fmt::format("there is no job {}", id));
        }
        if (!owns(*call.who, owner_of(job->second))) {
            refuse(Status::Forbidden, fmt::format("job {} is somebody else's", id));
        }
        if (!job->second.allocation) {
            refuse(Status::Conflict,
                   fmt::format("job {} has no boards yet; wait until it is READY", id));
        }
        return ProxyGrant{id, by};
    } catch (const Refusal& refusal) {
        return error_response(refusal.status, refusal.text);
    }
}

void Service::note(const Changes& changes, Moment now) {
    for (const JobId id : changes.jobs) {
        const auto job = controller_->jobs().find(id);
        if (job != controller_->jobs().end()) {
            records_.try_emplace(
                id, Record{owner_of(job->second), job->second.start_unix_s, std::nullopt});
            continue;
        }
        const auto record = records_.find(id);
        if (record == records_.end() || record->second.finish_unix_s) continue;
        record->second.finish_unix_s = now.unix_s;
        if (++finished_ > kDestroyedRemembered) forget_oldest();
    }
}

void Service::forget_oldest() {
    const auto oldest = std::find_if(records_.begin(), records_.end(), [](const auto& entry) {
        return entry.second.finish_unix_s.has_value();
    });
    records_.erase(oldest);
    --finished_;
}

std::string Service::event(const Changes& changes) {
    return json{{"jobs_changed", changes.jobs}, {"machines_changed", changes.machines}}.dump(
        -1, ' ', false, json::error_handler_t::replace);
}

}  // namespace spinnlab::alloc::rest
