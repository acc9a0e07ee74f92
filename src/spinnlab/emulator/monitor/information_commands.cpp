// SPDX-License-Identifier: Apache-2.0
// VER, INFO, LED, SYNC, and the table from commands to functions.
#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"
#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::emulator::monitor {

wire::ScpReply Monitor::execute(const wire::ScpRequest& request, const HostAddress& from) {
    using wire::ScpCommand;
    switch (request.command) {
        case ScpCommand::Version: return version();
        case ScpCommand::Read: return read(request, chip_);
        case ScpCommand::Write: return write(request, chip_);
        case ScpCommand::Fill: return fill(request);
        case ScpCommand::LinkRead: return link_read(request);
        case ScpCommand::LinkWrite: return link_write(request);
        case ScpCommand::AppRun: return start_loaded(request);
        case ScpCommand::AppStart: return start_at(request);
        case ScpCommand::AppCopyRun: return copy_and_start(request);
        case ScpCommand::NearestNeighbour: return nearest_neighbour(request);
        case ScpCommand::FloodFillData: return flood_fill(request);
        case ScpCommand::Signal: return send_signal(request);
        case ScpCommand::IpTag: return ip_tag(request, from);
        case ScpCommand::Allocate: return allocate(request);
        case ScpCommand::Router: return router(request);
        case ScpCommand::Information: return information();
        case ScpCommand::Led: chip_.system_controller().set_leds(request.arguments[0]); return {};
        case ScpCommand::Sync: return {};  // clocks of one machine never drift here
        default: return {wire::ScpResult::BadCommand, 0, {}};
    }
}

wire::ScpReply Monitor::version() {
    const auto physical = static_cast<std::uint32_t>(chip_.core(0).physical_number());
    wire::ScpReply reply;
    wire::append_u32(reply.data, static_cast<std::uint32_t>(chip_.address()) << 16 | physical << 8);
    wire::append_u32(reply.data, 0xffff0000u + wire::kMaxScpDataBytes);
    wire::append_u32(reply.data, boot_unix_time_);
    constexpr char kIdentity[] =
        "SC&MP/SpiNNaker\0"
        "4.0.0";  // name, version, each with its zero
    reply.data.insert(reply.data.end(), std::begin(kIdentity), std::end(kIdentity));
    return reply;
}

wire::ScpReply Monitor::information() {
    const MonitorMemory memory = this->memory();
    wire::ScpReply reply;
    wire::append_u32(reply.data, static_cast<std::uint32_t>(chip_.n_cores()) |
                                     static_cast<std::uint32_t>(chip_.description().links) << 8 |
                                     RouterAllocation(chip_).largest_free_block() << 14 |
                                     (chip_.has_ethernet() ? 1u << 25 : 0));
    wire::append_u32(reply.data, Heap(memory, memory.system(sv::kSdramHeap)).largest_free_block());
    wire::append_u32(reply.data,
                     Heap(memory, memory.system(sv::kSystemRamHeap)).largest_free_block());
    for (int core = 0; core < machine::kMaxCores; ++core) {
        reply.data.push_back(static_cast<std::uint8_t>(memory.state(core)));
    }
    wire::append_u16(reply.data, memory.half(kSystemVariables + sv::kEthernetAddress));
    wire::append_u32(reply.data, memory.system(sv::kIpAddress));
    wire::append_u16(reply.data, static_cast<std::uint16_t>(chip_.router().point_to_point(0)));
    return reply;
}

}  // namespace spinnlab::emulator::monitor
