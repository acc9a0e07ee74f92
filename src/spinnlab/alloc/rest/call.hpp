// SPDX-License-Identifier: Apache-2.0
// A request as the routes see it; only for the sources of Service.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spinnlab/alloc/rest/service.hpp"

namespace spinnlab::alloc::rest {

struct Service::Call {
    const Request* request = nullptr;
    Target target;
    Base base;
    std::vector<std::string> path;  ///< what follows the part that led here
    std::optional<Identity> who;
    const Session* session = nullptr;  ///< of the cookie, signed in or a form
    bool by_token = false;             ///< `who` is known by a token of the service's own

    [[nodiscard]] const std::string& method() const { return request->method; }
    [[nodiscard]] const Parameters& query() const { return target.query; }
    [[nodiscard]] const std::string& content_type() const { return request->content_type; }
};

[[noreturn]] void refuse(Status status, std::string text);
[[noreturn]] void refuse_method(const std::string& method, const char* allowed);
/// `type` without parameters such as the character set.
[[nodiscard]] bool has_type(const std::string& content_type, std::string_view type);
/// An error's text as one line.
[[nodiscard]] std::string one_line(std::string text);

}  // namespace spinnlab::alloc::rest
