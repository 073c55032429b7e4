"""What people see on standard error."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from cleanpress.io import reports
from cleanpress.io.reports import Reporter


class Screen(io.BytesIO):
    terminal = True

    def isatty(self) -> bool:
        return self.terminal


def screen_for(monkeypatch: pytest.MonkeyPatch) -> Screen:
    # called in the test itself: pytest sets its own standard error after the fixtures
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(screen, encoding="ascii", errors="backslashreplace", write_through=True))
    return screen


def test_names_of_files_are_written_as_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_for(monkeypatch)
    reporter = Reporter()
    reporter.tell("error", "caf\udce9.txt", "größe")
    reporter.say("lone \ud800")
    assert screen.getvalue() == b"cleanpress: caf\xe9.txt: gr\xc3\xb6\xc3\x9fe\ncleanpress: lone \\ud800\n"


def test_without_standard_error_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    reporter = Reporter(progress=True)
    reporter.tell("error", "x", "y")
    reporter.advance(1)
    reporter.close()


def test_a_text_stream_in_place_of_standard_error_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    Reporter().say("größe")
    assert stream.getvalue() == "cleanpress: größe\n"


def test_the_bar_comes_after_a_while_and_makes_room_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tqdm")
    screen = screen_for(monkeypatch)
    monkeypatch.setattr(reports, "BAR_AFTER", 0.0)
    reporter = Reporter(progress=True, total=300)
    reporter.advance(100)
    reporter.advance(100)
    reporter.tell("warning", "a:1", "odd")
    reporter.close()
    shown = screen.getvalue()
    assert b"200/300" in shown
    assert b"2 documents" in shown
    assert b"cleanpress: a:1: warning: odd\n" in shown


@pytest.mark.parametrize("why", ["short", "no terminal", "not asked for", "not installed"])
def test_no_bar(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    screen = screen_for(monkeypatch)
    monkeypatch.setattr(reports, "BAR_AFTER", 60.0 if why == "short" else 0.0)
    if why == "not installed":
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    screen.terminal = why != "no terminal"
    reporter = Reporter(progress=why != "not asked for")
    for _ in range(3):
        reporter.advance(100)
    reporter.close()
    assert screen.getvalue() == b""


def test_a_closed_standard_error_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.BytesIO):
        def write(self, data: Any) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(Closed(), write_through=True))
    Reporter().say("nobody hears this")
