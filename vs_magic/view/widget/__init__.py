"""The candidate widget: one .js and one .css file, what widgets share, and a thin Python side.

`values` is what goes in; `state` holds what is on display; `asking` runs one ask at a time; and
`widget` carries all to the view. Importing this package is cheap: the first widget that is made
imports anywidget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vs_magic.view.widget.values import (
    Ask,
    AskFunction,
    AskPrice,
    CallView,
    EstimateFunction,
    OnProgress,
    ProgressView,
    RebindFunction,
    Shown,
)

if TYPE_CHECKING:
    from vs_magic.view.widget.widget import CandidateWidget

__all__ = [
    "Ask",
    "AskFunction",
    "AskPrice",
    "CallView",
    "CandidateWidget",
    "EstimateFunction",
    "OnProgress",
    "ProgressView",
    "RebindFunction",
    "Shown",
]


def __getattr__(name: str) -> Any:
    if name == "CandidateWidget":
        from vs_magic.view.widget.widget import CandidateWidget

        return CandidateWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
