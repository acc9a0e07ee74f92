// SPDX-License-Identifier: Apache-2.0
// Session's commands that version 1 of the protocol does not have: users, quotas, native runs.
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "spinnlab/alloc/protocol/arguments.hpp"
#include "spinnlab/alloc/protocol/session.hpp"
#include "spinnlab/alloc/protocol/watch.hpp"

namespace spinnlab::alloc::protocol {
namespace {

json description_of(const Run& run) {
    return {{"run", run.id},
            {"user", run.user},
            {"label", run.label},
            {"threads", run.threads},
            {"since", run.since_unix_s},
            {"progress", or_null(run.fraction)},
            {"text", run.text},
            {"last_progress", run.last_progress_unix_s}};
}

json description_of(const Quota& quota) {
    return {{"boards", or_null(quota.boards)},
            {"jobs", or_null(quota.jobs)},
            {"board_seconds", or_null(quota.board_seconds)},
            {"priority", quota.priority.value_or(0)}};
}

json description_of(const Use& use, const Activity& activity, Moment now) {
    return {{"boards", use.boards},
            {"jobs", use.jobs},
            {"queued", activity.jobs_queued},
            {"runs", activity.runs},
            {"board_seconds", use.board_s(now.monotonic_s)}};
}

}  // namespace

json Session::about(const Call& call, Moment now) {
    const Arguments none(call.args, call.kwargs, {});
    const Users& users = controller_->users();
    return {{"version", service_.version},
            {"port", service_.port},
            {"shared", service_.shared},
            {"user", caller_.user},
            {"uid", caller_.uid},
            {"admin", caller_.admin},
            {"policy", controller_->runs().policy() == Policy::Share ? "share" : "reserve"},
            {"quota", description_of(users.quota(caller_.user))},
            {"in_use", description_of(users.use_of(caller_.user),
                                      controller_->activity(caller_.user, now), now)}};
}

json Session::job_status(const Call& call, Moment now) {
    const JobId id = own_job(call);
    const JobStatus status = controller_->status(id, host_, now);
    json answer = {{"state", static_cast<int>(status.state)},
                   {"reason", or_null(status.reason)},
                   {"place", nullptr},
                   {"before", nullptr},
                   {"waits_for", nullptr},
                   {"boards_wanted", nullptr},
                   {"time_left_s", or_null(controller_->time_left_s(id, now))}};
    if (const auto job = controller_->jobs().find(id); job != controller_->jobs().end()) {
        answer["boards_wanted"] = job->second.boards_wanted;
    }
    if (const auto waiting = controller_->waiting(id, now)) {
        answer["place"] = waiting->place;
        answer["before"] = waiting->before;
        answer["waits_for"] = waiting->why;
    }
    return answer;
}

json Session::set_quota(const Call& call, Moment now) {
    const Arguments arguments(
        call.args, call.kwargs,
        {"user", "boards", "jobs", "board_seconds", "priority", "usage_anew"});
    const std::string user = arguments.text("user");
    Quota quota = controller_->users().set_by_admin(user);
    // What is not named stays; null takes it back.
    if (arguments.given("boards")) quota.boards = arguments.optional_integer("boards");
    if (arguments.given("jobs")) quota.jobs = arguments.optional_integer("jobs");
    if (arguments.given("board_seconds")) {
        quota.board_seconds = arguments.optional_number("board_seconds");
    }
    if (arguments.given("priority")) quota.priority = arguments.optional_integer("priority");
    controller_->set_quota(user, quota, arguments.optional_flag("usage_anew").value_or(false),
                           caller_, now);
    return nullptr;
}

json Session::get_quotas(const Call& call, Moment now) {
    const Arguments none(call.args, call.kwargs, {});
    const Users& users = controller_->users();
    const auto entry = [&](const std::string& user, const Quota& quota) -> json {
        return {
            {"quota", description_of(quota)},
            {"in_use", description_of(users.use_of(user), controller_->activity(user, now), now)}};
    };
    json list = json::object();
    if (caller_.admin) {
        for (const auto& [user, quota] : users.quotas()) list[user] = entry(user, quota);
    }
    list[caller_.user] = entry(caller_.user, users.quota(caller_.user));
    return {{"everybody", description_of(users.everybody())}, {"users", list}};
}

json Session::begin_run(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"label", "threads_wanted"});
    const Run& run = controller_->begin_run(caller_, arguments.text("label"),
                                            arguments.integer("threads_wanted"), now);
    runs_.insert(run.id);
    return {{"run", run.id},
            {"threads", run.threads},
            {"limit_s", or_null(controller_->runs().limit_s())}};
}

