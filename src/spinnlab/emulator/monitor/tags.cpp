// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/monitor/tags.hpp"

namespace spinnlab::emulator::monitor {

void TagTable::clear() { *this = TagTable(); }

std::optional<int> TagTable::find_free() const {
    for (int tag = kFixed; tag < kTags; ++tag) {
        if (!(*this)[tag].valid()) return tag;
    }
    return std::nullopt;
}

std::uint8_t TagTable::remember(const HostAddress& sender) {
    const int tag = next_transient_;
    next_transient_ = tag == kLastTransient ? kFirstTransient : tag + 1;
    transient_[static_cast<std::size_t>(tag)] = sender;
    return static_cast<std::uint8_t>(tag);
}

std::optional<HostAddress> TagTable::sender(std::uint8_t transient) const {
    if (transient < kFirstTransient || transient > kLastTransient) return std::nullopt;
    return transient_[transient];
}

void TagTable::forget(std::uint8_t transient) {
    if (transient >= kFirstTransient && transient <= kLastTransient) transient_[transient].reset();
}

}  // namespace spinnlab::emulator::monitor
