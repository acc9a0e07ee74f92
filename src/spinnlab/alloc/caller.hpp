// SPDX-License-Identifier: Apache-2.0
// Who asks. Found out by whoever has the connection, never taken from a request.
#pragma once

#include <cstdint>
#include <string>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {

using UserId = std::int64_t;
inline constexpr UserId kNoUserId = -1;  ///< of users whom this computer has no account for

struct Caller {
    UserId uid = kNoUserId;
    std::string user;    ///< name of the account; quotas and usage go by it
    bool admin = false;  ///< sees and may do everything

    /// Two callers with accounts are the same by number, others by name.
    [[nodiscard]] bool is(UserId other, const std::string& name) const {
        return uid == other && (uid != kNoUserId || user == name);
    }
};

/// The program that the allocator is part of, for what it does of its own accord.
inline const Caller& the_daemon() {
    static const Caller daemon{kNoUserId, "spallocd", true};
    return daemon;
}

/// Something that only its owner or an admin may do. Names nobody.
class AccessError : public AllocationError {
 public:
    using AllocationError::AllocationError;
};

}  // namespace spinnlab::alloc
