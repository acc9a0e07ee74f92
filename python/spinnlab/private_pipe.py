# SPDX-License-Identifier: Apache-2.0
"""What forked children of a kernel print comes through a Unix socket of this person's, not a port.

ipykernel opens a TCP port on 127.0.0.1 for it. Every user of the computer could connect to it; the
messages are told apart by a random number, but on a hub nobody shall reach another's kernel at all.
"""

from __future__ import annotations

import os
from typing import Any

from spinnlab.allocation.runtime import runtime_folder
from spinnlab.errors import AllocationError


def use() -> None:
    """From now on; without a private folder the kernel stays as ipykernel makes it."""
    import zmq
    from ipykernel.iostream import IOPubThread
    from zmq.eventloop.zmqstream import ZMQStream

    try:
        path = runtime_folder() / f"kernel-{os.getpid()}.pipe"
    except AllocationError:
        return

    def listen(thread: Any) -> None:
        path.unlink(missing_ok=True)  # of a killed process with the same number
        thread._pipe_uuid = os.urandom(16)
        pipe = thread.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(f"ipc://{path}")
        thread._pipe_in = ZMQStream(pipe, thread.io_loop)
        thread._pipe_in.on_recv(thread._handle_pipe_msg)

    def connect(_thread: Any) -> Any:
        context = zmq.Context()  # a new one: this is a child
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000  # ms, as ipykernel's
        pipe.connect(f"ipc://{path}")
        return context, pipe

    IOPubThread._setup_pipe_in = listen
    IOPubThread._setup_pipe_out = connect
