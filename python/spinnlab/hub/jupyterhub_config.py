# SPDX-License-Identifier: Apache-2.0
# JupyterHub reads this file; all there is to decide stands in hub.toml.
from spinnlab.hub.hub_config import from_environment

from_environment(get_config())  # type: ignore[name-defined]  # noqa: F821
