# SPDX-License-Identifier: Apache-2.0
"""Somebody at the hub, with a browser's cookies but without the browser."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any

import requests
import websocket

#: Five times what a busy computer of two cores needs.
PATIENCE_S = 120.0


class Person:
    """Signs in, starts a server, runs cells: everything over the hub's public address."""

    def __init__(self, url: str, name: str, password: str = "") -> None:
        self.url, self.name, self.password = url, name, password
        self.session = requests.Session()
        self.token = ""

    # The hub's pages.

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=PATIENCE_S, **options)

    def xsrf(self) -> str:
        return self.session.cookies.get("_xsrf", path="/hub/") or ""

    def form(self, path: str, **fields: str) -> requests.Response:
        """Fills a page's form: asks for the page first, as a browser does."""
        page = self.get(path.split("?", maxsplit=1)[0])
        found = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        data = {**fields, "_xsrf": found[1] if found else self.xsrf()}
        return self.session.post(
            self.url + path, data=data, timeout=PATIENCE_S, headers={"Sec-Fetch-Mode": "navigate"}
        )

    def post(self, path: str, value: Any = None) -> requests.Response:
        return self.session.post(
            self.url + path, json=value or {}, timeout=PATIENCE_S,
            headers={"X-XSRFToken": self.xsrf()},
        )  # fmt: skip

    def sign_in(self) -> requests.Response:
        return self.form("/hub/login", username=self.name, password=self.password)

    def is_signed_in(self) -> bool:
        answer = self.get("/hub/home", allow_redirects=False)
        return answer.status_code == 200

    # The server.

    def start(self) -> float:
        """Starts the server; returns the seconds until it answered."""
        began = time.monotonic()
        deadline = began + PATIENCE_S
        while time.monotonic() < deadline:
            # Again and again, as somebody does who presses the button: a server that was just
            # killed is taken for running until the hub has looked.
            self.get(f"/hub/spawn/{self.name}")
            self.watch_progress()
            answer = self.get(f"/user/{self.name}/api/status", headers=self._authorization())
            if answer.status_code == 200:
                return time.monotonic() - began
            time.sleep(0.2)
        raise AssertionError(f"the server of {self.name} is not there: {answer.text[:500]}")

    def watch_progress(self) -> None:
        """Until the server is there or has failed, as the page that waits does it."""
        path = f"/hub/api/users/{self.name}/server/progress"
        with self.get(path, stream=True, headers={"Accept": "text/event-stream"}) as events:
            if events.status_code != 200:
                return
            for line in events.iter_lines():
                told = json.loads(line[5:]) if line.startswith(b"data:") else {}
                if told.get("ready") or told.get("failed"):
                    return

    def _authorization(self) -> dict[str, str]:
        if not self.token:
            answer = self.post(f"/hub/api/users/{self.name}/tokens", {"note": "test"})
            assert answer.status_code == 201, answer.text
            self.token = answer.json()["token"]
        return {"Authorization": f"token {self.token}"}

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(
            method, f"{self.url}/user/{self.name}/api/{path}", headers=self._authorization(),
            timeout=PATIENCE_S, **options,
        )  # fmt: skip

    def new_kernel(self, name: str = "spynnaker") -> Kernel:
        answer = self.api("POST", "kernels", json={"name": name})
        assert answer.status_code == 201, answer.text
        return self.kernel(answer.json()["id"])

    def kernel(self, number: str) -> Kernel:
        """One that runs already."""
        self._authorization()
        return Kernel(self, number)


class Kernel:
    """A kernel of a person, over the hub's websocket."""

    def __init__(self, person: Person, number: str) -> None:
        self.person, self.id = person, number
        url = person.url.replace("http", "ws", 1)
        self.socket = websocket.create_connection(
            f"{url}/user/{person.name}/api/kernels/{number}/channels?session_id=s",
            header=[f"Authorization: token {person.token}"],
            timeout=PATIENCE_S,
        )

    def send(self, code: str, cell: str = "") -> str:
        """Starts a cell and returns its number; what it prints comes with `finish`.

        `cell` is its id in a notebook; without one the server keeps nothing of it.
        """
        number = uuid.uuid4().hex
        message = {
            "header": {
                "msg_id": number, "username": "", "session": "s", "msg_type": "execute_request",
                "version": "5.3",
            },
            "parent_header": {}, "metadata": {"cellId": cell} if cell else {}, "channel": "shell",
            "content": {"code": code, "silent": False, "stop_on_error": True},
        }  # fmt: skip
        self.socket.send(json.dumps(message))
        return number

    def begin(self, code: str, cell: str = "") -> str:
        """Starts a cell and waits until the kernel works on it."""
        number = self.send(code, cell)
        while True:
            message = json.loads(self.socket.recv())
            if message.get("parent_header", {}).get("msg_id") == number:
                return number

    def finish(self, number: str) -> str:
        """Everything that the cell printed, tracebacks included; a picture is `<picture>`."""
        text = ""
        while True:
            message = json.loads(self.socket.recv())
            if message.get("parent_header", {}).get("msg_id") != number:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                text += content["text"]
            elif message["msg_type"] == "execute_result":
                text += content["data"].get("text/plain", "")
            elif message["msg_type"] == "display_data" and "image/png" in content["data"]:
                text += "<picture>"
            elif message["msg_type"] == "error":
                text += "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return text

    def said_of(self, number: str, text: str) -> str:
        """Waits until the cell shows something with this text; returns that."""
        while True:
            message = json.loads(self.socket.recv())
            said = message["content"].get("text", "")
            if message.get("parent_header", {}).get("msg_id") == number and text in said:
                return str(said)

    def run(self, code: str) -> str:
        return self.finish(self.send(code))

    def end(self) -> None:
        self.socket.close()
        self.person.api("DELETE", f"kernels/{self.id}")
