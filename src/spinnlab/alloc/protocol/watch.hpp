// SPDX-License-Identifier: Apache-2.0
// Subscriptions of a session, and other small things that its commands share.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::protocol {

inline constexpr std::size_t kMostWatches = 100'000;  ///< a client may subscribe to one by one

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

/// No name: all.
template <class T>
void watch(std::optional<std::set<T>>& watched, const std::optional<T>& name) {
    if (!name) {
        watched.reset();
    } else if (watched) {
        if (watched->size() >= kMostWatches) {
            throw AllocationError("too many subscriptions", "Subscribe to null for all of them.");
        }
        watched->insert(*name);
    }
}

template <class T>
void unwatch(std::optional<std::set<T>>& watched, const std::optional<T>& name) {
    if (!name) {
        watched = std::set<T>{};
    } else if (watched) {
        watched->erase(*name);
    }
}

}  // namespace spinnlab::alloc::protocol
