// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/describe.hpp"
#include "spinnlab/machine/machine_builder.hpp"

namespace spinnlab::machine {
namespace {

using Json = nlohmann::json;

constexpr int kTagsPerBoard = 7;

[[noreturn]] void refuse(const std::string& what_is_wrong) {
    throw MachineError("this JSON describes no machine: " + what_is_wrong,
                       "`spinnlab machine print NAME --json` shows the form.");
}

std::uint32_t lowest_cores(int n) { return (1u << n) - 1; }

std::uint32_t working_cores(const Chip& chip) {
    std::uint32_t mask = 0;
    for (std::size_t physical = 0; physical < kMaxCores; ++physical) {
        if (chip.virtual_of_physical[physical] >= 0) mask |= 1u << physical;
    }
    return mask;
}

Json resources(bool with_tags) {
    Json tags = Json::array();
    for (int tag = 1; with_tags && tag <= kTagsPerBoard; ++tag) tags.push_back(tag);
    return {{"monitors", 1},
            {"routerEntries", kUsableRouterEntries},
            {"sdram", kUsableSdramBytes},
            {"tags", tags}};
}

Json chip_to_json(const Chip& chip) {
    Json details = {{"cores", chip.n_cores}, {"ethernet", {chip.ethernet.x, chip.ethernet.y}}};
    Json dead_links = Json::array();
    for (const Direction direction : kAllDirections) {
        if (!chip.has_link(direction)) dead_links.push_back(static_cast<int>(direction));
    }
    if (!dead_links.empty()) details["deadLinks"] = dead_links;
    if (chip.xy == chip.ethernet) {
        details["ipAddress"] = fmt::format("127.0.{}.{}", chip.xy.x, chip.xy.y);
    }
    Json entry = {chip.xy.x, chip.xy.y, details};
    if (chip.usable_sdram_bytes != kUsableSdramBytes) {
        entry.push_back({{"sdram", chip.usable_sdram_bytes}});
    }
    return entry;
}

int integer(const Json& value, int least, int most, std::string_view what) {
    if (!value.is_number_integer()) refuse(fmt::format("{} is not an integer", what));
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most) {
        refuse(fmt::format("{} is {}, not from {} to {}", what, number, least, most));
    }
    return static_cast<int>(number);
}

ChipXY coordinates(const Json& pair) {
    constexpr int last = kMaxSize - 1;
    return {integer(pair.at(0), 0, last, "an x"), integer(pair.at(1), 0, last, "a y")};
}

/// What every chip has when its own entry does not say otherwise.
struct Resources {
    std::uint32_t sdram_bytes = kUsableSdramBytes;
};

Resources read_resources(const Json& from, Resources otherwise) {
    if (from.contains("monitors")) integer(from["monitors"], 1, 1, "monitors");
    if (from.contains("routerEntries")) {
        integer(from["routerEntries"], kUsableRouterEntries, kUsableRouterEntries, "routerEntries");
    }
    if (from.contains("sdram")) {
        otherwise.sdram_bytes =
            static_cast<std::uint32_t>(integer(from["sdram"], 1, kSdramBytes, "sdram"));
    }
    return otherwise;
}

/// One chip of the file.
struct Entry {
    Resources resources;
    ChipXY ethernet;
    std::uint32_t cores = 0;  ///< physical numbers as bits
    std::vector<Direction> dead_links;
};

Entry read_entry(const Json& chip, const Resources& standard, const Resources& ethernet) {
    const Json& details = chip.at(2);
    Entry entry;
    entry.ethernet = coordinates(details.at("ethernet"));
    entry.resources = details.contains("ipAddress") ? ethernet : standard;
    if (chip.size() > 3) entry.resources = read_resources(chip[3], entry.resources);
    entry.cores = lowest_cores(integer(details.at("cores"), 1, kMaxCores, "cores"));
    for (const Json& link : details.value("deadLinks", Json::array())) {
        entry.dead_links.push_back(
            static_cast<Direction>(integer(link, 0, kDirections - 1, "a dead link")));
    }
    return entry;
}

/// Replaces the lowest cores by those the member "physicalCores" lists.
void read_physical_cores(const Json& list, std::map<ChipXY, Entry>& entries) {
    for (const Json& item : list) {
        const auto found = entries.find(coordinates(item));
        if (found == entries.end()) refuse("physicalCores names a chip that is not listed");
        std::uint32_t mask = 0;
        for (const Json& core : item.at(2))
            mask |= 1u << integer(core, 0, kMaxCores - 1, "a physical core");
        if (std::popcount(mask) != std::popcount(found->second.cores)) {
            refuse("physicalCores and cores of a chip do not agree");
        }
        found->second.cores = mask;
    }
}

Machine machine_of(const Json& json) {
    const Json ours = json.value("spinnlab", Json::object());
    const int width = integer(json.at("width"), 1, kMaxSize, "width");
    const int height = integer(json.at("height"), 1, kMaxSize, "height");
    const int version = ours.contains("version") ? integer(ours["version"], 3, 5, "version")
                                                 : (width == kSmallBoardSize ? 3 : 5);
    const Resources standard = read_resources(json.at("standardResources"), {});
    const Resources ethernet = read_resources(json.at("ethernetResources"), {});

    std::map<ChipXY, Entry> entries;
    std::vector<ChipXY> boards;
    for (const Json& chip : json.at("chips")) {
        const ChipXY xy = coordinates(chip);
        const Entry entry = read_entry(chip, standard, ethernet);
        if (xy == entry.ethernet) boards.push_back(xy);
        if (!entries.emplace(xy, entry).second)
            refuse(fmt::format("chip ({},{}) stands twice", xy.x, xy.y));
    }
    if (boards.empty()) refuse("it lists no Ethernet chip");
    read_physical_cores(ours.value("physicalCores", Json::array()), entries);

    MachineBuilder builder({version, width, height});
    builder.add_boards(boards);
    for (const auto& [xy, entry] : entries) {
        if (builder.chip(xy, "\"chips\"").ethernet != entry.ethernet) {
            refuse(fmt::format("chip ({},{}) does not belong to board ({},{})", xy.x, xy.y,
                               entry.ethernet.x, entry.ethernet.y));
        }
        builder.set_cores(xy, entry.cores);
        builder.set_sdram(xy, entry.resources.sdram_bytes);
        for (const Direction direction : entry.dead_links) builder.remove_link(xy, direction);
    }
    for (const ChipXY xy : builder.chips()) {
        if (!entries.contains(xy)) builder.remove_chip(xy);
    }
    return builder.take(false);
}

}  // namespace

