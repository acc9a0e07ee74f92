// SPDX-License-Identifier: Apache-2.0
#include "daemon.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <type_traits>
#include <utility>

#include "clock.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace alloc = spinnlab::alloc;
using boost::system::error_code;

/// Changes within this time are saved together; a daemon killed with -9 loses no more than that.
constexpr auto kSaveDelay = std::chrono::milliseconds(50);
/// Pause after a connection could not be accepted, for lack of descriptors for example.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
/// Keep-alives are looked at no less often than this, whatever the clocks do.
constexpr double kLongestLook_s = 1.0;

std::vector<alloc::InstallationSpec> parse_all(const std::vector<std::string>& machines) {
    std::vector<alloc::InstallationSpec> specs;
    for (const std::string& text : machines) specs.push_back(alloc::parse_installation(text));
    return specs;
}

std::chrono::steady_clock::duration seconds(double value) {
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(value));
}

/// Whether somebody listens on a Unix socket; a path that a killed daemon left behind is dead.
bool answers(const std::string& path) {
    asio::io_context context;
    asio::local::stream_protocol::socket probe(context);
    error_code error;
    probe.connect(path, error);
    return !error;
}

}  // namespace

Daemon::Daemon(Options options)
    : options_(std::move(options)),
      controller_(parse_all(options_.machines), options_.scheduling),
      job_machines_(context_, controller_, options_.machine_program, options_.first_address,
                    [this] { settle(); }),
      tcp_(context_),
      local_(context_),
      stop_signals_(context_, SIGTERM, SIGINT),
      deadline_timer_(context_),
      accept_timer_(context_),
      save_timer_(context_),
      unused_timer_(context_) {
    if (access(options_.machine_program.c_str(), X_OK) != 0) {
        throw spinnlab::RunError(fmt::format("the program {} cannot be run: {}",
                                             options_.machine_program, strerror(errno)),
                                 "Name spinnlab-machine with --machine-program.");
    }
    listen_tcp();
    listen_local();
    restore();
    if (options_.http.wanted()) {
        http_ = std::make_unique<HttpServer>(context_, controller_, options_.http,
                                             [this] { settle(); });
    }
}

Daemon::~Daemon() {
    if (local_.is_open()) unlink(options_.socket.c_str());
}

std::uint16_t Daemon::port() const { return tcp_.local_endpoint().port(); }

void Daemon::listen_tcp() {
    error_code error;
    const auto address = asio::ip::make_address(options_.bind, error);
    if (error) {
        throw spinnlab::RunError(fmt::format("\"{}\" is no IP address", options_.bind),
                                 "Give one such as 127.0.0.1 with --bind.");
    }
    const Tcp::endpoint endpoint(address, options_.port);
    tcp_.open(endpoint.protocol());
    tcp_.set_option(Tcp::acceptor::reuse_address(true));
    tcp_.bind(endpoint, error);
    if (!error) tcp_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        throw spinnlab::RunError(
            fmt::format("cannot listen on {} port {}: {}", options_.bind, options_.port,
                        error == asio::error::address_in_use
                            ? "it is in use, perhaps by another spallocd"
                            : error.message()),
            "Use the one that runs, or choose another port with --port.");
    }
}

void Daemon::listen_local() {
    if (options_.socket.empty()) return;
    struct stat status{};
    const bool there = lstat(options_.socket.c_str(), &status) == 0;
    if (there && (!S_ISSOCK(status.st_mode) || answers(options_.socket))) {
        throw spinnlab::RunError(
            fmt::format("the socket {} is in use, perhaps by another spallocd", options_.socket),
            "Use the one that runs, or choose another path with --socket.");
    }
    if (there) unlink(options_.socket.c_str());
    error_code error;
    Local::acceptor acceptor(context_);
    const mode_t before = umask(0177);  // for the owner alone
    try {
        const Local::endpoint endpoint(options_.socket);
        acceptor.open(endpoint.protocol());
        acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    } catch (const boost::system::system_error& too_long) {
        error = too_long.code();
    }
    umask(before);
    if (error) {
        throw spinnlab::RunError(
            fmt::format("cannot listen on the socket {}: {}", options_.socket, error.message()),
            "Choose another path with --socket.");
    }
    local_ = std::move(acceptor);
}

void Daemon::restore() {
    if (options_.state_file.empty()) return;
    state_file_ = std::make_unique<StateFile>(options_.state_file);
    const auto text = state_file_->read();
    if (!text) return;
    try {
        controller_.restore(*text, now());
    } catch (const spinnlab::AllocationError& error) {
        throw spinnlab::RunError(fmt::format("{}: {}", state_file_->path(), error.what()), {});
    }
    spdlog::info("{} jobs taken over from {}", controller_.jobs().size(), state_file_->path());
}

