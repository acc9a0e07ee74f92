// SPDX-License-Identifier: Apache-2.0
#include "http_server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <type_traits>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "http_connection.hpp"
#include "local_socket.hpp"
#include "peer.hpp"
#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace rest = spinnlab::alloc::rest;
using boost::system::error_code;

constexpr std::size_t kMostClients = 512;
/// Each may hold the memory of a chip.
constexpr std::size_t kMostExchanges = 64;
constexpr spinnlab::alloc::UserId kRoot = 0;
constexpr int kMostHashesWaiting = 100;  ///< a class that signs in at once
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

rest::Users users_of(const HttpOptions& options) {
    if (options.users.empty()) {
        // Behind the socket is a proxy of whoever runs us; they let people in by themselves.
        if (!options.http_port && !options.https_port) return {};
        throw spinnlab::RunError("the HTTP service has no users",
                                 "Name their file with --http-users.");
    }
    return rest::Users::parse(read_users_file(options.users), options.users);
}

asio::ssl::context tls_of(const HttpOptions& options) {
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                    asio::ssl::context::no_tlsv1_1);
    if (options.certificate.empty() || options.key.empty()) {
        throw spinnlab::RunError("--https needs a certificate",
                                 "Name its PEM files with --certificate and --key.");
    }
    require_private(options.key);
    error_code error;
    tls.use_certificate_chain_file(options.certificate, error);
    if (!error) tls.use_private_key_file(options.key, asio::ssl::context::pem, error);
    if (error) {
        throw spinnlab::RunError(fmt::format("{} and {} are no certificate and its key: {}",
                                             options.certificate, options.key, error.message()),
                                 "Give PEM files that belong together.");
    }
    return tls;
}

}  // namespace

HttpServer::HttpServer(asio::io_context& context, spinnlab::alloc::Controller& controller,
                       const HttpOptions& options, std::function<void()> changed)
    : context_(context),
      controller_(controller),
      changed_(std::move(changed)),
      service_(controller, users_of(options), options.public_url),
      http_(context),
      https_(context),
      local_(context) {
    if (options.http_port) listen(http_, *options.http_port, "--http");
    if (options.https_port) {
        tls_ = tls_of(options);
        listen(https_, *options.https_port, "--https");
    }
    if (!options.socket.empty()) {
        local_ = listen_local(context, options.socket, 0600, "--http-socket");
        local_path_ = options.socket;
    }
}

HttpServer::~HttpServer() {
    hashing_.join();
    if (!local_path_.empty()) unlink(local_path_.c_str());
}

void HttpServer::listen(Tcp::acceptor& acceptor, std::uint16_t port, const char* option) {
    error_code error;
    const Tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(Tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        throw spinnlab::RunError(
            fmt::format("cannot listen on 127.0.0.1 port {}: {}", port, error.message()),
            fmt::format("Choose another port with {}.", option));
    }
}

std::optional<std::uint16_t> HttpServer::http_port() const {
    return http_.is_open() ? std::optional(http_.local_endpoint().port()) : std::nullopt;
}

std::optional<std::uint16_t> HttpServer::https_port() const {
    return https_.is_open() ? std::optional(https_.local_endpoint().port()) : std::nullopt;
}

void HttpServer::start() {
    if (http_.is_open()) {
        accept(http_, [this](Tcp::socket socket) { return start_http(*this, std::move(socket)); });
    }
    if (https_.is_open()) {
        accept(https_,
               [this](Tcp::socket socket) { return start_https(*this, std::move(socket), *tls_); });
    }
    if (local_.is_open()) {
        accept(local_,
               [this](Local::socket socket) { return start_local(*this, std::move(socket)); });
    }
}

/// One connection after the other; each acceptor that fails waits with a timer of its own.
template <class Acceptor, class Welcome>
void HttpServer::accept(Acceptor& acceptor, Welcome welcome) {
    acceptor.async_accept([this, &acceptor, welcome](
                              const error_code& error,
                              typename Acceptor::protocol_type::socket socket) {
        if (closed_) return;
        if (error) {
            spdlog::warn("an HTTP connection was not accepted: {}", error.message());
            auto pause = std::make_shared<asio::steady_timer>(context_, kAcceptPause);
            pause->async_wait([this, &acceptor, welcome, pause](const error_code& cancelled) {
                if (!cancelled && !closed_) accept(acceptor, welcome);
            });
            return;
        }
        if constexpr (std::is_same_v<Acceptor, Tcp::acceptor>) {
            error_code ignored;
            socket.set_option(Tcp::no_delay(true), ignored);
        }
        if (clients_.size() < kMostClients) {
            clients_.insert(welcome(std::move(socket)));
        } else {
            spdlog::warn("an HTTP connection was closed: there are {} already", clients_.size());
        }
        accept(acceptor, welcome);
    });
}

