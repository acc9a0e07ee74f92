// SPDX-License-Identifier: Apache-2.0
// How deep a JSON text is nested; counted before parsing, which has no limit of its own.
#pragma once

#include <string_view>

namespace spinnlab::alloc {

/// Whether brackets outside of strings are nested deeper than `limit`; any bytes are taken.
[[nodiscard]] bool nested_deeper_than(std::string_view text, int limit);

}  // namespace spinnlab::alloc
