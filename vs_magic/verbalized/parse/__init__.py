"""From a reply to its candidates: whatever a person could read out of it, and nothing else.

`docs/design/parsing.md` tells the order of the readers and the conventions.
"""

from vs_magic.verbalized.parse.reader import parse, read
from vs_magic.verbalized.parse.stream import Stream

__all__ = ["Stream", "parse", "read"]
