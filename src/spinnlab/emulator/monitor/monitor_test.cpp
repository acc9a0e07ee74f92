// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/monitor/monitor.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "spinnlab/emulator/testing/machine_fixture.hpp"
#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::emulator::monitor {
namespace {

using machine::ChipXY;
using testing::kApp;
using testing::kHost;
using testing::TestMachine;
using wire::ScpCommand;
using wire::ScpResult;

constexpr auto kNoReply = static_cast<ScpResult>(0);

wire::ScpRequest request(ScpCommand command, std::uint32_t a = 0, std::uint32_t b = 0,
                         std::uint32_t c = 0, wire::Bytes data = {}) {
    return {command, 7, {a, b, c}, std::move(data)};
}

class MonitorTest : public ::testing::Test {
 protected:
    std::uint32_t word_of(const wire::ScpReply& reply, std::size_t at = 0) {
        return wire::load_u32(reply.data, at);
    }
    TestMachine machine;
};

TEST_F(MonitorTest, TellsItsVersion) {
    const wire::ScpReply reply = machine.ask({3, 2}, request(ScpCommand::Version));
    EXPECT_EQ(reply.result, ScpResult::Ok);
    EXPECT_EQ(reply.sequence, 7);
    EXPECT_EQ(word_of(reply) >> 16, 0x0302u);
    const std::string text(reply.data.begin() + 12, reply.data.end());
    EXPECT_EQ(text, std::string("SC&MP/SpiNNaker\0"
                                "4.0.0\0",
                                22));
}

TEST_F(MonitorTest, TheBoardHas48ChipsAnd856IdleCores) {
    std::uint32_t cores = 0, links = 0;
    for (const machine::Chip& chip : machine->description().chips()) {
        const wire::ScpReply reply = machine.ask(chip.xy, request(ScpCommand::Information, 0x5f));
        ASSERT_EQ(reply.result, ScpResult::Ok);
        ASSERT_EQ(reply.data.size(), 38u);
        const std::uint32_t n = word_of(reply) & 31;
        cores += n;
        links += static_cast<std::uint32_t>(std::popcount(word_of(reply) >> 8 & 0x3f));
        EXPECT_EQ(word_of(reply) >> 14 & 0x7ff, 1023u);
        EXPECT_EQ(word_of(reply) >> 25 & 1, chip.xy == ChipXY({0, 0}) ? 1u : 0u);
        EXPECT_EQ(word_of(reply, 4), 123'469'792u);
        for (std::uint32_t core = 1; core < n; ++core) EXPECT_EQ(reply.data[12 + core], 15);
    }
    EXPECT_EQ(cores, 856u);
    EXPECT_EQ(links, 240u);
}

TEST_F(MonitorTest, RefusesAsTheOriginalDoes) {
    EXPECT_EQ(machine.ask({0, 0}, request(static_cast<ScpCommand>(99))).result,
              ScpResult::BadCommand);
    EXPECT_EQ(machine.ask({7, 0}, request(ScpCommand::Version)).result, ScpResult::NoRoute);
    EXPECT_EQ(machine.ask({1, 1}, request(ScpCommand::Version), 17).result, ScpResult::BadCore);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Version), 0, 3).result, ScpResult::BadPort);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Read, 0x60000000, 257)).result,
              ScpResult::BadArgument);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Read, 0x60000000, 4, 3)).result,
              ScpResult::BadArgument);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Read, 0x90000000, 4)).result,
              ScpResult::BadArgument);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::AppRun, kApp << 24 | 1)).result,
              ScpResult::BadArgument);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::IpTag, 5 << 16)).result,
              ScpResult::BadArgument);
    wire::SdpMessage message;
    message.flags = wire::kReplyExpected;
    message.source = {0, wire::kEthernetPort};
    message.payload = {0, 0, 9, 0};
    const wire::ScpReply reply = machine.ask(message);
    EXPECT_EQ(reply.result, ScpResult::BadLength);
    EXPECT_EQ(reply.sequence, 9);
}

