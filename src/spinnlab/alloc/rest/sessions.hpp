// SPDX-License-Identifier: Apache-2.0
// Sessions of the service, by cookie, and how often somebody may try a password.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "spinnlab/alloc/rest/users.hpp"

namespace spinnlab::alloc::rest {

inline constexpr double kSession_s = 1'800;  ///< since the last request
inline constexpr double kLoginForm_s = 600;  ///< of a form before anybody has signed in
inline constexpr int kMostFailures = 5;      ///< wrong passwords in a row
inline constexpr double kLocked_s = 600;     ///< after so many
inline constexpr std::size_t kMostSessions = 10'000;
inline constexpr std::size_t kMostForms = 2'000;
inline constexpr std::size_t kMostFailing = 10'000;  ///< names whose failures are counted

struct Session {
    std::optional<Identity> identity;  ///< nothing: a login form
    std::string csrf;
    double until_s = 0;    ///< monotonic
    std::string label;     ///< what an admin who opened it for somebody calls it; else empty
    double longest_s = 0;  ///< monotonic; it ends then, however much it is used
};

/// Times are monotonic seconds. Cookies are kept as hashes only.
class Sessions {
 public:
    /// A new session, and the cookie that stands for it. The one that would end first makes room
    /// where there are too many of its kind.
    std::string open(std::optional<Identity> identity, double now_s, std::string label = {},
                     double lifetime_s = std::numeric_limits<double>::infinity());
    /// The session of a cookie, kept alive by being asked for; null without.
    [[nodiscard]] const Session* find(std::string_view cookie, double now_s);
    void close(std::string_view cookie);
    /// What stands for a session instead of its cookie, and whether that is still there.
    [[nodiscard]] static std::string key(std::string_view cookie);
    [[nodiscard]] bool has(const std::string& key) const { return signed_in_.contains(key); }
    /// All that have the label.
    void close_labelled(const std::string& label);
    /// All of an account of this computer.
    void close_of(UserId uid);

 private:
    using Map = std::map<std::string, Session>;
    static void make_room(Map& sessions, std::size_t most, double now_s);
    Map signed_in_;  ///< by hash of the cookie
    Map forms_;
};

/// Wrong passwords by name, of names that nobody has too: an answer must not tell which exist.
class Attempts {
 public:
    /// Seconds for which a name is still locked; 0: it may try.
    [[nodiscard]] double locked_s(const std::string& name, double now_s) const;
    void failed(const std::string& name, double now_s);
    void succeeded(const std::string& name);
    /// A password counted as wrong was never looked at.
    void untried(const std::string& name);

 private:
    struct Count {
        int failures = 0;
        double last_s = 0;
    };
    std::map<std::string, Count> counts_;
};

}  // namespace spinnlab::alloc::rest
