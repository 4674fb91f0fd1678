"""The scripts and the styles of the widgets: what they share, and what is a widget's own."""

from __future__ import annotations

from pathlib import Path


def with_shared(own: Path) -> str:
    """Return a widget's own .js or .css file, after what all widgets share of its kind."""
    shared = Path(__file__).with_name(f"shared{own.suffix}")
    return shared.read_text(encoding="utf-8") + own.read_text(encoding="utf-8")
