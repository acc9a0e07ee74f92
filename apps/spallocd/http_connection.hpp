// SPDX-License-Identifier: Apache-2.0
// One connection to the HTTP service.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "http_server.hpp"

namespace spallocd {

[[nodiscard]] std::shared_ptr<HttpClient> start_http(HttpServer& server,
                                                     boost::asio::ip::tcp::socket socket);
/// From a proxy, which says in X-Forwarded-For for whom.
[[nodiscard]] std::shared_ptr<HttpClient> start_local(
    HttpServer& server, boost::asio::local::stream_protocol::socket socket);
[[nodiscard]] std::shared_ptr<HttpClient> start_https(HttpServer& server,
                                                      boost::asio::ip::tcp::socket socket,
                                                      boost::asio::ssl::context& tls);

}  // namespace spallocd
