"""How the modules of the package hang together."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


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
