"""Pages to text: decoding, evidence, titles, paywalls, soups and trees."""

from __future__ import annotations

import pickle

import lxml.html
import pytest
from bs4 import BeautifulSoup

import cleanpress
from cleanpress import Cleaner
from cleanpress.errors import InputError, UnknownNameError
from cleanpress.extract import decoded

_BODY = (
    "<p>The dam above Lowmoor held through the night, though the river rose by a metre between midnight and four.</p>"
    "<p>Engineers opened the second gate at dawn and watched the level fall, hour by hour, until the road was dry.</p>"
    "<p>Nobody was hurt, the council said, but eleven families spent the night in the hall beside the church.</p>"
)
_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Dam holds | The Lowmoor Post</title>{head}</head><body>"
    "<article><h1>Dam holds</h1>" + _BODY + "{tail}</article></body></html>"
)


def _page(head: str = "", tail: str = "") -> str:
    return _PAGE.replace("{head}", head).replace("{tail}", tail)


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("é".encode("utf-8-sig"), None, "é"),
        ("\ufeffé".encode("utf-16-le"), None, "é"),
        (b'<meta charset="iso-8859-1">\xe9', None, '<meta charset="iso-8859-1">é'),
        (b'<meta http-equiv=Content-Type content="text/html; charset=windows-1251">\xe6', None, None),
        ("ж".encode("koi8-r"), "koi8-r", "ж"),
        ("記事".encode("shift_jis"), "shift_jis", "記事"),
        ("é".encode(), "iso-8859-1", "é"),
        (b"\x93quoted\x94", None, "“quoted”"),
        ("é".encode(), "no-such-charset", "é"),
    ],
)
def test_bytes_are_decoded_as_browsers_do(data: bytes, charset: str | None, text: str | None) -> None:
    got, replaced = decoded(data, charset)
    assert not replaced
    assert got == text if text is not None else got.endswith("ж")


def test_undecodable_bytes_are_told() -> None:
    result = Cleaner().explain_html(b'<meta charset="utf-8">' + _page().encode() + b"<p>\xff\xfe</p>")
    assert "undecodable" in result.warnings
    assert "The dam above Lowmoor" in result.text


def test_result_says_title_and_language() -> None:
    result = Cleaner().explain_html(_page('<meta property="og:title" content="Dam holds through the night">'))
    assert result.title == "Dam holds through the night"
    assert result.language == "en"


def test_body_only_drops_the_headline_and_keeps_the_rest() -> None:
    assert "Dam holds" in Cleaner().clean_html(_page()).split("\n")
    text = Cleaner(body_only=True).clean_html(_page())
    assert text == _BODY.replace("</p><p>", "\n\n").removeprefix("<p>").removesuffix("</p>")


def test_paywall_is_flagged_with_its_evidence_and_deletes_nothing() -> None:
    paid = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false, "articleBody": "%s", '
        '"hasPart": {"isAccessibleForFree": "False", "cssSelector": ".paid"}}</script>' % ("The rest of the story is long. " * 60)
    )
    with_wall = Cleaner().explain_html(_page(paid))
    assert any("isAccessibleForFree" in x for x in with_wall.truncated)
    assert any(".paid" in x for x in with_wall.truncated)
    assert any("articleBody" in x for x in with_wall.truncated)
    assert with_wall.text == Cleaner().explain_html(_page()).text
    assert Cleaner().explain_html(_page()).truncated == ()


def test_structured_data_is_never_copied() -> None:
    data = '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "%s"}</script>' % ("Nowhere on the page. " * 20)
    for engine in ("trafilatura", "fast"):
        assert "Nowhere" not in Cleaner(engine=engine).clean_html(_page(data))


@pytest.mark.parametrize("data", ["{", "[" * 5000, '{"@graph": 3}', '{"headline": 5, "articleBody": {"a": 1}}', "null"])
def test_broken_structured_data_is_passed_over(data: str) -> None:
    page = _page(f'<script type="application/ld+json">{data}</script>')
    assert Cleaner().clean_html(page) == Cleaner().clean_html(_page())


def test_category_of_what_went_is_told() -> None:
    wall = '<div class="newsletter-signup"><p>Sign up to our newsletter</p></div>'
    result = Cleaner().explain_html(_page(tail='<aside class="related-links"><p>Read more about the reservoir</p></aside>' + wall))
    assert "Read more" not in result.text
    assert "newsletter" not in result.text


def test_soup_loses_its_boilerplate_in_place() -> None:
    soup = BeautifulSoup(_page(tail='<div class="related-links"><p>Read more: the reservoir</p></div>'), "html.parser")
    gone = cleanpress.clean_soup(soup)
    assert [(x.tag, x.category) for x in gone] == [("div", "related")]
    assert soup.find(class_="related-links") is None
    assert soup.get_text().count("eleven families") == 1
    assert "data-cleanpress-number" not in str(soup)
    assert cleanpress.clean_soup(soup) == []


def test_tree_loses_its_boilerplate_in_place() -> None:
    tree = lxml.html.document_fromstring(_page(tail='<div class="related-links"><p>Read more: the reservoir</p></div>'))
    gone = cleanpress.clean_tree(tree)
    assert [x.category for x in gone] == ["related"]
    assert "Read more" not in tree.text_content()
    assert "eleven families" in tree.text_content()


def test_parsed_tree_is_read_and_not_changed() -> None:
    tree = lxml.html.document_fromstring(_page())
    before = lxml.html.tostring(tree)
    assert Cleaner().clean_html(tree) == Cleaner().clean_html(_page())
    assert lxml.html.tostring(tree) == before


def test_module_functions_do_what_the_cleaner_does() -> None:
    assert cleanpress.clean_html(_page()) == Cleaner().clean_html(_page())
    assert cleanpress.explain_html(_page(), engine="fast") == Cleaner(engine="fast").explain_html(_page())


def test_wrong_arguments_teach() -> None:
    with pytest.raises(UnknownNameError, match="trafilatura"):
        Cleaner().clean_html(_page(), engine="trafilature")
    for call in (Cleaner().clean_html, Cleaner().clean_soup, Cleaner().clean_tree):
        with pytest.raises(InputError, match="int"):
            call(3)


def test_cleaner_with_memory_pickles_and_cleans_alike() -> None:
    cleaner = Cleaner(phrases=["Nobody was ever here"])
    text = cleaner.clean_html(_page())
    assert pickle.loads(pickle.dumps(cleaner)).clean_html(_page()) == text


def test_own_phrase_goes_from_a_page() -> None:
    page = _page(tail="<p>The Lowmoor Post thanks its printers</p>")
    assert "printers" not in Cleaner(phrases=["The Lowmoor Post thanks its printers"]).clean_html(page)
