// SPDX-License-Identifier: Apache-2.0
// One piece of work for the HTTP service that needs messages to boards: reads and writes memory,
// resets routers, by SCP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spinnlab/alloc/rest/service.hpp"
#include "spinnlab/wire/scp.hpp"

namespace spallocd {

class BoardExchange : public std::enable_shared_from_this<BoardExchange> {
 public:
    using Work = spinnlab::alloc::rest::BoardWork;
    /// What came of it: what was read, or why it was given up.
    struct Outcome {
        std::string data;
        spinnlab::alloc::rest::Refusal refusal{};
        bool good = true;
    };
    using Done = std::function<void(Outcome)>;

    /// `done` is called once, never from within start.
    BoardExchange(boost::asio::io_context& context, Work work, Done done);

    void start();
    [[nodiscard]] spinnlab::alloc::JobId job() const { return work_.job; }
    /// Gives up. Without effect once it is done.
    void cancel(spinnlab::alloc::rest::Refusal why);

 private:
    using Udp = boost::asio::ip::udp;
    using Clock = std::chrono::steady_clock;
    /// A part of the work that is one message.
    struct Part {
        Udp::endpoint board;
        spinnlab::alloc::ChipXY chip;
        spinnlab::wire::ScpCommand command{};
        std::uint32_t address = 0;
        std::size_t offset = 0;  ///< of its data within all
        std::size_t size_bytes = 0;
        std::uint32_t word = 0;  ///< what a router's register is set to
    };
    struct Waiting {
        std::size_t part = 0;
        int tries = 0;
        Clock::time_point again_at;
    };

    void add_memory(const Work::Place& place);
    void add_routers();
    void fill_window();
    void send(std::uint16_t sequence, Waiting& waiting);
    [[nodiscard]] spinnlab::wire::Bytes data_of(const Part& part) const;
    void receive();
    void take(const Udp::endpoint& sender, spinnlab::wire::ByteView datagram);
    void await_time_out();
    void finish(Outcome outcome);

    Work work_;
    Done done_;
    Udp::socket socket_;
    boost::asio::steady_timer timer_;
    std::vector<Part> parts_;
    std::size_t next_ = 0;  ///< of the parts, not yet sent
    std::uint16_t sequence_ = 0;
    std::map<std::uint16_t, Waiting> window_;  ///< by sequence number
    std::string read_;
    bool finished_ = false;
};

}  // namespace spallocd
