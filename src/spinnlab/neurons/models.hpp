// SPDX-License-Identifier: Apache-2.0
// All models. A new one: its header here, its type in models.def.
#pragma once

#include "spinnlab/neurons/models/if_cond_exp.hpp"
#include "spinnlab/neurons/models/if_cond_exp_stoc.hpp"
#include "spinnlab/neurons/models/if_curr_alpha.hpp"
#include "spinnlab/neurons/models/if_curr_delta.hpp"
#include "spinnlab/neurons/models/if_curr_delta_ca2_adaptive.hpp"
#include "spinnlab/neurons/models/if_curr_dual_exp.hpp"
#include "spinnlab/neurons/models/if_curr_exp.hpp"
#include "spinnlab/neurons/models/if_curr_exp_ca2_adaptive.hpp"
#include "spinnlab/neurons/models/if_curr_exp_semd.hpp"
#include "spinnlab/neurons/models/izhikevich.hpp"
#include "spinnlab/neurons/models/izhikevich_cond.hpp"
#include "spinnlab/neurons/models/izhikevich_cond_dual.hpp"
