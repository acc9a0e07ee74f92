# SPDX-License-Identifier: Apache-2.0
"""Scripts written for Python 2: told apart, and converted mechanically."""

from __future__ import annotations

import ast
import importlib
import warnings
from typing import Any

from spinnlab.errors import SpinnlabError

#: What an error of a Python 2 script is about when it compiles all the same.
NAMES = frozenset({
    "basestring", "execfile", "long", "raw_input", "reduce", "unichr", "unicode", "xrange",
    "has_key", "iteritems", "iterkeys", "itervalues",
    "ConfigParser", "Queue", "StringIO", "Tkinter", "cPickle", "urllib2",
})  # fmt: skip
#: Name of divided() in a converted script.
DIVIDED = "_divided_as_in_python_2"


def is_python2(source: str) -> bool:
    """Whether a text that Python 3 does not take is one of Python 2."""
    try:
        _grammar_check(source)
    except Exception:
        return False
    return True


def hint(script: str) -> str:
    """How to run a script of Python 2."""
    return (
        f"{script} seems to be written for Python 2. `spinnlab run --python2 {script}` runs a "
        "converted copy and shows what it changes."
    )


def hint_for(error: BaseException, script: str) -> str | None:
    """The same where an error is one that scripts of Python 2 meet; None for others."""
    return hint(script) if getattr(error, "name", None) in NAMES else None


def convert(source: str, script: str) -> tuple[ast.Module, str]:
    """The script as Python 3 compiles it, and the unified diff of the conversion.

    Names, print, imports and the like are lib2to3's work. Whole numbers are divided as Python 2
    does it, rounded down, unless the script asks for true division itself.
    """
    import difflib  # seldom needed, and every script imports this module

    refactoring = _lib2to3("refactor")
    fixers = set(refactoring.get_fixers_from_package("lib2to3.fixes"))
    fixers.remove("lib2to3.fixes.fix_future")  # it would take `division` away
    # "\n" at the end: lib2to3 wants whole lines.
    text = source if source.endswith("\n") else source + "\n"
    try:
        converted = str(refactoring.RefactoringTool(fixers).refactor_string(text, script))
        tree = ast.parse(converted, script)
    except Exception as error:
        raise SpinnlabError(
            f"{script} can be read neither as Python 3 nor as Python 2: {error}"
        ) from error
    if "division" not in _future_imports(tree):
        tree = ast.fix_missing_locations(_Division().visit(tree))
    diff = difflib.unified_diff(
        text.splitlines(keepends=True), converted.splitlines(keepends=True), script, f"{script} 3"
    )
    return tree, "".join(diff)


def divided(a: Any, b: Any) -> Any:
    """a / b of Python 2: rounded down between whole numbers, arrays of them included."""
    return a // b if _is_whole(a) and _is_whole(b) else a / b


def _is_whole(x: Any) -> bool:
    return isinstance(x, int) or getattr(getattr(x, "dtype", None), "kind", "f") in "iub"


class _Division(ast.NodeTransformer):
    """Turns `a / b` into divided(a, b)."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        call = ast.Call(ast.Name(DIVIDED, ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        call = ast.Call(ast.Name(DIVIDED, ast.Load()), [before, node.value], [])
        return ast.copy_location(ast.Assign([node.target], call), node)


def _future_imports(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }


def _lib2to3(module: str) -> Any:
    """A module of lib2to3, which Python 3.13 no longer has."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(f"lib2to3.{module}")
    except ImportError:
        raise SpinnlabError(
            "This Python converts no scripts of Python 2: 3.12 is the last one that does."
        ) from None


def _grammar_check(source: str) -> None:
    driver, pygram, pytree = _lib2to3("pgen2.driver"), _lib2to3("pygram"), _lib2to3("pytree")
    text = source if source.endswith("\n") else source + "\n"
    driver.Driver(pygram.python_grammar, convert=pytree.convert).parse_string(text)
