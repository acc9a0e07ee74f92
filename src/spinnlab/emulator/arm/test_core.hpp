// SPDX-License-Identifier: Apache-2.0
// A core with small memories and recorded devices, for the tests of this folder.
#pragma once

#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

#include "spinnlab/emulator/arm/cpu.hpp"

namespace spinnlab::emulator::arm {

/// Devices at 0x20000000: a word each, reads and writes are noted with the time they saw. Anything
/// else does not answer.
class RecordingBus final : public Bus {
 public:
    struct Access {
        bool is_write;
        std::uint32_t address;
        std::uint32_t value;
        Width width;
        Cycles clock;
    };

    std::optional<std::uint32_t> read(std::uint32_t address, Width width) override {
        if (address == 0xffff'f030) return vector;
        if (address >> 28 != 2) return std::nullopt;
        accesses.push_back({false, address, answer, width, cpu->clock()});
        if (on_access) on_access(address);
        return answer;
    }
    bool write(std::uint32_t address, std::uint32_t value, Width width) override {
        if (address >> 28 != 2) return false;
        accesses.push_back({true, address, value, width, cpu->clock()});
        if (on_access) on_access(address);
        return true;
    }

    Cpu* cpu = nullptr;
    std::uint32_t answer = 0;
    std::uint32_t vector =
        0;  ///< what the interrupt controller's window at the top of memory reads
    std::function<void(std::uint32_t)> on_access;
    std::vector<Access> accesses;
};

class TestCore {
 public:
    static constexpr std::uint32_t kProgram = 0x100;

    TestCore() : sdram_(1 << 20), cpu(sdram_, bus) {
        bus.cpu = &cpu;
        for (std::uint32_t vector = 0; vector < 0x20; vector += 4) put(vector, 0xeaff'fffe);
        cpu.reset(kProgram, 0, 0x8000);
    }

    /// Any memory but devices.
    std::uint8_t* at(std::uint32_t address) {
        if (address < kItcmBytes) return &cpu.itcm()[address];
        if (address - kDtcmBase < kDtcmBytes) return &cpu.dtcm()[address - kDtcmBase];
        return &sdram_.at(address - kSdramBase);
    }
    void put(std::uint32_t address, std::uint32_t word) {
        std::memcpy(at(address), &word, 4);
        if (address < kItcmBytes) cpu.code_changed(address, 4);
    }
    std::uint32_t get(std::uint32_t address) {
        std::uint32_t word;
        std::memcpy(&word, at(address), 4);
        return word;
    }
    void load(std::uint32_t address, std::initializer_list<std::uint32_t> words) {
        for (const std::uint32_t word : words) {
            put(address, word);
            address += 4;
        }
    }
    void load_thumb(std::uint32_t address, std::initializer_list<std::uint16_t> halves) {
        for (const std::uint16_t half : halves) {
            std::memcpy(at(address), &half, 2);
            if (address < kItcmBytes) cpu.code_changed(address, 2);
            address += 2;
        }
    }

    /// Loads at kProgram, with a branch to itself behind, and runs until that is reached.
    void run(std::initializer_list<std::uint32_t> words, Cycles cycles = 3000) {
        load(kProgram, words);
        put(kProgram + 4 * static_cast<std::uint32_t>(words.size()), 0xeaff'fffe);
        cpu.run(cpu.clock() + cycles);
    }
    void run_thumb(std::initializer_list<std::uint16_t> halves, Cycles cycles = 3000) {
        load_thumb(kProgram, halves);
        load_thumb(kProgram + 2 * static_cast<std::uint32_t>(halves.size()), {0xe7fe});
        set(15, kProgram);
        set_cpsr(kThumb, kThumb);
        cpu.run(cpu.clock() + cycles);
    }

    [[nodiscard]] std::uint32_t r(std::size_t i) const { return cpu.registers().r[i]; }
    [[nodiscard]] std::uint32_t cpsr() const { return cpu.registers().cpsr; }
    [[nodiscard]] std::uint32_t flags() const { return cpsr() & 0xf800'0000; }
    [[nodiscard]] Mode mode() const { return static_cast<Mode>(cpsr() & kModeMask); }
    void set(std::size_t i, std::uint32_t value) {
        Registers registers = cpu.registers();
        registers.r[i] = value;
        cpu.set_registers(registers);
    }
    void set_cpsr(std::uint32_t value, std::uint32_t mask) {
        Registers registers = cpu.registers();
        registers.cpsr = (registers.cpsr & ~mask) | (value & mask);
        cpu.set_registers(registers);
    }

 private:
    std::vector<std::uint8_t> sdram_;

 public:
    RecordingBus bus;
    Cpu cpu;
};

}  // namespace spinnlab::emulator::arm
