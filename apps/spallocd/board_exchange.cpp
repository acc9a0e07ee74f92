// SPDX-License-Identifier: Apache-2.0
#include "board_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace wire = spinnlab::wire;
using boost::system::error_code;
using spinnlab::alloc::rest::Refusal;
using spinnlab::alloc::rest::Status;

constexpr std::uint16_t kScpPort = 17'893;
constexpr std::size_t kWindow = 16;  ///< messages under way
constexpr auto kAgainAfter = std::chrono::milliseconds(1'000);
constexpr int kMostTries = 8;
constexpr int kMostAtOnce = 64;  ///< answers taken before others have their turn
// Of a router, as seen by the monitor.
constexpr std::uint32_t kCountersControl = 0xf100002c;
constexpr std::uint32_t kAllCounters = 0xffffffff;
constexpr std::uint32_t kFilters = 0xe1000200;

/// Unit of a transfer: 0 bytes, 1 half-words, 2 words.
std::uint32_t unit(std::uint32_t address, std::size_t size_bytes) {
    const auto both = address | static_cast<std::uint32_t>(size_bytes);
    return both % 4 == 0 ? 2 : (both % 2 == 0 ? 1 : 0);
}

}  // namespace

BoardExchange::BoardExchange(asio::io_context& context, Work work, Done done)
    : work_(std::move(work)), done_(std::move(done)), socket_(context), timer_(context) {}

void BoardExchange::start() {
    error_code error;
    socket_.open(Udp::v4(), error);
    if (!error) socket_.bind({asio::ip::address_v4::loopback(), 0}, error);
    if (!error) socket_.non_blocking(true, error);
    if (error) {
        asio::post(socket_.get_executor(), [self = shared_from_this(), error] {
            self->cancel({Status::Unavailable, "no socket for this: " + error.message()});
        });
        return;
    }
    if (work_.kind == Work::Kind::ResetRouters) {
        add_routers();
    } else {
        add_memory(work_.places.at(0));
        read_.resize(work_.size_bytes);
    }
    if (parts_.empty()) {
        asio::post(socket_.get_executor(), [self = shared_from_this()] { self->finish({}); });
        return;
    }
    receive();
    fill_window();
    await_time_out();
}

void BoardExchange::add_memory(const Work::Place& place) {
    const bool reads = work_.kind == Work::Kind::Read;
    const std::size_t all_bytes = reads ? work_.size_bytes : work_.data.size();
    Part part;
    part.board = {asio::ip::make_address_v4(place.address), kScpPort};
    part.chip = place.chip;
    part.command = reads ? wire::ScpCommand::Read : wire::ScpCommand::Write;
    while (part.offset < all_bytes) {
        part.address = work_.address + static_cast<std::uint32_t>(part.offset);
        // Up to the next whole word first: the rest then goes by words.
        const std::size_t to_word = (4 - part.address % 4) % 4;
        std::size_t size = std::min(all_bytes - part.offset, wire::kMaxScpDataBytes);
        if (to_word != 0) size = std::min(size, to_word);
        if (size > 4) size -= size % 4;
        part.size_bytes = size;
        parts_.push_back(part);
        part.offset += size;
    }
}

void BoardExchange::add_routers() {
    for (const Work::Place& place : work_.places) {
        Part part;
        part.board = {asio::ip::make_address_v4(place.address), kScpPort};
        part.chip = place.chip;
        part.command = wire::ScpCommand::Router;
        parts_.push_back(part);
        part.command = wire::ScpCommand::Write;
        part.size_bytes = 4;
        part.address = kCountersControl;
        part.word = kAllCounters;
        parts_.push_back(part);
        for (const auto& [number, value] : work_.filters) {
            part.address = kFilters + 4 * number;
            part.word = value;
            parts_.push_back(part);
        }
    }
}

void BoardExchange::fill_window() {
    while (window_.size() < kWindow && next_ < parts_.size()) {
        // Numbers that are still under way are passed over: the window is far smaller than 2^16.
        while (window_.contains(sequence_)) ++sequence_;
        Waiting waiting;
        waiting.part = next_++;
        send(sequence_, window_[sequence_] = waiting);
        ++sequence_;
    }
}

