# SPDX-License-Identifier: Apache-2.0
"""What SpiNNMan's Transceiver asks of a 48-chip board, each question with its answer.

The checks share one board, so each works with an application number and an SDRAM area of its own
and cleans up; what takes things away comes last.
"""

import random
import struct
import time

from published_board import (
    DTCM,
    GOOD,
    ITCM,
    SCP_PORT,
    SDRAM_AREA,
    Board,
    RawRequest,
    cores_on,
    each,
    equal,
    random_bytes,
    refused,
    run_checks,
    udp_socket,
)
from spinn_machine import CoreSubset, CoreSubsets, MulticastRoutingEntry, RoutingEntry
from spinn_machine.tags import IPTag, ReverseIPTag
from spinnman.exceptions import (
    SpiNNManCoresNotInStateException,
    SpinnmanException,
    SpinnmanGenericProcessException,
    SpinnmanUnexpectedResponseCodeException,
)
from spinnman.extended.de_alloc_sdram_process import DeAllocSDRAMProcess
from spinnman.messages.scp.enums import SCPCommand, Signal
from spinnman.messages.scp.impl import FillRequest, GetVersion, ReadMemory
from spinnman.messages.spinnaker_boot import SystemVariableDefinition
from spinnman.model import DiagnosticFilter
from spinnman.model.enums import (
    CPUState,
    DiagnosticFilterPacketType,
    DiagnosticFilterSource,
    MailboxCommand,
    RunTimeError,
    UserRegister,
)


# ---- The machine ---------------------------------------------------------------------------------
def check_discovery(board: Board) -> None:
    machine = board.machine
    equal(machine.n_chips, 48, "chips")
    equal(sum(chip.n_processors for chip in machine.chips), 856, "cores")
    equal(sum(len(chip.router) for chip in machine.chips), 240, "directed links")
    with_17_cores = {(1, 1), (1, 3), (3, 1), (3, 3), (3, 5), (5, 2), (5, 4), (5, 6)}
    equal({(c.x, c.y) for c in machine.chips if c.n_processors == 17}, with_17_cores, "17 cores on")
    equal({chip.sdram for chip in machine.chips}, {123469792}, "SDRAM")
    equal({chip.router.n_available_multicast_entries for chip in machine.chips}, {1023}, "entries")
    ethernet = [(c.x, c.y, c.ip_address) for c in machine.ethernet_connected_chips]
    equal(ethernet, [(0, 0, board.address)], "Ethernet chips")


def check_version_of_every_chip(board: Board) -> None:
    for chip in board.machine.chips:
        version = board.call(GetVersion(chip.x, chip.y, 0)).version_info
        equal((version.x, version.y, version.p), (chip.x, chip.y, 0))
        equal((version.name, version.hardware), ("SC&MP", "SpiNNaker"))
        equal(version.version_number, (4, 0, 0))


def check_clock_runs(board: Board) -> None:
    def clock_ms() -> int:
        data = board.transceiver.read_memory(3, 3, 0xF5007F10, 8)
        return struct.unpack("<Q", data)[0]

    first = clock_ms()
    assert clock_ms() >= first
    equal(board.transceiver.get_clock_drift(3, 3), 0.0, "drift")


def check_board_stays_booted(board: Board) -> None:
    board.transceiver.ensure_board_is_ready()
    board.transceiver.discover_scamp_connections()
    equal(len(board.transceiver.get_connections()), 3, "connections: SCP, boot, the one discovered")


# ---- Memory --------------------------------------------------------------------------------------
def check_sdram_sizes_and_alignments(board: Board) -> None:
    for number, size in enumerate([1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 1000, 4097]):
        for offset in range(4):
            data = random_bytes(size * 4 + offset, size)
            address = SDRAM_AREA + 0x10000 * number + 0x3000 * offset + offset
            board.transceiver.write_memory(2, 2, address - 8, b"\xaa" * 8)
            board.transceiver.write_memory(2, 2, address + size, b"\x55" * 8)
            board.transceiver.write_memory(2, 2, address, data)
            read = board.transceiver.read_memory(2, 2, address - 8, size + 16)
            equal(bytes(read), b"\xaa" * 8 + data + b"\x55" * 8, f"{size} bytes at +{offset}:")


