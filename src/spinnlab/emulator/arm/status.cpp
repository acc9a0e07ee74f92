// SPDX-License-Identifier: Apache-2.0
// Modes, banked registers, status registers, exceptions (ARM ARM A2.2 to A2.6).
#include "spinnlab/emulator/arm/cpu_state.hpp"

namespace spinnlab::emulator::arm {
namespace {

/// Faults in a row after which the core is taken to be stuck in its own abort vectors.
constexpr u32 kFaultsToLockUp = 16;
/// A handler that runs at least so many instructions before the next fault is alive.
constexpr u64 kShortestHandler = 4;

std::size_t bank_of(u32 mode) {
    switch (static_cast<Mode>(mode)) {
        case Mode::Fiq: return 1;
        case Mode::Irq: return 2;
        case Mode::Supervisor: return 3;
        case Mode::Abort: return 4;
        case Mode::Undefined: return 5;
        default: return 0;
    }
}

bool is_mode(u32 mode) {
    return bank_of(mode) != 0 || mode == static_cast<u32>(Mode::User) ||
           mode == static_cast<u32>(Mode::System);
}

}  // namespace

u32 CpuState::cpsr() const {
    u32 value = control & ~kThumb;
    if (nz < 0) value |= kNegative;
    if (static_cast<u32>(nz) == 0) value |= kZero;
    if (c != 0) value |= kCarry;
    if (static_cast<i32>(v) < 0) value |= kOverflow;
    if (saturated != 0) value |= kSaturated;
    if (is_thumb(entry)) value |= kThumb;
    return value;
}

void CpuState::set_mode(u32 mode) {
    const std::size_t from = bank_of(control & kModeMask);
    const std::size_t to = bank_of(mode);
    control = (control & ~kModeMask) | mode;
    if (from == to) return;
    banked_r13[from] = r[13];
    banked_r14[from] = r[14];
    for (std::size_t i = 0; i < 5; ++i) {
        if (from == 1) {
            fiq_r8_to_r12[i] = r[8 + i];
            r[8 + i] = user_r8_to_r12[i];
        } else if (to == 1) {
            user_r8_to_r12[i] = r[8 + i];
            r[8 + i] = fiq_r8_to_r12[i];
        }
    }
    r[13] = banked_r13[to];
    r[14] = banked_r14[to];
}

void CpuState::set_cpsr(u32 value, u32 mask) {
    if (mask & 0xff00'0000) {
        nz = value & kZero ? 0 : 1;
        if (value & kNegative) nz |= i64{1} << 63;
        c = value >> 29 & 1;
        v = value << 3;
        saturated = value >> 27 & 1;
    }
    if ((mask & 0xff) && (control & kModeMask) != static_cast<u32>(Mode::User)) {
        control = (control & kModeMask) | (value & (kIrqDisabled | kFiqDisabled));
        // A mode that does not exist is unpredictable; this core stays in the one it is in.
        if (is_mode(value & kModeMask)) set_mode(value & kModeMask);
    }
}

u32& CpuState::present_spsr() { return spsr[bank_of(control & kModeMask)]; }

bool CpuState::has_spsr() const { return bank_of(control & kModeMask) != 0; }

void CpuState::take_exception(u32 vector, Mode mode, u32 return_address) {
    const u32 saved = cpsr();
    set_mode(static_cast<u32>(mode));
    present_spsr() = saved;
    r[14] = return_address;
    control |= kIrqDisabled;
    if (mode == Mode::Fiq) control |= kFiqDisabled;
    entry = vector;
}

void CpuState::take_fault(Fault::Kind kind, u32 pc, u32 address) {
    const u64 count = (fault ? fault->count : 0) + 1;
    fault = Fault{kind, pc, address, count};
    const u64 now = instructions + static_cast<u32>(budget);
    quick_faults = now - instructions_at_fault < kShortestHandler ? quick_faults + 1 : 0;
    instructions_at_fault = now;
    if (quick_faults >= kFaultsToLockUp) locked_up = true;
    switch (kind) {
        case Fault::Kind::DataAbort: take_exception(0x10, Mode::Abort, pc + 8); break;
        case Fault::Kind::PrefetchAbort: take_exception(0x0c, Mode::Abort, pc + 4); break;
        case Fault::Kind::Undefined:
            take_exception(0x04, Mode::Undefined, pc + (is_thumb(entry) ? 2 : 4));
            break;
    }
}

}  // namespace spinnlab::emulator::arm
