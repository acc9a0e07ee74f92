// SPDX-License-Identifier: Apache-2.0
// The HTTP service's sockets: who is connected, what takes its time for them. The answers are
// alloc::rest::Service's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "board_exchange.hpp"
#include "http_options.hpp"
#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/http_sessions.hpp"
#include "spinnlab/alloc/rest/service.hpp"

namespace spallocd {

/// A connection, before or after it has become a WebSocket.
class HttpClient {
 public:
    HttpClient() = default;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    virtual ~HttpClient() = default;
    virtual void notify(const spinnlab::alloc::Changes& changes) = 0;
    /// Some sessions have been closed, perhaps the one that let this connection in.
    virtual void sessions_closed() = 0;
    virtual void close() = 0;
};

class HttpServer : public spinnlab::alloc::protocol::HttpSessions {
 public:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;
    using Response = spinnlab::alloc::rest::Response;

    /// Reads the files and binds the ports, on 127.0.0.1, and the Unix socket; throws a
    /// spinnlab::Error that says what is wrong. `changed` is called when the controller may have
    /// something to do. `context` and `controller`, restored, must outlive the object.
    HttpServer(boost::asio::io_context& context, spinnlab::alloc::Controller& controller,
               const HttpOptions& options, std::function<void()> changed);
    ~HttpServer() override;

    void start();
    /// To be called with all changes of the controller.
    void notify(const spinnlab::alloc::Changes& changes);
    void close();

    [[nodiscard]] std::optional<std::uint16_t> http_port() const;
    [[nodiscard]] std::optional<std::uint16_t> https_port() const;

    // Sessions that an admin opens for somebody.

    std::string open(const spinnlab::alloc::Caller& by, const std::string& account,
                     const std::string& label, double lifetime_s) override;
    void close_labelled(const std::string& label) override;
    void close_of(const std::string& account) override;

    // For its connections.

    [[nodiscard]] spinnlab::alloc::rest::Service& service() { return service_; }
    [[nodiscard]] spinnlab::alloc::Controller& controller() { return controller_; }
    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    void changed() { changed_(); }
    void left(const std::shared_ptr<HttpClient>& client);
    /// A connection has become a WebSocket.
    void became(const std::shared_ptr<HttpClient>& before, std::shared_ptr<HttpClient> after);
    /// In another thread, as it takes a tenth of a second; `done` is called in this one. False when
    /// too many wait already.
    [[nodiscard]] bool check_password(const spinnlab::alloc::rest::PasswordCheck& check,
                                      std::function<void(bool right)> done);
    /// False, and `done` is not called, when too many are under way.
    [[nodiscard]] bool exchange(spinnlab::alloc::rest::BoardWork work, BoardExchange::Done done);

 private:
    void listen(Tcp::acceptor& acceptor, std::uint16_t port, const char* option);
    /// `welcome` makes a client of a socket.
    template <class Acceptor, class Welcome>
    void accept(Acceptor& acceptor, Welcome welcome);
    void tell_sessions_closed();

    boost::asio::io_context& context_;
    spinnlab::alloc::Controller& controller_;
    std::function<void()> changed_;
    spinnlab::alloc::rest::Service service_;
    std::optional<boost::asio::ssl::context> tls_;
    Tcp::acceptor http_;
    Tcp::acceptor https_;
    Local::acceptor local_;
    std::string local_path_;
    boost::asio::thread_pool hashing_{1};
    int hashes_waiting_ = 0;
    std::set<std::shared_ptr<HttpClient>> clients_;
    std::set<std::shared_ptr<BoardExchange>> exchanges_;
    bool closed_ = false;
};

}  // namespace spallocd
