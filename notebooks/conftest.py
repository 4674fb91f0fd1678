"""How nbval compares a lesson's outputs with those in its file.

Only pytest reads this, when it runs the notebooks: `pytest --nbval notebooks/01_….ipynb`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # however pytest imports this file

from run import is_empty


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have nbval's cells read charts as text, and overlook what shows nothing."""
    for item in items:
        if hasattr(item, "sanitize") and hasattr(item, "compare_outputs"):
            item.sanitize = partial(_as_text, item.sanitize)
            item.compare_outputs = partial(_what_shows, item.compare_outputs)


def _as_text(sanitize: Callable[[str], str], value: Any) -> Any:
    """Sanitise an output; a chart's specification as the JSON text that a file holds."""
    if isinstance(value, Mapping):
        return sanitize(json.dumps(value, sort_keys=True, ensure_ascii=False))
    return sanitize(value)


def _what_shows(
    compare: Callable[..., bool], test: Sequence[Any], ref: Sequence[Any], *args: Any, **kwargs: Any
) -> bool:
    """Compare outputs without the place of a progress line, which only a slow run has."""
    shown = [[output for output in outputs if not is_empty(output)] for outputs in (test, ref)]
    return compare(*shown, *args, **kwargs)
