# SPDX-License-Identifier: Apache-2.0
"""What is not there says so, and another sPyNNaker in the environment is found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyNN.spiNNaker as sim
import pytest

from spinnlab import installation

SCRIPT = "import pyNN.spiNNaker as sim\nprint('imported')\n"


def run(folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script as `spinnlab run` does, with `path` before everything installed."""
    (folder / "script.py").write_text(SCRIPT)
    return subprocess.run(
        [sys.executable, "-m", "spinnlab.pynn.script", "script.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_our_own_installation_is_as_it_should_be(tmp_path: Path) -> None:
    installation.check()
    assert "imported" in run(tmp_path, tmp_path).stdout


def test_a_module_of_the_original_in_front_of_ours_is_named(tmp_path: Path) -> None:
    foreign = tmp_path / "elsewhere" / "spynnaker"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('"""The published one."""\n')
    done = run(tmp_path, foreign.parent)
    assert done.returncode == 1
    assert str(foreign / "__init__.py") in done.stderr
    assert "pip uninstall" in done.stderr and "sPyNNaker 7.4.1" in done.stderr


def test_a_published_package_beside_ours_is_named(tmp_path: Path) -> None:
    metadata = tmp_path / "packages" / "spynnaker-7.4.1.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: sPyNNaker\nVersion: 1!7.4.1\n")
    done = run(tmp_path, metadata.parents[1])
    assert done.returncode == 1
    assert "the package sPyNNaker\n" in done.stderr
    assert "pip uninstall sPyNNaker\n" in done.stderr


def test_a_kernel_with_another_one_says_so_at_the_first_import(tmp_path: Path) -> None:
    foreign = tmp_path / "elsewhere" / "spynnaker"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('"""The published one."""\n')
    # What native_kernel.main() does before ipykernel takes over.
    code = """
from spinnlab import installation
try:
    installation.check()
except installation.ForeignInstallationError as error:
    installation.refuse(error)
import pyNN.spiNNaker as sim
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(foreign.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ImportError: Another sPyNNaker is in this environment" in done.stderr
    assert "pip uninstall" in done.stderr


def test_a_traceback_begins_with_the_script(tmp_path: Path, run_script: Any) -> None:
    (tmp_path / "wrong.py").write_text("def f():\n    raise ValueError('no')\nf()\n")
    done = run_script("wrong.py")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].strip() == 'File "wrong.py", line 3, in <module>'
    assert lines[-1].startswith("wall time:")


def test_the_last_line_counts_the_imports(tmp_path: Path, run_script: Any) -> None:
    (tmp_path / "short.py").write_text("import pyNN.spiNNaker\n")
    began = time.perf_counter()
    done = run_script("short.py")
    whole_s = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    told = float(done.stderr.splitlines()[-1].split()[-2])
    assert whole_s / 2 < told <= whole_s + 0.02


@pytest.mark.parametrize(
    "line",
    [
        "from pacman.model.graphs.application import ApplicationVertex as thing",
        "from pacman.model.constraints.key_allocator_constraints import "
        "FixedKeyAndMaskConstraint as thing",
        "from spynnaker.pyNN.models.neuron import AbstractPyNNNeuronModelStandard as thing",
        "from spinn_front_end_common.utilities.connections import LiveEventConnection as thing",
        "from data_specification.enums import DataType as thing",
        "from spinnman.messages.eieio import EIEIOType as thing",
        "import python_models8.neuron.builds.my_model as m; thing = m.MyModelCurrExp",
    ],
)
def test_modules_that_only_the_original_has_can_be_imported_but_not_used(line: str) -> None:
    found: dict[str, type] = {}
    exec(line, found)
    thing = found["thing"]

    class Derived(thing):  # type: ignore[misc, valid-type]
        """As a user's own model or device derives from sPyNNaker's classes."""

    for use in (thing, lambda: thing(1, key=2), lambda: thing.INT32, Derived):
        with pytest.raises(NotImplementedError, match=rf"{thing.__name__}.*sPyNNaker 7\.4\.1"):
            use()


def test_exceptions_of_the_original_can_stand_in_except_clauses() -> None:
    from spinnman.exceptions import SpinnmanTimeoutException

    try:
        int("x")
    except SpinnmanTimeoutException:
        pytest.fail("nothing raises it")
    except ValueError:
        pass


def test_models_of_pynn_that_spinnaker_lacks_are_named() -> None:
    with pytest.raises(AttributeError, match=r"HH_cond_exp is one of PyNN's cell types.*list_stan"):
        _ = sim.HH_cond_exp
    with pytest.raises(AttributeError, match=r"TsodyksMarkramSynapse .*StaticSynapse"):
        _ = sim.TsodyksMarkramSynapse
    with pytest.raises(AttributeError, match=r"'pyNN.spiNNaker' has no attribute 'Populaton'"):
        _ = sim.Populaton
    assert not hasattr(sim, "IF_cond_alpha")
    with pytest.raises(NotImplementedError, match=r"ExternalCochleaDevice is neither in .* nor in"):
        sim.external_devices.ExternalCochleaDevice()


def test_features_that_only_the_original_has_are_named_when_they_are_used() -> None:
    devices = sim.external_devices
    for use in (
        lambda: devices.protocols.MunichIoSpiNNakerLinkProtocol,
        lambda: devices.ExternalFPGARetinaDevice.MODE_128,
        lambda: devices.activate_live_output_for(None),
        lambda: sim.STDPMechanism(),
        lambda: sim.DCSource(amplitude=1.0),
        lambda: sim.extra_models.Neuromodulation(),
    ):
        with pytest.raises(NotImplementedError, match=r"sPyNNaker 7\.4\.1"):
            use()
