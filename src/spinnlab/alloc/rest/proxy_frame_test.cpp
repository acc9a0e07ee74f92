// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/proxy_frame.hpp"

#include <gtest/gtest.h>

namespace spinnlab::alloc::rest {
namespace {

using namespace std::string_literals;

TEST(ProxyFrame, DecodesWhatClientsSend) {
    const auto open =
        std::get<OpenChannel>(decode_proxy_frame("\0\0\0\0\7\0\0\0\10\0\0\0\4\0\0\0\345\105\0\0"s));
    EXPECT_EQ(open.correlation, 7u);
    EXPECT_EQ(open.x, 8u);
    EXPECT_EQ(open.y, 4u);
    EXPECT_EQ(open.port, 17893u);
    const auto close =
        std::get<CloseChannel>(decode_proxy_frame("\1\0\0\0\7\0\0\0\377\377\377\377"s));
    EXPECT_EQ(close.channel, 0xffffffffu);
    EXPECT_EQ(std::get<OpenUnbound>(decode_proxy_frame("\3\0\0\0\11\0\0\0"s)).correlation, 9u);
    const std::string message = "\2\0\0\0\1\0\0\0payload"s;
    EXPECT_EQ(std::get<Datagram>(decode_proxy_frame(message)).payload, "payload");
    const std::string to = "\4\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\5\0\0\0p"s;
    const auto addressed = std::get<DatagramTo>(decode_proxy_frame(to));
    EXPECT_EQ(addressed.x, 2u);
    EXPECT_EQ(addressed.y, 3u);
    EXPECT_EQ(addressed.port, 5u);
    EXPECT_EQ(addressed.payload, "p");
    EXPECT_EQ(std::get<Datagram>(decode_proxy_frame("\2\0\0\0\1\0\0\0"s)).payload, "");
}

TEST(ProxyFrame, SaysWhatIsWrong) {
    const auto bad = [](const std::string& frame) {
        return std::get<BadFrame>(decode_proxy_frame(frame));
    };
    EXPECT_FALSE(bad("").correlation);
    EXPECT_FALSE(bad("\0\0\0\0\7\0\0"s).correlation);
    EXPECT_EQ(bad("\5\0\0\0\7\0\0\0"s).correlation, 7u);
    EXPECT_EQ(bad("\0\0\0\0\7\0\0\0"s).correlation, 7u);
    EXPECT_EQ(bad("\3\0\0\0\7\0\0\0x"s).correlation, 7u);
    EXPECT_FALSE(bad("\4\0\0\0\7\0\0\0x"s).correlation) << "a channel is no correlation";
}

TEST(ProxyFrame, EncodesAnswers) {
    EXPECT_EQ(encode_opened(7, 1), "\0\0\0\0\7\0\0\0\1\0\0\0"s);
    EXPECT_EQ(encode_closed(7, 0), "\1\0\0\0\7\0\0\0\0\0\0\0"s);
    EXPECT_EQ(encode_unbound(7, 2, {127, 0, 0, 1}, 258),
              "\3\0\0\0\7\0\0\0\2\0\0\0\177\0\0\1\2\1\0\0"s);
    EXPECT_EQ(encode_received(2, "xy"), "\2\0\0\0\2\0\0\0xy"s);
    EXPECT_EQ(encode_proxy_error(7, "no"), "\5\0\0\0\7\0\0\0no"s);
}

}  // namespace
}  // namespace spinnlab::alloc::rest
