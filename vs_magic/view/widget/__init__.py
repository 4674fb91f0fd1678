"""The candidate widget: one .js and one .css file, what widgets share, and a thin Python side.

`values` is what goes in; `desk` holds the state; `asking` runs one ask at a time; `widget` carries
all of it to the view. Importing this package is cheap: anywidget is imported when the first widget
is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vs_magic.view.widget.values import (
    Ask,
    AskFunction,
    CallView,
    Estimate,
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
    "CallView",
    "CandidateWidget",
    "Estimate",
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
