// SPDX-License-Identifier: Apache-2.0
#include "proxy_channels.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <utility>
#include <variant>

namespace spallocd {
namespace {

namespace asio = boost::asio;
namespace rest = spinnlab::alloc::rest;
using boost::system::error_code;

/// A client opens one channel a board, and a few more; the largest machine has 1,200 boards.
constexpr std::size_t kMostChannels = 4'096;
constexpr int kMostAtOnce = 64;  ///< datagrams of a channel before others have their turn
constexpr std::size_t kLongestDatagram_bytes = 65'507;
/// Boards send in bursts; the kernel keeps as much of them as it lets us have.
constexpr int kReceiveBuffer_bytes = 4 << 20;

}  // namespace

ProxyChannels::ProxyChannels(asio::io_context& context,
                             const spinnlab::alloc::Controller& controller,
                             const rest::Service& service, spinnlab::alloc::JobId job, Send send)
    : context_(context),
      controller_(controller),
      service_(service),
      job_(job),
      send_(std::move(send)) {
    learn_addresses();
}

void ProxyChannels::take(std::string_view frame) {
    if (closed_) return;
    std::visit([this](const auto& message) { take_message(message); },
               rest::decode_proxy_frame(frame));
}

std::optional<ProxyChannels::Udp::endpoint> ProxyChannels::board(std::uint32_t x, std::uint32_t y,
                                                                 std::uint32_t port) const {
    const auto address = service_.board_address(job_, x, y);
    if (!address || port == 0 || port > 0xffff) return std::nullopt;
    return Udp::endpoint(asio::ip::make_address(*address), static_cast<std::uint16_t>(port));
}

void ProxyChannels::learn_addresses() {
    boards_.clear();
    const auto job = controller_.jobs().find(job_);
    if (job == controller_.jobs().end()) return;
    for (const std::string& address : job->second.addresses) {
        boards_.insert(asio::ip::make_address(address));
    }
}

ProxyChannels::ChannelPointer ProxyChannels::make_channel(std::uint32_t correlation) {
    if (channels_.size() >= kMostChannels) {
        send_(rest::encode_proxy_error(
            correlation, fmt::format("{} channels are open; close some first", kMostChannels)));
        return nullptr;
    }
    auto channel = std::make_shared<Channel>(context_);
    error_code error;
    channel->socket.open(Udp::v4(), error);
    if (!error) channel->socket.bind({asio::ip::address_v4::loopback(), 0}, error);
    if (!error) channel->socket.non_blocking(true, error);
    if (error) {
        send_(rest::encode_proxy_error(correlation, "no socket for this: " + error.message()));
        return nullptr;
    }
    error_code as_large_as_may_be;
    channel->socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer_bytes),
                               as_large_as_may_be);
    channel->id = next_channel_++;
    return channel;
}

void ProxyChannels::take_message(const rest::OpenChannel& message) {
    const auto endpoint = board(message.x, message.y, message.port);
    if (!endpoint) {
        send_(rest::encode_proxy_error(
            message.correlation, fmt::format("job {} has no board with chip {}, {} and port {}",
                                             job_, message.x, message.y, message.port)));
        return;
    }
    const ChannelPointer channel = make_channel(message.correlation);
    if (!channel) return;
    channel->bound = true;
    channel->x = message.x;
    channel->y = message.y;
    channel->port = message.port;
    error_code error;
    channel->socket.connect(*endpoint, error);  // others' datagrams are then not received
    if (error) {
        send_(rest::encode_proxy_error(message.correlation, error.message()));
        return;
    }
    channels_[channel->id] = channel;
    send_(rest::encode_opened(message.correlation, channel->id));
    listen(channel);
}

void ProxyChannels::take_message(const rest::OpenUnbound& message) {
    const ChannelPointer channel = make_channel(message.correlation);
    if (!channel) return;
    channels_[channel->id] = channel;
    const auto local = channel->socket.local_endpoint();
    send_(rest::encode_unbound(message.correlation, channel->id, local.address().to_v4().to_bytes(),
                               local.port()));
    listen(channel);
}

void ProxyChannels::take_message(const rest::CloseChannel& message) {
    const auto found = channels_.find(message.channel);
    const bool there = found != channels_.end();
    if (there) {
        error_code ignored;
        found->second->socket.close(ignored);
        channels_.erase(found);
    }
    send_(rest::encode_closed(message.correlation, there ? message.channel : 0));
}

// A datagram that cannot be sent is lost, as datagrams are: nobody waits for an answer to it.

void ProxyChannels::take_message(const rest::Datagram& message) {
    const auto found = channels_.find(message.channel);
    if (found == channels_.end() || !found->second->bound) return;
    error_code lost;
    found->second->socket.send(asio::buffer(message.payload), 0, lost);
}

void ProxyChannels::take_message(const rest::DatagramTo& message) {
    const auto found = channels_.find(message.channel);
    const auto endpoint = board(message.x, message.y, message.port);
    if (found == channels_.end() || found->second->bound || !endpoint) return;
    error_code lost;
    found->second->socket.send_to(asio::buffer(message.payload), *endpoint, 0, lost);
}

void ProxyChannels::take_message(const rest::BadFrame& message) {
    if (message.correlation) send_(rest::encode_proxy_error(*message.correlation, message.why));
}

void ProxyChannels::listen(const ChannelPointer& channel) {
    if (paused_ || closed_ || channel->listening) return;
    channel->listening = true;
    channel->socket.async_wait(Udp::socket::wait_read,
                               [self = shared_from_this(), channel](error_code error) {
                                   channel->listening = false;
                                   if (error || self->closed_ || !channel->socket.is_open()) return;
                                   self->forward(*channel);
                                   self->listen(channel);
                               });
}

void ProxyChannels::forward(Channel& channel) {
    static thread_local std::array<char, kLongestDatagram_bytes> datagram;
    for (int i = 0; i < kMostAtOnce && !paused_; ++i) {
        Udp::endpoint sender;
        error_code error;
        const std::size_t size =
            channel.socket.receive_from(asio::buffer(datagram), sender, 0, error);
        if (error == asio::error::would_block) return;
        if (error) continue;  // a board that is off refuses what was sent to it
        if (!boards_.contains(sender.address())) continue;
        send_(rest::encode_received(channel.id, {datagram.data(), size}));
    }
}

void ProxyChannels::job_changed() {
    learn_addresses();
    for (const auto& [id, channel] : channels_) {
        if (!channel->bound) continue;
        const auto endpoint = board(channel->x, channel->y, channel->port);
        error_code error;
        if (endpoint && channel->socket.remote_endpoint(error) != *endpoint) {
            channel->socket.connect(*endpoint, error);
        }
    }
}

void ProxyChannels::pause() { paused_ = true; }

void ProxyChannels::resume() {
    if (!std::exchange(paused_, false)) return;
    for (const auto& [id, channel] : channels_) listen(channel);
}

void ProxyChannels::close() {
    closed_ = true;
    for (const auto& [id, channel] : channels_) {
        error_code ignored;
        channel->socket.close(ignored);
    }
    channels_.clear();
}

}  // namespace spallocd
