// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/dead_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

bool names_nothing(std::string_view text) {
    constexpr std::string_view none = "none";
    return text.empty() ||
           std::equal(text.begin(), text.end(), none.begin(), none.end(), [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == b;
           });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<int> integer(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One item of a list, with what its error messages need.
class Item {
 public:
    Item(std::string_view option, std::string_view text, std::string_view form)
        : option_(option), text_(text), form_(form), parts_(split(text, ',')) {
        const auto expected =
            static_cast<std::size_t>(std::count(form.begin(), form.end(), ',')) + 1;
        if (parts_.size() == expected + 1 && parts_.back().find('.') != std::string_view::npos) {
            throw MachineError(
                fmt::format("{} names a board by its address {} in \"{}\"", option_, parts_.back(),
                            text_),
                "A machine knows no addresses: give the chip's coordinates on the whole machine "
                "and leave the address out.");
        }
        if (parts_.size() != expected) refuse();
    }

    [[nodiscard]] ChipXY chip() const {
        return {number(parts_[0], 0, kMaxSize - 1), number(parts_[1], 0, kMaxSize - 1)};
    }
    [[nodiscard]] std::string_view part(std::size_t i) const { return parts_[i]; }
    [[nodiscard]] int number(std::string_view digits, int least, int most) const {
        const std::optional<int> value = integer(digits);
        if (!value || *value < least || *value > most) refuse();
        return *value;
    }
    [[noreturn]] void refuse() const {
        throw MachineError(fmt::format("{} holds \"{}\"", option_, text_),
                           fmt::format("Write {}, several joined by \":\".", form_));
    }

 private:
    std::string_view option_;
    std::string_view text_;
    std::string_view form_;
    std::vector<std::string_view> parts_;
};

template <typename Use>
void for_each_item(std::string_view option, std::string_view text, std::string_view form, Use use) {
    text = trimmed(text);
    if (names_nothing(text)) return;
    for (const std::string_view item : split(text, ':')) use(Item(option, item, form));
}

void append_core(std::vector<DownCore>& cores, ChipXY chip, int signed_number) {
    cores.push_back({chip, std::abs(signed_number)});
}

}  // namespace

std::vector<ChipXY> parse_down_chips(std::string_view text) {
    std::vector<ChipXY> chips;
    for_each_item("down_chips", text, "x,y with coordinates from 0 to 255",
                  [&](const Item& item) { chips.push_back(item.chip()); });
    return chips;
}

std::vector<DownCore> parse_down_cores(std::string_view text) {
    constexpr int last = kMaxCores - 1;
    std::vector<DownCore> cores;
    for_each_item("down_cores", text,
                  "x,y,p with p from 1 to 17 for a virtual core (0 to -17 for a physical one) or a "
                  "range p1-p2",
                  [&](const Item& item) {
                      const std::string_view part = item.part(2);
                      const std::size_t dash = part.find('-', 1);
                      if (part.empty() || dash == std::string_view::npos) {
                          append_core(cores, item.chip(), item.number(part, -last, last));
                          return;
                      }
                      const int first = item.number(part.substr(0, dash), 0, last);
                      const int end = item.number(part.substr(dash + 1), first, last);
                      for (int core = first; core <= end; ++core)
                          append_core(cores, item.chip(), core);
                  });
    return cores;
}

std::vector<DownLink> parse_down_links(std::string_view text) {
    std::vector<DownLink> links;
    for_each_item("down_links", text, "x,y,link with a link from 0 (east) to 5 (south)",
                  [&](const Item& item) {
                      const int link = item.number(item.part(2), 0, kDirections - 1);
                      links.push_back({item.chip(), static_cast<Direction>(link)});
                  });
    return links;
}

DeadParts find_dead_parts(const Machine& machine) {
    MachineSpec spec;
    spec.version = machine.version();
    spec.width = machine.width();
    spec.height = machine.height();
    spec.boards.assign(machine.ethernet_chips().begin(), machine.ethernet_chips().end());
    const Machine as_built = build(spec);

    DeadParts dead;
    for (const Chip& built : as_built.chips()) {
        const Chip* chip = machine.find(built.xy);
        if (chip == nullptr) {
            dead.chips.push_back(built.xy);
            continue;
        }
        for (int core = 0; core < built.n_cores; ++core) {
            if (chip->virtual_of_physical[static_cast<std::size_t>(core)] < 0) {
                dead.cores.push_back({chip->xy, core});
            }
        }
        for (const Direction direction : kAllDirections) {
            const auto next = as_built.neighbour(built.xy, direction);
            if (next && machine.find(*next) != nullptr && !chip->has_link(direction)) {
                dead.links.push_back({chip->xy, direction});
            }
        }
    }
    return dead;
}

std::string down_chips_text(const std::vector<ChipXY>& chips) {
    std::string text;
    for (const ChipXY chip : chips) {
        text += fmt::format("{}{},{}", text.empty() ? "" : ":", chip.x, chip.y);
    }
    return text;
}

std::string down_cores_text(const std::vector<DownCore>& cores) {
    std::string text;
    for (const auto& [chip, number] : cores) {
        text += fmt::format("{}{},{},{}", text.empty() ? "" : ":", chip.x, chip.y, -number);
    }
    return text;
}

std::string down_links_text(const std::vector<DownLink>& links) {
    std::string text;
    for (const auto& [chip, direction] : links) {
        text += fmt::format("{}{},{},{}", text.empty() ? "" : ":", chip.x, chip.y,
                            static_cast<int>(direction));
    }
    return text;
}

}  // namespace spinnlab::machine
