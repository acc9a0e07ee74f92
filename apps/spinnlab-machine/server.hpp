// SPDX-License-Identifier: Apache-2.0
// Runs a machine against the wall clock: datagrams in, virtual time on, datagrams out.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "board_sockets.hpp"
#include "control_socket.hpp"
#include "session_file.hpp"
#include "spinnlab/emulator/emulated_machine.hpp"

namespace spinnlab::machine_app {

struct ServerOptions {
    /// Virtual seconds a second of wall time at most. Programs never see wall time; without a limit
    /// timers with nothing to do between them would race ahead and burn the processor.
    double pace = 4;
    bool exit_with_stdin =
        false;  ///< end when standard input ends: this process dies with its parent
    /// Print a line "active" once a second while programs run or hosts send something.
    bool tell_activity = false;
};

class Server {
 public:
    Server(emulator::EmulatedMachine& machine, BoardSockets& sockets, ServerOptions options,
           SessionWriter* recording, ControlSocket* control);

    /// Until stop() or, if asked for, the end of standard input.
    void run();
    /// May be called from a signal handler.
    void stop() { stopped_ = true; }

 private:
    using Clock = std::chrono::steady_clock;

    void receive();
    /// Virtual time that the pace allows now.
    emulator::Cycles allowed();
    void wait();
    void tell_activity();
    /// Stops when the other end of the standard input is gone.
    void look_at_stdin();
    [[nodiscard]] double pace() const;

    emulator::EmulatedMachine& machine_;
    BoardSockets& sockets_;
    ServerOptions options_;
    SessionWriter* recording_;
    ControlSocket* control_;
    std::atomic<bool> stopped_ = false;
    Clock::time_point last_;
    double credit_cycles_ = 0;
    bool active_ = false;  ///< since it was told last
    Clock::time_point told_;
    std::vector<pollfd> poll_;
};

}  // namespace spinnlab::machine_app
