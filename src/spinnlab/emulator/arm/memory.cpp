// SPDX-License-Identifier: Apache-2.0
// The memory map as a core sees it, any address, with time and device accesses.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "spinnlab/emulator/arm/cpu_state.hpp"

namespace spinnlab::emulator::arm {
namespace {

/// Where `address` lies in ordinary memory, or nullptr.
struct Place {
    u8* memory;
    bool is_sdram;
};

Place place_of(CpuState& s, u32 address) {
    if (address < kItcmBytes) return {&s.itcm[address], false};
    if (address - kDtcmBase < kDtcmBytes) return {&s.dtcm[address - kDtcmBase], false};
    const u32 far = (address & ~0x1000'0000u) - kSdramBase;
    if (far < s.sdram_bytes) return {s.sdram + far, true};
    return {nullptr, false};
}

}  // namespace

void* CpuState::operator new(std::size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    // A board has hundreds of these, each touched sparsely: huge pages would fill memory with
    // zeros.
    madvise(memory, size, MADV_NOHUGEPAGE);
    return memory;
}

void CpuState::operator delete(void* memory, std::size_t size) { munmap(memory, size); }

// The big arrays are left alone on purpose: the mapping is zero already, and writing makes it
// resident.
CpuState::CpuState(std::span<u8> the_sdram, Bus& the_bus)
    : sdram(the_sdram.data()),
      sdram_bytes(static_cast<u32>(std::min<std::size_t>(the_sdram.size(), kSdramBytes) & ~7ull)),
      bus(&the_bus) {}

void CpuState::stop_soon() {
    stop = true;
    if (!running) return;
    if (on_bus) return;  // ~BusAccess sees to it
    deadline -= static_cast<Cycles>((budget >> 32) + 1);
    budget = (budget & 0xffff'ffff) - cycle_cost(1);
}

namespace {

/// Brings `clock` to this very instruction; the budget stands at the end of the block.
class BusAccess {
 public:
    BusAccess(CpuState& s, const Cell* at) : s_(s) {
        s.pending = s.block->head.instructions - 1 - s.index_of(at);
        s.clock =
            s.deadline - static_cast<Cycles>((s.budget >> 32) + 1) - s.pending * kInstructionCycles;
        s.on_bus = true;
    }
    ~BusAccess() {
        const Cycles end = s_.clock + s_.pending * kInstructionCycles;
        // Device wait states may be long: never more debt than the budget's half can hold.
        if (s_.stop || end > s_.deadline) s_.deadline = end;
        const auto left = static_cast<i64>(s_.deadline - end);
        s_.budget = (s_.budget & 0xffff'ffff) + cycle_cost(left - 1);
        s_.pending = 0;
        s_.on_bus = false;
    }
    BusAccess(const BusAccess&) = delete;
    BusAccess& operator=(const BusAccess&) = delete;

 private:
    CpuState& s_;
};

}  // namespace

bool CpuState::read(const Cell* at, u32 address, Width width) {
    const auto bytes = static_cast<u32>(width);
    fault_address = address;
    if (address & (bytes - 1)) return false;
    if (const Place place = place_of(*this, address); place.memory != nullptr) {
        got = 0;
        std::memcpy(&got, place.memory, bytes);
        if (place.is_sdram) {
            budget -= cycle_cost(kSdramReadCycles);
            ++sdram_accesses;
        }
        return true;
    }
    const BusAccess access(*this, at);
    clock += kBusReadCycles;
    const std::optional<u32> answer = bus->read(address, width);
    if (!answer) return false;
    got = width == Width::Word ? *answer : *answer & ((1u << 8 * bytes) - 1);
    return true;
}

bool CpuState::write(const Cell* at, u32 address, u32 new_value, Width width) {
    const auto bytes = static_cast<u32>(width);
    fault_address = address;
    if (address & (bytes - 1)) return false;
    if (const Place place = place_of(*this, address); place.memory != nullptr) {
        std::memcpy(place.memory, &new_value, bytes);
        if (place.is_sdram) {
            budget -= cycle_cost(kSdramWriteCycles);
            ++sdram_accesses;
        } else if (address < kItcmBytes) {
            itcm_written(address, bytes);
        }
        return true;
    }
    const BusAccess access(*this, at);
    clock += kBusWriteCycles;
    const u32 sent = width == Width::Word ? new_value : new_value & ((1u << 8 * bytes) - 1);
    return bus->write(address, sent, width);
}

}  // namespace spinnlab::emulator::arm
