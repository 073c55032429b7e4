"""The examples of docs/html.md run as they are printed."""

from __future__ import annotations

import doctest
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from cleanpress.cli import main

_PAGE = (Path(__file__).parents[1] / "docs" / "html.md").read_text(encoding="utf-8")


def _sessions() -> list[tuple[str, str]]:
    """Each command of the page's console blocks with what is printed below it."""
    blocks = "\n".join(re.findall(r"^```console\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE))
    parts = re.split(r"^\$ (.*)\n", blocks, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def test_python_examples_run() -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE))
    parsed = doctest.DocTestParser().get_doctest(code, {}, "html.md", "html.md", 0)
    assert len(parsed.examples) > 8
    said: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(parsed, out=said.append)
    assert not runner.failures, "".join(said)


def test_commands_print_what_the_page_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("selectolax")
    monkeypatch.chdir(tmp_path)
    ran = 0
    for command, printed in _sessions():
        words = shlex.split(command)
        if words[0] == "cat":
            Path(words[1]).write_text(printed, encoding="utf-8")
            continue
        if "<" in words:
            data = Path(words.pop()).read_bytes()
            words.pop()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        main(words[1:])
        assert capsys.readouterr().out.strip() == printed.strip(), command
        ran += 1
    assert ran == 4
