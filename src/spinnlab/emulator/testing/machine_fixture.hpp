// SPDX-License-Identifier: Apache-2.0
// A machine for tests: programs as words, requests to monitors, what came back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::emulator::testing {

/// Keeps everything a machine sends, with the virtual time at which it did.
class CollectingHost final : public HostLink {
 public:
    struct Sent {
        Cycles time;
        int board;
        std::uint16_t from_port;
        HostAddress to;
        wire::Bytes datagram;
        friend bool operator==(const Sent&, const Sent&) = default;
    };
    void send(int board, std::uint16_t from_port, const HostAddress& to,
              const wire::Bytes& datagram) override {
        sent.push_back({machine->now(), board, from_port, to, datagram});
    }
    void open_port(int board, std::uint16_t port) override { ++open_ports[{board, port}]; }
    void close_port(int board, std::uint16_t port) override { open_ports.erase({board, port}); }
    void notice(const std::string& text) override { notices.push_back(text); }

    EmulatedMachine* machine = nullptr;
    std::vector<Sent> sent;
    std::vector<std::string> notices;
    std::map<std::pair<int, std::uint16_t>, int> open_ports;
};

inline const HostAddress kHost{{127, 0, 0, 1}, 40000};
inline constexpr std::uint32_t kApp = 17;

/// A machine on 127.0.0.N with the calls a host would make.
class TestMachine {
 public:
    explicit TestMachine(machine::MachineSpec spec = {}, MachineOptions options = {}) {
        machine::Machine description = machine::build(spec);
        for (std::size_t i = 0; i < description.ethernet_chips().size(); ++i) {
            options.board_addresses.push_back({127, 0, 0, static_cast<std::uint8_t>(i + 1)});
        }
        options.unix_time = 1'000'000;
        machine_ = std::make_unique<EmulatedMachine>(std::move(description), options, host);
        host.machine = machine_.get();
    }

    EmulatedMachine& operator*() { return *machine_; }
    EmulatedMachine* operator->() { return machine_.get(); }

    /// One request over the first board's Ethernet and its reply; fails without one.
    wire::ScpReply ask(machine::ChipXY xy, const wire::ScpRequest& request, int core = 0,
                       int port = 0) {
        wire::SdpMessage message;
        message.flags = wire::kReplyExpected;
        message.destination = {static_cast<std::uint16_t>(xy.x << 8 | xy.y),
                               static_cast<std::uint8_t>(port << 5 | core)};
        message.source = {0, wire::kEthernetPort};
        message.payload = wire::encode_scp_request(request);
        return ask(message);
    }
    wire::ScpReply ask(const wire::SdpMessage& message) {
        const std::size_t before = host.sent.size();
        machine_->receive(0, kScpPort, kHost, wire::encode_sdp_datagram(message));
        for (int quantum = 0; host.sent.size() == before && quantum < 10'000; ++quantum) {
            if (machine_->next_event() == kNever) break;
            machine_->advance(machine_->now() + 2000);
        }
        if (host.sent.size() == before)
            return {static_cast<wire::ScpResult>(0), 0, {}};  // no reply
        const auto reply = wire::decode_sdp_datagram(host.sent.back().datagram);
        return wire::decode_scp_reply(reply->payload).value();
    }

    /// Loads words as code at address 0 of a core and starts them as application 17.
    void start(machine::ChipXY xy, int core, const std::vector<std::uint32_t>& code) {
        EmulatedChip& chip = *machine_->chip_at(xy);
        monitor::MonitorMemory memory(chip);
        const std::uint32_t image = memory.system(monitor::sv::kProgramBuffer);
        const auto bytes = static_cast<std::uint32_t>(4 * code.size());
        const std::vector<std::uint32_t> table = {2, 0, 32, bytes, 4, 0, 0, 0};
        std::uint32_t at = image;
        for (const auto* words : {&table, &code}) {
            for (const std::uint32_t word : *words) {
                memory.set_word(at, word);
                at += 4;
            }
        }
        machine_->monitor_at(chip.address())->start_application(image, 1u << core, kApp, 0);
    }

    [[nodiscard]] std::uint32_t word(machine::ChipXY xy, std::uint32_t address) {
        return monitor::MonitorMemory(*machine_->chip_at(xy)).word(address);
    }

    CollectingHost host;

