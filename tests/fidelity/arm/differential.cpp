// SPDX-License-Identifier: Apache-2.0
// Runs instruction sequences on our core for test_against_unicorn.py: cases on standard input,
// results on standard output, both as little-endian records of fixed size.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "spinnlab/emulator/arm/cpu.hpp"

namespace {

using namespace spinnlab::emulator::arm;

constexpr std::uint32_t kWindowBase = 0x0040'7000;  ///< the part of DTCM that sequences work in
constexpr std::uint32_t kWindowBytes = 0x2000;
constexpr std::size_t kCodeBytes = 192;
constexpr Cycles kLimit = 20'000;

struct Case {
    std::uint32_t address;  ///< of the first instruction; bit 0: Thumb
    std::uint32_t cpsr;
    std::array<std::uint32_t, 15> r;
    std::array<std::uint8_t, kCodeBytes> code;
};
static_assert(sizeof(Case) == 17 * 4 + kCodeBytes);

struct Result {
    std::array<std::uint32_t, 16> r;
    std::uint32_t cpsr;
    std::uint32_t window_crc;
};
static_assert(sizeof(Result) == 18 * 4);

class NoDevices final : public Bus {
 public:
    std::optional<std::uint32_t> read(std::uint32_t, Width) override { return std::nullopt; }
    bool write(std::uint32_t, std::uint32_t, Width) override { return false; }
};

/// The CRC-32 of zlib.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    static const auto kTable = [] {
        std::array<std::uint32_t, 256> table{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t c = i;
            for (int k = 0; k < 8; ++k) c = c & 1 ? 0xedb8'8320u ^ c >> 1 : c >> 1;
            table[i] = c;
        }
        return table;
    }();
    std::uint32_t crc = ~0u;
    for (const std::uint8_t byte : bytes) crc = kTable[(crc ^ byte) & 0xff] ^ crc >> 8;
    return ~crc;
}

Result run(Cpu& cpu, const Case& c) {
    const std::span<std::uint8_t> window =
        cpu.dtcm().subspan(kWindowBase - kDtcmBase, kWindowBytes);
    for (std::uint32_t i = 0; i < kWindowBytes; i += 4) {
        const std::uint32_t word = i * 2654435761u;
        std::memcpy(&window[i], &word, 4);
    }
    const std::uint32_t pc = c.address & ~1u;
    std::memcpy(&cpu.itcm()[pc], c.code.data(), c.code.size());
    cpu.code_changed(pc, kCodeBytes);
    Registers registers;
    std::copy(c.r.begin(), c.r.end(), registers.r.begin());
    registers.r[15] = pc;
    registers.cpsr = c.cpsr | (c.address & 1 ? kThumb : 0);
    cpu.set_registers(registers);
    cpu.set_clock(0);
    cpu.run(kLimit);
    const Registers after = cpu.registers();
    return {after.r, after.cpsr, crc32(window)};
}

}  // namespace

int main() {
    std::vector<std::uint8_t> sdram(4096);
    NoDevices bus;
    Cpu cpu(sdram, bus);
    cpu.reset(0, 0, 0);
    // Whatever goes wrong ends in an endless loop at its vector.
    for (std::uint32_t vector = 0; vector < 0x20; vector += 4) {
        const std::uint32_t branch_to_itself = 0xeaff'fffe;
        std::memcpy(&cpu.itcm()[vector], &branch_to_itself, 4);
    }
    auto c = std::make_unique<Case>();
    while (std::fread(c.get(), sizeof(Case), 1, stdin) == 1) {
        const Result result = run(cpu, *c);
        std::fwrite(&result, sizeof result, 1, stdout);
    }
}
