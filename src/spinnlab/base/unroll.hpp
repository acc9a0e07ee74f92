// SPDX-License-Identifier: Apache-2.0
// Unrolling where it decides between registers and memory.
#pragma once

/// Before a loop whose number of rounds is known and whose arrays belong into registers, which only
/// an unrolled loop can name.
#define SPINNLAB_UNROLL _Pragma("GCC unroll 16")
