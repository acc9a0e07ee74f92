# SPDX-License-Identifier: Apache-2.0
"""SpiNNMan takes the power from a board through its management processor, and brings it back.

python power_script.py BOARD_ADDRESS BMP_ADDRESS
"""

import sys
import time

from spinn_utilities.config_holder import set_config
from spinnman.config_setup import unittest_setup
from spinnman.exceptions import SpinnmanException
from spinnman.messages.scp.enums import PowerCommand
from spinnman.messages.scp.impl import CheckOKResponse, GetVersion, SetPower
from spinnman.model.bmp_connection_data import BMPConnectionData
from spinnman.processes.send_single_command_process import SendSingleCommandProcess
from spinnman.transceiver import create_transceiver_from_hostname

address, bmp = sys.argv[1:]
unittest_setup()
set_config("Machine", "version", "5")
management = BMPConnectionData(bmp, [0], None)

first = create_transceiver_from_hostname(address, bmp_connection_data=management)
version = first.read_bmp_version(0)
assert (version.name, version.hardware) == ("BC&MP", "Spin5-BMP"), str(version)
assert version.version_number == (2, 10, 0), str(version)
assert abs(version.build_date - time.time()) < 600, str(version)
first.write_memory(0, 0, 0x61000000, b"powered!")


class Power(SetPower):
    """The published request; the response that 7.4.1 has for it is an abstract class by mistake."""

    def get_scp_response(self):
        return CheckOKResponse("power", "CMD_BMP_POWER")


def switch(transceiver, command, boards):
    process = SendSingleCommandProcess(transceiver.bmp_selector, n_retries=0, timeout=2.0)
    process.execute(Power(command, boards))


switch(first, PowerCommand.POWER_OFF, [0])
try:
    selector = first.get_scamp_connection_selector()
    SendSingleCommandProcess(selector, n_retries=0, timeout=0.5).execute(GetVersion(0, 0, 0))
except SpinnmanException:
    pass
else:
    raise AssertionError("a board without power answers")
assert first.read_bmp_version(0).name == "BC&MP"
try:
    switch(first, PowerCommand.POWER_ON, [0, 1])
except SpinnmanException as error:
    assert "RC_ARG" in str(error), str(error)
else:
    raise AssertionError("a board that is not there was switched on")
switch(first, PowerCommand.POWER_ON, [0])
first.close()

# Power, but nobody who answers: SpiNNMan boots it.
second = create_transceiver_from_hostname(address)
machine = second.get_machine_details()
assert machine.n_chips == 48, machine.n_chips
assert second.read_memory(0, 0, 0x61000000, 8) != b"powered!", "memory lives on without power"
second.close()
print("switched off and on")
