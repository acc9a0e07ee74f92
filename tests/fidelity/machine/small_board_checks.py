# SPDX-License-Identifier: Apache-2.0
"""SpiNNMan's Transceiver on a 4-chip board."""

import time

from published_board import GOOD, SDRAM_AREA, Board, each, equal, random_bytes, refused, run_checks
from spinn_machine import CoreSubset, CoreSubsets, MulticastRoutingEntry, RoutingEntry
from spinnman.messages.scp.enums import Signal
from spinnman.messages.scp.impl import GetVersion
from spinnman.model.enums import CPUState, UserRegister


def check_discovery(board: Board) -> None:
    machine = board.machine
    equal(sorted(machine.chip_coordinates), [(0, 0), (0, 1), (1, 0), (1, 1)])
    equal({chip.n_processors for chip in machine.chips}, {18}, "cores")
    # Wired to a ring from south to north, but not from east to west.
    links = {
        (chip.x, chip.y): {
            link.source_link_id: (link.destination_x, link.destination_y)
            for link in chip.router.links
        }
        for chip in machine.chips
    }
    equal(links[0, 0], {0: (1, 0), 1: (1, 1), 2: (0, 1), 5: (0, 1)})
    equal(links[0, 1], {0: (1, 1), 1: (1, 0), 2: (0, 0), 5: (0, 0)})
    equal(links[1, 0], {2: (1, 1), 3: (0, 0), 4: (0, 1), 5: (1, 1)})
    equal(links[1, 1], {2: (1, 0), 3: (0, 1), 4: (0, 0), 5: (1, 0)})
    equal(
        [(c.x, c.y, c.ip_address) for c in machine.ethernet_connected_chips],
        [(0, 0, board.address)],
    )


def check_memory(board: Board) -> None:
    for chip in board.machine.chips:
        data = random_bytes(chip.x * 2 + chip.y, 3000)
        board.transceiver.write_memory(chip.x, chip.y, SDRAM_AREA + 1, data)
        equal(bytes(board.transceiver.read_memory(chip.x, chip.y, SDRAM_AREA + 1, 3000)), data)


def check_chips_beyond_the_board(board: Board) -> None:
    refused(board, GetVersion(2, 0, 0), "RC_ROUTE")
    refused(board, GetVersion(0, 2, 0), "RC_ROUTE")


def check_program_on_all_cores(board: Board) -> None:
    transceiver, app_id = board.transceiver, 30
    cores = CoreSubsets([CoreSubset(c.x, c.y, range(1, 18)) for c in board.machine.chips])
    board.start("hello", cores, app_id, [(UserRegister.USER_0, 5)])
    board.wait(cores, app_id, CPUState.FINISHED)
    equal(transceiver.get_core_state_count(app_id, CPUState.FINISHED), 68)
    for x, y, p in each(cores):
        equal([board.user(x, y, p, n) for n in (1, 2, 3)], [5, x << 16 | y << 8 | p, GOOD])
    transceiver.stop_application(app_id)


def check_packets_wrap_around(board: Board) -> None:
    """South from (0, 0) over the edge to (0, 1)."""
    transceiver, app_id, key = board.transceiver, 31, 0x00050000
    cores = CoreSubsets([CoreSubset(0, 0, [1]), CoreSubset(0, 1, [2])])
    south = RoutingEntry(processor_ids=[], link_ids=[5])
    here = RoutingEntry(processor_ids=[2], link_ids=[])
    transceiver.load_multicast_routes(0, 0, [MulticastRoutingEntry(key, 0xFFFF0000, south)], app_id)
    transceiver.load_multicast_routes(0, 1, [MulticastRoutingEntry(key, 0xFFFF0000, here)], app_id)
    board.start("echo", cores, app_id)
    board.wait(cores, app_id, CPUState.RUNNING)
    transceiver.write_user(0, 0, 1, UserRegister.USER_0, key)
    transceiver.write_user(0, 1, 2, UserRegister.USER_0, 0x7F000000)  # a key of nobody's
    transceiver.send_signal(app_id, Signal.USER_0)
    deadline = time.time() + 5
    while board.user(0, 1, 2, 1) < 10:
        assert time.time() < deadline, f"{board.user(0, 1, 2, 1)} of 10 packets"
    equal(board.user(0, 1, 2, 2), 55, "sum of the payloads")
    transceiver.stop_application(app_id)


run_checks(dict(globals()), version=3)
