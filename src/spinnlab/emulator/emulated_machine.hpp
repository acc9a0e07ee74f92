// SPDX-License-Identifier: Apache-2.0
// A machine that executes: chips, the network between them, their monitors, in virtual time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinnlab/base/thread_pool.hpp"
#include "spinnlab/emulator/board_management.hpp"
#include "spinnlab/emulator/chip/chip.hpp"
#include "spinnlab/emulator/host_link.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"
#include "spinnlab/emulator/monitor/tags.hpp"
#include "spinnlab/machine/machine.hpp"
#include "spinnlab/wire/boot.hpp"

namespace spinnlab::emulator {

inline constexpr Cycles kCyclesASecond = 200'000'000;
/// Where the host first points the gatherer's tag, before a socket asks for the data.
inline constexpr std::uint16_t kGathererPort = 10000;

struct MachineOptions {
    /// Packets and messages cross chips between quanta only. Part of the machine's definition:
    /// another quantum is another machine, though only what races with a microsecond can tell.
    Cycles quantum_cycles = 2000;
    int threads = 1;
    bool skip_polls = true;  ///< false: polls are executed one by one; the results are the same
    bool booted = true;      ///< false: waits for a boot image
    std::uint32_t unix_time = 0;  ///< seconds since 1970 at virtual time 0
    /// Addresses of the boards in the order of Machine::ethernet_chips().
    std::vector<std::array<std::uint8_t, 4>> board_addresses;
};

class EmulatedMachine {
 public:
    EmulatedMachine(machine::Machine description, MachineOptions options, HostLink& host);
    ~EmulatedMachine();

    /// Runs until virtual time `until` or until nothing can happen without a message from outside.
    void advance(Cycles until);
    /// A datagram that came to `port` of a board or of management(); takes effect at the present
    /// virtual time.
    void receive(int board, std::uint16_t port, const HostAddress& from, wire::ByteView datagram);

    [[nodiscard]] Cycles now() const { return now_; }
    /// When something happens next without a message; kNever if nothing does.
    [[nodiscard]] Cycles next_event() const;
    [[nodiscard]] bool booted() const { return booted_; }
    /// Off: nothing runs, nothing answers but the management. On again: waits for a boot image.
    void set_power(bool on);
    [[nodiscard]] bool powered() const { return powered_; }
    [[nodiscard]] std::uint32_t power_on_unix_time() const { return options_.unix_time; }
    /// The "board" whose datagrams are those of the boards' management processors: one past the
    /// last.
    [[nodiscard]] int management() const { return static_cast<int>(tags_.size()); }
    [[nodiscard]] const BoardManagement& board_management() const { return board_management_; }
    /// A reverse IP tag or an IP tag that is not the data path's is set: somebody watches the
    /// clock.
    [[nodiscard]] bool has_live_traffic() const;

    [[nodiscard]] const machine::Machine& description() const { return description_; }
    [[nodiscard]] EmulatedChip* chip_at(machine::ChipXY xy);
    [[nodiscard]] EmulatedChip* neighbour(const EmulatedChip& chip, machine::Direction direction);
    [[nodiscard]] HostLink& host() { return host_; }

    // For the monitors.
    [[nodiscard]] monitor::Monitor* monitor_at(std::uint16_t address);
    [[nodiscard]] std::span<monitor::Monitor* const> monitors() const { return monitor_list_; }
    [[nodiscard]] std::span<monitor::Monitor* const> monitors_of_board(int board) const {
        return monitors_of_board_[static_cast<std::size_t>(board)];
    }
    [[nodiscard]] monitor::TagTable& tags(int board) {
        return tags_[static_cast<std::size_t>(board)];
    }
    void set_tag(int board, int number, const monitor::IpTag& tag);
    /// A COUNT is answered 10 ms of virtual time after it came, as SC&MP does it (it gathers the
    /// board's counts for that long), or at once when nothing can change any more. A host that asks
    /// right after starting programs finds them ready, and does not go to sleep before it asks
    /// again.
    void schedule_count(monitor::Monitor& monitor, const wire::SdpMessage& message,
                        const HostAddress& from);
    [[nodiscard]] Cycles boot_cycles() const { return boot_cycles_; }
    void notice(const std::string& text) { host_.notice(text); }
    /// Something outside a chip's own cores has changed what it may have to do.
    void wake(const EmulatedChip& chip);

 private:
    struct InFlight {
        SentPacket packet;
        EmulatedChip* from;
    };

    struct PendingCount {
        monitor::Monitor* monitor;
        wire::SdpMessage message;
        HostAddress from;
        Cycles due;
    };

    void boot(const monitor::BootVariables& variables);
    void stop_everything();
    void clear_tags();
    void answer_counts();
    void receive_boot(const wire::BootPacket& packet);
    void find_awake_chips(Cycles end);
    void serve_monitors();
    void run_awake_chips(Cycles end);
    void deliver_packets();
    void route_messages();
    void report(monitor::Monitor& monitor, const CoreFailure& failure);
    [[nodiscard]] Cycles next_quantum_with_work(Cycles from) const;
    [[nodiscard]] std::size_t index_of(const EmulatedChip& chip) const;

    machine::Machine description_;
    MachineOptions options_;
    HostLink& host_;
    ThreadPool pool_;
    std::vector<std::unique_ptr<EmulatedChip>> chips_;
    std::vector<std::array<EmulatedChip*, machine::kDirections>> neighbours_;
    std::vector<std::int32_t> grid_;  ///< x * height + y -> index in chips_, or -1
    std::vector<std::unique_ptr<monitor::Monitor>> monitors_;
    std::vector<monitor::Monitor*> monitor_list_;
    std::vector<std::vector<monitor::Monitor*>> monitors_of_board_;
    std::vector<monitor::TagTable> tags_;
    std::vector<Cycles> wake_;        ///< per chip: when it must be looked at; 0 = at once
    std::vector<std::size_t> awake_;  ///< chips of the present quantum
    std::vector<InFlight> in_flight_;
    std::deque<PendingCount> counts_;
    wire::Bytes boot_image_;
    Cycles now_ = 0;
    Cycles boot_cycles_ = 0;
    BoardManagement board_management_;
    bool booted_ = false;
    bool powered_ = true;
};

}  // namespace spinnlab::emulator
