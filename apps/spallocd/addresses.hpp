// SPDX-License-Identifier: Apache-2.0
// Loopback addresses for boards: each board has one of its own, as on a real machine.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace spallocd {

inline constexpr std::uint16_t kScpPort = 17893;
inline constexpr std::uint16_t kBootPort = 54321;

/// Hands out addresses 127.x.y.z, round and round from the first one, so that an address is not
/// used again soon: a program that still talks to a job's board does not reach the next job's.
class AddressPool {
 public:
    /// Throws MachineError when `first` is not a loopback address.
    explicit AddressPool(const std::string& first);

    /// `count` addresses that nobody uses; passes over those whose ports are taken, by anything on
    /// this computer. Throws MachineError when there are not enough.
    [[nodiscard]] std::vector<std::string> take(std::size_t count);

    /// Takes back certain addresses, as a daemon does for the jobs of its predecessor. False, and
    /// nothing changed, when one is no loopback address or belongs to another job.
    [[nodiscard]] bool reserve(const std::vector<std::string>& addresses);

    void give_back(const std::vector<std::string>& addresses);

 private:
    std::uint32_t first_ = 0;
    std::uint32_t next_ = 0;
    std::set<std::uint32_t> used_;
};

/// Whether both of a board's UDP ports can be bound on the address at this moment.
[[nodiscard]] bool ports_free(const std::string& address);

}  // namespace spallocd
