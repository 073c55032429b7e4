"""What all tests share: shipped packs must be fresh, since a stale pack would test yesterday's rules; and Ctrl-C must work."""

from __future__ import annotations

import signal

import pytest

from cleanpress import devtools


def pytest_sessionstart(session: pytest.Session) -> None:
    stale = devtools.stale_packs()
    if stale:
        pytest.exit(f"rule packs are stale ({', '.join(stale)}): run python -m cleanpress.devtools compile-rules", returncode=1)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background jobs ignore Ctrl-C, and so would the commands that the tests start and interrupt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
