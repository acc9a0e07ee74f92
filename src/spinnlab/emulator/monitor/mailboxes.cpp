// SPDX-License-Identifier: Apache-2.0
// Messages between the monitor and its cores: seven buffers in system RAM, one mailbox a way and
// core.
#include <algorithm>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr std::uint32_t kMailboxIdle = 0, kMailboxMessage = 1;
// A message in shared memory: {next, u16 length, u16 checksum, SDP header and payload}.
constexpr std::uint32_t kMessageLength = 4, kMessageChecksum = 6, kMessageData = 8;

bool is_message_buffer(const MonitorMemory& memory, std::uint32_t address) {
    const std::uint32_t first = memory.system(sv::kMessageBuffers);
    const std::uint32_t n = memory.byte(kSystemVariables + sv::kBuffers);
    return address >= first && address < first + n * kMessageBytes &&
           (address - first) % kMessageBytes == 0;
}

}  // namespace

void Monitor::empty_mailboxes() {
    SystemController& controller = chip_.system_controller();
    const std::uint32_t own = 1u << chip_.core(0).physical_number();
    if ((controller.cpu_interrupts() & own) == 0) return;
    // A core is in the middle of posting: its interrupt stays up, this is tried after its next
    // slice.
    if (controller.locked(Lock::Mailbox) || controller.locked(Lock::Message)) return;
    controller.clear_cpu_interrupts(own);
    MonitorMemory memory = this->memory();
    const std::uint32_t flags = memory.system(sv::kMailboxFlags);
    memory.set_system(sv::kMailboxFlags, 0);
    for (int core = 1; core < chip_.n_cores(); ++core) {
        if ((flags >> core & 1) == 0) continue;
        const std::uint32_t block = MonitorMemory::block(core);
        const bool is_message = memory.byte(block + vcpu::kCommandOut) == kMailboxMessage;
        memory.set_byte(block + vcpu::kCommandOut, kMailboxIdle);
        const std::uint32_t buffer = memory.word(block + vcpu::kMessageOut);
        if (!is_message || !is_message_buffer(memory, buffer)) continue;
        const std::uint32_t length =
            std::min<std::uint32_t>(memory.half(buffer + kMessageLength), kMessageDataBytes);
        const std::uint8_t* const data = memory.bytes(buffer + kMessageData, length);
        if (std::optional<wire::SdpMessage> message = wire::decode_sdp({data, length})) {
            outgoing_.push_back(std::move(*message));
        }
        memory.set_word(buffer, memory.system(sv::kFreeMessages));
        memory.set_system(sv::kFreeMessages, buffer);
        const std::uint32_t in_use = memory.half(kSystemVariables + sv::kMessageCount);
        if (in_use > 0) memory.set_half(kSystemVariables + sv::kMessageCount, in_use - 1);
    }
}

bool Monitor::put_into_mailbox(int core, const wire::SdpMessage& message) {
    MonitorMemory memory = this->memory();
    const std::uint32_t block = MonitorMemory::block(core);
    if (memory.byte(block + vcpu::kCommandIn) != kMailboxIdle) return false;
    if (chip_.system_controller().locked(Lock::Message)) return false;
    const std::uint32_t buffer = memory.system(sv::kFreeMessages);
    if (!is_message_buffer(memory, buffer)) return false;
    memory.set_system(sv::kFreeMessages, memory.word(buffer));
    const std::uint32_t in_use = memory.half(kSystemVariables + sv::kMessageCount) + 1u;
    memory.set_half(kSystemVariables + sv::kMessageCount, in_use);
    if (in_use > memory.half(kSystemVariables + sv::kMessageMax)) {
        memory.set_half(kSystemVariables + sv::kMessageMax, in_use);
    }
    wire::Bytes bytes = wire::encode_sdp(message);
    bytes.resize(std::min<std::size_t>(bytes.size(), kMessageDataBytes));
    memory.set_half(buffer + kMessageLength, static_cast<std::uint32_t>(bytes.size()));
    memory.set_half(buffer + kMessageChecksum, 0);
    std::copy(bytes.begin(), bytes.end(), memory.bytes(buffer + kMessageData, kMessageDataBytes));
    memory.set_word(block + vcpu::kMessageIn, buffer);
    memory.set_byte(block + vcpu::kCommandIn, kMailboxMessage);
    set_cpu_interrupts(1u << core);
    return true;
}

}  // namespace spinnlab::emulator::monitor
