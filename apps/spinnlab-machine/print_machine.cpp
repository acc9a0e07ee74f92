// SPDX-License-Identifier: Apache-2.0
#include "print_machine.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "spinnlab/machine/describe.hpp"

namespace spinnlab::machine_app {

int print_machine(const PrintRequest& request) {
    machine::MachineSpec spec = machine::parse_spec(request.name);
    spec.down_chips = request.changes.down_chips;
    spec.down_cores = request.changes.down_cores;
    spec.down_links = request.changes.down_links;
    spec.repair = request.changes.repair;
    const machine::Machine built = machine::build(spec);
    std::cout << (request.json ? machine::to_json(built) : machine::describe(built)) << std::flush;
    if (std::cout) return 0;
    std::cerr << "spinnlab-machine print: standard output cannot be written\n";
    return 1;
}

void add_print_command(CLI::App& app) {
    auto* command = app.add_subcommand("print", "Print what a machine consists of");
    // Shared with the callback, which CLI11 keeps for as long as the app lives.
    const auto request = std::make_shared<PrintRequest>();
    command
        ->add_option("name", request->name,
                     "spin3, spin5, triad, frame, cabinet, million or WIDTHxHEIGHT in chips")
        ->capture_default_str();
    command->add_flag("--json", request->json, "JSON, as the original's json_path reads it");
    command->add_option("--down-chips", request->changes.down_chips, "Dead chips: x,y:x,y");
    command->add_option("--down-cores", request->changes.down_cores,
                        "Dead cores: x,y,p or x,y,p1-p2, joined by \":\"");
    command->add_option("--down-links", request->changes.down_links,
                        "Dead links: x,y,link:x,y,link");
    command->add_flag("--repair", request->changes.repair,
                      "Remove one-way links and chips that are cut off instead of refusing them");
    command->callback([request] {
        if (const int code = print_machine(*request); code != 0) throw CLI::RuntimeError(code);
    });
}

}  // namespace spinnlab::machine_app
