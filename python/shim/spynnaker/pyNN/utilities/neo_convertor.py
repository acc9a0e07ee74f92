# SPDX-License-Identifier: Apache-2.0
"""From Neo blocks to plain arrays."""

from spinnlab.pynn.neo_tables import (
    convert_analog_signal,
    convert_data,
    convert_data_list,
    convert_gsyn,
    convert_gsyn_exc_list,
    convert_gsyn_inh_list,
    convert_spikes,
    convert_spiketrains,
    convert_v_list,
    count_spikes,
    count_spiketrains,
)
