// SPDX-License-Identifier: Apache-2.0
// Rules of routing: SpiNNaker datasheet, router. No congestion: a link is always free.
#include "spinnlab/emulator/packet_network.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/host_access.hpp"

namespace spinnlab::emulator {
namespace {

// Hardware throws a packet away when its time phase is over; no sensible route is this long.
constexpr int kMostHops = 1024;
constexpr int kMostVisits = 1 << 16;  // chips that one packet of a looping table may reach

/// A packet that has arrived at a chip's router.
struct Arrival {
    EmulatedChip* chip;
    int from_link;  ///< -1: sent by a core of this chip
    int hops;
    Cycles time;
};

class Journey {
 public:
    Journey(EmulatedMachine& machine, const Packet& packet) : machine_(machine), packet_(packet) {}

    void go(EmulatedChip& from, const SentPacket& sent) {
        pending_.push_back({&from, -1, 0, sent.sent});
        for (int visits = 0; !pending_.empty() && visits < kMostVisits; ++visits) {
            const Arrival here = pending_.back();
            pending_.pop_back();
            switch (packet_.type()) {
                case PacketType::Multicast: multicast(here); break;
                case PacketType::PointToPoint: point_to_point(here); break;
                case PacketType::NearestNeighbour: nearest_neighbour(here); break;
                case PacketType::FixedRoute:
                    leave(here, here.chip->router().fixed_route(), false);
                    break;
            }
        }
    }

 private:
    void multicast(const Arrival& here) {
        const std::optional<std::uint32_t> route = here.chip->router().multicast(packet_.key);
        if (route) {
            leave(here, *route, false);
        } else if (here.from_link >= 0) {  // default route: straight on
            leave(here, 1u << (here.from_link + 3) % machine::kDirections, true);
        } else {
            drop(here, 0, 0, true);
        }
    }

    void point_to_point(const Arrival& here) {
        const int to = here.chip->router().point_to_point(static_cast<std::uint16_t>(packet_.key));
        if (to < machine::kDirections) {
            leave(here, 1u << to, false);
        } else if (to == 7) {
            leave(here, monitor_route(*here.chip), false);
        } else {
            drop(here, 0, 0, false);
        }
    }

    // Normal ones are for the neighbour's monitor; direct ones read or write a word of its memory.
    void nearest_neighbour(const Arrival& here) {
        const int route = packet_.control >> 2 & 7;
        if (here.from_link >= 0) {
            constexpr std::uint8_t kDirect = 0x20;
            if ((packet_.control & kDirect) != 0) {
                if (packet_.has_payload()) {
                    monitor::host_write(*here.chip, packet_.key, packet_.payload, arm::Width::Word);
                    here.chip->router_changed();
                    machine_.wake(*here.chip);
                }
                here.chip->router().count(packet_, false, false, kCountMonitor);
            } else {
                leave(here, monitor_route(*here.chip), false);
            }
            return;
        }
        leave(here, route < machine::kDirections ? 1u << route : kRouteLinks, false);
    }

    static std::uint32_t monitor_route(const EmulatedChip& chip) {
        return 1u << (kRouteCoreShift + chip.router().monitor_core());
    }

    void leave(const Arrival& here, std::uint32_t route, bool defaulted) {
        std::uint32_t lost_links = 0, destinations = (route & kRouteLinks) << kCountLinkShift;
        for (std::uint32_t links = route & kRouteLinks; links != 0; links &= links - 1) {
            const int link = std::countr_zero(links);
            EmulatedChip* const next =
                machine_.neighbour(*here.chip, static_cast<machine::Direction>(link));
            if (next != nullptr && here.hops < kMostHops) {
                pending_.push_back({next, (link + 3) % machine::kDirections, here.hops + 1,
                                    here.time + kHopCycles});
            } else {
                lost_links |= 1u << link;
            }
        }
        const std::uint32_t cores = route >> kRouteCoreShift;
        const std::uint32_t monitor_bit = 1u << here.chip->core(0).physical_number();
        if ((cores & monitor_bit) != 0) destinations |= kCountMonitor;
        if ((cores & ~monitor_bit) != 0) destinations |= kCountCores;
        const bool local = here.from_link < 0;
        if (lost_links != 0) drop(here, lost_links, 0, defaulted);
        if (destinations != 0) here.chip->router().count(packet_, local, defaulted, destinations);
        std::uint32_t numbers = here.chip->virtual_mask(cores);
        if (numbers == 0) return;
        const Cycles visible = std::max(here.time, machine_.now());
        Packet arrived = packet_;
        arrived.route = static_cast<std::uint8_t>(here.from_link < 0 ? 0 : here.from_link);
        for (; numbers != 0; numbers &= numbers - 1) {
            const int core = std::countr_zero(numbers);
            if (core != 0) here.chip->core(core).deliver(arrived, visible, machine_.now());
        }
        machine_.wake(*here.chip);
    }

    void drop(const Arrival& here, std::uint32_t links, std::uint32_t cores, bool defaulted) {
        Router& router = here.chip->router();
        router.count(packet_, here.from_link < 0, defaulted, kCountDumped);
        // A packet without any way out is an error, not one to be sent again by the reinjector.
        if (links != 0 || cores != 0) router.dump(packet_, links, cores);
        here.chip->router_changed();
        machine_.wake(*here.chip);
    }

    EmulatedMachine& machine_;
    const Packet& packet_;
    std::vector<Arrival> pending_;
};

}  // namespace

void route_packet(EmulatedMachine& machine, EmulatedChip& from, const SentPacket& sent) {
    Journey(machine, sent.packet).go(from, sent);
}

}  // namespace spinnlab::emulator