json Session::run_progress(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"run", "fraction", "text"});
    controller_->run_progress(arguments.integer("run"), caller_,
                              arguments.optional_number("fraction"),
                              arguments.optional_text("text").value_or(std::string{}), now);
    return nullptr;
}

json Session::end_run(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"run"});
    const RunId run = arguments.integer("run");
    controller_->end_run(run, caller_);
    runs_.erase(run);
    return nullptr;
}

json Session::list_runs(const Call& call, Moment) {
    const Arguments none(call.args, call.kwargs, {});
    json list = json::array();
    for (const auto& [id, run] : controller_->runs().all()) {
        if (sees(run.uid, run.user)) list.push_back(description_of(run));
    }
    return list;
}

json Session::notify_run(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"run"});
    watch(watched_runs_, arguments.optional_integer("run"));
    return nullptr;
}

json Session::no_notify_run(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"run"});
    unwatch(watched_runs_, arguments.optional_integer("run"));
    return nullptr;
}

json Session::user_activity(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"user"});
    const std::string user = arguments.optional_text("user").value_or(caller_.user);
    if (!caller_.admin && user != caller_.user) {
        throw AccessError("what other users do is not for you to see",
                          "Ask for your own activity, or as an admin.");
    }
    const Activity activity = controller_->activity(user, now);
    return {{"user", user},
            {"active", activity.any()},
            {"jobs_on", activity.jobs_on},
            {"jobs_idle", activity.jobs_idle},
            {"jobs_queued", activity.jobs_queued},
            {"runs", activity.runs}};
}

json Session::boards_wanted(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"owner"});
    controller_->boards_wanted(caller_, arguments.text("owner"), now);
    return nullptr;
}

json Session::release_user(const Call& call, Moment now) {
    const Arguments arguments(call.args, call.kwargs, {"user", "reason"});
    const std::string user = arguments.text("user");
    // First, and whatever becomes of the rest: what is released must not be taken again.
    if (service_.http != nullptr && caller_.admin) service_.http->close_of(user);
    return controller_->release_user(
        user, arguments.optional_text("reason").value_or("released by an admin"), caller_, now);
}

HttpSessions& Session::http_sessions() const {
    if (!caller_.admin) {
        throw AccessError("sessions of the HTTP service are opened and closed for others by admins",
                          "Sign in there yourself.");
    }
    if (service_.http == nullptr) {
        throw AllocationError("this spallocd has no HTTP service",
                              "Start it with --http-socket, --http or --https.");
    }
    return *service_.http;
}

json Session::open_http_session(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"user", "label", "lifetime_s"});
    const std::string label = arguments.text("label");
    const double lifetime_s =
        arguments.optional_number("lifetime_s").value_or(std::numeric_limits<double>::infinity());
    if (label.empty() || !(lifetime_s > 0)) {
        throw AllocationError("a session that is opened for somebody has a label and some time",
                              "Give a label that is not empty, and more than 0 seconds.");
    }
    return http_sessions().open(caller_, arguments.text("user"), label, lifetime_s);
}

json Session::close_http_sessions(const Call& call, Moment) {
    const Arguments arguments(call.args, call.kwargs, {"label"});
    http_sessions().close_labelled(arguments.text("label"));
    return nullptr;
}

}  // namespace spinnlab::alloc::protocol
