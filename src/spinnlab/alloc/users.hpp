// SPDX-License-Identifier: Apache-2.0
// What each user may have, and has: quotas, boards in use, board-seconds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spinnlab::alloc {

/// What a user may have. Nothing: no limit of its own.
struct Quota {
    std::optional<std::int64_t> boards = {};    ///< at once
    std::optional<std::int64_t> jobs = {};      ///< with boards at once
    std::optional<double> board_seconds = {};   ///< boards times seconds, in all
    std::optional<std::int64_t> priority = {};  ///< higher goes first; 0 where nothing is said

    [[nodiscard]] bool empty() const { return *this == Quota{}; }
    friend bool operator==(const Quota&, const Quota&) = default;
};

/// What `over` says, and what `base` says where `over` says nothing.
[[nodiscard]] Quota overlaid(const Quota& base, const Quota& over);

/// "boards=6,jobs=4,board-seconds=3600,priority=2", in any order. Throws AllocationError.
[[nodiscard]] Quota parse_quota(std::string_view text);
/// The same with "user=NAME" in it.
[[nodiscard]] std::pair<std::string, Quota> parse_user_quota(std::string_view text);
/// "6 boards, 4 jobs, 3600 board-seconds, priority 2"; "no limit of its own".
[[nodiscard]] std::string in_words(const Quota& quota);
/// Throws AllocationError when a number is out of its range.
void check(const Quota& quota);

/// What one user has.
struct Use {
    std::int64_t boards = 0;
    std::int64_t jobs = 0;     ///< with boards
    double ended_board_s = 0;  ///< board-seconds of what is given back
    double started_board_s =
        0;  ///< over the boards in use: sum of the moments when they were given

    [[nodiscard]] double board_s(double now_s) const {
        return ended_board_s + static_cast<double>(boards) * now_s - started_board_s;
    }
    void take(std::int64_t n_boards, double at_s);
    void give_back(std::int64_t n_boards, double taken_at_s, double now_s);
};

struct UserOptions {
    Quota everybody;  ///< for those of whom nothing else is said
    std::map<std::string, Quota> users = {};
};

/// Of three layers: what holds for everybody, what the command line says of a user, and what an
/// admin has set while the daemon ran; each says only some things and the last one that does
/// counts.
class Users {
 public:
    explicit Users(UserOptions options) : options_(std::move(options)) {}

    [[nodiscard]] Quota quota(const std::string& user) const;
    /// What an admin has set; empty where nobody has.
    [[nodiscard]] Quota set_by_admin(const std::string& user) const;
    void set_by_admin(const std::string& user, const Quota& quota);
    [[nodiscard]] const Quota& everybody() const { return options_.everybody; }

    /// Stays where it is for the life of the object.
    [[nodiscard]] Use& use(const std::string& user) { return uses_[user]; }
    [[nodiscard]] const Use& use_of(const std::string& user) const;
    /// All who have or had something.
    [[nodiscard]] const std::map<std::string, Use>& uses() const { return uses_; }
    /// Names of all of whom something is known, quotas included.
    [[nodiscard]] std::map<std::string, Quota> quotas() const;

    /// Whether the user's board-seconds are used up.
    [[nodiscard]] bool used_up(const std::string& user, double now_s) const;
    /// "alice has used 3600.0 of 3600 board-seconds".
    [[nodiscard]] std::string used_in_words(const std::string& user, double now_s) const;
    /// When the first of those who have boards will have used up theirs.
    [[nodiscard]] std::optional<double> next_used_up_s() const;

 private:
    UserOptions options_;
    std::map<std::string, Quota> set_;
    std::map<std::string, Use> uses_;
};

}  // namespace spinnlab::alloc
