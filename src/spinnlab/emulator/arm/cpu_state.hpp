// SPDX-License-Identifier: Apache-2.0
// Everything a core consists of, laid out for speed, and the form of its decoded code.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "spinnlab/emulator/arm/bus.hpp"
#include "spinnlab/emulator/arm/cpu.hpp"
#include "spinnlab/emulator/arm/integers.hpp"

namespace spinnlab::emulator::arm {

struct CpuState;
union Cell;

/// One operation. The state of the flags and the budget travel in argument registers from one
/// handler to the next:
/// - `nz`: negative if N is set, low 32 bits zero if Z is set;
/// - `c`: 0 or 1; `v`: bit 31;
/// - `budget`: cycles left in this run, minus one, in the upper half (so that the sign says whether
///   to stop), instructions executed in the lower half.
using Handler = void (*)(CpuState*, const Cell*, i64 nz, u32 c, u32 v, i64 budget);

struct Op {
    Handler handler;
    u32 imm;
    u8 rd, rn, rm, aux;
};

/// Follows a branch: where it leads. An entry is a code address with bit 0 set for Thumb. A link is
/// the byte offset from CpuState of the block's head, 0 while unknown.
struct BranchTargets {
    u32 taken_entry, fall_entry;
    u32 taken_link, fall_link;
};

/// Starts a block; its cells follow, then one byte a cell: which instruction of the block it is of.
struct BlockHead {
    i64 charge;  ///< what the block's instructions take from the budget
    u32 entry;
    u8 instructions;
    u8 unused;
    u16 cells;
};

/// What decoded code is made of: 16 bytes.
union Cell {
    Op op;
    BranchTargets branch;
    BlockHead head;
    std::array<u8, 16> bytes;
};
static_assert(sizeof(Cell) == 16);

inline constexpr int kMaxBlockInstructions = 64;
inline constexpr int kMaxBlockCells = 6 * kMaxBlockInstructions + 8;
/// Room for the whole ITCM decoded once (about 9,500 cells) and overlaps. When full, all is
/// forgotten.
inline constexpr u32 kCodeCells = 0x10000;
/// Longest stretch between two looks at the caller's limit; keeps the budget within 32 bits.
inline constexpr i64 kMaxSliceCycles = 1 << 30;

constexpr i64 cycle_cost(i64 cycles) { return cycles * (i64{1} << 32); }
constexpr i64 block_charge(i64 instructions) {
    return cycle_cost(instructions * static_cast<i64>(kInstructionCycles)) - instructions;
}
constexpr bool is_thumb(u32 entry) { return entry & 1; }

struct CpuState {
    CpuState(std::span<u8> sdram_bytes, Bus& the_bus);

    /// The state is one anonymous mapping: memory and tables that nobody touches cost nothing.
    static void* operator new(std::size_t size);
    static void operator delete(void* memory, std::size_t size);

    // What handlers touch all the time, in few cache lines. r[15] is scratch: instructions that
    // write r15 leave their target there for the jump that follows. The registers lie in the middle
    // of a page: the memories begin and end (globals, stack) at its borders, and a load that agrees
    // with a store before it in the low twelve bits of the address has to wait for it.
    alignas(4096) std::array<u8, 0x840> lower_half_of_page;
    std::array<u32, 16> r{};
    const Cell* block = nullptr;  ///< head of the block under execution
    u8* sdram;
    u32 sdram_bytes;
    u32 saturated = 0;  ///< Q, 0 or 1
    u64 sdram_accesses = 0;
    u32 control = 0xd3;  ///< CPSR bits 7..0; the T bit is kept in `entry` and put in when read
    bool irq_line = false, fiq_line = false;

    // Where handlers leave what they carry when they return to the run loop.
    u32 entry = 0;  ///< next instruction
    i64 nz = 1;
    u32 c = 0, v = 0;
    i64 budget = 0;
    const Cell* next = nullptr;  ///< next operation, where calls cannot be made into jumps

