// SPDX-License-Identifier: Apache-2.0
// Random bytes as programs: arm_fuzz [SEED [SECONDS]]. Nothing to compare with; the core must come
// back from every run with its clock where it was told, whatever code, devices, interrupts and
// changes of code do. Meant for builds with sanitizers.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "spinnlab/emulator/arm/cpu.hpp"
#include "spinnlab/emulator/arm/disassemble.hpp"

namespace {

using namespace spinnlab::emulator::arm;
using Random = std::mt19937;

constexpr std::uint32_t kSdramForTest = 0x10000;

[[noreturn]] void fail(const char* what, std::uint32_t seed) {
    std::fprintf(stderr, "arm_fuzz %u: %s\n", seed, what);
    std::abort();
}

/// Answers in most places, and does what devices may do meanwhile.
class Chaos final : public Bus {
 public:
    explicit Chaos(Random& random) : random_(random) {}
    std::optional<std::uint32_t> read(std::uint32_t address, Width width) override {
        check(address, width);
        if (address % 16 == 12) return std::nullopt;
        return random_();
    }
    bool write(std::uint32_t address, std::uint32_t, Width width) override {
        check(address, width);
        return address % 16 != 12;
    }

    Cpu* cpu = nullptr;
    std::uint32_t seed = 0;

 private:
    void check(std::uint32_t address, Width width) {
        if (address % static_cast<std::uint32_t>(width) != 0) fail("misaligned bus access", seed);
        if (cpu->clock() < last_) fail("the clock went back", seed);
        last_ = cpu->clock();
        switch (random_() % 16) {
            case 0: cpu->set_irq_line(random_() & 1); break;
            case 1: cpu->set_fiq_line(random_() & 1); break;
            case 2: cpu->request_attention(); break;
            case 3: cpu->add_cycles(random_() % 5000); break;
            case 4: cpu->code_changed(random_() % 0x9000, random_() % 0x9000); break;
            default: break;
        }
    }
    Random& random_;
    Cycles last_ = 0;
};

/// Words that are instructions more often than random bits are: few registers, common classes.
std::uint32_t likely_instruction(Random& random) {
    std::uint32_t word = random();
    if (random() % 4 != 0) word = (word & 0x0fff'ffff) | 0xe000'0000;
    if (random() % 8 == 0) word = (word & 0xf000'ffff) | 0x0f00'0000 | (random() & 0xff'0000);
    return word;
}

void fill(std::span<std::uint8_t> memory, Random& random) {
    for (std::size_t i = 0; i + 4 <= memory.size(); i += 4) {
        const std::uint32_t word = likely_instruction(random);
        std::memcpy(&memory[i], &word, 4);
    }
}

Registers random_registers(Random& random) {
    Registers registers;
    for (auto& r : registers.r) {
        constexpr std::uint32_t kBases[] = {0, kDtcmBase, kSdramBase, 0x7000'0000, 0x2000'0000};
        r = random() % 3 ? kBases[random() % 5] + random() % 0x8000 : random();
        if (random() % 4) r &= ~3u;
    }
    registers.r[15] = random() % 8 ? random() % kItcmBytes : kSdramBase + random() % kSdramForTest;
    registers.cpsr = random();
    for (auto& value : registers.spsr) value = random();
    return registers;
}

void run_one(std::uint32_t seed, std::vector<std::uint8_t>& sdram) {
    Random random(seed);
    Chaos bus(random);
    Cpu cpu(sdram, bus);
    bus.cpu = &cpu;
    bus.seed = seed;
    fill(cpu.itcm(), random);
    fill(sdram, random);
    cpu.reset(0, 0, 0);
    cpu.set_registers(random_registers(random));
    for (int i = 0; i < 200; ++i) {
        const Cycles before = cpu.clock();
        const std::uint64_t instructions = cpu.instructions();
        const Cycles limit = before + 1 + random() % 2000;
        const Stop stop = cpu.run(limit);
        if (cpu.clock() < before) fail("the clock went back", seed);
        if (stop == Stop::TimeIsUp && cpu.clock() < limit) fail("it stopped early", seed);
        if (cpu.instructions() - instructions > cpu.clock() - before)
            fail("instructions for nothing", seed);
        if (stop == Stop::LockedUp) cpu.reset(random() % kItcmBytes & ~3u, random(), 0x8000);
        if (stop == Stop::Waiting) cpu.set_irq_line(true);
        const Registers now = cpu.registers();
        const std::string text = disassemble_window(cpu.itcm(), 0, now.r[15], now.cpsr & kThumb);
        if (text.size() > 4000) fail("a window too large", seed);
        if (random() % 8 == 0) cpu.set_registers(random_registers(random));
        if (random() % 8 == 0) cpu.set_irq_line(random() & 1);
        if (random() % 8 == 0) {
            const std::uint32_t at = random() % (kItcmBytes - 256);
            fill(cpu.itcm().subspan(at & ~3u, 256), random);
            cpu.code_changed(at & ~3u, 256);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::uint32_t seed =
        argc > 1 ? static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 0)) : 1;
    const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 10;
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::vector<std::uint8_t> sdram(kSdramForTest);
    std::uint32_t programs = 0;
    for (; std::chrono::steady_clock::now() < end; ++seed, ++programs) run_one(seed, sdram);
    std::printf("%u programs, last seed %u\n", programs, seed - 1);
}
