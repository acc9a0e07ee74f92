// SPDX-License-Identifier: Apache-2.0
// One spinnlab-machine process: the boards of one job.
#pragma once

#include <sys/types.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "run_as.hpp"

namespace spallocd {

/// How a process ended.
struct ProcessEnd {
    std::string how;         ///< "exit code 1", "signal 9 (Killed)"
    int signal = 0;          ///< 0: it ended by itself
    std::string last_words;  ///< last line that it wrote to standard error; may be empty
    double cpu_s = 0;        ///< user and system time
    long peak_kib = 0;       ///< largest resident size
};

/// Runs until it is stopped, dies, or this daemon dies: the daemon holds the other end of its
/// standard input, and the kernel is told to kill it with its parent.
class MachineProcess : public std::enable_shared_from_this<MachineProcess> {
 public:
    struct Callbacks {
        std::function<void()> ready;   ///< all boards can be reached
        std::function<void()> active;  ///< programs run or somebody sends; once a second
        std::function<void(const ProcessEnd&)> ended;  ///< called once, last of all
    };

    /// Shared, because reads that are under way keep it alive.
    [[nodiscard]] static std::shared_ptr<MachineProcess> create(boost::asio::io_context& context,
                                                                std::string label,
                                                                Callbacks callbacks);

    /// `command`: path of the program, then its arguments. Throws RunError.
    void start(const std::vector<std::string>& command, const RunAs& as);

    /// Asks it to end: standard input closes, SIGTERM; SIGKILL when it has not ended in time.
    void stop();

    /// To be called when the process has been reaped.
    void reaped(int status, double cpu_s, long peak_kib);

    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    using Stream = boost::asio::posix::stream_descriptor;
    struct Output {
        explicit Output(boost::asio::io_context& context) : stream(context) {}
        Stream stream;
        std::array<char, 4096> chunk{};
        std::string line;  ///< what has come of a line that has not ended
    };

    MachineProcess(boost::asio::io_context& context, std::string label, Callbacks callbacks);
    void read(Output& output);
    void take(Output& output, std::size_t size);
    void drain(Output& output);
    void take_line(const Output& output);

    Callbacks callbacks_;
    std::string label_;
    pid_t pid_ = -1;
    bool ready_ = false;
    bool stopping_ = false;
    Stream input_;
    Output out_;
    Output err_;
    std::string last_words_;
    boost::asio::steady_timer kill_timer_;
};

}  // namespace spallocd
