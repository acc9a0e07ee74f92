// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/huge_buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {

namespace {
constexpr std::size_t kHugePageBytes = 2u << 20;
}

HugeBytes::HugeBytes(std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    // Small buffers gain nothing from a page of 2 MiB each.
    const bool huge = bytes >= kHugePageBytes / 2;
    mapped_bytes_ = huge ? bytes + 2 * kHugePageBytes : bytes;
    void* mapping = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        mapped_bytes_ = 0;
        throw RunError(
            fmt::format("no {} MiB of memory could be had for the simulation", (bytes >> 20) + 1),
            "Close other programs, or make the network smaller.");
    }
    mapping_ = mapping;
    start_ = static_cast<std::byte*>(mapping);
    if (huge) {
        const auto address = reinterpret_cast<std::uintptr_t>(mapping);
        start_ += (kHugePageBytes - address % kHugePageBytes) % kHugePageBytes;
        madvise(start_, bytes, MADV_HUGEPAGE);
    }
}

HugeBytes::~HugeBytes() {
    if (mapping_ != nullptr) munmap(mapping_, mapped_bytes_);
}

}  // namespace spinnlab::engine