std::string HttpServer::open(const spinnlab::alloc::Caller& by, const std::string& account,
                             const std::string& label, double lifetime_s) {
    const auto uid = user_id(account);
    if (!uid) {
        throw spinnlab::AllocationError(fmt::format("this computer has no account {}", account),
                                        "Make the account first.");
    }
    // Boards run as the account: an admin whom --admin names must not become root by a session.
    if (by.uid != kRoot && by.uid != geteuid() && by.uid != *uid) {
        throw spinnlab::alloc::AccessError(
            fmt::format("{} cannot become {}", by.user, account),
            "Only root and the user who runs spallocd open sessions for others.");
    }
    return service_.open_session({account, rest::Role::User, *uid}, label, lifetime_s, now());
}

void HttpServer::close_labelled(const std::string& label) {
    service_.close_sessions(label);
    tell_sessions_closed();
}

void HttpServer::close_of(const std::string& account) {
    if (const auto uid = user_id(account)) service_.close_sessions_of(*uid);
    tell_sessions_closed();
}

void HttpServer::tell_sessions_closed() {
    const std::vector<std::shared_ptr<HttpClient>> clients(clients_.begin(), clients_.end());
    for (const auto& client : clients) client->sessions_closed();
}

void HttpServer::left(const std::shared_ptr<HttpClient>& client) { clients_.erase(client); }

void HttpServer::became(const std::shared_ptr<HttpClient>& before,
                        std::shared_ptr<HttpClient> after) {
    clients_.erase(before);
    clients_.insert(std::move(after));
}

bool HttpServer::check_password(const rest::PasswordCheck& check,
                                std::function<void(bool right)> done) {
    if (hashes_waiting_ >= kMostHashesWaiting) return false;
    ++hashes_waiting_;
    asio::post(hashing_, [this, password = check.password, hash = check.hash,
                          done = std::move(done)]() mutable {
        const bool right = rest::password_matches(password, hash);
        asio::post(context_, [this, right, done = std::move(done)] {
            --hashes_waiting_;
            done(right);
        });
    });
    return true;
}

bool HttpServer::exchange(rest::BoardWork work, BoardExchange::Done done) {
    if (exchanges_.size() >= kMostExchanges) return false;
    auto slot = std::make_shared<std::weak_ptr<BoardExchange>>();
    auto exchange = std::make_shared<BoardExchange>(
        context_, std::move(work),
        [this, slot, done = std::move(done)](BoardExchange::Outcome outcome) {
            exchanges_.erase(slot->lock());
            done(std::move(outcome));
        });
    *slot = exchange;
    exchanges_.insert(exchange);
    exchange->start();
    return true;
}

void HttpServer::notify(const spinnlab::alloc::Changes& changes) {
    service_.note(changes, now());
    const std::vector<std::shared_ptr<BoardExchange>> exchanges(exchanges_.begin(),
                                                                exchanges_.end());
    for (const auto& exchange : exchanges) {
        const spinnlab::alloc::JobId job = exchange->job();
        if (!changes.jobs.contains(job) || controller_.jobs().contains(job)) continue;
        exchange->cancel({rest::Status::Gone, fmt::format("job {} was destroyed meanwhile", job)});
    }
    const std::vector<std::shared_ptr<HttpClient>> clients(clients_.begin(), clients_.end());
    for (const auto& client : clients) client->notify(changes);
}

void HttpServer::close() {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    http_.close(ignored);
    https_.close(ignored);
    local_.close(ignored);
    const std::vector<std::shared_ptr<BoardExchange>> exchanges(exchanges_.begin(),
                                                                exchanges_.end());
    for (const auto& exchange : exchanges) {
        exchange->cancel({rest::Status::Unavailable, "the allocator is stopping"});
    }
    const std::vector<std::shared_ptr<HttpClient>> clients(clients_.begin(), clients_.end());
    for (const auto& client : clients) client->close();
}

}  // namespace spallocd
