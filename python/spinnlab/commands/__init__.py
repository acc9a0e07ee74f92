# SPDX-License-Identifier: Apache-2.0
"""The subcommands of `spinnlab`, one module each: `add_parser` declares, `main` does."""
