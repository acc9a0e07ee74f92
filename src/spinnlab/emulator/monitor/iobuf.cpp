// SPDX-License-Identifier: Apache-2.0
// A block is {next block, unix time, milliseconds, bytes used} and the text.
#include "spinnlab/emulator/monitor/iobuf.hpp"

#include <algorithm>

namespace spinnlab::emulator::monitor {

std::string iobuf_text(MonitorMemory memory, int core) {
    constexpr std::uint32_t kHeaderBytes = 16, kMostBlockBytes = 1 << 20;
    constexpr int kMostBlocks = 4096;  // a program may have made a ring of them
    std::string text;
    std::uint32_t block = memory.word(MonitorMemory::block(core) + vcpu::kIobuf);
    for (int i = 0; block != 0 && i < kMostBlocks; ++i) {
        const std::uint32_t bytes = std::min(memory.word(block + 12), kMostBlockBytes);
        const std::uint8_t* const data = memory.bytes(block + kHeaderBytes, bytes);
        if (data == nullptr) break;
        text.append(reinterpret_cast<const char*>(data), bytes);
        block = memory.word(block);
    }
    return text;
}

}  // namespace spinnlab::emulator::monitor
