// SPDX-License-Identifier: Apache-2.0
// Registers and filters: SpiNNaker datasheet, router (bit names as in spinn_extra.h of
// SpiNNFrontEndCommon); the usual filters: spinnaker_tools, sark_hw.c, rtr_diag_init.
#include "spinnlab/emulator/chip/router.hpp"

#include <algorithm>
#include <bit>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kEnabledMonitor0Wait256 = 0x00400001;
constexpr std::uint32_t kDumpInterruptEnabled = 1u << 2;
constexpr std::uint32_t kStatusDump = 1u << 29;
constexpr std::uint32_t kStatusAny = 1u << 31;
constexpr std::uint32_t kDumped = 1u << 31;
constexpr std::uint32_t kDumpOverflow = 1u << 30;
constexpr std::uint32_t kUnusedKey = 0xffffffff;  // with mask 0: never matches
constexpr std::uint32_t kUnusedRoute = 0xff000000;
constexpr std::uint32_t kPointToPointNowhere = 0x00db6db6;  // eight times 6
constexpr std::size_t kCacheSize = 1024;

constexpr std::array<std::uint32_t, 16> kUsualFilters = {
    0x01fe7cf1, 0x01febcf1, 0x01fe7cf2, 0x01febcf2, 0x01fe7cf4, 0x01febcf4, 0x01fe7cf8, 0x01febcf8,
    0x0001fcf1, 0x0001fcf2, 0x0001fcf4, 0x0001fcf8, 0,          0,          0,          0};

std::size_t cache_slot(std::uint32_t key) { return (key * 0x9e3779b1u) >> 22; }

}  // namespace

Router::Router() : point_to_point_(kPointToPointWords, kPointToPointNowhere) { reset(); }

void Router::reset() {
    key_.fill(kUnusedKey);
    mask_.fill(0);
    route_.fill(kUnusedRoute);
    registers_.fill(0);
    std::fill(point_to_point_.begin(), point_to_point_.end(), kPointToPointNowhere);
    registers_[kControl] = kEnabledMonitor0Wait256;
    registers_[kDiagnosticControl] = 0xffff;
    std::copy(kUsualFilters.begin(), kUsualFilters.end(), registers_.begin() + kFilters);
    rebuild_counter_classes();
    forget_routes();
    multicast_dumped_ = 0;
    ++version_;
}

std::uint32_t Router::read(std::uint32_t offset) {
    if (offset < 0x1000) {
        const int index = static_cast<int>(offset / 4);
        if (index == kStatus) {
            return dump_interrupt() ? kStatusDump | kStatusAny
                                    : 0;  // the output stage is never blocked
        }
        const std::uint32_t value = registers_[index];
        if (index == kDumpStatus && value != 0) {  // reading clears it and the interrupt
            registers_[kDumpStatus] = 0;
            ++version_;
        }
        return value;
    }
    if (offset >= 0x4000 && offset < 0x5000) return route_[(offset - 0x4000) / 4];
    if (offset >= 0x8000 && offset < 0x9000) return key_[(offset - 0x8000) / 4];
    if (offset >= 0xc000 && offset < 0xd000) return mask_[(offset - 0xc000) / 4];
    if (offset >= 0x10000 && offset < 0x18000) return point_to_point_[(offset - 0x10000) / 4];
    return 0;
}

void Router::write(std::uint32_t offset, std::uint32_t value) {
    if (offset < 0x1000) {
        write_register(static_cast<int>(offset / 4), value);
    } else if (offset >= 0x4000 && offset < 0x5000) {
        route_[(offset - 0x4000) / 4] = value;
        forget_routes();
    } else if (offset >= 0x8000 && offset < 0x9000) {
        key_[(offset - 0x8000) / 4] = value;
        forget_routes();
    } else if (offset >= 0xc000 && offset < 0xd000) {
        mask_[(offset - 0xc000) / 4] = value;
        forget_routes();
    } else if (offset >= 0x10000 && offset < 0x18000) {
        point_to_point_[(offset - 0x10000) / 4] = value;
    }
}

void Router::write_register(int index, std::uint32_t value) {
    if (index == kDiagnosticControl) {
        for (int counter = 0; counter < kCounterCount; ++counter) {
            if ((value >> (16 + counter) & 1) != 0) registers_[kCounters + counter] = 0;
        }
        registers_[index] = value & 0xffff;
        return;
    }
    const bool read_only = index == kStatus || (index >= 0x08 / 4 && index <= kDumpStatus);
    if (read_only) return;
    registers_[index] = value;
    ++version_;
    if (index >= kFilters && index < kFilters + kCounterCount) rebuild_counter_classes();
}

