"""What all tests share: shipped packs must be fresh, since a stale pack would test yesterday's rules."""

from __future__ import annotations

import pytest

from cleanpress import devtools


def pytest_sessionstart(session: pytest.Session) -> None:
    stale = devtools.stale_packs()
    if stale:
        pytest.exit(f"rule packs are stale ({', '.join(stale)}): run python -m cleanpress.devtools compile-rules", returncode=1)
