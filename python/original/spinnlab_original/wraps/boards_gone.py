# SPDX-License-Identifier: Apache-2.0
"""Boards that the allocator has taken back, because they were idle or their time was over.

By themselves the published packages log that the script will now exit, which it does not, and then
wait for answers of boards that are another job's by now. Here a person is told when and why. Where
the boards held nothing (after setup(), after reset()) the next run gets new ones; else whatever
needs them ends with a `BoardsGoneError` at once, and data that was recorded can still be read.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from spinnlab_original.boards import Boards, BoardsGoneError

Wrap = Callable[[ModuleType], None]


def notice_their_end(boards: Boards) -> Wrap:
    """The published thread that waits for changes of the job tells us of its end."""

    def wrap(spalloc_allocator_old: ModuleType) -> None:
        controller = spalloc_allocator_old._OldSpallocJobController
        init, wait = controller.__init__, controller._wait

        def __init__(self: Any, job: Any) -> None:
            boards.were_given(job.id)
            init(self, job)

        def _wait(self: Any) -> bool:
            if wait(self) or self._exited:
                return not self._exited
            boards.have_gone(self._job.id, self._job.reason)
            self._exited = True  # else it says that the script will now exit
            self._job.close()
            return False

        controller.__init__, controller._wait = __init__, _wait

    return wrap


def speak_to_no_others(boards: Boards) -> Wrap:
    """Nothing is sent to boards that are no longer ours."""

    def wrap(spinnman_data_view: ModuleType) -> None:
        view = spinnman_data_view.SpiNNManDataView
        get_transceiver = view.get_transceiver.__func__

        def checked(cls: Any) -> Any:
            if boards.are_gone and cls.has_transceiver():
                raise boards.end()
            return get_transceiver(cls)

        view.get_transceiver = classmethod(checked)

    return wrap


def begin_anew(boards: Boards) -> Wrap:
    """Runs, resets and the end of a simulation whose boards have gone."""

    def wrap(abstract_spinnaker_base: ModuleType) -> None:
        base = abstract_spinnaker_base.AbstractSpinnakerBase
        _wrap_runs(base, boards)
        _wrap_ends(base, boards)

    return wrap


def _wrap_runs(base: Any, boards: Boards) -> None:
    run, recover = base._run, base._recover_from_error

    def make_ready(self: Any) -> None:
        boards.look()
        if not boards.are_gone:
            return
        writer = self._data_writer
        if writer.is_ran_last():
            raise boards.end()
        if writer.is_soft_reset():
            self._hard_reset()
        else:  # the machine was asked for, but nothing was run
            _forget(self, boards)
            writer.clear_machine()

    def _run(self: Any, *args: Any, **options: Any) -> None:
        make_ready(self)
        with boards.at_work():
            try:
                run(self, *args, **options)
            except Exception as error:
                if boards.went_during_run and not isinstance(error, BoardsGoneError):
                    raise boards.end() from error
                raise

    def _recover_from_error(self: Any, exception: Exception) -> None:
        boards.look()
        if not boards.are_gone:  # else there is nothing to be asked what went wrong
            recover(self, exception)

    base._run, base._recover_from_error = _run, _recover_from_error
    if not hasattr(base, "get_machine"):
        return  # as in 7.3.0: whoever asks for the machine of boards that went is told so
    get_machine = base.get_machine

    def _get_machine(self: Any) -> Any:
        if not self._data_writer.is_ran_last():
            make_ready(self)
        return get_machine(self)

    base.get_machine = _get_machine


def _wrap_ends(base: Any, boards: Boards) -> None:
    hard_reset, stop, shut_down = base._hard_reset, base.stop, base._shutdown

    def _hard_reset(self: Any) -> None:
        _forget_if_gone(self)
        hard_reset(self)

    def _stop(self: Any) -> None:
        boards.look()
        _forget_if_gone(self)
        stop(self)

    def _shutdown(self: Any) -> None:
        _forget_if_gone(self)
        shut_down(self)

    def _forget_if_gone(self: Any) -> None:
        if boards.are_gone:
            _forget(self, boards)

    base._hard_reset, base.stop, base._shutdown = _hard_reset, _stop, _shutdown


def _forget(simulator: Any, boards: Boards) -> None:
    """Drops the connection and the job, without a word to the boards."""
    simulator._data_writer._local_hard_reset()
    boards.are_forgotten()
