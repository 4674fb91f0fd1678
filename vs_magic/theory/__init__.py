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

if TYPE_CHECKING:  # the same names as below, for type checkers and editors
    from vs_magic.theory.charts import chart_gamma as chart_gamma
    from vs_magic.theory.charts import chart_sharpened as chart_sharpened
    from vs_magic.theory.explore import Explorer as Explorer
    from vs_magic.theory.explore import explorer as explorer
    from vs_magic.theory.pairs import read_pairs as read_pairs
    from vs_magic.theory.preferences import simulate_preferences as simulate_preferences
    from vs_magic.theory.preferred import chart_preferences as chart_preferences
    from vs_magic.theory.reference import Reference as Reference
    from vs_magic.theory.reference import as_reference as as_reference
    from vs_magic.theory.reference import presets as presets
    from vs_magic.theory.regression import AlphaEstimate as AlphaEstimate
    from vs_magic.theory.regression import estimate_alpha as estimate_alpha
    from vs_magic.theory.scoring import score_pairs as score_pairs
    from vs_magic.theory.sharpening import entropy as entropy
    from vs_magic.theory.sharpening import gamma as gamma
    from vs_magic.theory.sharpening import mode_share as mode_share
    from vs_magic.theory.sharpening import sharpen as sharpen
    from vs_magic.theory.verbalizing import verbalize as verbalize

_NAMES = {
    "charts": "chart_gamma chart_sharpened",
    "explore": "Explorer explorer",
    "pairs": "read_pairs",
    "preferences": "simulate_preferences",
    "preferred": "chart_preferences",
    "reference": "Reference as_reference presets",
    "regression": "AlphaEstimate estimate_alpha",
    "scoring": "score_pairs",
    "sharpening": "entropy gamma mode_share sharpen",
    "verbalizing": "verbalize",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_HOME]  # noqa: PLE0604 - texts, which are the table's


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'vs_magic.theory' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vs_magic.theory.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
