# SPDX-License-Identifier: Apache-2.0
"""Spikes in from and out to Python threads while the network runs, over two runs.

What a thread sends is what the injector records, what neurons fire is what another thread gets with
its time, both in forms with and without time stamps, prefixes and translated keys.
"""

import threading
import time

import checks
import numpy as np
import pyNN.spiNNaker as sim
from spinnman.connections import ConnectionListener
from spinnman.connections.udp_packet_connections import EIEIOConnection, SCAMPConnection
from spinnman.messages.eieio import EIEIOType
from spinnman.messages.eieio.create_eieio_data import read_eieio_data_message
from spinnman.messages.eieio.data_messages import EIEIODataMessage
from spinnman.messages.eieio.eieio_prefix import EIEIOPrefix
from spinnman.utilities.utility_functions import reprogram_tag

external = sim.external_devices
FIRST_MS, SECOND_MS = 1200, 300
SIZE = 10
#: Ids that the thread sends one by one at the start of each run, then all at once in two forms.
BURSTS = 3
PREFIX, TRANSLATED_TAG = 0x1234, 4
#: UDP port of the board whose packets a reverse IP tag takes to an injector.
INPUT_PORT = 17999

facts = {"init": [], "start": [], "pause": []}
live = {"array": [], "out": []}
keys, without_time, translated = [], [], []
board = []
sent = threading.Event()


def received(label, at, ids):
    live[label] += [(int(at), int(i)) for i in ids]


def inject(label, connection):
    facts["start"].append(label)
    if len([name for name in facts["start"] if name == label]) > 1:
        return
    # The callback comes before the first step has begun; what arrives then has no time.
    time.sleep(0.05)
    for i in range(SIZE):
        connection.send_spike(label, i)
        time.sleep(0.01)
    connection.send_spikes(label, list(range(SIZE)))
    time.sleep(0.05)
    connection.send_spikes(label, list(range(SIZE)), send_full_keys=True)
    message = EIEIODataMessage.create(EIEIOType.KEY_16_BIT)
    for i in range(SIZE):
        message.add_key(i)
    with EIEIOConnection(remote_host=board[0], remote_port=INPUT_PORT) as to_port:
        to_port.send_eieio_message(message)
    sent.set()


