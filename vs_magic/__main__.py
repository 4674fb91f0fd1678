"""`python -m vs_magic` is the `vs-magic` command."""

import sys

from vs_magic.cli import main

sys.exit(main())