def check_large_block_on_a_far_chip(board: Board) -> None:
    data = bytearray(random_bytes(1, 400_000))
    written, checksum = board.transceiver.write_memory(7, 7, SDRAM_AREA, data, get_sum=True)
    words = struct.unpack(f"<{len(data) // 4}I", data)
    equal((written, checksum), (len(data), sum(words) & 0xFFFFFFFF))
    assert board.transceiver.read_memory(7, 7, SDRAM_AREA, len(data)) == data


def check_sdram_has_two_addresses(board: Board) -> None:
    data = random_bytes(2, 64)
    board.transceiver.write_memory(1, 0, SDRAM_AREA, data)
    equal(bytes(board.transceiver.read_memory(1, 0, SDRAM_AREA + 0x10000000, 64)), data)
    board.transceiver.write_memory(1, 0, 0xE5000000 + 0x40, data[:16])
    equal(bytes(board.transceiver.read_memory(1, 0, 0xF5000000 + 0x40, 16)), data[:16])


def check_chips_have_their_own_memory(board: Board) -> None:
    for chip in board.machine.chips:
        board.transceiver.write_memory(chip.x, chip.y, SDRAM_AREA, chip.x << 8 | chip.y)
    for chip in board.machine.chips:
        equal(board.transceiver.read_word(chip.x, chip.y, SDRAM_AREA), chip.x << 8 | chip.y)


def check_fill(board: Board) -> None:
    board.transceiver.write_memory(4, 4, SDRAM_AREA, b"\x11" * 1024)
    board.call(FillRequest(4, 4, SDRAM_AREA + 16, 0x89ABCDEF, 992))
    read = bytes(board.transceiver.read_memory(4, 4, SDRAM_AREA, 1024))
    equal(read, b"\x11" * 16 + bytes.fromhex("efcdab89") * 248 + b"\x11" * 16)


def check_flood_reaches_every_chip(board: Board) -> None:
    data = random_bytes(3, 10_000)
    board.transceiver.write_memory_flood(SDRAM_AREA + 0x100000, data)
    for chip in board.machine.chips:
        read = board.transceiver.read_memory(chip.x, chip.y, SDRAM_AREA + 0x100000, len(data))
        assert bytes(read) == data, f"chip {chip.x}, {chip.y}"


def check_memory_of_the_neighbour(board: Board) -> None:
    data = random_bytes(4, 300)
    board.transceiver.write_neighbour_memory(2, 2, 2, SDRAM_AREA, data)  # north
    equal(bytes(board.transceiver.read_memory(2, 3, SDRAM_AREA, 300)), data)
    board.transceiver.write_memory(3, 2, SDRAM_AREA, data[::-1])
    equal(bytes(board.transceiver.read_neighbour_memory(2, 2, 0, SDRAM_AREA, 300)), data[::-1])


def check_memory_of_a_core(board: Board) -> None:
    app_id, cores = 20, cores_on([(3, 4)], [5, 6])
    board.start("echo", cores, app_id)
    board.wait(cores, app_id, CPUState.RUNNING)
    for core in (5, 6):
        data = random_bytes(core, 1500)
        for offset in range(4):  # unaligned too; far above the program's own data
            board.transceiver.write_memory(3, 4, DTCM + 0x8000 + offset, data, cpu=core)
            read = board.transceiver.read_memory(3, 4, DTCM + 0x8000 + offset, 1500, cpu=core)
            equal(bytes(read), data, f"core {core}:")
    # Another core's, and the first instruction of both: a load of the program counter.
    assert board.transceiver.read_memory(3, 4, DTCM + 0x8003, 1500, cpu=5) != data
    equal(board.transceiver.read_word(3, 4, ITCM, cpu=5) & 0xFFFFF000, 0xE59FF000)
    version = board.call(GetVersion(3, 4, 6)).version_info
    equal((version.x, version.y, version.p, version.name), (3, 4, 6, "SpiNNLab"))
    board.transceiver.stop_application(app_id)


