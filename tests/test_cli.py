"""The command, in this process and as a process of its own.

Most tests put a simple cleaner in the place of the real one: it cuts lines that begin with ``AD``, so that what is tested
here does not move when rules do. The tests at the end run the real command.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cleanpress import __version__, cli
from cleanpress.errors import CleanpressError
from cleanpress.io import jsonl, reports, tally
from cleanpress.types import Removed, Result, Verdict, cut_out


class Fake:
    """Cuts lines that begin with ``AD``; fails, warns and remembers on demand."""

    rules_hash = "f00d"
    made: list[dict[str, Any]] = []  # noqa: RUF012
    asked: list[tuple[str | bytes, str | None, str | None]] = []  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        self.made.append(options)

    def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> str:
        return self.explain(text, url=url, lang=lang).text

    def explain(self, text: str, *, url: str | None = None, lang: str | None = None) -> Result:
        self.asked.append((text, url, lang))
        if "BOOM" in text:
            raise ZeroDivisionError("a bug")
        if "REFUSED" in text:
            raise CleanpressError("not this one")
        spans = [m.span() for m in re.finditer(r"AD[^\n]*\n?", text)]
        removed = tuple(Removed(a, b, text[a:b], "app" if "app" in text[a:b] else "advert") for a, b in spans)
        shares = (("fake/ad", 2.123456789),)
        verdicts = tuple(Verdict(r.start, r.end, r.category, True, 0.9876543210, ("fake/ad",), shares) for r in removed)
        warnings = tuple(w for w in ("budget", "strange") if w.upper() in text)
        return Result(cut_out(text, spans), verdicts, removed, warnings, lang or "en")

    def explain_html(self, html: str | bytes, *, url: str | None = None, lang: str | None = None, charset: str | None = None) -> Result:
        text = re.sub("<[^>]*>", "", html.decode() if isinstance(html, bytes) else html)
        return self.explain(text, url=url, lang=lang)


class Ran:
    """What a run printed and how it ended."""

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code, self.out, self.err = code, out, err.decode()

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.split(b"\n") if line]


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command in this process with the simple cleaner; ``stdin`` is what it reads."""
    monkeypatch.setattr(cli, "build_cleaner", Fake)
    monkeypatch.setattr(Fake, "made", [])
    monkeypatch.setattr(Fake, "asked", [])

    def go(*argv: str | Path, stdin: bytes | str = b"") -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        code = cli.main([str(a) for a in argv])
        return Ran(code, *capsysbinary.readouterr())

    return go


# --- text ----------------------------------------------------------------------------------------------------------


def test_a_filter_from_text_to_text(run: Run) -> None:
    ran = run(stdin="Rain fell.\nAD Buy this\nIt stopped.\n")
    assert (ran.code, ran.out, ran.err) == (0, b"Rain fell.\nIt stopped.\n", "")
    assert run("-", stdin="AD\nx").out == b"x"


@pytest.mark.parametrize("text", ["", "no line end", "a\r\nb\r\n\r\n", "\n\n", "caf\u00e9 \u2028 \x00 \x1b", "\ufeff"])
def test_what_has_no_boilerplate_comes_back_byte_for_byte(run: Run, text: str) -> None:
    ran = run(stdin=text)
    assert (ran.code, ran.out if text != "\ufeff" else b"\xef\xbb\xbf", ran.err) == (0, text.encode(), "")


def test_nothing_in_nothing_out_in_every_format(run: Run) -> None:
    for options in ([], ["-0"], ["--format", "jsonl"], ["--format", "html"], ["--explain"], ["--diff"], ["--check"]):
        ran = run(*options, stdin=b"")
        assert (ran.code, ran.out, ran.err) == (0, b"", ""), options
    assert Fake.asked == []


def test_files_are_joined_in_order_and_their_lines_kept_apart(run: Run, tmp_path: Path) -> None:
    for name, text in (("a", "one\nAD"), ("b", "two"), ("c", "AD"), ("d", "three\n"), ("e", "four")):
        (tmp_path / name).write_text(text)
    ran = run(*(tmp_path / name for name in "abcde"))
    assert ran.out == b"one\ntwo\nthree\nfour"
    assert len(Fake.asked) == 5


