// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/emulated_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/emulator/arm/disassemble.hpp"
#include "spinnlab/emulator/packet_network.hpp"

namespace spinnlab::emulator {

void EmulatedMachine::advance(Cycles until) {
    while (now_ < until) {
        const Cycles start = next_quantum_with_work(now_);
        if (start == kNever) return;  // time stands still until a message comes
        now_ = std::min(start, until - until % options_.quantum_cycles);
        if (start >= until) return;
        const Cycles end = now_ + options_.quantum_cycles;
        answer_counts();
        find_awake_chips(end);
        serve_monitors();      // commands that waited for a lock, messages into free mailboxes
        run_awake_chips(end);  // each chip by itself: its cores, then the mailboxes they filled
        now_ = end;
        deliver_packets();  // in the order of (time, chip, core)
        route_messages();
    }
}

void EmulatedMachine::find_awake_chips(Cycles end) {
    awake_.clear();
    for (std::size_t chip = 0; chip < chips_.size(); ++chip) {
        if (wake_[chip] < end) awake_.push_back(chip);
    }
}

void EmulatedMachine::serve_monitors() {
    for (const std::size_t chip : awake_) {
        monitors_[chip]->update_clock(now_);
        if (monitors_[chip]->has_work()) monitors_[chip]->serve(now_);
    }
}

void EmulatedMachine::run_awake_chips(Cycles end) {
    pool_.parallel_for(awake_.size(), [&](std::size_t i) {
        EmulatedChip& chip = *chips_[awake_[i]];
        monitor::Monitor& monitor = *monitors_[awake_[i]];
        chip.run(end, [&](Core& core) {
            monitor.empty_mailboxes();
            chip.note_failure(core);
            monitor.watch(core);
        });
        wake_[awake_[i]] = monitor.has_work() ? 0 : chip.next_wake();
    });
}

void EmulatedMachine::deliver_packets() {
    in_flight_.clear();
    for (const std::size_t chip : awake_) {
        for (const SentPacket& packet : chips_[chip]->outbox())
            in_flight_.push_back({packet, chips_[chip].get()});
        chips_[chip]->outbox().clear();
    }
    if (in_flight_.empty()) return;
    // Chips are in order already, and a core sends in the order of its clock.
    std::stable_sort(in_flight_.begin(), in_flight_.end(),
                     [](const InFlight& a, const InFlight& b) {
                         return std::tuple(a.packet.sent, a.from->address(), a.packet.core) <
                                std::tuple(b.packet.sent, b.from->address(), b.packet.core);
                     });
    for (const InFlight& packet : in_flight_) route_packet(*this, *packet.from, packet.packet);
}

void EmulatedMachine::route_messages() {
    for (const std::size_t chip : awake_) {
        monitor::Monitor& monitor = *monitors_[chip];
        if (!monitor.outgoing().empty()) {
            const std::vector<wire::SdpMessage> messages = std::exchange(monitor.outgoing(), {});
            for (const wire::SdpMessage& message : messages) monitor.route(message, {});
        }
        for (const CoreFailure& failure : chips_[chip]->take_failures()) report(monitor, failure);
    }
}

void EmulatedMachine::report(monitor::Monitor& monitor, const CoreFailure& failure) {
    Core& core = monitor.chip().core(failure.core);
    const arm::Registers registers = core.registers();
    if (failure.locked_up)
        monitor.report_failure(failure.core, monitor::RunTimeError::PrefetchAbort);
    const std::string where =
        fmt::format("core ({}, {}, {}) running {}", monitor.chip().xy().x, monitor.chip().xy().y,
                    failure.core, monitor.application_name(failure.core));
    const char* const kind = failure.fault.kind == arm::Fault::Kind::DataAbort ? "data abort"
                             : failure.fault.kind == arm::Fault::Kind::PrefetchAbort
                                 ? "prefetch abort"
                                 : "undefined instruction";
    std::string text =
        failure.deaf
            ? fmt::format(
                  "{}: busy at pc 0x{:08x} with interrupts off for too long; the watchdog "
                  "stopped it\n",
                  where, failure.fault.pc)
            : fmt::format(
                  "{}: {} at pc 0x{:08x}, {} 0x{:08x}{}\n", where, kind, failure.fault.pc,
                  failure.fault.kind == arm::Fault::Kind::Undefined ? "instruction" : "address",
                  failure.fault.address,
                  failure.locked_up ? "; it cannot go on and was stopped" : "");
    for (std::size_t i = 0; i < registers.r.size(); ++i) {
        text += fmt::format("  r{:<2} 0x{:08x}{}", i, registers.r[i], i % 4 == 3 ? "\n" : "");
    }
    text += fmt::format("  cpsr 0x{:08x}\n", registers.cpsr);
    if (failure.fault.pc < arm::kItcmBytes) {
        const bool thumb = failure.thumb;
        text += arm::disassemble_window(core.processor().itcm(), 0, failure.fault.pc, thumb);
    }
    notice(text);
}

Cycles EmulatedMachine::next_event() const {
    const Cycles wake = *std::min_element(wake_.begin(), wake_.end());
    if (counts_.empty()) return wake;
    return wake == kNever ? now_ : std::min(wake, counts_.front().due);
}

void EmulatedMachine::schedule_count(monitor::Monitor& monitor, const wire::SdpMessage& message,
                                     const HostAddress& from) {
    constexpr Cycles kCountCycles = 2'000'000;
    counts_.push_back({&monitor, message, from, now_ + kCountCycles});
}

void EmulatedMachine::answer_counts() {
    while (!counts_.empty()) {
        const bool settled = *std::min_element(wake_.begin(), wake_.end()) == kNever;
        if (!settled && counts_.front().due > now_) return;
        const PendingCount count = std::move(counts_.front());
        counts_.pop_front();
        count.monitor->answer_count(count.message, count.from);
    }
}

Cycles EmulatedMachine::next_quantum_with_work(Cycles from) const {
    const Cycles event = next_event();
    if (event == kNever || event <= from) return event == kNever ? kNever : from;
    return event - event % options_.quantum_cycles;
}

void EmulatedMachine::wake(const EmulatedChip& chip) { wake_[index_of(chip)] = 0; }

std::size_t EmulatedMachine::index_of(const EmulatedChip& chip) const {
    return static_cast<std::size_t>(
        grid_[static_cast<std::size_t>(chip.xy().x * description_.height() + chip.xy().y)]);
}

EmulatedChip* EmulatedMachine::chip_at(machine::ChipXY xy) {
    if (xy.x < 0 || xy.y < 0 || xy.x >= description_.width() || xy.y >= description_.height())
        return nullptr;
    const std::int32_t index = grid_[static_cast<std::size_t>(xy.x * description_.height() + xy.y)];
    return index < 0 ? nullptr : chips_[static_cast<std::size_t>(index)].get();
}

EmulatedChip* EmulatedMachine::neighbour(const EmulatedChip& chip, machine::Direction direction) {
    return neighbours_[index_of(chip)][static_cast<std::size_t>(direction)];
}

monitor::Monitor* EmulatedMachine::monitor_at(std::uint16_t address) {
    const EmulatedChip* const chip = chip_at({address >> 8, address & 0xff});
    return chip == nullptr ? nullptr : monitors_[index_of(*chip)].get();
}

bool EmulatedMachine::has_live_traffic() const {
    for (const monitor::TagTable& tags : tags_) {
        for (int number = 0; number < monitor::TagTable::kTags; ++number) {
            const monitor::IpTag& tag = tags[number];
            if (tag.valid() && (tag.reverse() || tag.live)) return true;
        }
    }
    return false;
}

void EmulatedMachine::set_tag(int board, int number, const monitor::IpTag& tag) {
    monitor::TagTable& table = tags(board);
    const monitor::IpTag before = table[number];
    table[number] = tag;
    // The host names a port when it sets a tag: the gatherer's, or that of a live receiver. The
    // socket that wants the data then points the tag to itself, which changes nothing about its
    // use.
    const bool taken_over = (tag.flags & monitor::IpTag::kUseSender) != 0;
    table[number].live = tag.valid() && (taken_over ? before.live : tag.host.port != kGathererPort);
    if (before.valid() && before.reverse()) {
        bool still_used = false;
        for (int other = 0; other < monitor::TagTable::kTags; ++other) {
            still_used |= table[other].valid() && table[other].reverse() &&
                          table[other].receive_port == before.receive_port;
        }
        if (!still_used) host_.close_port(board, before.receive_port);
    }
    if (tag.valid() && tag.reverse()) host_.open_port(board, tag.receive_port);
}

void EmulatedMachine::receive(int board, std::uint16_t port, const HostAddress& from,
                              wire::ByteView datagram) {
    if (board == management()) {
        board_management_.receive(from, datagram);
        return;
    }
    if (!powered_) return;
    if (port == kBootPort) {
        if (const std::optional<wire::BootPacket> packet = wire::decode_boot(datagram))
            receive_boot(*packet);
        return;
    }
    if (!booted_) return;
    const machine::ChipXY ethernet = description_.ethernet_chips()[static_cast<std::size_t>(board)];
    monitor::Monitor& monitor = *monitors_[index_of(*chip_at(ethernet))];
    if (port == kScpPort) {
        std::optional<wire::SdpMessage> message = wire::decode_sdp_datagram(datagram);
        if (!message || message->payload.size() > wire::kMaxSdpPayloadBytes) return;
        message->source.chip = monitor.chip().address();
        if (message->tag == 0xff && message->reply_expected())
            message->tag = tags(board).remember(from);
        monitor.route(*message, from);
        return;
    }
    if (datagram.size() > wire::kMaxSdpPayloadBytes) return;
    monitor::TagTable& table = tags(board);
    for (int number = 0; number < monitor::TagTable::kTags; ++number) {
        monitor::IpTag& tag = table[number];
        if (!tag.valid() || !tag.reverse() || tag.receive_port != port) continue;
        tag.host = from;
        wire::SdpMessage message;
        message.tag = static_cast<std::uint8_t>(number);
        message.destination = {tag.destination_chip, tag.destination_port};
        message.source = {monitor.chip().address(), wire::kEthernetPort};
        message.payload.assign(datagram.begin(), datagram.end());
        monitor.route(message, from);
        return;
    }
}

void EmulatedMachine::receive_boot(const wire::BootPacket& packet) {
    constexpr std::size_t kImageBytes = 32 * 1024, kBlockBytes = 1024, kVariablesAt = 384;
    switch (packet.operation) {
        case wire::BootOperation::Start:
            stop_everything();
            boot_image_.assign(kImageBytes, 0);
            break;
        case wire::BootOperation::Block: {
            const std::size_t at = (packet.operands[0] & 255) * kBlockBytes;
            const std::size_t bytes = std::min(packet.data.size(), kBlockBytes);
            if (at + bytes <= boot_image_.size())
                std::copy_n(packet.data.begin(), bytes,
                            boot_image_.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        case wire::BootOperation::End: {
            if (boot_image_.empty()) break;
            // The image itself is SC&MP's and is not run; the host put 128 bytes of variables into
            // it.
            monitor::BootVariables variables{};
            for (std::size_t at = 0; at < variables.size(); at += 4) {
                for (std::size_t i = 0; i < 4; ++i)
                    variables[at + i] = boot_image_[kVariablesAt + at + 3 - i];
            }
            boot_image_.clear();
            boot(variables);
            break;
        }
    }
}

void EmulatedMachine::stop_everything() {
    booted_ = false;
    counts_.clear();
    for (const auto& chip : chips_) {
        for (const auto& core : chip->cores()) core->stop();
        chip->outbox().clear();
        wake(*chip);
    }
}

void EmulatedMachine::clear_tags() {
    for (std::size_t board = 0; board < tags_.size(); ++board) {
        for (int number = 0; number < monitor::TagTable::kTags; ++number) {
            set_tag(static_cast<int>(board), number, {});
        }
        tags_[board].clear();
    }
}

void EmulatedMachine::set_power(bool on) {
    if (on == powered_) return;  // a board that is on is not disturbed
    powered_ = on;
    boot_image_.clear();
    if (on) return;
    stop_everything();
    clear_tags();
}

void EmulatedMachine::boot(const monitor::BootVariables& variables) {
    boot_cycles_ = now_;
    clear_tags();
    for (const auto& monitor : monitors_) {
        const bool ethernet = monitor->chip().has_ethernet();
        monitor->boot(
            variables,
            ethernet ? std::optional(
                           options_.board_addresses[static_cast<std::size_t>(monitor->board())])
                     : std::nullopt);
    }
    std::fill(wake_.begin(), wake_.end(), kNever);
    booted_ = true;
}

EmulatedMachine::EmulatedMachine(machine::Machine description, MachineOptions options,
                                 HostLink& host)
    : description_(std::move(description)),
      options_(std::move(options)),
      host_(host),
      pool_(options_.threads),
      board_management_(*this, static_cast<int>(description_.ethernet_chips().size())) {
    const auto boards = description_.ethernet_chips();
    if (options_.board_addresses.size() != boards.size()) {
        throw MachineError(fmt::format("{} board addresses for a machine of {} boards",
                                       options_.board_addresses.size(), boards.size()),
                           "give one address for each Ethernet chip");
    }
    if (options_.quantum_cycles == 0)
        throw MachineError("a quantum of no cycles", "use 2000, the default");
    grid_.assign(static_cast<std::size_t>(description_.width() * description_.height()), -1);
    monitors_of_board_.resize(boards.size());
    tags_.resize(boards.size());
    for (const machine::Chip& chip : description_.chips()) {
        const auto board = std::find(boards.begin(), boards.end(), chip.ethernet) - boards.begin();
        grid_[static_cast<std::size_t>(chip.xy.x * description_.height() + chip.xy.y)] =
            static_cast<std::int32_t>(chips_.size());
        chips_.push_back(std::make_unique<EmulatedChip>(chip, now_, options_.skip_polls));
        monitors_.push_back(
            std::make_unique<monitor::Monitor>(*this, *chips_.back(), static_cast<int>(board)));
        monitor_list_.push_back(monitors_.back().get());
        monitors_of_board_[static_cast<std::size_t>(board)].push_back(monitors_.back().get());
    }
    wake_.assign(chips_.size(), kNever);
    for (const auto& chip : chips_) {
        neighbours_.emplace_back();
        for (const machine::Direction direction : machine::kAllDirections) {
            const std::optional<machine::ChipXY> xy = description_.neighbour(chip->xy(), direction);
            neighbours_.back()[static_cast<std::size_t>(direction)] = xy ? chip_at(*xy) : nullptr;
        }
    }
    if (options_.booted)
        boot(monitor::default_boot_variables(description_.version(), options_.unix_time));
}

EmulatedMachine::~EmulatedMachine() = default;

}  // namespace spinnlab::emulator
