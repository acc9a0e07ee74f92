# SPDX-License-Identifier: Apache-2.0
"""A decorator that says which method a method stands for; it changes nothing."""

from typing import TypeVar

Method = TypeVar("Method")


class overrides:
    """Above a method of a class derived from one of sPyNNaker's."""

    def __init__(self, super_class_method: object, **options: object) -> None:
        self.super_class_method, self.options = super_class_method, options

    def __call__(self, method: Method) -> Method:
        return method
