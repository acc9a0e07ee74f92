// SPDX-License-Identifier: Apache-2.0
// The way of an SDP message: to another chip, to the host, to a core, to a command.
#include <fmt/format.h>

#include <utility>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr std::uint16_t kRootAddress = 0xffff;
constexpr std::uint8_t kNoRouteFlag = 0x20;
constexpr std::uint8_t kReplyFlag = 0x80;
// A core that does not take its messages: the sender is told after this long (SC&MP waits 1 ms, but
// a slice of an emulated core can be that long when the host is busy; the host's own time-out is 1
// s).
constexpr Cycles kMailboxTimeOut = 100'000'000;
constexpr std::size_t kMostWaiting = 256;
// Locks are held for microseconds; one held this long belongs to a core that failed holding it.
constexpr Cycles kLockTimeOut = 20'000'000;

}  // namespace

void Monitor::route(const wire::SdpMessage& received, const HostAddress& from) {
    wire::SdpMessage message = received;
    message.flags &= static_cast<std::uint8_t>(~kNoRouteFlag);
    if (message.destination.chip == kRootAddress) message.destination.chip = 0;
    if (message.source.chip == kRootAddress) message.source.chip = 0;
    if (message.destination.chip != chip_.address()) {
        Monitor* const there = machine_.monitor_at(message.destination.chip);
        if (there == nullptr || chip_.router().point_to_point(message.destination.chip) == 6) {
            refuse(message, wire::ScpResult::NoRoute, from);
        } else {
            there->route(message, from);
        }
        return;
    }
    if (message.destination.port == wire::kEthernetPort) {
        send_to_host(message);
        return;
    }
    const int core = message.destination.core();
    if (core >= chip_.n_cores()) {
        refuse(message, wire::ScpResult::BadCore, from);
        return;
    }
    if (core != 0) {
        auto& box = inbox_[static_cast<std::size_t>(core)];
        if (!chip_.core(core).running()) return;  // nobody reads it; the host's time-out says so
        if (box.size() >= kMostWaiting) {
            refuse(message, wire::ScpResult::BufferNotAvailable, from);
            return;
        }
        box.push_back({std::move(message), machine_.now()});
        ++messages_waiting_;
        machine_.wake(chip_);
        return;
    }
    if (message.destination.sdp_port() != 0) {
        refuse(message, wire::ScpResult::BadPort, from);
        return;
    }
    if (!deferred_.empty() || !answer(message, from)) {  // requests stay in order
        deferred_.push_back({std::move(message), from, machine_.now()});
        machine_.wake(chip_);
    }
}

bool Monitor::answer(const wire::SdpMessage& message, const HostAddress& from) {
    const std::optional<wire::ScpRequest> request = wire::decode_scp_request(message.payload);
    if (!request) {
        refuse(message, wire::ScpResult::BadLength, from);
        return true;
    }
    if (must_wait(request->command)) return false;
    if (request->command == wire::ScpCommand::Count) {
        machine_.schedule_count(*this, message, from);
        return true;
    }
    update_clock(machine_.now());
    wire::ScpReply answer = execute(*request, from);
    answer.sequence = request->sequence;
    reply(message, wire::encode_scp_reply(answer), from);
    return true;
}

bool Monitor::must_wait(wire::ScpCommand command) const {
    const SystemController& controller = chip_.system_controller();
    switch (command) {
        case wire::ScpCommand::Allocate:
        case wire::ScpCommand::Router:
        case wire::ScpCommand::Information:
            return controller.locked(Lock::Heap) || controller.locked(Lock::Router);
        case wire::ScpCommand::AppRun:
        case wire::ScpCommand::AppCopyRun:
        case wire::ScpCommand::AppStart:
        case wire::ScpCommand::NearestNeighbour:
        case wire::ScpCommand::Signal: return controller.any_locked();
        default: return false;
    }
}

void Monitor::refuse(const wire::SdpMessage& message, wire::ScpResult result,
                     const HostAddress& from) {
    if (!message.reply_expected()) return;
    reply(message, wire::encode_scp_reply({result, wire::sequence_of(message.payload), {}}), from);
}

void Monitor::reply(const wire::SdpMessage& request, wire::Bytes payload, const HostAddress& from) {
    if (!request.reply_expected()) return;
    wire::SdpMessage answer;
    answer.flags = request.flags & static_cast<std::uint8_t>(~kReplyFlag);
    answer.tag = request.tag;
    answer.destination = request.source;
    answer.source = request.destination;
    answer.payload = std::move(payload);
    route(answer, from);
}

void Monitor::send_to_host(const wire::SdpMessage& message) {
    if (!chip_.has_ethernet()) return;
    TagTable& tags = machine_.tags(board_);
    if (message.tag >= TagTable::kTags) {
        if (const std::optional<HostAddress> sender = tags.sender(message.tag)) {
            machine_.host().send(board_, kScpPort, *sender, wire::encode_sdp_datagram(message));
            tags.forget(message.tag);
        }
        return;
    }
    IpTag& tag = tags[message.tag];
    if (!tag.valid()) return;
    ++tag.count;
    if (tag.strip()) {
        machine_.host().send(board_, tag.reverse() ? tag.receive_port : kScpPort, tag.host,
                             message.payload);
    } else {
        machine_.host().send(board_, kScpPort, tag.host, wire::encode_sdp_datagram(message));
    }
}

void Monitor::serve(Cycles now) {
    while (!deferred_.empty()) {
        if (now - deferred_.front().since > kLockTimeOut) {
            machine_.notice(
                fmt::format("chip ({}, {}): a core kept a lock for 0.1 s; it was taken from it",
                            chip_.xy().x, chip_.xy().y));
            chip_.system_controller().release_locks();
        }
        if (!answer(deferred_.front().message, deferred_.front().from)) break;
        deferred_.pop_front();
    }
    if (messages_waiting_ == 0) return;
    for (int core = 1; core < chip_.n_cores(); ++core) {
        auto& box = inbox_[static_cast<std::size_t>(core)];
        if (box.empty()) continue;
        if (!chip_.core(core).running()) {
            messages_waiting_ -= static_cast<int>(box.size());
            box.clear();
            continue;
        }
        if (put_into_mailbox(core, box.front().message)) {
            box.pop_front();
            --messages_waiting_;
        } else if (now - box.front().since > kMailboxTimeOut) {
            const wire::SdpMessage message = std::move(box.front().message);
            box.pop_front();
            --messages_waiting_;
            refuse(message, wire::ScpResult::TimeOut, {});
        }
    }
}

}  // namespace spinnlab::emulator::monitor
