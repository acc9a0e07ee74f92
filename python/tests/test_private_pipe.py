# SPDX-License-Identifier: Apache-2.0
"""What a kernel's forked children print arrives, and no port is open for it."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from jupyter_client.manager import KernelManager

CODE = """
import os, time
child = os.fork()
if child == 0:
    print('from the child', flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_childs_output_comes_without_a_port(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("r")
    monkeypatch.setenv("SPINNLAB_RUNTIME_DIR", str(folder))
    folder.chmod(0o700)
    manager = KernelManager(kernel_name="spynnaker", transport="ipc", ip=str(folder / "k"))
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        printed: list[str] = []

        def take(message: dict[str, object]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and isinstance(content, dict):
                printed.append(content["text"])

        client.execute_interactive(CODE, output_hook=take, timeout=60)
        # The child's words may come after the cell is idle.
        client.execute_interactive("time.sleep(0.5)", output_hook=take, timeout=60)
        assert "from the child" in "".join(printed)
        process = psutil.Process(manager.provisioner.pid)
        ports = [item for item in process.net_connections("tcp") if item.status == "LISTEN"]
        assert ports == []
        assert (folder / f"kernel-{process.pid}.pipe").is_socket()
        assert os.environ["SPINNLAB_RUNTIME_DIR"] == str(folder)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert Path(folder).is_dir()