def wait_for(condition):
    """Packets of the last steps may still be on their way when the run has ended."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)


class Readable(SCAMPConnection):
    """A connection whose packets go to a listener without a decoder."""

    def get_receive_method(self):
        return self.receive


class PlainListener:
    """A listener that reads EIEIO packets itself, for keys that the live connection cannot name."""

    def __init__(self):
        self.connection = external.SpynnakerLiveSpikesConnection(local_port=None)
        self.connection.add_database_callback(self._open)
        self._udp = None

    def _open(self, database):
        if self._udp is not None:
            return
        board.append(database.get_ip_address(0, 0))
        self._udp = Readable(remote_host=board[0])
        reprogram_tag(self._udp, tag=TRANSLATED_TAG, strip=True)
        self._listener = ConnectionListener(self._udp)
        self._listener.add_callback(self._read)
        self._listener.start()

    @staticmethod
    def _read(data):
        message = read_eieio_data_message(data, 0)
        while message.is_next_element:
            element = message.next_element
            translated.append((element.key, element.payload))

    def close(self):
        self._listener.close()
        self._udp.close()
        self.connection.close()


connection = external.SpynnakerLiveSpikesConnection(
    receive_labels=["array", "out"], send_labels=["injector"], local_port=None
)
bare = external.SpynnakerLiveSpikesConnection(receive_labels=["silent clock"], local_port=None)
plain = PlainListener()
for label in ("array", "out", "injector"):
    connection.add_init_callback(label, lambda *what: facts["init"].append(what))
    connection.add_pause_stop_callback(label, lambda name, _: facts["pause"].append(name))
for label in ("array", "out"):
    connection.add_receive_callback(label, received)
connection.add_receive_callback("array", lambda _, at, k: keys.extend(k), translate_key=False)
connection.add_start_resume_callback("injector", inject)
bare.add_receive_no_time_callback(
    "silent clock", lambda _, i, payload: without_time.append((int(i), payload))
)

sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, 5)
schedule = [[3 + 7 * i + 100 * k for k in range(10)] for i in range(SIZE)]
array = sim.Population(SIZE, sim.SpikeSourceArray(schedule), label="array")
clock = sim.Population(SIZE, sim.SpikeSourceArray(schedule), label="silent clock")
shifted = sim.Population(
    25, sim.SpikeSourceArray([[200 + 10 * i] for i in range(25)]), label="translated"
)
injector = sim.Population(
    SIZE,
    external.SpikeInjector(database_notify_port_num=connection.local_port),
    label="injector",
)
by_port = sim.Population(
    SIZE,
    external.SpikeInjector(notify=False),
    label="by port",
    additional_parameters={"port": INPUT_PORT, "reserve_reverse_ip_tag": True},
)
by_port.record("spikes")
out = sim.Population(SIZE, sim.IF_curr_exp(tau_refrac=1.0), label="out")
sim.Projection(injector, out, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=1.0))
injector.record("spikes")
out.record("spikes")
for population in (array, out):
    external.activate_live_output_for(population, database_notify_port_num=connection.local_port)
external.activate_live_output_for(
    clock,
    database_notify_port_num=bare.local_port,
    payload_as_time_stamps=False,
    use_payload_prefix=False,
    tag=3,
)
external.activate_live_output_for(
    shifted,
    database_notify_port_num=plain.connection.local_port,
    translate_keys=True,
    tag=TRANSLATED_TAG,
    use_prefix=True,
    key_prefix=PREFIX,
    prefix_type=EIEIOPrefix.UPPER_HALF_WORD,
)
sim.run(FIRST_MS)
checks.holds("the thread has sent everything", sent.is_set())
sim.run(SECOND_MS)

segment = injector.get_data("spikes").segments[0]
arrived = [list(map(float, train)) for train in segment.spiketrains]
fired = [list(map(float, train)) for train in out.get_data("spikes").segments[0].spiketrains]
checks.equal("every spike sent is recorded", [len(a) for a in arrived], [BURSTS] * SIZE)
checks.holds("one by one, they arrive in order", np.all(np.diff([a[0] for a in arrived]) > 0))
for burst in (1, 2):
    times = [a[burst] for a in arrived]
    checks.equal(f"burst {burst} in one step", times, [times[0]] * SIZE)

trains = by_port.get_data("spikes").segments[0].spiketrains
checks.equal("every spike sent to the port is recorded", [len(s) for s in trains], [1] * SIZE)
checks.equal("in one step", len({float(s[0]) for s in trains if len(s)}), 1)

# 50 nA lift the membrane over the threshold in the step in which they arrive, 1 ms later, and the
# current that is left makes the neuron fire again after each refractory step. One that has fired in
# the step before rests for this one: how far apart the thread's packets arrive is the clock's say.
for i in range(SIZE):
    times = set(fired[i])
    answered = [t + 1 in times or {t, t + 2} <= times for t in arrived[i]]
    checks.holds(f"neuron {i} answers at once", all(answered), f"{arrived[i]} {fired[i]}")
expected = sorted((int(t), i) for i, train in enumerate(fired) for t in train)
scheduled = sorted((t, i) for i, train in enumerate(schedule) for t in train)
wait_for(lambda: len(live["out"]) >= len(expected) and len(live["array"]) >= len(scheduled))
checks.equal("live spikes of the neurons", sorted(live["out"]), expected)
checks.equal("live spikes of the array", sorted(live["array"]), scheduled)
checks.equal("as keys", [len(keys), len(set(keys))], [len(scheduled), SIZE])
wait_for(lambda: len(without_time) >= len(scheduled))
checks.equal("without times", [i for i, _ in without_time], [i for _, i in scheduled])
checks.holds("no payload", all(payload is None for _, payload in without_time))
wait_for(lambda: len(translated) >= 25)
checks.equal(
    "translated keys", sorted(translated), [((PREFIX << 16) + i, 200 + 10 * i) for i in range(25)]
)
sim.end()
wait_for(lambda: len(facts["pause"]) >= 6)
labels = ["array", "injector", "out"]
sizes = sorted(facts["init"])
checks.equal("initial callbacks", [w[0] for w in sizes], [n for n in labels for _ in range(2)])
checks.equal("sizes", [w[1] for w in sizes], [SIZE] * 6)
checks.equal("time steps", [w[3] for w in sizes], [1.0] * 6)
# The original writes the run time into the database once, before the first run.
checks.equal("run time", sorted({w[2] for w in sizes}), [FIRST_MS])
checks.equal("started", facts["start"], ["injector"] * 2)
checks.equal("paused", sorted(facts["pause"]), [n for n in labels for _ in range(2)])
connection.close()
bare.close()
plain.close()
checks.finish()
