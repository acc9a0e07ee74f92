# SPDX-License-Identifier: Apache-2.0
"""Kernels and servers that nobody uses are stopped, and say so; a run is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from slow import slow

#: The hub stops kernels after 6 s and servers after 40 s, and looks every second or two.
KERNEL_S, SERVER_S = 6, 40
RUN = """
import pyNN.spiNNaker as sim
sim.setup(1.0)
cells = sim.Population(5000, sim.IF_curr_exp(i_offset=1.1))
sim.run(100_000_000)
"""


def in_a_hurry(text: str) -> str:
    """hub.toml with other times."""
    before, found, _ = text.partition("[idle]")
    assert found
    return (
        f"{before}[idle]\nkernel_minutes = {KERNEL_S / 60}\nserver_minutes = {SERVER_S / 60}\n"
        "look_every_s = 1\n"
    )


@slow
@pytest.mark.timeout(600)
def test_who_is_away_is_told_what_was_stopped_and_who_computes_is_not_stopped(
    make_hub: Callable[..., Any], wait: Callable[..., float]
) -> None:
    hub = make_hub(edit=in_a_hurry)
    hub.add("tbusy", "tidle")
    busy, idle = hub.person("tbusy"), hub.person("tidle")
    for person in (busy, idle):
        person.sign_in()
    busy.start()
    kernel = busy.new_kernel()
    number = kernel.begin(RUN)
    idle.start()
    made = idle.api("POST", "sessions", json={
        "path": "SynfireExample.ipynb", "name": "", "type": "notebook",
        "kernel": {"name": "spynnaker"},
    })  # fmt: skip
    assert made.status_code == 201, made.text

    def stopped() -> bool:
        return "It was stopped on" in idle.get("/hub/user/tidle/lab").text

    began = time.monotonic()
    wait(stopped, 120)
    print(f"the idle server was stopped after {time.monotonic() - began:.0f} s")
    page = idle.get("/hub/user/tidle/lab").text
    assert "nobody had used it for" in page
    assert "All files are kept." in page

    # Back again: what was stopped is above the list of files, once.
    idle.start()
    notes = idle.api("GET", "spinnlab/stops").json()
    assert notes["kernel_s"] == KERNEL_S
    said = [note["what"] for note in notes["notes"]]
    assert said == ["The kernel sPyNNaker of SynfireExample.ipynb", "Your server"]
    until = notes["notes"][-1]["unix_s"]
    assert idle.api("DELETE", f"spinnlab/stops?until={until}").status_code == 204
    assert idle.api("GET", "spinnlab/stops").json()["notes"] == []
    assert "It was stopped on" not in idle.get("/hub/user/tidle/lab").text

    # All that time somebody has computed, with no message of the kernel's to the hub.
    answer = busy.api("GET", f"kernels/{kernel.id}")
    assert answer.ok and answer.json()["execution_state"] == "busy", answer.text
    assert time.monotonic() - began > SERVER_S
    assert busy.api("POST", f"kernels/{kernel.id}/interrupt").status_code == 204
    assert "Stopped at" in kernel.finish(number)
    kernel.socket.close()
    # The end of a run is no reason to stop at once what it ran in; later it is one.
    ended = time.monotonic()
    wait(lambda: "It was stopped on" in busy.get("/hub/user/tbusy/lab").text, 200)
    assert time.monotonic() - ended > SERVER_S - 5
