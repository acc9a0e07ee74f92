# SPDX-License-Identifier: Apache-2.0
"""Control while the network runs: Poisson rates from a thread, membranes to a device, steps on call.

Rates follow the set values within five standard deviations; a control population's messages are its
recorded membrane, one every ten steps; `run_sync` and `run_forever` stop where they are told to.
"""

import threading
import time
from collections import defaultdict

import checks
import numpy as np
import pyNN.spiNNaker as sim
from spinn_front_end_common.interface.ds import DataType
from spynnaker.pyNN.external_devices_models import (
    AbstractEthernetTranslator,
    AbstractMulticastControllableDevice,
)
from spynnaker.pyNN.external_devices_models.abstract_multicast_controllable_device import SendType

external = sim.external_devices
RUN_MS, EVERY = 1400, 10
SOURCES, HZ = 20, 100.0
KEY = 0x7F0001


class Gauge(AbstractMulticastControllableDevice):
    """A device that is sent the membrane of one neuron every ten steps."""

    device_control_key = KEY
    device_control_partition_id = "GAUGE"
    device_control_uses_payload = True
    device_control_send_type = SendType.SEND_TYPE_ACCUM
    device_control_min_value = DataType.S1615.min
    device_control_max_value = DataType.S1615.max
    device_control_scaling_factor = 1.0
    device_control_timesteps_between_sending = EVERY


class Translator(AbstractEthernetTranslator):
    """Keeps what the device is told."""

    def __init__(self):
        self.told = defaultdict(list)

    def translate_control_packet(self, multicast_packet):
        # The payload is the 32-bit pattern of a signed s16.15 number.
        signed = np.uint32(multicast_packet.payload).astype(np.int32)
        self.told[multicast_packet.key].append(float(signed) * checks.ULP)


def control(label, connection):
    """Lets half of the sources fire for half a second."""
    time.sleep(0.1)
    connection.set_rates(label, [(i, HZ) for i in range(SOURCES // 2)])
    time.sleep(0.6)
    connection.set_rates(label, [(i, 0.0) for i in range(SOURCES // 2)])
    done.set()


done = threading.Event()
connection = external.SpynnakerPoissonControlConnection(poisson_labels=["noise"], local_port=None)
connection.add_start_resume_callback("noise", control)
sim.setup(timestep=1.0)
noise = sim.Population(SOURCES, sim.SpikeSourcePoisson(rate=0.0), label="noise", seed=7)
noise.record("spikes")
external.add_poisson_live_rate_control(noise, database_notify_port_num=connection.local_port)
gauge, translator = Gauge(), Translator()
needle = external.EthernetControlPopulation(
    1, external.ExternalDeviceLifControl([gauge], False, translator), label="needle"
)
needle.record("v")
stimulus = sim.Population(1, sim.SpikeSourceArray(list(range(0, RUN_MS, 100))), label="stimulus")
sim.Projection(stimulus, needle, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
sim.run(RUN_MS)

checks.holds("the rates were set and taken back", done.is_set())
trains = [list(map(float, t)) for t in noise.get_data("spikes").segments[0].spiketrains]
half = SOURCES // 2
checks.equal("sources that nobody set", [len(t) for t in trains[half:]], [0] * half)
checks.holds("those that were set fire", all(trains[:half]), f"{[len(t) for t in trains]}")
spikes = np.sort(np.concatenate([np.array(t) for t in trains[:half]]))
# The window is one of wall time, so its length is taken from the spikes; 0.5 s are left at least
# half when the host is busy.
window_s = (spikes[-1] - spikes[0]) / 1000
checks.between("the window, s", window_s, 0.25, 1.0)
mean = window_s * HZ * half
checks.close("spikes in the window", len(spikes), mean, absolute=5 * np.sqrt(mean))
checks.between("the last one", spikes[-1], 0, RUN_MS - 100)

v = np.array(needle.get_data("v").segments[0].filter(name="v")[0].magnitude)[:, 0]
expected = v[1::EVERY]
until = time.monotonic() + 10
while len(translator.told[KEY]) < len(expected) and time.monotonic() < until:
    time.sleep(0.02)
checks.holds("the membrane moves", np.ptp(expected) > 1.0)
checks.equal("what the device is told", translator.told[KEY], expected)
sim.end()
connection.close()

# Steps on call: spikes of an interval arrive only after the interval has been asked for.
INTERVAL_MS, INTERVALS = 20, 5
counts, finished = [0], threading.Event()


def next_interval(_label, _connection):
    while not finished.wait(0.15):
        counts.append(0)
        try:
            external.continue_simulation()
        except Exception:  # the run has ended in between
            return


def count(_label, _time, ids):
    counts[-1] += len(ids)


connection = external.SpynnakerLiveSpikesConnection(receive_labels=["clock"], local_port=None)
connection.add_receive_callback("clock", count)
connection.add_start_resume_callback("clock", next_interval)
connection.add_pause_stop_callback("clock", lambda *_: finished.set())
sim.setup(timestep=1.0)
clock = sim.Population(100, sim.SpikeSourceArray([[i] for i in range(100)]), label="clock")
external.activate_live_output_for(clock, database_notify_port_num=connection.local_port)
external.run_sync(INTERVAL_MS * INTERVALS, INTERVAL_MS)
finished.set()
sim.end()
connection.close()
checks.equal("spikes an interval", [n for n in counts if n], [INTERVAL_MS] * INTERVALS)

# Runs until another thread asks for the end.
sim.setup(timestep=1.0)
timer = threading.Timer(1.0, external.request_stop)
connection = external.SpynnakerLiveSpikesConnection(receive_labels=["clock"], local_port=None)
connection.add_start_resume_callback("clock", lambda *_: timer.start())
clock = sim.Population(1, sim.SpikeSourceArray([list(range(0, 60_000, 10))]), label="clock")
clock.record("spikes")
seen = []
connection.add_receive_callback("clock", lambda _, at, ids: seen.append(int(at)))
external.activate_live_output_for(clock, database_notify_port_num=connection.local_port)
external.run_forever()
timer.join()
ended = sim.get_current_time()
train = list(map(float, clock.get_data("spikes").segments[0].spiketrains[0]))
checks.equal("recorded until the stop", train, np.arange(0, ended, 10))
checks.between("stopped, ms", ended, 100, 30_000)
checks.holds("live until the stop", set(seen) <= set(train) and len(seen) > 10)
sim.end()
connection.close()
checks.finish()
