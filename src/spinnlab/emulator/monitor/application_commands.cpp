// SPDX-License-Identifier: Apache-2.0
// COUNT, AR, AS, APP_COPY_RUN, NNP, FFD, SIG: programs on cores, here and on the whole machine.
#include <cstring>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr wire::ScpResult kBad = wire::ScpResult::BadArgument;
constexpr std::uint32_t kMonitorCore = 1;

wire::ScpReply with_word(std::uint32_t word, wire::ScpResult result = wire::ScpResult::Ok) {
    wire::ScpReply reply;
    reply.result = result;
    reply.data.resize(4);
    std::memcpy(reply.data.data(), &word, 4);
    return reply;
}

/// The word of AR, AS and APP_COPY_RUN: application, flags, cores.
struct StartWord {
    std::uint32_t app, flags, cores;
    explicit StartWord(std::uint32_t word)
        : app(word >> 24), flags(word >> 18 & 63), cores(word & 0x3ffff) {}
};

}  // namespace

void Monitor::answer_count(const wire::SdpMessage& message, const HostAddress& from) {
    const std::optional<wire::ScpRequest> request = wire::decode_scp_request(message.payload);
    if (!request) return;
    const std::uint32_t app = request->arguments[0] & 0xff;
    const auto state = static_cast<CoreState>(request->arguments[1] & 0xff);
    std::uint32_t n = 0;
    for (Monitor* const monitor : machine_.monitors_of_board(board_))
        n += monitor->count(app, state);
    wire::ScpReply answer = with_word(n);
    answer.sequence = request->sequence;
    reply(message, wire::encode_scp_reply(answer), from);
}

wire::ScpReply Monitor::start_loaded(const wire::ScpRequest& request) {
    const StartWord start(request.arguments[0]);
    if ((start.cores & kMonitorCore) != 0) return {kBad, 0, {}};
    start_application(memory().system(sv::kProgramBuffer), start.cores, start.app, start.flags);
    return {};
}

wire::ScpReply Monitor::start_at(const wire::ScpRequest& request) {
    const StartWord start(request.arguments[1]);
    if ((start.cores & kMonitorCore) != 0) return {kBad, 0, {}};
    start_application(request.arguments[0], start.cores, start.app, start.flags);
    return {};
}

wire::ScpReply Monitor::copy_and_start(const wire::ScpRequest& request) {
    const std::uint32_t link = request.arguments[0] & 7, wanted_sum = request.arguments[0] >> 3;
    const std::uint32_t bytes = request.arguments[1];
    const StartWord start(request.arguments[2]);
    if ((start.cores & kMonitorCore) != 0 || link >= machine::kDirections || bytes % 4 != 0)
        return {kBad, 0, {}};
    EmulatedChip* const from = machine_.neighbour(chip_, static_cast<machine::Direction>(link));
    if (from == nullptr) return {wire::ScpResult::TimeOut, 0, {}};
    const std::uint32_t buffer = memory().system(sv::kProgramBuffer);
    const std::uint8_t* const source =
        from->memory_at(MonitorMemory(*from).system(sv::kProgramBuffer), bytes);
    std::uint8_t* const target = chip_.memory_at(buffer, bytes);
    if (source == nullptr || target == nullptr) return {kBad, 0, {}};
    std::uint32_t sum = 0;
    for (std::uint32_t at = 0; at < bytes; at += 4) sum += load<std::uint32_t>(source + at);
    std::memcpy(target, source, bytes);
    constexpr std::uint32_t kSumMask = 0x1fffffff;
    if (wanted_sum != 0 && (sum & kSumMask) != wanted_sum)
        return with_word(sum, wire::ScpResult::BadChecksum);
    start_application(buffer, start.cores, start.app, start.flags);
    return {};
}

void Monitor::signal_everywhere(std::uint32_t word) {
    const auto signal = static_cast<Signal>(word >> 16 & 15);
    const std::uint32_t app_mask = word >> 8 & 0xff, app = word & 0xff;
    for (Monitor* const monitor : machine_.monitors()) monitor->signal(signal, app, app_mask);
}

wire::ScpReply Monitor::nearest_neighbour(const wire::ScpRequest& request) {
    // Of the packets a host may flood the machine with, signals are acted on (command 0, type 5).
    // Start and end of a flood of data to all chips change nothing here: each block is complete in
    // itself. The rest (a part of the chips, starting programs at the end) belongs to SC&MP's own
    // boot and is refused.
    const auto [key, data, options] = request.arguments;
    (void)options;
    constexpr std::uint32_t kSignalCommand = 0, kFloodStart = 6, kFloodEnd = 15, kSignalType = 5;
    constexpr std::uint32_t kAllChips = 0xffff, kNoProgram = 0;
    const std::uint32_t command = key >> 24 & 15;
    if ((command == kFloodStart && data == kAllChips) ||
        (command == kFloodEnd && data == kNoProgram))
        return {};
    if (command != kSignalCommand || data >> 28 != kSignalType) return {kBad, 0, {}};
    signal_everywhere(data & 0x0fffffff);
    return {};
}

wire::ScpReply Monitor::flood_fill(const wire::ScpRequest& request) {
    // One block for all chips at once: arguments[1] block number and words - 1, arguments[2] the
    // address.
    const std::uint32_t words = (request.arguments[1] >> 8 & 0xff) + 1,
                        address = request.arguments[2];
    if (words * 4 > wire::kMaxScpDataBytes || request.data.size() < words * 4) return {kBad, 0, {}};
    for (Monitor* const monitor : machine_.monitors()) {
        std::uint8_t* const memory = monitor->chip().memory_at(address, words * 4);
        if (memory == nullptr) return {kBad, 0, {}};
        std::memcpy(memory, request.data.data(), words * 4);
    }
    return {};
}

wire::ScpReply Monitor::send_signal(const wire::ScpRequest& request) {
    constexpr std::uint32_t kMulticast = 0, kNearestNeighbour = 2;
    const std::uint32_t type = request.arguments[0];
    const bool root = chip_.xy() == machine::ChipXY{0, 0};
    if (type == kNearestNeighbour || (type == kMulticast && root)) {
        signal_everywhere(request.arguments[1]);
        return {};
    }
    return {kBad, 0, {}};
}

}  // namespace spinnlab::emulator::monitor
