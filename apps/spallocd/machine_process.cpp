// SPDX-License-Identifier: Apache-2.0
#include "machine_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

constexpr auto kGrace = std::chrono::seconds(1);  ///< between SIGTERM and SIGKILL
constexpr std::size_t kLongestLine_bytes = 4096;  ///< of the child's output; the rest is cut off
constexpr int kFirstOtherDescriptor = 3;
constexpr const char* kEndedFirst = "500";  ///< of -1000 to 1000; as kernels of notebooks

struct Pipe {
    int read = -1;
    int write = -1;
};

/// Both ends are closed on exec; the child's end is duplicated onto 0, 1 or 2.
Pipe make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        throw spinnlab::RunError(
            fmt::format("no pipe for a machine's process: {}", strerror(errno)),
            "Raise the limit on open files (ulimit -n).");
    }
    return {ends[0], ends[1]};
}

void close_pipe(Pipe pipe) {
    close(pipe.read);
    close(pipe.write);
}

[[noreturn]] void give_up() {
    const char* why = strerror(errno);
    (void)!write(STDERR_FILENO, why, strlen(why));
    _exit(127);
}

void set_limit(__rlimit_resource resource, const std::optional<std::int64_t>& most) {
    if (!most) return;
    const rlimit limit = {static_cast<rlim_t>(*most), static_cast<rlim_t>(*most)};
    if (setrlimit(resource, &limit) != 0) give_up();
}

/// When memory is short, boards are ended before the server that the person sees them through.
void be_ended_first() {
    const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0) return;
    (void)!write(score, kEndedFirst, strlen(kEndedFirst));  // refused only where it is higher
    close(score);
}

/// Into the job's or the user's cgroup, then away from root for good.
void change_user(const RunAs& as) {
    for (const std::string& file : as.groups_entered) {
        const int procs = open(file.c_str(), O_WRONLY | O_CLOEXEC);
        if (procs < 0 || write(procs, "0", 1) != 1) give_up();
        close(procs);
    }
    be_ended_first();
    set_limit(RLIMIT_NPROC, as.processes);
    set_limit(RLIMIT_NOFILE, as.open_files);
    if (as.nice != 0) (void)setpriority(PRIO_PROCESS, 0, as.nice);
    if (!as.change_user) return;
    if (setgroups(as.groups.size(), as.groups.data()) != 0 ||
        setresgid(as.gid, as.gid, as.gid) != 0 || setresuid(as.uid, as.uid, as.uid) != 0) {
        give_up();
    }
}

/// In the child, between fork and exec: only calls that are safe there. Never returns.
[[noreturn]] void become(char* const* argv, char* const* envp, int in, int out, int err,
                         pid_t parent, const sigset_t& signals, const RunAs& as) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close_range(kFirstOtherDescriptor, ~0U, 0);
    change_user(as);
    // Once more: a change of user takes it back.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // the daemon died before the line above
    if (chdir("/") != 0) give_up();
    for (const int number : {SIGTERM, SIGINT, SIGCHLD, SIGPIPE, SIGHUP, SIGXFSZ}) {
        signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &signals, nullptr);
    execve(argv[0], argv, envp);
    give_up();
}

}  // namespace

std::shared_ptr<MachineProcess> MachineProcess::create(boost::asio::io_context& context,
                                                       std::string label, Callbacks callbacks) {
    return std::shared_ptr<MachineProcess>(
        new MachineProcess(context, std::move(label), std::move(callbacks)));
}

MachineProcess::MachineProcess(boost::asio::io_context& context, std::string label,
                               Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      label_(std::move(label)),
      input_(context),
      out_(context),
      err_(context),
      kill_timer_(context) {}

void MachineProcess::start(const std::vector<std::string>& command, const RunAs& as) {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> variables;
    for (const std::string& variable : as.environment) {
        variables.push_back(const_cast<char*>(variable.c_str()));
    }
    variables.push_back(nullptr);
    char* const* const envp = as.change_user ? variables.data() : environ;

    const Pipe in = make_pipe();
    const Pipe out = make_pipe();
    const Pipe err = make_pipe();
    // No signal may reach the child while it still has the daemon's handlers and their pipe.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
        become(argv.data(), envp, in.read, out.write, err.write, parent, before, as);
    }
    const int error = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) {
        for (const Pipe& pipe : {in, out, err}) close_pipe(pipe);
        throw spinnlab::RunError(fmt::format("no process for a machine: {}", strerror(error)),
                                 "Raise the limit on processes (ulimit -u).");
    }
    close(in.read);
    close(out.write);
    close(err.write);
    input_.assign(in.write);
    out_.stream.assign(out.read);
    err_.stream.assign(err.read);
    read(out_);
    read(err_);
}

void MachineProcess::read(Output& output) {
    output.stream.async_read_some(boost::asio::buffer(output.chunk),
                                  [self = shared_from_this(), &output](
                                      const boost::system::error_code& error, std::size_t size) {
                                      if (error) return;
                                      self->take(output, size);
                                      self->read(output);
                                  });
}

void MachineProcess::take(Output& output, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        const char c = output.chunk[i];
        if (c == '\n') {
            take_line(output);
            output.line.clear();
        } else if (output.line.size() < kLongestLine_bytes) {
            output.line += c;
        }
    }
}

void MachineProcess::take_line(const Output& output) {
    const std::string& line = output.line;
    if (line.empty()) return;
    if (&output == &err_) {
        last_words_ = line;
        spdlog::info("{}: {}", label_, line);
    } else if (line == "ready" && !ready_) {
        ready_ = true;
        if (!stopping_) callbacks_.ready();
    } else if (line == "active" && !stopping_) {
        callbacks_.active();
    }
}

/// Takes what is in the pipe, without waiting: a grandchild could hold its other end open.
void MachineProcess::drain(Output& output) {
    if (!output.stream.is_open()) return;
    output.stream.cancel();
    output.stream.non_blocking(true);
    boost::system::error_code error;
    while (true) {
        const std::size_t size = output.stream.read_some(boost::asio::buffer(output.chunk), error);
        if (error) break;
        take(output, size);
    }
    take_line(output);
    output.stream.close(error);
}

void MachineProcess::stop() {
    if (stopping_ || pid_ < 0) return;
    stopping_ = true;
    boost::system::error_code ignored;
    input_.close(ignored);
    kill(pid_, SIGTERM);
    kill_timer_.expires_after(kGrace);
    kill_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && self->pid_ > 0) kill(self->pid_, SIGKILL);
    });
}

void MachineProcess::reaped(int status, double cpu_s, long peak_kib) {
    pid_ = -1;
    stopping_ = true;  // a "ready" that is still in the pipe comes too late
    kill_timer_.cancel();
    drain(out_);
    drain(err_);
    boost::system::error_code ignored;
    input_.close(ignored);
    ProcessEnd end;
    end.how = WIFSIGNALED(status)
                  ? fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
                  : fmt::format("exit code {}", WEXITSTATUS(status));
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.last_words = last_words_;
    end.cpu_s = cpu_s;
    end.peak_kib = peak_kib;
    callbacks_.ended(end);
}

}  // namespace spallocd
