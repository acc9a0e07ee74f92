# SPDX-License-Identifier: Apache-2.0
"""Scripts of earlier releases and of careless homes: what our package beside the original mends.

These run as the kernel does, not bare; everything else here runs bare.
"""

from __future__ import annotations

import re
from pathlib import Path

import harness
import pytest

TOLERANT = harness.HERE / "tolerant"
pytestmark = harness.needs_original

#: A home of somebody who has a machine, and whose file is older than this release.
HOME = """[Machine]
machineName = spinn-4.example.org
version = 5
[Simulation]
spikes_per_second = 77
[Mode]
violate_1ms_wall_clock_restriction = True
[Buffers]
receive_buffer_host = 0.0.0.0
[Attic]
trunk = full
"""
#: The file beside the script.
BESIDE = {
    "Machine": {"spalloc_server": "spinnaker.example.org"},
    "Simulation": {"ring_buffer_sigma": "4"},
    "Reports": {"extract_iobuf_during_run": "True"},
}


def run(name: str, folder: Path, **variables: str) -> str:
    """Runs a script that imports `checks`, wrapped; returns both outputs."""
    variables = {"SPINNLAB_ORIGINAL_BARE": "0", "PYTHONPATH": str(harness.FEATURES), **variables}
    output = harness.run(str(TOLERANT / f"{name}.py"), folder=folder, variables=variables)
    assert re.search(r"^[1-9]\d* checks are right$", output, re.MULTILINE), output[-2000:]
    return output


def test_scripts_of_earlier_releases(tmp_path: Path) -> None:
    if harness.FIXED_BOARD:
        pytest.skip("the home is this test's own, so it cannot name $SPINNLAB_BOARD")
    home, folder = tmp_path / "home", tmp_path / "script"
    home.mkdir()
    folder.mkdir()
    (home / ".spynnaker.cfg").write_text(HOME)
    harness.write_configuration(folder / "spynnaker.cfg", BESIDE)
    output = run("old_scripts", folder, HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"))
    notes = re.findall(r"^SpiNNLab: (.*)$", output, re.MULTILINE)
    for part in (
        "names the machine spinn-4.example.org",
        "names the machine spinnaker.example.org",
        "violate1mswallclockrestriction",
        "receivebufferhost",
        "[Attic]",
        "extractiobufduringrun",
    ):
        said = [note for note in notes if part in note.lower() or part in note]
        assert len(said) == 1, f"{part}: {notes}"
    assert (home / ".spynnaker.cfg").read_text() == HOME
    # Matplotlib may keep its caches there.
    assert [path.name for path in home.rglob("*") if "spynnaker" in path.name.lower()] == [
        ".spynnaker.cfg"
    ]


def test_dopamine_from_lists(tmp_path: Path) -> None:
    run("neuromodulated_lists", tmp_path)
