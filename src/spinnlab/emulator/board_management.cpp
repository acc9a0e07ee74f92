// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/board_management.hpp"

#include <optional>
#include <utility>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/wire/little_endian.hpp"
#include "spinnlab/wire/sdp.hpp"

namespace spinnlab::emulator {
namespace {

constexpr int kLeds = 8;
/// What two bits of an LED request ask for (SpiNNMan's LEDAction).
enum class LedAction : std::uint8_t { Keep = 0, Invert = 1, Off = 2, On = 3 };

std::uint8_t changed(std::uint8_t leds, std::uint32_t actions) {
    for (int led = 0; led < kLeds; ++led) {
        const auto bit = static_cast<std::uint8_t>(1u << led);
        switch (static_cast<LedAction>(actions >> (2 * led) & 3)) {
            case LedAction::Keep: break;
            case LedAction::Invert: leds ^= bit; break;
            case LedAction::Off: leds &= static_cast<std::uint8_t>(~bit); break;
            case LedAction::On: leds |= bit; break;
        }
    }
    return leds;
}

}  // namespace

BoardManagement::BoardManagement(EmulatedMachine& machine, int boards)
    : machine_(machine), leds_(static_cast<std::size_t>(boards), 0) {}

void BoardManagement::receive(const HostAddress& from, wire::ByteView datagram) {
    std::optional<wire::SdpMessage> message = wire::decode_sdp_datagram(datagram);
    if (!message || message->payload.size() > wire::kMaxSdpPayloadBytes) return;
    if (!message->reply_expected()) return;
    wire::ScpReply reply{wire::ScpResult::BadLength, wire::sequence_of(message->payload), {}};
    if (message->destination.sdp_port() != 0) {
        reply.result = wire::ScpResult::BadPort;
    } else if (const auto request = wire::decode_scp_request(message->payload)) {
        reply = execute(*request, message->destination.core());
        reply.sequence = request->sequence;
    }
    std::swap(message->destination, message->source);
    message->flags = wire::kNoReply;
    message->payload = wire::encode_scp_reply(reply);
    machine_.host().send(machine_.management(), kScpPort, from,
                         wire::encode_sdp_datagram(*message));
}

wire::ScpReply BoardManagement::execute(const wire::ScpRequest& request, int board) {
    if (board >= static_cast<int>(leds_.size())) return {wire::ScpResult::BadCore, 0, {}};
    switch (request.command) {
        case wire::ScpCommand::Version: return version(board);
        case wire::ScpCommand::Power: return power(request);
        case wire::ScpCommand::Led: return set_leds(request);
        default: return {wire::ScpResult::BadCommand, 0, {}};
    }
}

wire::ScpReply BoardManagement::version(int board) const {
    constexpr std::uint32_t kVersion = 210;  // 2.10, in hundredths
    constexpr char kIdentity[] = "BC&MP/Spin5-BMP";
    wire::ScpReply reply;
    wire::append_u32(reply.data, static_cast<std::uint32_t>(board));  // cabinet 0, frame 0
    wire::append_u32(reply.data, kVersion << 16 | wire::kMaxScpDataBytes);
    wire::append_u32(reply.data, machine_.power_on_unix_time());
    reply.data.insert(reply.data.end(), std::begin(kIdentity), std::end(kIdentity));
    return reply;
}

wire::ScpReply BoardManagement::power(const wire::ScpRequest& request) {
    const std::uint32_t action = request.arguments[0] & 0xffff;  // above it: milliseconds a board
    const std::uint32_t boards = request.arguments[1];
    if (action > 1 || boards != all_boards()) return {wire::ScpResult::BadArgument, 0, {}};
    machine_.set_power(action == 1);
    return {};
}

wire::ScpReply BoardManagement::set_leds(const wire::ScpRequest& request) {
    const std::uint32_t boards = request.arguments[1];
    if (boards == 0 || (boards & ~all_boards()) != 0) return {wire::ScpResult::BadArgument, 0, {}};
    for (std::size_t board = 0; board < leds_.size(); ++board) {
        if ((boards >> board & 1) != 0) leds_[board] = changed(leds_[board], request.arguments[0]);
    }
    return {};
}

std::uint32_t BoardManagement::all_boards() const {
    // A request names at most 32 boards; those of a frame are 24.
    return leds_.size() >= 32 ? 0xffffffffu : (1u << leds_.size()) - 1;
}

}  // namespace spinnlab::emulator
