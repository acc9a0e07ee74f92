// SPDX-License-Identifier: Apache-2.0
#include "session_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::machine_app {
namespace {

constexpr char kMagic[] = "spinnlab session 1";
constexpr std::size_t kRecordHeaderBytes = 1 + 8 + 2 + 2 + 4 + 2 + 2;
constexpr std::uint8_t kReceived = 'R', kSent = 'S';

}  // namespace

SessionWriter::SessionWriter(const std::string& path, const SessionHeader& header)
    : path_(path), file_(path, std::ios::binary | std::ios::trunc) {
    if (!file_) {
        throw MachineError(
            fmt::format("cannot write the session to {}: {}", path, std::strerror(errno)),
            "name a file in a folder that can be written");
    }
    nlohmann::json json;
    json["machine"] = nlohmann::json::parse(header.machine_json);
    json["quantum_cycles"] = header.quantum_cycles;
    json["unix_time"] = header.unix_time;
    json["booted"] = header.booted;
    json["boards"] = header.board_addresses;
    file_ << kMagic << '\n' << json.dump() << '\n' << std::flush;
}

void SessionWriter::write(std::uint8_t kind, emulator::Cycles time, int board, std::uint16_t port,
                          const emulator::HostAddress& peer, wire::ByteView datagram) {
    wire::Bytes bytes{kind};
    wire::append_u32(bytes, static_cast<std::uint32_t>(time));
    wire::append_u32(bytes, static_cast<std::uint32_t>(time >> 32));
    wire::append_u16(bytes, static_cast<std::uint16_t>(board));
    wire::append_u16(bytes, port);
    for (const std::uint8_t byte : peer.ip) bytes.push_back(byte);
    wire::append_u16(bytes, peer.port);
    wire::append_u16(bytes, static_cast<std::uint16_t>(datagram.size()));
    for (const std::uint8_t byte : datagram) bytes.push_back(byte);
    file_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
    if (!file_) {
        throw MachineError(
            fmt::format("cannot go on writing the session to {}: {}", path_, std::strerror(errno)),
            "free space on that disk, or run without --record");
    }
}

void SessionWriter::received(emulator::Cycles time, int board, std::uint16_t port,
                             const emulator::HostAddress& from, wire::ByteView datagram) {
    write(kReceived, time, board, port, from, datagram);
}

void SessionWriter::sent(emulator::Cycles time, int board, std::uint16_t port,
                         const emulator::HostAddress& to, wire::ByteView datagram) {
    write(kSent, time, board, port, to, datagram);
}

SessionReader::SessionReader(const std::string& path) : file_(path, std::ios::binary) {
    const auto fail = [&](const std::string& why) -> void {
        throw MachineError(fmt::format("{} cannot be replayed: {}", path, why),
                           "name a file that `spinnlab machine record` wrote");
    };
    if (!file_) fail(std::strerror(errno));
    std::string magic, header;
    std::getline(file_, magic);
    if (magic != kMagic) fail("it is no recorded session");
    std::getline(file_, header);
    try {
        const nlohmann::json json = nlohmann::json::parse(header);
        header_.machine_json = json.at("machine").dump();
        header_.quantum_cycles = json.at("quantum_cycles");
        header_.unix_time = json.at("unix_time");
        header_.booted = json.at("booted");
        header_.board_addresses = json.at("boards").get<std::vector<std::array<std::uint8_t, 4>>>();
    } catch (const nlohmann::json::exception& error) {
        fail(fmt::format("its header is damaged ({})", error.what()));
    }
}

std::optional<SessionRecord> SessionReader::next() {
    std::uint8_t bytes[kRecordHeaderBytes];
    if (!file_.read(reinterpret_cast<char*>(bytes), sizeof bytes)) return std::nullopt;
    const wire::ByteView view(bytes, sizeof bytes);
    SessionRecord record;
    record.sent = bytes[0] == kSent;
    record.time = wire::load_u32(view, 1) | static_cast<emulator::Cycles>(wire::load_u32(view, 5))
                                                << 32;
    record.board = wire::load_u16(view, 9);
    record.port = wire::load_u16(view, 11);
    std::copy_n(bytes + 13, 4, record.peer.ip.begin());
    record.peer.port = wire::load_u16(view, 17);
    record.datagram.resize(wire::load_u16(view, 19));
    if (!file_.read(reinterpret_cast<char*>(record.datagram.data()),
                    static_cast<std::streamsize>(record.datagram.size()))) {
        return std::nullopt;
    }
    return record;
}

}  // namespace spinnlab::machine_app
