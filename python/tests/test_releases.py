# SPDX-License-Identifier: Apache-2.0
"""Releases of the published sPyNNaker beside the usual one: names, lists, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.commands import kernel
from spinnlab.errors import ProgramNotFoundError

from spinnlab import cli, kernels, original_environments, programs, releases, user_environments


@pytest.fixture
def envs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of environments, with the usual release and 7.3.0 in it, as far as links go."""
    folder = tmp_path / "envs"
    for name in ("original-7.4.1", "original-7.3.0", "spynnaker", "original-mine"):
        (folder / name / "bin").mkdir(parents=True)
        (folder / name / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(programs, "environments_folder", lambda: folder)
    for variable in ("SPINNLAB_ORIGINAL_PYTHON", "SPINNLAB_NATIVE_PYTHON"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def test_names(envs: Path) -> None:
    assert releases.installed() == ["7.4.1", "7.3.0"]
    assert releases.kernel_name("7.3.0") == "spynnaker_7.3.0"
    assert releases.of_kernel("spynnaker_7.3.0") == releases.of_kernel("sPyNNaker_7.3.0") == "7.3.0"
    for other in ("spynnaker", "spynnakergit", "spynnaker8_old", "spynnaker_7", "python3"):
        assert releases.of_kernel(other) is None
    assert releases.order("7.10.0") > releases.order("7.4.1")
    assert programs.original_python("7.3.0") == envs / "original-7.3.0" / "bin" / "python"


@pytest.mark.parametrize("text", ["newest", "7.3", "7.3.0a1", "../7.3.0", ""])
def test_what_is_no_release_is_said(text: str) -> None:
    with pytest.raises(original_environments.ReleaseError, match=r"tried here and work: 7\.4\.1"):
        original_environments.parse(text)


def test_what_is_tried_is_shipped_with_hashes_and_our_versions_of_the_rest() -> None:
    usual = dict(original_environments.pins(original_environments.lock_file("7.4.1").read_text()))
    assert releases.TRIED[0] == releases.USUAL
    for release in releases.TRIED:
        lock = original_environments.lock_file(release)
        assert lock.is_file(), release
        text = lock.read_text()
        pinned = dict(original_environments.pins(text))
        assert pinned["sPyNNaker"] == f"1!{release}"
        assert text.count("--hash=sha256:") >= len(pinned)
        for name, version in pinned.items():
            if not original_environments.OF_SPYNNAKER.match(name):
                assert usual[name] == version


def test_a_missing_release_names_the_command_that_adds_it(envs: Path) -> None:
    with pytest.raises(ProgramNotFoundError, match=r"'spinnlab kernel add 7\.2\.1'"):
        programs.original_python("7.2.1")
    with pytest.raises(original_environments.ReleaseError, match=r"There are: 7\.4\.1, 7\.3\.0"):
        original_environments.remove("7.2.1")


def test_kernels_of_releases_come_and_go(envs: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "server"
    specs = prefix / "share" / "jupyter" / "kernels"
    stale = [specs / kernels.FORMER_741, specs / "spynnaker_7.1.0", specs / "spynnaker_own"]
    for one in stale:
        one.mkdir(parents=True)
    assert kernels.register_all(prefix)
    there = ["spynnaker", "spynnaker_7.3.0", "spynnaker_7.4.1", "spynnaker_own"]
    assert sorted(one.name for one in specs.iterdir()) == there
    told = json.loads((specs / "spynnaker_7.3.0" / "kernel.json").read_text())
    assert told["display_name"] == "sPyNNaker 7.3.0"
    assert told["argv"][0] == str(envs / "original-7.3.0" / "bin" / "python")
    assert set(user_environments.names()) == {*there[:3], "spynnakergit"}


def test_a_removed_release_leaves_a_users_menu_but_not_the_layer(
    envs: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for name in ("spynnaker_7.3.0", "spynnaker_7.2.1", kernels.FORMER_741, "spynnaker"):
        kernels.register_for_user(name, {"display_name": name}, home)
    layer = user_environments.layer_folder("spynnaker_7.2.1", home)
    layer.mkdir(parents=True)
    user_environments.forget_removed(user_environments.shared(), home)
    left = {one.name for one in (kernels.user_jupyter_folder(home) / "kernels").iterdir()}
    assert left == {"spynnaker_7.3.0", "spynnaker"}
    assert layer.is_dir()


def test_remove_waits_for_nobody_but_says_who_is_there(
    envs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kernel, "server_prefixes", lambda: [tmp_path / "server"])
    kernels.register(tmp_path / "server", "spynnaker_7.3.0", {})
    python = envs / "original-7.3.0" / "bin" / "python"
    words = [str(python), "-c", "import sys; print(1, flush=True); sys.stdin.read()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        with pytest.raises(original_environments.ReleaseError, match=f"processes {running.pid}"):
            original_environments.remove("7.3.0")
        assert python.exists()
    assert cli.main(["kernel", "remove", "7.3.0"]) == 0
    assert not (envs / "original-7.3.0").exists()
    assert list((tmp_path / "server").rglob("kernel.json")) == []
    if programs.source_tree() is not None:
        with pytest.raises(original_environments.ReleaseError, match="belongs to the source tree"):
            original_environments.remove(releases.USUAL)


def test_a_hubs_servers_have_the_kernels_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "source_tree", lambda: tmp_path)
    here = Path(sys.prefix)
    assert kernel.server_prefixes() == [here]
    for name in (".venv", ".envs/hub"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python").symlink_to(sys.executable)
    assert kernel.server_prefixes() == [here, tmp_path / ".venv", tmp_path / ".envs" / "hub"]


def test_somebody_who_only_uses_a_lab_adds_nothing(
    envs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda _place, mode: mode != os.W_OK)
    assert cli.main(["kernel", "add", "7.2.1"]) == 1
    said = capsys.readouterr().err
    assert "the kernels here belong to the lab" in said
    assert str(envs) in said


def test_pips_report_becomes_a_list_with_hashes() -> None:
    report = {
        "install": [
            {
                "metadata": {"name": "b", "version": "1!2.0"},
                "download_info": {"archive_info": {"hashes": {"sha256": "b" * 64}}},
            },
            {
                "metadata": {"name": "A", "version": "1"},
                "download_info": {"archive_info": {"hash": "sha256=" + "a" * 64}},
            },
        ]
    }
    text = original_environments.lock_text("9.9.9", report)
    assert "sPyNNaker 9.9.9" in text
    assert text.endswith(
        f"A==1 \\\n    --hash=sha256:{'a' * 64}\nb==1!2.0 \\\n    --hash=sha256:{'b' * 64}\n"
    )


def test_pip_that_finds_nothing_names_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(original_environments.ReleaseError) as refused:
        original_environments.resolve("9.9.9")
    assert "sPyNNaker 9.9.9 cannot be installed for Python 3.11" in str(refused.value)
    assert "No matching distribution" in str(refused.value)
    assert "7.3.0" in str(refused.value)
