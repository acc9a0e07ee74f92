// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/machine.hpp"
