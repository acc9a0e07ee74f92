// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/message.hpp"

#include <gtest/gtest.h>

namespace spinnlab::alloc::rest {
namespace {

TEST(ParseTarget, SplitsPathAndQuery) {
    const auto target = parse_target("/srv//spalloc/jobs/7/?wait=true&reason=so%20be+it&x=");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, (std::vector<std::string>{"srv", "spalloc", "jobs", "7"}));
    EXPECT_EQ(target->query.at("wait"), "true");
    EXPECT_EQ(target->query.at("reason"), "so be it");
    EXPECT_EQ(target->query.at("x"), "");
    EXPECT_EQ(parse_target("/a%2fb/c+d")->path, (std::vector<std::string>{"a/b", "c+d"}));
    EXPECT_TRUE(parse_target("/")->path.empty());
}

TEST(ParseTarget, RefusesWhatIsNotWellFormed) {
    for (const char* bad : {"", "srv", "*", "/%", "/%2", "/%zz", "/%00", "/?x=%00", "/?x=1&x=2"}) {
        EXPECT_FALSE(parse_target(bad)) << bad;
    }
    std::string many = "/?";
    for (std::size_t i = 0; i <= kMostParameters; ++i) many += "p" + std::to_string(i) + "=1&";
    EXPECT_FALSE(parse_target(many));
}

TEST(Cookie, IsFoundByItsWholeName) {
    EXPECT_EQ(cookie_value("a=1; JSESSIONID=abc ;b=2", "JSESSIONID"), "abc");
    EXPECT_EQ(cookie_value("XJSESSIONID=abc", "JSESSIONID"), "");
    EXPECT_EQ(cookie_value(";;=;JSESSIONID", "JSESSIONID"), "");
}

TEST(BearerToken, NeedsItsScheme) {
    EXPECT_EQ(bearer_token("Bearer abc "), "abc");
    EXPECT_EQ(bearer_token("bearer abc"), "abc");
    EXPECT_FALSE(bearer_token("Basic abc"));
    EXPECT_FALSE(bearer_token("Bearer "));
    EXPECT_FALSE(bearer_token(""));
}

TEST(Host, IsANameOrAnAddress) {
    EXPECT_TRUE(is_host("localhost:8443"));
    EXPECT_TRUE(is_host("[::1]:80"));
    EXPECT_TRUE(is_host("lab_hub.local"));
    for (const char* bad : {"", "a/b", "a b", "a@b", "a\r\nb", "<x>"}) EXPECT_FALSE(is_host(bad));
}

TEST(Duration, IsOfHoursMinutesSeconds) {
    EXPECT_DOUBLE_EQ(parse_duration_s("PT120S").value(), 120);
    EXPECT_DOUBLE_EQ(parse_duration_s("PT1M30.5S").value(), 90.5);
    EXPECT_DOUBLE_EQ(parse_duration_s("PT1H").value(), 3600);
    for (const char* bad : {"", "PT", "120", "P1D", "PTS", "PT5", "PT1S1M", "PT1S1S", "PT-1S",
                            "PT1..2S", "PT1e3S", "pt1s", "PT 1S"}) {
        EXPECT_FALSE(parse_duration_s(bad)) << bad;
    }
}

TEST(IsoTime, HasMilliseconds) {
    EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(iso_time(1795973481.25), "2026-11-29T17:31:21.250Z");
}

TEST(IntegerParameter, IsWithinItsRange) {
    const Parameters query = {{"a", "7"}, {"h", "0x10"}, {"bad", "7x"}, {"e", ""}};
    EXPECT_EQ(integer_parameter(query, "a", 0, 7), 7);
    EXPECT_EQ(integer_parameter(query, "h", 0, 20), 16);
    EXPECT_EQ(integer_parameter(query, "none", 0, 7, 3), 3);
    EXPECT_THROW((void)integer_parameter(query, "a", 0, 6), Refusal);
    EXPECT_THROW((void)integer_parameter(query, "bad", 0, 9), Refusal);
    EXPECT_THROW((void)integer_parameter(query, "e", 0, 9), Refusal);
    EXPECT_THROW((void)integer_parameter(query, "none", 0, 9), Refusal);
}

TEST(ParseJson, RefusesDeepNesting) {
    EXPECT_TRUE(parse_json(R"({"a": [1, "[[[[[[[[[[[[[[[[[[[["]})"));
    EXPECT_FALSE(parse_json(std::string(100'000, '[')));
    EXPECT_FALSE(parse_json("{"));
}

TEST(PercentEncoded, KeepsWhatIsPlain) { EXPECT_EQ(percent_encoded("a b/ä"), "a%20b%2F%C3%A4"); }

}  // namespace
}  // namespace spinnlab::alloc::rest
