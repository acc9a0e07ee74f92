// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/chip.hpp"

#include <algorithm>
#include <bit>

namespace spinnlab::emulator {

EmulatedChip::EmulatedChip(const machine::Chip& description, const Cycles& now, bool skip_polls)
    : description_(description),
      system_controller_((1 << machine::kMaxCores) - 1),
      now_(now),
      skip_polls_(skip_polls) {
    for (int number = 0; number < description.n_cores; ++number) {
        cores_.push_back(std::make_unique<Core>(
            *this, number, description.physical_of_virtual[static_cast<std::size_t>(number)]));
    }
    system_controller_.set_monitor(cores_.front()->physical_number());
}

Cycles EmulatedChip::next_wake() const {
    Cycles wake = kNever;
    for (const auto& core : cores_) wake = std::min(wake, core->next_wake());
    return wake;
}

void EmulatedChip::note_failure(Core& core) {
    const std::optional<arm::Fault> fault = core.new_fault();
    if (!fault && !core.locked_up()) return;
    constexpr std::uint64_t kMostReported =
        3;  // a program that faults for ever says so three times
    if (fault && fault->count > kMostReported && !core.locked_up()) return;
    failures_.push_back({core.number(), fault.value_or(arm::Fault{}), core.locked_up(),
                         (core.registers().cpsr & arm::kThumb) != 0});
}

void EmulatedChip::stop_deaf(Core& core) {
    core.stop();
    const arm::Registers registers = core.registers();
    arm::Fault where;
    where.pc = registers.r[15];
    failures_.push_back({core.number(), where, false, (registers.cpsr & arm::kThumb) != 0, true});
}

std::uint8_t* EmulatedChip::memory_at(std::uint32_t address, std::uint32_t bytes) {
    if ((address & 0xe8000000) == 0x60000000) {  // 0x60000000 buffered, 0x70000000 unbuffered
        const std::uint32_t offset = address & (arm::kSdramBytes - 1);
        return bytes <= arm::kSdramBytes - offset ? sdram_.bytes().data() + offset : nullptr;
    }
    std::uint8_t* const ram = system_ram_at(address);
    if (ram == nullptr || bytes > kSystemRamBytes - (address & (kSystemRamBytes - 1)))
        return nullptr;
    return ram;
}

std::uint32_t EmulatedChip::physical_mask(std::uint32_t virtual_mask) const {
    std::uint32_t mask = 0;
    for (const auto& core : cores_)
        mask |= (virtual_mask >> core->number() & 1) << core->physical_number();
    return mask;
}

std::uint32_t EmulatedChip::virtual_mask(std::uint32_t physical_mask) const {
    std::uint32_t mask = 0;
    for (const auto& core : cores_)
        mask |= (physical_mask >> core->physical_number() & 1) << core->number();
    return mask;
}

std::uint32_t EmulatedChip::read_system_controller(std::uint32_t offset) {
    if (offset == 0x64) {
        std::uint32_t sleeping = 0;
        for (const auto& core : cores_) {
            if (!core->running() || core->waiting()) sleeping |= 1u << core->physical_number();
        }
        system_controller_.set_sleeping(sleeping);
    }
    return system_controller_.read(offset);
}

void EmulatedChip::write_system_controller(std::uint32_t offset, std::uint32_t value,
                                           const Core& by) {
    const std::uint32_t before = system_controller_.cpu_interrupts();
    system_controller_.write(offset, value);
    std::uint32_t changed = before ^ system_controller_.cpu_interrupts();
    for (const auto& core : cores_) {
        const std::uint32_t bit = 1u << core->physical_number();
        if ((changed & bit) == 0 || core->number() == 0) continue;  // the monitor looks by itself
        core->set_line(Interrupt::Cpu, (system_controller_.cpu_interrupts() & bit) != 0,
                       core.get() == &by ? Cycles{0} : now_);
    }
}

void EmulatedChip::update_cpu_interrupts(Cycles now) {
    for (const auto& core : cores_) {
        if (core->number() == 0) continue;
        const bool raised =
            (system_controller_.cpu_interrupts() >> core->physical_number() & 1) != 0;
        core->set_line(Interrupt::Cpu, raised, now);
    }
}

void EmulatedChip::router_changed() {
    if (router_.version() == router_version_seen_) return;
    router_version_seen_ = router_.version();
    const bool dumped = router_.dump_interrupt();
    for (const auto& core : cores_) core->set_line(Interrupt::RouterDump, dumped, now_);
}

}  // namespace spinnlab::emulator
