# SPDX-License-Identifier: Apache-2.0
"""Which release of the published packages this environment has."""

from importlib import metadata


def release() -> str:
    """Such as 7.3.0."""
    try:
        return metadata.version("sPyNNaker").removeprefix("1!")
    except metadata.PackageNotFoundError:
        return "of unknown version"
