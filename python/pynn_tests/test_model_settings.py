# SPDX-License-Identifier: Apache-2.0
"""Neurons a core, synapse cores and delay cores of all populations of a model."""

from __future__ import annotations

import math

import pyNN.spiNNaker as sim
import pytest
from spinn_utilities.exceptions import SimulatorNotSetupException
from spynnaker.pyNN.exceptions import ConfigurationException


def test_class_methods_say_the_same_as_the_functions() -> None:
    with pytest.raises(SimulatorNotSetupException):
        sim.IF_curr_exp.set_model_max_atoms_per_dimension_per_core(10)
    sim.setup(timestep=1.0)
    sim.IF_curr_exp.set_model_max_atoms_per_dimension_per_core(10)
    sim.IF_curr_exp.set_model_allow_delay_extensions(False)
    sim.IF_curr_exp.set_model_n_synapse_cores(2)
    sim.SpikeSourcePoisson.set_model_max_atoms_per_dimension_per_core((4, 5))
    sim.SpikeSourceArray.set_model_max_atoms_per_dimension_per_core(7)
    cells = sim.Population(30, sim.IF_curr_exp())
    assert cells.options["neurons_per_core"] == 10
    assert cells.options["allow_delay_extensions"] is False
    assert sim.Population(30, sim.SpikeSourcePoisson()).options["neurons_per_core"] == 20
    assert sim.Population(30, sim.SpikeSourceArray()).options["neurons_per_core"] == 7
    assert "neurons_per_core" not in sim.Population(30, sim.IF_cond_exp()).options
    sim.IF_curr_exp.set_model_max_atoms_per_dimension_per_core(None)
    assert "neurons_per_core" not in sim.Population(30, sim.IF_curr_exp()).options


@pytest.mark.parametrize("number", [math.nan, math.inf, "x", 0, -3, (2, 0), True, 1j, []])
def test_numbers_of_neurons_that_cannot_be(number: object) -> None:
    sim.setup(timestep=1.0)
    cells = sim.Population(3, sim.IF_curr_exp(), label="cells")
    text = "neurons a core: give a whole"
    with pytest.raises(ConfigurationException, match=f"IF_curr_exp: .*{text}"):
        sim.set_number_of_neurons_per_core(sim.IF_curr_exp, number)
    with pytest.raises(ConfigurationException, match=f"cells: .*{text}"):
        cells.set_max_atoms_per_core(number)
    with pytest.raises(ConfigurationException, match=f"neurons_per_core: .*{text}"):
        sim.Population(3, sim.IF_curr_exp(), neurons_per_core=number)


def test_models_that_are_none() -> None:
    sim.setup(timestep=1.0)
    for use in (sim.set_number_of_neurons_per_core, sim.set_number_of_synapse_cores,
                sim.set_allow_delay_extensions):  # fmt: skip
        with pytest.raises(ConfigurationException, match="no model 'IF_junk'; there are IF_c"):
            use("IF_junk", 100)
        for other in (3, int, sim.StaticSynapse, None):
            with pytest.raises(ConfigurationException, match="is no cell type"):
                use(other, 1)
    # Names of 7.4.1 that are not there can be set up; making such a population is the error.
    sim.set_number_of_neurons_per_core("StocExp", 100)
    sim.set_number_of_neurons_per_core(sim.extra_models.StocExp, 100)
    sim.set_number_of_neurons_per_core("IFCurDelta", 9)
    assert sim.Population(3, sim.IF_curr_delta()).options["neurons_per_core"] == 9
    with pytest.raises(ConfigurationException, match="IF_curr_exp: 16 synapse cores"):
        sim.set_number_of_synapse_cores(sim.IF_curr_exp, 16)
