// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <bit>
#include <cerrno>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::emulator {

static_assert(std::endian::native == std::endian::little,
              "emulated memory is little-endian, so is the host");

Sdram::Sdram() {
    void* const address = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) {
        throw MachineError(fmt::format("no address space for a chip's 128 MiB of SDRAM ({})",
                                       std::strerror(errno)),
                           "raise the limit of virtual memory (ulimit -v) or use fewer boards");
    }
    // A huge page would be resident as a whole for one byte written.
    madvise(address, kBytes, MADV_NOHUGEPAGE);
    data_ = static_cast<std::uint8_t*>(address);
}

Sdram::~Sdram() { munmap(data_, kBytes); }

void Sdram::clear() { madvise(data_, kBytes, MADV_DONTNEED); }

}  // namespace spinnlab::emulator