TEST_F(MonitorTest, ReadsWhatWasWritten) {
    wire::Bytes data(256);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    EXPECT_EQ(machine.ask({2, 2}, request(ScpCommand::Write, 0x60500003, 256, 0, data)).result,
              ScpResult::Ok);
    EXPECT_EQ(machine.ask({2, 2}, request(ScpCommand::Read, 0x60500003, 256, 0)).data, data);
    EXPECT_EQ(machine.ask({2, 2}, request(ScpCommand::Read, 0x70500003, 256, 0)).data, data);
    EXPECT_EQ(machine.ask({2, 2}, request(ScpCommand::Fill, 0x60600000, 0xabcd, 64)).result,
              ScpResult::Ok);
    EXPECT_EQ(machine.word({2, 2}, 0x6060003c), 0xabcdu);
    EXPECT_EQ(machine.word({2, 2}, 0x60600040), 0u);
    EXPECT_EQ(machine.ask({1, 2}, request(ScpCommand::LinkRead, 0x60500004, 8, 0)).data,
              wire::Bytes(data.begin() + 1, data.begin() + 9));
    // The end of SDRAM is the end.
    EXPECT_EQ(machine.ask({2, 2}, request(ScpCommand::Read, 0x67fffff0, 256)).result,
              ScpResult::BadArgument);
}

TEST_F(MonitorTest, AProgramIsCopiedOverALinkAndStartedAndCounted) {
    const std::uint32_t buffer = machine.word({0, 0}, kSystemVariables + sv::kProgramBuffer);
    MonitorMemory memory(*machine->chip_at({0, 0}));
    std::uint32_t at = buffer, sum = 0;
    std::vector<std::uint32_t> image = {
        2, 0, 32, static_cast<std::uint32_t>(4 * testing::kStorePackets.size()), 4, 0, 0, 0};
    image.insert(image.end(), testing::kStorePackets.begin(), testing::kStorePackets.end());
    for (const std::uint32_t word : image) {
        memory.set_word(at, word);
        at += 4;
        sum += word;
    }
    const auto bytes = static_cast<std::uint32_t>(4 * image.size());
    const std::uint32_t start = kApp << 24 | 0b1110;
    EXPECT_EQ(machine.ask({1, 0}, request(ScpCommand::AppCopyRun, (sum + 1) << 3 | 3, bytes, start))
                  .result,
              ScpResult::BadChecksum);
    EXPECT_EQ(
        machine.ask({1, 0}, request(ScpCommand::AppCopyRun, sum << 3 | 3, bytes, start)).result,
        ScpResult::Ok);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::AppRun, start)).result, ScpResult::Ok);
    EXPECT_TRUE(machine->chip_at({1, 0})->core(3).running());
    const auto initialising = static_cast<std::uint32_t>(CoreState::Initialising);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Count, kApp, initialising))), 6u);
    EXPECT_EQ(machine
                  .ask({0, 0}, request(ScpCommand::NearestNeighbour, 0x003f0000,
                                       0x50000000 | 2 << 16 | 0xff00 | kApp, 0x80003f00))
                  .result,
              ScpResult::Ok);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Count, kApp, initialising))), 0u);
    EXPECT_FALSE(machine->chip_at({1, 0})->core(3).running());
}

TEST_F(MonitorTest, WhatIsNoImageIsARunTimeErrorNotACrash) {
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::AppRun, kApp << 24 | 0b10)).result,
              ScpResult::Ok);
    EXPECT_EQ(MonitorMemory(*machine->chip_at({0, 0})).state(1), CoreState::RunTimeError);
    EXPECT_EQ(machine.host.notices.size(), 1u);
}

