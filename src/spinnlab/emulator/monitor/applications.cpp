// SPDX-License-Identifier: Apache-2.0
// Programs on cores: loading, starting, signals, ending, failing.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

// An APLX image begins with a table of operations of four words {operation, a, b, c}.
enum class AplxOperation : std::uint32_t {
    AbsoluteCopy = 1,
    RelativeCopy = 2,
    Fill = 3,
    Execute = 4
};
constexpr std::uint32_t kAplxEntryBytes = 16;
constexpr int kMostAplxEntries = 64;

// Commands in a core's mailbox (spinnaker_tools, include/sark.h, shm_cmd_e).
constexpr std::uint32_t kMailboxSignal = 3;

// Offsets in an application's record: {cores, clean, semaphore, lead, mask}.
constexpr std::uint32_t kAppCores = 0, kAppClean = 1, kAppSemaphore = 2, kAppLead = 3, kAppMask = 4;

std::uint32_t app_record(const MonitorMemory& memory, std::uint32_t app) {
    return memory.system(sv::kAppTable) + 8 * app;
}

std::uint32_t round_up_to_32(std::uint32_t bytes) { return (bytes + 31) & ~31u; }

}  // namespace

std::uint8_t* Monitor::core_memory(Core& core, std::uint32_t address, std::uint32_t bytes) {
    arm::Cpu& cpu = core.processor();
    if (address < arm::kItcmBytes) {
        return bytes <= arm::kItcmBytes - address ? cpu.itcm().data() + address : nullptr;
    }
    if (address - arm::kDtcmBase < arm::kDtcmBytes) {
        const std::uint32_t offset = address - arm::kDtcmBase;
        return bytes <= arm::kDtcmBytes - offset ? cpu.dtcm().data() + offset : nullptr;
    }
    return chip_.memory_at(address, bytes);
}

/// The words of `bytes`, rounded up as the loader does it, that a core's memory has from an address
/// on: what would lie beyond its end goes nowhere.
std::uint32_t Monitor::bytes_that_fit(Core& core, std::uint32_t address, std::uint32_t bytes) {
    std::uint32_t fit = 0;
    std::uint32_t too_many = round_up_to_32(bytes) / 4 + 1;  // in words
    while (too_many - fit > 1) {
        const std::uint32_t middle = fit + (too_many - fit) / 2;
        (core_memory(core, address, 4 * middle) != nullptr ? fit : too_many) = middle;
    }
    return 4 * fit;
}

bool Monitor::copy_to_core(Core& core, std::uint32_t to, std::uint32_t from, std::uint32_t bytes) {
    bytes = bytes_that_fit(core, to, bytes);
    std::uint8_t* const target = core_memory(core, to, bytes);
    const std::uint8_t* const source = chip_.memory_at(from, bytes);
    if (target == nullptr || source == nullptr) return false;
    std::memmove(target, source, bytes);
    return true;
}

bool Monitor::fill_core(Core& core, std::uint32_t to, std::uint32_t bytes, std::uint32_t word) {
    bytes = bytes_that_fit(core, to, bytes);
    std::uint8_t* const target = core_memory(core, to, bytes);
    if (target == nullptr) return false;
    for (std::uint32_t at = 0; at < bytes; at += 4) store(target + at, word);
    return true;
}

std::optional<std::uint32_t> Monitor::load_image(std::uint32_t image, Core& core) {
    const MonitorMemory memory = this->memory();
    std::uint32_t entry = image;
    for (int i = 0; i < kMostAplxEntries; ++i, entry += kAplxEntryBytes) {
        const std::uint32_t a = memory.word(entry + 4), b = memory.word(entry + 8),
                            c = memory.word(entry + 12);
        if (c > Sdram::kBytes &&
            static_cast<AplxOperation>(memory.word(entry)) != AplxOperation::Fill)
            return std::nullopt;
        switch (static_cast<AplxOperation>(memory.word(entry))) {
            case AplxOperation::AbsoluteCopy:
                if (!copy_to_core(core, a, b, c)) return std::nullopt;
                break;
            case AplxOperation::RelativeCopy:
                if (!copy_to_core(core, a, entry + b, c)) return std::nullopt;
                break;
            case AplxOperation::Fill:
                if (b > Sdram::kBytes || !fill_core(core, a, b, c)) return std::nullopt;
                break;
            case AplxOperation::Execute: return a;
            default: return std::nullopt;
        }
    }
    return std::nullopt;
}

