// SPDX-License-Identifier: Apache-2.0
// The state in which SC&MP leaves a chip: system variables, heaps, buffers, idle cores, router.
#include <algorithm>
#include <deque>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr std::uint32_t kSdramTop = arm::kSdramBase + arm::kSdramBytes;
constexpr std::uint32_t kSystemRamUserBase = 0xe5000100;
constexpr std::uint32_t kSystemBuffers = 18;  // one a core, at the bottom of SDRAM
constexpr std::uint32_t kHopTableBytes = 65536 * 4;
constexpr std::uint32_t kTagTableBytes = 65536 * 4;
constexpr std::uint32_t kRouterCopyBytes = 1025 * 16;
constexpr std::uint32_t kAppTableBytes = 256 * 8;
constexpr std::uint32_t kAllDone = 255;  // of the network's set-up phases

}  // namespace

BootVariables default_boot_variables(int hardware_version, std::uint32_t unix_time) {
    BootVariables variables{};
    const auto word = [&](std::uint32_t offset, std::uint32_t value) {
        store(variables.data() + offset, value);
    };
    const auto half = [&](std::uint32_t offset, std::uint16_t value) {
        store(variables.data() + offset, value);
    };
    variables[sv::kHardwareVersion] = static_cast<std::uint8_t>(hardware_version);
    variables[0x0c] = 4;     // p2pb repeats
    variables[0x0d] = 4;     // p2p sequence length
    variables[0x0e] = 0x33;  // clock divisors
    half(0x24, 200);         // cpu clock, MHz
    half(0x26, 130);         // memory clock, MHz
    variables[0x28] = 0x3f;  // forward
    variables[0x2a] = 200;   // peek time, us
    variables[0x2b] = 1;     // LED period
    variables[0x2c] = 50;    // wait after a broadcast, 10 ms
    word(sv::kUnixTime, unix_time);
    word(0x30, 1);  // LED definition
    variables[sv::kRootChip] = 1;
    variables[sv::kBuffers] = 7;
    variables[0x42] = 20;              // boot delay, us
    variables[sv::kSoftWatchdog] = 3;  // questions a core may leave unanswered
    word(sv::kSystemRamHeap,
         1024);  // words below the heap, until boot() puts the heap's address here
    word(sv::kIobufBytes, 16384);
    word(sv::kSdramBuffers, 8u << 20);  // bytes of system SDRAM, likewise
    word(sv::kSystemBufferWords, 32768);
    word(sv::kBootSignature, unix_time);
    variables[sv::kLinksEnabled] = 0x3f;
    return variables;
}

