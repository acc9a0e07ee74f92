// SPDX-License-Identifier: Apache-2.0
#include "inspection.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/emulator/arm/disassemble.hpp"
#include "spinnlab/emulator/monitor/iobuf.hpp"

namespace spinnlab::machine_app {
namespace {

using nlohmann::json;

struct Place {
    emulator::monitor::Monitor* monitor;
    int core;
};

Place place_of(const json& request, emulator::EmulatedMachine& machine) {
    const int x = request.at("x"), y = request.at("y"), p = request.at("p");
    emulator::EmulatedChip* const chip = machine.chip_at({x, y});
    if (chip == nullptr) {
        throw MachineError(
            fmt::format("there is no chip ({}, {})", x, y),
            fmt::format("the machine is {} x {} chips", machine.description().width(),
                        machine.description().height()));
    }
    if (p < 0 || p >= chip->n_cores()) {
        throw MachineError(fmt::format("chip ({}, {}) has no core {}", x, y, p),
                           fmt::format("its cores are 0 to {}", chip->n_cores() - 1));
    }
    return {machine.monitor_at(chip->address()), p};
}

json load_of(emulator::EmulatedMachine& machine) {
    json cores = json::array();
    for (emulator::monitor::Monitor* const monitor : machine.monitors()) {
        emulator::EmulatedChip& chip = monitor->chip();
        for (const auto& core : chip.cores()) {
            const emulator::CoreLoad load = core->load();
            if (load.instructions == 0) continue;
            cores.push_back(
                {{"x", chip.xy().x},
                 {"y", chip.xy().y},
                 {"p", core->number()},
                 {"program", monitor->application_name(core->number())},
                 {"app", monitor->application_of(core->number())},
                 {"state", static_cast<int>(monitor->memory().state(core->number()))},
                 {"instructions", load.instructions},
                 {"busy_cycles", load.busy_cycles},
                 {"steps", load.steps},
                 {"step_cycles", load.step_cycles},
                 {"mean_step_cycles", load.steps == 0 ? 0 : load.busy_cycles / load.steps},
                 {"max_step_cycles", load.max_step_cycles},
                 {"overrun_steps", load.overrun_steps},
                 {"packets_received", load.packets_received},
                 {"packets_sent", load.packets_sent}});
        }
    }
    return {{"estimate", true}, {"virtual_cycles", machine.now()}, {"cores", std::move(cores)}};
}

json registers_of(const Place& place) {
    emulator::Core& core = place.monitor->chip().core(place.core);
    const emulator::arm::Registers registers = core.registers();
    json answer{{"r", registers.r},
                {"cpsr", registers.cpsr},
                {"running", core.running()},
                {"waiting", core.waiting()}};
    if (core.load().instructions > 0 && registers.r[15] < emulator::arm::kItcmBytes) {
        answer["code"] =
            emulator::arm::disassemble_window(core.processor().itcm(), 0, registers.r[15],
                                              (registers.cpsr & emulator::arm::kThumb) != 0);
    }
    return answer;
}

json state_of(emulator::EmulatedMachine& machine) {
    std::uint64_t running = 0, instructions = 0;
    for (emulator::monitor::Monitor* const monitor : machine.monitors()) {
        for (const auto& core : monitor->chip().cores()) {
            running += core->running() ? 1 : 0;
            instructions += core->load().instructions;
        }
    }
    return {{"booted", machine.booted()},
            {"virtual_cycles", machine.now()},
            {"virtual_seconds", static_cast<double>(machine.now()) / emulator::kCyclesASecond},
            {"running_cores", running},
            {"instructions", instructions},
            {"live_traffic", machine.has_live_traffic()}};
}

json execute(const json& request, emulator::EmulatedMachine& machine,
             std::uint64_t refused_datagrams) {
    const std::string command = request.at("command");
    if (command == "load") return load_of(machine);
    if (command == "state") {
        json state = state_of(machine);
        state["refused_datagrams"] = refused_datagrams;
        return state;
    }
    if (command == "registers") return registers_of(place_of(request, machine));
    if (command == "iobuf") {
        const Place place = place_of(request, machine);
        const std::string text = emulator::monitor::iobuf_text(place.monitor->memory(), place.core);
        const std::size_t from =
            std::min<std::size_t>(request.value("from", std::size_t{0}), text.size());
        return {{"text", text.substr(from)}, {"next", text.size()}};
    }
    throw MachineError(fmt::format("there is no command \"{}\"", command),
                       "use load, state, registers or iobuf");
}

}  // namespace

std::string answer(const std::string& line, emulator::EmulatedMachine& machine,
                   std::uint64_t refused_datagrams) {
    json reply;
    try {
        reply["return"] = execute(json::parse(line), machine, refused_datagrams);
    } catch (const std::exception& error) {
        reply = json{{"error", error.what()}};
    }
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace spinnlab::machine_app
