# SPDX-License-Identifier: Apache-2.0
"""A board of ours as the published SpiNNMan sees it, and the run of one script of checks on it.

    python SCRIPT.py ADDRESS PROGRAM_FOLDER RESULT.json

Every function ``check_*`` of the script is one test of test_transceiver.py, which reads the names
from the script and the outcomes from RESULT.json: null, or the traceback of what was wrong.
"""

import json
import random
import socket
import sys
import traceback
from pathlib import Path

from spinn_machine import CoreSubset, CoreSubsets
from spinn_utilities.config_holder import set_config
from spinnman.config_setup import unittest_setup
from spinnman.data.spinnman_data_writer import SpiNNManDataWriter
from spinnman.exceptions import (
    SpinnmanGenericProcessException,
    SpinnmanUnexpectedResponseCodeException,
)
from spinnman.messages.scp.abstract_messages import AbstractSCPRequest
from spinnman.messages.scp.enums import SCPCommand, Signal
from spinnman.messages.scp.impl import CheckOKResponse
from spinnman.messages.scp.scp_request_header import SCPRequestHeader
from spinnman.messages.sdp import SDPFlag, SDPHeader
from spinnman.model.enums import CPUState, UserRegister
from spinnman.processes.send_single_command_process import SendSingleCommandProcess
from spinnman.transceiver import create_transceiver_from_hostname

SDRAM_AREA = 0x61000000  # inside the user heap, far from its start, where nothing is allocated here
ITCM, DTCM = 0x00000000, 0x00400000
SCP_PORT = 17893
GOOD = 0x600D600D  # hello's user3


class Board:
    """The board under test as the checks see it."""

    def __init__(self, address: str, programs: Path) -> None:
        self.address = address
        self.programs = programs
        self.transceiver = create_transceiver_from_hostname(address, extended=True)
        self.machine = self.transceiver.get_machine_details()
        SpiNNManDataWriter.mock().set_machine(self.machine)

    def program(self, name: str) -> str:
        return str(self.programs / f"{name}.aplx")

    def call(self, request: AbstractSCPRequest):
        """One SCP request, its response or its exception."""
        selector = self.transceiver.get_scamp_connection_selector()
        return SendSingleCommandProcess(selector, n_retries=2, timeout=1.0).execute(request)

    def start(self, name: str, cores: CoreSubsets, app_id: int, users=()) -> None:
        """Loads, waits for READY, writes (register, value) pairs to all cores, sends the start
        signal.
        """
        transceiver = self.transceiver
        transceiver.execute_flood(cores, self.program(name), app_id, wait=True)
        transceiver.wait_for_cores_to_be_in_state(cores, app_id, [CPUState.READY], timeout=10)
        for x, y, p in each(cores):
            for register, value in users:
                transceiver.write_user(x, y, p, register, value)
        transceiver.send_signal(app_id, Signal.START)

    def wait(self, cores: CoreSubsets, app_id: int, *states: CPUState) -> None:
        self.transceiver.wait_for_cores_to_be_in_state(
            cores, app_id, states, timeout=20, time_between_polls=0.01
        )

    def user(self, x: int, y: int, p: int, number: int) -> int:
        return self.transceiver.read_user(x, y, p, UserRegister(number))


class RawRequest(AbstractSCPRequest):
    """An SCP request that the published classes would not make."""

    def __init__(
        self,
        command: SCPCommand,
        *arguments: int,
        chip=(0, 0),
        core: int = 0,
        port: int = 0,
        data: bytes = b"",
    ) -> None:
        super().__init__(
            SDPHeader(
                flags=SDPFlag.REPLY_EXPECTED,
                destination_port=port,
                destination_cpu=core,
                destination_chip_x=chip[0],
                destination_chip_y=chip[1],
            ),
            SCPRequestHeader(command=command),
            argument_1=arguments[0],
            argument_2=arguments[1],
            argument_3=arguments[2],
            data=data,
        )

    def get_scp_response(self) -> CheckOKResponse:
        return CheckOKResponse("raw request", "CMD")


def each(cores: CoreSubsets):
    for subset in cores.core_subsets:
        for p in subset.processor_ids:
            yield subset.x, subset.y, p


def cores_on(chips, processors) -> CoreSubsets:
    return CoreSubsets([CoreSubset(x, y, processors) for x, y in chips])


def random_bytes(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def equal(found, expected, what: str = "") -> None:
    assert found == expected, f"{what} {found!r}, not {expected!r}".strip()


def refused(board: Board, request: AbstractSCPRequest, code: str) -> None:
    """The board answers with this return code."""
    try:
        board.call(request)
    except SpinnmanGenericProcessException as error:
        assert isinstance(error.exception, SpinnmanUnexpectedResponseCodeException), repr(error)
        assert code in str(error.exception), f"{error.exception} and not {code}"
        return
    raise AssertionError(f"answered as if all was well, not with {code}")


def udp_socket() -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", 0))
    found.settimeout(5)
    return found


def run_checks(script: dict, version: int) -> None:
    """Runs the checks among a script's globals in their order, on one board of this version."""
    address, programs, result = sys.argv[1:]
    unittest_setup()
    set_config("Machine", "version", str(version))
    board = Board(address, Path(programs))
    outcomes = {}
    for name, check in script.items():
        if name.startswith("check_"):
            try:
                check(board)
                outcomes[name] = None
            except Exception:
                outcomes[name] = traceback.format_exc()
            Path(result).write_text(json.dumps(outcomes))
    board.transceiver.close()