def check_allocation_of_sdram(board: Board) -> None:
    transceiver, app_id = board.transceiver, 21

    def free_bytes() -> int:
        return sum(e.size for e in transceiver.get_heap(6, 6) if e.is_free)

    before = free_bytes()
    first = transceiver.malloc_sdram(6, 6, 1000, app_id)
    second = transceiver.malloc_sdram(6, 6, 1004, app_id, tag=7)
    equal(second - first, 1008, "a block takes 8 bytes and starts at a word:")
    equal(transceiver.malloc_sdram(6, 6, 1004, app_id, tag=7), second, "same size and tag:")
    taken = [e for e in transceiver.get_heap(6, 6) if not e.is_free and e.app_id == app_id]
    equal([(e.block_address + 8, e.tag) for e in taken], [(first, 0), (second, 7)])
    assert free_bytes() <= before - 2004
    transceiver.free_sdram(6, 6, first)
    third = transceiver.malloc_sdram(6, 6, 500, app_id)
    equal(third, first, "the first hole that is large enough:")
    process = DeAllocSDRAMProcess(transceiver.get_scamp_connection_selector())
    process.de_alloc_all_app_sdram(6, 6, app_id)
    equal(process.no_blocks_freed, 2, "blocks freed")
    equal(free_bytes(), before, "free bytes")
    many = transceiver.malloc_sdram_multi(
        [(x, y, 64, app_id, 0) for x, y in [(0, 0), (1, 1), (6, 6)]]
    )
    equal(many[2], first)
    transceiver.stop_application(app_id)
    equal(free_bytes(), before, "free bytes after the application's end")


def check_too_large_an_allocation_is_refused(board: Board) -> None:
    try:
        board.transceiver.malloc_sdram(6, 5, 200_000_000, 22)
    except SpinnmanException as error:
        assert "SDRAM" in str(error), error
        return
    raise AssertionError("200 MB of 128 MB were allocated")


# ---- Router --------------------------------------------------------------------------------------
def check_multicast_table(board: Board) -> None:
    transceiver, app_id = board.transceiver, 23
    equal(transceiver.get_multicast_routes(5, 5), [], "before anything was loaded")
    entries = [
        MulticastRoutingEntry(
            0x1000 * n, 0xFFFFF000, RoutingEntry(processor_ids=[n % 17 + 1], link_ids=[n % 6])
        )
        for n in range(1, 300)
    ]
    transceiver.load_multicast_routes(5, 5, entries, app_id)
    equal(transceiver.get_multicast_routes(5, 5, app_id), entries)
    equal(transceiver.get_multicast_routes(5, 5, app_id + 1), [])
    more = [
        MulticastRoutingEntry(0x77000000, 0xFF000000, RoutingEntry(processor_ids=[], link_ids=[2]))
    ]
    transceiver.load_multicast_routes(5, 5, more, app_id + 1)
    equal(transceiver.get_multicast_routes(5, 5), entries + more)
    transceiver.stop_application(app_id)  # takes its own entries with it
    equal(transceiver.get_multicast_routes(5, 5), more)
    transceiver.clear_multicast_routes((5, 5))
    equal(transceiver.get_multicast_routes(5, 5), [])


def check_full_multicast_table(board: Board) -> None:
    transceiver, app_id = board.transceiver, 25
    entries = [
        MulticastRoutingEntry(n, 0xFFFFFFFF, RoutingEntry(processor_ids=[1], link_ids=[]))
        for n in range(1024)
    ]
    transceiver.load_multicast_routes(5, 6, entries[:1023], app_id)
    equal(len(transceiver.get_multicast_routes(5, 6, app_id)), 1023, "entries")
    try:
        transceiver.load_multicast_routes(5, 6, entries[:1], app_id)
    except SpinnmanException:
        transceiver.clear_multicast_routes((5, 6))
        return
    raise AssertionError("1024 entries were loaded where one belongs to the monitor")


def check_fixed_route(board: Board) -> None:
    for processors, links in [([1], [4]), ([], [0, 3]), ([16, 2], [])]:
        route = RoutingEntry(processor_ids=processors, link_ids=links)
        board.transceiver.load_fixed_route(4, 5, route, 0)
        read = board.transceiver.read_fixed_route(4, 5, 0)
        equal((read.processor_ids, read.link_ids), (frozenset(processors), frozenset(links)))