// Fills that would lie almost wholly outside of a core's memory: 64 of 128 MiB each on 17 cores.
TEST_F(MonitorTest, AnImageThatFillsNowhereDoesNotHoldTheMachineUp) {
    MonitorMemory memory(*machine->chip_at({0, 0}));
    const std::uint32_t image = memory.system(sv::kProgramBuffer);
    for (std::uint32_t entry = 0; entry < 64; ++entry) {
        const std::uint32_t words[] = {3, 0x0040fff0, 0x08000000, 0xabcd0000 + entry};
        for (std::uint32_t i = 0; i < 4; ++i) memory.set_word(image + 16 * entry + 4 * i, words[i]);
    }
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::AppRun, kApp << 24 | 0x3fffe)).result,
              ScpResult::Ok);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_LT(took.count(), 1.0);
    // What fits is filled: the last four words of the data memory.
    const auto dtcm = machine->chip_at({0, 0})->core(1).processor().dtcm();
    EXPECT_EQ(wire::load_u32(dtcm, 0xfffc), 0xabcd003fu);
    EXPECT_EQ(wire::load_u32(dtcm, 0xffec), 0u);
}

TEST_F(MonitorTest, AllocatesTagsAndFrees) {
    const std::uint32_t a =
        word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, kApp << 8, 1000, 3)));
    EXPECT_EQ(a, 0x60240018u);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, kApp << 8, 1000, 3))), 0u);
    EXPECT_EQ(
        word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, 4 << 16 | kApp << 8, 1000, 3))),
        a);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, kApp << 8 | 7, 3))), a);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, kApp << 8 | 2))), 1u);
    EXPECT_EQ(word_of(machine.ask({0, 0}, request(ScpCommand::Allocate, kApp << 8 | 6)), 4),
              123'469'792u);
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Allocate, 8)).result, ScpResult::BadArgument);
}

TEST_F(MonitorTest, IpTagsAreSetReadAndCleared) {
    const std::uint32_t strip = 0x10000000, reverse = 0x20000000, use_sender = 0x40000000;
    EXPECT_EQ(word_of(machine.ask(
                  {0, 0}, request(ScpCommand::IpTag, strip | 1 << 16 | 3, 17895, 0x0100007f))),
              3u);
    wire::ScpReply tag = machine.ask({0, 0}, request(ScpCommand::IpTag, 2 << 16 | 3, 1));
    EXPECT_EQ(wire::load_u16(tag.data, 10), 17895);
    EXPECT_EQ(wire::load_u16(tag.data, 14), 0x8100);
    EXPECT_EQ(wire::Bytes(tag.data.begin(), tag.data.begin() + 4), (wire::Bytes{127, 0, 0, 1}));
    EXPECT_TRUE(machine->has_live_traffic());
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, use_sender | strip | 1 << 16 | 3, 0, 0));
    // Eight tags fill a reply; a number whose size in bytes does not fit 32 bits is too large, too.
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::IpTag, 2 << 16, 8)).data.size(), 256u);
    for (const std::uint32_t many : {9u, 0x08000000u, 0x08000001u, 0xffffffffu}) {
        EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::IpTag, 2 << 16, many)).result,
                  ScpResult::BadArgument);
    }
    tag = machine.ask({0, 0}, request(ScpCommand::IpTag, 2 << 16 | 3, 1));
    EXPECT_EQ(wire::load_u16(tag.data, 10), kHost.port);
    EXPECT_TRUE(machine->has_live_traffic());
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, 3 << 16 | 3));
    EXPECT_FALSE(machine->has_live_traffic());
    // The data path's tag: the gatherer's port first, then the socket that asks for the data.
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, strip | 1 << 16 | 5, 10000, 0x0100007f));
    EXPECT_FALSE(machine->has_live_traffic());
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, use_sender | strip | 1 << 16 | 5, 0, 0));
    EXPECT_FALSE(machine->has_live_traffic());
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, reverse | 1 << 16 | 4, 12345));
    EXPECT_EQ(machine.host.open_ports.count({0, 12345}), 1u);
    (void)machine.ask({0, 0}, request(ScpCommand::IpTag, 3 << 16 | 4));
    EXPECT_EQ(machine.host.open_ports.count({0, 12345}), 0u);
    EXPECT_GE(word_of(machine.ask({0, 0}, request(ScpCommand::IpTag))), 8u);
}

