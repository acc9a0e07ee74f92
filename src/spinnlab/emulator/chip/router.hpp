// SPDX-License-Identifier: Apache-2.0
// A chip's router: tables, default routes, diagnostics counters, registers of dropped packets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "spinnlab/emulator/chip/packet.hpp"

namespace spinnlab::emulator {

inline constexpr int kRouterTableLines = 1024;
inline constexpr std::uint32_t kRouteLinks =
    0x3f;  ///< bits 5:0 of a route: links; bits 23:6: physical cores
inline constexpr int kRouteCoreShift = 6;

/// Where a packet goes, for the diagnostics counters: links in bits 8:3, monitor 2, other cores 1,
/// dumped 0.
inline constexpr std::uint32_t kCountDumped = 1u << 0;
inline constexpr std::uint32_t kCountCores = 1u << 1;
inline constexpr std::uint32_t kCountMonitor = 1u << 2;
inline constexpr int kCountLinkShift = 3;

class Router {
 public:
    Router();
    /// As SC&MP leaves it: empty tables, counters 0-11 set to their usual filters.
    void reset();

    [[nodiscard]] std::uint32_t read(std::uint32_t offset);
    void write(std::uint32_t offset, std::uint32_t value);

    /// Sets one line of the multicast table; `route` with physical core bits. Lines match from 0
    /// up.
    void set_line(int line, std::uint32_t key, std::uint32_t mask, std::uint32_t route);
    /// The route of the first line that matches.
    [[nodiscard]] std::optional<std::uint32_t> multicast(std::uint32_t key);
    /// 0-5 a link, 6 nowhere, 7 this chip's monitor.
    [[nodiscard]] int point_to_point(std::uint16_t chip) const;
    void set_point_to_point(std::uint16_t chip, int to);
    [[nodiscard]] std::uint32_t fixed_route() const { return registers_[kFixedRoute] & 0xffffff; }
    void set_fixed_route(std::uint32_t route);
    /// The physical core that point-to-point and nearest-neighbour packets are for.
    [[nodiscard]] int monitor_core() const {
        return static_cast<int>(registers_[kControl] >> 8 & 31);
    }

    /// Counts one packet; `destinations` of the kCount bits, all of the packet's at once.
    void count(const Packet& packet, bool local, bool defaulted, std::uint32_t destinations);
    /// A packet could not leave by `links` or reach `cores` (physical): it stands in the dump
    /// registers.
    void dump(const Packet& packet, std::uint32_t links, std::uint32_t cores);

    [[nodiscard]] bool dump_interrupt() const;
    [[nodiscard]] std::uint64_t multicast_dumped() const { return multicast_dumped_; }
    /// Counts changes of anything a core can see by polling the control, status and dump registers.
    [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
    // Indices of registers, a word each.
    static constexpr int kControl = 0;
    static constexpr int kStatus = 1;
    static constexpr int kDumpHeader = 0x18 / 4;
    static constexpr int kDumpStatus = 0x28 / 4;
    static constexpr int kDiagnosticControl = 0x2c / 4;
    static constexpr int kFixedRoute = 0x84 / 4;
    static constexpr int kFilters = 0x200 / 4;
    static constexpr int kCounters = 0x300 / 4;
    static constexpr int kCounterCount = 16;
    static constexpr int kRegisters = 0x1000 / 4;
    static constexpr int kPointToPointWords = 8192;

    struct Cached {
        std::uint32_t key = 0;
        std::uint32_t route = 0;
        bool known = false;
        bool matched = false;
    };

    void write_register(int index, std::uint32_t value);
    void forget_routes();
    void rebuild_counter_classes();
    [[nodiscard]] static std::size_t counter_class(PacketType type, bool payload, bool local,
                                                   bool defaulted);

    std::array<std::uint32_t, kRouterTableLines> key_{};
    std::array<std::uint32_t, kRouterTableLines> mask_{};
    std::array<std::uint32_t, kRouterTableLines> route_{};
    std::array<std::uint32_t, kRegisters> registers_{};
    std::vector<std::uint32_t> point_to_point_;
    std::vector<Cached> cache_;  ///< direct-mapped by a hash of the key; empty until first used
    std::array<std::uint16_t, 4 * 2 * 2 * 2> counters_of_class_{};
    std::uint64_t multicast_dumped_ = 0;
    std::uint64_t version_ = 0;
};

}  // namespace spinnlab::emulator
