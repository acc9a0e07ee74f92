# SPDX-License-Identifier: Apache-2.0
"""Reports and provenance: what each mode leaves where, and that what is in them is true.

In the published mode only the global provenance stays. The test runs the script a second time in
mode Debug with energy reports, where every file of the manual's list must be there, and the figures
of the network (60 packets a core, 10 neurons a core) must stand in it. `get_machine` is checked too.
"""

import re
import sqlite3
from pathlib import Path

import checks
import pyNN.spiNNaker as sim
from spinn_front_end_common.data import FecDataView
from spinn_front_end_common.interface.provenance import GlobalProvenance, ProvenanceReader
from spinn_utilities.config_holder import get_config_str

SOURCES, TARGETS, A_CORE, TIMES, RUN_MS = 20, 30, 10, [1, 11, 21], 50
CORES = TARGETS // A_CORE
PACKETS = SOURCES * len(TIMES)

sim.setup(timestep=1.0)
debug = get_config_str("Mode", "mode") == "Debug"
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, A_CORE)
source = sim.Population(SOURCES, sim.SpikeSourceArray([TIMES] * SOURCES), label="source")
target = sim.Population(TARGETS, sim.IF_curr_exp(), label="target")
target.record(["spikes", "v"])
sim.Projection(source, target, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=1))
sim.run(RUN_MS)

# The machine: one board of 48 chips with the published default core map.
machine = sim.get_machine()
checks.equal("chips", machine.n_chips, 48)
checks.equal("cores", [machine.total_cores, machine.total_available_user_cores], [856, 808])
checks.equal("links, directed", sum(len(list(c.router.links)) for c in machine.chips), 240)
origin = machine.get_chip_at(0, 0)
checks.equal("usable SDRAM of a chip", {c.sdram for c in machine.chips} == {123_469_792}, True)
checks.equal("usable router entries", origin.router.n_available_multicast_entries, 1023)
ethernet = [(c.x, c.y) for c in machine.ethernet_connected_chips]
checks.equal("Ethernet chips", ethernet, [(0, 0)])
checks.equal("chip there, none there", [machine.is_chip_at(7, 7), machine.is_chip_at(7, 0)], [1, 0])

folder = Path(FecDataView.get_run_dir_path())
reports = folder.parent
checks.equal("where", [folder.name, reports.parent], ["run_1", Path.cwd() / "reports"])
with GlobalProvenance() as provenance:
    text = " ".join(str(tuple(row)) for row in provenance.run_query("SELECT * FROM timer_view"))
checks.holds("every stage was timed", "Application runner" in text and "Running Stage" in text)

PRODUCTION = ["finished", "global_provenance.sqlite3"]
# The manual's list (reports of mode Info, then Debug), less what this network does not lead to.
EVERYTHING = [
    "network_specification.rpt",
    "partitioned_by_vertex.rpt",
    "placement_by_vertex_using_graph.rpt",
    "placement_by_core_using_graph.rpt",
    "chip_sdram_usage_by_core.rpt",
    "virtual_key_space_information_report.rpt",
    "redundant_packet_count.rpt",
    "input_output_database.sqlite3",
    "data.sqlite3",
    "routing_tables_generated",
    "compressed_routing_tables_generated",
    "comparison_of_compressed_uncompressed_routing_tables.rpt",
    "compressed_routing_summary.rpt",
    "bit_field_compressed_summary.rpt",
    "edge_routing_info.rpt",
    "routing_summary.rpt",
    "fixed_route_routers",
    "tags.rpt",
    "tags_on_machine.txt",
    "board_chip_report.txt",
    "clock_drift.csv",
    "json_files/machine.json",
    "json_files/placements.json",
    "json_files/routing_tables.json",
    "data_spec_text_files",
    "memory_map_reports",
    "ds.sqlite3",
    "provenance_data/app_provenance_data",
    "provenance_data/system_provenance_data",
    "energy_report_1.rpt",
    "../algorithm_timings.rpt",
]


def read(name):
    return (folder / name).read_text()


