// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/arguments.hpp"

#include <gtest/gtest.h>

#include "spinnlab/alloc/protocol/job_request.hpp"

namespace spinnlab::alloc::protocol {
namespace {

TEST(Arguments, ArePassedByPositionAndByName) {
    const json args = {7, "text"};
    const json kwargs = {{"flag", true}, {"number", 2.5}, {"texts", {"a", "b"}}, {"none", nullptr}};
    const Arguments named(args, kwargs,
                          {"id", "word", "flag", "number", "texts", "none", "absent"});
    EXPECT_EQ(named.integer("id"), 7);
    EXPECT_EQ(named.text("word"), "text");
    EXPECT_EQ(named.optional_flag("flag"), true);
    EXPECT_EQ(named.optional_number("number"), 2.5);
    EXPECT_EQ(named.optional_texts("texts"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(named.optional_text("none"), std::nullopt);
    EXPECT_TRUE(named.given("none"));
    EXPECT_FALSE(named.given("absent"));
    EXPECT_EQ(named.optional_integer("absent"), std::nullopt);
    EXPECT_THROW((void)named.integer("absent"), ArgumentError);
    EXPECT_THROW((void)named.text("none"), ArgumentError);
}

TEST(Arguments, TooManyUnknownAndRepeatedOnesAreErrors) {
    const json none = json::array(), no_names = json::object();
    const json two = {1, 2}, named = {{"a", 1}}, unknown = {{"b", 1}};
    EXPECT_THROW(Arguments(two, no_names, {"a"}), ArgumentError);
    EXPECT_THROW(Arguments(none, unknown, {"a"}), ArgumentError);
    EXPECT_THROW(Arguments(two, named, {"a", "c"}), ArgumentError);
    EXPECT_NO_THROW(Arguments(none, named, {"a"}));
}

TEST(Arguments, EveryOtherTypeIsNamedInTheError) {
    const std::vector<json> values = {json("text"),   json(1.5), json(true), json::array({1}),
                                      json::object(), json(3),   json("x")};
    for (const json& value : values) {
        const json kwargs = {{"a", value}};
        const json args = json::array();
        const Arguments named(args, kwargs, {"a"});
        const auto check = [&](bool fits, auto get) {
            if (fits) {
                EXPECT_NO_THROW(get()) << value;
                return;
            }
            try {
                get();
                ADD_FAILURE() << value << " was taken";
            } catch (const ArgumentError& error) {
                EXPECT_NE(std::string(error.what()).find("a is of type"), std::string::npos);
                EXPECT_FALSE(error.way_out().empty());
            }
        };
        check(value.is_number_integer(), [&] { (void)named.integer("a"); });
        check(value.is_number(), [&] { (void)named.optional_number("a"); });
        check(value.is_string(), [&] { (void)named.text("a"); });
        check(value.is_boolean(), [&] { (void)named.optional_flag("a"); });
        check(false, [&] { (void)named.optional_texts("a"); });
    }
}

TEST(Arguments, WholeNumbersMustFit64BitsWithSign) {
    EXPECT_EQ(as_integer(json(std::numeric_limits<std::int64_t>::min()), "n"),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(as_integer(json(std::uint64_t{1} << 62), "n"), std::int64_t{1} << 62);
    EXPECT_THROW((void)as_integer(json(std::uint64_t{1} << 63), "n"), ArgumentError);
    EXPECT_THROW((void)as_integer(json(1e3), "n"), ArgumentError);
}

TEST(JobRequest, WhatIsAskedForFollowsFromTheNumbers) {
    const json owner = {{"owner", "ada"}};
    const auto what = [&](const json& args) { return parse_job_request(args, owner).boards.what; };
    EXPECT_TRUE(std::holds_alternative<AnyBoard>(what(json::array())));
    EXPECT_TRUE(std::holds_alternative<AnyBoard>(what({1})));
    EXPECT_EQ(std::get<BoardCount>(what({4})).boards, 4);
    EXPECT_EQ(std::get<BoardCount>(what({0})).boards, 0);
    EXPECT_EQ(std::get<TriadRectangle>(what({2, 3})).height, 3);
    EXPECT_EQ(std::get<NamedBoard>(what({4, 5, 2})).z, 2);
    EXPECT_THROW((void)what({1, 2, 3, 4}), ArgumentError);
    EXPECT_THROW((void)what({"1"}), ArgumentError);
    EXPECT_THROW((void)what({1.0}), ArgumentError);
}

TEST(JobRequest, KeepaliveIsAMinuteUnlessItIsGiven) {
    EXPECT_EQ(parse_job_request(json::array(), {{"owner", "a"}}).keepalive_s, 60.0);
    EXPECT_EQ(parse_job_request(json::array(), {{"keepalive", nullptr}}).keepalive_s, std::nullopt);
    EXPECT_EQ(parse_job_request(json::array(), {{"keepalive", 3}}).keepalive_s, 3.0);
    EXPECT_THROW((void)parse_job_request(json::array(), {{"keepalive", "3"}}), ArgumentError);
}

TEST(JobRequest, ArgumentsAreKeptForTheListAndKeptShort) {
    const JobRequest request =
        parse_job_request({3}, {{"owner", "a"}, {"keepalive", 5}, {"max_dead_boards", 0}});
    EXPECT_EQ(request.args_json, "[3]");
    EXPECT_EQ(request.kwargs_json, R"({"max_dead_boards":0})");
    EXPECT_EQ(request.boards.max_dead_boards, 0);
    EXPECT_THROW((void)parse_job_request({3}, {{"machine", std::string(5000, 'm')}}),
                 ArgumentError);
}

}  // namespace
}  // namespace spinnlab::alloc::protocol
