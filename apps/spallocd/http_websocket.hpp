// SPDX-License-Identifier: Apache-2.0
// A connection that has become a WebSocket: datagrams of a job's boards, or events.
#pragma once

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "clock.hpp"
#include "http_server.hpp"
#include "proxy_channels.hpp"

namespace spallocd {

/// A datagram of the largest size, and its head.
inline constexpr std::size_t kLargestFrame_bytes = 66'000;
/// From here on a slow client's datagrams wait in their sockets.
inline constexpr std::size_t kPauseAt_bytes = 512u << 10;
/// A client that does not read what it asked for is given up.
inline constexpr std::size_t kMostUnread_bytes = 16u << 20;
/// Longer times are waited for in parts.
inline constexpr double kLongestTimer_s = 86'400;

template <class Stream>
class HttpWebSocket : public HttpClient,
                      public std::enable_shared_from_this<HttpWebSocket<Stream>> {
 public:
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    using Grant =
        std::variant<spinnlab::alloc::rest::ProxyGrant, spinnlab::alloc::rest::EventsGrant>;

    HttpWebSocket(HttpServer& server, Stream stream, Grant grant)
        : server_(server),
          socket_(std::move(stream)),
          grant_(std::move(grant)),
          session_timer_(server.context()) {}

    /// Answers the request for an upgrade.
    void start(Request request) {
        namespace websocket = boost::beast::websocket;
        boost::beast::get_lowest_layer(socket_).expires_never();
        socket_.set_option(websocket::stream_base::timeout::suggested(
            boost::beast::role_type::server));  // 30 s for handshakes, pings when it is silent
        socket_.read_message_max(kLargestFrame_bytes);
        socket_.binary(std::holds_alternative<spinnlab::alloc::rest::ProxyGrant>(grant_));
        request_ = std::move(request);
        socket_.async_accept(request_,
                             [self = this->shared_from_this()](boost::system::error_code error) {
                                 if (error) {
                                     self->leave();
                                 } else {
                                     self->opened();
                                 }
                             });
    }

    void notify(const spinnlab::alloc::Changes& changes) override {
        if (!open_) return;
        if (!channels_) {
            send(spinnlab::alloc::rest::Service::event(changes));
        } else if (changes.jobs.contains(channels_->job())) {
            if (server_.controller().jobs().contains(channels_->job())) {
                channels_->job_changed();
            } else {
                close_politely("the job was destroyed");
            }
        }
    }

    void sessions_closed() override {
        if (open_ && !server_.service().has_session(opened_by().session)) end_with_session();
    }

    void close() override {
        boost::system::error_code ignored;
        boost::beast::get_lowest_layer(socket_).socket().close(ignored);
        leave();
    }

 private:
    [[nodiscard]] const spinnlab::alloc::rest::OpenedBy& opened_by() const {
        return std::visit(
            [](const auto& grant) -> const spinnlab::alloc::rest::OpenedBy& { return grant.by; },
            grant_);
    }

    void end_with_session() { close_politely("the session has ended"); }

    /// Sessions that only last so long end here as well, although nobody asks for them.
    void await_end_of_session() {
        const double rest_s = opened_by().until_s - now().monotonic_s;
        if (std::isinf(rest_s)) return;
        session_timer_.expires_after(std::chrono::milliseconds(
            static_cast<std::int64_t>(1000 * std::clamp(rest_s, 0.0, kLongestTimer_s))));
        session_timer_.async_wait([weak = this->weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (error || !self || !self->open_) return;
            if (self->opened_by().until_s <= now().monotonic_s) {
                self->end_with_session();
            } else {
                self->await_end_of_session();
            }
        });
    }

    void opened() {
        if (left_) return;
        open_ = true;
        if (!server_.service().has_session(opened_by().session)) {  // closed during the handshake
            end_with_session();
            return;
        }
        await_end_of_session();
        if (const auto* proxy = std::get_if<spinnlab::alloc::rest::ProxyGrant>(&grant_)) {
            if (!server_.controller().jobs().contains(proxy->job)) {
                close_politely("the job was destroyed");
                return;
            }
            channels_ = std::make_shared<ProxyChannels>(
                server_.context(), server_.controller(), server_.service(), proxy->job,
                [weak = this->weak_from_this()](std::string frame) {
                    if (const auto self = weak.lock()) self->send(std::move(frame));
                });
        }
        read();
    }

    void read() {
        socket_.async_read(buffer_, [self = this->shared_from_this()](
                                        boost::system::error_code error, std::size_t) {
            if (self->left_) return;
            if (error) {
                self->leave();
                return;
            }
            // Those who wait for events have nothing to say.
            if (self->channels_) {
                const auto frame = self->buffer_.cdata();
                self->channels_->take({static_cast<const char*>(frame.data()), frame.size()});
            }
            self->buffer_.consume(self->buffer_.size());
            if (!self->left_) self->read();
        });
    }

    void send(std::string frame) {
        if (!open_) return;
        unread_bytes_ += frame.size();
        waiting_.push_back(std::move(frame));
        if (unread_bytes_ > kMostUnread_bytes) {
            spdlog::warn("a WebSocket was closed: {} bytes wait for a client that does not read",
                         unread_bytes_);
            close();
            return;
        }
        if (channels_ && unread_bytes_ > kPauseAt_bytes) channels_->pause();
        if (!writing_) write();
    }

    void write() {
        writing_ = true;
        socket_.async_write(
            boost::asio::buffer(waiting_.front()),
            [self = this->shared_from_this()](boost::system::error_code error, std::size_t) {
                self->writing_ = false;
                if (self->left_) return;
                if (error) {
                    self->leave();
                    return;
                }
                self->unread_bytes_ -= self->waiting_.front().size();
                self->waiting_.pop_front();
                if (!self->waiting_.empty()) {
                    self->write();
                } else if (self->farewell_) {
                    self->say_farewell();
                }
                if (self->channels_ && self->unread_bytes_ <= kPauseAt_bytes / 2) {
                    self->channels_->resume();
                }
            });
    }

    /// After what is still to be sent.
    void close_politely(const char* why) {
        open_ = false;
        if (channels_) channels_->close();
        farewell_ = boost::beast::websocket::close_reason(
            boost::beast::websocket::close_code::going_away, why);
        if (!writing_) say_farewell();
    }

    void say_farewell() {
        socket_.async_close(*farewell_, [self = this->shared_from_this()](
                                            boost::system::error_code) { self->leave(); });
    }

    void leave() {
        if (std::exchange(left_, true)) return;
        open_ = false;
        session_timer_.cancel();
        if (channels_) channels_->close();
        server_.left(this->shared_from_this());
    }

    HttpServer& server_;
    boost::beast::websocket::stream<Stream> socket_;
    Grant grant_;
    boost::asio::steady_timer session_timer_;
    Request request_;
    boost::beast::flat_buffer buffer_;
    std::shared_ptr<ProxyChannels> channels_;
    std::deque<std::string> waiting_;  ///< the first is under way while writing_
    std::size_t unread_bytes_ = 0;
    std::optional<boost::beast::websocket::close_reason> farewell_;
    bool writing_ = false;
    bool open_ = false;
    bool left_ = false;
};

}  // namespace spallocd
