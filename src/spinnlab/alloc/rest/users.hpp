// SPDX-License-Identifier: Apache-2.0
// Who may use the service, and as what.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "spinnlab/alloc/caller.hpp"
#include "spinnlab/alloc/job.hpp"

namespace spinnlab::alloc::rest {

/// Each may do what those before it may.
enum class Role {
    Reader,  ///< looks at machines and at the states of jobs
    User,    ///< has jobs of his own
    Admin,   ///< sees and changes everybody's jobs
};

/// Somebody who has signed in: one of the service's own users, or an account of this computer for
/// whom an admin has opened the session. Such a person's jobs of the line protocol are theirs here,
/// too; a user of the service who happens to have an account's name has none of that account's.
struct Identity {
    std::string name;
    Role role = Role::Reader;
    UserId uid = kNoUserId;  ///< of the account
    friend bool operator==(const Identity&, const Identity&) = default;
};

/// Whose a job is.
struct Owner {
    UserId uid = kNoUserId;
    std::string user;
};

inline Owner owner_of(const Job& job) { return {job.uid, job.user}; }

/// Who asks the allocator on behalf of somebody who has signed in.
inline Caller caller_of(const Identity& who) {
    return {who.uid, who.name, who.role == Role::Admin};
}

/// Whether somebody may change what is `owner`'s, and see more of it than its state.
inline bool owns(const Identity& who, const Owner& owner) {
    return who.role == Role::Admin ||
           (who.role == Role::User && caller_of(who).is(owner.uid, owner.user));
}

struct User {
    Identity identity;
    std::string password_hash;  ///< empty: no sign-in by password
    std::string token_hash;     ///< empty: none by token
};

class Users {
 public:
    Users() = default;
    /// A user a line: name, role (reader, user, admin), then a password hash, a token hash, or
    /// both.
    /// '#' starts a comment line. `source` names the text in errors. Throws AllocationError for
    /// lines that are not understood, names given twice and a text without users.
    static Users parse(std::string_view text, const std::string& source);

    [[nodiscard]] const User* find(const std::string& name) const;
    [[nodiscard]] std::optional<Identity> by_token(std::string_view token) const;

 private:
    std::map<std::string, User> users_;
    std::map<std::string, Identity> tokens_;  ///< by hash
};

}  // namespace spinnlab::alloc::rest
