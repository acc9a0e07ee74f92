# SPDX-License-Identifier: Apache-2.0
"""People's environments on a hub: sPyNNakerGit at the first login, and where pip puts packages."""

from __future__ import annotations

import base64
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slow import slow

#: Ten seconds are promised. What a first login prepares comes behind everything
#: that others do there, and tests have company.
LONGEST_READY_S = 60.0

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="without root there is one person, who owns the environments"
)


def upload(person: Any, folder: Path, name: str) -> str:
    """Puts a wheel with one module into the person's home; returns the file's name."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    body = {
        "type": "file",
        "format": "base64",
        "content": base64.b64encode(file.read_bytes()).decode(),
    }
    answer = person.api("PUT", f"contents/{file.name}", json=body)
    assert answer.status_code == 201, answer.text
    return file.name


def place_of(kernel: Any, module: str) -> str:
    """Where a module lies, seen by a kernel; else the error."""
    return str(kernel.run(f"import {module}\nprint({module}.__file__)")).strip()


def log_out(hub: Any, person: Any) -> None:
    """Logs out, which stops the server, and waits until it is gone."""
    person.form("/hub/logout")
    person.session.delete(
        f"{hub.url}/hub/api/users/{person.name}/server", headers={"X-XSRFToken": person.xsrf()}
    )


@slow
def test_packages_of_a_person_from_the_first_kernel_to_the_next_login(
    hub: Any, new_name: Callable[[], str], tmp_path: Path
) -> None:
    person = hub.person(new_name())
    began = time.monotonic()
    person.sign_in()
    person.start()
    there_s = time.monotonic() - began
    # At once, whether or not the layer has been made: pip has a place of the person's own.
    kernel = person.new_kernel()
    said = kernel.run(f"!pip install --quiet --no-index {upload(person, tmp_path, 'early')}")
    home = kernel.run("import os; print(os.path.expanduser('~'))").strip()
    assert place_of(kernel, "early").startswith(f"{home}/.local/share/spinnlab/layers/"), said

    log = f"print(open('{home}/.local/share/spinnlab/environments.log').read())"
    specs: dict[str, Any] = {}
    while "spynnakergit" not in specs:
        assert time.monotonic() - began < LONGEST_READY_S, kernel.run(log)
        time.sleep(0.5)  # whoever asks all the time keeps it from being made
        specs = person.api("GET", "kernelspecs").json()["kernelspecs"]
    ready_s = time.monotonic() - began
    print(f"sign-in to server {there_s:.1f} s, to sPyNNakerGit {ready_s:.1f} s")
    kernel.end()

    kernel = person.new_kernel("spynnakergit")
    printed = kernel.run("import sys, pyNN.spiNNaker as sim\nprint(sys.prefix, sim.__version__)")
    # Before it a tree whose engine was built since the mirror was made says that it is stale.
    prefix, version = printed.splitlines()[-1].split()
    assert prefix == f"{home}/sPyNNakerGit"
    assert "+g" in version
    # As in a terminal: the scripts of the environment, from its folder.
    file = upload(person, tmp_path, "by_terminal")
    kernel.run(
        f"!cd ~/sPyNNakerGit && bash -c 'source bin/activate && pip install -q --no-index ~/{file}'"
    )
    assert place_of(kernel, "by_terminal").startswith(f"{home}/sPyNNakerGit/lib/")
    commit = kernel.run("!git -C ~/sPyNNakerGit/SpiNNLab rev-parse HEAD").strip()
    kernel.end()

    original = person.new_kernel("spynnaker_7.4.1")
    original.run(f"%pip install --quiet --no-index {upload(person, tmp_path, 'beside')}")
    assert place_of(original, "beside").startswith(f"{home}/.local/share/spinnlab/layers/")
    assert "No module named" in place_of(original, "early"), "each kernel has its own"
    original.end()

    log_out(hub, person)
    again = hub.person(person.name)
    again.sign_in()
    again.start()
    kernel = again.new_kernel()
    assert place_of(kernel, "early").startswith(f"{home}/.local/share/spinnlab/layers/")
    assert kernel.run("!git -C ~/sPyNNakerGit/SpiNNLab rev-parse HEAD").strip() == commit
    kernel.end()
    kernel = again.new_kernel("spynnaker_7.4.1")
    assert place_of(kernel, "beside").startswith(f"{home}/.local/share/spinnlab/layers/")
    kernel.end()
    kernel = again.new_kernel("spynnakergit")
    assert place_of(kernel, "by_terminal").startswith(f"{home}/sPyNNakerGit/lib/")
    kernel.end()