    // Time: clock = deadline - cycles left. Inside a bus access `clock` itself is right.
    Cycles clock = 0;
    Cycles deadline = 0;
    u64 instructions = 0;
    u64 interrupts_taken = 0;
    u32 got = 0;            ///< what read() got
    u32 fault_address = 0;  ///< where read() or write() failed
    u32 pending = 0;        ///< instructions paid for but not executed yet, during a bus access
    bool running = false, on_bus = false;
    bool waiting = false, attention = false, stop = false, locked_up = false;
    bool forget_code = false;

    std::array<u32, 6> banked_r13{}, banked_r14{}, spsr{};
    std::array<u32, 5> fiq_r8_to_r12{}, user_r8_to_r12{};
    u32 cp15_control = 0;
    std::optional<Fault> fault;
    u64 instructions_at_fault = 0;
    u32 quick_faults = 0;  ///< faults in a row with next to nothing executed in between
    Bus* bus;
    u32 code_top = 1;                                                    ///< first free cell
    std::array<Cell, kMaxBlockCells + kMaxBlockCells / 16 + 2> scratch;  ///< code outside ITCM

    // One bit a word of ITCM: decoded; was written after having been taken for a constant.
    std::array<u32, kItcmBytes / 4 / 32> decoded, volatile_words;
    std::array<u32, kItcmBytes / 4> arm_blocks;  ///< link of the block that starts there
    std::array<u32, kItcmBytes / 2> thumb_blocks;
    alignas(4096) std::array<u8, kItcmBytes> itcm;
    alignas(4096) std::array<u8, kDtcmBytes> dtcm;
    alignas(4096) std::array<Cell, kCodeCells> code;

    // status.cpp: modes, status registers, exceptions.
    [[nodiscard]] u32 cpsr() const;
    void set_cpsr(u32 value, u32 mask);  ///< leaves the T bit alone
    void set_mode(u32 mode);
    [[nodiscard]] u32& present_spsr();
    [[nodiscard]] bool has_spsr() const;
    [[nodiscard]] bool interrupt_due() const {
        return (irq_line && !(control & kIrqDisabled)) || (fiq_line && !(control & kFiqDisabled));
    }
    void take_exception(u32 vector, Mode mode, u32 return_address);
    void take_fault(Fault::Kind kind, u32 pc, u32 address);

    // memory.cpp: any address, with alignment check, device access and time. False: data abort.
    bool read(const Cell* at, u32 address, Width width);
    bool write(const Cell* at, u32 address, u32 value, Width width);
    void itcm_written(u32 address, u32 bytes);
    void stop_soon();  ///< the present block is the last

    // translate.cpp
    [[nodiscard]] u32 link_of(u32 where) const {
        if ((where & ~1u) >= kItcmBytes) return 0;
        return is_thumb(where) ? thumb_blocks[where >> 1] : arm_blocks[where >> 2];
    }
    /// The block at an entry, decoded now if need be; nullptr if nothing can be fetched there.
    const Cell* block_at(u32 where);
    [[nodiscard]] bool code_is_full() const { return code_top + scratch.size() > kCodeCells; }
    void forget_all_code();

    [[nodiscard]] const Cell* at_link(u32 link) const {
        return reinterpret_cast<const Cell*>(reinterpret_cast<const u8*>(this) + link);
    }
    [[nodiscard]] u32 to_link(const Cell* head) const {
        return static_cast<u32>(reinterpret_cast<const u8*>(head) -
                                reinterpret_cast<const u8*>(this));
    }
    /// Which instruction of the present block a cell belongs to.
    [[nodiscard]] u32 index_of(const Cell* at) const {
        const auto* indices = reinterpret_cast<const u8*>(block + 1 + block->head.cells);
        return indices[at - block - 1];
    }
    /// Address, without the Thumb bit, of an instruction of the present block.
    [[nodiscard]] u32 address_of(u32 index) const {
        const u32 start = block->head.entry;
        return (start & ~1u) + index * (is_thumb(start) ? 2 : 4);
    }
};

struct Cpu::State : CpuState {
    using CpuState::CpuState;
};

}  // namespace spinnlab::emulator::arm
