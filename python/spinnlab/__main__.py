# SPDX-License-Identifier: Apache-2.0
"""`python -m spinnlab` is the command `spinnlab`."""

import sys

from spinnlab.cli import main

sys.exit(main())