def check_reports():
    for name in EVERYTHING:
        path = folder / name
        filled = any(path.iterdir()) if path.is_dir() else path.exists()
        checks.holds(f"{name} is there", filled)
        if path.is_file():
            checks.holds(f"{name} says something", path.stat().st_size > 0)
    slices = [f"({lo}:{lo + A_CORE - 1})" for lo in range(0, TARGETS, A_CORE)]
    partitioned = read("partitioned_by_vertex.rpt").split("'target'")[1]
    checks.equal("slices", re.findall(r"Slice (\(\d+:\d+\))", partitioned), slices)
    placed = re.findall(
        r"Slice (\(\d+:\d+\)) on core \((\d+), (\d+), (\d+)\)",
        read("placement_by_vertex_using_graph.rpt").split("'target'")[1],
    )
    truth = [
        (f"({v.vertex_slice.lo_atom}:{v.vertex_slice.hi_atom})", *map(str, place(v)))
        for v in target._vertex.machine_vertices
    ]
    checks.equal("places", sorted(placed), sorted(truth))
    packets = read("redundant_packet_count.rpt")
    checks.equal("packets", re.findall(r"^ +(\d+) packets received", packets, re.M),
                 [str(PACKETS)] * CORES)  # fmt: skip
    checks.holds("all", f"total packets flown in system was {PACKETS * CORES}." in packets)
    table = read("routing_tables_generated/routing_table_0_0.rpt")
    checks.holds("the source's route", "0xFFFFFE00" in table.upper().replace("0XF", "0xF"), table)
    checks.holds("boot and board", "127." in read("board_chip_report.txt"))
    checks.equal("tags", "Tag" in read("tags.rpt"), True)
    x, y, p = place(next(iter(target._vertex.machine_vertices)))
    iobuf = f"provenance_data/app_provenance_data/iobuf_for_chip_{x}_{y}_processor_id_{p}.txt"
    checks.holds(
        "a core's own text", "Timer" in read(iobuf) or "Initial" in read(iobuf), read(iobuf)
    )

    energy = read("energy_report_1.rpt")
    parts = dict(re.findall(r"^(\w[\w ]*) energy: ([\d.]+) Joules$", energy, re.M))
    total = float(parts.pop("Total"))
    checks.equal("energy of", sorted(parts), ["Loading", "Mapping", "Other", "Saving",
                                              "Simulation execution"])  # fmt: skip
    checks.close("in all, J", sum(map(float, parts.values())), total, relative=1e-9)
    checks.holds("its time", f"Simulation execution time: {RUN_MS / 1000} seconds" in energy)
    checks.holds("boards", "used 1 boards, in 1 frames made up of 48 chips" in energy)

    with ProvenanceReader() as provenance:
        facts = {}
        for name, value in provenance.run_query(
            # Counters are read after the run and again at the end.
            "SELECT description, sum(most) FROM (SELECT description, max(the_value) AS most "
            "FROM core_provenance GROUP BY core_id, description) GROUP BY description"
        ):
            facts[name] = value
    checks.equal("synaptic events", facts["Total_pre_synaptic_events"], PACKETS * TARGETS)
    checks.equal("packets sent", facts["Send_multicast_packets"], PACKETS)
    for bad in ("Late_spikes", "Times_the_input_buffer_lost_packets", "Skipped synapses",
                "Times_synaptic_weights_have_saturated"):  # fmt: skip
        checks.equal(bad, facts.get(bad, 0), 0)
    data = sqlite3.connect(folder / "data.sqlite3")
    labels = [row[0] for row in data.execute("SELECT label FROM population ORDER BY label")]
    checks.equal("recorded populations", labels, ["target"])
    data.close()


def place(vertex):
    return FecDataView.get_placement_of_vertex(vertex).location


sim.end()
if debug:
    check_reports()
else:
    # The folder of the run is emptied at the end.
    left = sorted(str(p.relative_to(reports)) for p in reports.rglob("*") if p.is_file())
    checks.equal("files left", left, PRODUCTION)
checks.finish()
