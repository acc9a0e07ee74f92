# SPDX-License-Identifier: Apache-2.0
"""Runs in the environment of the published packages: PORT PART. The last line printed is JSON."""

import json
import os
import sys

from spinn_utilities.config_holder import set_config
from spinnman.config_setup import unittest_setup
from spinnman.constants import SCP_SCAMP_PORT
from spinnman.data.spinnman_data_writer import SpiNNManDataWriter
from spinnman.exceptions import SpallocException
from spinnman.messages.scp.impl import GetVersion, ReadMemory
from spinnman.spalloc import SpallocClient, SpallocState

SDRAM = 0x60000000


def client(password="difference-engine"):
    """Of ada, whose password stands in the address, as users write it."""
    return SpallocClient(f"https://ada:{password}@localhost:{sys.argv[1]}/")


def jobs():
    told = {}
    with client() as spalloc:
        told["version"] = str(spalloc.version)
        told["machines"] = {
            name: [machine.width, machine.height, sorted(machine.tags), machine.dead_boards]
            for name, machine in spalloc.list_machines().items()
        }
        job = spalloc.create_job()
        job.wait_until_ready()
        told["states"] = [job.get_state().name]
        told["connections"] = sorted(job.get_connections())
        told["where"] = job.where_is_machine(8, 4)
        told["listed"] = [int(repr(j).rstrip("/)").rsplit("/", 1)[1]) for j in spalloc.list_jobs()]
        job.destroy("enough")
        told["states"].append(job.wait_for_state_change(SpallocState.READY).name)
        told["listed_with_destroyed"] = len(list(spalloc.list_jobs(deleted=True)))
    return told


def ask(connection, request):
    """One SCP request, and the response to it."""
    connection.send(connection.get_scp_data(request))
    _result, _sequence, data, offset = connection.receive_scp_response()
    response = request.get_scp_response()
    response.read_bytestring(data, offset)
    return response


def boards():
    told = {}
    with client() as spalloc, spalloc.create_job() as job:
        job.wait_until_ready()
        connection = job.connect_to_board(0, 0)
        told["version"] = ask(connection, GetVersion(0, 0, 0)).version_info.name
        data = bytes(range(256)) * 10 + b"odd"
        job.write_data(1, 1, SDRAM, data)
        told["written"] = list(data)
        told["read"] = list(job.read_data(1, 1, SDRAM, len(data)))
        read = ask(connection, ReadMemory((1, 1, 0), SDRAM, 4))
        told["datagram"] = list(read.data[read.offset : read.offset + 4])
        listener = job.open_udp_listener_connection()
        # Its own address cannot be asked: the published class forgets it (it is set to None after
        # the channel was opened), so what it hears is looked at.
        request = connection.get_scp_data(GetVersion(0, 0, 0))
        listener.send_to(request, (job.get_root_host(), SCP_SCAMP_PORT))
        told["listener"] = b"SC&MP" in listener.receive(20)
        listener.close()
        connection.close()
        transceiver = job.create_transceiver()
        told["booted"] = transceiver._get_scamp_version().name
        told["chips"] = len(list(transceiver.get_machine_details().chips))
    return told


def token():
    server = f"https://localhost:{sys.argv[1]}/"
    spalloc = SpallocClient(server, bearer_token=os.environ["TEST_TOKEN"])
    spalloc.create_job()
    return {"owner": "root"}


def wrong():
    try:
        client("guess")
    except SpallocException as error:
        return {"error": str(error)}
    return {"error": "none"}


if __name__ == "__main__":
    unittest_setup()
    set_config("Machine", "version", "5")
    SpiNNManDataWriter.mock().set_n_required(3 if sys.argv[2] == "jobs" else 1, None)
    print(json.dumps(globals()[sys.argv[2]]()))
