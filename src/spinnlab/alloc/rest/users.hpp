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

/// Somebody who has signed in.
struct Identity {
    std::string name;
    Role role = Role::Reader;
    friend bool operator==(const Identity&, const Identity&) = default;
};

/// Whose a job is in this service. Jobs of the line protocol belong to accounts of the computer,
/// whatever their label says: they are nobody's here, and only admins see whose.
inline std::string owner_of(const Job& job) {
    return job.uid == kNoUserId ? job.user : std::string();
}

/// Who asks the allocator on behalf of somebody who has signed in.
inline Caller caller_of(const Identity& who) {
    return {kNoUserId, who.name, who.role == Role::Admin};
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
