"""``python -m cleanpress`` is the ``cleanpress`` command."""

from __future__ import annotations

import sys

from cleanpress.cli import main

if __name__ == "__main__":
    sys.exit(main())
