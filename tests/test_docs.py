"""The documentation says what the code does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import cleanpress
from cleanpress import cli, devtools

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