std::string to_json(const Machine& machine) {
    Json physical_cores = Json::array();
    std::string chips;
    for (const Chip& chip : machine.chips()) {
        chips += (chips.empty() ? "\n" : ",\n") + chip_to_json(chip).dump();
        const std::uint32_t mask = working_cores(chip);
        if (mask == lowest_cores(chip.n_cores)) continue;
        Json numbers = Json::array();
        for (int core = 0; core < kMaxCores; ++core) {
            if ((mask >> core & 1) != 0) numbers.push_back(core);
        }
        physical_cores.push_back({chip.xy.x, chip.xy.y, numbers});
    }
    Json ours = {{"version", machine.version()}};
    if (!physical_cores.empty()) ours["physicalCores"] = physical_cores;
    return fmt::format(
        "{{\"height\":{},\"width\":{},\"root\":[0,0],\n\"standardResources\":{},\n"
        "\"ethernetResources\":{},\n\"spinnlab\":{},\n\"chips\":[{}\n]}}\n",
        machine.height(), machine.width(), resources(false).dump(), resources(true).dump(),
        ours.dump(), chips);
}

Machine from_json(std::string_view text) {
    try {
        return machine_of(Json::parse(text));
    } catch (const Json::exception& error) {
        refuse(error.what());
    }
}

}  // namespace spinnlab::machine
