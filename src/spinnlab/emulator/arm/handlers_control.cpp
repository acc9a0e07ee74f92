// SPDX-License-Identifier: Apache-2.0
// Branches, and whatever changes mode or interrupt state: what blocks end with.
#include <array>
#include <utility>

#include "spinnlab/emulator/arm/bodies_control.hpp"

namespace spinnlab::emulator::arm {
namespace {

using namespace bodies;

/// Puts into the state what cpsr() and exceptions look at. Within a block `entry` need only say
/// whether it is Thumb.
void keep_status(CpuState* s, i64 nz, u32 c, u32 v, i64 budget) {
    s->nz = nz;
    s->c = c;
    s->v = v;
    s->budget = budget;
    s->entry = s->block->head.entry;
}

template <Condition kCondition>
void skip_unless(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    if (holds<kCondition>(h)) {
        h.next();
        return dispatch(h);
    }
    h.next(1 + h.op().aux);
    return dispatch(h);
}

void return_from_exception(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    keep_status(s, nz, c, v, budget);
    bool thumb = is_thumb(s->block->head.entry);
    if (s->has_spsr()) {
        const u32 saved = s->present_spsr();
        thumb = saved & kThumb;
        s->set_cpsr(saved, ~0u);
    }
    s->entry = thumb ? s->r[15] | 1 : arm_entry(s->r[15]);
    budget -= cycle_cost(kBranchCycles);
    return leave(s, at, s->nz, s->c, s->v, budget);
}

/// MSR: imm or rm gives the value (rn = 1: rm), rd is the field mask, aux = 1 for the SPSR.
void status_write(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    keep_status(s, nz, c, v, budget);
    const Op& op = at->op;
    const u32 value = op.rn ? s->r[op.rm] : op.imm;
    u32 mask = 0;
    for (u32 i = 0; i < 4; ++i) {
        if (op.rd >> i & 1) mask |= 0xffu << 8 * i;
    }
    if (!op.aux) {
        s->set_cpsr(value, mask);
    } else if (s->has_spsr()) {
        s->present_spsr() = (s->present_spsr() & ~mask) | (value & mask);
    }
    if (s->interrupt_due()) {
        s->entry = at[1].branch.fall_entry;
        return leave(s, at, s->nz, s->c, s->v, budget);
    }
    Hot h{s, at, s->nz, s->c, s->v, budget};
    if (chain(h)) return dispatch(h);
    return follow<false>(s, at, s->nz, s->c, s->v, budget);
}

void undefined(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    keep_status(s, nz, c, v, budget);
    const u32 pc = s->address_of(s->index_of(at));
    s->take_fault(Fault::Kind::Undefined, pc, at->op.imm);
    return leave(s, at, s->nz, s->c, s->v, budget - cycle_cost(kExceptionCycles));
}

void breakpoint(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    keep_status(s, nz, c, v, budget);
    const u32 pc = s->address_of(s->index_of(at));
    s->take_fault(Fault::Kind::PrefetchAbort, pc, pc);
    return leave(s, at, s->nz, s->c, s->v, budget - cycle_cost(kExceptionCycles));
}

void software_interrupt(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    keep_status(s, nz, c, v, budget);
    s->take_exception(0x08, Mode::Supervisor, s->address_of(s->index_of(at) + 1));
    return leave(s, at, s->nz, s->c, s->v, budget - cycle_cost(kExceptionCycles));
}

struct CoprocessorFields {
    u32 number, opcode, crn, crm, opcode2;
};
constexpr CoprocessorFields coprocessor_fields(u32 bits) {
    return {bits >> 8 & 15, bits >> 21 & 7, bits >> 16 & 15, bits & 15, bits >> 5 & 7};
}

/// ARM968E-S: identity, and sizes of the tightly coupled memories (DDI 0311, system control).
constexpr u32 kIdentity = 0x4105'9680;
constexpr u32 kTcmSizes = 0x001c'0180;  // 64 KB data (7 << 18), 32 KB instructions (6 << 6)

void coprocessor_read(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const auto f = coprocessor_fields(at->op.imm);
    if (f.number != 15 || (s->control & kModeMask) == static_cast<u32>(Mode::User))
        return undefined(s, at, nz, c, v, budget);
    u32 value = 0;
    if (f.crn == 0) value = f.opcode2 == 2 ? kTcmSizes : kIdentity;
    if (f.crn == 1) value = s->cp15_control;
    Hot h{s, at, nz, c, v, budget};
    if (at->op.rd == 15) {
        s->set_cpsr(value, 0xf000'0000);
        h.nz = s->nz;
        h.c = s->c;
        h.v = s->v;
    } else {
        h.rd() = value;
    }
    if (chain(h)) return dispatch(h);
    return follow<false>(s, at, h.nz, h.c, h.v, budget);
}

void coprocessor_write(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const auto f = coprocessor_fields(at->op.imm);
    if (f.number != 15 || (s->control & kModeMask) == static_cast<u32>(Mode::User))
        return undefined(s, at, nz, c, v, budget);
    if (f.crn == 1) s->cp15_control = s->r[at->op.rd];
    if (f.crn == 7 && f.crm == 0 && f.opcode2 == 4) {
        s->waiting = !s->irq_line && !s->fiq_line;
        s->entry = at[1].branch.fall_entry;
        return leave(s, at, nz, c, v, budget);
    }
    Hot h{s, at, nz, c, v, budget};
    if (chain(h)) return dispatch(h);
    return follow<false>(s, at, nz, c, v, budget);
}

template <std::size_t... kI>
constexpr auto skip_table(std::index_sequence<kI...>) {
    return std::array<Handler, sizeof...(kI)>{&skip_unless<static_cast<Condition>(kI)>...};
}
template <std::size_t... kI>
constexpr auto branch_table(std::index_sequence<kI...>) {
    return std::array<Handler, sizeof...(kI)>{
        &step<&branch_if<static_cast<Condition>(kI)>, &follow_if<static_cast<Condition>(kI)>>...};
}

}  // namespace

void leave(CpuState* s, const Cell* /*at*/, i64 nz, u32 c, u32 v, i64 budget) {
    s->nz = nz;
    s->c = c;
    s->v = v;
    s->budget = budget;
    s->next = nullptr;
}

void enter_slowly(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    if (budget < 0 || s->code_is_full()) return leave(s, at, nz, c, v, budget);
    const Cell* head = s->block_at(s->entry);
    if (head == nullptr) return leave(s, at, nz, c, v, budget);
    Hot h{s, at, nz, c, v, budget};
    h.enter(s->to_link(head));
    return dispatch(h);
}

void leave_after(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const u32 index = s->index_of(at);
    const u32 left = s->block->head.instructions - 1 - index;
    s->entry = s->address_of(index + 1) | (s->block->head.entry & 1);
    return leave(s, at, nz, c, v, budget + block_charge(left));
}

void abort_data(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const u32 index = s->index_of(at);
    const u32 left = s->block->head.instructions - 1 - index;
    keep_status(s, nz, c, v, budget + block_charge(left));
    s->take_fault(Fault::Kind::DataAbort, s->address_of(index), s->fault_address);
    return leave(s, at, s->nz, s->c, s->v, s->budget - cycle_cost(kExceptionCycles));
}

Handler skip_handler(Condition unless) {
    static constexpr auto kTable = skip_table(std::make_index_sequence<14>{});
    return kTable[static_cast<std::size_t>(unless)];
}

Handler branch_if_handler(Condition condition) {
    static constexpr auto kTable = branch_table(std::make_index_sequence<14>{});
    return kTable[static_cast<std::size_t>(condition)];
}

Handler control_handler(Control control) {
    switch (control) {
        case Control::Chain: return &step<&chain, &follow<false>>;
        case Control::Branch: return &step<&branch<false>, &follow<true>>;
        case Control::BranchLink: return &step<&branch<true>, &follow<true>>;
        case Control::ToR15: return &step<&to_r15, &enter_slowly>;
        case Control::ExchangeR15: return &step<&exchange_r15, &enter_slowly>;
        case Control::ExchangeRegister: return &step<&exchange_register<false>, &enter_slowly>;
        case Control::LinkExchangeRegister: return &step<&exchange_register<true>, &enter_slowly>;
        case Control::Suffix: return &step<&suffix<false>, &enter_slowly>;
        case Control::SuffixExchange: return &step<&suffix<true>, &enter_slowly>;
        case Control::ReturnFromException: return &return_from_exception;
        case Control::StatusWrite: return &status_write;
        case Control::CoprocessorRead: return &coprocessor_read;
        case Control::CoprocessorWrite: return &coprocessor_write;
        case Control::SoftwareInterrupt: return &software_interrupt;
        case Control::Breakpoint: return &breakpoint;
        case Control::Undefined: return &undefined;
    }
    return nullptr;
}

}  // namespace spinnlab::emulator::arm
