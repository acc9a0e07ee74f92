// SPDX-License-Identifier: Apache-2.0
// Requests and answers of the HTTP service, and the small notations in them. No sockets.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spinnlab::alloc::rest {

using nlohmann::json;

/// The status codes in use.
enum class Status : unsigned {
    Ok = 200,
    Created = 201,
    NoContent = 204,
    Found = 302,
    BadRequest = 400,
    Unauthorized = 401,
    Forbidden = 403,
    NotFound = 404,
    MethodNotAllowed = 405,
    Conflict = 409,
    Gone = 410,
    TooLarge = 413,
    WrongType = 415,
    TooManyRequests = 429,
    NotImplemented = 501,
    BadGateway = 502,
    Unavailable = 503,
    BoardTimeout = 504,
};

/// A request as it came. Header values are those of the only header of that name, or empty.
struct Request {
    std::string method;  ///< in capitals
    std::string target;  ///< path and query, still encoded
    std::string host;    ///< of the header "Host"
    std::string authorization;
    std::string cookie;
    std::string csrf;  ///< of the header that kCsrfHeader names
    std::string content_type;
    std::string body;
    std::string peer;     ///< address of whoever asks
    bool secure = false;  ///< came by TLS
};

struct Response {
    Status status = Status::Ok;
    std::string type;  ///< empty where there is no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string user;  ///< to whom; empty: to a stranger
};

/// A request that cannot be served. `text` says why and ends with the way out.
struct Refusal : std::exception {
    Refusal() = default;
    Refusal(Status code, std::string why) : status(code), text(std::move(why)) {}
    [[nodiscard]] const char* what() const noexcept override { return text.c_str(); }

    Status status = Status::BadRequest;
    std::string text;
};

inline constexpr const char* kCsrfHeader = "X-CSRF-TOKEN";
inline constexpr const char* kSessionCookie = "JSESSIONID";
inline constexpr const char* kBytes = "application/octet-stream";
inline constexpr std::size_t kMostParameters = 64;
inline constexpr int kDeepestJson = 16;

[[nodiscard]] Response json_response(Status status, const json& value);
/// {"message": text}.
[[nodiscard]] Response error_response(Status status, std::string_view text);

using Parameters = std::map<std::string, std::string>;

/// A path without its empty segments, and the parameters.
struct Target {
    std::vector<std::string> path;
    Parameters query;
};

/// Total: nothing for a target that does not start with '/', for broken percent signs, for zero
/// bytes, for a parameter given twice and for too many of them.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);
/// A form (application/x-www-form-urlencoded); nothing as above.
[[nodiscard]] std::optional<Parameters> parse_form(std::string_view text);
/// The value of a cookie; empty without.
[[nodiscard]] std::string cookie_value(std::string_view header, std::string_view name);
/// The token of "Bearer TOKEN"; nothing for other schemes.
[[nodiscard]] std::optional<std::string> bearer_token(std::string_view header);
/// Whether a Host header is a name or an address with an optional port, and nothing else.
[[nodiscard]] bool is_host(std::string_view host);
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Decimal or 0x-hexadecimal whole number within the range; throws Refusal that names `name`.
[[nodiscard]] std::int64_t integer_parameter(const Parameters& query, const std::string& name,
                                             std::int64_t least, std::int64_t greatest,
                                             std::optional<std::int64_t> otherwise = {});
/// "true" or "false"; throws Refusal.
[[nodiscard]] bool flag_parameter(const Parameters& query, const std::string& name);

/// Seconds of an ISO 8601 duration of hours, minutes and seconds such as "PT120S" or "PT1M30.5S".
[[nodiscard]] std::optional<double> parse_duration_s(std::string_view text);
/// "2026-11-29T17:21:21.500Z".
[[nodiscard]] std::string iso_time(double unix_s);
/// Total: nothing for what is not JSON or is nested deeper than kDeepestJson.
[[nodiscard]] std::optional<json> parse_json(std::string_view text);

}  // namespace spinnlab::alloc::rest
