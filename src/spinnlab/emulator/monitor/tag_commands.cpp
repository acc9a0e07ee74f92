// SPDX-License-Identifier: Apache-2.0
// IPTAG: which messages go to which host, and which UDP ports a board listens to.
#include <cstring>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"
#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::emulator::monitor {
namespace {

enum class TagOperation : std::uint8_t { New, Set, Get, Clear, TimeOut };
constexpr std::uint32_t kTagBytes = 32;
constexpr wire::ScpResult kBad = wire::ScpResult::BadArgument;
constexpr std::uint32_t kNoTag = 255;

std::array<std::uint8_t, 4> ip_of(std::uint32_t word) {
    return {static_cast<std::uint8_t>(word), static_cast<std::uint8_t>(word >> 8),
            static_cast<std::uint8_t>(word >> 16), static_cast<std::uint8_t>(word >> 24)};
}

// iptag_t: ip[4], mac[6], tx_port, timeout, flags, count, rx_port, dest_addr, dest_port, padding
// to 32.
wire::Bytes encode(const IpTag& tag) {
    wire::Bytes bytes(tag.host.ip.begin(), tag.host.ip.end());
    bytes.resize(10);
    wire::append_u16(bytes, tag.host.port);
    wire::append_u16(bytes, tag.timeout);
    wire::append_u16(bytes, tag.flags);
    wire::append_u32(bytes, tag.count);
    wire::append_u16(bytes, tag.receive_port);
    wire::append_u16(bytes, tag.destination_chip);
    bytes.push_back(tag.destination_port);
    bytes.resize(kTagBytes);
    return bytes;
}

wire::ScpReply with_word(std::uint32_t word) {
    wire::ScpReply reply;
    wire::append_u32(reply.data, word);
    return reply;
}

}  // namespace

wire::ScpReply Monitor::ip_tag(const wire::ScpRequest& request, const HostAddress& from) {
    const std::uint32_t operation = request.arguments[0] >> 16 & 0xff;
    std::uint32_t number = request.arguments[0] & 0xff;
    if (operation > static_cast<std::uint32_t>(TagOperation::TimeOut) || number >= TagTable::kTags)
        return {kBad, 0, {}};
    TagTable& tags = machine_.tags(board_);
    switch (static_cast<TagOperation>(operation)) {
        case TagOperation::New: {
            const std::optional<int> free = tags.find_free();
            if (!free) return with_word(kNoTag);
            number = static_cast<std::uint32_t>(*free);
            break;
        }
        case TagOperation::Set: break;
        case TagOperation::Get:
            // Whole tags; more than one is told as hardware tells it, by what stands after the
            // first.
            if (request.arguments[1] > wire::kMaxScpDataBytes / kTagBytes) return {kBad, 0, {}};
            {
                wire::ScpReply reply;
                for (std::uint32_t i = 0; i < request.arguments[1] && number + i < TagTable::kTags;
                     ++i) {
                    const wire::Bytes bytes = encode(tags[static_cast<int>(number + i)]);
                    reply.data.insert(reply.data.end(), bytes.begin(), bytes.end());
                }
                return reply;
            }
        case TagOperation::Clear:
            machine_.set_tag(board_, static_cast<int>(number), IpTag{});
            return {};
        case TagOperation::TimeOut: {
            const auto code = static_cast<std::uint32_t>(tags.timeout_code());
            if (request.arguments[1] < 16)
                tags.set_timeout_code(static_cast<int>(request.arguments[1]));
            constexpr std::uint32_t kPool = TagTable::kTags - TagTable::kFixed;
            return with_word(TagTable::kFixed << 24 | kPool << 16 | kTagBytes << 8 | code);
        }
    }
    IpTag tag;
    const std::uint32_t time_out = request.arguments[0] >> 24 & 15;
    tag.timeout = static_cast<std::uint16_t>(time_out != 0 ? 1u << (time_out - 1) : 0);
    tag.flags = static_cast<std::uint16_t>((request.arguments[0] >> 20 & 0x0f00) | IpTag::kValid);
    tag.destination_chip = static_cast<std::uint16_t>(request.arguments[1] >> 16);
    tag.destination_port = static_cast<std::uint8_t>(request.arguments[0] >> 8);
    if (request.arguments[2] != 0) {
        tag.host.ip = ip_of(request.arguments[2]);
    } else if (!tag.reverse()) {
        tag.host.ip = from.ip;
    }
    const auto port = static_cast<std::uint16_t>(request.arguments[1]);
    if (tag.reverse()) {
        tag.receive_port = port;
    } else {
        tag.host.port = (tag.flags & IpTag::kUseSender) != 0 ? from.port : port;
    }
    machine_.set_tag(board_, static_cast<int>(number), tag);
    return with_word(number);
}

}  // namespace spinnlab::emulator::monitor
