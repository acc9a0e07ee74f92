// SPDX-License-Identifier: Apache-2.0
// The error types of the house. A user's mistake and our bug never share a root.
#pragma once

#include <stdexcept>
#include <string>

namespace spinnlab {

/// Something the user can mend. `what()` says what is wrong with which thing, then the way out.
class Error : public std::runtime_error {
 public:
    Error(const std::string& what_is_wrong, std::string way_out);

    /// What to do about it, as one sentence; empty where nothing can be said.
    [[nodiscard]] const std::string& way_out() const noexcept { return way_out_; }

 private:
    std::string way_out_;
};

/// A machine that cannot be described, built, found or used as asked.
class MachineError : public Error {
 public:
    using Error::Error;
};

/// A network that cannot be as described. Names the population, the projection and the parameter.
class NetworkError : public Error {
 public:
    using Error::Error;
};

/// Something of PyNN or sPyNNaker that this way of running does not have.
class UnsupportedError : public Error {
 public:
    using Error::Error;
};

/// A network that does not fit: names the resource, what is needed, what is there, what would fit.
class CapacityError : public Error {
 public:
    using Error::Error;
};

/// A delay that needs a delay core where the network allows none.
class DelayExtensionError : public CapacityError {
 public:
    using CapacityError::CapacityError;
};

/// Boards that cannot be had, or a job that is not what the request takes it for.
class AllocationError : public Error {
 public:
    using Error::Error;
};

/// Something failed while a machine or a simulation ran.
class RunError : public Error {
 public:
    using Error::Error;
};

/// Our bug: an invariant of ours does not hold.
class InternalError : public std::logic_error {
 public:
    using std::logic_error::logic_error;
};

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

}  // namespace spinnlab

/// Checks an invariant in debug and CI builds; never for what a user or a packet can cause.
#ifdef SPINNLAB_ASSERTIONS
#define SPINNLAB_ASSERT(condition) \
    ((condition) ? void(0) : ::spinnlab::detail::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define SPINNLAB_ASSERT(condition) void(0)
#endif
