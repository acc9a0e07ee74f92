// SPDX-License-Identifier: Apache-2.0
// Bodies of branches.
#pragma once

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm::bodies {

/// The slow way to a branch's successor: decodes it and remembers the link.
template <bool kTaken>
void follow(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const BranchTargets& to = at[1].branch;
    s->entry = kTaken ? to.taken_entry : to.fall_entry;
    if (budget < 0 || s->code_is_full()) return leave(s, at, nz, c, v, budget);
    const u32 entry = s->entry;
    const Cell* head = s->block_at(entry);
    if (head == nullptr) return leave(s, at, nz, c, v, budget);
    if (const u32 link = s->link_of(entry); link != 0) {
        BranchTargets& known = const_cast<Cell*>(at)[1].branch;
        (kTaken ? known.taken_link : known.fall_link) = link;
    }
    Hot h{s, at, nz, c, v, budget};
    h.enter(s->to_link(head));
    return dispatch(h);
}

template <bool kLink>
[[gnu::always_inline]] inline bool branch(Hot& h) {
    if constexpr (kLink) h.s->r[14] = h.op().imm;
    h.take_cycles(kBranchCycles);
    return h.enter(h.at[1].branch.taken_link);
}

[[gnu::always_inline]] inline bool chain(Hot& h) { return h.enter(h.at[1].branch.fall_link); }

/// Both ways. What follows on false looks at the flags again.
template <Condition kCondition>
[[gnu::always_inline]] inline bool branch_if(Hot& h) {
    const BranchTargets& to = h.at[1].branch;
    if (holds<kCondition>(h)) {
        h.take_cycles(kBranchCycles);
        return h.enter(to.taken_link);
    }
    return h.enter(to.fall_link);
}

template <Condition kCondition>
void follow_if(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    const Hot h{s, at, nz, c, v, budget};
    return holds<kCondition>(h) ? follow<true>(s, at, nz, c, v, budget)
                                : follow<false>(s, at, nz, c, v, budget);
}

/// To a place known only now.
[[gnu::always_inline]] inline bool jump(Hot& h, u32 entry) {
    h.s->entry = entry;
    h.take_cycles(kBranchCycles);
    return h.enter(h.s->link_of(entry));
}

constexpr u32 arm_entry(u32 address) { return address & ~3u; }
constexpr u32 exchange_entry(u32 address) { return is_thumb(address) ? address : address & ~3u; }

[[gnu::always_inline]] inline bool to_r15(Hot& h) {
    return jump(h, h.op().aux ? h.s->r[15] | 1 : arm_entry(h.s->r[15]));
}
[[gnu::always_inline]] inline bool exchange_r15(Hot& h) {
    return jump(h, exchange_entry(h.s->r[15]));
}
template <bool kLink>
[[gnu::always_inline]] inline bool exchange_register(Hot& h) {
    const u32 entry = exchange_entry(h.rm());
    if constexpr (kLink) h.s->r[14] = h.op().imm;
    return jump(h, entry);
}
template <bool kExchange>
[[gnu::always_inline]] inline bool suffix(Hot& h) {
    const u32 target = h.s->r[14] + h.at[1].branch.taken_entry;
    h.s->r[14] = h.op().imm;
    return jump(h, kExchange ? arm_entry(target) : target | 1);
}

}  // namespace spinnlab::emulator::arm::bodies
