// SPDX-License-Identifier: Apache-2.0
// Ties sockets, processes and time to the allocator. One thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connection.hpp"
#include "database.hpp"
#include "http_server.hpp"
#include "job_machines.hpp"
#include "peer.hpp"
#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/topology.hpp"

namespace spallocd {

struct Options {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 22244;  ///< 0: any free one
    std::string socket;          ///< path of a Unix socket; empty: none
    std::vector<std::string> machines = {"spinnlab=cabinet"};  ///< see alloc::parse_installation
    std::string machine_program;                               ///< path of spinnlab-machine
    std::optional<double> exit_when_unused_s;
    std::string database;  ///< empty: jobs end with the daemon
    bool shared = false;  ///< serves all users of the computer; else the one that runs it, and root
    std::vector<std::string> admins;  ///< names of users who may do everything
    Limits limits;
    std::string first_address = "127.32.0.1";
    std::string protocol_version = spinnlab::alloc::protocol::kProtocolVersion;
    spinnlab::alloc::ControllerOptions scheduling;
    HttpOptions http;
};

class Daemon {
 public:
    /// Binds everything; throws a spinnlab::Error that says what is in use, missing or wrong.
    explicit Daemon(Options options);
    ~Daemon();

    [[nodiscard]] std::uint16_t port() const;
    /// Null without the HTTP service.
    [[nodiscard]] const HttpServer* http() const { return http_.get(); }
    /// Serves until SIGTERM or SIGINT, or until nobody has used it for the time given.
    void run();

 private:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;

    void listen_tcp();
    void listen_local();
    void restore();
    void await_stop();
    template <class Acceptor>
    void accept(Acceptor& acceptor);
    void welcome(Connection::Socket socket, const std::string& host,
                 const spinnlab::alloc::Caller& caller);

    void settle();
    void await_deadline();
    void store();
    void prune();
    void watch_use();
    void stop(const std::string& why);

    Options options_;
    boost::asio::io_context context_{1};
    Peers peers_;
    std::unique_ptr<Database> database_;
    spinnlab::alloc::Controller controller_;
    JobMachines job_machines_;
    Tcp::acceptor tcp_;
    Local::acceptor local_;
    boost::asio::signal_set stop_signals_;
    boost::asio::steady_timer deadline_timer_;
    boost::asio::steady_timer accept_timer_;
    boost::asio::steady_timer store_timer_;
    boost::asio::steady_timer prune_timer_;
    boost::asio::steady_timer unused_timer_;
    std::set<std::shared_ptr<Connection>> connections_;
    std::unique_ptr<HttpServer> http_;
    bool store_failed_ = false;
    bool unused_pending_ = false;
    bool settling_ = false;
    bool stopping_ = false;
};

}  // namespace spallocd
