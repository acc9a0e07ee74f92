# SPDX-License-Identifier: Apache-2.0
"""People of a hub reach the addresses of a list and no others: real packets, a real host."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from spinnlab.hub import egress
from spinnlab.hub.egress import EgressError

WHO = 62_345  # a uid that is nobody's
ASK = """
import os, socket, sys
os.setgid({uid}); os.setuid({uid})
with socket.create_connection(("{address}", 8000), timeout=10) as one:
    print(one.recv(10).decode())
"""
ANSWER = """
import socket
with socket.create_server(("", 8000)) as one:
    print("ready", flush=True)
    while True:
        caller, _ = one.accept()
        caller.sendall(b"hello")
        caller.close()
"""


def test_lists_are_read() -> None:
    text = egress.rules({7, 5}, ["192.0.2.0/24", "192.0.2.9", "2001:db8::1", "localhost"])
    assert "elements = { 5, 7 }" in text
    assert "192.0.2.0/24" in text
    assert "192.0.2.9" not in text  # it is in the network above
    assert "2001:db8::1/128" in text
    assert "127.0.0.1/32" in text


def test_a_name_that_nobody_knows_is_said() -> None:
    with pytest.raises(EgressError, match=r"no-such-host\.invalid.*192\.0\.2\.0/24"):
        egress.rules(set(), ["no-such-host.invalid"])


def test_the_later_of_two_lists_knows_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers start at once; the second person is made while the first list is written."""
    written: list[str] = []
    people = {5}
    first_asks, second_waits = threading.Event(), threading.Event()

    def slowly() -> set[int]:
        found = set(people)
        first_asks.set()
        second_waits.wait(10)
        return found

    def write(_: list[str], given: str) -> str:
        written.append(given)
        return ""

    monkeypatch.setattr(egress, "_missing", lambda: "")
    monkeypatch.setattr(egress, "_refused", write)
    first = threading.Thread(target=egress.keep, args=([], slowly))
    first.start()
    assert first_asks.wait(10)
    people.add(7)
    second = threading.Thread(target=egress.keep, args=([], lambda: set(people)))
    second.start()
    second.join(0.2)
    second_waits.set()
    first.join(10)
    second.join(10)
    assert len(written) == 2
    assert "elements = { 5, 7 }" in written[-1]


def _is_possible() -> bool:
    if os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip"):
        return False
    namespace = f"sl{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", namespace], capture_output=True, check=False)
    if made.returncode != 0:
        return False
    subprocess.run(["ip", "netns", "delete", namespace], check=True)
    return egress.problem(["192.0.2.1"]) == ""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of another host, which says hello on port 8000."""
    if not _is_possible():
        pytest.skip("needs root, nftables and network namespaces")
    monkeypatch.setattr(egress, "TABLE", f"spinnlab_test_{secrets.token_hex(3)}")
    name, net = f"sl{secrets.token_hex(3)}", f"10.{60 + secrets.randbelow(60)}.77"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
        ip("address", "add", f"{net}.1/24", "dev", f"{name}a")
        ip("link", "set", f"{name}a", "up")
        ip("-n", name, "address", "add", f"{net}.2/24", "dev", f"{name}b")
        ip("-n", name, "link", "set", f"{name}b", "up")
        server = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-c", ANSWER],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield f"{net}.2"
        server.kill()
        server.wait()
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False)
        subprocess.run(["nft", "delete", "table", "inet", egress.TABLE],
                       check=False, capture_output=True)  # fmt: skip


def reaches(address: str, uid: int) -> bool:
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(uid=uid, address=address)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert asked.stdout.strip() == "hello" or "Error" in asked.stderr, asked.stderr
    return asked.stdout.strip() == "hello"


def test_only_addresses_of_the_list_are_reached(host: str) -> None:
    assert reaches(host, WHO)
    egress.keep(["192.0.2.1"], lambda: {WHO})
    assert not reaches(host, WHO)
    assert reaches(host, WHO + 1)  # not a person of the hub
    egress.keep([host], lambda: {WHO})
    assert reaches(host, WHO)
    egress.keep([], lambda: {WHO})
    assert not reaches(host, WHO)
    egress.keep([egress.ANYWHERE], lambda: {WHO})
    assert reaches(host, WHO)


def test_this_computer_is_always_reached(host: str) -> None:
    egress.keep([], lambda: {WHO})
    local = ANSWER.replace('("", 8000)', '("127.0.0.1", 0)')
    local = local.replace('print("ready"', "print(one.getsockname()[1]")
    server = subprocess.Popen([sys.executable, "-c", local], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        ask = ASK.replace("8000", port).format(uid=WHO, address="127.0.0.1")
        said = subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=False
        )
        assert said.stdout.strip() == "hello", said.stderr
    finally:
        server.kill()
        server.wait()
