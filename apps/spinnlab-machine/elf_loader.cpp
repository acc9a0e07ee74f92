// SPDX-License-Identifier: Apache-2.0
// ELF32: System V ABI, chapter 4 and 5; machine-dependent values: ELF for the Arm Architecture (IHI
// 0044).
#include "elf_loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

constexpr std::size_t kHeaderBytes = 52;
constexpr std::size_t kProgramHeaderBytes = 32;
constexpr std::size_t kSectionHeaderBytes = 40;
constexpr std::size_t kSymbolBytes = 16;
constexpr std::size_t kMostFileBytes = 16u << 20;

constexpr std::uint16_t kTypeExecutable = 2;
constexpr std::uint16_t kMachineArm = 40;
constexpr std::uint32_t kSegmentLoad = 1, kSegmentDynamic = 2, kSegmentInterpreter = 3;
constexpr std::uint32_t kSectionSymbols = 2;
constexpr std::uint8_t kSymbolFunction = 2;

constexpr const char* kWayOut =
    "Link one program for one core: arm-none-eabi-gcc -mcpu=arm968e-s -nostdlib with the linker "
    "script "
    "examples/bare_metal/runtime/program.ld; see docs/howto/run-your-own-binary.md.";

/// The file's bytes; reads beyond its end throw, so no offset in the file is trusted.
class File {
 public:
    File(std::span<const std::uint8_t> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

    [[noreturn]] void refuse(const std::string& why) const {
        throw MachineError(fmt::format("{}: {}.", name_, why), kWayOut);
    }
    [[nodiscard]] std::span<const std::uint8_t> part(std::uint64_t offset, std::uint64_t bytes,
                                                     std::string_view what) const {
        if (offset > bytes_.size() || bytes > bytes_.size() - offset) {
            refuse(fmt::format("{} ({} bytes at offset {}) lies beyond the file's end ({} bytes)",
                               what, bytes, offset, bytes_.size()));
        }
        return bytes_.subspan(offset, bytes);
    }

 private:
    std::span<const std::uint8_t> bytes_;
    std::string_view name_;
};

std::uint16_t half_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(bytes[offset] | bytes[offset + 1] << 8);
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return half_at(bytes, offset) | static_cast<std::uint32_t>(half_at(bytes, offset + 2)) << 16;
}

bool inside(std::uint32_t address, std::uint64_t bytes, std::uint32_t base, std::uint32_t size) {
    return address >= base && address - base <= size && bytes <= size - (address - base);
}

void check_header(const File& file, std::span<const std::uint8_t> header) {
    constexpr std::array<std::uint8_t, 4> magic = {0x7f, 'E', 'L', 'F'};
    if (!std::equal(magic.begin(), magic.end(), header.begin())) {
        file.refuse("not an ELF file");
    }
    if (header[4] != 1 || header[5] != 1 || half_at(header, 18) != kMachineArm) {
        file.refuse(
            fmt::format("not a 32-bit little-endian ARM program (class {}, data {}, machine {})",
                        header[4], header[5], half_at(header, 18)));
    }
    if (half_at(header, 16) != kTypeExecutable) {
        file.refuse(fmt::format("not an executable but an object of type {}", half_at(header, 16)));
    }
    if (half_at(header, 44) != 0 && half_at(header, 42) != kProgramHeaderBytes) {
        file.refuse(fmt::format("program headers of {} bytes", half_at(header, 42)));
    }
}

std::optional<Segment> read_segment(const File& file, std::span<const std::uint8_t> header) {
    const std::uint32_t type = word_at(header, 0);
    if (type == kSegmentDynamic || type == kSegmentInterpreter) {
        file.refuse("linked dynamically, and there is nobody on a core who could do the rest");
    }
    const std::uint32_t file_bytes = word_at(header, 16), memory_bytes = word_at(header, 20);
    if (type != kSegmentLoad || memory_bytes == 0) {
        return std::nullopt;
    }
    const std::uint32_t address = word_at(header, 8);
    if (address != word_at(header, 12)) {
        file.refuse(fmt::format("a segment at 0x{:08x} is to be loaded to 0x{:08x}", address,
                                word_at(header, 12)));
    }
    if (file_bytes > memory_bytes) {
        file.refuse(fmt::format("the segment at 0x{:08x} has {} bytes in the file, {} in memory",
                                address, file_bytes, memory_bytes));
    }
    if (!inside(address, memory_bytes, 0, kProgramItcmBytes) &&
        !inside(address, memory_bytes, kProgramDtcmBase, kProgramDtcmBytes)) {
        file.refuse(
            fmt::format("the segment of {} bytes at 0x{:08x} lies neither in the ITCM (0 to "
                        "0x{:x}) nor in the DTCM "
                        "(0x{:x} to 0x{:x})",
                        memory_bytes, address, kProgramItcmBytes, kProgramDtcmBase,
                        kProgramDtcmBase + kProgramDtcmBytes));
    }
    if (address % 4 != 0) {
        file.refuse(
            fmt::format("the segment at 0x{:08x} does not start at a multiple of 4", address));
    }
    const auto bytes = file.part(word_at(header, 4), file_bytes, "a segment");
    return Segment{address, {bytes.begin(), bytes.end()}, memory_bytes};
}

