# SPDX-License-Identifier: Apache-2.0
"""tools/lock_requirements.py against an index on this computer, and pip with what it wrote."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "lock_requirements.py"
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Why these.\n"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pip") is None, reason="the tool uses the pip beside this Python"
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock_requirements", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("a-1.0.tar.gz", True),
        ("a-1.0-py3-none-any.whl", True),
        ("a-1.0-py2.py3-none-any.whl", True),
        ("a-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("a-1.0-cp311-cp311-manylinux2014_aarch64.whl", True),
        ("a-1.0-cp39-abi3-manylinux_2_28_x86_64.whl", True),
        ("a-1.0-py3-none-linux_x86_64.whl", True),
        ("a-1.0-cp312-cp312-manylinux2014_x86_64.whl", False),
        ("a-1.0-cp313-abi3-manylinux2014_x86_64.whl", False),
        ("a-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", False),
        ("a-1.0-cp311-cp311-macosx_11_0_arm64.whl", False),
        ("a-1.0-cp311-cp311-win_amd64.whl", False),
    ],
)
def test_files_for_this_project(tool: ModuleType, file: str, wanted: bool) -> None:
    assert tool.is_for_us(file) == wanted


def test_a_file_belongs_to_one_version(tool: ModuleType) -> None:
    files = [
        {"filename": name, "hashes": {"sha256": name}}
        for name in ("b-1!7.4.1.tar.gz", "b-1_7.4.1-py3-none-any.whl", "b-1!7.4.10.tar.gz", "b.txt")
    ]
    assert tool.hashes("b", "1!7.4.1", files[:1] + files[2:]) == ["b-1!7.4.1.tar.gz"]
    with pytest.raises(tool.LockError, match=r"no file of b 7\.4\.1"):
        tool.hashes("b", "7.4.1", files)


def wheel(folder: Path, version: str) -> Path:
    file = folder / f"base-{version}-py3-none-any.whl"
    about = f"base-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("base.py", f"version = {version!r}\n")
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: base\nVersion: {version}\n"
        )
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    return file


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Address of an index that has base 1.0 and 2.0."""
    files = [wheel(tmp_path, version) for version in ("1.0", "2.0")]
    listed = {
        "files": [
            {"filename": f.name, "url": f"/{f.name}",
             "hashes": {"sha256": hashlib.sha256(f.read_bytes()).hexdigest()}}
            for f in files
        ]
    }  # fmt: skip

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/simple/base/"
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                self.wfile.write(json.dumps(listed).encode())

        def log_message(self, *_: Any) -> None:
            """Tests say enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()


def run_tool(index: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), *map(str, words)],
        env={"PATH": "/usr/bin:/bin", "PIP_INDEX_URL": index, "PIP_CONFIG_FILE": "/dev/null"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_pip_takes_the_files_that_were_locked_and_no_others(tmp_path: Path, index: str) -> None:
    lock = tmp_path / "requirements-base.txt"
    lock.write_text(HEAD + "base==1.0\n")
    assert run_tool(index, "--check", lock).returncode == 1
    done = run_tool(index, lock)
    assert done.returncode == 0, done.stderr
    text = lock.read_text()
    assert text.startswith(HEAD + "base==1.0 \\\n    --hash=sha256:")
    assert index not in text
    assert run_tool(index, "--check", lock).returncode == 0
    assert "as it was" in run_tool(index, lock).stdout
    assert lock.read_text() == text

    venv.create(tmp_path / "environment", with_pip=True)
    install = [
        str(tmp_path / "environment" / "bin" / "python"), "-m", "pip", "install", "--no-deps",
        "--no-index", "--require-hashes", "--find-links", str(tmp_path), "--requirement", str(lock),
    ]  # fmt: skip
    file = tmp_path / "base-1.0-py3-none-any.whl"
    as_locked = file.read_bytes()
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("added.py", "print('somebody was here')\n")
    changed = subprocess.run(install, capture_output=True, text=True, check=False)
    assert changed.returncode != 0
    assert "DO NOT MATCH THE HASHES" in changed.stderr
    file.write_bytes(as_locked)
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_index_does_not_have_changes_no_file(tmp_path: Path, index: str) -> None:
    lock = tmp_path / "requirements-base.txt"
    for line, why in (("base==3.0", "no file of base 3.0"), ("other==1.0", "no list of other")):
        lock.write_text(HEAD + line + "\n")
        done = run_tool(index, lock)
        assert done.returncode == 1
        assert why in done.stderr
        assert lock.read_text() == HEAD + line + "\n"


def test_everything_of_ours_has_hashes() -> None:
    files = sorted(ROOT.glob("tools/requirements-*.txt"))
    assert len(files) >= 6
    done = subprocess.run(
        [sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
