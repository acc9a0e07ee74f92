// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "spinnlab/alloc/json_nesting.hpp"

namespace spinnlab::alloc::rest {
namespace {

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

/// Nothing for a percent sign without two digits, and for zero bytes.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const auto high = hex_digit(text[i + 1]);
            const auto low = hex_digit(text[i + 2]);
            if (!high || !low) return std::nullopt;
            c = static_cast<char>(*high << 4 | *low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        out.push_back(c);
    }
    return out;
}

bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

Response json_response(Status status, const json& value) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return response;
}

Response error_response(Status status, std::string_view text) {
    return json_response(status, {{"message", std::string(text)}});
}

std::optional<Parameters> parse_form(std::string_view text) {
    Parameters parameters;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals), true);
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value || parameters.size() >= kMostParameters) return std::nullopt;
        if (!parameters.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
    }
    return parameters;
}

std::optional<Target> parse_target(std::string_view target) {
    if (target.empty() || target.front() != '/') return std::nullopt;
    target = target.substr(0, target.find('#'));
    const std::size_t question = std::min(target.find('?'), target.size());
    auto query = parse_form(target.substr(std::min(question + 1, target.size())));
    if (!query) return std::nullopt;
    Target parsed;
    parsed.query = std::move(*query);
    std::string_view path = target.substr(0, question);
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const std::size_t end = std::min(path.find('/'), path.size());
        auto segment = decoded(path.substr(0, end), false);
        if (!segment) return std::nullopt;
        if (!segment->empty()) parsed.path.push_back(std::move(*segment));
        path.remove_prefix(end);
    }
    return parsed;
}

std::string cookie_value(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const std::size_t end = std::min(header.find(';'), header.size());
        const std::string_view pair = trimmed(header.substr(0, end));
        header.remove_prefix(std::min(end + 1, header.size()));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return std::string(pair.substr(equals + 1));
        }
    }
    return {};
}

std::optional<std::string> bearer_token(std::string_view header) {
    constexpr std::string_view scheme = "bearer ";
    if (header.size() <= scheme.size()) return std::nullopt;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = header[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != scheme[i]) return std::nullopt;
    }
    return std::string(trimmed(header.substr(scheme.size())));
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return is_token_character(c) || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
               c == ']';
    });
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_token_character(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            out.push_back(c);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::int64_t integer_parameter(const Parameters& query, const std::string& name, std::int64_t least,
                               std::int64_t greatest, std::optional<std::int64_t> otherwise) {
    const auto found = query.find(name);
    if (found == query.end()) {
        if (otherwise) return *otherwise;
        throw Refusal{Status::BadRequest,
                      fmt::format("the parameter {} is missing; give a whole number", name)};
    }
    std::string_view text = found->second;
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < least ||
        value > greatest) {
        throw Refusal{Status::BadRequest,
                      fmt::format("{}=\"{}\" is not taken; give a whole number from {} to {}", name,
                                  found->second.substr(0, 40), least, greatest)};
    }
    return value;
}

bool flag_parameter(const Parameters& query, const std::string& name) {
    const auto found = query.find(name);
    if (found == query.end()) return false;
    // The published client writes both "true" and Python's "True".
    if (found->second == "true" || found->second == "True") return true;
    if (found->second == "false" || found->second == "False") return false;
    throw Refusal{Status::BadRequest, fmt::format("{}=\"{}\" is not taken; give true or false",
                                                  name, found->second.substr(0, 40))};
}

std::optional<double> parse_duration_s(std::string_view text) {
    if (!text.starts_with("PT") || text.size() < 4 || text.size() > 40) return std::nullopt;
    text.remove_prefix(2);
    constexpr std::string_view units = "HMS";
    constexpr double unit_s[] = {3600, 60, 1};
    std::size_t next_unit = 0;
    double total_s = 0;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() &&
               ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) {
            ++digits;
        }
        if (digits == 0 || digits == text.size()) return std::nullopt;
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
        if (error != std::errc{} || end != text.data() + digits) return std::nullopt;
        const std::size_t unit = units.find(text[digits]);
        if (unit == std::string_view::npos || unit < next_unit) return std::nullopt;
        total_s += value * unit_s[unit];
        next_unit = unit + 1;
        text.remove_prefix(digits + 1);
    }
    return std::isfinite(total_s) ? std::optional(total_s) : std::nullopt;
}

std::string iso_time(double unix_s) {
    const double whole_s = std::floor(unix_s);
    const auto seconds = static_cast<std::time_t>(whole_s);
    const auto milliseconds =
        std::clamp(static_cast<int>(std::floor((unix_s - whole_s) * 1e3)), 0, 999);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", parts, milliseconds);
}

std::optional<json> parse_json(std::string_view text) {
    if (nested_deeper_than(text, kDeepestJson)) return std::nullopt;
    json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) return std::nullopt;
    return value;
}

}  // namespace spinnlab::alloc::rest
