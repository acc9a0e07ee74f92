# SPDX-License-Identifier: Apache-2.0
"""SpiNNMan's Transceiver on a board that has only just got power: it boots it, as it does
hardware.
"""

from published_board import GOOD, Board, cores_on, equal, run_checks
from spinnman.messages.scp.impl import GetVersion
from spinnman.model.enums import CPUState


def check_the_host_has_booted_it(board: Board) -> None:
    equal(board.call(GetVersion(0, 0, 0)).version_info.version_number, (4, 0, 0))
    equal(board.machine.n_chips, 48)


def check_programs_run(board: Board) -> None:
    cores = cores_on([(0, 0), (7, 7)], [1, 16])
    board.start("hello", cores, 30)
    board.wait(cores, 30, CPUState.FINISHED)
    equal(board.user(7, 7, 16, 3), GOOD)
    board.transceiver.stop_application(30)


run_checks(dict(globals()), version=5)
