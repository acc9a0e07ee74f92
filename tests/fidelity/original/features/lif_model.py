# SPDX-License-Identifier: Apache-2.0
"""IF_curr_exp in the machine's own arithmetic, so that a script can ask for every bit.

All values are integers in units of 2^-15 (s16.15); products are floored. Decays are fractions of
2^32. Formulas: what the published binaries do at a step of 1 ms, as measured with them.
"""

import math
from decimal import Decimal, getcontext

getcontext().prec = 60

ONE = 1 << 15
MASK = 0xFFFFFFFF


def _rounded(value):
    return int((value + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))


_POWERS = {k: _rounded(Decimal(k).exp() * (1 << 32)) for k in range(-13, 13)}
_SIXTEENTHS = [_rounded((1 - (Decimal(-i) / 16).exp()) * (1 << 32)) for i in range(16)]


def _scaled(t, y):
    low = (t & MASK) * y
    return (t >> 32) * y + (low >> 32) + ((low & MASK) >= 0x7FFFFFFF)


def _exponential(n):
    """exp(n / 2^15) in units of 2^-32, n within about -10.4..11.1."""
    whole, part = n >> 15, n & 32767
    if part == 0:
        return _POWERS[whole]
    part = 32768 - part
    t = _POWERS[whole + 1]
    t -= _scaled(t, _SIXTEENTHS[part >> 11])
    x = (part & 2047) << 17
    y = (4293434720 - ((2081624032 * x) >> 32)) & MASK
    return t - _scaled(t, (((y * x) >> 32) + 5294) & MASK)


def _fixed(value):
    return int(round(value * ONE))


def _quotient(a, b):
    return (a << 15) // b


class CurrentExponential:
    """One neuron; `step(excitatory, inhibitory)` takes the inputs that arrive, in units of 2^-15."""

    def __init__(
        self,
        tau_m=20.0,
        cm=1.0,
        v_rest=-65.0,
        v_reset=-65.0,
        v_thresh=-50.0,
        tau_refrac=0.1,
        tau_syn_E=5.0,
        tau_syn_I=5.0,
        i_offset=0.0,
        v=-65.0,
    ):
        self.resistance = _quotient(_fixed(tau_m), _fixed(cm))
        self.leak = _exponential(-_quotient(ONE, _fixed(tau_m))) >> 17
        self.rest, self.reset, self.threshold = map(_fixed, (v_rest, v_reset, v_thresh))
        self.refractory_steps = math.ceil(_fixed(tau_refrac) / ONE)
        self.bias = _fixed(i_offset)
        self.v, self.timer = _fixed(v), 0
        self.synapses = [self._synapse(tau_syn_E), self._synapse(tau_syn_I)]
        self.current = [0, 0]

    @staticmethod
    def _synapse(tau):
        ticks = _quotient(_fixed(tau), ONE)
        decay = _exponential(-_quotient(ONE, _fixed(tau))) & MASK
        return decay, ((ticks * (MASK - decay)) >> 15) & MASK

    def step(self, excitatory=0, inhibitory=0):
        """One step: (V and both currents as recorded, whether it fires)."""
        for k, arriving in enumerate((excitatory, inhibitory)):
            self.current[k] += (arriving * self.synapses[k][1]) >> 32
        recorded = (self.v, *self.current)
        fires = False
        if self.timer > 0:
            self.timer -= 1
        else:
            drive = self.current[0] - self.current[1] + self.bias
            target = ((drive * self.resistance) >> 15) + self.rest
            self.v = target - ((self.leak * (target - self.v)) >> 15)
            fires = self.v >= self.threshold
            if fires:
                self.v, self.timer = self.reset, self.refractory_steps
        self.current = [(c * s[0]) >> 32 for c, s in zip(self.current, self.synapses, strict=True)]
        return recorded, fires


def course(steps, excitatory=(), inhibitory=(), **parameters):
    """V, currents and spike times of one neuron.

    `excitatory` and `inhibitory`: (step of arrival, weight in nA) of each input. Returns V and the
    two currents as lists of integers in units of 2^-15, and the steps in which it fires.
    """
    arriving = [[0] * steps, [0] * steps]
    for k, inputs in enumerate((excitatory, inhibitory)):
        for step, weight in inputs:
            if step < steps:
                arriving[k][step] += _fixed(weight)
    neuron = CurrentExponential(**parameters)
    v, exc, inh, fired = [], [], [], []
    for step in range(steps):
        recorded, fires = neuron.step(arriving[0][step], arriving[1][step])
        v.append(recorded[0])
        exc.append(recorded[1])
        inh.append(recorded[2])
        if fires:
            fired.append(step)
    return v, exc, inh, fired