def check_packets_follow_the_table(board: Board) -> None:
    """Packets from one chip, over three links, to three cores, by two entries and two default
    routes.

    The router counts a packet where it is sent on; one that no entry knows is counted as dropped
    only.
    """
    transceiver, app_id, key = board.transceiver, 26, 0xABCD0000
    cores = cores_on([(0, 0), (3, 0)], [1, 2, 3])
    chips = [(0, 0), (1, 0), (2, 0), (3, 0)]
    for chip in chips:
        transceiver.clear_router_diagnostic_counters(chip)
    before = {chip: transceiver.get_router_diagnostics(*chip) for chip in chips}
    equal({d.n_local_multicast_packets for d in before.values()}, {0}, "counters when cleared")
    east = RoutingEntry(processor_ids=[2], link_ids=[0])
    there = RoutingEntry(processor_ids=[1, 3], link_ids=[])
    transceiver.load_multicast_routes(0, 0, [MulticastRoutingEntry(key, 0xFFFF0000, east)], app_id)
    transceiver.load_multicast_routes(3, 0, [MulticastRoutingEntry(key, 0xFFFF0000, there)], app_id)
    board.start("echo", cores, app_id, [(UserRegister.USER_0, key)])
    board.wait(cores, app_id, CPUState.RUNNING)
    transceiver.write_user(0, 0, 1, UserRegister.USER_0, key | 0x12)
    for core in [(0, 0, 2), (0, 0, 3), (3, 0, 1), (3, 0, 2), (3, 0, 3)]:
        transceiver.write_user(*core, UserRegister.USER_0, 0x10000000)  # a key that no table knows
    transceiver.send_signal(app_id, Signal.USER_0)
    transceiver.send_signal(app_id, Signal.USER_1)
    expected = {
        (0, 0, 1): 0,
        (0, 0, 2): 20,
        (0, 0, 3): 0,
        (3, 0, 1): 20,
        (3, 0, 2): 0,
        (3, 0, 3): 20,
    }
    deadline = time.time() + 5
    while time.time() < deadline:
        received = {core: board.user(*core, 1) for core in expected}
        if received == expected:
            break
    equal(received, expected, "packets received")
    equal(board.user(3, 0, 3, 2), 55, "sum of the payloads")
    diagnostics = {chip: transceiver.get_router_diagnostics(*chip) for chip in chips}
    equal([diagnostics[chip].n_local_multicast_packets for chip in chips], [20, 0, 0, 0], "local")
    equal(
        [diagnostics[chip].n_external_multicast_packets for chip in chips],
        [0, 20, 20, 20],
        "external",
    )
    equal(
        [diagnostics[chip].n_dropped_multicast_packets for chip in chips], [40, 0, 0, 60], "dropped"
    )
    equal(diagnostics[0, 0].error_count, 0, "errors")
    transceiver.stop_application(app_id)
    transceiver.clear_router_diagnostic_counters((0, 0))
    equal(transceiver.get_router_diagnostics(0, 0).n_local_multicast_packets, 0, "after clearing")


def check_router_filters(board: Board) -> None:
    wanted = DiagnosticFilter(
        enable_interrupt_on_counter_event=False,
        match_emergency_routing_status_to_incoming_packet=False,
        destinations=[],
        sources=[DiagnosticFilterSource.LOCAL],
        payload_statuses=[],
        default_routing_statuses=[],
        emergency_routing_statuses=[],
        packet_types=[DiagnosticFilterPacketType.MULTICAST],
    )
    board.transceiver.set_router_diagnostic_filter(2, 5, 13, wanted)
    read = board.transceiver.get_router_diagnostic_filter(2, 5, 13)
    equal(read.filter_word, wanted.filter_word)
    board.transceiver.reset_routing()  # counters, tables and filters 14 and 15 of all chips
    assert board.transceiver.get_router_diagnostic_filter(2, 5, 14).filter_word != 0


# ---- Tags ----------------------------------------------------------------------------------------
def check_ip_tags(board: Board) -> None:
    transceiver = board.transceiver
    for tag in range(1, 8):
        transceiver.clear_ip_tag(tag)
    equal(list(transceiver.get_tags()), [])
    transceiver.set_ip_tag(IPTag(board.address, 0, 0, 3, "127.0.0.1", 12345, strip_sdp=True))
    transceiver.set_ip_tag(IPTag(board.address, 0, 0, 5, "10.11.12.13", 54321))
    transceiver.set_reverse_ip_tag(ReverseIPTag(board.address, 6, 15151, 4, 5, 6, 3))
    tags = {tag.tag: tag for tag in transceiver.get_tags()}
    equal(sorted(tags), [3, 5, 6])
    equal((tags[3].ip_address, tags[3].port, tags[3].strip_sdp), ("127.0.0.1", 12345, True))
    equal((tags[5].ip_address, tags[5].port, tags[5].strip_sdp), ("10.11.12.13", 54321, False))
    reverse = tags[6]
    equal(
        (
            reverse.port,
            reverse.destination_x,
            reverse.destination_y,
            reverse.destination_p,
            reverse.sdp_port,
        ),
        (15151, 4, 5, 6, 3),
    )
    for tag in (3, 5, 6):
        transceiver.clear_ip_tag(tag, board.address)
    equal(list(transceiver.get_tags()), [])


