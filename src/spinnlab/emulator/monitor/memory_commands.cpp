// SPDX-License-Identifier: Apache-2.0
// READ, WRITE, FILL, and the same on the chip at the other end of a link.
#include <algorithm>
#include <cstring>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/host_access.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr std::uint32_t kMostUnits = 2;  // 0 bytes, 1 half-words, 2 words
constexpr wire::ScpResult kBad = wire::ScpResult::BadArgument;

arm::Width width_of(std::uint32_t unit) {
    return unit == 0 ? arm::Width::Byte : unit == 1 ? arm::Width::Half : arm::Width::Word;
}

}  // namespace

wire::ScpReply Monitor::read(const wire::ScpRequest& request, EmulatedChip& chip) {
    const auto [address, bytes, unit] = request.arguments;
    if (bytes > wire::kMaxScpDataBytes || unit > kMostUnits) return {kBad, 0, {}};
    wire::ScpReply reply;
    if (const std::uint8_t* const memory = chip.memory_at(address, bytes)) {
        reply.data.assign(memory, memory + bytes);
        return reply;
    }
    const auto step = static_cast<std::uint32_t>(width_of(unit));
    reply.data.resize(bytes);
    for (std::uint32_t at = 0; at + step <= bytes; at += step) {
        const std::optional<std::uint32_t> value = host_read(chip, address + at, width_of(unit));
        if (!value) return {kBad, 0, {}};  // the real monitor would abort and take the chip with it
        std::memcpy(reply.data.data() + at, &*value, step);
    }
    return reply;
}

wire::ScpReply Monitor::write(const wire::ScpRequest& request, EmulatedChip& chip) {
    const auto [address, asked_bytes, unit] = request.arguments;
    if (asked_bytes > wire::kMaxScpDataBytes || unit > kMostUnits) return {kBad, 0, {}};
    const auto step = static_cast<std::uint32_t>(width_of(unit));
    const std::uint32_t bytes = asked_bytes / step * step;
    wire::Bytes data = request.data;
    data.resize(bytes);  // a request that promises more than it brings writes zeros, as stale bytes
                         // would be
    if (std::uint8_t* const memory = chip.memory_at(address, bytes)) {
        std::copy(data.begin(), data.end(), memory);
        return {};
    }
    for (std::uint32_t at = 0; at < bytes; at += step) {
        std::uint32_t value = 0;
        std::memcpy(&value, data.data() + at, step);
        if (!host_write(chip, address + at, value, width_of(unit))) return {kBad, 0, {}};
    }
    chip.router_changed();
    machine_.wake(chip);
    return {};
}

wire::ScpReply Monitor::fill(const wire::ScpRequest& request) {
    const auto [address, value, bytes] = request.arguments;
    if (bytes > Sdram::kBytes) return {kBad, 0, {}};
    std::uint8_t* const memory = chip_.memory_at(address, bytes);
    if (memory == nullptr) return {kBad, 0, {}};
    for (std::uint32_t at = 0; at + 4 <= bytes; at += 4) store(memory + at, value);
    return {};
}

wire::ScpReply Monitor::link_read(const wire::ScpRequest& request) {
    const auto [address, bytes, link] = request.arguments;
    if (bytes > wire::kMaxScpDataBytes || link >= machine::kDirections) return {kBad, 0, {}};
    EmulatedChip* const there = machine_.neighbour(chip_, static_cast<machine::Direction>(link));
    if (there == nullptr) return {wire::ScpResult::TimeOut, 0, {}};
    return read({request.command, request.sequence, {address, bytes, 2}, {}}, *there);
}

wire::ScpReply Monitor::link_write(const wire::ScpRequest& request) {
    const auto [address, bytes, link] = request.arguments;
    if (bytes > wire::kMaxScpDataBytes || link >= machine::kDirections) return {kBad, 0, {}};
    EmulatedChip* const there = machine_.neighbour(chip_, static_cast<machine::Direction>(link));
    if (there == nullptr) return {wire::ScpResult::TimeOut, 0, {}};
    return write({request.command, request.sequence, {address, bytes, 2}, request.data}, *there);
}

}  // namespace spinnlab::emulator::monitor
