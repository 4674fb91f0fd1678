"""What `[tool.vs_magic]` in the nearest pyproject.toml sets, and whether its user consents to it.

Such a file comes with a repository, and may be a stranger's: what it sets is said. What names a
file to read (a model's path, a bundle) or speaks for the user (a system prompt) holds only with the
user's consent, which is kept in their own folder, for this file and these values.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vs_magic import files
from vs_magic.errors import OptionError
from vs_magic.magics.flags import as_typed

TABLE = "[tool.vs_magic]"
HOW = "%vs_config --trust"
CONSENTS = "trusted.json"
_FILE = "pyproject.toml"
_LONGEST = 80  # characters of a value in the line that says what is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A file with our table: where it is, how people see it from here, and the values it sets."""

    path: Path
    shown: str
    values: Mapping[str, Any]

    @property
    def source(self) -> str:
        """Where its values come from, for people."""
        return f"{TABLE} in {self.shown}"

    @property
    def guarded(self) -> dict[str, Any]:
        """The values that take consent."""
        return {name: value for name, value in self.values.items() if _is_guarded(name, value)}

    def held_back(self) -> Mapping[str, Any]:
        """Return the values that lack consent, and do not hold."""
        guarded = self.guarded
        return guarded if guarded and _consents().get(str(self.path)) != _mark(guarded) else {}

    def trust(self) -> None:
        """Consent to the values that this file sets now; where one changes, that is void.

        Raises
        ------
        OptionError
            It could not be kept.
        """
        consents = {**_consents(), str(self.path): _mark(self.guarded)}
        at = files.config_dir() / CONSENTS
        try:
            at.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write(at, json.dumps(consents, indent=1).encode(), over=lambda _: True)
        except OSError as error:
            raise OptionError(f"cannot keep your consent in {at}: {files.reason(error)}") from None

    def line(self) -> str:
        """Say what it sets; "" where that is nothing."""
        late = self.held_back()
        now = [_said(name, value) for name, value in self.values.items() if name not in late]
        parts = [f"sets {', '.join(now)}"] if now else []
        if late:
            names = ", ".join(_said(name, value) for name, value in late.items())
            holds = "hold" if len(late) > 1 else "holds"
            parts.append(f"{names} {holds} only once you consent to it: {HOW}")
        return f"{self.source}: {'; '.join(parts)}" if parts else ""


def read(start: Path) -> tuple[Path, str, Any] | None:
    """Return the nearest pyproject.toml from a folder upwards, its name from there, our table.

    A file that never mentions us is left unread, whatever is wrong in it.

    Raises
    ------
    OptionError
        The file cannot be read.
    """
    candidates = (folder / _FILE for folder in (start, *start.parents))
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return None
    shown = os.path.relpath(path, start)
    try:
        text = path.read_text(encoding="utf-8")
        tools = _parsed(text).get("tool") if "vs_magic" in text else {}
    except (ValueError, OSError) as error:
        raise OptionError(f"{shown} could not be read: {error}") from None
    return path.resolve(), shown, tools.get("vs_magic", {}) if isinstance(tools, dict) else {}


def _parsed(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def _is_guarded(name: str, value: Any) -> bool:
    """Whether a value takes consent: text for the prompt, or a file to read."""
    model = str(value).strip().lower() if name == "model" else ""
    rest = model.removeprefix("local/")
    is_path = rest != model and (rest.endswith(".gguf") or any(sign in rest for sign in "/\\~"))
    return name in ("system", "replay") or is_path


def _consents() -> Mapping[str, str]:
    """The files that the user consented to, each with the mark of its values then."""
    try:
        found = json.loads((files.config_dir() / CONSENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _mark(values: Mapping[str, Any]) -> str:
    import hashlib

    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _said(name: str, value: Any) -> str:
    text = as_typed(value)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"{name}={json.dumps(text, ensure_ascii=False) if ' ' in text else text}"
