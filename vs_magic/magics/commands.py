"""Every magic that the extension brings."""

from __future__ import annotations

from vs_magic.magics import (
    vs,
    vs_cache,
    vs_compare,
    vs_config,
    vs_cost,
    vs_models,
    vs_record,
    vs_sweep,
    vs_theory,
)

COMMANDS = tuple(
    magic.COMMAND
    for magic in (
        *(vs, vs_compare, vs_sweep, vs_theory),
        *(vs_config, vs_models, vs_cache, vs_record, vs_cost),
    )
)
"""Their descriptions, in the order in which the documentation lists them."""
