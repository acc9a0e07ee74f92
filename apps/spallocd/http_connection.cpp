// SPDX-License-Identifier: Apache-2.0
#include "http_connection.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "clock.hpp"
#include "http_websocket.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace rest = spinnlab::alloc::rest;
using boost::system::error_code;
using spinnlab::alloc::Changes;

constexpr std::uint32_t kLargestHead_bytes = 16u << 10;
constexpr std::size_t kLongestPeer = 64;  ///< characters of an address
constexpr auto kHandshake = std::chrono::seconds(10);
constexpr auto kHead = std::chrono::seconds(30);   ///< also how long a connection may idle
constexpr auto kBody = std::chrono::seconds(30);   ///< of the usual size
constexpr auto kData = std::chrono::seconds(300);  ///< of the largest size
constexpr auto kFarewell = std::chrono::seconds(2);
constexpr auto kWrite = std::chrono::seconds(300);

using PlainStream = beast::tcp_stream;
using LocalStream = beast::basic_stream<asio::local::stream_protocol>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class HttpConnection : public HttpClient,
                       public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
    static constexpr bool kSecure = std::is_same_v<Stream, TlsStream>;
    static constexpr bool kLocal = std::is_same_v<Stream, LocalStream>;

    HttpConnection(HttpServer& server, Stream stream)
        : server_(server), stream_(std::move(stream)), wait_timer_(server.context()) {
        if constexpr (!kLocal) {
            error_code ignored;
            const auto& socket = beast::get_lowest_layer(stream_).socket();
            peer_ = socket.remote_endpoint(ignored).address().to_string(ignored);
        }
    }

    void start() {
        if constexpr (kSecure) {
            beast::get_lowest_layer(stream_).expires_after(kHandshake);
            stream_.async_handshake(asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](error_code error) {
                                        if (error) {
                                            self->close();
                                        } else {
                                            self->read_head();
                                        }
                                    });
        } else {
            read_head();
        }
    }

    void notify(const Changes& changes) override {
        if (waits_for_ && waits_for_->ends_with(changes)) stop_waiting();
    }

    /// Each request is looked at anew, one that waits when it is asked again.
    void sessions_closed() override { stop_waiting(); }

    void close() override {
        if (std::exchange(closed_, true)) return;
        wait_timer_.cancel();
        error_code ignored;
        beast::get_lowest_layer(stream_).socket().close(ignored);
        server_.left(this->shared_from_this());
    }

 private:
    void read_head() {
        parser_.emplace();
        parser_->header_limit(kLargestHead_bytes);
        parser_->body_limit(rest::kLargestData_bytes);
        beast::get_lowest_layer(stream_).expires_after(kHead);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = this->shared_from_this()](error_code error, std::size_t) {
                                    if (!self->closed_) self->took_head(error);
                                });
    }

    void took_head(error_code error) {
        if (error) {
            not_read(error);
            return;
        }
        const auto& head = parser_->get();
        request_ = {};
        request_.method = std::string(head.method_string());
        request_.target = std::string(head.target());
        request_.host = only(http::field::host);
        request_.authorization = only(http::field::authorization);
        request_.cookie = only(http::field::cookie);
        request_.content_type = only(http::field::content_type);
        request_.csrf = only_named(rest::kCsrfHeader);
        if constexpr (kLocal) peer_ = named_by_proxy();
        request_.peer = peer_;
        request_.secure = kSecure;
        if (beast::websocket::is_upgrade(head)) {
            upgrade();
            return;
        }
        const std::size_t limit = server_.service().body_limit(request_, now());
        if (parser_->content_length().value_or(0) > limit) {
            give_up(rest::Status::TooLarge,
                    fmt::format("a body of {} bytes; at most {} are taken here",
                                parser_->content_length().value_or(0), limit));
            return;
        }
        parser_->body_limit(limit);
        beast::get_lowest_layer(stream_).expires_after(limit > rest::kLargestBody_bytes ? kData
                                                                                        : kBody);
        if (beast::iequals(head[http::field::expect], "100-continue")) {
            go_on();
        } else {
            read_body();
        }
    }

    /// The value of a header that is there once; "" for none, and for several no value that is
    /// right.
    std::string only(http::field name) const {
        const auto& head = parser_->get();
        return head.count(name) == 1 ? std::string(head[name]) : std::string();
    }
    std::string only_named(const char* name) const {
        const auto& head = parser_->get();
        return head.count(name) == 1 ? std::string(head[name]) : std::string();
    }

    /// The proxy at the other end of a Unix socket adds the address of whoever asked it behind what
    /// that one may have claimed.
    std::string named_by_proxy() const {
        const std::string all = only_named("X-Forwarded-For");
        const std::size_t last = all.find_last_of(", ");
        const std::string name = last == std::string::npos ? all : all.substr(last + 1);
        return name.empty() || name.size() > kLongestPeer ? "local" : name;
    }

    void go_on() {
        continue_ = {http::status::continue_, 11};
        http::async_write(stream_, continue_,
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (self->closed_) return;
                              if (error) {
                                  self->close();
                              } else {
                                  self->read_body();
                              }
                          });
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_,
                         [self = this->shared_from_this()](error_code error, std::size_t) {
                             if (self->closed_) return;
                             if (error) {
                                 self->not_read(error);
                                 return;
                             }
                             self->request_.body = std::move(self->parser_->get().body());
                             self->answer(true);
                         });
    }

    /// Reading went wrong: the client is told, if it can be, and left.
    void not_read(error_code error) {
        const std::string category = error.category().name();
        if (error == http::error::body_limit) {
            give_up(rest::Status::TooLarge, "the body is too long");
        } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
            give_up(rest::Status::BadRequest,
                    fmt::format("a head of more than {} bytes", kLargestHead_bytes));
        } else if (category == "beast.http" && error != http::error::end_of_stream &&
                   error != http::error::partial_message) {
            give_up(rest::Status::BadRequest, "this is no HTTP: " + error.message());
        } else {
            close();  // it has gone, or was too slow
        }
    }

    void give_up(rest::Status status, const std::string& text) {
        last_ = true;
        respond(rest::error_response(status, text));
    }

    // --- answers ------------------------------------------------------------------------------

    void answer(bool may_wait) {
        rest::Answer answer = server_.service().answer(request_, now(), may_wait);
        std::visit([this](auto& what) { this->act(what); }, answer);
        server_.changed();
    }

    void act(rest::Response& response) {
        if (!response.user.empty() && request_.method != "GET" &&
            !std::string_view(request_.target).ends_with("/keepalive")) {
            spdlog::info("{}: {} {}: {}", response.user, request_.method, quoted(request_.target),
                         static_cast<unsigned>(response.status));
        }
        respond(std::move(response));
    }

    /// What somebody sent, fit for a line of the log.
    static std::string quoted(const std::string& text) {
        return rest::json(text).dump(-1, ' ', true, rest::json::error_handler_t::replace);
    }

    void act(rest::Wait& wait) {
        waits_for_ = wait;
        beast::get_lowest_layer(stream_).expires_never();
        wait_timer_.expires_after(std::chrono::seconds(static_cast<int>(rest::kLongestWait_s)));
        wait_timer_.async_wait([self = this->shared_from_this()](error_code error) {
            if (!error && !self->closed_) self->stop_waiting();
        });
    }

    void stop_waiting() {
        if (!std::exchange(waits_for_, std::nullopt)) return;
        wait_timer_.cancel();
        // Not from within the round that tells of the changes.
        asio::post(server_.context(), [self = this->shared_from_this()] {
            if (!self->closed_) self->answer(false);
        });
    }

    void act(rest::PasswordCheck& check) {
        beast::get_lowest_layer(stream_).expires_never();
        const bool taken =
            server_.check_password(check, [self = this->shared_from_this(), check](bool right) {
                if (self->closed_) return;
                spdlog::info("sign-in of {} from {}: {}", quoted(check.name), self->peer_,
                             right ? "good" : "refused");
                self->respond(self->server_.service().login_done(check, right, now()));
            });
        if (!taken) respond(server_.service().login_untried(check));
    }

    void act(rest::BoardWork& work) {
        beast::get_lowest_layer(stream_).expires_never();
        rest::BoardWork head = work;
        head.data.clear();
        head.places.clear();
        request_.body.clear();
        const bool taken = server_.exchange(std::move(work), [self = this->shared_from_this(),
                                                              head = std::move(head)](
                                                                 BoardExchange::Outcome outcome) {
            if (self->closed_) return;
            self->respond(outcome.good
                              ? rest::Service::boards_done(head, std::move(outcome.data))
                              : rest::error_response(outcome.refusal.status, outcome.refusal.text));
        });
        if (!taken) {
            respond(rest::error_response(rest::Status::Unavailable,
                                         "too many transfers at once; try again in a second"));
        }
    }

    void respond(rest::Response told) {
        response_ = {};
        response_.result(static_cast<unsigned>(told.status));
        response_.version(11);
        for (const auto& [name, value] : told.headers) response_.insert(name, value);
        if (!told.type.empty()) response_.set(http::field::content_type, told.type);
        response_.set(http::field::cache_control, "no-store");
        response_.set("X-Content-Type-Options", "nosniff");
        response_.set("Referrer-Policy", "no-referrer");
        response_.set("Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                      "frame-ancestors 'none'");
        // Browsers hold a host to this at all of its ports, so never a laptop's localhost.
        if (server_.service().strict_transport()) {
            response_.set("Strict-Transport-Security", "max-age=31536000");
        }
        if (told.status == rest::Status::Unauthorized) {
            response_.set(http::field::www_authenticate, "Bearer");
        }
        const bool keep = !last_ && parser_->is_done() && parser_->get().keep_alive();
        response_.keep_alive(keep);
        response_.body() = std::move(told.body);
        response_.prepare_payload();
        if (told.status == rest::Status::NoContent) response_.erase(http::field::content_length);
        beast::get_lowest_layer(stream_).expires_after(kWrite);
        http::async_write(stream_, response_,
                          [self = this->shared_from_this(), keep](error_code error, std::size_t) {
                              if (self->closed_) return;
                              if (error || !keep) {
                                  self->finish(error);
                              } else {
                                  self->read_head();
                              }
                          });
    }

    /// Says goodbye in TLS, then waits a little for the client to have read the answer: closed at
    /// once, with something unread, the connection would be reset under it.
    void finish(error_code error) {
        if (error) {
            close();
            return;
        }
        beast::get_lowest_layer(stream_).expires_after(kFarewell);
        if constexpr (kSecure) {
            stream_.async_shutdown([self = this->shared_from_this()](error_code) {
                if (!self->closed_) self->linger();
            });
        } else {
            linger();
        }
    }

    void linger() {
        error_code ignored;
        auto& tcp = beast::get_lowest_layer(stream_);
        tcp.socket().shutdown(asio::socket_base::shutdown_send, ignored);
        buffer_.clear();
        tcp.async_read_some(buffer_.prepare(kLargestHead_bytes),
                            [self = this->shared_from_this()](error_code error, std::size_t) {
                                if (self->closed_) return;
                                if (error) {
                                    self->close();
                                } else {
                                    self->linger();
                                }
                            });
    }

    void upgrade() {
        const rest::Upgrade upgrade = server_.service().upgrade(request_, now());
        if (const auto* refusal = std::get_if<rest::Response>(&upgrade)) {
            last_ = true;
            respond(*refusal);
            return;
        }
        typename HttpWebSocket<Stream>::Grant grant;
        if (const auto* events = std::get_if<rest::EventsGrant>(&upgrade)) grant = *events;
        if (const auto* proxy = std::get_if<rest::ProxyGrant>(&upgrade)) grant = *proxy;
        auto socket =
            std::make_shared<HttpWebSocket<Stream>>(server_, std::move(stream_), std::move(grant));
        server_.became(this->shared_from_this(), socket);
        closed_ = true;
        socket->start(parser_->release());
    }

    HttpServer& server_;
    Stream stream_;
    std::string peer_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    rest::Request request_;
    http::response<http::string_body> response_;
    http::response<http::empty_body> continue_;
    std::optional<rest::Wait> waits_for_;
    asio::steady_timer wait_timer_;
    bool last_ = false;  ///< the connection ends with the answer
    bool closed_ = false;
};

}  // namespace

std::shared_ptr<HttpClient> start_http(HttpServer& server, asio::ip::tcp::socket socket) {
    auto connection =
        std::make_shared<HttpConnection<PlainStream>>(server, PlainStream(std::move(socket)));
    connection->start();
    return connection;
}

std::shared_ptr<HttpClient> start_local(HttpServer& server,
                                        asio::local::stream_protocol::socket socket) {
    auto connection =
        std::make_shared<HttpConnection<LocalStream>>(server, LocalStream(std::move(socket)));
    connection->start();
    return connection;
}

std::shared_ptr<HttpClient> start_https(HttpServer& server, asio::ip::tcp::socket socket,
                                        asio::ssl::context& tls) {
    auto connection = std::make_shared<HttpConnection<TlsStream>>(
        server, TlsStream(PlainStream(std::move(socket)), tls));
    connection->start();
    return connection;
}

}  // namespace spallocd
