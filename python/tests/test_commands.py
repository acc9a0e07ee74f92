# SPDX-License-Identifier: Apache-2.0
"""The command `spinnlab`: which program does what, and a script from the shell to its spikes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from spinnlab.commands import lab, machine

from spinnlab import cli

ROOT = Path(__file__).resolve().parents[2]
SPINNLAB = ROOT / ".venv" / "bin" / "spinnlab"
ORIGINAL = ROOT / ".envs" / "original-7.4.1" / "bin" / "python"

needs_boards = pytest.mark.skipif(
    not ORIGINAL.exists() or not SPINNLAB.exists(), reason="no environments (make deps)"
)


@pytest.mark.parametrize(
    ("words", "program", "arguments"),
    [
        ([], "spinnlab-machine", ["print", "spin5"]),
        (["million"], "spinnlab-machine", ["print", "million"]),
        (["serve"], "spallocd", []),
        (["serve", "--board", "0,0=127.0.0.1"], "spinnlab-machine", None),
        (["load"], "spinnlab-machine", ["load"]),
        (["replay", "file"], "spinnlab-machine", ["replay", "file"]),
    ],
)
def test_each_word_finds_its_program(
    words: list[str], program: str, arguments: list[str] | None
) -> None:
    name, found = machine.command(words)
    assert name == program
    assert found == (words if arguments is None else arguments)


@pytest.mark.parametrize(
    "words",
    [["--ServerApp.token=abc", "--debug"], ["lab", "--debug"], ["notebook", "--debug"]],
)
def test_options_of_jupyterlab_are_handed_on(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _file, command, _env: started.append(command))
    monkeypatch.setattr("spinnlab.notebooks.refresh", lambda *_: [])
    monkeypatch.setattr(lab, "find_program", lambda _: Path("spallocd"))
    monkeypatch.setattr("spinnlab.commands.env.prepare_in_background", lambda: Path("log"))
    cli.main([*words, "--no-browser"])
    given = [word for word in words if word not in ("lab", "notebook")]
    assert started[0][-len(given) :] == given
    page = next(word for word in started[0] if word.startswith("--LabApp.default_url="))
    assert page.split("=")[1].startswith("/tree" if words[0] == "notebook" else "/lab")
    assert "--ServerApp.open_browser=False" in started[0]


def test_unknown_options_of_other_commands_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["demo", "--debug"])
    assert "unrecognized arguments: --debug" in capsys.readouterr().err


def run(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_profile_is_handed_to_a_native_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text("")
    started: list[dict[str, str]] = []
    monkeypatch.setattr("os.execve", lambda _file, _command, env: started.append(env))
    monkeypatch.delenv("SPINNLAB_PROFILE", raising=False)
    for module in ("native_python", "original_python"):
        monkeypatch.setattr(f"spinnlab.commands.run.{module}", lambda: Path("/bin/python"))
    cli.main(["run", "--profile", "6", str(script)])
    cli.main(["run", str(script), "--profile", "6"])  # the script's own
    assert [env.get("SPINNLAB_PROFILE") for env in started] == ["6", None]
    with pytest.raises(SystemExit):
        cli.main(["run", "--profile", "5", str(script)])
    assert cli.main(["run", "--original", "--profile", "6", str(script)]) == 1
    assert "Leave one of them out" in capsys.readouterr().err


@needs_boards
def test_a_script_runs_without_any_configuration(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    script = str(ROOT / "examples" / "first_script.py")
    done = run([str(SPINNLAB), "run", script], tmp_path, HOME=str(home))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "7" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("wall time:")
    # Matplotlib keeps its own caches there; configuration and reports are never put into the home.
    written = {path.name for path in home.rglob("*")}
    assert not [name for name in written if "spynnaker" in name or name == "reports"]


@needs_boards
def test_a_real_machine_in_the_users_file_is_replaced_and_said_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    text = "[Machine]\nmachine_name = spinn-4.example.org\nversion = 5\n"
    (home / ".spynnaker.cfg").write_text(text)
    script = str(ROOT / "examples" / "first_script.py")
    done = run([str(SPINNLAB), "run", script], tmp_path, HOME=str(home))
    assert done.returncode == 0, done.stderr[-3000:]
    assert (done.stdout + done.stderr).count("software machine is used instead") == 1
    assert (home / ".spynnaker.cfg").read_text() == text


@needs_boards
def test_a_scripts_own_exit_code_and_arguments_are_kept(tmp_path: Path) -> None:
    script = tmp_path / "ends.py"
    script.write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    done = run([str(SPINNLAB), "run", str(script), "--a", "b"], tmp_path)
    assert done.returncode == 7
    assert "['--a', 'b']" in done.stdout


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    done = run([sys.executable, "-m", "spinnlab", "run", "nowhere.py"], tmp_path)
    assert done.returncode != 0
    assert "nowhere.py" in done.stderr
