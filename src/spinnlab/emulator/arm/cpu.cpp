// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/arm/cpu.hpp"

#include <algorithm>

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm {
namespace {

/// Runs blocks from s.entry on until the budget is used up or something needs run()'s attention.
void run_blocks(CpuState& s, Cycles limit) {
    const Cell* head = s.block_at(s.entry);
    if (head == nullptr) {
        s.take_fault(Fault::Kind::PrefetchAbort, s.entry & ~1u, s.entry & ~1u);
        s.clock += kExceptionCycles;
        return;
    }
    const Cycles slice = std::min<Cycles>(limit - s.clock, kMaxSliceCycles);
    s.deadline = s.clock + slice;
    s.block = head;
    s.next = head + 1;
    s.budget = cycle_cost(static_cast<i64>(slice) - 1) - head->head.charge;
    s.running = true;
#if SPINNLAB_ARM_THREADED
    s.next->op.handler(&s, s.next, s.nz, s.c, s.v, s.budget);
#else
    while (s.next != nullptr) s.next->op.handler(&s, s.next, s.nz, s.c, s.v, s.budget);
#endif
    s.running = false;
    s.clock = s.deadline - static_cast<Cycles>((s.budget >> 32) + 1);
    s.instructions += static_cast<u32>(s.budget);
    s.budget = 0;
}

void take_interrupt(CpuState& s) {
    const u32 return_address = (s.entry & ~1u) + 4;
    if (s.fiq_line && !(s.control & kFiqDisabled))
        s.take_exception(0x1c, Mode::Fiq, return_address);
    else
        s.take_exception(0x18, Mode::Irq, return_address);
    s.clock += kExceptionCycles;
    ++s.interrupts_taken;
}

}  // namespace

Cpu::Cpu(std::span<std::uint8_t> sdram, Bus& bus) : state_(new State(sdram, bus)) {}
Cpu::~Cpu() = default;

void Cpu::reset(std::uint32_t pc, std::uint32_t r0, std::uint32_t sp) {
    CpuState& s = *state_;
    s.forget_all_code();
    s.volatile_words.fill(0);
    Registers fresh;
    fresh.cpsr = static_cast<u32>(Mode::Supervisor) | kIrqDisabled | kFiqDisabled;
    fresh.r[0] = r0;
    fresh.r[13] = sp;
    fresh.r[15] = pc;
    set_registers(fresh);
    s.waiting = s.attention = s.locked_up = false;
    s.fault.reset();
    s.quick_faults = 0;
}

Stop Cpu::run(Cycles limit) {
    CpuState& s = *state_;
    for (;;) {
        s.stop = false;
        if (s.forget_code) s.forget_all_code();
        if (s.locked_up) return Stop::LockedUp;
        if (s.attention) {
            s.attention = false;
            return Stop::Attention;
        }
        if (s.waiting && !s.irq_line && !s.fiq_line) return Stop::Waiting;
        s.waiting = false;
        if (s.clock >= limit) return Stop::TimeIsUp;
        if (s.interrupt_due())
            take_interrupt(s);
        else
            run_blocks(s, limit);
    }
}

Cycles Cpu::clock() const { return state_->clock; }
void Cpu::set_clock(Cycles clock) { state_->clock = clock; }
void Cpu::add_cycles(Cycles cycles) { state_->clock += cycles; }

void Cpu::set_irq_line(bool raised) {
    state_->irq_line = raised;
    if (state_->interrupt_due()) state_->stop_soon();
}

void Cpu::set_fiq_line(bool raised) {
    state_->fiq_line = raised;
    if (state_->interrupt_due()) state_->stop_soon();
}

bool Cpu::waiting() const { return state_->waiting; }
bool Cpu::irq_masked() const { return (state_->control & kIrqDisabled) != 0; }
std::uint64_t Cpu::interrupts_taken() const { return state_->interrupts_taken; }

void Cpu::request_attention() {
    state_->attention = true;
    state_->stop_soon();
}

std::span<std::uint8_t> Cpu::itcm() { return state_->itcm; }
std::span<std::uint8_t> Cpu::dtcm() { return state_->dtcm; }

void Cpu::code_changed(std::uint32_t address, std::uint32_t bytes) {
    state_->itcm_written(address, bytes);
}

Registers Cpu::registers() const {
    const CpuState& s = *state_;
    Registers out;
    out.r = s.r;
    out.r[15] = s.entry & ~1u;
    out.cpsr = s.cpsr();
    out.banked_r13 = s.banked_r13;
    out.banked_r14 = s.banked_r14;
    out.spsr = s.spsr;
    out.fiq_r8_to_r12 = s.fiq_r8_to_r12;
    out.user_r8_to_r12 = s.user_r8_to_r12;
    out.cp15_control = s.cp15_control;
    return out;
}

void Cpu::set_registers(const Registers& registers) {
    CpuState& s = *state_;
    s.r = registers.r;
    s.entry = registers.cpsr & kThumb ? registers.r[15] | 1 : registers.r[15] & ~3u;
    // From supervisor mode, so that every field is taken over; the banks follow below as given.
    s.control = static_cast<u32>(Mode::Supervisor);
    s.set_cpsr(registers.cpsr, ~0u);
    s.r = registers.r;
    s.banked_r13 = registers.banked_r13;
    s.banked_r14 = registers.banked_r14;
    s.spsr = registers.spsr;
    s.fiq_r8_to_r12 = registers.fiq_r8_to_r12;
    s.user_r8_to_r12 = registers.user_r8_to_r12;
    s.cp15_control = registers.cp15_control;
}

std::optional<Fault> Cpu::last_fault() const { return state_->fault; }

std::uint64_t Cpu::instructions() const {
    const CpuState& s = *state_;
    return s.instructions + (s.running ? static_cast<u32>(s.budget) - s.pending : 0);
}

std::uint64_t Cpu::sdram_accesses() const { return state_->sdram_accesses; }

}  // namespace spinnlab::emulator::arm
