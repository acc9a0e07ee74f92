// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/protocol/message.hpp"

#include <gtest/gtest.h>

namespace spinnlab::alloc::protocol {
namespace {

/// Why a line is refused; empty when it is a call.
std::string refusal(std::string_view line) {
    const auto decoded = decode_call(line);
    const auto* malformed = std::get_if<Malformed>(&decoded);
    return malformed == nullptr ? std::string{} : malformed->why;
}

TEST(Message, ACallHasACommandAndArgumentsOfBothKinds) {
    const auto decoded = decode_call(
        R"({"command": "create_job", "args": [1, 2], "kwargs": {"owner": "ada"}, "more": 1})");
    const Call* call = std::get_if<Call>(&decoded);
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->command, "create_job");
    EXPECT_EQ(call->args, json({1, 2}));
    EXPECT_EQ(call->kwargs, json({{"owner", "ada"}}));
}

TEST(Message, ArgumentsMayBeLeftOutAndTheClientsNameIsNone) {
    const auto decoded = decode_call(R"({"command": "version", "kwargs": {"client": "x"}})");
    const Call& call = std::get<Call>(decoded);
    EXPECT_EQ(call.args, json::array());
    EXPECT_EQ(call.kwargs, json::object());
}

TEST(Message, AnythingElseSaysWhatIsWrong) {
    EXPECT_EQ(refusal(""), "not JSON");
    EXPECT_EQ(refusal("version"), "not JSON");
    EXPECT_EQ(refusal(R"({"command": "version"} x)"), "not JSON");
    EXPECT_EQ(refusal(R"({"command": "ver)"), "not JSON");
    EXPECT_EQ(refusal("{\"command\": \"\xff\"}"), "not JSON");
    EXPECT_EQ(refusal(R"({"command": "x", "args": [1e999]})"), "not JSON");
    EXPECT_EQ(refusal(std::string_view("\0\1\2", 3)), "not JSON");
    EXPECT_EQ(refusal("[]"), "not an object");
    EXPECT_EQ(refusal("null"), "not an object");
    EXPECT_EQ(refusal("{}"), "no command");
    EXPECT_EQ(refusal(R"({"command": 7})"), "no command");
    EXPECT_EQ(refusal(R"({"command": "x", "args": {}})"), "args is not a list");
    EXPECT_EQ(refusal(R"({"command": "x", "args": null})"), "args is not a list");
    EXPECT_EQ(refusal(R"({"command": "x", "kwargs": []})"), "kwargs is not an object");
}

TEST(Message, LengthAndNestingAreLimited) {
    const std::string call = R"({"command": "x", "args": [)";
    std::string full = call + R"("])";
    full.insert(call.size(), "\"" + std::string(kLongestLine_bytes - full.size() - 2, 'a'));
    full += "}";
    ASSERT_EQ(full.size(), kLongestLine_bytes);
    EXPECT_EQ(refusal(full), "");
    EXPECT_NE(refusal(full + " "), "");
    const auto nested = [](int depth) {  // the object and the list of arguments are two of them
        const auto n = static_cast<std::size_t>(depth - 1);
        return R"({"command": "x", "args": )" + std::string(n, '[') + std::string(n, ']') + "}";
    };
    EXPECT_EQ(refusal(nested(kDeepestNesting)), "");
    EXPECT_EQ(refusal(nested(kDeepestNesting + 1)), "brackets nested too deeply");
    EXPECT_EQ(refusal(nested(500'000)), "brackets nested too deeply");
    EXPECT_EQ(refusal(R"({"command": "[[[[[[[[[[[[[[[[[[[[[[[[[\"[[["})"), "");
}

TEST(Message, AnswersAreWholeLines) {
    EXPECT_EQ(encode_return(nullptr), "{\"return\":null}\n");
    EXPECT_EQ(encode_return({1, "a"}), "{\"return\":[1,\"a\"]}\n");
    EXPECT_EQ(encode_exception("a\nb"), "{\"exception\":\"a\\nb\"}\n");
    EXPECT_EQ(encode_exception("\xff"), "{\"exception\":\"\xef\xbf\xbd\"}\n");
    EXPECT_EQ(encode_jobs_changed({3, 1}), "{\"jobs_changed\":[1,3]}\n");
    EXPECT_EQ(encode_machines_changed({"m"}), "{\"machines_changed\":[\"m\"]}\n");
}

}  // namespace
}  // namespace spinnlab::alloc::protocol
