"""The documentation says what the code does."""

from __future__ import annotations

import doctest
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cleanpress
from cleanpress import cli, devtools
from cleanpress.io.streams import Output

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_readmes_python_examples_run() -> None:
    runner = doctest.DocTestRunner()
    parsed = doctest.DocTestParser().get_doctest("\n".join(fenced(README, "python")), {}, "README.md", "README.md", 0)
    assert len(parsed.examples) > 8
    output: list[str] = []
    runner.run(parsed, out=output.append)
    assert not runner.failures, "".join(output)


def test_the_readmes_article_is_cleaned_as_it_says() -> None:
    found = re.search(r"<!-- before -->\n```text\n(.*?)```.*<!-- after -->\n```text\n(.*?)```", README, re.DOTALL)
    assert found
    assert cleanpress.clean(found[1]).strip() == found[2].strip()


def test_the_readmes_test_command_is_the_one_that_ci_runs() -> None:
    script = ROOT / ".ci" / "run"
    if not script.exists():
        pytest.skip(".ci/run is not part of a source distribution")
    wanted = re.search(r"^tox run .*$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert wanted and wanted[0] in README


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        cli.main(["--help"])
    except SystemExit as stop:
        assert not stop.code
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    known = set(re.findall(r"--[a-z][a-z-]+", (DOCS / "cli.md").read_text(encoding="utf-8")))
    assert len(options) > 20
    assert options <= known, f"not in docs/cli.md: {sorted(options - known)}"


def test_the_coverage_table_is_fresh() -> None:
    written = (DOCS / "coverage.md").read_text(encoding="utf-8")
    assert written == devtools.coverage_text(), "run python -m cleanpress.devtools coverage"


def test_every_page_is_in_the_navigation() -> None:
    site = ROOT / "mkdocs.yml"
    if not site.exists():
        pytest.skip("mkdocs.yml is not part of a source distribution")
    assert set(re.findall(r": ([\w-]+\.md)$", site.read_text(encoding="utf-8"), re.MULTILINE)) == {p.name for p in DOCS.glob("*.md")}


def test_the_commands_of_the_pipelines_page_run(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for package in ("zstandard", "fastwarc.warc"):
        pytest.importorskip(package)
    text = "The ferry returned on Monday.\n\nAdvertisement\n\nPassengers waited in the rain for the first crossing.\n"
    line = json.dumps({"id": 1, "text": text, "url": "https://a.example/1"}) + "\n"
    page = f"<html><body><article><p>{text}</p></article></body></html>"
    (tmp_path / "crawl").mkdir()
    (tmp_path / "documents").mkdir()
    for name, content in {"news.jsonl": line * 3, "documents/a.jsonl": line, "crawl/b.txt": text, "crawl/c.html": page}.items():
        (tmp_path / name).write_text(content)
    with Output(str(tmp_path / "news.jsonl.zst")) as output:
        output.write((line * 3).encode())
        output.keep()
    head = f"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: {len(text.encode())}\r\n\r\n"
    for number in (1, 2):
        (tmp_path / "crawl" / f"{number}.warc.gz").write_bytes(gzip.compress(f"{head}{text}\r\n\r\n".encode()))
    pq.write_table(pa.table({"body": [text, None]}), tmp_path / "part-0.parquet")
    pq.write_table(pa.table({"html": [page], "uri": ["https://a.example/"]}), tmp_path / "pages.parquet")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "cleanpress"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cleanpress "$@"\n')
    command.chmod(0o755)
    environment = {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "MACHINES": "2", "MACHINE": "1"}
    [script] = fenced((DOCS / "pipelines.md").read_text(encoding="utf-8"), "sh")
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "clean" / "1.jsonl.gz").is_file() and json.loads((tmp_path / "counts.json").read_text())["documents"] == 3
    assert (tmp_path / "back" / "b.txt").read_text() == text and (tmp_path / "back" / "c.html").read_text() == page
    assert "cleanpress_v1__advert" in (tmp_path / "attributes" / "cleanpress" / "a.jsonl").read_text()
