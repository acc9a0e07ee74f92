# SPDX-License-Identifier: Apache-2.0
"""The connections of one population with another, as the core is told of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinnlab.pynn.connectors import CoreRecipe
from spinnlab.pynn.populations import Population


class Part:
    """What lies between one population and another; an assembly makes several of them."""

    def __init__(
        self,
        pre: Population,
        post: Population,
        recipe: CoreRecipe,
        pre_index: NDArray[np.uint32] | None,
        post_index: NDArray[np.uint32] | None,
    ) -> None:
        self.pre, self.post, self.recipe = pre, post, recipe
        self.pre_index, self.post_index = pre_index, post_index
        self.core_index = -1

    def likely_synapses(self) -> float:
        name, arguments = self.recipe.connector
        pre = self.pre.size if self.pre_index is None else len(self.pre_index)
        post = self.post.size if self.post_index is None else len(self.post_index)
        likely = {
            "AllToAllConnector": lambda: pre * post,
            "OneToOneConnector": lambda: min(pre, post),
            "FixedProbabilityConnector": lambda: arguments["p_connect"] * pre * post,
            "FixedNumberPreConnector": lambda: arguments["n"] * post,
            "FixedNumberPostConnector": lambda: arguments["n"] * pre,
            "FixedTotalNumberConnector": lambda: arguments["n"],
            "FromListConnector": lambda: len(arguments["pre"]),
        }
        return float(likely[name]())