def test_options_may_stand_anywhere_and_files_may_begin_with_a_dash(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-a").write_text("x\nAD\n")
    Path("b").write_text("y\nAD\n")
    assert run("b", "--check", "--", "-a").out == b"b:2: advert: AD\n-a:2: advert: AD\n"


def test_nul_separated_articles(run: Run) -> None:
    assert run("-0", stdin=b"a\nAD\n\0AD\0\0b").out == b"a\n\0\0\0b"
    assert run("--null", stdin=b"a\0b\0").out == b"a\0b\0"
    assert [text for text, _, _ in Fake.asked] == ["a", "b"] or len(Fake.asked) > 2


def test_nul_separated_inputs_stay_separated(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\0two")
    (tmp_path / "b").write_bytes(b"three\0")
    assert run("-0", tmp_path / "a", tmp_path / "b").out == b"one\0two\0three\0"


def test_byte_order_marks(run: Run, tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    assert run(stdin=mark + b"AD\nx\n").out == mark + b"x\n"
    assert Fake.asked == [("AD\nx\n", None, None)]
    assert run(stdin="\ufeffé\nAD\n".encode("utf-16-le")).out == "é\n".encode()
    for name in "ab":
        (tmp_path / name).write_bytes(mark + b"x\n")
    # in the middle of the output a mark would be a character of the text
    assert run(tmp_path / "a", tmp_path / "b").out == mark + b"x\nx\n"
    assert run("--format", "jsonl", stdin=mark + b'{"text": "AD\\nx"}\n').out == mark + b'{"text": "x"}\n'
    assert run("--explain", stdin=mark + b"x").lines()[0]["text"] == "x"


def test_what_is_not_utf8_is_read_with_a_replacement_and_told(run: Run) -> None:
    ran = run(stdin=b"caf\xe9\nAD\n")
    assert (ran.code, ran.out.decode()) == (0, "caf\ufffd\n")
    assert ran.err == "cleanpress: stdin: not UTF-8 at byte 3: read with U+FFFD in its place\n"
    ran = run("--on-error", "fail", stdin=b"caf\xe9")
    assert (ran.code, ran.out) == (2, b"")
    assert "stdin: not UTF-8 at byte 3" in ran.err
    ran = run("-0", "--on-error", "skip", stdin=b"a\0caf\xe9\0b\0")
    assert (ran.code, ran.out) == (0, b"a\0b\0")
    assert "stdin#2: not UTF-8 at byte 3" in ran.err


def test_lang_and_url_reach_the_cleaner(run: Run) -> None:
    run("--lang", "de", "--url", "https://a.test/", stdin="x")
    assert Fake.asked == [("x", "https://a.test/", "de")]


def test_options_reach_the_cleaner(run: Run) -> None:
    argv = "--profile eager --remove byline,editorial --remove headline --keep app --disable a/b --disable c/d --rules r.toml --body-only"
    run(*argv.split(), "--phrase", "Lowmoor Post Extra", stdin="x")
    assert Fake.made[0] == {
        "profile": "eager",
        "remove": ["byline", "editorial", "headline"],
        "keep": ["app"],
        "disable": ["a/b", "c/d"],
        "rules": ["r.toml"],
        "phrases": ["Lowmoor Post Extra"],
        "body_only": True,
    }


# --- html ----------------------------------------------------------------------------------------------------------


def test_html_becomes_text(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>Rain fell.\nAD</p>")
    assert run(page).out == b"Rain fell.\n"
    assert run("--format", "html", "--engine", "fast", stdin="<p>x</p>").out == b"x\n"
    assert Fake.made[-1]["engine"] == "fast"
    assert run("-0", "--format", "html", stdin=b"<p>x</p>\0<p>y</p>\0").out == b"x\0y\0"


def test_html_that_fails_gives_no_text_and_says_so(run: Run) -> None:
    ran = run("--format", "html", stdin="<p>BOOM</p>")
    assert (ran.code, ran.out) == (0, b"")
    assert "left out" in ran.err
    assert run("-0", "--format", "html", stdin=b"a\0BOOM\0b\0").out == b"a\0\0b\0"


def test_html_field_is_read_and_text_written(run: Run) -> None:
    ran = run("--html-field", "html", stdin='{"html": "<p>x\\nAD</p>", "url": "https://a.test/"}\n{"text": "old", "html": "y"}\n')
    assert ran.out == b'{"html": "<p>x\\nAD</p>", "url": "https://a.test/", "text": "x\\n"}\n{"text": "y", "html": "y"}\n'
    assert Fake.asked[0][1] == "https://a.test/"
    ran = run("--html-field", "html", "--field", "body", "--check", stdin='{"html": "x\\nAD"}\n')
    assert (ran.code, ran.out) == (1, b"stdin:1: advert: AD\n")


# --- json lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quick_after", [1, 10**9])
def test_only_the_text_changes(run: Run, monkeypatch: pytest.MonkeyPatch, quick_after: int) -> None:
    monkeypatch.setattr(jsonl, "QUICK_AFTER", quick_after)
    lines = (
        '{"n":12345678901234567890123, "text":"x\\nAD", "f":1.10000000000000000000001}\r\n'
        "\n"
        '{"text": "unchanged \\u00e9\\/", "a": {"text": "AD"}}\n'
        "   \n"
        '{"text": "\\u00e9\\nAD"}'
    )
    expected = lines.replace('"x\\nAD"', '"x\\n"').replace("\\u00e9\\nAD", "\\u00e9\\n")
    ran = run("--format", "jsonl", stdin=lines)
    assert (ran.code, ran.out.decode(), ran.err) == (0, expected, "")


def test_fields_of_a_record(run: Run) -> None:
    record = {"body": "x\nAD", "link": "https://a.test/1", "language": "fr", "url": "https://wrong.test/", "lang": "de"}
    ran = run("--field", "body", "--url-field", "link", "--lang-field", "language", stdin=json.dumps(record) + "\n")
    assert ran.lines() == [{**record, "body": "x\n"}]
    lines = '{"text": "x", "url": 5, "lang": null}\n{"text": "y", "lang": "it"}\n'
    run("--format", "jsonl", "--url", "https://b.test/", "--lang", "es", stdin=lines)
    assert [(u, la) for _, u, la in Fake.asked] == [("https://a.test/1", "fr"), ("https://b.test/", "es"), ("https://b.test/", "it")]


BAD = (
    b'{"text": "x\\nAD"}\n'
    b'{"text": "cut off\n'
    b'{"body": "AD"}\n'
    b'{"text": 5}\n'
    b'[]\n'
    b'{"text": "BOOM"}\n'
    b'{"text": "REFUSED"}\n'
    b'{"text": "caf\xe9\\nAD"}\n'
    b'{"text": null}\n'
    b'{"text": "y\\nAD"}\n'
)  # fmt: skip


@pytest.mark.parametrize("quick_after", [1, 10**9])
def test_bad_records_are_told_and_passed_through(run: Run, monkeypatch: pytest.MonkeyPatch, quick_after: int) -> None:
    monkeypatch.setattr(jsonl, "QUICK_AFTER", quick_after)
    ran = run("--format", "jsonl", "--stats", "json", stdin=BAD)
    assert ran.code == 0
    lines = BAD.split(b"\n")
    lines[0], lines[9] = b'{"text": "x\\n"}', b'{"text": "y\\n"}'
    lines[7] = '{"text": "caf\ufffd\\n"}'.encode()
    assert ran.out.split(b"\n") == lines
    told = ran.err.splitlines()
    assert told[:-2] == [
        "cleanpress: stdin:2: not JSON: Unterminated string starting at column 10",
        "cleanpress: stdin:3: no field 'text' (there are: body); name the right one with --field",
        "cleanpress: stdin:4: field 'text' is a number, not a string",
        "cleanpress: stdin:5: a list, not an object",
        "cleanpress: stdin:6: the cleaner failed (ZeroDivisionError: a bug)",
        "cleanpress: stdin:7: the cleaner failed (CleanpressError: not this one)",
        "cleanpress: stdin:8: not UTF-8 at byte 13: read with U+FFFD in its place",
    ]
    assert told[-2] == "cleanpress: 6 of 10 records passed through unchanged (--on-error skip leaves such records out, fail stops)"
    stats = json.loads(told[-1])
    assert (stats["records"], stats["documents"], stats["empty"], stats["changed"]) == (10, 3, 1, 3)
    assert stats["errors"] == {"cleaner": 2, "missing-field": 1, "not-json": 1, "not-object": 1, "not-utf8": 1, "wrong-type": 1}


def test_bad_records_can_be_left_out(run: Run) -> None:
    ran = run("--format", "jsonl", "--on-error", "skip", stdin=BAD)
    assert ran.code == 0
    assert ran.lines() == [{"text": "x\n"}, {"text": None}, {"text": "y\n"}]
    assert ran.err.count("\n") == 7


def test_a_bad_record_can_end_the_run(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run("--format", "jsonl", "--on-error", "fail", stdin=BAD)
    assert (ran.code, ran.out) == (2, b'{"text": "x\\n"}\n')
    assert ran.err == "cleanpress: stdin:2: not JSON: Unterminated string starting at column 10\n"
    assert run("--format", "jsonl", "--on-error", "fail", "-o", out, stdin=BAD).code == 2
    assert list(tmp_path.iterdir()) == []


def test_broken_text_is_passed_through_too(run: Run) -> None:
    ran = run(stdin="AD\nBOOM\n")
    assert (ran.code, ran.out) == (0, b"AD\nBOOM\n")
    assert "stdin: the cleaner failed (ZeroDivisionError: a bug)" in ran.err


def test_many_messages_are_counted_not_printed(run: Run) -> None:
    ran = run("--format", "jsonl", "--removed", os.devnull, stdin=b"rubbish\n" * 500 + b'{"text": "BUDGET"}\n' * 30)
    told = ran.err.splitlines()
    assert sum("not JSON" in line for line in told) == reports.TOLD
    assert sum("warning: " in line for line in told) == reports.TOLD
    assert "cleanpress: further errors are only counted" in told
    assert "cleanpress: 500 errors in all, 20 of them told above" in told
    assert "cleanpress: 30 warnings in all, 20 of them told above" in told
    assert len(told) == 2 * reports.TOLD + 5


def test_warnings_of_the_cleaner_are_told(run: Run) -> None:
    ran = run(stdin="BUDGET STRANGE\n")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "cleanpress: stdin: warning: so much of it looked like boilerplate that only what is certain was cut (budget)",
        "cleanpress: stdin: warning: strange",
    ]


# --- views ---------------------------------------------------------------------------------------------------------


def test_explain_gives_a_line_for_each_record(run: Run) -> None:
    lines = '{"id": 7, "text": "x\\nAD", "url": "https://a.test/"}\n\n{"text": "BOOM"}\n{"text": null}\n'
    ran = run("--explain", "--format", "jsonl", stdin=lines)
    assert ran.code == 0
    first, failed, null = ran.lines()
    assert first == {
        "schema": "cleanpress.explain/1",
        "version": __version__,
        "rules_hash": "f00d",
        "source": "stdin",
        "record": 1,
        "id": 7,
        "url": "https://a.test/",
        "language": "en",
        "profile": "careful",
        "title": None,
        "text": "x\n",
        "removed": [{"start": 2, "end": 4, "category": "advert", "text": "AD"}],
        "verdicts": [
            {
                "start": 2,
                "end": 4,
                "category": "advert",
                "removed": True,
                "score": 0.987654,
                "rules": ["fake/ad"],
                "shares": [["fake/ad", 2.123457]],
            }
        ],
        "expected_lost": 0.0,
        "expected_left": 0.0,
        "truncated": [],
        "warnings": [],
        "error": None,
    }
    assert (failed["record"], failed["error"]["kind"]) == (3, "cleaner")
    assert (null["record"], null["error"]["kind"]) == (4, "null")


def test_explain_lines_are_lines(run: Run) -> None:
    ran = run("--explain", stdin="a\u2028b\x85c\n")
    assert len(ran.out.decode().splitlines()) == 1
    assert ran.lines()[0]["text"] == "a\u2028b\x85c\n"
    assert run("--explain", "--format", "jsonl", stdin='{"text": "a\\ud800"}').lines()[0]["text"] == "a\ud800"
    assert run("--explain", "--format", "jsonl", stdin='{"text": "a", "id": ' + "9" * 5000 + "}").lines()[0]["id"] == "9" * 5000


def test_diff(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one\nAD buy\ntwo\n")
    ran = run("--diff", file)
    assert (ran.code, ran.out.decode()) == (0, f"--- {file}\n+++ {file}\n@@ -1,3 +1,2 @@\n one\n-AD buy\n two\n")
    assert run("--diff", stdin="nothing here").out == b""
    ran = run("--diff", "--format", "jsonl", stdin='{"text": "x\\nAD"}\n')
    assert ran.out.decode() == "--- stdin:1\n+++ stdin:1\n@@ -1,2 +1 @@\n x\n-AD\n\\ No newline at end of file\n"


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("option", "variables", "coloured"),
    [("auto", {}, True), ("auto", {"NO_COLOR": "1"}, False), ("auto", {"NO_COLOR": ""}, True), ("auto", {"TERM": "dumb"}, False),
     ("never", {}, False), ("always", {"NO_COLOR": "1"}, True)],
)  # fmt: skip
def test_colours_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch, option: str, variables: dict[str, str], coloured: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen))
    run("--diff", "--color", option, stdin="x\nAD\n")
    assert (b"\x1b[" in screen.getvalue()) == coloured
    assert b"-AD" in screen.getvalue().replace(b"\x1b[7;31m", b"")


def test_no_colours_in_a_pipe(run: Run, tmp_path: Path) -> None:
    assert b"\x1b" not in run("--diff", stdin="x\nAD\n").out
    assert b"\x1b" in run("--diff", "--colour", "always", stdin="x\nAD\n").out


def test_check_tells_by_its_exit_code(run: Run, tmp_path: Path) -> None:
    clean, dirty = tmp_path / "clean.txt", tmp_path / "dirty.txt"
    clean.write_text("x\n")
    dirty.write_text("x\n\nAD get   the app \x1b[31m" + "long " * 30 + "\ny\nAD\n")
    ran = run("--check", clean)
    assert (ran.code, ran.out) == (0, b"")
    ran = run("--check", clean, dirty)
    assert ran.code == 1
    first, second = ran.out.decode().splitlines()
    assert first.startswith(f"{dirty}:3: app: AD get the app [31mlong long")
    assert first.endswith("…")
    assert len(first) <= len(f"{dirty}:3: app: ") + 80
    assert second == f"{dirty}:5: advert: AD"


def test_check_with_diff_or_explain_shows_those(run: Run) -> None:
    ran = run("--check", "--diff", stdin="AD\n")
    assert (ran.code, ran.out[:3]) == (1, b"---")
    assert run("--check", "--explain", stdin="AD\n").code == 1
    assert run("--check", "--explain", stdin="x\n").code == 0


def test_check_places(run: Run) -> None:
    assert run("--check", "-0", stdin=b"x\0\n\nAD\0").out == b"stdin#2:3: advert: AD\n"
    assert run("--check", "--format", "jsonl", stdin=b'\n{"text": "x\\n\\nAD"}\n').out == b"stdin:2: advert: AD\n"


def test_errors_are_no_findings(run: Run) -> None:
    assert run("--check", stdin="BOOM").code == 0
    assert run("--check", "--on-error", "fail", stdin="BOOM").code == 2


# --- stats ---------------------------------------------------------------------------------------------------------


def test_stats_as_json(run: Run) -> None:
    lines = '{"text": "x\\nAD", "url": "https://A.test/1"}\n{"text": "AD app\\nAD", "url": "https://b.test/"}\n{"text": "y BUDGET"}\n'
    ran = run("--format", "jsonl", "--stats", "json", "--lang", "de", stdin=lines)
    stats = json.loads(ran.err.splitlines()[-1])
    assert stats.pop("version")
    assert stats == {
        "schema": "cleanpress.stats/1",
        "rules_hash": "f00d",
        "profile": "careful",
        "records": 3,
        "documents": 3,
        "changed": 2,
        "empty": 0,
        "characters": {"in": 21, "out": 10, "removed": 11},
        "categories": {"app": {"spans": 1, "characters": 7}, "advert": {"spans": 2, "characters": 4}},
        "rules": {"fake/ad": {"spans": 3, "characters": 11}},
        "languages": {"de": {"documents": 3, "characters": 11}},
        "hosts": {"b.test": {"documents": 1, "characters": 9}, "a.test": {"documents": 1, "characters": 2}},
        "warnings": {"budget": 1},
        "errors": {},
    }


def test_stats_for_people(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x\nAD\n")
    ran = run("--stats", file)
    assert ran.out == b"x\n"
    assert "documents   1 cleaned, 1 changed\n" in ran.err
    assert "characters  5 in, 2 out, 3 removed (60.0%)\n" in ran.err
    assert "categories  advert 3 (1×)\n" in ran.err
    assert "time " in ran.err
    assert "documents   1 cleaned" in run("--stats", "text", file).err


def test_hosts_are_bounded(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr(tally, "MOST_HOSTS", 2)
    lines = "".join(f'{{"text": "x", "url": "https://{h}.test/"}}\n' for h in "abcda")
    stats = json.loads(run("--format", "jsonl", "--stats", "json", stdin=lines).err)
    assert {h: n["documents"] for h, n in stats["hosts"].items()} == {"a.test": 2, "b.test": 1, "(others)": 2}


# --- files in and out ----------------------------------------------------------------------------------------------


def test_compressed_json_lines_by_suffix(run: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    source.write_bytes(gzip.compress(b'{"text": "x\\nAD"}\n'))
    ran = run(source, "-o", out)
    assert (ran.code, ran.out) == (0, b"")
    assert gzip.decompress(out.read_bytes()) == b'{"text": "x\\n"}\n'


def test_a_file_can_be_cleaned_in_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x\nAD\n")
    assert run(file, "--output", file).code == 0
    assert file.read_text() == "x\n"


def test_a_truncated_input_gives_what_it_has(run: Run, tmp_path: Path) -> None:
    broken, good = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl"
    broken.write_bytes(gzip.compress(b'{"text": "x\\nAD"}\n{"text": "y"}\n')[:-5])
    good.write_bytes(b'{"text": "z"}\n')
    ran = run(broken, good)
    assert ran.code == 2
    assert ran.lines() == [{"text": "x\n"}, {"text": "y"}, {"text": "z"}]
    assert f"cleanpress: {broken}: can't be read past byte 32 of its content" in ran.err
    ran = run("--on-error", "fail", broken, good)
    assert (ran.code, ran.lines()) == (2, [{"text": "x\n"}, {"text": "y"}])


def test_names_that_can_not_be_read_are_found_before_any_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("x")
    ran = run(tmp_path / "article.txt", tmp_path / "artcle.txt")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == f"cleanpress: {tmp_path}/artcle.txt: no such file: did you mean '{tmp_path}/article.txt'?\n"
    (tmp_path / "rows.jsonl").write_text("{}")
    assert "article.txt as text" in run(tmp_path / "article.txt", tmp_path / "rows.jsonl").err
    assert "only once" in run("-", "-").err
    assert run(tmp_path / "no" / "where").code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")
    file.chmod(0)
    assert "permission denied" in run(file).err


# --- the sidecar ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["report", "skip"])
def test_the_sidecar_restores_json_lines(run: Run, tmp_path: Path, policy: str) -> None:
    source, out, side, again = (tmp_path / n for n in ("in.jsonl", "out.jsonl", "side.jsonl.gz", "again.jsonl"))
    odd = b'\xef\xbb\xbf{"text": "a\\/b \\u00e9\\nAD", "n": 1}\r\n\n{"text": "\\u00e9\\nAD\\u00e9"}\n'
    odd += b'{"text": "plain\\nAD"}\n' + BAD + b'{"text": "AD"}'
    source.write_bytes(odd)
    assert run(source, "-o", out, "--removed", side, "--on-error", policy).code == 0
    assert out.read_bytes() != odd
    assert run("--restore", side, out, "-o", again).code == 0
    assert again.read_bytes() == odd
    head, *rows = [json.loads(line) for line in gzip.decompress(side.read_bytes()).splitlines()]
    assert (head["schema"], head["rules_hash"], head["field"]) == ("cleanpress.removed/1", "f00d", "text")
    assert len(rows) == (7 if policy == "report" else 13)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ([], b"x\nAD\ny"),
        ([], b"AD\n"),
        ([], b""),
        ([], b"\xef\xbb\xbfx\nAD"),
        ([], b"caf\xe9\nAD"),
        ([], b"BOOM\nAD"),
        ([], b"\xef\xbb\xbfAD"),
        (["--format", "html"], b"<p>Rain.</p>\r\n<p>caf\xe9</p>"),
        (["--format", "html", "-0"], b"<p>Rain.\0<p>BOOM\0<p>AD"),
        (["-0"], b"x\nAD\0\0AD\0z\0caf\xe9\0"),
        (["-0"], b"x\0AD"),
        (["-0", "--on-error", "skip"], b"x\nAD\0caf\xe9\0BOOM\0AD\0caf\xe9"),
    ],
)
def test_the_sidecar_restores_text(run: Run, tmp_path: Path, options: list[str], text: bytes) -> None:
    side = tmp_path / "side"
    ran = run("--removed", side, *options, stdin=text)
    assert ran.code == 0
    assert run("--restore", side, stdin=ran.out).out == text


def test_a_sidecar_of_something_else_is_refused(run: Run, tmp_path: Path) -> None:
    side = tmp_path / "side"
    ran = run("--removed", side, "--format", "jsonl", stdin='{"text": "x\\nAD"}\n{"text": "y\\nAD"}\n')
    assert "the output ends before" in run("--restore", side, stdin=ran.out.split(b"\n")[0]).err
    assert "record 1 of the output is not what" in run("--restore", side, stdin='{"body": 1}\n' * 2).err
    side.write_text("{}\n")
    assert "not a file that --removed wrote" in run("--restore", side, stdin=ran.out).err
    assert "no such file" in run("--restore", tmp_path / "sid", stdin=b"").err


def test_where_nothing_could_be_restored_no_sidecar_is_written(run: Run, tmp_path: Path) -> None:
    side = tmp_path / "side"
    for argv in (["--explain"], ["--diff"], ["--check"], ["--html-field", "html"]):
        assert run("--removed", side, *argv).code == 2
    for name in "ab":
        (tmp_path / name).write_text("AD")
    assert "one article" in run("--removed", side, tmp_path / "a", tmp_path / "b").err
    assert "file of its own" in run("--removed", "-", tmp_path / "a").err
    assert not side.exists()
    assert run("--removed", side, "--on-error", "fail", stdin="BOOM").code == 2
    assert not side.exists()


# --- usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--explian"], "unknown option '--explian': did you mean '--explain'?"),
        (["--exp"], "unknown option '--exp'"),
        (["--format", "jsn"], "invalid choice: 'jsn'"),
        (["--field"], "--field: expected one argument"),
        (["--field", "x", "--format", "text"], "--field is for --format jsonl and parquet, not text"),
        (["--html-field", "x", "--format", "html"], "--html-field is for --format jsonl"),
        (["-0", "--format", "jsonl"], "-0 is for text and html"),
        (["--explain", "--diff"], "exclude each other"),
        (["--engine", "fast"], "--engine is for HTML"),
        (["--jobs=-1"], "'-1' is not a number of processes"),
        (["--jobs", "many"], "'many' is not a number of processes"),
        (["--timeout", "0"], "'0' is not a number of seconds"),
        (["--resume"], "--resume needs -o with a file or a folder"),
        (["--annotate", "dolma", "--explain"], "exclude each other"),
    ],
)
def test_usage_errors(run: Run, argv: list[str], message: str) -> None:
    ran = run(*argv)
    assert (ran.code, ran.out) == (2, b"")
    assert message in ran.err
    assert ran.err.startswith("cleanpress: ")
    assert ran.err.count("\n") == 1


def test_names_are_checked_by_the_real_cleaner(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text('[[rule]]\nid = "x/y"\ncategory = "captoin"\nstrength = "strong"\nphrases = ["a b"]\n')
    for argv, message in (
        (["--remove", "captoin"], "unknown category 'captoin': did you mean 'caption'?"),
        (["--keep", "app,newslettre"], "unknown category 'newslettre': did you mean 'newsletter'?"),
        (["--profile", "carefull"], "unknown profile 'carefull': did you mean 'careful'?"),
        (["--disable", "en/related/no-such-rule"], "unknown rule 'en/related/no-such-rule': did you mean"),
        (["--rules", str(tmp_path / "none.toml")], "none.toml: can't be read"),
        (["--rules", str(rules)], "own.toml: rule 'x/y': key 'category': 'captoin' is not one of"),
        (["--explain-rule", "en/related/no-such-rule"], "unknown rule"),
        (["--list-rules", "en/relatd"], "unknown rule prefix 'en/relatd': did you mean 'en/related'?"),
    ):
        assert cli.main([*argv, os.devnull]) == 2, argv
        assert message in capfd.readouterr().err


def test_help_names_every_option(run: Run) -> None:
    text = run("--help").out.decode()
    assert text.isascii()
    options = """--format -0 --null -o --output --field --html-field --url-field --lang-field --url --lang --on-error -j --jobs
        --profile --remove --keep --body-only --disable --rules --engine --explain --diff --check --stats --removed --color --colour
        --list-rules --explain-rule --restore --version -h --help"""
    for option in options.split():
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", text), option
    assert max(map(len, text.splitlines())) <= 120


def test_documentation_names_every_option() -> None:
    docs = Path(__file__).parent.parent / "docs" / "cli.md"
    text = docs.read_text(encoding="utf-8")
    for action in cli._parser()._actions:
        for option in action.option_strings:
            assert f"`{option}" in text, f"{option} is missing in docs/cli.md"


def test_rules_can_be_listed_and_explained(run: Run, tmp_path: Path) -> None:
    listed = run("--list-rules", "en/related/")
    assert listed.code == 0
    rows = [line.split() for line in listed.out.decode().splitlines()]
    assert rows == sorted(rows)
    assert all(row[0].startswith("en/related/") and len(row) == 3 for row in rows)
    explained = run("--explain-rule", rows[0][0]).out.decode()
    assert explained.startswith(rows[0][0] + "\n")
    assert "must keep:\n" in explained
    assert f"category:   {rows[0][1]}\n" in explained
    own = tmp_path / "own.toml"
    rule = '[[rule]]\nid = "mine/x"\ncategory = "app"\nstrength = "weak"\n'
    own.write_text(rule + 'phrases = ["Get our Föhn app"]\naliases = ["old/x"]\nnote = "Mine."\n', encoding="utf-8")
    assert run("--list-rules", "mine", "--rules", own).out == b"mine/x  app         weak\n"
    assert run("--rules", own, "--explain-rule", "old/x").out.decode().startswith("mine/x\n  Mine.\ncategory:   app\n")


# --- as a process --------------------------------------------------------------------------------------------------

ARTICLE = """\
The ferry to Lowmoor returned to service on Monday after nine days in the dry dock, the harbour office said.

Advertisement

Passengers waited in the rain for the first crossing, and most of them were islanders with shopping to carry home.
"""
CLEANED = ARTICLE.replace("Advertisement\n\n", "")


# the package under test, installed or not
ROOT = Path(cli.__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
ENVIRONMENT.pop("PYTHONUNBUFFERED", None)


COMMAND = [sys.executable, "-m", "cleanpress"]


def command(argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    options["env"] = {**ENVIRONMENT, **options.pop("extra_env", {})}
    return subprocess.run([*COMMAND, *argv], timeout=60, check=False, **options)


def test_the_real_command_is_a_filter() -> None:
    done = command([], input=ARTICLE.encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, CLEANED, b"")


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}])
def test_utf8_whatever_the_locale(locale: dict[str, str]) -> None:
    text = "Žluťoučký kůň pěl ódy v Brně – celé odpoledne.\n"
    done = command([], input=text.encode(), extra_env=locale)
    assert (done.returncode, done.stdout) == (0, text.encode())
    lines = '{"größe": "Regen fiel am Montag über Köln."}\n{"ß": 1}\n'
    done = command(["--field", "größe", "--format", "jsonl"], input=lines.encode(), extra_env=locale)
    assert done.returncode == 0
    assert "Regen fiel am Montag über Köln." in done.stdout.decode()
    assert "there are: ß" in done.stderr.decode()
    done = command(["--help"], extra_env=locale)
    assert done.returncode == 0


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["--nonsense"]])
def test_what_needs_no_rules_loads_none(argv: list[str]) -> None:
    code = (
        "import sys; from cleanpress.cli import main; code = main(sys.argv[1:]);"
        "unneeded = {'regex', 'dataclasses', 'json', 'tomllib', 'cleanpress.rulebook', 'cleanpress.pipeline', 'cleanpress.io.job'};"
        "loaded = unneeded & set(sys.modules); sys.exit(f'loaded: {loaded}' if loaded else code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, timeout=60, env=ENVIRONMENT, check=False)
    assert done.returncode == (2 if argv == ["--nonsense"] else 0), done.stderr
    if argv == ["--version"]:
        assert re.fullmatch(r"cleanpress \d+\.\d+\.\d+\S*\n", done.stdout)


def test_cleaning_text_loads_nothing_it_does_not_need() -> None:
    code = (
        "import sys, io; from cleanpress.cli import main; main(sys.argv[1:]);"
        "unneeded = {'trafilatura', 'bs4', 'orjson', 'tqdm', 'multiprocessing', 'tomllib', 'gzip', 'difflib'};"
        "print(unneeded & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=ARTICLE.encode(), capture_output=True, timeout=60, env=ENVIRONMENT, check=True
    )
    assert done.stderr == b"set()\n"


def lines_of(count: int) -> bytes:
    return (json.dumps({"text": ARTICLE}) + "\n").encode() * count


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_closed_pipe_is_quiet(tmp_path: Path, jobs: str) -> None:
    big = tmp_path / "big.jsonl"
    big.write_bytes(lines_of(3000))
    pipe = subprocess.PIPE
    process = subprocess.Popen([*COMMAND, "-j", jobs, str(big)], stdout=pipe, stderr=pipe, env=ENVIRONMENT)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), err) == (141, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_closed_before_the_first_byte_is_quiet(unbuffered: str) -> None:
    # so little is written that it fails only at the last flush
    for argv in ([], ["--help"], ["--version"], ["--list-rules"]):
        read, write = os.pipe()
        os.close(read)
        done = command(argv, input=ARTICLE.encode(), stdout=write, extra_env={"PYTHONUNBUFFERED": unbuffered})
        os.close(write)
        assert (done.returncode, done.stderr) == (141, b""), argv


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        done = command([], input=ARTICLE.encode(), stdout=full)
    assert (done.returncode, done.stderr) == (2, b"cleanpress: can't be written: No space left on device\n")
    done = command(["-o", "/dev/full"], input=ARTICLE.encode())
    assert (done.returncode, done.stderr) == (
        2, b"cleanpress: /dev/full: can't be written past byte %d of its content: No space left on device\n" % len(CLEANED.encode())
    )  # fmt: skip


def test_closed_standard_streams() -> None:
    def shell(line: str, **options: Any) -> tuple[int, bytes, bytes]:
        argv = ["sh", "-c", line.replace("cleanpress", shlex.join(COMMAND))]
        done = subprocess.run(argv, capture_output=True, timeout=60, env=ENVIRONMENT, check=False, **options)
        return done.returncode, done.stdout, done.stderr

    told = b"cleanpress: standard output is closed; name a file with -o\n"
    assert shell("cleanpress >&-", input=ARTICLE.encode()) == (2, b"", told)
    assert shell("cleanpress <&-") == (2, b"", b"cleanpress: stdin: standard input is closed\n")
    assert shell("cleanpress --format jsonl 2>&-", input=b"rubbish\n") == (0, b"rubbish\n", b"")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_quiet_and_leaves_no_half_file(tmp_path: Path, jobs: str) -> None:
    out = tmp_path / "out.jsonl"
    argv = [*COMMAND, "--format", "jsonl", "-j", jobs, "-o", str(out)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, env=ENVIRONMENT)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(lines_of(2000))
    process.stdin.flush()
    # in the middle of the work, not of the imports: an interrupt there ends Python in its own ways
    deadline = time.monotonic() + 60
    while not any(f.stat().st_size for f in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    err = process.stderr.read()
    process.stdin.close()
    process.stderr.close()
    assert (process.wait(60), err) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_slow_source_gets_its_answers_at_once() -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen([*COMMAND, "--format", "jsonl"], stdin=pipe, stdout=pipe, env=ENVIRONMENT)
    assert process.stdin is not None
    assert process.stdout is not None
    # an answer that stays in a buffer would keep this test waiting for ever
    alarm = threading.Timer(30, process.kill)
    alarm.start()
    for _ in range(2):
        process.stdin.write(lines_of(1))
        process.stdin.flush()
        assert json.loads(process.stdout.readline() or "{}").get("text") == CLEANED
    alarm.cancel()
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0


MEMORY = """
import resource, sys
from cleanpress import cli
sys.path.insert(0, {tests!r})
from test_cli import Fake
cli.build_cleaner = Fake
Fake.asked = type("Nothing", (), {{"append": lambda *words: None}})()
code = cli.main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""


def peak(argv: list[str], tmp_path: Path) -> int:
    script = tmp_path / "peak.py"
    script.write_text(MEMORY.format(tests=str(Path(__file__).parent)))
    argv = [sys.executable, str(script), *argv, "-o", os.devnull]
    done = subprocess.run(argv, stderr=subprocess.PIPE, timeout=120, env=ENVIRONMENT, check=True)
    return int(done.stderr.split()[-1])


def test_json_lines_run_in_constant_memory(tmp_path: Path) -> None:
    small, big = tmp_path / "small.jsonl", tmp_path / "big.jsonl"
    small.write_bytes(lines_of(500))
    big.write_bytes(lines_of(60_000))
    assert big.stat().st_size > 15_000_000
    assert peak([str(big)], tmp_path) - peak([str(small)], tmp_path) < 8


def test_one_huge_line_takes_a_few_copies_of_it(tmp_path: Path) -> None:
    small, big = tmp_path / "small.txt", tmp_path / "big.txt"
    small.write_bytes(b"x")
    big.write_bytes(b"The ferry sails at noon. " * 1_200_000)  # 30 MB, no line end
    assert peak([str(big)], tmp_path) - peak([str(small)], tmp_path) < 5 * 30


def test_examples_of_the_documentation_run(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")
    runs = 0
    code = 0
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            if line.startswith("cat "):
                (tmp_path / line[4:]).write_text(shown, encoding="utf-8")
            elif line == "echo $?":
                assert f"{code}\n" == shown
            else:
                argv = ["sh", "-c", line.replace("cleanpress", shlex.join(COMMAND))]
                done = subprocess.run(
                    argv, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=60, env=ENVIRONMENT, check=False
                )
                assert done.stdout + done.stderr == shown, line
                code = done.returncode
                runs += 1
    assert runs >= 7
