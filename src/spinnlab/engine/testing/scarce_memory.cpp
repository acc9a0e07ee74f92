// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/testing/scarce_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t kLarge = 1024;

/// Large blocks that this thread still gets; negative: all.
thread_local std::int64_t left = -1;

void* allocate(std::size_t bytes, std::size_t alignment) {
    if (left >= 0 && bytes >= kLarge) {
        if (left == 0) throw std::bad_alloc();
        --left;
    }
    void* at = nullptr;
    if (posix_memalign(&at, alignment, bytes == 0 ? 1 : bytes) != 0) throw std::bad_alloc();
    return at;
}

}  // namespace

namespace spinnlab::engine::testing {

ScarceMemory::ScarceMemory(std::int64_t large_blocks) { left = large_blocks; }
ScarceMemory::~ScarceMemory() { left = -1; }

}  // namespace spinnlab::engine::testing

// Arrays lead here, too.
// NOLINTBEGIN(cppcoreguidelines-no-malloc): this is what everything else is made of
void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
// NOLINTEND(cppcoreguidelines-no-malloc)