def check_messages_in_and_out_by_tags(board: Board) -> None:
    """A reverse tag brings a datagram to a core; its answer comes back by the same tag, header
    off.
    """
    transceiver, app_id = board.transceiver, 27
    cores = cores_on([(6, 3)], [9])
    board.start("echo", cores, app_id)
    board.wait(cores, app_id, CPUState.RUNNING)
    transceiver.set_reverse_ip_tag(ReverseIPTag(board.address, 4, 15152, 6, 3, 9, 2))
    for size in (2, 4, 100, 264):
        with udp_socket() as live:
            sent = random_bytes(size, size)
            live.sendto(sent, (board.address, 15152))
            answer, _ = live.recvfrom(2048)
            equal(answer[-size:], sent, f"{size} bytes:")
    transceiver.clear_ip_tag(4)
    transceiver.stop_application(app_id)


def check_messages_out_by_a_tag(board: Board) -> None:
    """A message that names tag 2 is answered to the tag's address, with and without the header."""
    transceiver, app_id = board.transceiver, 28
    cores = cores_on([(2, 5)], [3])
    board.start("echo", cores, app_id)
    board.wait(cores, app_id, CPUState.RUNNING)
    payload = random_bytes(5, 60)
    # Padding; flags, tag, to port 5 core 3, from the Ethernet, to chip (2, 5), from chip (0, 0).
    message = bytes([0, 0, 0x07, 2, 5 << 5 | 3, 0xFF, 5, 2, 0, 0]) + payload
    for strip in (True, False):
        with udp_socket() as live:
            port = live.getsockname()[1]
            transceiver.set_ip_tag(
                IPTag(board.address, 0, 0, 2, "127.0.0.1", port, strip_sdp=strip)
            )
            live.sendto(message, (board.address, SCP_PORT))
            answer, sender = live.recvfrom(2048)
            equal(sender, (board.address, SCP_PORT), "sender")
            expected_header = bytes([0, 0, 0x07, 2, 0xFF, 5 << 5 | 3, 0, 0, 5, 2])
            equal(answer, payload if strip else expected_header + payload)
    transceiver.clear_ip_tag(2)
    transceiver.stop_application(app_id)


# ---- Programs ------------------------------------------------------------------------------------
def check_program_on_many_cores(board: Board) -> None:
    """On every application core of every chip: 48 chips with 16 or 17 each."""
    transceiver, app_id = board.transceiver, 30
    cores = CoreSubsets(
        [
            CoreSubset(c.x, c.y, [p for p in c.all_processor_ids if p != 0])
            for c in board.machine.chips
        ]
    )
    total = 856 - 48
    equal(len(cores), total)
    transceiver.execute_flood(cores, board.program("hello"), app_id, wait=True)
    board.wait(cores, app_id, CPUState.READY)
    equal(transceiver.get_core_state_count(app_id, CPUState.READY), total, "READY")
    equal(transceiver.get_core_state_count(app_id + 1, CPUState.READY), 0, "READY of another")
    transceiver.write_user_many([(x, y, p, UserRegister.USER_0, 3) for x, y, p in each(cores)])
    transceiver.send_signal(app_id, Signal.START)
    board.wait(cores, app_id, CPUState.FINISHED)
    equal(transceiver.get_core_state_count(app_id, CPUState.FINISHED), total, "FINISHED")
    infos = transceiver.get_cpu_infos(cores)
    for x, y, p in each(cores):
        info = infos.get_cpu_info(x, y, p)
        equal(
            (info.application_name, info.application_id, info.state),
            ("hello", app_id, CPUState.FINISHED),
        )
        equal(info.user, (3, 3, x << 16 | y << 8 | p, GOOD), f"core {x}, {y}, {p}:")
        assert 0 <= info.physical_cpu_id < 18
    for buffer in transceiver.get_iobuf(cores):
        expected = (
            f"Hello from core {buffer.p} of chip ({buffer.x}, {buffer.y})\n"
            "3 ticks of 1000 us, 0 of them late\n"
        )
        equal(buffer.iobuf, expected)
    transceiver.stop_application(app_id)
    equal(transceiver.get_core_state_count(app_id, CPUState.FINISHED), 0, "FINISHED after the end")


