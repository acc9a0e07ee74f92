# SPDX-License-Identifier: Apache-2.0
"""Names of sPyNNaker that the native way lacks: importing works, using says where they are."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any, NoReturn

from spinnlab.errors import OTHER_KERNEL
from spinnlab.pynn.errors import not_there, nowhere


class _Absent(ABCMeta):
    """Classes whose attributes are not there either: `ExternalFPGARetinaDevice.MODE_128`."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        not_there(f"{cls.__name__}.{name}")


def _say_where(name: str, more: str = "") -> NoReturn:
    if name in OF_EXTRA_MODELS:
        name = f"extra_models.{name}"
    (nowhere if name in NEITHER else not_there)(name + more)


def is_absent(kind: type) -> bool:
    """Whether a class only has the name of something that is not there."""
    return isinstance(kind, _Absent)


def absent_exception(name: str) -> type[Exception]:
    """An exception that can stand in an `except` clause."""
    doc = f"{name} of the original: never raised here. {OTHER_KERNEL}"
    return type(name, (Exception,), {"__doc__": doc})


def absent_class(name: str) -> type:
    """A class that can be named and derived from, but not made; the error names it.

    Names of exceptions become exceptions, so that `except` clauses with them can be read.
    """
    if name.endswith(("Exception", "Error", "Warning")):
        return absent_exception(name)

    def refuse(cls: type, *_args: Any, **_kwargs: Any) -> None:
        _say_where(name, "" if cls.__name__ == name else f" (of which {cls.__name__} is one)")

    members = {"__new__": refuse, "__doc__": f"{name}: not in the native way yet."}
    return _Absent(name, (), members)


#: Names of other releases of sPyNNaker, which 7.4.1 lacks too.
NEITHER = frozenset({
    "ExternalCochleaDevice",
    "MunichIoEthernetProtocol", "add_pre_run_connection_callback",
})  # fmt: skip
#: Connectors that 7.4.1 has in extra_models; scripts look for them beside the others, too.
OF_EXTRA_MODELS = ("AllButMeConnector", "OneToOneOffsetConnector")
CONNECTORS = (
    "KernelConnector", "ConvolutionConnector", "PoolDenseConnector",
)  # fmt: skip
SYNAPSES = (
    "Convolution", "PoolDense", "STDPMechanism", "AdditiveWeightDependence",
    "MultiplicativeWeightDependence", "SpikePairRule", "StructuralMechanismStatic",
    "StructuralMechanismSTDP", "LastNeuronSelection", "RandomSelection",
    "DistanceDependentFormation", "RandomByWeightElimination",
)  # fmt: skip
CURRENT_SOURCES = ("DCSource", "ACSource", "StepCurrentSource", "NoisyCurrentSource")
EXTRA_MODELS = (
    "Neuromodulation", "WeightDependenceAdditiveTriplet", "PfisterSpikeTriplet",
    "SpikeNearestPairRule", "RecurrentRule", "Vogels2011Rule", "SpikeSourcePoissonVariable",
    "StocExp", "StocExpStable", "StocSigma", "IFCurrDeltaFixedProb", "IFTruncDelta",
    "WeightChangeable", "WeightChanger", *OF_EXTRA_MODELS,
)  # fmt: skip
EXTERNAL_DEVICES = (
    "SpikeInjector", "EthernetCommandConnection", "EthernetControlConnection",
    "EthernetControlPopulation", "EthernetSensorPopulation", "ExternalCochleaDevice",
    "ExternalDeviceLifControl", "ExternalDeviceSpikeInjector", "ExternalFPGARetinaDevice",
    "ICUBRetinaDevice", "LivePacketGatherParameters", "EIEIOType",
    "MunichMotorDevice", "MunichRetinaDevice", "ArbitraryFPGADevice",
    "PushBotEthernetLEDDevice", "PushBotEthernetLaserDevice", "PushBotEthernetMotorDevice",
    "PushBotEthernetRetinaDevice", "PushBotEthernetSpeakerDevice", "PushBotLED", "PushBotLaser",
    "PushBotLifEthernet", "PushBotLifSpinnakerLink", "PushBotMotor", "PushBotRetinaResolution",
    "PushBotRetinaViewer", "PushBotSpeaker", "PushBotSpiNNakerLinkLEDDevice",
    "PushBotSpiNNakerLinkLaserDevice", "PushBotSpiNNakerLinkMotorDevice",
    "PushBotSpiNNakerLinkRetinaDevice", "PushBotSpiNNakerLinkSpeakerDevice",
    "SPIFInputDevice", "SPIFLiveSpikesConnection", "SPIFOutputDevice", "SPIFRetinaDevice",
    "SpynnakerLiveSpikesConnection", "SpynnakerPoissonControlConnection",
    "MunichIoEthernetProtocol", "MunichIoSpiNNakerLinkProtocol", "protocols",
)  # fmt: skip
EXTERNAL_FUNCTIONS = (
    "activate_live_output_for", "activate_live_output_to", "add_database_socket_address",
    "add_poisson_live_rate_control", "run_forever", "run_sync", "continue_simulation",
    "request_stop", "add_pre_run_connection_callback", "register_database_notification_request",
)  # fmt: skip


#: Those that scripts look for in the back end itself.
OF_THE_BACKEND = (*CONNECTORS, *OF_EXTRA_MODELS, *SYNAPSES, *CURRENT_SOURCES)


def absent_function(name: str) -> Any:
    """A function that cannot be called."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        _say_where(name)

    refuse.__name__ = name
    refuse.__doc__ = f"{name}: not in the native way yet."
    return refuse


def attribute_of_the_backend(name: str) -> Any:
    """`__getattr__` of the back end's module: names what of PyNN SpiNNaker does not have."""
    from pyNN.standardmodels import cells, synapses

    for module, what, way_out in (
        (cells, "cell types", "sim.list_standard_models() names those that it has."),
        (synapses, "synapse types", "It has sim.StaticSynapse and sim.STDPMechanism."),
    ):
        model = getattr(module, name, None)
        if isinstance(model, type) and model.__module__ == module.__name__:
            raise AttributeError(
                f"{name} is one of PyNN's {what} that SpiNNaker does not have. {way_out}"
            )
    raise AttributeError(f"module 'pyNN.spiNNaker' has no attribute {name!r}")
