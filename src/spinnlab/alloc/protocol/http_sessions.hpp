// SPDX-License-Identifier: Apache-2.0
// What the line protocol knows of the HTTP service in the same daemon.
#pragma once

#include <string>

#include "spinnlab/alloc/caller.hpp"

namespace spinnlab::alloc::protocol {

/// Sessions of the HTTP service that an admin opens for somebody: a lab's hub, which knows people
/// by their tokens and browsers, lets them in so.
class HttpSessions {
 public:
    HttpSessions() = default;
    HttpSessions(const HttpSessions&) = delete;
    HttpSessions& operator=(const HttpSessions&) = delete;
    virtual ~HttpSessions() = default;

    /// The cookie of a new session of an account of this computer, which ends after `lifetime_s` at
    /// the latest. Throws AllocationError when there is no such account, AccessError when the
    /// admin `by` could not become that account's user without us.
    virtual std::string open(const Caller& by, const std::string& account, const std::string& label,
                             double lifetime_s) = 0;
    /// Those with the label.
    virtual void close_labelled(const std::string& label) = 0;
    /// Those of the account; none where there is no such account.
    virtual void close_of(const std::string& account) = 0;
};

}  // namespace spinnlab::alloc::protocol
