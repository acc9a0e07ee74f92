# SPDX-License-Identifier: Apache-2.0
"""A graph of our own with a program of our own, on the published graph front end and our board."""

import json
import re

import pytest

pytestmark = [pytest.mark.original, pytest.mark.timeout(300)]

CONFIGURATION = """
[Machine]
machine_name = {address}
version = 5
[Reports]
extract_iobuf = True
read_placements_provenance_data = True
"""
RUNS = (100, 50)  # steps of 1 ms


@pytest.fixture(scope="module")
def board(serve):
    with serve("--width", "8", "--height", "8", "--version", "5") as address:
        yield address


# 7: all on one chip, several rounds. 120: on eight chips, the second run completes the first round.
@pytest.fixture(scope="module", params=[7, 120])
def ring(request, board, run_published, arm_programs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ring")
    text = CONFIGURATION.format(address=board)
    (folder / "spiNNakerGraphFrontEnd.cfg").write_text(text)
    result = folder / "result.json"
    arguments = [str(arm_programs), str(request.param), str(result), *map(str, RUNS)]
    run_published(
        "ring_graph.py", *arguments, folder=folder, home_file=".spiNNakerGraphFrontEnd.cfg"
    )
    return request.param, json.loads(result.read_text()), folder


def visits(vertex: int, n_vertices: int, steps: int) -> list[list[int]]:
    """The token starts at vertex 0 in step 0; each step it is one vertex and one count further."""
    return [[step, step] for step in range(steps) if step % n_vertices == vertex]


def test_the_token_is_everywhere_in_its_time(ring):
    n_vertices, result, _ = ring
    for run in range(len(RUNS)):
        steps = sum(RUNS[: run + 1])
        expected = [visits(vertex, n_vertices, steps) for vertex in range(n_vertices)]
        assert result["runs"][run] == expected


def test_vertices_are_on_cores_of_their_own(ring):
    n_vertices, result, _ = ring
    cores = {tuple(core) for core in result["cores"]}
    assert len(cores) == n_vertices
    chips = {core[:2] for core in cores}
    assert len(chips) >= n_vertices / 15  # 18 cores less monitors


def test_provenance_counts_visits_and_packets(ring):
    n_vertices, result, _ = ring
    for vertex, (n_visits, n_packets) in enumerate(result["provenance"]):
        assert n_visits == len(visits(vertex, n_vertices, sum(RUNS)))
        # The first visit of vertex 0 came by no packet; the last token may be on its way.
        sent = sum(RUNS)
        expected = sum(1 for step in range(1, sent + 1) if step % n_vertices == vertex)
        assert n_packets == expected


def test_iobuf_is_extracted_and_cleared(ring):
    n_vertices, result, folder = ring
    assert result["texts"] == [""] * n_vertices
    keys = set()
    for vertex, (x, y, p) in enumerate(result["cores"]):
        (file,) = folder.glob(f"reports/*/run_1/**/iobuf_for_chip_{x}_{y}_processor_id_{p}.txt")
        found = re.search(r"key 0x([0-9a-f]{8})(, starts)?$", file.read_text(), re.MULTILINE)
        assert found, file.read_text()
        keys.add(found[1])
        assert bool(found[2]) == (vertex == 0)
    assert len(keys) == n_vertices