def check_states_and_signals(board: Board) -> None:
    transceiver, app_id = board.transceiver, 31
    cores = cores_on([(0, 3), (7, 3)], [1, 17])
    board.start("echo", cores, app_id)
    board.wait(cores, app_id, CPUState.RUNNING)
    for signal, state in [(Signal.PAUSE, CPUState.PAUSED), (Signal.CONTINUE, CPUState.RUNNING)]:
        transceiver.send_signal(app_id, signal)
        board.wait(cores, app_id, state)
        equal(transceiver.get_core_state_count(app_id, state), 4)
    for signal in (Signal.USER_2, Signal.USER_3):
        transceiver.send_signal(app_id, signal)
        time.sleep(0.05)  # a mailbox holds one signal: the next one must find it empty
    seen = 1 << 6 | 1 << 7 | 1 << 12 | 1 << 13
    for core in each(cores):
        equal(board.user(*core, 3), seen, f"signals on {core}:")
    transceiver.send_signal(app_id + 1, Signal.EXIT)  # somebody else's
    equal(transceiver.get_core_state_count(app_id, CPUState.RUNNING), 4)
    transceiver.send_signal(app_id, Signal.EXIT)
    board.wait(cores, app_id, CPUState.FINISHED)
    transceiver.stop_application(app_id)
    infos = transceiver.get_cpu_infos(cores)
    equal({infos.get_cpu_info(*core).state for core in each(cores)}, {CPUState.IDLE})


def check_user_registers(board: Board) -> None:
    transceiver = board.transceiver
    for core in range(1, 18):
        for number in range(4):
            transceiver.write_user(7, 5, core, UserRegister(number), core << 8 | number)
    for core in range(1, 18):
        equal([board.user(7, 5, core, n) for n in range(4)], [core << 8 | n for n in range(4)])
    equal(transceiver.get_region_base_address(7, 5, 4), 4 << 8, "user0")


def check_a_core_is_started_again(board: Board) -> None:
    app_id, cores = 32, cores_on([(1, 4)], [2])
    for ticks in (1, 2):
        board.start("hello", cores, app_id, [(UserRegister.USER_0, ticks)])
        board.wait(cores, app_id, CPUState.FINISHED)
        equal(board.user(1, 4, 2, 1), ticks)
        (buffer,) = board.transceiver.get_iobuf(cores)
        assert f"\n{ticks} ticks" in buffer.iobuf, buffer.iobuf
    board.transceiver.stop_application(app_id)


# ---- Programs that fail --------------------------------------------------------------------------
def failed_core(board: Board, fault: int, app_id: int):
    """Runs the fault on core (4, 3, 7); gives the host's information about the failed core."""
    cores = cores_on([(4, 3)], [7])
    board.start("faults", cores, app_id, [(UserRegister.USER_0, fault)])
    deadline = time.time() + 10
    while board.transceiver.get_core_state_count(app_id, CPUState.RUN_TIME_EXCEPTION) == 0:
        assert time.time() < deadline, board.transceiver.get_cpu_infos(cores).get_status_string()
    try:
        board.wait(cores, app_id, CPUState.FINISHED)
    except SpiNNManCoresNotInStateException as error:
        assert "4:3:7" in str(error).replace(", ", ":"), error
        info = error.failed_core_states().get_cpu_info(4, 3, 7)
    else:
        raise AssertionError("the host did not notice")
    equal(info.state, CPUState.RUN_TIME_EXCEPTION)
    equal(info.user[1], 0xFA110000 | fault, "the core's last words")
    (buffer,) = board.transceiver.get_iobuf(cores)
    assert buffer.iobuf.startswith(f"fault {fault}\n"), buffer.iobuf
    board.transceiver.stop_application(app_id)
    return info


def check_registers_of_failed_cores(board: Board) -> None:
    errors = {
        1: RunTimeError.DABT,
        2: RunTimeError.DABT,
        3: RunTimeError.DABT,
        4: RunTimeError.UNDEF,
        5: RunTimeError.SVC,
        6: RunTimeError.PABT,
        7: RunTimeError.RESET,
        8: RunTimeError.DIVBY0,
        9: RunTimeError.SWERR,
        22: RunTimeError.VIC,
    }
    for fault, error in errors.items():
        info = failed_core(board, fault, 33)
        equal(info.run_time_error, error, f"fault {fault}:")
        equal(info.processor_state_register & 0x1F, 0x1F, f"fault {fault}: system mode")
        assert DTCM < info.stack_pointer <= DTCM + 0x10000, (
            f"fault {fault}: sp {info.stack_pointer:x}"
        )
        where = info.link_register  # behind the failed instruction, or its caller
        assert 0 < where < 0x8000 or fault == 6, f"fault {fault}: lr {where:x}"
    info = failed_core(board, 6, 33)
    equal(info.link_register, 0x90000004, "prefetch abort at 0x90000000: lr")
    info = failed_core(board, 2, 33)
    assert 0x90000000 in info.registers and 0xDEADBEEF in info.registers, info.registers


