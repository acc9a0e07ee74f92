// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "clock.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace protocol = spinnlab::alloc::protocol;

/// A client that does not read its answers is given up when so many bytes wait for it.
constexpr std::size_t kMostWaiting_bytes = 16u << 20;

}  // namespace

Connection::Connection(Socket socket, protocol::Session session, std::string name,
                       Callbacks callbacks)
    : socket_(std::move(socket)),
      session_(std::move(session)),
      name_(std::move(name)),
      callbacks_(std::move(callbacks)) {}

void Connection::read() {
    socket_.async_read_some(
        asio::buffer(chunk_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
            if (self->closed_ || self->finished_) return;
            if (error) {
                self->finish();
                return;
            }
            self->received_.append(self->chunk_.data(), size);
            if (self->take_lines()) {
                self->read();
            } else {
                self->finish();
            }
        });
}

bool Connection::take_lines() {
    std::size_t from = 0;
    bool good = true;
    while (good && !closed_) {
        const std::size_t end = received_.find('\n', from);
        if (end == std::string::npos) break;
        std::string_view line(received_.data() + from, end - from);
        from = end + 1;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty()) continue;
        auto answer = session_.answer(line, now());
        if (const auto* malformed = std::get_if<protocol::Malformed>(&answer)) {
            spdlog::warn("{}: disconnected for {}", name_, malformed->why);
            good = false;
        } else {
            send(std::get<std::string>(answer));
        }
        callbacks_.changed();
    }
    received_.erase(0, from);
    if (good && received_.size() > protocol::kLongestLine_bytes) {
        spdlog::warn("{}: disconnected for a line without an end", name_);
        good = false;
    }
    return good && !closed_;
}

void Connection::notify(const spinnlab::alloc::Changes& changes) {
    if (!closed_ && !finished_) send(session_.notifications(changes));
}

void Connection::send(const std::string& text) {
    if (text.empty() || closed_) return;
    if (waiting_.size() + text.size() > kMostWaiting_bytes) {
        spdlog::warn("{}: disconnected, it does not read what it asked for", name_);
        close();
        return;
    }
    waiting_ += text;
    if (sending_.empty()) write();
}

void Connection::write() {
    sending_ = std::exchange(waiting_, {});
    asio::async_write(
        socket_, asio::buffer(sending_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
            self->sending_.clear();
            if (self->closed_) return;
            if (error) {
                self->close();
            } else if (!self->waiting_.empty()) {
                self->write();
            } else if (self->finished_) {
                self->close();
            }
        });
}

/// Sends what is still to be sent, then closes; the client's leases end at once.
void Connection::finish() {
    finished_ = true;
    session_.close(now());
    callbacks_.changed();
    if (sending_.empty()) close();
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    session_.close(now());
    callbacks_.closed(shared_from_this());
}

}  // namespace spallocd
