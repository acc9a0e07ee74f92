// SPDX-License-Identifier: Apache-2.0
// ALLOC and RTR: memory and router lines, and what the router's tables hold.
#include <cstring>

#include "spinnlab/emulator/emulated_machine.hpp"
#include "spinnlab/emulator/monitor/monitor.hpp"

namespace spinnlab::emulator::monitor {
namespace {

enum class AllocateOperation : std::uint8_t {
    Sdram,
    FreeSdram,
    FreeSdramOfApp,
    RouterLines,
    FreeRouterLines,
    FreeRouterLinesOfApp,
    SdramSpace,
    TaggedBlock
};
enum class RouterOperation : std::uint8_t { Initialise, Clear, Load, FixedRoute };

constexpr wire::ScpResult kBad = wire::ScpResult::BadArgument;
constexpr std::uint32_t kReuseFlag = 4;

wire::ScpReply with_words(std::initializer_list<std::uint32_t> words) {
    wire::ScpReply reply;
    for (const std::uint32_t word : words) {
        reply.data.resize(reply.data.size() + 4);
        std::memcpy(reply.data.data() + reply.data.size() - 4, &word, 4);
    }
    return reply;
}

}  // namespace

wire::ScpReply Monitor::allocate(const wire::ScpRequest& request) {
    const std::uint32_t app = request.arguments[0] >> 8 & 0xff,
                        flags = request.arguments[0] >> 16 & 0xff;
    const std::uint32_t a = request.arguments[1], b = request.arguments[2];
    MonitorMemory memory = this->memory();
    Heap sdram(memory, memory.system(sv::kSdramHeap));
    RouterAllocation lines(chip_);
    const std::uint32_t record = memory.system(sv::kAppTable) + 8 * app;
    switch (static_cast<AllocateOperation>(request.arguments[0] & 0xff)) {
        case AllocateOperation::Sdram: {
            const std::uint32_t address = sdram.allocate(a, b, app, (flags & kReuseFlag) != 0);
            memory.set_byte(record + 1, 0);  // the application has something to clean up
            return with_words({address});
        }
        case AllocateOperation::FreeSdram: sdram.free(a); return {};
        case AllocateOperation::FreeSdramOfApp: return with_words({sdram.free_application(app)});
        case AllocateOperation::RouterLines: {
            const std::uint32_t line = lines.allocate(a, app);
            memory.set_byte(record + 1, 0);
            return with_words({line});
        }
        case AllocateOperation::FreeRouterLines: lines.free(a, b != 0); return {};
        case AllocateOperation::FreeRouterLinesOfApp:
            return with_words({lines.free_application(app, a != 0)});
        case AllocateOperation::SdramSpace:
            return with_words({sdram.free_bytes(), sdram.largest_free_block()});
        case AllocateOperation::TaggedBlock:
            return with_words({tagged_block(memory, app, a & 0xff)});
    }
    return {kBad, 0, {}};
}

wire::ScpReply Monitor::router(const wire::ScpRequest& request) {
    const std::uint32_t app = request.arguments[0] >> 8 & 0xff, count = request.arguments[0] >> 16;
    const std::uint32_t a = request.arguments[1], b = request.arguments[2];
    RouterAllocation lines(chip_);
    switch (static_cast<RouterOperation>(request.arguments[0] & 0xff)) {
        case RouterOperation::Initialise: lines.initialise(); return {};
        case RouterOperation::Clear:
            if (a >= kRouterTableLines || count > kRouterTableLines - a) return {kBad, 0, {}};
            lines.clear(a, count);
            return {};
        case RouterOperation::Load:
            return lines.load(a, count, b, app) ? wire::ScpReply{} : wire::ScpReply{kBad, 0, {}};
        case RouterOperation::FixedRoute: {
            MonitorMemory memory = this->memory();
            if ((a >> 31) != 0) return with_words({memory.system(sv::kFixedRouteCopy)});
            const std::uint32_t route = a & 0xffffff;
            memory.set_system(sv::kFixedRouteCopy, route);
            const std::uint32_t cores = chip_.physical_mask(route >> kRouteCoreShift);
            chip_.router().set_fixed_route((route & kRouteLinks) | cores << kRouteCoreShift);
            return {};
        }
    }
    return {kBad, 0, {}};
}

}  // namespace spinnlab::emulator::monitor
