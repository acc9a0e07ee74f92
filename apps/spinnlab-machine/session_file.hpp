// SPDX-License-Identifier: Apache-2.0
// A recorded session: the machine, and every datagram with the virtual time at which it took
// effect.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::machine_app {

/// What is needed to build the same machine again.
struct SessionHeader {
    std::string machine_json;
    emulator::Cycles quantum_cycles = 0;
    std::uint32_t unix_time = 0;
    bool booted = true;
    std::vector<std::array<std::uint8_t, 4>> board_addresses;
};

struct SessionRecord {
    bool sent = false;  ///< by the machine; else received by it
    emulator::Cycles time = 0;
    std::uint16_t board = 0;
    std::uint16_t port = 0;  ///< of the board
    emulator::HostAddress peer;
    wire::Bytes datagram;
    friend bool operator==(const SessionRecord&, const SessionRecord&) = default;
};

/// The file is a magic line, the header as one line of JSON, and binary records; each is complete
/// once the next has begun, so a session that was killed can be replayed up to its last datagrams.
class SessionWriter {
 public:
    /// Throws MachineError when the file cannot be written.
    SessionWriter(const std::string& path, const SessionHeader& header);
    void received(emulator::Cycles time, int board, std::uint16_t port,
                  const emulator::HostAddress& from, wire::ByteView datagram);
    void sent(emulator::Cycles time, int board, std::uint16_t port, const emulator::HostAddress& to,
              wire::ByteView datagram);

 private:
    void write(std::uint8_t kind, emulator::Cycles time, int board, std::uint16_t port,
               const emulator::HostAddress& peer, wire::ByteView datagram);
    std::string path_;
    std::ofstream file_;
};

class SessionReader {
 public:
    /// Throws MachineError for what is no session file.
    explicit SessionReader(const std::string& path);
    [[nodiscard]] const SessionHeader& header() const { return header_; }
    /// The next record; none at the end, or where a killed session left half a record.
    std::optional<SessionRecord> next();

 private:
    std::ifstream file_;
    SessionHeader header_;
};

}  // namespace spinnlab::machine_app
