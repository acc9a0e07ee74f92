// SPDX-License-Identifier: Apache-2.0
#include "addresses.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/udp.hpp>

#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

namespace asio = boost::asio;
using spinnlab::MachineError;

constexpr std::uint32_t kLast = 0x7ffffffe;      ///< 127.255.255.254
constexpr std::uint32_t kMostProbes = 1u << 16;  ///< addresses tried for one request

bool is_loopback(std::uint32_t address) { return address >> 24 == 127; }

/// Last bytes 0 and 255 are left out: programs take them for networks and broadcasts.
bool usable(std::uint32_t address) { return (address & 0xff) != 0 && (address & 0xff) != 0xff; }

std::string to_text(std::uint32_t address) {
    return asio::ip::make_address_v4(address).to_string();
}

std::uint32_t to_number(const std::string& text) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address_v4(text, error);
    return error ? 0 : static_cast<std::uint32_t>(address.to_uint());
}

bool port_free(const std::string& address, std::uint16_t port) {
    static asio::io_context context;  // sockets need one; nothing ever runs on it
    boost::system::error_code error;
    asio::ip::udp::socket socket(context);
    socket.open(asio::ip::udp::v4(), error);
    if (!error) socket.bind({asio::ip::make_address_v4(address), port}, error);
    return !error;
}

}  // namespace

bool ports_free(const std::string& address) {
    return port_free(address, kScpPort) && port_free(address, kBootPort);
}

AddressPool::AddressPool(const std::string& first) : first_(to_number(first)), next_(first_) {
    if (!is_loopback(first_) || !usable(first_)) {
        throw MachineError(fmt::format("\"{}\" is no loopback address for a board", first),
                           "Give one such as 127.32.0.1, whose last number is neither 0 nor 255.");
    }
}

std::vector<std::string> AddressPool::take(std::size_t count) {
    std::vector<std::string> taken;
    for (std::uint32_t probes = 0; taken.size() < count && probes < kMostProbes; ++probes) {
        const std::uint32_t candidate = next_;
        next_ = next_ >= kLast ? first_ : next_ + 1;
        if (!usable(candidate) || used_.contains(candidate)) continue;
        std::string text = to_text(candidate);
        if (!ports_free(text)) continue;
        used_.insert(candidate);
        taken.push_back(std::move(text));
    }
    if (taken.size() < count) {
        give_back(taken);
        throw MachineError(
            fmt::format(
                "from {} on there are no {} loopback addresses with free UDP ports {} and {}",
                to_text(first_), count, kScpPort, kBootPort),
            "End the program that has bound these ports on all addresses, or choose other "
            "addresses "
            "with --first-address.");
    }
    return taken;
}

bool AddressPool::reserve(const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) {
        const std::uint32_t number = to_number(address);
        if (!is_loopback(number) || used_.contains(number)) return false;
    }
    for (const std::string& address : addresses) used_.insert(to_number(address));
    return true;
}

void AddressPool::give_back(const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) used_.erase(to_number(address));
}

}  // namespace spallocd