def check_stack_overrun(board: Board) -> None:
    info = failed_core(board, 12, 34)
    equal(info.run_time_error, RunTimeError.DABT)
    assert info.stack_pointer < DTCM + 0x100, hex(info.stack_pointer)


def check_watchdog(board: Board) -> None:
    """A core that loops with interrupts off: the host counts it as failed, and says so."""
    cores = cores_on([(4, 3)], [7, 8])
    board.start("faults", cores_on([(4, 3)], [7]), 37, [(UserRegister.USER_0, 10)])
    board.start("echo", cores_on([(4, 3)], [8]), 37)
    deadline = time.time() + 20
    while board.transceiver.get_core_state_count(37, CPUState.WATCHDOG) == 0:
        assert time.time() < deadline, board.transceiver.get_cpu_infos(cores).get_status_string()
    try:
        board.wait(cores, 37, CPUState.FINISHED)
    except SpiNNManCoresNotInStateException as error:
        assert "4:3:7" in str(error).replace(", ", ":"), error
        states = error.failed_core_states()
        equal(states.get_cpu_info(4, 3, 7).state, CPUState.WATCHDOG)
        assert "WATCHDOG" in states.get_status_string(), states.get_status_string()
        assert not states.is_core(4, 3, 8), "the core beside it has failed, too"
    else:
        raise AssertionError("the host did not notice")
    board.transceiver.stop_application(37)
    runs_hello(board, (4, 3), 38, 10)


# ---- Wrong requests ------------------------------------------------------------------------------
def check_wrong_lengths_and_units(board: Board) -> None:
    refused(board, ReadMemory((0, 0, 0), SDRAM_AREA, 257), "RC_ARG")
    refused(board, ReadMemory((0, 0, 0), SDRAM_AREA, 0xFFFFFFF0), "RC_ARG")
    refused(board, RawRequest(SCPCommand.CMD_READ, SDRAM_AREA, 4, 3), "RC_ARG")
    refused(board, RawRequest(SCPCommand.CMD_WRITE, SDRAM_AREA, 300, 0, data=bytes(256)), "RC_ARG")


def check_unknown_commands(board: Board) -> None:
    refused(board, RawRequest(SCPCommand.CMD_TUBE, 0, 0, 0), "RC_CMD")
    refused(board, RawRequest(SCPCommand.CMD_BMP_POWER, 0, 0, 0), "RC_CMD")


def check_wrong_chips_cores_and_ports(board: Board) -> None:
    refused(board, GetVersion(9, 9, 0), "RC_ROUTE")
    refused(board, GetVersion(0, 7, 0), "RC_ROUTE")  # inside the square, outside of the hexagon
    refused(board, GetVersion(1, 1, 17), "RC_CPU")  # a chip with 17 cores: 0 to 16
    refused(board, GetVersion(0, 0, 20), "RC_CPU")
    refused(board, RawRequest(SCPCommand.CMD_VER, 0, 0, 0, port=3), "RC_PORT")


def check_wrong_arguments(board: Board) -> None:
    refused(board, RawRequest(SCPCommand.CMD_IPTAG, 9 << 16, 0, 0), "RC_ARG")
    refused(board, RawRequest(SCPCommand.CMD_ALLOC, 99, 0, 0), "RC_ARG")
    refused(board, RawRequest(SCPCommand.CMD_RTR, 99, 0, 0), "RC_ARG")
    refused(
        board, RawRequest(SCPCommand.CMD_AR, 17 << 24 | 1, 0, 0), "RC_ARG"
    )  # core 0 is the monitor's
    refused(board, RawRequest(SCPCommand.CMD_LINK_READ, SDRAM_AREA, 4, 6), "RC_ARG")


