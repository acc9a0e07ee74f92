// SPDX-License-Identifier: Apache-2.0
#include "daemon.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <type_traits>
#include <utility>

#include "clock.hpp"
#include "local_socket.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace alloc = spinnlab::alloc;
using boost::system::error_code;

/// What could not be stored is tried again after this time.
constexpr auto kStoreAgain = std::chrono::seconds(1);
constexpr auto kBetweenPrunings = std::chrono::hours(1);
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

/// Says why and closes, without waiting for what the client may have to say.
template <class Socket>
void refuse(Socket& socket, const std::string& host, bool shared) {
    spdlog::warn("a client at {} was refused: {}", host,
                 shared ? "its user is unknown" : "it is another user's");
    const std::string line = alloc::protocol::encode_exception(
        shared ? "spallocd serves the users of this computer; whose this connection is, cannot be "
                 "seen."
               : "this spallocd is another user's. Run one of your own.");
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(line), ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
    socket.close(ignored);
}

}  // namespace

Daemon::Daemon(Options options)
    : options_(std::move(options)),
      peers_(options_.shared, options_.admins),
      controller_(parse_all(options_.machines), options_.scheduling),
      job_machines_(context_, controller_, options_.machine_program, options_.first_address,
                    options_.limits, [this] { settle(); }),
      tcp_(context_),
      local_(context_),
      stop_signals_(context_, SIGTERM, SIGINT),
      deadline_timer_(context_),
      accept_timer_(context_),
      store_timer_(context_),
      prune_timer_(context_),
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
    // For everybody, or the owner alone.
    local_ = spallocd::listen_local(context_, options_.socket, options_.shared ? 0666 : 0600,
                                    "--socket");
}

void Daemon::restore() {
    if (options_.database.empty()) return;
    database_ = std::make_unique<Database>(options_.database);
    database_->prune(now().unix_s);
    const auto began = std::chrono::steady_clock::now();
    try {
        controller_.restore(database_->load(), now());
    } catch (const spinnlab::Error& error) {
        throw spinnlab::RunError(fmt::format("{}: {}", database_->path(), error.what()), {});
    }
    controller_.use_store(database_.get());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    spdlog::info("{} jobs taken over from {} in {:.3f} s", controller_.jobs().size(),
                 database_->path(), took.count());
    prune();
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
        std::optional<alloc::Caller> caller;
        if constexpr (std::is_same_v<Acceptor, Tcp::acceptor>) {
            error_code ignored;
            const auto client = socket.remote_endpoint(ignored);
            host = client.address().to_string();
            socket.set_option(Tcp::no_delay(true), ignored);
            caller = peers_.of_tcp(client, socket.local_endpoint(ignored));
        } else {
            caller = peers_.of_local(socket.native_handle());
        }
        if (caller) {
            welcome(std::move(socket), host, *caller);
        } else {
            refuse(socket, host, options_.shared);
        }
        accept(acceptor);
    });
}

void Daemon::welcome(Connection::Socket socket, const std::string& host,
                     const alloc::Caller& caller) {
    Connection::Callbacks callbacks;
    callbacks.changed = [this] { settle(); };
    callbacks.closed = [this](const std::shared_ptr<Connection>& connection) {
        connections_.erase(connection);
        settle();
    };
    auto connection = std::make_shared<Connection>(
        std::move(socket),
        alloc::protocol::Session(controller_, caller, host,
                                 {options_.protocol_version, port(), options_.shared, http_.get()}),
        fmt::format("client {} of {}", host, caller.user), std::move(callbacks));
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
    }
    settling_ = false;
    if (!store_failed_) store();
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

/// What has happened by itself; what a command does is stored before its answer.
void Daemon::store() {
    try {
        controller_.flush();
        if (store_failed_) spdlog::info("the data base can be written again");
        store_failed_ = false;
    } catch (const alloc::StorageError& error) {
        if (!store_failed_) spdlog::error("{}", error.what());
        store_failed_ = true;
        store_timer_.expires_after(kStoreAgain);
        store_timer_.async_wait([this](const error_code& cancelled) {
            if (!cancelled && !stopping_) store();
        });
    }
}

void Daemon::prune() {
    prune_timer_.expires_after(kBetweenPrunings);
    prune_timer_.async_wait([this](const error_code& error) {
        if (error || stopping_) return;
        try {
            database_->prune(now().unix_s);
        } catch (const alloc::StorageError& failed) {
            spdlog::error("{}", failed.what());
        }
        prune();
    });
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
    store();
    store_timer_.cancel();
    prune_timer_.cancel();
    error_code ignored;
    tcp_.close(ignored);
    if (http_) http_->close();
    const std::vector<std::shared_ptr<Connection>> open(connections_.begin(), connections_.end());
    for (const auto& connection : open) connection->close();
    job_machines_.shut_down([this] { context_.stop(); });
}

}  // namespace spallocd
