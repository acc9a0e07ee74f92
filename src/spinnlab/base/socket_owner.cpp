// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/socket_owner.hpp"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace spinnlab {
namespace {

constexpr std::uint32_t kAllStates = 0xffffffff;
constexpr std::uint8_t kListening = 10;        // TCP_LISTEN
constexpr std::uint16_t kMappedWord = 0xffff;  // ::ffff:a.b.c.d stands for a.b.c.d
constexpr std::size_t kAnswerBytes = 32 * 1024;
constexpr timeval kPatience = {1, 0};  // the kernel answers while it is asked

/// IPv4 where an IPv6 address only stands for one.
SocketEnd plain(SocketEnd end) {
    static constexpr std::array<std::uint8_t, 10> kZeros{};
    std::uint16_t word = 0;
    std::memcpy(&word, end.address.data() + 10, sizeof word);
    if (!end.is_v6 || word != kMappedWord ||
        std::memcmp(end.address.data(), kZeros.data(), kZeros.size()) != 0) {
        return end;
    }
    SocketEnd mapped;
    mapped.port = end.port;
    std::memcpy(mapped.address.data(), end.address.data() + 12, 4);
    return mapped;
}

struct Request {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

Request request(std::uint8_t family, std::uint8_t protocol, std::uint16_t flags,
                std::uint32_t sequence) {
    Request asked{};
    asked.header.nlmsg_len = sizeof asked;
    asked.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    asked.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    asked.header.nlmsg_seq = sequence;
    asked.body.sdiag_family = family;
    asked.body.sdiag_protocol = protocol;
    asked.body.idiag_states = kAllStates;
    asked.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    asked.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return asked;
}

using Found = std::function<void(const inet_diag_msg&)>;

/// False when the kernel does not answer such questions here.
bool ask(int netlink, const Request& asked, const Found& found) {
    if (send(netlink, &asked, sizeof asked, 0) != static_cast<ssize_t>(sizeof asked)) return false;
    alignas(nlmsghdr) static thread_local std::array<char, kAnswerBytes> answer;
    const bool one = (asked.header.nlmsg_flags & NLM_F_DUMP) == 0;
    for (;;) {
        const ssize_t size = recv(netlink, answer.data(), answer.size(), 0);
        if (size <= 0) return false;
        auto left = static_cast<unsigned>(size);
        for (const auto* message = reinterpret_cast<const nlmsghdr*>(answer.data());
             NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_seq != asked.header.nlmsg_seq) continue;  // of an earlier question
            if (message->nlmsg_type == NLMSG_DONE) return true;
            if (message->nlmsg_type == NLMSG_ERROR) {
                const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
                return error->error == -ENOENT && one;  // no such socket
            }
            found(*static_cast<const inet_diag_msg*>(NLMSG_DATA(message)));
            if (one) return true;
        }
    }
}

SocketEnd end_of(const inet_diag_msg& message, const __be32* address, __be16 port) {
    SocketEnd end;
    end.is_v6 = message.idiag_family == AF_INET6;
    std::memcpy(end.address.data(), address, end.is_v6 ? 16 : 4);
    end.port = ntohs(port);
    return plain(end);
}

std::string text_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// "0100007F:1F90", or 32 digits for IPv6: words of 32 bits as this computer writes them.
bool parse_end(std::string_view text, SocketEnd& end) {
    const std::size_t colon = text.find(':');
    if (colon != 8 && colon != 32) return false;
    end.is_v6 = colon == 32;
    for (std::size_t word = 0; word < colon / 8; ++word) {
        std::uint32_t value = 0;
        const char* const first = text.data() + word * 8;
        if (std::from_chars(first, first + 8, value, 16).ptr != first + 8) return false;
        std::memcpy(end.address.data() + word * 4, &value, sizeof value);
    }
    const char* const port = text.data() + colon + 1;
    const char* const last = text.data() + text.size();
    if (std::from_chars(port, last, end.port, 16).ptr != last) return false;
    end = plain(end);
    return true;
}

}  // namespace

