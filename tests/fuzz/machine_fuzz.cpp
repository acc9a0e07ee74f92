// SPDX-License-Identifier: Apache-2.0
// Datagrams to a board of 48 chips: requests of every kind with arguments at the edges, spoilt
// ones, boot packets, bytes. Whatever they do, each reply must decode and keep to the size that
// hosts reckon with, and after a boot the board must answer again.
#include <memory>
#include <vector>

#include "fuzz.hpp"
#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/machine/machine.hpp"
#include "spinnlab/wire/scp.hpp"

namespace {

using namespace spinnlab::emulator;
using namespace spinnlab::wire;
using spinnlab::fuzz::Random;
using spinnlab::fuzz::require;

constexpr std::uint64_t kDatagramsASeed = 3'000;
constexpr HostAddress kHost{{127, 0, 0, 1}, 40'000};

class Host final : public HostLink {
 public:
    void send(int board, std::uint16_t from_port, const HostAddress&,
              const Bytes& datagram) override {
        require(board == 0 || board == 1, "from the only board or its management");
        require(datagram.size() <= kUdpPaddingBytes + kSdpHeaderBytes + kMaxSdpPayloadBytes,
                "no datagram is larger than a host's buffer");
        if (from_port == kScpPort) ++sent;
    }
    void open_port(int, std::uint16_t port) override { ports.push_back(port); }
    void close_port(int, std::uint16_t) override {}
    void notice(const std::string& text) override {
        require(!text.empty() && text.size() < 8'000, "a notice is a few lines");
    }

    int sent = 0;
    std::vector<std::uint16_t> ports;
};

std::uint32_t address(Random& random) {
    constexpr std::uint32_t kBases[] = {0,          0x00400000, 0x60000000, 0x60240000,
                                        0x67800000, 0x67ffff00, 0x70000000, 0xe5000000,
                                        0xe5007f00, 0xf5007f00, 0xe1000000, 0xf1004000,
                                        0xe2000000, 0xe3000000, 0xf6000000, 0xfffffff0};
    const std::uint32_t base = kBases[random() % std::size(kBases)];
    return random() % 16 ? base + random() % 0x300 : static_cast<std::uint32_t>(random());
}

std::uint32_t argument(Random& random) {
    switch (random() % 6) {
        case 0: return static_cast<std::uint32_t>(random());
        case 1: return random() % 300;
        case 2: return 17u << 8 | random() % 12;
        case 3:
            return static_cast<std::uint32_t>(random() % 256 << 24 | random() % 256 << 16 |
                                              random() % 8);
        case 4: return 1u << random() % 32;
        default: return address(random);
    }
}

Bytes request(Random& random) {
    SdpMessage message;
    message.flags = random() % 8 ? kReplyExpected : static_cast<std::uint8_t>(random());
    message.tag = random() % 8 ? 0xff : static_cast<std::uint8_t>(random());
    message.destination.chip = static_cast<std::uint16_t>(random() % 8 << 8 | random() % 8);
    if (random() % 32 == 0) message.destination.chip = static_cast<std::uint16_t>(random());
    message.destination.port = random() % 4 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
    message.source = {0, kEthernetPort};
    ScpRequest scp;
    scp.command = static_cast<ScpCommand>(random() % 36);
    scp.sequence = static_cast<std::uint16_t>(random());
    for (std::uint32_t& word : scp.arguments) word = argument(random);
    const bool memory = scp.command == ScpCommand::Read || scp.command == ScpCommand::Write ||
                        scp.command == ScpCommand::Fill;
    if (memory)
        scp.arguments = {address(random), static_cast<std::uint32_t>(random() % 260),
                         static_cast<std::uint32_t>(random() % 4)};
    // Large fills take their time and nothing else.
    if (scp.command == ScpCommand::Fill) scp.arguments[2] = random() % 0x20000;
    scp.data.resize(random() % 257);
    for (std::uint8_t& byte : scp.data) byte = static_cast<std::uint8_t>(random());
    message.payload = encode_scp_request(scp);
    if (random() % 16 == 0) message.payload.resize(random() % 20);
    return encode_sdp_datagram(message);
}

/// To the boards' management: version, power, LEDs, and what it does not have.
Bytes management_request(Random& random) {
    constexpr ScpCommand kCommands[] = {ScpCommand::Version, ScpCommand::Power, ScpCommand::Led,
                                        ScpCommand::BmpInfo};
    SdpMessage message;
    message.flags = random() % 8 ? kReplyExpected : static_cast<std::uint8_t>(random());
    message.destination.port = random() % 4 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
    ScpRequest scp;
    scp.command = kCommands[random() % std::size(kCommands)];
    scp.arguments = {static_cast<std::uint32_t>(random() % 4), random() % 4 ? 1 : argument(random),
                     argument(random)};
    message.payload = encode_scp_request(scp);
    if (random() % 16 == 0) message.payload.resize(random() % 20);
    return encode_sdp_datagram(message);
}

Bytes boot_packet(Random& random) {
    BootPacket packet;
    constexpr BootOperation kOperations[] = {BootOperation::Start, BootOperation::Block,
                                             BootOperation::End};
    packet.operation = kOperations[random() % 3];
    for (std::uint32_t& operand : packet.operands) operand = argument(random);
    packet.data.resize(random() % 1100);
    for (std::uint8_t& byte : packet.data) byte = static_cast<std::uint8_t>(random());
    return encode_boot(packet);
}

void boot(EmulatedMachine& machine) {
    const auto variables = monitor::default_boot_variables(5, 1'000'000);
    Bytes block(1024);
    for (std::size_t at = 0; at < variables.size(); at += 4) {
        for (std::size_t i = 0; i < 4; ++i) block[384 + at + i] = variables[at + 3 - i];
    }
    machine.receive(0, kBootPort, kHost, encode_boot({BootOperation::Start, {0, 0, 31}, {}}));
    machine.receive(0, kBootPort, kHost, encode_boot({BootOperation::Block, {0, 0, 31}, block}));
    machine.receive(0, kBootPort, kHost, encode_boot({BootOperation::End, {0, 0, 31}, {}}));
}

void check_that_it_answers(EmulatedMachine& machine, Host& host) {
    SdpMessage message;
    message.flags = kReplyExpected;
    message.source = {0, kEthernetPort};
    message.payload = encode_scp_request({ScpCommand::Version, 1, {}, {}});
    const int before = host.sent;
    machine.receive(0, kScpPort, kHost, encode_sdp_datagram(message));
    require(host.sent == before + 1, "it answers");
}

/// One machine for the whole run: building it takes longer than a thousand datagrams.
struct Board {
    Board() {
        MachineOptions options;
        options.board_addresses = {{127, 0, 0, 1}};
        machine = std::make_unique<EmulatedMachine>(spinnlab::machine::build({}), options, host);
    }
    Host host;
    std::unique_ptr<EmulatedMachine> machine;
};

std::uint64_t run(Random& random) {
    static Board board;
    EmulatedMachine& machine = *board.machine;
    boot(machine);
    check_that_it_answers(machine, board.host);
    board.host.ports.clear();
    for (std::uint64_t i = 0; i < kDatagramsASeed; ++i) {
        const std::uint32_t kind = random() % 512;
        std::uint16_t port = kScpPort;
        Bytes bytes = request(random);
        if (kind == 511) {
            machine.receive(machine.management(), kScpPort, kHost, management_request(random));
            if (!machine.powered() || !machine.booted()) {
                machine.set_power(true);
                boot(machine);
            }
            continue;
        }
        if (kind == 0) {
            bytes = boot_packet(random);
            port = kBootPort;
        } else if (kind < 8 && !board.host.ports.empty()) {
            port = board.host.ports[random() % board.host.ports.size()];
        } else if (kind < 40) {
            for (auto n = random() % 8; n > 0 && !bytes.empty(); --n) {
                bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
            }
            bytes.resize(random() % 400);
        }
        machine.receive(0, port, kHost, bytes);
        if (i % 20 == 0) machine.advance(machine.now() + 4'000);
    }
    // A core that runs wild must not keep the machine busy for ever.
    machine.advance(machine.now() + 40'000);
    boot(machine);
    check_that_it_answers(machine, board.host);
    return kDatagramsASeed;
}

}  // namespace

int main(int argc, char** argv) { return spinnlab::fuzz::main(argc, argv, run); }
