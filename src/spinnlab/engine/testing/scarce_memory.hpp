// SPDX-License-Identifier: Apache-2.0
// Memory that ends when a test wants it to. The operators new and delete of the whole program are
// those of scarce_memory.cpp, in a file of their own: a compiler that sees through them warns.
#pragma once

#include <cstdint>

namespace spinnlab::engine::testing {

/// While it lives, this thread gets so many more large blocks and then std::bad_alloc for each.
/// Blocks below a KiB never fail: a system that is out of memory gives those for long, and the
/// library that writes JSON ends the program without them.
class ScarceMemory {
 public:
    explicit ScarceMemory(std::int64_t large_blocks);
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;
};

}  // namespace spinnlab::engine::testing