void Daemon::run() {
    await_stop();
    accept(tcp_);
    if (local_.is_open()) accept(local_);
    if (http_) http_->start();
    settle();
    context_.run();
}

void Daemon::await_stop() {
    stop_signals_.async_wait([this](const error_code& error, int number) {
        if (!error) stop(fmt::format("signal {}", number));
    });
}

template <class Acceptor>
void Daemon::accept(Acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](const error_code& error,
                                            typename Acceptor::protocol_type::socket socket) {
        if (stopping_) return;
        if (error) {
            spdlog::warn("a connection was not accepted: {}", error.message());
            accept_timer_.expires_after(kAcceptPause);
            accept_timer_.async_wait([this, &acceptor](const error_code& cancelled) {
                if (!cancelled && !stopping_) accept(acceptor);
            });
            return;
        }
        std::string host = "local";
        if constexpr (std::is_same_v<Acceptor, Tcp::acceptor>) {
            error_code ignored;
            host = socket.remote_endpoint(ignored).address().to_string();
            socket.set_option(Tcp::no_delay(true), ignored);
        }
        welcome(std::move(socket), host);
        accept(acceptor);
    });
}

void Daemon::welcome(Connection::Socket socket, const std::string& host) {
    Connection::Callbacks callbacks;
    callbacks.changed = [this] { settle(); };
    callbacks.closed = [this](const std::shared_ptr<Connection>& connection) {
        connections_.erase(connection);
        settle();
    };
    auto connection = std::make_shared<Connection>(
        std::move(socket), alloc::protocol::Session(controller_, host, options_.protocol_version),
        "client " + host, std::move(callbacks));
    connections_.insert(connection);
    connection->start();
}

/// After anything that may have changed the controller: carries out its orders, tells the clients,
/// and looks when it has to be called next.
void Daemon::settle() {
    if (settling_ || stopping_) return;
    settling_ = true;
    while (true) {  // carrying out and telling may both lead to more
        const std::vector<alloc::PowerOrder> orders = controller_.take_orders();
        const alloc::Changes changes = controller_.take_changes();
        if (orders.empty() && changes.empty()) break;
        for (const alloc::PowerOrder& order : orders) {
            spdlog::info("job {}: {}", order.job,
                         order.on ? "power on" : (order.for_good ? "destroyed" : "power off"));
            job_machines_.carry_out(order);
        }
        const std::vector<std::shared_ptr<Connection>> told(connections_.begin(),
                                                            connections_.end());
        for (const auto& connection : told) connection->notify(changes);
        if (http_) http_->notify(changes);
        save_soon();
    }
    settling_ = false;
    await_deadline();
    watch_use();
}

void Daemon::await_deadline() {
    const auto next = controller_.next_deadline_s();
    if (!next) {
        deadline_timer_.cancel();
        return;
    }
    const double wait_s = std::clamp(*next - now().monotonic_s, 0.0, kLongestLook_s);
    deadline_timer_.expires_after(seconds(wait_s));
    deadline_timer_.async_wait([this](const error_code& error) {
        if (error || stopping_) return;
        controller_.advance(now());
        settle();
    });
}

void Daemon::save_soon() {
    if (!state_file_ || save_pending_) return;
    save_pending_ = true;
    save_timer_.expires_after(kSaveDelay);
    save_timer_.async_wait([this](const error_code& error) {
        save_pending_ = false;
        if (!error && !stopping_) save();
    });
}

void Daemon::save() {
    try {
        state_file_->write(controller_.save());
    } catch (const spinnlab::RunError& error) {
        spdlog::error("{}", error.what());
    }
}

void Daemon::watch_use() {
    if (!options_.exit_when_unused_s) return;
    if (controller_.in_use()) {
        unused_timer_.cancel();
        unused_pending_ = false;
    } else if (!unused_pending_) {
        unused_pending_ = true;
        unused_timer_.expires_after(seconds(*options_.exit_when_unused_s));
        unused_timer_.async_wait([this](const error_code& error) {
            if (!error && !controller_.in_use()) stop("nobody uses it");
        });
    }
}

void Daemon::stop(const std::string& why) {
    if (stopping_) return;
    stopping_ = true;
    spdlog::info("stopping: {}", why);
    if (state_file_) save();
    error_code ignored;
    tcp_.close(ignored);
    if (http_) http_->close();
    const std::vector<std::shared_ptr<Connection>> open(connections_.begin(), connections_.end());
    for (const auto& connection : open) connection->close();
    job_machines_.shut_down([this] { context_.stop(); });
}

}  // namespace spallocd