void Monitor::start_application(std::uint32_t image, std::uint32_t cores, std::uint32_t app,
                                std::uint32_t flags) {
    cores &= ((1u << chip_.n_cores()) - 1) & ~1u;
    if (cores == 0) return;
    MonitorMemory memory = this->memory();
    const std::uint32_t record = app_record(memory, app);
    if (memory.byte(record + kAppCores) == 0) {
        memory.set_byte(record + kAppClean, 0);
        memory.set_byte(record + kAppSemaphore, 0);
        memory.set_word(record + kAppMask, 0);
        memory.set_byte(record + kAppLead, static_cast<std::uint32_t>(std::countr_zero(cores)));
    }
    memory.set_byte(record + kAppCores, memory.byte(record + kAppCores) +
                                            static_cast<std::uint32_t>(std::popcount(cores)));
    memory.set_word(record + kAppMask, memory.word(record + kAppMask) | cores);
    chip_.system_controller().set_flags(cores);
    chip_.system_controller().clear_cpu_interrupts(chip_.physical_mask(cores));
    for (; cores != 0; cores &= cores - 1) {
        const int number = std::countr_zero(cores);
        const std::uint32_t block = MonitorMemory::block(number);
        memory.set_state(number, CoreState::Initialising);
        memory.set_word(block + vcpu::kLoadTime, memory.system(sv::kUnixTime));
        memory.set_byte(block + vcpu::kAppId, app);
        app_of_core_[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(app);
        Core& core = chip_.core(number);
        core.stop();
        if (const std::optional<std::uint32_t> pc = load_image(image, core)) {
            core.start(*pc, flags << 8 | app, machine_.now());
        } else {
            machine_.notice(fmt::format(
                "core ({}, {}, {}): what was to be started at 0x{:08x} is no APLX image",
                chip_.xy().x, chip_.xy().y, number, image));
            report_failure(number, RunTimeError::PrefetchAbort);
        }
    }
    machine_.wake(chip_);
}

void Monitor::make_idle(int number) {
    MonitorMemory memory = this->memory();
    Core& core = chip_.core(number);
    core.stop();
    const std::uint32_t block = MonitorMemory::block(number);
    std::fill_n(memory.bytes(block, vcpu::kUser0), vcpu::kUser0,
                std::uint8_t{0});  // user words survive
    memory.set_byte(block + vcpu::kPhysicalCore,
                    static_cast<std::uint32_t>(core.physical_number()));
    memory.set_state(number, CoreState::Idle);
    memory.set_word(block + vcpu::kLoadTime, memory.system(sv::kUnixTime));
    memory.set_word(block + vcpu::kVersion, kMonitorVersion);
    constexpr char kName[] = "sark";
    std::copy(std::begin(kName), std::end(kName),
              memory.bytes(block + vcpu::kName, vcpu::kNameBytes));
    app_of_core_[static_cast<std::size_t>(number)] = 0;
    auto& box = inbox_[static_cast<std::size_t>(number)];
    messages_waiting_ -= static_cast<int>(box.size());
    box.clear();
}

void Monitor::clean_application(std::uint32_t app) {
    MonitorMemory memory = this->memory();
    const std::uint32_t record = app_record(memory, app);
    if (memory.byte(record + kAppClean) != 0) return;
    for (const std::uint32_t heap : {sv::kSdramHeap, sv::kSystemRamHeap, sv::kSystemHeap}) {
        Heap(memory, memory.system(heap)).free_application(app);
    }
    RouterAllocation(chip_).free_application(app, true);
    memory.set_byte(record + kAppCores, 0);
    memory.set_byte(record + kAppClean, 1);
}

void Monitor::set_cpu_interrupts(std::uint32_t virtual_cores) {
    chip_.system_controller().raise_cpu_interrupts(chip_.physical_mask(virtual_cores));
    chip_.update_cpu_interrupts(machine_.now());
    machine_.wake(chip_);
}

void Monitor::signal(Signal signal, std::uint32_t app, std::uint32_t app_mask) {
    MonitorMemory memory = this->memory();
    std::uint32_t cores = 0;
    for (int core = 1; core < chip_.n_cores(); ++core) {
        if ((app_of_core_[static_cast<std::size_t>(core)] & app_mask) == app) cores |= 1u << core;
    }
    const auto each = [&](auto&& what) {
        for (std::uint32_t rest = cores; rest != 0; rest &= rest - 1) what(std::countr_zero(rest));
    };
    switch (signal) {
        case Signal::Stop:
            for (std::uint32_t candidate = app; candidate < 256 && (candidate & app_mask) == app;
                 ++candidate) {
                if (candidate != 0) clean_application(candidate);
            }
            each([&](int core) { make_idle(core); });
            break;
        case Signal::Initialise: each([&](int core) { make_idle(core); }); break;
        case Signal::PowerDown:
            each([&](int core) {
                make_idle(core);
                memory.set_state(core, CoreState::PoweredDown);
            });
            break;
        case Signal::Sync0:
            chip_.system_controller().clear_flags(cores);
            set_cpu_interrupts(cores);
            break;
        case Signal::Sync1:
            chip_.system_controller().set_flags(cores);
            set_cpu_interrupts(cores);
            break;
        default:
            if (signal > Signal::User3) return;
            each([&](int core) {
                const std::uint32_t block = MonitorMemory::block(core);
                memory.set_byte(block + vcpu::kCommandIn, kMailboxSignal);
                memory.set_word(block + vcpu::kMessageIn, static_cast<std::uint32_t>(signal));
            });
            set_cpu_interrupts(cores);
    }
    machine_.wake(chip_);
}

std::uint32_t Monitor::count(std::uint32_t app, CoreState state) const {
    const MonitorMemory memory = this->memory();
    std::uint32_t n = 0;
    for (int core = 1; core < chip_.n_cores(); ++core) {
        if (app_of_core_[static_cast<std::size_t>(core)] == app && memory.state(core) == state) ++n;
    }
    return n;
}

void Monitor::watch(Core& core) {
    // SC&MP asks one application core every 10 ms, in turn, by a command in its mailbox that does
    // nothing. One that has let sv.soft_wdog of these pass loses its clock (scamp-3.c, soft_wdog).
    // Here no core is asked, which would cost every sleeping one its sleep: the core knows whether
    // it could have answered.
    constexpr Cycles kCyclesBetweenQuestions = 2'000'000;
    const Cycles deaf = core.deaf_cycles();
    if (deaf == 0) return;
    MonitorMemory memory = this->memory();
    const Cycles questions = memory.byte(kSystemVariables + sv::kSoftWatchdog);
    const auto others = static_cast<Cycles>(chip_.n_cores() - 1);
    if (questions == 0 || deaf < questions * others * kCyclesBetweenQuestions) return;
    if (memory.state(core.number()) < CoreState::Initialising) return;
    chip_.stop_deaf(core);
    keep_registers(core.number());
    memory.set_state(core.number(), CoreState::Watchdog);
}

void Monitor::report_failure(int number, RunTimeError error) {
    MonitorMemory memory = this->memory();
    keep_registers(number);
    memory.set_byte(MonitorMemory::block(number) + vcpu::kErrorCode,
                    static_cast<std::uint32_t>(error));
    memory.set_state(number, CoreState::RunTimeError);
}

void Monitor::keep_registers(int number) {
    MonitorMemory memory = this->memory();
    const std::uint32_t block = MonitorMemory::block(number);
    const arm::Registers registers = chip_.core(number).registers();
    for (std::uint32_t i = 0; i < 8; ++i)
        memory.set_word(block + vcpu::kRegisters + 4 * i, registers.r[i]);
    memory.set_word(block + vcpu::kStatus, registers.cpsr);
    memory.set_word(block + vcpu::kStackPointer, registers.r[13]);
    memory.set_word(block + vcpu::kLink, registers.r[14]);
}

std::string Monitor::application_name(int core) const {
    MonitorMemory memory = this->memory();
    const auto* const name = reinterpret_cast<const char*>(
        memory.bytes(MonitorMemory::block(core) + vcpu::kName, vcpu::kNameBytes));
    std::string text(name, strnlen(name, vcpu::kNameBytes));
    for (char& c : text) c = c >= 0x20 && c < 0x7f ? c : '?';
    return text;
}

}  // namespace spinnlab::emulator::monitor