std::vector<Segment> read_segments(const File& file, std::span<const std::uint8_t> header) {
    const std::uint16_t count = half_at(header, 44);
    const auto table = file.part(word_at(header, 28), std::uint64_t{count} * kProgramHeaderBytes,
                                 "the table of program headers");
    std::vector<Segment> segments;
    for (std::size_t i = 0; i < count; ++i) {
        if (auto segment =
                read_segment(file, table.subspan(i * kProgramHeaderBytes, kProgramHeaderBytes))) {
            segments.push_back(std::move(*segment));
        }
        if (segments.size() > kProgramItcmBytes / 4 + kProgramDtcmBytes / 4) {
            file.refuse("more segments than the memories have words");
        }
    }
    std::sort(segments.begin(), segments.end(),
              [](const Segment& a, const Segment& b) { return a.address < b.address; });
    for (std::size_t i = 1; i < segments.size(); ++i) {
        if (segments[i].address < segments[i - 1].end()) {
            file.refuse(fmt::format("the segments at 0x{:08x} and 0x{:08x} overlap",
                                    segments[i - 1].address, segments[i].address));
        }
    }
    return segments;
}

std::string string_at(std::span<const std::uint8_t> strings, std::uint32_t offset) {
    if (offset >= strings.size()) {
        return {};
    }
    const auto rest = strings.subspan(offset);
    return {rest.begin(), std::find(rest.begin(), rest.end(), std::uint8_t{0})};
}

/// Functions by the symbol table. Names only serve messages, but a table that lies is no reason to
/// trust the rest.
std::vector<Function> read_functions(const File& file, std::span<const std::uint8_t> header) {
    const std::uint16_t count = half_at(header, 48);
    if (count == 0 || word_at(header, 32) == 0) {
        return {};
    }
    if (half_at(header, 46) != kSectionHeaderBytes) {
        file.refuse(fmt::format("section headers of {} bytes", half_at(header, 46)));
    }
    const auto table = file.part(word_at(header, 32), std::uint64_t{count} * kSectionHeaderBytes,
                                 "the table of section headers");
    std::vector<Function> functions;
    for (std::size_t i = 0; i < count; ++i) {
        const auto section = table.subspan(i * kSectionHeaderBytes, kSectionHeaderBytes);
        const std::uint32_t link = word_at(section, 24);
        if (word_at(section, 4) != kSectionSymbols || link >= count) {
            continue;
        }
        const auto names = table.subspan(link * kSectionHeaderBytes, kSectionHeaderBytes);
        const auto strings =
            file.part(word_at(names, 16), word_at(names, 20), "the symbols' names");
        const auto symbols =
            file.part(word_at(section, 16), word_at(section, 20), "the symbol table");
        for (std::size_t at = 0; at + kSymbolBytes <= symbols.size(); at += kSymbolBytes) {
            const std::uint32_t value = word_at(symbols, at + 4);
            if ((symbols[at + 12] & 0xf) == kSymbolFunction) {
                functions.push_back({value & ~1u, word_at(symbols, at + 8), (value & 1) != 0,
                                     string_at(strings, word_at(symbols, at))});
            }
        }
        break;  // a second table would tell the same symbols again
    }
    std::sort(functions.begin(), functions.end(),
              [](const Function& a, const Function& b) { return a.address < b.address; });
    return functions;
}

}  // namespace

std::string Program::function_at(std::uint32_t address) const {
    auto after = std::upper_bound(
        functions.begin(), functions.end(), address,
        [](std::uint32_t a, const Function& function) { return a < function.address; });
    if (after == functions.begin()) {
        return {};
    }
    const Function& function = *std::prev(after);
    const std::uint32_t offset = address - function.address;
    if (function.bytes != 0 && offset >= function.bytes) {
        return {};
    }
    return offset == 0 ? function.name : fmt::format("{}+0x{:x}", function.name, offset);
}

Program read_elf(std::span<const std::uint8_t> bytes, std::string_view name) {
    const File file(bytes, name);
    const auto header = file.part(0, kHeaderBytes, "the ELF header");
    check_header(file, header);
    Program program{word_at(header, 24), read_segments(file, header), read_functions(file, header)};
    if (program.segments.empty()) {
        file.refuse("nothing to load");
    }
    const auto holds_entry = [&](const Segment& segment) {
        return program.entry >= segment.address &&
               program.entry - segment.address < segment.bytes.size();
    };
    if (program.entry >= kProgramItcmBytes || program.entry % 4 != 0 ||
        std::none_of(program.segments.begin(), program.segments.end(), holds_entry)) {
        file.refuse(fmt::format("the entry 0x{:08x} is no ARM code in the ITCM", program.entry));
    }
    return program;
}

std::vector<std::uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::uint8_t> bytes;
    std::array<char, 65536> block{};
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
        bytes.insert(bytes.end(), block.begin(), block.begin() + file.gcount());
        if (bytes.size() > kMostFileBytes) {
            throw MachineError(fmt::format("{}: more than {} bytes.", path, kMostFileBytes),
                               kWayOut);
        }
    }
    if (!file.eof()) {
        throw MachineError(fmt::format("{}: cannot be read.", path),
                           "Check the path and whether you may read the file.");
    }
    return bytes;
}

}  // namespace spinnlab::machine_app
