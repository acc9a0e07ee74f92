// SPDX-License-Identifier: Apache-2.0
// Service's routes below machines.
#include <fmt/format.h>

#include <algorithm>

#include "spinnlab/alloc/rest/call.hpp"

namespace spinnlab::alloc::rest {
namespace {

constexpr std::int64_t kMost = 1'000'000;  ///< of any coordinate that is looked up

Response no_content() {
    Response response;
    response.status = Status::NoContent;
    return response;
}

std::optional<Location> by_address(const Controller& controller, const std::string& machine,
                                   const std::string& address) {
    for (const auto& [id, job] : controller.jobs()) {
        if (!job.allocation || job.machine != machine) continue;
        const auto found = std::find(job.addresses.begin(), job.addresses.end(), address);
        if (found == job.addresses.end()) continue;
        const auto index = static_cast<std::size_t>(found - job.addresses.begin());
        if (index >= job.allocation->boards.size()) continue;
        const BoardXYZ board = job.allocation->boards[index];
        return controller.where_is_board(machine, board.x, board.y, board.z);
    }
    return std::nullopt;
}

}  // namespace

Answer Service::machines(const Call& call, bool may_wait) {
    if (call.method() != "GET") refuse_method(call.method(), "GET");
    if (call.path.size() == 1) {
        json list = json::array();
        for (const Installation* machine : controller_->machines()) {
            list.push_back(machine_in_list(*machine, call.base));
        }
        return json_response(Status::Ok, {{"machines", list}});
    }
    const Installation* machine = controller_->machine(call.path[1]);
    if (machine == nullptr) {
        refuse(Status::NotFound,
               fmt::format("no machine is called \"{}\"", call.path[1].substr(0, 100)));
    }
    if (call.path.size() == 2) {
        if (flag_parameter(call.query(), "wait") && may_wait) return Wait{machine->name()};
        return json_response(Status::Ok, machine_alone(*machine, call.base));
    }
    if (call.path.size() == 3) return find_board(call, *machine);
    refuse(Status::NotFound, "nothing is here");
}

Answer Service::find_board(const Call& call, const Installation& machine) {
    const std::string& how = call.path[2];
    const Parameters& query = call.query();
    const auto number = [&](const char* name, std::optional<std::int64_t> otherwise = {}) {
        return integer_parameter(query, name, 0, kMost, otherwise);
    };
    std::optional<Location> found;
    if (how == "logical-board") {
        found =
            controller_->where_is_board(machine.name(), number("x"), number("y"), number("z", 0));
    } else if (how == "physical-board") {
        found = controller_->where_is_position(machine.name(), number("cabinet", 0),
                                               number("frame", 0), number("board"));
    } else if (how == "chip") {
        found = controller_->where_is_chip(machine.name(), number("x"), number("y"));
    } else if (how == "board-ip") {
        const auto address = query.find("address");
        if (address == query.end()) {
            refuse(Status::BadRequest, "the parameter address is missing");
        }
        found = by_address(*controller_, machine.name(), address->second);
    } else {
        refuse(Status::NotFound,
               "nothing is here; there are logical-board, physical-board, chip and board-ip");
    }
    return found ? json_response(Status::Ok, place(*found, call.base)) : no_content();
}

}  // namespace spinnlab::alloc::rest
