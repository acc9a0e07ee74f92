// SPDX-License-Identifier: Apache-2.0
// The UDP sockets behind one WebSocket: datagrams of a job's boards, in frames.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/rest/proxy_frame.hpp"
#include "spinnlab/alloc/rest/service.hpp"

namespace spallocd {

class ProxyChannels : public std::enable_shared_from_this<ProxyChannels> {
 public:
    using Send = std::function<void(std::string frame)>;

    /// `controller` and `service` must outlive the object. `send` takes a frame for the client.
    ProxyChannels(boost::asio::io_context& context, const spinnlab::alloc::Controller& controller,
                  const spinnlab::alloc::rest::Service& service, spinnlab::alloc::JobId job,
                  Send send);

    /// A frame of the client's.
    void take(std::string_view frame);
    /// The job's boards may have other addresses now.
    void job_changed();
    /// While the client is slow in reading, datagrams wait in their sockets.
    void pause();
    void resume();
    void close();

    [[nodiscard]] spinnlab::alloc::JobId job() const { return job_; }

 private:
    using Udp = boost::asio::ip::udp;
    struct Channel {
        explicit Channel(boost::asio::io_context& context) : socket(context) {}
        Udp::socket socket;
        std::uint32_t id = 0;
        bool bound = false;  ///< to one board
        std::uint32_t x = 0;
        std::uint32_t y = 0;
        std::uint32_t port = 0;
        bool listening = false;
    };
    using ChannelPointer = std::shared_ptr<Channel>;

    void take_message(const spinnlab::alloc::rest::OpenChannel& message);
    void take_message(const spinnlab::alloc::rest::CloseChannel& message);
    void take_message(const spinnlab::alloc::rest::OpenUnbound& message);
    void take_message(const spinnlab::alloc::rest::Datagram& message);
    void take_message(const spinnlab::alloc::rest::DatagramTo& message);
    void take_message(const spinnlab::alloc::rest::BadFrame& message);

    /// Null after an error was told to the client.
    [[nodiscard]] ChannelPointer make_channel(std::uint32_t correlation);
    [[nodiscard]] std::optional<Udp::endpoint> board(std::uint32_t x, std::uint32_t y,
                                                     std::uint32_t port) const;
    void learn_addresses();
    void listen(const ChannelPointer& channel);
    void forward(Channel& channel);

    boost::asio::io_context& context_;
    const spinnlab::alloc::Controller& controller_;
    const spinnlab::alloc::rest::Service& service_;
    spinnlab::alloc::JobId job_;
    Send send_;
    std::map<std::uint32_t, ChannelPointer> channels_;
    std::set<boost::asio::ip::address> boards_;  ///< of the job
    std::uint32_t next_channel_ = 1;
    bool paused_ = false;
    bool closed_ = false;
};

}  // namespace spallocd