void Monitor::boot(const BootVariables& variables,
                   const std::optional<std::array<std::uint8_t, 4>>& ip) {
    MonitorMemory memory = this->memory();
    for (const auto& core : chip_.cores()) core->stop();
    chip_.sdram().clear();
    std::fill_n(memory.bytes(kSystemRamBase, kSystemRamBytes), kSystemRamBytes, std::uint8_t{0});
    chip_.system_controller().reset();
    chip_.router().reset();
    chip_.router_changed();
    for (auto& box : inbox_) box.clear();
    messages_waiting_ = 0;
    deferred_.clear();
    outgoing_.clear();

    std::copy(variables.begin(), variables.end(), memory.bytes(kSystemVariables, variables.size()));
    const machine::Machine& description = machine_.description();
    const std::uint32_t base = kSystemVariables;
    const bool root = chip_.xy() == machine::ChipXY{0, 0};
    memory.set_half(base + sv::kAddress, chip_.address());
    memory.set_half(
        base + sv::kDimensions,
        static_cast<std::uint32_t>(description.width() << 8 | (description.height() & 0xff)));
    memory.set_byte(base + sv::kPointToPointUp, 1);
    const machine::ChipXY ethernet = chip_.description().ethernet;
    memory.set_half(base + sv::kEthernetAddress,
                    static_cast<std::uint32_t>(ethernet.x << 8 | ethernet.y));
    memory.set_byte(base + sv::kHardwareVersion, static_cast<std::uint32_t>(description.version()));
    memory.set_byte(base + sv::kEthernetUp, chip_.has_ethernet() ? 1 : 0);
    memory.set_byte(base + sv::kNetworkPhase, kAllDone);
    memory.set_half(base + sv::kRoot, 0);
    memory.set_word(base + sv::kClockDrift, 0);
    memory.set_byte(base + sv::kRootChip, root ? 1 : 0);
    memory.set_word(base + sv::kSyncAlignment, 0);
    memory.set_byte(base + sv::kLinksEnabled, chip_.description().links);
    for (std::uint32_t i = 0; i < 20; ++i) {
        memory.set_byte(base + sv::kVirtualOfPhysical + i, 255);
        memory.set_byte(base + sv::kPhysicalOfVirtual + i, 255);
    }
    for (const auto& core : chip_.cores()) {
        const auto number = static_cast<std::uint32_t>(core->number());
        const auto physical = static_cast<std::uint32_t>(core->physical_number());
        memory.set_byte(base + sv::kVirtualOfPhysical + physical, number);
        memory.set_byte(base + sv::kPhysicalOfVirtual + number, physical);
    }
    memory.set_byte(base + sv::kCores, static_cast<std::uint32_t>(chip_.n_cores()));
    if (ip) std::copy(ip->begin(), ip->end(), memory.bytes(base + sv::kIpAddress, 4));
    memory.set_word(base + sv::kSoftwareVersion, kMonitorVersion);

    // Each of these words holds a size before booting and an address after it.
    const std::uint32_t system_ram_words = memory.system(sv::kSystemRamHeap);
    const std::uint32_t buffer_words =
        std::min<std::uint32_t>(memory.system(sv::kSystemBufferWords), 65536);
    const std::uint32_t system_bytes =
        std::clamp<std::uint32_t>(memory.system(sv::kSdramBuffers), 1u << 20, 64u << 20);
    const std::uint32_t user_words = memory.system(sv::kSdramHeap);
    const std::uint32_t sdram_user = arm::kSdramBase + kSystemBuffers * buffer_words * 4;
    const std::uint32_t system = kSdramTop - system_bytes;
    memory.set_system(sv::kSystemRamUser, kSystemRamUserBase);
    memory.set_system(sv::kVcpuBase, kVcpuBlocks);
    memory.set_system(sv::kSdramBuffers, arm::kSdramBase);
    memory.set_system(sv::kSdramBase, sdram_user);
    memory.set_system(sv::kProgramBuffer, system);
    memory.set_system(sv::kTagTable, 0);
    Heap system_heap = Heap::create(memory, system + kProgramBufferBytes, kSdramTop);
    const std::uint32_t heap_base =
        std::min(sdram_user + (user_words & 0x00ffffff) * 4, system - (1u << 16));
    memory.set_system(sv::kSdramHeap, Heap::create(memory, heap_base, system).address());
    const std::uint32_t ram_base =
        std::min<std::uint32_t>(kSystemRamUserBase + (system_ram_words & 0xffff) * 4, 0xe5004000);
    Heap ram_heap = Heap::create(memory, ram_base, kVcpuBlocks);
    memory.set_system(sv::kSystemRamHeap, ram_heap.address());
    memory.set_system(sv::kSystemHeap, system_heap.address());
    memory.set_system(sv::kHopTable, system_heap.allocate(kHopTableBytes, 0, 0));
    memory.set_system(sv::kRouterCopy, system_heap.allocate(kRouterCopyBytes, 0, 0));
    const std::uint32_t tag_table = system_heap.allocate(kTagTableBytes, 0, 0);
    memory.set_system(sv::kAppTable, system_heap.allocate(kAppTableBytes, 0, 0));
    memory.set_system(sv::kTagTable, tag_table);

    const std::uint32_t n_buffers =
        std::clamp<std::uint32_t>(memory.byte(base + sv::kBuffers), 1, 32);
    const std::uint32_t buffers = ram_heap.allocate(n_buffers * kMessageBytes, 0, 0);
    memory.set_system(sv::kMessageBuffers, buffers);
    memory.set_system(sv::kFreeMessages, buffers);
    memory.set_system(sv::kMessageCount, 0);
    for (std::uint32_t i = 0; i < n_buffers; ++i) {
        memory.set_word(buffers + kMessageBytes * i,
                        i + 1 < n_buffers ? buffers + kMessageBytes * (i + 1) : 0);
    }

    const std::uint32_t own = MonitorMemory::block(0);
    memory.set_byte(own + vcpu::kPhysicalCore,
                    static_cast<std::uint32_t>(chip_.core(0).physical_number()));
    memory.set_state(0, CoreState::Running);
    memory.set_word(own + vcpu::kVersion, kMonitorVersion);
    boot_unix_time_ = memory.system(sv::kUnixTime);
    clock_ms_ = 0;
    memory.set_word(own + vcpu::kLoadTime, boot_unix_time_);
    constexpr char kName[] = "scamp-3";
    std::copy(std::begin(kName), std::end(kName),
              memory.bytes(own + vcpu::kName, vcpu::kNameBytes));
    for (int core = 1; core < chip_.n_cores(); ++core) make_idle(core);
    RouterAllocation lines(chip_);
    lines.clear(0, 1);  // the monitor's own line, which the others' initialisation leaves alone
    lines.initialise();
    build_point_to_point_table();
}

// Shortest paths over the links that work, found from here outwards.
void Monitor::build_point_to_point_table() {
    std::deque<EmulatedChip*> frontier{&chip_};
    chip_.router().set_point_to_point(chip_.address(), 7);
    while (!frontier.empty()) {
        EmulatedChip* const here = frontier.front();
        frontier.pop_front();
        for (const machine::Direction direction : machine::kAllDirections) {
            EmulatedChip* const next = machine_.neighbour(*here, direction);
            if (next == nullptr || chip_.router().point_to_point(next->address()) != 6) continue;
            const int first_link = here == &chip_ ? static_cast<int>(direction)
                                                  : chip_.router().point_to_point(here->address());
            chip_.router().set_point_to_point(next->address(), first_link);
            frontier.push_back(next);
        }
    }
}

void Monitor::update_clock(Cycles now) {
    constexpr Cycles kCyclesAMillisecond = 200'000;
    const std::uint64_t ms =
        now / kCyclesAMillisecond - machine_.boot_cycles() / kCyclesAMillisecond;
    if (ms == clock_ms_) return;
    clock_ms_ = ms;
    MonitorMemory memory = this->memory();
    store(memory.bytes(kSystemVariables + sv::kClockMs, 8), ms);
    memory.set_half(kSystemVariables + sv::kTimeMs, static_cast<std::uint32_t>(ms % 1000));
    memory.set_system(sv::kUnixTime, boot_unix_time_ + static_cast<std::uint32_t>(ms / 1000));
}

}  // namespace spinnlab::emulator::monitor
