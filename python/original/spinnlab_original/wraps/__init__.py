# SPDX-License-Identifier: Apache-2.0
"""Everything of the published packages that is wrapped, in one table.

With `SPINNLAB_ORIGINAL_BARE=1` none of it is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spinnlab_original import imports
from spinnlab_original.imports import Wrap
from spinnlab_original.session import Session
from spinnlab_original.wraps import (
    boards_gone,
    dopamine_lists,
    initial_values,
    interrupts,
    old_names,
    queued_jobs,
    stages,
    versions,
    waits,
)
from spinnlab_original.wraps.configuration import ConfigurationWraps
from spinnlab_original.wraps.places import where_there


def table(session: Session) -> Mapping[str, Sequence[Wrap]]:
    """Module -> what is done to it after its import (nothing: only the time is counted).

    Each wrap names the places that it wraps: releases differ (places.py).
    """
    return {
        # Wall time of the stages; nothing is changed.
        "spinn_front_end_common.interface.provenance.fec_timer": [
            where_there(
                stages.watch_timer,
                "FecTimer._change_category",
                "FecTimer.stop_category_timing",
                gives="wall times of the stages of a run",
            )
        ],
        "spynnaker.pyNN.models.recorder": [
            where_there(
                stages.watch_reading,
                "Recorder.extract_neo_block",
                gives="the wall time of reading",
            )
        ],
        "pyNN": [],
        # sim.__version__, as other simulators have it.
        "pyNN.spiNNaker": [where_there(versions.name_the_release, gives="sim.__version__")],
        "spynnaker.pyNN": [],
        "spinnaker_graph_front_end": [],
        **_configuration(session),
        **_old_spellings(),
        **_runs(session),
    }


def _configuration(session: Session) -> Mapping[str, Sequence[Wrap]]:
    """Ours in the place of ~/.spynnaker.cfg; retired options; whose machine."""
    configured = ConfigurationWraps(session)
    return {
        "spinn_utilities.config_holder": [
            where_there(
                configured.find_our_file,
                "_user_cfg | conf_loader._config_locations",
                gives="your own configuration file, and which machine to use",
            )
        ],
        "spinn_utilities.conf_loader": [
            where_there(
                configured.warn_of_options,
                "_check_config",
                "CamelCaseConfigParser",
                gives="a note instead of an error for options of other releases",
            ),
            where_there(
                configured.settle_machine,
                "load_config",
                gives="our machine instead of one named in ./spynnaker.cfg",
            ),
        ],
    }


def _old_spellings() -> Mapping[str, Sequence[Wrap]]:
    """What scripts of older releases say, and one fault that they meet."""
    dynamics = "spynnaker.pyNN.models.neuron.synapse_dynamics"
    kind = "SynapseDynamicsNeuromodulation"
    initial = "initial values among the parameters, as PyNN 0.7 had them"
    return {
        # Initial values given as parameters: v_init, set(v=...), tset, set_initial_value.
        "spynnaker.pyNN.models.abstract_pynn_model": [
            where_there(initial_values.accept_init_names, "AbstractPyNNModel", gives=initial)
        ],
        "spynnaker.pyNN.models.populations.population": [
            where_there(initial_values.accept_in_population, "Population.set", gives=initial)
        ],
        "spynnaker.pyNN.models.populations.population_view": [
            where_there(initial_values.accept_in_view, "PopulationView.set", gives=initial)
        ],
        f"{dynamics}.synapse_dynamics_neuromodulation": [
            where_there(
                dopamine_lists.build_rows_one_by_one,
                f"{kind}.get_plastic_synaptic_data",
                gives="neuromodulation from lists",
            )
        ],
    }


def _runs(session: Session) -> Mapping[str, Sequence[Wrap]]:
    """Fixed sleeps end when what they wait for has happened; a job that waits for boards says why;
    after an interrupt setup() works again.
    """
    gone = "new boards, or a word of why, after boards were given back"
    slower = "runs without fixed sleeps (they take longer, the numbers are the same)"
    return {
        "spinn_front_end_common.utilities.system_control_logic": [
            where_there(
                waits.until_cores_are_ready, "_load_application", "time.sleep", gives=slower
            )
        ],
        "spinn_front_end_common.interface.interface_functions.application_runner": [
            where_there(waits.until_run_has_ended, "sleep | time.sleep", gives=slower)
        ],
        "spalloc_client.job": [
            where_there(
                queued_jobs.say_why_they_wait(session),
                "Job.wait_until_ready",
                gives="why a job waits for boards",
            )
        ],
        "spinn_front_end_common.interface.abstract_spinnaker_base": [
            where_there(
                interrupts.leave_the_simulator_usable,
                "AbstractSpinnakerBase._run",
                "AbstractSpinnakerBase._shutdown",
                gives="setup() after an interrupted run (restart the kernel instead)",
            ),
            where_there(
                boards_gone.begin_anew(session.boards),
                "AbstractSpinnakerBase._run",
                "AbstractSpinnakerBase._hard_reset",
                "AbstractSpinnakerBase._recover_from_error",
                "AbstractSpinnakerBase._shutdown",
                gives=gone,
            ),
        ],
        # Boards that the allocator has taken back: new ones where nothing is lost, else an error.
        "spinn_front_end_common.interface.interface_functions.spalloc_allocator_old": [
            where_there(
                boards_gone.notice_their_end(session.boards),
                "_OldSpallocJobController._wait",
                gives=gone,
            )
        ],
        "spinnman.data.spinnman_data_view": [
            where_there(
                boards_gone.speak_to_no_others(session.boards),
                "SpiNNManDataView.get_transceiver",
                gives=gone,
            )
        ],
    }


def install(session: Session) -> None:
    """Puts the table and the old import names into effect for what is imported from now on."""
    imports.install(imports.AfterImport(table(session), around=stages.importing))
    imports.install(imports.OldNames(old_names.NAMES))
