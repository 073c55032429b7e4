"""Where the data files that ship with the library stand: rules, function words, weights."""

from __future__ import annotations

# importlib.resources would be the general way, but it takes longer to import than a page to clean.
from pathlib import Path

RULES = Path(__file__).parent / "rules"
