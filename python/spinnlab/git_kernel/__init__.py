# SPDX-License-Identifier: Apache-2.0
"""The kernel sPyNNakerGit: `~/sPyNNakerGit`, an environment whose sources are git clones."""
