# SPDX-License-Identifier: Apache-2.0
"""`python -m spynnaker.pyNN.setup_pynn`: nothing is left to do, the installation did it."""


def setup_pynn() -> None:
    """Says that `import pyNN.spiNNaker` works already."""
    print("pyNN.spiNNaker is set up: SpiNNLab's installation brought it.")


if __name__ == "__main__":
    setup_pynn()
