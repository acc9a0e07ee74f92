# SPDX-License-Identifier: Apache-2.0
"""The numbers of commands, results and LED actions as the published SpiNNMan has them.

python published_numbers.py RESULT.json
"""

import json
import sys
from pathlib import Path

from spinnman.messages.scp.enums import LEDAction, SCPCommand, SCPResult

Path(sys.argv[1]).write_text(
    json.dumps(
        {
            published.__name__: {member.name: member.value for member in published}
            for published in (SCPCommand, SCPResult, LEDAction)
        }
    )
)
