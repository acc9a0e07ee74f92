// SPDX-License-Identifier: Apache-2.0
#include "aplx.hpp"

#include <fmt/format.h>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

constexpr std::uint32_t kOperationBytes = 16;
constexpr std::size_t kMostOperations = 64;  // the monitor looks at no more

struct Memory {
    std::uint32_t base;
    std::uint32_t bytes;
};
// SDRAM and system RAM with their two addresses each. The ITCM counts whole: published images use
// its top.
constexpr Memory kMemories[] = {{0x00000000, 0x8000},     {kProgramDtcmBase, kProgramDtcmBytes},
                                {0x60000000, 0x08000000}, {0x70000000, 0x08000000},
                                {0xe5000000, 0x8000},     {0xf5000000, 0x8000}};

std::uint64_t rounded(std::uint64_t bytes) {
    return (bytes + kAplxUnitBytes - 1) / kAplxUnitBytes * kAplxUnitBytes;
}

bool in_memory(std::uint32_t address, std::uint64_t bytes) {
    for (const Memory& memory : kMemories) {
        const std::uint32_t offset = address - memory.base;
        if (address >= memory.base && offset < memory.bytes && bytes <= memory.bytes - offset) {
            return true;
        }
    }
    return false;
}

void put_word(std::vector<std::uint8_t>& image, std::uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8) {
        image.push_back(static_cast<std::uint8_t>(word >> shift));
    }
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        word |= static_cast<std::uint32_t>(bytes[offset + i]) << 8 * i;
    }
    return word;
}

/// Operations by address: what rounding writes too much lies behind, and is written again by the
/// next one.
std::vector<AplxOperation> operations_of(const Program& program, std::string_view name) {
    std::vector<AplxOperation> operations;
    for (const Segment& segment : program.segments) {
        const auto bytes = static_cast<std::uint32_t>(segment.bytes.size());
        // Zeros start at the next word; the bytes up to there come with the copy, whose source is
        // padded with zeros.
        const std::uint32_t copied = (bytes + 3) / 4 * 4;
        if (copied > 0) {
            operations.push_back({AplxCode::CopyRelative, segment.address, 0, copied});
        }
        if (segment.memory_bytes > copied) {
            operations.push_back(
                {AplxCode::Fill, segment.address + copied, segment.memory_bytes - copied, 0});
        }
        if (!in_memory(segment.address, rounded(copied)) ||
            (segment.memory_bytes > copied &&
             !in_memory(segment.address + copied, rounded(segment.memory_bytes - copied)))) {
            throw MachineError(
                fmt::format(
                    "{}: the segment that ends at 0x{:08x} is too near to the end of its memory: "
                    "loading goes by units of {} bytes.",
                    name, segment.end(), kAplxUnitBytes),
                "Leave the last 31 bytes of the memory to the stack, as program.ld does.");
        }
    }
    operations.push_back({AplxCode::Execute, program.entry, 0, 0});
    if (operations.size() > kMostOperations) {
        throw MachineError(fmt::format("{}: {} operations to load it; the monitor does {}.", name,
                                       operations.size(), kMostOperations),
                           "Join its segments in the linker script, as program.ld does.");
    }
    return operations;
}

}  // namespace

std::vector<std::uint8_t> make_aplx(const Program& program, std::string_view name) {
    std::vector<AplxOperation> operations = operations_of(program, name);
    std::uint64_t offset = rounded(operations.size() * kOperationBytes);
    std::vector<std::uint8_t> image;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        AplxOperation& operation = operations[i];
        if (operation.code == AplxCode::CopyRelative) {
            operation.second = static_cast<std::uint32_t>(offset - i * kOperationBytes);
            offset += rounded(operation.third);
        }
        put_word(image, static_cast<std::uint32_t>(operation.code));
        put_word(image, operation.address);
        put_word(image, operation.second);
        put_word(image, operation.third);
    }
    for (const Segment& segment : program.segments) {
        image.resize(rounded(image.size()));
        image.insert(image.end(), segment.bytes.begin(), segment.bytes.end());
    }
    image.resize(rounded(image.size()));
    if (image.size() > kProgramBufferBytes) {
        throw MachineError(fmt::format("{}: an image of {} bytes; the chip's buffer for it has {}.",
                                       name, image.size(), kProgramBufferBytes),
                           "Make the program smaller.");
    }
    return image;
}

std::vector<AplxOperation> read_aplx(std::span<const std::uint8_t> image, std::string_view name) {
    const auto refuse = [&](std::size_t line, const std::string& why) {
        throw MachineError(fmt::format("{}: operation {}: {}.", name, line, why),
                           "The file is not a whole APLX image; build or copy it again.");
    };
    std::vector<AplxOperation> operations;
    for (std::size_t line = 0;; ++line) {
        const std::size_t at = line * kOperationBytes;
        if (line == kMostOperations || image.size() < at + kOperationBytes) {
            refuse(line, "the table has no end");
        }
        const auto part = image.subspan(at, kOperationBytes);
        AplxOperation operation{static_cast<AplxCode>(word_at(part, 0)), word_at(part, 4),
                                word_at(part, 8), word_at(part, 12)};
        const bool is_fill = operation.code == AplxCode::Fill;
        const std::uint64_t bytes = rounded(is_fill ? operation.second : operation.third);
        switch (operation.code) {
            case AplxCode::Execute: operations.push_back(operation); return operations;
            case AplxCode::CopyRelative:
                operation.second +=
                    static_cast<std::uint32_t>(at);  // may be negative in the file: wraps
                if (operation.second > image.size() ||
                    operation.third > image.size() - operation.second) {
                    refuse(line, fmt::format("copies {} bytes from offset {} of {}",
                                             operation.third, operation.second, image.size()));
                }
                break;
            case AplxCode::CopyAbsolute:
            case AplxCode::Fill: break;
            default: refuse(line, fmt::format("unknown code {}", word_at(part, 0)));
        }
        if (!in_memory(operation.address, bytes)) {
            refuse(line, fmt::format("writes {} bytes at 0x{:08x}", bytes, operation.address));
        }
        operations.push_back(operation);
    }
}

}  // namespace spinnlab::machine_app
