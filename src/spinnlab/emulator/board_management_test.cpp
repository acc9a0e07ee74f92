// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/board_management.hpp"

#include <gtest/gtest.h>

#include <string>

#include "spinnlab/emulator/testing/machine_fixture.hpp"
#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::emulator {
namespace {

using testing::kHost;
using testing::kSendTenPackets;
using testing::TestMachine;
using wire::ScpCommand;
using wire::ScpResult;

constexpr std::uint32_t kOff = 0, kOn = 1;

machine::MachineSpec three_boards() {
    machine::MachineSpec spec;
    spec.width = 16;
    spec.height = 16;
    spec.boards = {{0, 0}, {4, 8}, {8, 4}};
    return spec;
}

class BoardManagementTest : public ::testing::Test {
 protected:
    /// A request to `board` as it comes to the management's address.
    static wire::SdpMessage message(ScpCommand command, int board, std::uint32_t a = 0,
                                    std::uint32_t b = 0) {
        wire::SdpMessage message;
        message.flags = wire::kReplyExpected;
        message.destination = {0, static_cast<std::uint8_t>(board)};
        message.source = {0, wire::kEthernetPort};
        message.payload = wire::encode_scp_request({command, 9, {a, b, 0}, {}});
        return message;
    }
    /// The reply; a result of 0 without one.
    static wire::ScpReply ask(TestMachine& machine, const wire::SdpMessage& request) {
        const std::size_t before = machine.host.sent.size();
        machine->receive(machine->management(), kScpPort, kHost,
                         wire::encode_sdp_datagram(request));
        if (machine.host.sent.size() == before) return {static_cast<ScpResult>(0), 0, {}};
        const auto& sent = machine.host.sent.back();
        EXPECT_EQ(sent.board, machine->management());
        EXPECT_EQ(sent.from_port, kScpPort);
        EXPECT_EQ(sent.to, kHost);
        const auto reply = wire::decode_sdp_datagram(sent.datagram);
        EXPECT_EQ(reply->destination, request.source);
        EXPECT_EQ(reply->source, request.destination);
        EXPECT_FALSE(reply->reply_expected());
        return wire::decode_scp_reply(reply->payload).value();
    }
    static ScpResult result(TestMachine& machine, ScpCommand command, int board,
                            std::uint32_t a = 0, std::uint32_t b = 0) {
        const wire::ScpReply reply = ask(machine, message(command, board, a, b));
        EXPECT_EQ(reply.sequence, 9);
        return reply.result;
    }
    static bool monitor_answers(TestMachine& machine) {
        return machine.ask({0, 0}, {ScpCommand::Version, 7, {}, {}}).result == ScpResult::Ok;
    }
    static void send_boot(TestMachine& machine, std::uint32_t operation) {
        wire::Bytes packet = {0, 1, 0, 0, 0, static_cast<std::uint8_t>(operation)};
        packet.resize(18 + (operation == 3 ? 1024 : 0), 0);
        machine->receive(0, kBootPort, kHost, packet);
    }
    static void boot(TestMachine& machine) {
        for (const std::uint32_t operation : {1u, 3u, 5u}) send_boot(machine, operation);
    }
};

TEST_F(BoardManagementTest, TellsTheVersionOfEachBoard) {
    TestMachine machine(three_boards());
    for (int board = 0; board < 3; ++board) {
        const wire::ScpReply reply = ask(machine, message(ScpCommand::Version, board));
        EXPECT_EQ(reply.result, ScpResult::Ok);
        EXPECT_EQ(wire::load_u32(reply.data, 0), static_cast<std::uint32_t>(board));
        EXPECT_EQ(wire::load_u16(reply.data, 6), 210);
        EXPECT_EQ(wire::load_u32(reply.data, 8), 1'000'000u);
        EXPECT_EQ(std::string(reply.data.begin() + 12, reply.data.end()),
                  std::string("BC&MP/Spin5-BMP\0", 16));
    }
    EXPECT_EQ(result(machine, ScpCommand::Version, 3), ScpResult::BadCore);
}

TEST_F(BoardManagementTest, WithoutPowerNothingRunsOrAnswers) {
    TestMachine machine;
    machine.start({0, 0}, 1, kSendTenPackets);
    ASSERT_NE(machine->next_event(), kNever);
    EXPECT_EQ(result(machine, ScpCommand::Power, 0, kOff, 1), ScpResult::Ok);
    EXPECT_FALSE(machine->powered());
    EXPECT_FALSE(machine->booted());
    machine->advance(machine->now() + 1'000'000);
    EXPECT_EQ(machine->next_event(), kNever) << "a board without power costs nothing";
    EXPECT_EQ(machine.word({0, 0}, 0x60300000), 0u) << "the program was stopped";
    EXPECT_FALSE(monitor_answers(machine));
    boot(machine);
    EXPECT_FALSE(machine->booted()) << "nobody listens to a boot image";
    EXPECT_EQ(result(machine, ScpCommand::Version, 0), ScpResult::Ok) << "the BMP has power";
}

TEST_F(BoardManagementTest, AfterPowerOnTheMachineWaitsForABoot) {
    TestMachine machine;
    result(machine, ScpCommand::Power, 0, kOff, 1);
    // The upper half of the word is a delay between boards.
    EXPECT_EQ(result(machine, ScpCommand::Power, 0, 50u << 16 | kOn, 1), ScpResult::Ok);
    EXPECT_TRUE(machine->powered());
    EXPECT_FALSE(monitor_answers(machine));
    boot(machine);
    EXPECT_TRUE(monitor_answers(machine));
}

TEST_F(BoardManagementTest, HalfABootImageDoesNotOutliveThePower) {
    TestMachine machine;
    send_boot(machine, 1);
    send_boot(machine, 3);
    result(machine, ScpCommand::Power, 0, kOff, 1);
    result(machine, ScpCommand::Power, 0, kOn, 1);
    send_boot(machine, 5);
    EXPECT_FALSE(machine->booted());
}

TEST_F(BoardManagementTest, PowerOnDoesNotDisturbBoardsThatAreOn) {
    TestMachine machine;
    machine.start({0, 0}, 1, kSendTenPackets);
    EXPECT_EQ(result(machine, ScpCommand::Power, 0, kOn, 1), ScpResult::Ok);
    machine->advance(machine->now() + 1'000'000);
    EXPECT_EQ(machine.word({0, 0}, 0x60300000), 1u);
    EXPECT_TRUE(monitor_answers(machine));
}

TEST_F(BoardManagementTest, TagsGoWithThePower) {
    TestMachine machine;
    monitor::IpTag tag;
    tag.flags = monitor::IpTag::kValid | monitor::IpTag::kReverse;
    tag.receive_port = 12345;
    machine->set_tag(0, 1, tag);
    ASSERT_EQ(machine.host.open_ports.size(), 1u);
    result(machine, ScpCommand::Power, 0, kOff, 1);
    EXPECT_TRUE(machine.host.open_ports.empty());
    EXPECT_FALSE(machine->has_live_traffic());
}

TEST_F(BoardManagementTest, TheBoardsOfAMachineAreSwitchedTogether) {
    TestMachine machine(three_boards());
    for (const std::uint32_t mask : {0u, 1u, 6u, 8u, 15u}) {
        EXPECT_EQ(result(machine, ScpCommand::Power, 0, kOff, mask), ScpResult::BadArgument);
    }
    EXPECT_EQ(result(machine, ScpCommand::Power, 0, 2, 7), ScpResult::BadArgument);
    EXPECT_TRUE(monitor_answers(machine));
    EXPECT_EQ(result(machine, ScpCommand::Power, 0, kOff, 7), ScpResult::Ok);
    EXPECT_FALSE(machine->powered());
}

TEST_F(BoardManagementTest, LedsAreLitInvertedAndPutOutByBoard) {
    TestMachine machine(three_boards());
    const auto leds = [&](int board) { return machine->board_management().leds(board); };
    // LEDs 0 and 7 on, of boards 0 and 2.
    EXPECT_EQ(result(machine, ScpCommand::Led, 0, 3u | 3u << 14, 5), ScpResult::Ok);
    EXPECT_EQ(leds(0), 0x81);
    EXPECT_EQ(leds(1), 0);
    EXPECT_EQ(leds(2), 0x81);
    // LED 0 inverted, 1 inverted, 7 out, the others kept.
    EXPECT_EQ(result(machine, ScpCommand::Led, 0, 1u | 1u << 2 | 2u << 14, 1), ScpResult::Ok);
    EXPECT_EQ(leds(0), 2);
    EXPECT_EQ(leds(2), 0x81);
    EXPECT_EQ(result(machine, ScpCommand::Led, 0, 3, 0), ScpResult::BadArgument);
    EXPECT_EQ(result(machine, ScpCommand::Led, 0, 3, 8), ScpResult::BadArgument);
}

TEST_F(BoardManagementTest, RefusesWhatItDoesNotHave) {
    TestMachine machine;
    for (const ScpCommand command : {ScpCommand::Read, ScpCommand::Write, ScpCommand::LinkRead,
                                     ScpCommand::BmpInfo, ScpCommand::Information}) {
        EXPECT_EQ(result(machine, command, 0), ScpResult::BadCommand);
    }
    wire::SdpMessage other_port = message(ScpCommand::Version, 0);
    other_port.destination.port |= 1 << 5;
    EXPECT_EQ(ask(machine, other_port).result, ScpResult::BadPort);
    wire::SdpMessage truncated = message(ScpCommand::Version, 0);
    truncated.payload.resize(7);
    EXPECT_EQ(ask(machine, truncated).result, ScpResult::BadLength);
    wire::SdpMessage silent = message(ScpCommand::Version, 0);
    silent.flags = wire::kNoReply;
    EXPECT_EQ(ask(machine, silent).result, static_cast<ScpResult>(0));
    wire::SdpMessage too_long = message(ScpCommand::Version, 0);
    too_long.payload.resize(wire::kMaxSdpPayloadBytes + 1);
    EXPECT_EQ(ask(machine, too_long).result, static_cast<ScpResult>(0));
    machine->receive(machine->management(), kScpPort, kHost, wire::Bytes{0, 0, 1});
    EXPECT_TRUE(monitor_answers(machine));
}

}  // namespace
}  // namespace spinnlab::emulator
