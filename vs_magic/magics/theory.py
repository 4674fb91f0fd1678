"""`%vs_theory`: sliders for α, β and ties, over a distribution before tuning and after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.theory_line import Asked, read_line, usage
from vs_magic.magics.usage_errors import errors_in_one_line

if TYPE_CHECKING:
    from vs_magic.theory.explore import Explorer

USAGE = usage()


@magics_class
class VSTheoryMagics(Magics):
    """Why models collapse: `%vs_theory`."""

    @no_var_expand
    @line_magic
    def vs_theory(self, line: str) -> Explorer | None:
        """Explore what a typicality bias does."""
        names: Mapping[str, Any] = self.shell.user_ns  # type: ignore[union-attr]
        with errors_in_one_line(self.shell):
            asked = read_line(line, names, lambda text: interpolate(text, names))
            if asked.help:
                print(USAGE)  # noqa: T201 - it is what was asked for
                return None
            return self._explore(asked)

    def _explore(self, asked: Asked) -> Explorer | None:
        # Numbers, tables and the widget are imported by the first line that needs them.
        from vs_magic.theory.explore import explorer

        found = explorer(asked.answers, **asked.where)
        if asked.out is None:
            return found
        self.shell.user_ns[asked.out] = found  # type: ignore[union-attr]
        found._ipython_display_()
        return None

    vs_theory.__doc__ = USAGE