def check_addresses_without_memory(board: Board) -> None:
    """An answer comes, whatever it says, nothing is written anywhere, and the next request
    works.
    """
    for address in (0x90000000, 0x68000000, 0xE5008000, 0xFFFFFFF8, 0x00400000):
        for request in (
            ReadMemory((1, 2, 0), address, 256),
            RawRequest(SCPCommand.CMD_WRITE, address, 4, 2, chip=(1, 2), data=b"abcd"),
            FillRequest(1, 2, address, 0, 64),
        ):
            try:
                board.call(request)
            except SpinnmanGenericProcessException as error:
                assert isinstance(error.exception, SpinnmanUnexpectedResponseCodeException), repr(
                    error
                )
    board.transceiver.write_memory(1, 2, SDRAM_AREA, 7)
    equal(board.transceiver.read_word(1, 2, SDRAM_AREA), 7)


def check_datagrams_that_are_no_messages(board: Board) -> None:
    noise = random.Random(6)
    with udp_socket() as stray:
        for port in (SCP_PORT, 54321):
            for size in [*range(0, 40), 272, 300, 1500, 9000]:
                stray.sendto(noise.randbytes(size), (board.address, port))
    equal(board.call(GetVersion(0, 0, 0)).version_info.name, "SC&MP")


# ---- Last, because it takes things away ----------------------------------------------------------
def check_other_chips_survive(board: Board) -> None:
    """Programs that loop, hold locks, jam the network or overwrite what their chip's monitor
    works with.

    Each has a chip of its own; programs on other chips run meanwhile and afterwards. Where the
    fault is one of the core alone, the chip takes the next program once it was stopped. The others
    get theirs back by the boot that follows in check_boot.
    """
    transceiver, app_id = board.transceiver, 35
    core_alone = (10, 11, 18, 19, 21)
    whole_chip = (13, 14, 15, 16, 17, 20)
    chips = [(x, y) for x in (6, 7) for y in range(3, 8)] + [(5, 7)]
    for fault, chip in zip((*core_alone, *whole_chip), chips, strict=True):
        transceiver.execute(*chip, [4], board.program("faults"), app_id, wait=True)
        board.wait(cores_on([chip], [4]), app_id, CPUState.READY)
        transceiver.write_user(*chip, 4, UserRegister.USER_0, fault)
        transceiver.send_signal(app_id, Signal.START)
        time.sleep(0.1)
        runs_hello(board, (0, 0), app_id + 1, fault)
        runs_hello(board, (2, 3), app_id + 1, fault)
        transceiver.stop_application(app_id)
        version = board.call(GetVersion(*chip, 0)).version_info
        equal((version.x, version.y), chip, f"after fault {fault}: chip")
        if fault in core_alone:
            runs_hello(board, chip, app_id + 1, fault)


def runs_hello(board: Board, chip: tuple[int, int], app_id: int, fault: int) -> None:
    cores = cores_on([chip], [3, 4])
    board.transceiver.execute(*chip, [3, 4], board.program("hello"), app_id, wait=False)
    board.wait(cores, app_id, CPUState.FINISHED)
    equal(
        [board.user(*chip, p, 3) for p in (3, 4)],
        [GOOD, GOOD],
        f"after fault {fault}: hello on {chip}",
    )
    board.transceiver.stop_application(app_id)


def check_boot(board: Board) -> None:
    """A boot image resets the board: applications, memory, tags; then everything is found again."""
    app_id, cores = 40, cores_on([(0, 0)], [1])
    board.transceiver.execute(0, 0, [1], board.program("echo"), app_id, wait=False)
    board.wait(cores, app_id, CPUState.RUNNING)
    board.transceiver.set_ip_tag(IPTag(board.address, 0, 0, 1, "127.0.0.1", 4444))
    board.transceiver.write_memory(0, 1, SDRAM_AREA, 0x12345678)
    board.transceiver._boot_board()
    deadline = time.time() + 10
    while True:
        try:
            board.call(GetVersion(0, 0, 0))
            break
        except SpinnmanException:
            assert time.time() < deadline
    equal(board.transceiver.get_core_state_count(app_id, CPUState.RUNNING), 0)
    equal(list(board.transceiver.get_tags()), [])
    equal(board.transceiver.get_machine_details().n_chips, 48)
    info = board.transceiver.get_cpu_infos(cores).get_cpu_info(0, 0, 1)
    equal((info.state, info.application_mailbox_command), (CPUState.IDLE, MailboxCommand.SHM_IDLE))
    size = board.transceiver._get_sv_data(0, 0, SystemVariableDefinition.iobuf_size)
    equal(size, 16384, "IOBUF size")
    check_program_on_many_cores(board)


run_checks(dict(globals()), version=5)
