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
    waits,
)
from spinnlab_original.wraps.configuration import ConfigurationWraps


def table(session: Session) -> Mapping[str, Sequence[Wrap]]:
    """Module -> what is done to it after its import (nothing: only the time is counted)."""
    configured = ConfigurationWraps(session)
    return {
        # Configuration: ours in the place of ~/.spynnaker.cfg; retired options; whose machine.
        "spinn_utilities.config_holder": [configured.find_our_file],
        "spinn_utilities.conf_loader": [configured.warn_of_options, configured.settle_machine],
        # Initial values given as parameters: v_init, set(v=...), tset, set_initial_value.
        "spynnaker.pyNN.models.abstract_pynn_model": [initial_values.accept_init_names],
        "spynnaker.pyNN.models.populations.population": [initial_values.accept_in_population],
        "spynnaker.pyNN.models.populations.population_view": [initial_values.accept_in_view],
        # Neuromodulation from lists.
        "spynnaker.pyNN.models.neuron.synapse_dynamics.synapse_dynamics_neuromodulation": [
            dopamine_lists.build_rows_one_by_one
        ],
        # Fixed sleeps end when what they wait for has happened.
        "spinn_front_end_common.utilities.system_control_logic": [waits.until_cores_are_ready],
        "spinn_front_end_common.interface.interface_functions.application_runner": [
            waits.until_run_has_ended
        ],
        # A job that waits for boards says why; after an interrupt setup() works again.
        "spalloc_client.job": [queued_jobs.say_why_they_wait(session)],
        "spinn_front_end_common.interface.abstract_spinnaker_base": [
            interrupts.leave_the_simulator_usable,
            boards_gone.begin_anew(session.boards),
        ],
        # Boards that the allocator has taken back: new ones where nothing is lost, else an error.
        "spinn_front_end_common.interface.interface_functions.spalloc_allocator_old": [
            boards_gone.notice_their_end(session.boards)
        ],
        "spinnman.data.spinnman_data_view": [boards_gone.speak_to_no_others(session.boards)],
        # Wall time of the stages; nothing is changed.
        "spinn_front_end_common.interface.provenance.fec_timer": [stages.watch_timer],
        "spynnaker.pyNN.models.recorder": [stages.watch_reading],
        "pyNN": [],
        "pyNN.spiNNaker": [],
        "spynnaker.pyNN": [],
        "spinnaker_graph_front_end": [],
    }


def install(session: Session) -> None:
    """Puts the table and the old import names into effect for what is imported from now on."""
    imports.install(imports.AfterImport(table(session), around=stages.importing))
    imports.install(imports.OldNames(old_names.NAMES))
