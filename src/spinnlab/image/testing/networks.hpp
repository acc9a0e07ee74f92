// SPDX-License-Identifier: Apache-2.0
// The networks whose published mapping is recorded, for tests and benches.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::image::testing {

using network::testing::Builder;

/// The networks of tests/golden/mapping-7.4.1 that are not made of drawn lists, by file name.
[[nodiscard]] const std::map<std::string, std::function<void(Builder&)>>& golden_networks();

}  // namespace spinnlab::image::testing