 private:
    std::unique_ptr<EmulatedMachine> machine_;
};

// Programs, assembled with `arm-none-eabi-as -march=armv5te`; the source stands beside the words.

/// Ten multicast packets with keys 0x100.., some 2,000 cycles apart, then 1 to 0x60300000 and
/// sleep:
///   start: ldr r4, =0x20000000; mov r1, #0; str r1, [r4]; mov r2, #10; mov r3, #0x100
///   1: str r3, [r4, #8]; add r3, r3, #1; mov r5, #500; 2: subs r5, r5, #1; bne 2b
///      subs r2, r2, #1; bne 1b; ldr r6, =0x60300000; mov r7, #1; str r7, [r6]
///   3: mcr p15, 0, r0, c7, c0, 4; b 3b
inline const std::vector<std::uint32_t> kSendTenPackets = {
    0xea00000e, 0,          0,          0,          0,          0,          0,
    0,          0,          0,          0,          0,          0,          0,
    0,          0,          0xe3a04202, 0xe3a01000, 0xe5841000, 0xe3a0200a, 0xe3a03c01,
    0xe5843008, 0xe2833001, 0xe3a05f7d, 0xe2555001, 0x1afffffd, 0xe2522001, 0x1afffff8,
    0xe59f600c, 0xe3a07001, 0xe5867000, 0xee070f90, 0xeafffffd, 0x60300000};

/// Polls the communications controller; appends each key and the polls it took to 0x60400000:
///   start: ldr r4, =0x20000000; ldr r6, =0x60400000; mov r8, #0
///   1: ldr r1, [r4, #0xc]; add r8, r8, #1; tst r1, #1; beq 1b
///      ldr r2, [r4, #0x14]; str r2, [r6], #4; str r8, [r6], #4; mov r8, #0; b 1b
inline const std::vector<std::uint32_t> kStorePackets = {
    0xea00000e, 0,          0,          0,          0,          0,          0,          0,
    0,          0,          0,          0,          0,          0,          0,          0,
    0xe3a04202, 0xe59f6024, 0xe3a08000, 0xe594100c, 0xe2888001, 0xe3110001, 0x0afffffb, 0xe5942014,
    0xe4862004, 0xe4868004, 0xe3a08000, 0xeafffff6, 0x60400000};

/// Sleeps; an interrupt of timer 1 every 10 us looks at the router's status, as the extra monitor
/// does:
///   0x18: ldr pc, [pc, #-0xff0]   (the vector from the interrupt controller)
///   start: r4 = 0x2f000000, r5 = 0x21000000, r6 = 0xe1000000; vector 0 = handler for timer 1,
///   enabled;
///          load 2000, control 0xe2; stacks; interrupts on; 1: mcr p15, 0, r0, c7, c0, 4; b 1b
///   handler: push {r0, r1}; clear the timer; ldr r0, [r6, #4]; tst; write the vector address;
///          pop {r0, r1}; subs pc, lr, #4
inline const std::vector<std::uint32_t> kPollRouter = {
    0xea00000e, 0,          0,          0,          0,          0,          0xe51ffff0, 0,
    0,          0,          0,          0,          0,          0,          0,          0,
    0xe3a0442f, 0xe3a05421, 0xe3a064e1, 0xe59f0058, 0xe5840100, 0xe3a00024, 0xe5840200, 0xe3a00010,
    0xe5840010, 0xe3a00e7d, 0xe5850000, 0xe3a000e2, 0xe5850008, 0xe3a0d841, 0xe321f0d2, 0xe59fd02c,
    0xe321f013, 0xee070f90, 0xeafffffd, 0xe92d0003, 0xe3a00001, 0xe585000c, 0xe5960004, 0xe3100403,
    0xe5840030, 0xe8bd0003, 0xe25ef004, 0x0000008c, 0x0040f000};

/// Reads where nothing answers; the abort handler loops on itself:
///   0x10: b .   start: mov r7, #77; ldr r0, =0x90000000; ldr r1, [r0]; b .
inline const std::vector<std::uint32_t> kReadNowhere = {
    0xea00000e, 0, 0, 0, 0xeafffffe, 0, 0,          0,          0,          0,
    0,          0, 0, 0, 0,          0, 0xe3a0704d, 0xe3a00209, 0xe5901000, 0xeafffffe};

}  // namespace spinnlab::emulator::testing
