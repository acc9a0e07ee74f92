// SPDX-License-Identifier: Apache-2.0
// How one operation hands over to the next.
//
// In optimised builds a handler ends by calling the next cell's handler with the same arguments,
// which the compiler turns into a jump: no loop, no stack, and every operation has an indirect
// branch of its own for the processor to predict. Where calls may not become jumps (no
// optimisation, sanitizers) the handler stores its arguments and returns to a loop.
#pragma once

#include <cstddef>
#include <type_traits>

#include "spinnlab/emulator/arm/cpu_state.hpp"
#include "spinnlab/emulator/arm/instruction.hpp"

#if defined(__OPTIMIZE__) && !defined(SPINNLAB_SANITIZED)
#define SPINNLAB_ARM_THREADED 1
#else
#define SPINNLAB_ARM_THREADED 0
#endif

namespace spinnlab::emulator::arm {

/// The travelling arguments. Lives in registers: bodies that take it are always inlined.
struct Hot {
    CpuState* s;
    const Cell* at;
    i64 nz;
    u32 c, v;
    i64 budget;

    [[nodiscard]] const Op& op() const { return at->op; }
    [[nodiscard]] u32& rd() const { return s->r[at->op.rd]; }
    [[nodiscard]] u32& rn() const { return s->r[at->op.rn]; }
    [[nodiscard]] u32& rm() const { return s->r[at->op.rm]; }
    [[nodiscard]] u32& rs() const { return s->r[at->op.aux]; }

    void set_nz(u32 result) { nz = static_cast<i32>(result); }
    void take_cycles(Cycles cycles) { budget -= cycle_cost(static_cast<i64>(cycles)); }

    /// Goes on with the cell `cells` further on.
    bool next(int cells = 1) {
        at += cells;
        return true;
    }
    /// Goes on with the block at `link`; false if there is none yet, or time is up.
    bool enter(u32 link) {
        if (link == 0 || budget < 0) [[unlikely]]
            return false;
        const Cell* head = s->at_link(link);
        budget -= head->head.charge;
        s->block = head;
        at = head + 1;
        return true;
    }
};

/// Back to the run loop, which goes on at s->entry.
void leave(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget);
/// To the block at s->entry, which is decoded if need be.
void enter_slowly(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget);
/// A load or store failed: takes the data abort.
void abort_data(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget);
/// Back to the run loop before the next instruction of the block.
void leave_after(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget);

[[gnu::always_inline]] inline void dispatch(const Hot& h) {
#if SPINNLAB_ARM_THREADED
    return h.at->op.handler(h.s, h.at, h.nz, h.c, h.v, h.budget);
#else
    h.s->next = h.at;
    h.s->nz = h.nz;
    h.s->c = h.c;
    h.s->v = h.v;
    h.s->budget = h.budget;
#endif
}

/// Asks the type: comparing a function's address with null is no constant under UBSan.
template <auto kElse>
inline constexpr bool kIsNothing = std::is_same_v<decltype(kElse), std::nullptr_t>;

/// Makes a handler of a body `bool(Hot&)`: true goes on at h.at, false goes to `kElse`.
template <auto kBody, auto kElse = nullptr>
void step(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    if constexpr (kIsNothing<kElse>) {
        kBody(h);
        return dispatch(h);
    } else {
        if (kBody(h)) [[likely]]
            return dispatch(h);
        return kElse(h.s, h.at, h.nz, h.c, h.v, h.budget);
    }
}

template <Condition kCondition>
[[gnu::always_inline]] inline bool holds(const Hot& h) {
    const bool zero = static_cast<u32>(h.nz) == 0;
    const bool signs_differ = (h.nz ^ static_cast<i64>(static_cast<i32>(h.v))) < 0;
    switch (kCondition) {
        case Condition::Eq: return zero;
        case Condition::Ne: return !zero;
        case Condition::Cs: return h.c != 0;
        case Condition::Cc: return h.c == 0;
        case Condition::Mi: return h.nz < 0;
        case Condition::Pl: return h.nz >= 0;
        case Condition::Vs: return static_cast<i32>(h.v) < 0;
        case Condition::Vc: return static_cast<i32>(h.v) >= 0;
        case Condition::Hi: return h.c != 0 && !zero;
        case Condition::Ls: return h.c == 0 || zero;
        case Condition::Ge: return !signs_differ;
        case Condition::Lt: return signs_differ;
        case Condition::Gt: return !signs_differ && !zero;
        case Condition::Le: return signs_differ || zero;
        case Condition::Al: return true;
    }
    return true;
}

// Handlers by instruction, for translate.cpp.
[[nodiscard]] Handler data_handler(Alu alu, bool flags, Operand operand);
/// Multiplications, saturation, CLZ, MRS; `in` must be one of these.
[[nodiscard]] Handler arithmetic_handler(const Instruction& in);

/// Where the address of a transfer comes from.
enum class Offset : u8 { Immediate, Add, Subtract, AddLsl, Shifted };
enum class Index : u8 { Plain, Before, After };
[[nodiscard]] Handler transfer_handler(bool load, Datum datum, Index index, Offset offset);
[[nodiscard]] Handler block_transfer_handler(bool load, int registers);
[[nodiscard]] Handler user_block_transfer_handler(bool load);
[[nodiscard]] Handler swap_handler(bool byte);
/// Thumb BL prefix and the like: rd = imm.
[[nodiscard]] Handler constant_handler();
[[nodiscard]] Handler nothing_handler();
[[nodiscard]] Handler skip_handler(Condition unless);

enum class Control : u8 {
    Chain,                 ///< falls into the block behind this one
    Branch,                ///< to a known place
    BranchLink,            ///< the same, r14 = imm
    ToR15,                 ///< to what stands in r[15], state unchanged
    ExchangeR15,           ///< to what stands in r[15], bit 0 says Thumb
    ExchangeRegister,      ///< BX rm
    LinkExchangeRegister,  ///< BLX rm, r14 = imm
    Suffix,                ///< Thumb BL second half alone: to r14 + branch.taken_entry, r14 = imm
    SuffixExchange,        ///< the same into ARM state
    ReturnFromException,   ///< to what stands in r[15], CPSR from SPSR
    StatusWrite,           ///< MSR, then like Chain
    CoprocessorRead,
    CoprocessorWrite,  ///< then like Chain; may wait for an interrupt
    SoftwareInterrupt,
    Breakpoint,
    Undefined,
};
[[nodiscard]] Handler control_handler(Control control);
[[nodiscard]] Handler branch_if_handler(Condition condition);

/// Does what both do, where the second stands in the next cell; nullptr if there is no such
/// handler.
[[nodiscard]] Handler pair_handler(Handler first, Handler second);

}  // namespace spinnlab::emulator::arm
