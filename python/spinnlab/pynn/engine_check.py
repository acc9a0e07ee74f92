# SPDX-License-Identifier: Apache-2.0
"""Imported before anything of the compiled engine: one that is stale or missing is said first."""

from spinnlab.provenance import check_engine

check_engine()