void Router::set_line(int line, std::uint32_t key, std::uint32_t mask, std::uint32_t route) {
    key_[line] = key;
    mask_[line] = mask;
    route_[line] = route;
    forget_routes();
}

void Router::forget_routes() {
    for (Cached& entry : cache_) entry.known = false;
}

std::optional<std::uint32_t> Router::multicast(std::uint32_t key) {
    if (cache_.empty()) cache_.resize(kCacheSize);
    Cached& cached = cache_[cache_slot(key)];
    if (!cached.known || cached.key != key) {
        cached = {key, 0, true, false};
        for (int line = 0; line < kRouterTableLines; ++line) {
            if ((key & mask_[line]) == key_[line]) {
                cached.route = route_[line] & 0xffffff;
                cached.matched = true;
                break;
            }
        }
    }
    return cached.matched ? std::optional(cached.route) : std::nullopt;
}

int Router::point_to_point(std::uint16_t chip) const {
    return static_cast<int>(point_to_point_[chip >> 3] >> 3 * (chip & 7) & 7);
}

void Router::set_point_to_point(std::uint16_t chip, int to) {
    std::uint32_t& word = point_to_point_[chip >> 3];
    const int shift = 3 * (chip & 7);
    word = (word & ~(7u << shift)) | static_cast<std::uint32_t>(to) << shift;
}

void Router::set_fixed_route(std::uint32_t route) {
    registers_[kFixedRoute] = (registers_[kFixedRoute] & 0xff000000) | (route & 0xffffff);
}

std::size_t Router::counter_class(PacketType type, bool payload, bool local, bool defaulted) {
    return static_cast<std::size_t>(type) << 3 | std::size_t{payload} << 2 |
           std::size_t{local} << 1 | std::size_t{defaulted};
}

void Router::rebuild_counter_classes() {
    counters_of_class_.fill(0);
    for (int counter = 0; counter < kCounterCount; ++counter) {
        const std::uint32_t filter = registers_[kFilters + counter];
        for (int type = 0; type < kPacketTypes; ++type) {
            for (int flags = 0; flags < 8; ++flags) {
                const bool payload = (flags & 4) != 0, local = (flags & 2) != 0,
                           defaulted = (flags & 1) != 0;
                const bool matches = (filter >> type & 1) != 0 &&                   //
                                     (filter >> (defaulted ? 10 : 11) & 1) != 0 &&  //
                                     (filter >> (payload ? 12 : 13) & 1) != 0 &&    //
                                     (filter >> (local ? 14 : 15) & 1) != 0;
                if (!matches) continue;
                counters_of_class_[counter_class(static_cast<PacketType>(type), payload, local,
                                                 defaulted)] |=
                    static_cast<std::uint16_t>(1u << counter);
            }
        }
    }
}

void Router::count(const Packet& packet, bool local, bool defaulted, std::uint32_t destinations) {
    std::uint32_t counters =
        counters_of_class_[counter_class(packet.type(), packet.has_payload(), local, defaulted)] &
        registers_[kDiagnosticControl];
    for (; counters != 0; counters &= counters - 1) {
        const int counter = std::countr_zero(counters);
        if ((registers_[kFilters + counter] >> 16 & 0x1ff & destinations) != 0) {
            ++registers_[kCounters + counter];
        }
    }
}

void Router::dump(const Packet& packet, std::uint32_t links, std::uint32_t cores) {
    if (packet.type() == PacketType::Multicast) ++multicast_dumped_;
    const std::uint32_t outputs = (links & kRouteLinks) | cores << kRouteCoreShift;
    std::uint32_t& status = registers_[kDumpStatus];
    if ((status & kDumped) != 0) {
        status |= kDumpOverflow | outputs;
    } else {
        registers_[kDumpHeader] = static_cast<std::uint32_t>(packet.control) << 16 |
                                  static_cast<std::uint32_t>(packet.route) << 24;
        registers_[kDumpHeader + 1] = packet.key;
        registers_[kDumpHeader + 2] = packet.payload;
        registers_[kDumpHeader + 3] = outputs;
        status = kDumped | outputs;
    }
    ++version_;
}

bool Router::dump_interrupt() const {
    return (registers_[kDumpStatus] & kDumped) != 0 &&
           (registers_[kControl] & kDumpInterruptEnabled) != 0;
}

}  // namespace spinnlab::emulator
