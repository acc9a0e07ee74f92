// SPDX-License-Identifier: Apache-2.0
// spinnlab-machine: machines in print, on loopback addresses, and from recorded sessions.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "aplx_command.hpp"
#include "look_commands.hpp"
#include "print_machine.hpp"
#include "replay_command.hpp"
#include "run_command.hpp"
#include "serve_command.hpp"
#include "spinnlab/base/errors.hpp"

int main(int argc, char** argv) {
    CLI::App app("A SpiNNaker machine in software", "spinnlab-machine");
    app.set_version_flag("--version", SPINNLAB_VERSION);
    app.require_subcommand(1);
    spinnlab::machine_app::add_print_command(app);
    spinnlab::machine_app::add_serve_command(app);
    spinnlab::machine_app::add_replay_command(app);
    spinnlab::machine_app::add_run_command(app);
    spinnlab::machine_app::add_aplx_command(app);
    spinnlab::machine_app::add_look_commands(app);
    constexpr int kUsersMistake = 1, kUsage = 2, kOurBug = 70;
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::RuntimeError& error) {
        return error.get_exit_code();
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    } catch (const spinnlab::Error& error) {
        fmt::print(stderr, "spinnlab-machine: {}\n", error.what());
        return kUsersMistake;
    } catch (const std::exception& error) {
        fmt::print(stderr, "spinnlab-machine: internal error, please report it: {}\n",
                   error.what());
        return kOurBug;
    }
}
