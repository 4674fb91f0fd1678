"""Why aligned models collapse: typicality bias, sharpening, and how to estimate the bias.

    from vs_magic import theory
    theory.gamma(alpha=0.57, beta=0.1)                        # 6.7
    theory.sharpen({"blue": 0.5, "red": 0.5}, alpha=0.57, beta=0.1)
    pairs = theory.simulate_preferences(5000, alpha=0.57, seed=1)
    print(theory.estimate_alpha(pairs))
    theory.explorer("Name a colour.")                         # %vs_theory in a cell

sharpening   gamma, sharpen, entropy, mode_share
preferences  simulate_preferences
regression   estimate_alpha, AlphaEstimate
pairs        read_pairs
scoring      score_pairs
verbalizing  verbalize
reference    as_reference, Reference, presets
explore      explorer, Explorer
charts       chart_sharpened, chart_gamma
preferred    chart_preferences

Importing this package is cheap: what needs SciPy, pandas, Altair or a widget imports it itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vs_magic.theory.charts import chart_gamma, chart_sharpened
    from vs_magic.theory.explore import Explorer, explorer
    from vs_magic.theory.pairs import read_pairs
    from vs_magic.theory.preferences import simulate_preferences
    from vs_magic.theory.preferred import chart_preferences
    from vs_magic.theory.reference import Reference, as_reference, presets
    from vs_magic.theory.regression import AlphaEstimate, estimate_alpha
    from vs_magic.theory.scoring import score_pairs
    from vs_magic.theory.sharpening import entropy, gamma, mode_share, sharpen
    from vs_magic.theory.verbalizing import verbalize

_HOME = {
    "AlphaEstimate": "regression",
    "Reference": "reference",
    "as_reference": "reference",
    "Explorer": "explore",
    "chart_gamma": "charts",
    "chart_preferences": "preferred",
    "chart_sharpened": "charts",
    "entropy": "sharpening",
    "estimate_alpha": "regression",
    "explorer": "explore",
    "gamma": "sharpening",
    "mode_share": "sharpening",
    "presets": "reference",
    "read_pairs": "pairs",
    "score_pairs": "scoring",
    "sharpen": "sharpening",
    "simulate_preferences": "preferences",
    "verbalize": "verbalizing",
}

__all__ = [
    "AlphaEstimate",
    "Explorer",
    "Reference",
    "as_reference",
    "chart_gamma",
    "chart_preferences",
    "chart_sharpened",
    "entropy",
    "estimate_alpha",
    "explorer",
    "gamma",
    "mode_share",
    "presets",
    "read_pairs",
    "score_pairs",
    "sharpen",
    "simulate_preferences",
    "verbalize",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'vs_magic.theory' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vs_magic.theory.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
