# SPDX-License-Identifier: Apache-2.0
"""Readers of text files and small helpers."""

from spinnlab.pynn.tables_from_files import (
    check_directory_exists_and_create_if_not,
    convert_param_to_numpy,
    get_n_bits,
    read_in_data_from_file,
    read_spikes_from_file,
)