wire::Bytes BoardExchange::data_of(const Part& part) const {
    if (part.command != wire::ScpCommand::Write) return {};
    if (work_.kind == Work::Kind::ResetRouters) {
        wire::Bytes bytes;
        for (unsigned shift = 0; shift < 32; shift += 8) {
            bytes.push_back(static_cast<std::uint8_t>(part.word >> shift & 0xff));
        }
        return bytes;
    }
    const auto from = work_.data.begin() + static_cast<std::ptrdiff_t>(part.offset);
    return {from, from + static_cast<std::ptrdiff_t>(part.size_bytes)};
}

void BoardExchange::send(std::uint16_t sequence, Waiting& waiting) {
    const Part& part = parts_[waiting.part];
    wire::ScpRequest request;
    request.command = part.command;
    request.sequence = sequence;
    if (part.command != wire::ScpCommand::Router) {
        request.arguments = {part.address, static_cast<std::uint32_t>(part.size_bytes),
                             unit(part.address, part.size_bytes)};
    }
    request.data = data_of(part);
    wire::SdpMessage message;
    message.flags = wire::kReplyExpected;
    message.destination = {static_cast<std::uint16_t>(part.chip.x << 8 | part.chip.y), 0};
    message.source = {0, wire::kEthernetPort};
    message.payload = wire::encode_scp_request(request);
    const wire::Bytes datagram = wire::encode_sdp_datagram(message);
    ++waiting.tries;
    waiting.again_at = Clock::now() + kAgainAfter;
    error_code lost;  // it is sent again when no answer comes
    socket_.send_to(asio::buffer(datagram), part.board, 0, lost);
}

void BoardExchange::receive() {
    socket_.async_wait(Udp::socket::wait_read, [self = shared_from_this()](error_code error) {
        if (error || self->finished_) return;
        std::array<std::uint8_t, 2'048> datagram{};
        for (int i = 0; i < kMostAtOnce && !self->finished_; ++i) {
            Udp::endpoint sender;
            const std::size_t size =
                self->socket_.receive_from(asio::buffer(datagram), sender, 0, error);
            if (error == asio::error::would_block) break;
            if (!error) self->take(sender, {datagram.data(), size});
        }
        if (!self->finished_) self->receive();
    });
}

void BoardExchange::take(const Udp::endpoint& sender, wire::ByteView datagram) {
    const auto message = wire::decode_sdp_datagram(datagram);
    const auto reply = message ? wire::decode_scp_reply(message->payload) : std::nullopt;
    const auto waiting = reply ? window_.find(reply->sequence) : window_.end();
    if (waiting == window_.end() || parts_[waiting->second.part].board != sender) return;
    const Part& part = parts_[waiting->second.part];
    const bool reads = part.command == wire::ScpCommand::Read;
    if (reply->result != wire::ScpResult::Ok || (reads && reply->data.size() != part.size_bytes)) {
        cancel({Status::BadGateway,
                fmt::format("chip {}, {} did not take {} bytes at {:#x}: result {:#x}", part.chip.x,
                            part.chip.y, part.size_bytes, part.address,
                            static_cast<unsigned>(reply->result))});
        return;
    }
    if (reads) {
        std::copy(reply->data.begin(), reply->data.end(),
                  read_.begin() + static_cast<std::ptrdiff_t>(part.offset));
    }
    window_.erase(waiting);
    fill_window();
    if (window_.empty()) finish({std::move(read_), {}, true});
}

void BoardExchange::await_time_out() {
    timer_.expires_after(kAgainAfter / 4);
    timer_.async_wait([self = shared_from_this()](error_code error) {
        if (error || self->finished_) return;
        for (auto& [sequence, waiting] : self->window_) {
            if (waiting.again_at > Clock::now()) continue;
            if (waiting.tries >= kMostTries) {
                const Part& part = self->parts_[waiting.part];
                self->cancel({Status::BoardTimeout,
                              fmt::format("the board at {} did not answer {} messages in {} s; is "
                                          "it booted?",
                                          part.board.address().to_string(), kMostTries,
                                          kMostTries * kAgainAfter.count() / 1'000)});
                return;
            }
            self->send(sequence, waiting);
        }
        self->await_time_out();
    });
}

void BoardExchange::cancel(Refusal why) { finish({{}, std::move(why), false}); }

void BoardExchange::finish(Outcome outcome) {
    if (std::exchange(finished_, true)) return;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    done_(std::move(outcome));
    done_ = nullptr;
}

}  // namespace spallocd
