// SPDX-License-Identifier: Apache-2.0
// spallocd: hands out boards by the spalloc protocol.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daemon.hpp"
#include "spinnlab/base/errors.hpp"

namespace {

constexpr int kUsersMistake = 1;
constexpr int kUsage = 2;

/// spinnlab-machine as it is built and installed: beside this program.
std::string machine_program_beside() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? "spinnlab-machine" : (self.parent_path() / "spinnlab-machine").string();
}

/// Each client and each job takes descriptors: allow as many as the system lets us have.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// What each user gets.
void declare_sharing(CLI::App& app, spallocd::Options& options) {
    using namespace spinnlab::alloc;
    app.add_option_function<std::vector<std::string>>(
           "--quota",
           [&options](const std::vector<std::string>& texts) {
               for (const std::string& text : texts) {
                   const auto [user, quota] = parse_user_quota(text);
                   options.scheduling.users.users[user] = quota;
               }
           },
           "user=NAME[,boards=N][,jobs=N][,board-seconds=S][,priority=N]: what a user may have at "
           "once and in all, and who goes first (0 unless said); may be given several times")
        ->allow_extra_args(false);
    app.add_option_function<std::string>(
        "--default-quota",
        [&options](const std::string& text) {
            options.scheduling.users.everybody = parse_quota(text);
        },
        "the same without a user, for everybody of whom nothing else is said");
    app.add_option("--policy", options.scheduling.policy,
                   "share: native runs always start; reserve: each core is given to one of them")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, Policy>{{"share", Policy::Share}, {"reserve", Policy::Reserve}}));
    app.add_option("--run-limit", options.scheduling.run_limit_s,
                   "seconds that a native run may take, and that a job may have its boards")
        ->check(CLI::PositiveNumber);
    app.add_option("--idle-limit", options.scheduling.idle_limit_s,
                   "seconds after which a job ends whose boards neither compute nor are spoken to")
        ->check(CLI::PositiveNumber);
    app.add_option("--machine-memory-mib", options.limits.memory_mib,
                   "memory that the boards of one job may take")
        ->check(CLI::PositiveNumber);
    app.add_option("--user-memory-mib", options.limits.user_memory_mib,
                   "memory that the boards of all jobs of a user may take together")
        ->check(CLI::PositiveNumber);
    app.add_option(
           "--machine-processes", options.limits.processes,
           "processes and threads that a user may have for the boards of a job to start any")
        ->check(CLI::PositiveNumber);
    app.add_option("--machine-open-files", options.limits.open_files,
                   "files and sockets that the boards of one job may have open")
        ->check(CLI::PositiveNumber);
    auto* const own = app.add_option("--cgroup", options.limits.cgroup,
                                     "folder of a cgroup v2 below which each user and job gets a "
                                     "group");
    app.add_option("--user-groups", options.limits.user_groups,
                   "folder of control groups, of version 2 or of one controller of version 1, in "
                   "which somebody else keeps one named as each user: boards go into their user's; "
                   "may be given several times")
        ->allow_extra_args(false)
        ->excludes(own);
}

void declare_options(CLI::App& app, spallocd::Options& options, std::string& log_level) {
    app.add_option("--bind", options.bind, "IP address to listen on")->capture_default_str();
    app.add_option("--port", options.port, "TCP port; 0 takes any free one")->capture_default_str();
    app.add_option("--socket", options.socket, "path of a Unix socket to listen on as well");
    app.add_option("--machine", options.machines,
                   "NAME=SIZE[;tags=a,b][;dead_boards=x,y,z:...][;dead_links=x,y,z,link:...]; SIZE "
                   "is triad, frame, cabinet, million or WxH in chips; may be given several times")
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--machine-program", options.machine_program,
                   "path of spinnlab-machine, which runs the boards of a job")
        ->capture_default_str();
    app.add_option("--exit-when-unused", options.exit_when_unused_s,
                   "end so many seconds after the last lease and the last job have gone")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--database", options.database,
                   "file in which jobs, quotas and usage are kept over a restart");
    app.add_flag("--shared", options.shared,
                 "serve all users of this computer, not only the one who starts it");
    app.add_option("--admin", options.admins,
                   "user who may see and do everything, beside root; may be given several times")
        ->allow_extra_args(false);
    app.add_option("--first-address", options.first_address,
                   "loopback address from which on boards get theirs")
        ->capture_default_str();
    app.add_option("--reuse-delay", options.scheduling.reuse_delay_s,
                   "seconds between switching boards off and handing them out again")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--overtake-limit", options.scheduling.overtake_limit_s,
                   "seconds for which later jobs may overtake one that does not fit yet")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--protocol-version", options.protocol_version,
                   "what clients are told when they ask for the version")
        ->capture_default_str();
    declare_sharing(app, options);
    app.add_option("--http", options.http.http_port,
                   "port on 127.0.0.1 of the HTTP service without TLS, for a proxy in front of it; "
                   "0 takes any free one");
    app.add_option("--https", options.http.https_port, "port on 127.0.0.1 of it with TLS");
    app.add_option("--http-socket", options.http.socket,
                   "path of a Unix socket of it, for a proxy that the same user runs")
        ->needs(app.add_option("--http-url", options.http.public_url,
                               "where its clients find it, such as "
                               "https://lab.example.org/spalloc, when that is not what their Host "
                               "header says"));
    app.add_option("--certificate", options.http.certificate, "PEM file of its certificate chain");
    app.add_option("--key", options.http.key, "PEM file of the certificate's key");
    app.add_option("--http-users", options.http.users,
                   "file of its users, mode 0600: NAME ROLE HASH [HASH] a line; with only "
                   "--http-socket an admin may open all sessions instead");
    app.add_option("--log-level", log_level, "debug, info, warn, err or off")
        ->check(CLI::IsMember({"debug", "info", "warn", "err", "off"}))
        ->capture_default_str();
    app.set_version_flag("--version", SPINNLAB_VERSION);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Hands out boards of SpiNNaker machines in software, by the spalloc protocol.",
                 "spallocd");
    spallocd::Options options;
    options.machine_program = machine_program_beside();
    std::string log_level = "info";
    declare_options(app, options, log_level);
    options.scheduling.cores = std::max(1U, std::thread::hardware_concurrency());
    bool hash_password = false;
    bool hash_token = false;
    app.add_flag("--hash-password", hash_password,
                 "only read a password from standard input and print its hash for --http-users");
    app.add_flag("--hash-token", hash_token, "the same for a bearer token");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    } catch (const spinnlab::Error& error) {
        fmt::print(stderr, "spallocd: {}\n", error.what());
        return kUsage;
    }
    spdlog::set_default_logger(spdlog::stderr_color_st("spallocd"));
    spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    spdlog::set_level(spdlog::level::from_str(log_level));
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
    raise_descriptor_limit();
    try {
        if (hash_password) return spallocd::print_password_hash();
        if (hash_token) return spallocd::print_token_hash();
        options.limits.shared = options.shared;
        spallocd::Daemon daemon(std::move(options));
        fmt::print("ready {}\n", daemon.port());
        if (daemon.http() != nullptr) {
            if (const auto port = daemon.http()->http_port()) fmt::print("http {}\n", *port);
            if (const auto port = daemon.http()->https_port()) fmt::print("https {}\n", *port);
        }
        std::fflush(stdout);
        daemon.run();
        return 0;
    } catch (const spinnlab::Error& error) {
        fmt::print(stderr, "spallocd: {}\n", error.what());
    } catch (const std::exception& error) {
        fmt::print(stderr, "spallocd: {}\n", error.what());
    }
    return kUsersMistake;
}