TEST_F(MonitorTest, BootsAgainFromAnImageAndIsSilentMeanwhile) {
    machine.start({0, 0}, 1, testing::kStorePackets);
    (void)machine.ask({0, 0}, request(ScpCommand::Write, 0x60500000, 4, 2, {1, 2, 3, 4}));
    const auto boot = [&](wire::BootOperation operation, std::uint32_t a, wire::Bytes data) {
        machine->receive(0, kBootPort, kHost,
                         wire::encode_boot({operation, {a, 0, 31}, std::move(data)}));
    };
    boot(wire::BootOperation::Start, 0, {});
    EXPECT_EQ(machine.ask({0, 0}, request(ScpCommand::Version)).result, kNoReply);
    BootVariables variables = default_boot_variables(5, 2'000'000);
    wire::Bytes block(1024);
    for (std::size_t at = 0; at < variables.size(); at += 4) {
        for (std::size_t i = 0; i < 4; ++i) block[384 + at + i] = variables[at + 3 - i];
    }
    boot(wire::BootOperation::Block, 0, block);
    boot(wire::BootOperation::End, 0, {});
    const wire::ScpReply reply = machine.ask({0, 0}, request(ScpCommand::Version));
    EXPECT_EQ(reply.result, ScpResult::Ok);
    EXPECT_EQ(word_of(reply, 8), 2'000'000u);
    EXPECT_FALSE(machine->chip_at({0, 0})->core(1).running());
    EXPECT_EQ(machine.word({0, 0}, 0x60500000), 0u);
}

TEST_F(MonitorTest, SeveralBoardsRouteRequestsAndCountByBoard) {
    TestMachine triad(machine::parse_spec("triad"));
    const wire::ScpReply reply = triad.ask({9, 5}, request(ScpCommand::Version));
    EXPECT_EQ(reply.result, ScpResult::Ok);
    EXPECT_EQ(word_of(reply) >> 16, 0x0905u);
    const wire::ScpReply information = triad.ask({8, 4}, request(ScpCommand::Information, 0x5f));
    EXPECT_EQ(word_of(information) >> 25 & 1, 1u);
    EXPECT_EQ(wire::Bytes(information.data.begin() + 32, information.data.begin() + 34),
              (wire::Bytes{127, 0}));
    triad.start({8, 4}, 1, testing::kStorePackets);
    const auto initialising = static_cast<std::uint32_t>(CoreState::Initialising);
    EXPECT_EQ(word_of(triad.ask({0, 0}, request(ScpCommand::Count, kApp, initialising))), 0u);
    EXPECT_EQ(word_of(triad.ask({8, 4}, request(ScpCommand::Count, kApp, initialising))), 1u);
}

TEST_F(MonitorTest, RandomDatagramsHurtNobody) {
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        wire::Bytes datagram(random() % 300);
        for (std::uint8_t& byte : datagram) byte = static_cast<std::uint8_t>(random());
        if (datagram.size() > 12 && i % 2 == 0) {  // half of them look like requests to a monitor
            datagram[2] = 0x87;
            datagram[4] = 0;
            datagram[10] = static_cast<std::uint8_t>(random() % 40);
            datagram[11] = 0;
            datagram[6] = static_cast<std::uint8_t>(random() % 8);
            datagram[7] = static_cast<std::uint8_t>(random() % 8);
        }
        machine->receive(0, i % 7 == 0 ? kBootPort : kScpPort, kHost, datagram);
        if (i % 50 == 0) machine->advance(machine->now() + 2'000);
    }
    SUCCEED();
}

}  // namespace
}  // namespace spinnlab::emulator::monitor
