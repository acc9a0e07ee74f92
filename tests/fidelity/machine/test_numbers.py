# SPDX-License-Identifier: Apache-2.0
"""The numbers of our protocol headers are SpiNNMan's."""

import json
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.original, pytest.mark.timeout(120)]

SOURCES = Path(__file__).parents[3] / "src/spinnlab"

COMMANDS = {
    "Version": "CMD_VER",
    "Run": "CMD_RUN",
    "Read": "CMD_READ",
    "Write": "CMD_WRITE",
    "AppLoad": "CMD_APLX",
    "Fill": "CMD_FILL",
    "Count": "CMD_COUNT",
    "Remap": "CMD_REMAP",
    "LinkRead": "CMD_LINK_READ",
    "LinkWrite": "CMD_LINK_WRITE",
    "AppRun": "CMD_AR",
    "NearestNeighbour": "CMD_NNP",
    "AppCopyRun": "CMD_APP_COPY_RUN",
    "Signal": "CMD_SIG",
    "FloodFillData": "CMD_FFD",
    "AppStart": "CMD_AS",
    "Led": "CMD_LED",
    "IpTag": "CMD_IPTAG",
    "SerialRom": "CMD_SROM",
    "Allocate": "CMD_ALLOC",
    "Router": "CMD_RTR",
    "Information": "CMD_INFO",
    "Sync": "CMD_SYNC",
    "BmpInfo": "CMD_BMP_INFO",
    "Power": "CMD_BMP_POWER",
}
RESULTS = {
    "Ok": "RC_OK",
    "BadLength": "RC_LEN",
    "BadChecksum": "RC_SUM",
    "BadCommand": "RC_CMD",
    "BadArgument": "RC_ARG",
    "BadPort": "RC_PORT",
    "TimeOut": "RC_TIMEOUT",
    "NoRoute": "RC_ROUTE",
    "BadCore": "RC_CPU",
    "Dead": "RC_DEAD",
    "BufferNotAvailable": "RC_BUF",
    "PointToPointNoReply": "RC_P2P_NOREPLY",
    "PointToPointReject": "RC_P2P_REJECT",
    "PointToPointBusy": "RC_P2P_BUSY",
    "PointToPointTimeout": "RC_P2P_TIMEOUT",
    "PacketTransmitFailed": "RC_PKT_TX",
}
# An LED that a request keeps has no name there.
LED_ACTIONS = {"Keep": None, "Invert": "TOGGLE", "Off": "OFF", "On": "ON"}


def enumeration(header: str, name: str) -> dict[str, int]:
    body = re.search(rf"enum class {name}[^{{]*{{([^}}]*)}}", (SOURCES / header).read_text())
    assert body, f"{header} has no enumeration {name}"
    return {member: int(value, 0) for member, value in re.findall(r"(\w+) = (\w+)", body.group(1))}


@pytest.fixture(scope="module")
def published(tmp_path_factory, run_published) -> dict[str, dict[str, int]]:
    result = tmp_path_factory.mktemp("numbers") / "result.json"
    run_published("published_numbers.py", str(result))
    return json.loads(result.read_text())


@pytest.mark.parametrize(
    ("header", "name", "theirs", "names"),
    [
        ("wire/scp.hpp", "ScpCommand", "SCPCommand", COMMANDS),
        ("wire/scp.hpp", "ScpResult", "SCPResult", RESULTS),
        ("emulator/board_management.cpp", "LedAction", "LEDAction", LED_ACTIONS),
    ],
)
def test_numbers_are_those_of_spinnman(published, header, name, theirs, names):
    ours = enumeration(header, name)
    assert set(ours) == set(names), "every member is compared"
    published_values = {
        member: published[theirs][names[member]] for member in ours if names[member]
    }
    assert {member: ours[member] for member in published_values} == published_values
