// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/describe.hpp"

namespace spinnlab::machine {
namespace {

TEST(JsonForm, ReadsBackAnEqualMachine) {
    for (const char* name : {"spin3", "spin5", "triad", "16x16", "24x16", "frame"}) {
        const Machine machine = build(parse_spec(name));
        EXPECT_EQ(from_json(to_json(machine)), machine) << name;
    }
    EXPECT_FALSE(build(parse_spec("triad")) == build(parse_spec("16x16")));
}

TEST(JsonForm, KeepsBoardsDeadPartsAndWhichPhysicalCoresWork) {
    MachineSpec spec = parse_spec("16x16");
    spec.boards = {{0, 0}, {4, 8}};
    spec.down_chips = "3,3";
    spec.down_cores = "0,1,3:0,0,0:2,2,17";
    spec.down_links = "0,0,0:1,0,3";
    const Machine machine = build(spec);
    const Machine again = from_json(to_json(machine));
    EXPECT_EQ(again, machine);
    EXPECT_EQ(again.find({0, 0})->physical_of_virtual[0], 1);
    EXPECT_EQ(again.find({0, 1})->physical_of_virtual[3], 4);
}

TEST(JsonForm, ReadsAFileThatTheOriginalWrote) {
    std::ifstream file(SPINNLAB_GOLDEN_DIR "/machine/original-form-16x16.json");
    ASSERT_TRUE(file);
    std::ostringstream text;
    text << file.rdbuf();
    MachineSpec spec = parse_spec("16x16");
    spec.down_chips = "3,3";
    EXPECT_EQ(from_json(text.str()), build(spec));
}

TEST(JsonForm, KeepsTheSdramAChipIsSaidToHave) {
    auto json = nlohmann::json::parse(to_json(build(parse_spec("spin5"))));
    json["standardResources"]["sdram"] = 1'000'000;
    json["chips"][1].push_back({{"sdram", 5'000}});
    const Machine machine = from_json(json.dump());
    EXPECT_EQ(machine.find({0, 0})->usable_sdram_bytes, kUsableSdramBytes);
    EXPECT_EQ(machine.find({0, 1})->usable_sdram_bytes, 5'000u);
    EXPECT_EQ(machine.find({0, 2})->usable_sdram_bytes, 1'000'000u);
    EXPECT_EQ(from_json(to_json(machine)), machine);
}

TEST(JsonForm, AChipMayHaveACoreMoreThanOurMapGivesIt) {
    auto json = nlohmann::json::parse(to_json(build(parse_spec("spin5"))));
    for (auto& chip : json["chips"]) {
        if (chip[0] == 1 && chip[1] == 1) chip[2]["cores"] = 18;
    }
    const Machine machine = from_json(json.dump());
    EXPECT_EQ(machine.find({1, 1})->n_cores, 18);
    EXPECT_EQ(machine.total_cores(), 857);
}

using Change = void (*)(nlohmann::json&);

TEST(JsonForm, RefusesWhatIsNoMachine) {
    for (const char* text : {"", "{", "[]", "3", "{}", "{\"width\": 8}"}) {
        EXPECT_THROW((void)from_json(text), MachineError) << text;
    }
    const Change changes[] = {
        [](nlohmann::json& j) { j["width"] = 9; },
        [](nlohmann::json& j) { j["width"] = "8"; },
        [](nlohmann::json& j) { j["width"] = 1e30; },
        [](nlohmann::json& j) { j["height"] = -8; },
        [](nlohmann::json& j) { j["chips"] = nlohmann::json::array(); },
        [](nlohmann::json& j) { j["chips"] = 5; },
        [](nlohmann::json& j) { j["chips"].push_back(j["chips"][3]); },
        [](nlohmann::json& j) { j["chips"].erase(0); },
        [](nlohmann::json& j) { j["chips"][0][0] = 7; },
        [](nlohmann::json& j) { j["chips"][0].erase(2); },
        [](nlohmann::json& j) { j["chips"][4][2]["cores"] = 4; },
        [](nlohmann::json& j) { j["chips"][4][2]["cores"] = 19; },
        [](nlohmann::json& j) { j["chips"][4][2]["ethernet"] = {4, 8}; },
        [](nlohmann::json& j) { j["chips"][0][2]["deadLinks"] = {0, 3, 4, 5}; },
        [](nlohmann::json& j) { j["chips"][0][2]["deadLinks"] = {6}; },
        [](nlohmann::json& j) { j["standardResources"]["monitors"] = 2; },
        [](nlohmann::json& j) { j["standardResources"]["routerEntries"] = 4096; },
        [](nlohmann::json& j) { j["ethernetResources"]["sdram"] = 1 << 30; },
        [](nlohmann::json& j) { j["spinnlab"]["version"] = 4; },
        [](nlohmann::json& j) { j["spinnlab"]["physicalCores"] = {{0, 0, {1, 2, 3}}}; },
        [](nlohmann::json& j) { j["spinnlab"]["physicalCores"] = {{7, 0, {1, 2, 3}}}; },
        [](nlohmann::json& j) { j["spinnlab"]["physicalCores"] = {{0, 0, {99}}}; },
    };
    const auto whole = nlohmann::json::parse(to_json(build(parse_spec("spin5"))));
    int at = 0;
    for (const Change change : changes) {
        auto json = whole;
        change(json);
        EXPECT_THROW((void)from_json(json.dump()), MachineError) << "change " << at;
        ++at;
    }
}

TEST(JsonForm, AnyTruncationIsRefusedNotFatal) {
    const std::string text = to_json(build(parse_spec("spin3")));
    for (std::size_t length = 0; length + 2 < text.size(); ++length) {
        EXPECT_THROW((void)from_json(text.substr(0, length)), MachineError) << length;
    }
}

}  // namespace
}  // namespace spinnlab::machine
