// SPDX-License-Identifier: Apache-2.0
// One client's connection, over TCP or a Unix socket.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "spinnlab/alloc/controller.hpp"
#include "spinnlab/alloc/protocol/session.hpp"

namespace spallocd {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
    using Socket = boost::asio::generic::stream_protocol::socket;

    struct Callbacks {
        std::function<void()> changed;  ///< a command may have changed something
        std::function<void(const std::shared_ptr<Connection>&)> closed;  ///< called once
    };

    Connection(Socket socket, spinnlab::alloc::protocol::Session session, std::string name,
               Callbacks callbacks);

    void start() { read(); }
    /// Sends those of the changes that the client has subscribed to.
    void notify(const spinnlab::alloc::Changes& changes);
    void close();

 private:
    void read();
    /// False when the client is to be disconnected.
    [[nodiscard]] bool take_lines();
    void send(const std::string& text);
    void write();
    void finish();

    Socket socket_;
    spinnlab::alloc::protocol::Session session_;
    std::string name_;
    Callbacks callbacks_;
    std::array<char, 1 << 16> chunk_{};
    std::string received_;   ///< what has come of lines that have not ended
    std::string sending_;    ///< under way; must stay in place meanwhile
    std::string waiting_;    ///< to be sent after it
    bool finished_ = false;  ///< the client sends no more, or is to be left alone
    bool closed_ = false;
};

}  // namespace spallocd
