"""Verbalized Sampling in a notebook.

`%load_ext vs_magic` brings `%%vs`; in plain Python, `sample` and `asample` do the same:

    import vs_magic as vs
    dist = vs.sample("Tell me a joke about coffee.", k=5)
    dist.frame, dist.draw(seed=1).text

The public names are imported when they are first used, so that loading the extension stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vs_magic._version import __version__

if TYPE_CHECKING:
    from vs_magic import metrics, theory
    from vs_magic.errors import (
        BudgetError,
        Interrupted,
        MissingExtraError,
        ModelError,
        OptionError,
        RefusalError,
        ReplyError,
        VSError,
        WeightsError,
    )
    from vs_magic.sampling.api import asample, sample
    from vs_magic.sampling.distribution import Distribution
    from vs_magic.study.compare import compare
    from vs_magic.study.comparison import Comparison
    from vs_magic.study.sweep import sweep
    from vs_magic.study.sweep_result import Sweep
    from vs_magic.verbalized.candidate import Candidate
    from vs_magic.verbalized.method import Method, Wording
    from vs_magic.verbalized.options import Options
    from vs_magic.verbalized.parameters import Parameters
    from vs_magic.verbalized.parse import parse
    from vs_magic.view.frame import CandidateFrame

_HOME = {
    **dict.fromkeys(
        (
            "BudgetError",
            "Interrupted",
            "MissingExtraError",
            "ModelError",
            "OptionError",
            "RefusalError",
            "ReplyError",
            "VSError",
            "WeightsError",
        ),
        "vs_magic.errors",
    ),
    "sample": "vs_magic.sampling.api",
    "asample": "vs_magic.sampling.api",
    "Distribution": "vs_magic.sampling.distribution",
    "Comparison": "vs_magic.study.comparison",
    "Sweep": "vs_magic.study.sweep_result",
    "compare": "vs_magic.study.compare",
    "sweep": "vs_magic.study.sweep",
    "Candidate": "vs_magic.verbalized.candidate",
    "Method": "vs_magic.verbalized.method",
    "Wording": "vs_magic.verbalized.method",
    "Options": "vs_magic.verbalized.options",
    "Parameters": "vs_magic.verbalized.parameters",
    "parse": "vs_magic.verbalized.parse",
    "CandidateFrame": "vs_magic.view.frame",
}
_MODULES = ("metrics", "theory")

__all__ = [
    "BudgetError",
    "Candidate",
    "CandidateFrame",
    "Comparison",
    "Distribution",
    "Interrupted",
    "Method",
    "MissingExtraError",
    "ModelError",
    "OptionError",
    "Options",
    "Parameters",
    "RefusalError",
    "ReplyError",
    "Sweep",
    "VSError",
    "WeightsError",
    "Wording",
    "__version__",
    "asample",
    "compare",
    "load_ipython_extension",
    "metrics",
    "parse",
    "sample",
    "sweep",
    "theory",
    "unload_ipython_extension",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _MODULES:
        value = importlib.import_module(f"vs_magic.{name}")
    elif name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'vs_magic' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics: `%load_ext vs_magic`."""
    from vs_magic.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take everything back: `%unload_ext vs_magic`."""
    from vs_magic.magics import unload

    unload(ipython)
