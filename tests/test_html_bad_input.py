"""What is no page, or a hostile one: a best effort with a warning or an error of our own, in bounded time and memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanpress import Cleaner, extract
from cleanpress.cli import main
from cleanpress.errors import CleanpressError, InputError

_PARAGRAPH = "<p>The dam above Lowmoor held through the night, though the river rose by a metre before it fell again.</p>"
_ENGINES = ("trafilatura", "fast")


@pytest.mark.parametrize("engine", _ENGINES)
def test_text_that_is_no_html_is_read_as_lines_with_a_warning(engine: str) -> None:
    result = Cleaner(engine=engine).explain_html("The dam held.\n\nNobody was hurt.")
    assert "not_html" in result.warnings
    assert "The dam held." in result.text


@pytest.mark.parametrize("engine", _ENGINES)
@pytest.mark.parametrize(
    "html", ["", b"", " ", "<", "<>", "<!--", "<html>", "</p>", b"\xff\xfe", b"%PDF-1.7 <<", "<?xml version='1.0'?>", "<body></body>"]
)
def test_nothing_gives_nothing(html: str | bytes, engine: str) -> None:
    result = Cleaner(engine=engine).explain_html(html)
    assert len(result.text) < 20


@pytest.mark.parametrize("engine", _ENGINES)
def test_truncated_page_gives_what_is_there(engine: str) -> None:
    page = "<html><body><article>" + _PARAGRAPH * 3 + "<p>The council met at no"
    assert Cleaner(engine=engine).clean_html(page).count("The dam above") >= 1


@pytest.mark.parametrize("engine", _ENGINES)
def test_page_longer_than_the_limit_is_refused(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "LONGEST_PAGE", 1_000)
    with pytest.raises(InputError, match="1,000"):
        Cleaner(engine=engine).clean_html(_PARAGRAPH * 50)


def test_long_page_is_read_without_asking_the_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "LONGEST_ASKED", 1_000)
    result = Cleaner().explain_html("<article>" + _PARAGRAPH * 50 + "</article>")
    assert "not_asked" in result.warnings
    assert "The dam above" in result.text


@pytest.mark.parametrize("engine", _ENGINES)
@pytest.mark.parametrize("tag", ["div", "b", "table", "a"])
def test_nested_tags_end_in_time(tag: str, engine: str) -> None:
    deep = f"<{tag}>" * 20_000 + _PARAGRAPH
    result = Cleaner(engine=engine).explain_html("<article>" + _PARAGRAPH * 3 + "</article>" + deep)
    assert "The dam above" in result.text


@pytest.mark.parametrize("engine", _ENGINES)
def test_nul_bytes_are_dropped_and_told(engine: str) -> None:
    result = Cleaner(engine=engine).explain_html("<article>" + _PARAGRAPH.replace("dam", "d\x00am") * 3 + "</article>")
    assert "nul" in result.warnings
    assert "The dam above" in result.text


@pytest.mark.parametrize("engine", _ENGINES)
def test_end_tags_inside_scripts_end_nothing(engine: str) -> None:
    script = "<script>var s = '</article></body></html>'; document.write('<p>never</p>');</script>"
    page = (
        "<html><body><article>"
        + _PARAGRAPH
        + script
        + _PARAGRAPH.replace("dam", "weir")
        + _PARAGRAPH.replace("dam", "sluice")
        + "</article></body></html>"
    )
    text = Cleaner(engine=engine).clean_html(page)
    assert "The weir above" in text
    assert "The sluice above" in text
    assert "never" not in text


@pytest.mark.parametrize("engine", _ENGINES)
def test_entity_bombs_stay_shut(engine: str) -> None:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    page = f"<!DOCTYPE html [<!ENTITY e0 'lol'>{entities}]><html><body><article>{_PARAGRAPH * 3}<p>&e9;</p></article></body></html>"
    text = Cleaner(engine=engine).clean_html(page)
    assert len(text) < 5_000
    assert "lollol" not in text


def test_wrong_charset_is_read_all_the_same() -> None:
    page = '<meta charset="utf-16"><article>' + _PARAGRAPH.replace("dam", "wéir") * 3 + "</article>"
    assert "The wéir above" in Cleaner().clean_html(page.encode())


@pytest.mark.parametrize("html", [None, 3, [], {}, object()])
def test_what_is_no_page_at_all_is_refused_by_name(html: object) -> None:
    with pytest.raises(CleanpressError, match=type(html).__name__):
        Cleaner().clean_html(html)


@pytest.mark.parametrize("engine", _ENGINES)
@pytest.mark.parametrize("tag", ["b", "div"])
def test_what_is_nested_too_deep_is_left_out_with_a_warning(tag: str, engine: str) -> None:
    result = Cleaner(engine=engine).explain_html("<article>" + _PARAGRAPH * 3 + "</article>" + f"<{tag}>" * 300 + _PARAGRAPH)
    assert result.text.count("The dam above") == 3
    assert "nested" in result.warnings


def test_deep_nests_are_found_before_lexbor_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = (_PARAGRAPH * 5_000).encode()
    assert not extract.may_be_deep(flat)
    assert extract.may_be_deep(flat + b"<div>" * 30_000)
    assert not extract.may_be_deep(flat + b"<div>" * 30)
    monkeypatch.setattr(extract, "lexbor_page", lambda *_: pytest.fail("lexbor was asked"))
    result = Cleaner(engine="fast").explain_html("<article>" + _PARAGRAPH * 3 + "</article>" + "<div>" * 30_000)
    assert "nested" in result.warnings
    assert "The dam above" in result.text


@pytest.mark.parametrize("engine", _ENGINES)
def test_script_longer_than_libxml2_reads_loses_no_article(engine: str) -> None:
    page = "<html><body><script>" + "x " * 5_500_000 + "</script><article>" + _PARAGRAPH * 3 + "</article></body></html>"
    assert Cleaner(engine=engine).clean_html(page).count("The dam above") == 3


def test_error_of_the_parser_becomes_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    lexbor = pytest.importorskip("selectolax.lexbor")

    def broken(data: bytes) -> None:
        raise lexbor.SelectolaxError("out of order")

    monkeypatch.setattr(lexbor, "LexborHTMLParser", broken)
    with pytest.raises(InputError, match="out of order"):
        Cleaner(engine="fast").clean_html(_PARAGRAPH)


_ARTICLE = "<article>" + _PARAGRAPH * 3 + "</article>"


@pytest.mark.parametrize("engine", _ENGINES)
@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("truncated in a tag", ("<html><body>" + _ARTICLE + "<p class='").encode(), ""),
        ("truncated in a script", ("<html><body>" + _ARTICLE + "<script>document.write('</article>").encode(), ""),
        ("truncated in a comment", ("<html><body>" + _ARTICLE + "<!-- <p>").encode(), ""),
        ("wrong charset", b'<meta charset="utf-16">' + _ARTICLE.replace("dam", "w\u00e9ir").encode("latin-1"), ""),
        ("not in its charset", b'<meta charset="utf-8"><p>\xff</p>' + _ARTICLE.encode(), "undecodable"),
        ("NUL bytes", _ARTICLE.replace("e", "e\x00").encode(), "nul"),
        ("NUL bytes only", b"\x00" * 5_000, "not_html"),
        ("nested", ("<div>" * 300 + _ARTICLE + "</div>" * 300).encode(), "nested"),
        ("no HTML", b"%PDF-1.7 stream endstream", "not_html"),
        ("nothing", b"", ""),
    ],
    ids=lambda value: value if isinstance(value, str) and value else "",
)
def test_command_line_says_what_is_wrong_and_goes_on(
    name: str, data: bytes, told: str, engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.html").write_bytes(data)
    code = main(["--format", "html", "--engine", engine, str(tmp_path / "page.html")])
    out, err = capsys.readouterr()
    assert code == 0
    assert told in err
    assert ("held through the night" in out.replace("\x00", "")) == (name not in ("NUL bytes only", "nested", "no HTML", "nothing"))


def test_page_too_long_is_refused_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "LONGEST_PAGE", 1_000)
    (tmp_path / "page.html").write_text(_PARAGRAPH * 50, encoding="utf-8")
    code = main(["--format", "html", "--on-error", "fail", str(tmp_path / "page.html")])
    err = capsys.readouterr().err
    assert code != 0
    assert "page.html" in err
    assert "1,000" in err
    assert main(["--format", "html", str(tmp_path / "page.html")]) == 0
    assert "left out" in capsys.readouterr().err


@pytest.mark.parametrize("engine", _ENGINES)
def test_long_article_is_read_to_its_end(engine: str) -> None:
    paragraphs = "".join(_PARAGRAPH.replace("Lowmoor", f"Lowmoor {n}") for n in range(3_000))
    result = Cleaner(engine=engine).explain_html(f"<html><body><article>{paragraphs}</article></body></html>")
    assert "Lowmoor 2999" in result.text
    assert result.text.count("\n\n") == 2_999
    assert result.warnings == ()
