// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/errors.hpp"

#include <fmt/format.h>

namespace spinnlab {

Error::Error(const std::string& what_is_wrong, std::string way_out)
    : std::runtime_error(way_out.empty() ? what_is_wrong : what_is_wrong + "\n  " + way_out),
      way_out_(std::move(way_out)) {}

namespace detail {
void assertion_failed(const char* condition, const char* file, int line) {
    throw InternalError(fmt::format("{}:{}: {} does not hold", file, line, condition));
}
}  // namespace detail

}  // namespace spinnlab
