// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/kernels.hpp"

#include <fmt/format.h>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/neurons/kernel_tables.hpp"

namespace spinnlab::neurons {

bool isa_available(Isa isa) {
    __builtin_cpu_init();
    switch (isa) {
        case Isa::Scalar: return true;
        case Isa::Sse4: return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes");
        case Isa::Avx2: return __builtin_cpu_supports("x86-64-v3") && __builtin_cpu_supports("aes");
        case Isa::Avx512:
            return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("aes");
    }
    return false;
}

Isa best_isa() {
    for (const Isa isa : {Isa::Avx512, Isa::Avx2, Isa::Sse4}) {
        if (isa_available(isa)) return isa;
    }
    return Isa::Scalar;
}

std::string_view isa_name(Isa isa) {
    switch (isa) {
        case Isa::Scalar: return "scalar";
        case Isa::Sse4: return "SSE4";
        case Isa::Avx2: return "AVX2";
        case Isa::Avx512: return "AVX-512";
    }
    return "unknown";
}

Advance advance_kernel(const ModelInfo& model, Isa isa) {
    if (!isa_available(isa)) {
        throw InternalError(fmt::format("this processor has no {}", isa_name(isa)));
    }
    switch (isa) {
        case Isa::Scalar: return scalar_kernels()[model.index];
        case Isa::Sse4: return sse4_kernels()[model.index];
        case Isa::Avx2: return avx2_kernels()[model.index];
        case Isa::Avx512: return avx512_kernels()[model.index];
    }
    throw InternalError("no such instruction set");
}

}  // namespace spinnlab::neurons
