// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/sessions.hpp"

#include <algorithm>
#include <utility>

#include "spinnlab/alloc/rest/secrets.hpp"

namespace spinnlab::alloc::rest {

/// Looks at all of them only when there are too many.
void Sessions::make_room(Map& sessions, std::size_t most, double now_s) {
    if (sessions.size() < most) return;
    std::erase_if(sessions, [&](const auto& entry) { return entry.second.until_s < now_s; });
    if (sessions.size() < most) return;
    sessions.erase(std::min_element(
        sessions.begin(), sessions.end(),
        [](const auto& a, const auto& b) { return a.second.until_s < b.second.until_s; }));
}

std::string Sessions::open(std::optional<Identity> identity, double now_s, std::string label,
                           double lifetime_s) {
    const bool form = !identity;
    Map& sessions = form ? forms_ : signed_in_;
    make_room(sessions, form ? kMostForms : kMostSessions, now_s);
    std::string cookie = random_token();
    const double until_s = now_s + std::min(form ? kLoginForm_s : kSession_s, lifetime_s);
    sessions[hash_token(cookie)] = {std::move(identity), random_token(), until_s, std::move(label),
                                    now_s + lifetime_s};
    return cookie;
}

const Session* Sessions::find(std::string_view cookie, double now_s) {
    if (cookie.empty()) return nullptr;
    const std::string key = hash_token(cookie);
    for (Map* sessions : {&signed_in_, &forms_}) {
        const auto found = sessions->find(key);
        if (found == sessions->end()) continue;
        if (found->second.until_s < now_s) {
            sessions->erase(found);
            return nullptr;
        }
        if (found->second.identity) {
            found->second.until_s = std::min(now_s + kSession_s, found->second.longest_s);
        }
        return &found->second;
    }
    return nullptr;
}

std::string Sessions::key(std::string_view cookie) { return hash_token(cookie); }

void Sessions::close(std::string_view cookie) {
    const std::string key = hash_token(cookie);
    signed_in_.erase(key);
    forms_.erase(key);
}

void Sessions::close_labelled(const std::string& label) {
    std::erase_if(signed_in_, [&](const auto& entry) { return entry.second.label == label; });
}

void Sessions::close_of(UserId uid) {
    std::erase_if(signed_in_, [&](const auto& entry) { return entry.second.identity->uid == uid; });
}

double Attempts::locked_s(const std::string& name, double now_s) const {
    const auto count = counts_.find(name);
    if (count == counts_.end() || count->second.failures < kMostFailures) return 0;
    return std::max(0.0, count->second.last_s + kLocked_s - now_s);
}

void Attempts::failed(const std::string& name, double now_s) {
    if (counts_.size() >= kMostFailing && !counts_.contains(name)) {
        std::erase_if(counts_,
                      [&](const auto& entry) { return entry.second.last_s + kLocked_s < now_s; });
        if (counts_.size() >= kMostFailing) {
            counts_.erase(std::min_element(
                counts_.begin(), counts_.end(),
                [](const auto& a, const auto& b) { return a.second.last_s < b.second.last_s; }));
        }
    }
    Count& count = counts_[name];
    if (count.last_s + kLocked_s < now_s) count.failures = 0;  // long ago
    ++count.failures;
    count.last_s = now_s;
}

void Attempts::succeeded(const std::string& name) { counts_.erase(name); }

void Attempts::untried(const std::string& name) {
    const auto count = counts_.find(name);
    if (count != counts_.end() && count->second.failures > 0) --count->second.failures;
}

}  // namespace spinnlab::alloc::rest
