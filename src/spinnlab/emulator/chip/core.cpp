// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/core.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "spinnlab/emulator/chip/chip.hpp"

namespace spinnlab::emulator {
namespace {

// Address map of a core (SpiNNaker datasheet; spinnaker_tools, include/spinnaker.h), by the top
// byte. Every device has an unbuffered and a buffered window; here both act at once.
enum class Window : std::uint8_t {
    None,
    Communications,
    Timers,
    Interrupts,
    Dma,
    SdramController,
    Router,
    System,
    Watchdog,
    Ethernet,
    Rom
};

Window window_of(std::uint32_t address) {
    switch (address >> 24) {
        case 0x10:
        case 0x20: return Window::Communications;
        case 0x11:
        case 0x21: return Window::Timers;
        case 0x1f:
        case 0x2f: return Window::Interrupts;
        case 0x30:
        case 0x40: return Window::Dma;
        case 0xe0:
        case 0xf0: return Window::SdramController;
        case 0xe1:
        case 0xf1: return Window::Router;
        case 0xe2:
        case 0xf2: return Window::System;
        case 0xe3:
        case 0xf3: return Window::Watchdog;
        case 0xe4:
        case 0xf4: return Window::Ethernet;
        case 0xf6: return Window::Rom;
        case 0xff: return address >> 12 == 0xfffff ? Window::Interrupts : Window::None;
        default: return Window::None;
    }
}

constexpr std::uint32_t kDeviceBytes = 0x1000;  ///< of a core's own devices; their windows repeat
constexpr std::uint32_t kRouterBytes = 0x20000;

}  // namespace

Core::Core(EmulatedChip& chip, int virtual_number, int physical_number)
    : chip_(chip),
      number_(virtual_number),
      physical_number_(physical_number),
      dma_(physical_number) {}

Core::~Core() = default;

arm::Cpu& Core::processor() {
    if (!cpu_) cpu_ = std::make_unique<arm::Cpu>(chip_.sdram().bytes(), *this);
    return *cpu_;
}

void Core::start(std::uint32_t pc, std::uint32_t r0, Cycles now) {
    arm::Cpu& cpu = processor();
    interrupts_ = InterruptController();
    timers_ = {};
    dma_.reset();
    communications_.reset();
    polls_.reset();
    cpu.reset(pc, r0, arm::kItcmBytes);
    cpu.set_clock(now);
    running_ = true;
    locked_up_ = false;
    line_raised_ = false;
    deaf_since_ = kNever;
    interrupts_taken_ = cpu.interrupts_taken();
    instructions_at_start_ = cpu.instructions();
    faults_seen_ = 0;
    load_ = {};
    busy_at_step_ = 0;
    slept_in_step_ = false;
    update_lines();
}

void Core::stop() {
    running_ = false;
    polls_.reset();
    communications_.reset();
}

Cycles Core::next_event() const {
    return std::min(
        {timers_[0].expiry(), timers_[1].expiry(), dma_.done_at(),
         communications_.front(cpu_->clock()) ? kNever : communications_.next_visible()});
}

Cycles Core::next_wake() const {
    if (!running_ || polls_.skipping()) return kNever;
    if (!cpu_->waiting() || line_raised_) return cpu_->clock();
    return next_event();
}

void Core::update_lines() {
    const Cycles now = cpu_->clock();
    interrupts_.set_line(Interrupt::Timer1, timers_[0].interrupt());
    interrupts_.set_line(Interrupt::Timer2, timers_[1].interrupt());
    interrupts_.set_line(Interrupt::DmaDone, dma_.done_interrupt());
    interrupts_.set_line(Interrupt::DmaError, dma_.error_interrupt());
    interrupts_.set_line(Interrupt::TransmitEmpty, true);
    interrupts_.set_line(Interrupt::TransmitNotFull, true);
    const Packet* packet = communications_.front(now);
    interrupts_.set_line(Interrupt::PacketReceived, packet != nullptr);
    for (int type = 0; type < kPacketTypes; ++type) {
        const auto source =
            static_cast<Interrupt>(static_cast<int>(Interrupt::MulticastReceived) + type);
        interrupts_.set_line(source,
                             packet != nullptr && packet->type() == static_cast<PacketType>(type));
    }
    const bool irq = interrupts_.irq(), fiq = interrupts_.fiq();
    line_raised_ = irq || fiq;
    cpu_->set_irq_line(irq);
    cpu_->set_fiq_line(fiq);
}

void Core::finish_step() {
    const std::uint64_t cycles = load_.busy_cycles - busy_at_step_;
    busy_at_step_ = load_.busy_cycles;
    load_.step_cycles = timers_[0].period();
    ++load_.steps;
    load_.max_step_cycles = std::max(load_.max_step_cycles, cycles);
    if (!std::exchange(slept_in_step_, false)) ++load_.overrun_steps;
}

void Core::sleep_until(Cycles time) {
    cpu_->set_clock(time);
    slept_in_step_ = true;
}

void Core::handle_events() {
    const Cycles now = cpu_->clock();
    if (timers_[0].expiry() <= now) finish_step();
    timers_[0].advance(now);
    timers_[1].advance(now);
    dma_.advance(now, *this);
    update_lines();
}

void Core::run(Cycles until) {
    execute(until);
    note_deafness();
}

void Core::note_deafness() {
    const std::uint64_t taken = cpu_->interrupts_taken();
    const bool deaf = running_ && !cpu_->waiting() && cpu_->irq_masked() &&
                      taken == interrupts_taken_ && interrupts_.enabled(Interrupt::Cpu);
    interrupts_taken_ = taken;
    if (!deaf)
        deaf_since_ = kNever;
    else if (deaf_since_ == kNever)
        deaf_since_ = cpu_->clock();
}

Cycles Core::deaf_cycles() const { return deaf_since_ == kNever ? 0 : cpu_->clock() - deaf_since_; }

void Core::execute(Cycles until) {
    bool has_run = false;
    while (running_ && cpu_->clock() < until) {
        handle_events();
        if (cpu_->waiting() && !line_raised_) {
            if (std::exchange(has_run, false) && chip_.skips_polls()) polls_.sleeps(*this);
            if (polls_.skipping()) return;
            const Cycles event = next_event();
            if (event >= until) return;  // the clock stays: nothing happens before the event
            if (event > cpu_->clock()) sleep_until(event);
            continue;
        }
        const Cycles from = cpu_->clock();
        const arm::Stop stop = cpu_->run(std::min(until, next_event()));
        load_.busy_cycles += cpu_->clock() - from;
        has_run = true;
        if (stop == arm::Stop::LockedUp) {
            running_ = false;
            locked_up_ = true;
        }
    }
}

void Core::catch_up(Cycles now) {
    if (!polls_.skipping()) return;
    const std::uint64_t activations = polls_.skipped(now);
    const Cycles cycles = activations * polls_.period();
    timers_[polls_.timer()].skip(cycles);
    cpu_->set_clock(cpu_->clock() + cycles);
    load_.instructions += activations * polls_.activation_instructions();
    load_.busy_cycles += activations * polls_.activation_cycles();
    busy_at_step_ += activations * polls_.activation_cycles();
    slept_in_step_ = true;
    if (polls_.timer() == 0) load_.steps += activations;
    polls_.stop_skipping();
    run(now);  // a poll that has begun goes on; what it sees has not changed
}

void Core::deliver(const Packet& packet, Cycles visible, Cycles now) {
    if (!running_) return;
    catch_up(now);
    communications_.receive(packet, visible);
    if (!cpu_->waiting()) update_lines();
}

void Core::set_line(Interrupt source, bool raised, Cycles now) {
    if (interrupts_.line(source) == raised) return;
    if (running_) catch_up(now);
    interrupts_.set_line(source, raised);
    if (!running_) return;
    if (cpu_->waiting() && cpu_->clock() < now) sleep_until(now);
    update_lines();
}

CoreLoad Core::load() const {
    CoreLoad load = load_;
    if (cpu_) load.instructions += cpu_->instructions() - instructions_at_start_;
    if (polls_.skipping()) {
        const std::uint64_t activations = polls_.skipped(chip_.now());
        load.instructions += activations * polls_.activation_instructions();
        load.busy_cycles += activations * polls_.activation_cycles();
        if (polls_.timer() == 0) load.steps += activations;
    }
    load.packets_received = communications_.received();
    load.packets_sent = communications_.sent();
    return load;
}

arm::Registers Core::registers() const { return cpu_ ? cpu_->registers() : arm::Registers{}; }

std::optional<arm::Fault> Core::new_fault() {
    if (!cpu_) return std::nullopt;
    std::optional<arm::Fault> fault = cpu_->last_fault();
    if (!fault || fault->count == faults_seen_) return std::nullopt;
    faults_seen_ = fault->count;
    return fault;
}

std::uint32_t Core::read_device(std::uint32_t address, bool& there) {
    const Cycles now = cpu_->clock();
    const std::uint32_t offset = address & (kDeviceBytes - 1) & ~3u;
    const Window window = window_of(address);
    const bool own = window == Window::Timers || window == Window::Interrupts;
    const std::uint32_t router_offset = address & (kRouterBytes - 1) & ~3u;
    // The router's control and status words can be polled: changing them changes its version.
    if (!own && !(window == Window::Router && router_offset < 0x08)) polls_.touched_outside();
    switch (window) {
        case Window::Communications: {
            const std::uint32_t value = communications_.read(offset, now);
            if (offset == 0x14) update_lines();
            return value;
        }
        case Window::Timers: return timers_[offset >> 5 & 1].read(offset & 0x1f, now);
        case Window::Interrupts: {
            const std::uint32_t value = interrupts_.read(offset);
            if (offset == 0x30) update_lines();
            return value;
        }
        case Window::Dma: return dma_.read(offset);
        case Window::SdramController: return offset == 0 ? 1u << 18 : 0;
        case Window::Router: {
            const std::uint32_t value = chip_.router().read(router_offset);
            chip_.router_changed();
            return value;
        }
        case Window::System: return chip_.read_system_controller(offset);
        case Window::Watchdog: return chip_.watchdog().read(offset, now);
        case Window::Ethernet:
        case Window::Rom: return 0;
        case Window::None: break;
    }
    there = false;
    return 0;
}

std::optional<std::uint32_t> Core::read(std::uint32_t address, arm::Width width) {
    if (std::uint8_t* const ram = chip_.system_ram_at(address)) {
        polls_.touched_outside();
        switch (width) {
            case arm::Width::Byte: return *ram;
            case arm::Width::Half: return emulator::load<std::uint16_t>(ram);
            default: return emulator::load<std::uint32_t>(ram);
        }
    }
    bool there = true;
    const std::uint32_t word = read_device(address, there);
    if (!there) return std::nullopt;
    switch (width) {
        case arm::Width::Byte: return word >> 8 * (address & 3) & 0xff;
        case arm::Width::Half: return word >> 8 * (address & 2) & 0xffff;
        default: return word;
    }
}

bool Core::write_device(std::uint32_t address, std::uint32_t value) {
    const Cycles now = cpu_->clock();
    const std::uint32_t offset = address & (kDeviceBytes - 1) & ~3u;
    const Window window = window_of(address);
    if (window != Window::Timers && window != Window::Interrupts) polls_.touched_outside();
    switch (window) {
        case Window::Communications:
            if (const std::optional<Packet> packet = communications_.write(offset, value)) {
                chip_.send({*packet, now + kSendCycles, number_});
            }
            return true;
        case Window::Timers: timers_[offset >> 5 & 1].write(offset & 0x1f, value, now); break;
        case Window::Interrupts: interrupts_.write(offset, value); break;
        case Window::Dma: dma_.write(offset, value, now); break;
        case Window::SdramController:
        case Window::Ethernet: return true;
        case Window::Router:
            chip_.router().write(address & (kRouterBytes - 1) & ~3u, value);
            chip_.router_changed();
            return true;
        case Window::System: chip_.write_system_controller(offset, value, *this); return true;
        case Window::Watchdog: chip_.watchdog().write(offset, value, now); return true;
        case Window::Rom:
        case Window::None: return false;
    }
    update_lines();
    cpu_->request_attention();  // the next event may be nearer now
    return true;
}

bool Core::write(std::uint32_t address, std::uint32_t value, arm::Width width) {
    if (std::uint8_t* const ram = chip_.system_ram_at(address)) {
        polls_.touched_outside();
        switch (width) {
            case arm::Width::Byte: *ram = static_cast<std::uint8_t>(value); break;
            case arm::Width::Half: store(ram, static_cast<std::uint16_t>(value)); break;
            case arm::Width::Word: store(ram, value); break;
        }
        return true;
    }
    return write_device(address, value);
}

bool Core::transfer(const DmaTransfer& transfer) {
    const std::uint32_t bytes = transfer.bytes();
    std::uint8_t* const system = chip_.memory_at(transfer.system_address, bytes);
    std::uint8_t* tcm = nullptr;
    const std::uint32_t address = transfer.tcm_address;
    if (address - arm::kDtcmBase < arm::kDtcmBytes &&
        bytes <= arm::kDtcmBase + arm::kDtcmBytes - address) {
        tcm = cpu_->dtcm().data() + (address - arm::kDtcmBase);
    } else if (address < arm::kItcmBytes && bytes <= arm::kItcmBytes - address) {
        tcm = cpu_->itcm().data() + address;
    }
    if (system == nullptr || tcm == nullptr) return false;
    if (transfer.to_system()) {
        std::memcpy(system, tcm, bytes);
    } else {
        std::memcpy(tcm, system, bytes);
        if (address < arm::kItcmBytes) cpu_->code_changed(address, bytes);
    }
    return true;
}

}  // namespace spinnlab::emulator
