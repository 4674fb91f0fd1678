"""How the modules of the package hang together, and which names it gives away."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pandas as pd
import pytest

import vs_magic as vs
from vs_magic.view.charts.layout import Section


def imports() -> dict[str, set[str]]:
    """Each module of the package with those that it imports: at its top, in functions, for types.

    A package's lazy table (`__getattr__` in an `__init__.py`) names modules as texts, which is no
    import; what an `__init__.py` imports for type checkers counts like any other import, and so
    does `from vs_magic import metrics`, for whoever imports it.
    """
    graph = grimp.build_graph("vs_magic", cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(imported: dict[str, set[str]]) -> list[str]:
    """A circle of imports, if there is one."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_a_detour():
    """A value may import its view in a method; a view never imports the value, not for types."""
    assert circle(imports()) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("vs_magic.sampling.distribution", "vs_magic.sampling.frame"),  # within a method
        ("vs_magic.theory.explore", "vs_magic.theory.widget"),  # for types, and within a method
    ],
)
def test_every_kind_of_import_counts(importer, imported):
    """One import back from a view would be found, although the way there is within a method."""
    known = imports()
    assert imported in known[importer]
    known[imported] = known[imported] | {importer}
    assert set(circle(known)) == {importer, imported}


def named_types(value: object) -> set[type]:
    """The package's own classes that a signature, or a class's fields and properties, name."""
    owners = [value]
    if isinstance(value, type):
        own = [inspect.getattr_static(value, name) for name in dir(value) if name[0] != "_"]
        owners += [getattr(m, "fget", None) or getattr(m, "func", m) for m in own]
    found: set[type] = set()
    for owner in owners:
        if not (isinstance(owner, type) or inspect.isfunction(owner)):
            continue
        if not owner.__module__.startswith("vs_magic."):
            continue
        scope = {**vars(vs), "pd": pd, "Section": Section, "Iterable": Iterable}
        scope |= vars(sys.modules[owner.__module__])
        hints = list(typing.get_type_hints(owner, localns=scope).values())
        while hints:
            hint = hints.pop()
            hints += typing.get_args(hint) if not isinstance(hint, list) else hint
            if isinstance(hint, type) and hint.__module__.startswith("vs_magic."):
                found.add(hint)
    return found


@pytest.mark.parametrize("name", [n for n in vs.__all__ if n not in ("CandidateFrame", "metrics")])
def test_what_the_public_names_name_is_public(name):
    """Each class in a public signature, and each that is returned, can be had from `vs_magic`."""
    public = {getattr(module, n) for module in (vs, vs.metrics, vs.theory) for n in module.__all__
              if isinstance(getattr(module, n), type)}  # fmt: skip
    assert {t.__name__ for t in named_types(getattr(vs, name)) - public} == set()


def test_the_names_for_type_checkers_are_those_that_can_be_had():
    """The imports that only type checkers see, and the table of lazy names, are the same."""
    tree = ast.parse(Path(vs.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in block.body for alias in node.names}
    own = {"__version__", "load_ipython_extension", "unload_ipython_extension"}
    assert seen | own == set(vs.__all__)
    assert len(vs.__all__) == len(set(vs.__all__))