namespace detail {

std::vector<SocketRow> parse_socket_table(std::string_view text) {
    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...
    constexpr std::size_t kLocal = 1, kRemote = 2, kUid = 7, kInode = 9;
    std::vector<SocketRow> rows;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::vector<std::string_view> words;
        while (words.size() <= kInode) {
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            if (line.empty()) break;
            words.push_back(line.substr(0, line.find(' ')));
            line.remove_prefix(words.back().size());
        }
        if (words.size() <= kInode) continue;
        const auto number = [&](std::size_t word, auto& value) {
            const char* const last = words[word].data() + words[word].size();
            return std::from_chars(words[word].data(), last, value).ptr == last;
        };
        SocketRow row;
        if (parse_end(words[kLocal], row.local) && parse_end(words[kRemote], row.remote) &&
            number(kUid, row.socket.uid) && number(kInode, row.socket.inode)) {
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace detail

SocketOwners::SocketOwners()
    : netlink_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    if (netlink_ < 0) return;
    setsockopt(netlink_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
}

SocketOwners::~SocketOwners() { close_netlink(); }

void SocketOwners::close_netlink() {
    if (netlink_ >= 0) close(netlink_);
    netlink_ = -1;
}

std::optional<OpenSocket> SocketOwners::tcp_client(const SocketEnd& client,
                                                   const SocketEnd& server) {
    const SocketEnd from = plain(client);
    const SocketEnd to = plain(server);
    std::optional<OpenSocket> owner;
    if (netlink_ >= 0) {
        Request asked = request(from.is_v6 ? AF_INET6 : AF_INET, IPPROTO_TCP, 0, ++sequence_);
        asked.body.id.idiag_sport = htons(from.port);
        asked.body.id.idiag_dport = htons(to.port);
        std::memcpy(asked.body.id.idiag_src, from.address.data(), 16);
        std::memcpy(asked.body.id.idiag_dst, to.address.data(), 16);
        const bool answered = ask(netlink_, asked, [&](const inet_diag_msg& message) {
            const bool is_it =
                end_of(message, message.id.idiag_src, message.id.idiag_sport) == from &&
                end_of(message, message.id.idiag_dst, message.id.idiag_dport) == to;
            if (is_it && message.idiag_state != kListening && message.idiag_inode != 0) {
                owner = OpenSocket{message.idiag_uid, message.idiag_inode};
            }
        });
        if (answered) return owner;
        close_netlink();
    }
    for (const char* const path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        for (const detail::SocketRow& row : detail::parse_socket_table(text_of(path))) {
            if (row.local == from && row.remote == to && row.socket.inode != 0) return row.socket;
        }
    }
    return std::nullopt;
}

std::vector<OpenSocket> SocketOwners::udp_sockets(std::uint16_t port) {
    std::vector<OpenSocket> owners;
    if (netlink_ >= 0) {
        bool answered = true;
        for (const std::uint8_t family : {AF_INET, AF_INET6}) {
            Request asked = request(family, IPPROTO_UDP, NLM_F_DUMP, ++sequence_);
            asked.body.id.idiag_sport = htons(port);
            answered = answered && ask(netlink_, asked, [&](const inet_diag_msg& message) {
                           if (ntohs(message.id.idiag_sport) != port || message.idiag_inode == 0)
                               return;
                           owners.push_back({message.idiag_uid, message.idiag_inode});
                       });
        }
        if (answered) return owners;
        close_netlink();
        owners.clear();
    }
    for (const char* const path : {"/proc/net/udp", "/proc/net/udp6"}) {
        for (const detail::SocketRow& row : detail::parse_socket_table(text_of(path))) {
            if (row.local.port == port && row.socket.inode != 0) owners.push_back(row.socket);
        }
    }
    return owners;
}

}  // namespace spinnlab
