"""Talks to people on standard error: what went wrong with which record, counts at the end, a progress bar on a terminal."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from typing import Any, Final

#: How many errors, and how many warnings, are told one by one; the rest are counted.
TOLD: Final = 20
#: Short runs pay nothing for a progress bar (seconds).
BAR_AFTER: Final = 1.0


class Reporter:
    """Writes messages to standard error, never more than a screenful of the same kind.

    Args:
        progress: whether a progress bar may be shown (only on a terminal, and if tqdm is installed).
        total: bytes that will be read, if known.
    """

    def __init__(self, *, progress: bool = False, total: int | None = None) -> None:
        self._counts = {"error": 0, "warning": 0}
        self._bar: Any = None
        self._total = total
        self._documents = self._bytes = 0
        stream = sys.stderr
        self._may_show = progress and stream is not None and stream.isatty() and importlib.util.find_spec("tqdm") is not None
        self._begun = time.monotonic()

    def tell(self, kind: str, place: str, text: str) -> None:
        """Tells about one record, unless enough was told.

        Args:
            kind: ``"error"`` or ``"warning"``.
            place: input and line, or nothing where the text names it.
            text: what is the matter.
        """
        self._counts[kind] += 1
        if self._counts[kind] <= TOLD:
            what = "warning: " if kind == "warning" else ""
            self.say(": ".join(x for x in (place, what + text) if x))
        elif self._counts[kind] == TOLD + 1:
            self.say(f"further {kind}s are only counted")

    def say(self, text: str) -> None:
        """Writes one line under the command's name."""
        self.write(f"cleanpress: {text}\n")

    def write(self, text: str) -> None:
        """Writes to standard error in UTF-8, past a progress bar."""
        if sys.stderr is None:
            return
        if self._bar is not None:
            self._bar.clear()
        try:
            buffer = getattr(sys.stderr, "buffer", None)
            if buffer is None:
                sys.stderr.write(text)
            else:
                # names of files may be any bytes; the rest is plain text
                sys.stderr.flush()
                buffer.write(_stderr_bytes(text))
                buffer.flush()
        except OSError:
            pass  # nobody listens; the work goes on
        if self._bar is not None:
            self._bar.refresh()

    def advance(self, size: int) -> None:
        """Counts a record of ``size`` bytes as done."""
        if not self._may_show:
            return
        self._documents += 1
        self._bytes += size
        if self._bar is not None:
            rate = self._documents / (time.monotonic() - self._begun)
            self._bar.set_postfix_str(f"{self._documents:,} documents, {rate:,.0f}/s", refresh=False)
            self._bar.update(size)
        elif time.monotonic() - self._begun > BAR_AFTER:
            # by name, because it is optional and has no types of its own
            tqdm = importlib.import_module("tqdm").tqdm
            self._bar = tqdm(total=self._total, initial=self._bytes, unit="B", unit_scale=True, dynamic_ncols=True, file=sys.stderr)

    def close(self) -> None:
        """Takes the bar away and says how much was not told."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        for kind, count in self._counts.items():
            if count > TOLD:
                self.say(f"{count:,} {kind}s in all, {TOLD} of them told above")


def _stderr_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
