"""What the walk through a page records, the same through both parsers; and what structured data says of an article."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cleanpress.extract import parsed
from cleanpress.segment import html as walk
from cleanpress.segment.html import (
    HIDDEN,
    IN_ARTICLE,
    IN_ASIDE,
    IN_BUTTON,
    IN_CAPTION,
    IN_FIGURE,
    IN_FORM,
    IN_HEADER,
    IN_HEADING,
    IN_LINK,
    IN_LIST,
    IN_MAIN,
    IN_NAV,
    IN_PARAGRAPH,
    IN_PRE,
    IN_QUOTE,
    IN_TABLE,
    Page,
    key_of,
    lexbor_page,
    lxml_page,
    telling_names,
)  # fmt: skip
from cleanpress.segment.witness import Witness, witness_of

ENGINES = ("lxml", "lexbor")


def page_of(engine: str, html: str, idle: Mapping[str, bool] | None = None) -> Page:
    if engine == "lxml":
        return lxml_page(parsed(html.encode()), idle=idle)
    lexbor = pytest.importorskip("selectolax.lexbor")
    return lexbor_page(lexbor.LexborHTMLParser(html), idle=idle)


def inside(body: str) -> str:
    return f"<html><head></head><body>{body}</body></html>"


def texts(page: Page) -> list[str]:
    return [block.text for block in page.blocks]


@pytest.mark.parametrize("engine", ENGINES)
class TestWalk:
    @pytest.mark.parametrize(
        ("body", "wanted"),
        [
            ("<p>One</p><p>Two</p>", ["One", "Two"]),
            ("<p>One <b>two</b> <i>three</i>, four</p>", ["One two three, four"]),
            ("<div>One<p>Two</p>three</div>four", ["One", "Two", "three", "four"]),
            ("<p> One\n\ttwo  three\u00a0four </p>", ["One two three four"]),
            ("<p>One\u200bone</p><p>Two  two</p><p>Three\nthree</p>", ["One\u200bone", "Two two", "Three three"]),
            ("One<br>two<br/><br>three", ["One", "two", "three"]),
            ("<p>One</p>  <p> </p><div><span> </span></div><p>Two</p>", ["One", "Two"]),
            ("<ul><li>One</li><li>Two<ul><li>Three</li></ul></li></ul>", ["One", "Two", "Three"]),
            ("<p>One<!-- no --> two</p>", ["One two"]),
            ("<p>One<script>no</script> two<style>no</style></p><noscript>no</noscript><svg><text>no</text></svg>", ["One two"]),
            ("<p>One</p><footer>no</footer><select><option>no</option></select>tail", ["One", "tail"]),
            ("<nav><a>One</a></nav><p>Two</p>", ["Two"]),
            ("<nav><p>One</p></nav>tail", ["One", "tail"]),
            ("<nav><div><p>One</p></div></nav>", ["One"]),
            (
                "<table><tr><td>One</td><td>Two</td><th>Three</th></tr><tr><td>Four</td><td></td></tr></table>",
                ["One | Two | Three", "Four"],
            ),
            ("<table><tr><td></td><td>One</td></tr></table>", ["One"]),
            ("<table><tr><td><p>One</p></td><td>Two</td></tr></table>", ["One", "Two"]),
            ("<pre>One\n  two  three\n\nfour</pre>", ["One", "  two  three", "four"]),
            ("<unknown>One</unknown><p>Two</p>", ["One", "Two"]),
            ("<p>One</p>tail <b>two</b><p>Three</p>", ["One", "tail two", "Three"]),
        ],
    )
    def test_text_is_cut_into_blocks(self, engine: str, body: str, wanted: list[str]) -> None:
        page = page_of(engine, inside(body))
        assert texts(page) == wanted
        assert page.size == sum(map(len, wanted))
        assert page.warnings == []

    @pytest.mark.parametrize(
        ("body", "tag", "flags"),
        [
            ("<p>x</p>", "p", IN_PARAGRAPH),
            ("x", "body", 0),
            ("<div>x</div>", "div", 0),
            ("<ul><li>x</li></ul>", "li", IN_LIST),
            ("<dl><dd>x</dd></dl>", "dd", IN_LIST),
            ("<table><tr><td>x</td></tr></table>", "tr", IN_TABLE),
            ("<blockquote><p>x</p></blockquote>", "p", IN_QUOTE | IN_PARAGRAPH),
            ("<figure><figcaption>x</figcaption></figure>", "figcaption", IN_FIGURE | IN_CAPTION),
            ("<aside><h2>x</h2></aside>", "h2", IN_ASIDE | IN_HEADING),
            ("<header><h1>x</h1></header>", "h1", IN_HEADER | IN_HEADING),
            ("<nav><p>x</p></nav>", "p", IN_NAV | IN_PARAGRAPH),
            ("<form><button>x</button></form>", "button", IN_FORM | IN_BUTTON),
            ("<main><article><p>x</p></article></main>", "p", IN_MAIN | IN_ARTICLE | IN_PARAGRAPH),
            ("<p><a>x</a></p>", "p", IN_PARAGRAPH),
            ("<a><p>x</p></a>", "p", IN_LINK | IN_PARAGRAPH),
            ("<label><p>x</p></label>", "p", IN_BUTTON | IN_PARAGRAPH),
            ("<pre>x</pre>", "pre", IN_PRE),
            ("<p hidden>x</p>", "p", HIDDEN | IN_PARAGRAPH),
            ("<div style='display: none'><p>x</p></div>", "p", HIDDEN | IN_PARAGRAPH),
            ("<div style='display: block'><p>x</p></div>", "p", IN_PARAGRAPH),
            ("<div hidden></div><p>x</p>", "p", IN_PARAGRAPH),
            ("<aside><p>y</p></aside><p>x</p>", "p", IN_PARAGRAPH),
        ],
    )
    def test_what_stands_above_a_block_is_told(self, engine: str, body: str, tag: str, flags: int) -> None:
        block = page_of(engine, inside(body)).blocks[-1]
        assert (block.text, block.tag, block.flags) == ("x", tag, flags)

    def test_line_breaks_before_a_block(self, engine: str) -> None:
        body = (
            "<p>a<br>b</p><p>c</p><ul><li>d</li><li>e</li></ul><p>f</p><pre>g\nh</pre><table><tr><td>i</td></tr></table>j<br>k<div>l</div>"
        )
        page = page_of(engine, inside(body))
        assert [(b.text, b.gap) for b in page.blocks] == [
            ("a", 2), ("b", 1), ("c", 2), ("d", 1), ("e", 1), ("f", 2), ("g", 2), ("h", 1), ("i", 1), ("j", 2), ("k", 1), ("l", 2),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("body", "gaps"),
        [
            ("<p>a</p>b", [2, 2]),
            ("<div>a<br><div></div>b</div>", [2, 2]),
            ("<div>a<br>b</div>", [2, 1]),
            ("<ul><li></li></ul>a", [2]),
            ("<ul><li>a</li></ul><div></div>b", [1, 2]),
            ("<div><b>a<br>b</b>c</div>", [2, 1]),
        ],
    )
    def test_line_breaks_before_what_stands_in_no_paragraph(self, engine: str, body: str, gaps: list[int]) -> None:
        assert [b.gap for b in page_of(engine, inside(body)).blocks] == gaps

    def test_pages_without_head_and_body_are_read(self, engine: str) -> None:
        for page in ("<p>One</p><p>Two</p>", "<title>A river</title><p>One</p><p>Two</p>", "<html><p>One</p><p>Two</p></html>"):
            assert texts(page_of(engine, page)) == ["One", "Two"]

    def test_empty_elements_are_part_of_the_tree(self, engine: str) -> None:
        page = page_of(engine, inside("<div><p></p><ul><li></li></ul></div><p>x</p>"))
        assert page.parents == [-1, 0, 1, 1, 3, 0]

    def test_the_share_of_a_block_in_links(self, engine: str) -> None:
        body = "<p>abcd<a>efgh</a></p><p>abc</p><p><a>abc</a></p><a><p>abc</p>d</a><p><a>ab <b>c</b></a>d</p><pre>ab<a>cd</a>\nefgh</pre>"
        page = page_of(engine, inside(body))
        assert [b.link_share for b in page.blocks] == [0.5, 0.0, 1.0, 1.0, 1.0, 0.8, 0.5, 0.5]

    def test_telling_elements_are_counted_with_what_they_hold(self, engine: str) -> None:
        body = (
            "<div class='outer'><p>abcd</p><div id='inner'><p>efg</p></div><p class='last'>hi</p></div>"
            "<section role='search'></section><p>jkl</p>"
        )
        page = page_of(engine, inside(body))
        assert page.marked == ["outer", "#inner", "last", "role=search"]
        assert page.marked_above == [-1, 0, 0, -1]
        assert page.marked_sizes == [9, 3, 2, 0]
        assert [(b.text, b.marked) for b in page.blocks] == [("abcd", 0), ("efg", 1), ("hi", 2), ("jkl", -1)]

    def test_the_bodys_own_words_hold_all_of_the_page(self, engine: str) -> None:
        page = page_of(engine, "<html><head></head><body class='article-page'><p>abcd</p>efg</body></html>")
        assert (page.marked, page.marked_above, page.marked_sizes) == (["article-page"], [-1], [7])
        assert [b.marked for b in page.blocks] in ([0, 0], [0, -1])
        assert page.blocks[0].marked == 0

    @pytest.mark.parametrize(
        ("paragraph", "mark"),
        [
            ("<p><span class='credit'>Photo AP</span></p>", "credit"),
            ("<p> <span class='credit'>Photo AP</span> </p>", "credit"),
            ("<p><span class='credit'>Photo AP</span> and more</p>", None),
            ("<p>More <span class='credit'>Photo AP</span></p>", None),
            ("<p><a class='outer'><span class='credit'>Photo AP</span></a></p>", "credit"),
            ("<p><a class='outer'><span class='credit'>Photo</span> AP</a></p>", "outer"),
            ("<p><span id='x'>Photo AP</span></p>", None),
            ("<p><span class='credit'></span>Photo AP</p>", None),
        ],
    )
    def test_an_inline_element_that_holds_all_of_a_block_speaks_for_it(self, engine: str, paragraph: str, mark: str | None) -> None:
        page = page_of(engine, inside(paragraph + "<p>plain</p>"))
        found = page.blocks[0].marked
        assert (page.marked[found] if found >= 0 else None) == mark
        assert page.blocks[1].marked == -1

    def test_the_tree_of_block_elements(self, engine: str) -> None:
        body = "<div class='a b'><p>x</p><ul id='u'><li>y</li></ul></div><p>z</p>tail"
        page = page_of(engine, inside(body))
        assert page.signatures == ["body", "div a b", "p", "ul ", "li", "p"]
        assert page.parents == [-1, 0, 1, 1, 3, 0]
        assert [(b.text, b.holder) for b in page.blocks] == [("x", 2), ("y", 4), ("z", 5), ("tail", 0)]

    def test_idle_elements_without_a_paragraph_are_passed_over(self, engine: str) -> None:
        idle = {"menu": True, "box": True, "text": False, "par": True}
        body = (
            "<div class='menu'><a>no</a></div>tail<div class='box'><div><p>kept</p></div></div>"
            "<div class='text'>said</div><p class='par'>too</p>"
        )
        assert texts(page_of(engine, inside(body), idle)) == ["tail", "kept", "said", "too"]
        assert texts(page_of(engine, inside(body))) == ["no", "tail", "kept", "said", "too"]

    def test_what_the_head_says(self, engine: str) -> None:
        head = (
            "<title> A river \n rose </title><meta property='og:title' content='A  river'><meta name='twitter:title' content='River'>"
            "<meta property='og:title'><meta name='description' content='It  rose.'><meta property='og:description' content='Second'>"
            "<meta name='author' content='Ann'><script type='application/ld+json'>{\"a\": 1}</script><script>no</script>"
        )
        page = page_of(engine, f"<html lang='de'><head>{head}</head><body><p>x</p></body></html>")
        assert page.titles == ["A river", "River", "A river rose"]
        assert page.description == "It rose."
        assert page.linked_data == ['{"a": 1}']
        assert page.lang == "de"
        bare = page_of(engine, inside("<p>x</p><script type='application/ld+json'>{}</script><script type='text/javascript'>no</script>"))
        assert (bare.titles, bare.description, bare.lang, bare.linked_data) == ([], "", None, ["{}"])

    def test_a_description_for_sharing_will_do(self, engine: str) -> None:
        page = page_of(engine, "<html><head><meta property='og:description' content='It rose.'></head><body><p>x</p></body></html>")
        assert (page.description, page.titles) == ("It rose.", [])

    @pytest.mark.parametrize(
        ("body", "wanted"),
        [
            (
                "<div class='box'>One<br>two<p>three</p>four</div>",
                [("One", "div", 0, 1), ("two", "div", 0, 1), ("three", "p", 0, 2), ("four", "div", 0, 1)],
            ),
            (
                "<div class='box'><b>One</b><br><i>two</i><ul><li>three</li></ul></div>",
                [("One", "div", 0, 1), ("two", "div", 0, 1), ("three", "li", 0, 3)],
            ),
            ("<div class='box'><b>One<br>two</b></div>", [("One", "div", 0, 1), ("two", "div", 0, 1)]),
            ("One<br>two<div></div>three", [("One", "body", -1, 0), ("two", "body", -1, 0), ("three", "body", -1, 0)]),
            ("<div class='box'><p></p><p>One</p></div>", [("One", "p", 0, 3)]),
            ("<div id='box'><pre>One\ntwo</pre>three</div>", [("One", "pre", 0, 2), ("two", "pre", 0, 2), ("three", "div", 0, 1)]),
            ("<div class='box'>One<nav>no</nav><script>no</script><!-- no --> two</div>", [("One two", "div", 0, 1)]),
            (
                "<table class='box'><tbody><tr><td>One</td><td>two<br>three</td><td><p>four</p></td></tr></tbody></table>",
                [("One | two", "tr", 0, 3), ("three", "tr", 0, 3), ("four", "p", 0, 4)],
            ),
        ],
    )
    def test_each_piece_of_an_element_knows_the_element(self, engine: str, body: str, wanted: list[tuple[str, str, int, int]]) -> None:
        page = page_of(engine, inside(body))
        assert [(b.text, b.tag, b.marked, b.holder) for b in page.blocks] == wanted

    def test_the_first_of_two_inline_elements_speaks_for_neither(self, engine: str) -> None:
        page = page_of(engine, inside("<p><span class='a'>One</span><span class='b'> two</span></p><p><b class='c'>x</b></p>"))
        assert [(b.text, b.marked) for b in page.blocks] == [("One two", -1), ("x", page.marked.index("c"))]

    def test_an_inline_element_stands_below_the_telling_element_around_it(self, engine: str) -> None:
        page = page_of(engine, inside("<div class='box'><p><span class='credit'>Photo</span></p></div>"))
        assert (page.marked, page.marked_above) == (["box", "credit"], [-1, 0])
        assert page.marked_sizes[0] == 5

    def test_white_space_in_links_is_no_link_text(self, engine: str) -> None:
        page = page_of(engine, inside("<p>  <a>  </a>abcd<a>efgh</a></p>"))
        assert [(b.text, b.link_share) for b in page.blocks] == [("abcdefgh", 0.5)]
        assert page_of(engine, inside("<p>x</p>")).nodes == []

    def test_too_deep_is_told_and_not_read(self, engine: str) -> None:
        deep = "<div>" * (walk.DEEPEST + 5) + "no" + "</div>" * (walk.DEEPEST + 5)
        page = page_of(engine, inside(f"<p>one</p>{deep}<p>two</p>{deep}"))
        assert texts(page) == ["one", "two"]
        assert page.warnings == ["nested"]
        fine = "<div>" * (walk.DEEPEST - 5) + "yes" + "</div>" * (walk.DEEPEST - 5)
        assert texts(page_of(engine, inside(fine))) == ["yes"]

    def test_a_page_of_too_many_blocks_is_cut_off(self, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(walk, "MOST_BLOCKS", 3)
        for body in ("<p>a</p><p>b</p><p>c</p><p>d</p>", "<pre>a\nb\nc\nd</pre>"):
            page = page_of(engine, inside(body))
            assert (texts(page), page.warnings, page.size) == (["a", "b", "c"], ["cut_off"], 3)
        assert page_of(engine, inside("<p>a</p><p>b</p>")).warnings == []


def test_nodes_are_kept_when_asked_for() -> None:
    tree = parsed(inside("<div><p>a</p></div><p>b</p>").encode())
    assert [node.tag for node in lxml_page(tree, nodes=True).nodes] == ["body", "div", "p", "p"]
    assert lxml_page(tree).nodes == []
    fragment = parsed(b"<div lang='fr'><p>a</p></div>").find(".//div")
    page = lxml_page(fragment, nodes=True)
    assert (texts(page), page.lang, [node.tag for node in page.nodes]) == (["a"], "fr", ["div", "p"])


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({}, ("", False)),
        ({"class": " a b "}, ("a b", False)),
        ({"class": None, "id": "x"}, ("#x", False)),
        ({"id": "x", "class": "a"}, ("#x a", False)),
        ({"class": "a", "id": "x"}, ("a #x", False)),
        ({"id": None}, ("", False)),
        ({"role": "search bar", "itemprop": "name"}, ("role=search-bar itemprop=name", False)),
        ({"aria-label": "Share this"}, ("aria-label=Share-this", False)),
        ({"data-testid": "promo", "data-other": "x", "href": "/"}, ("promo", False)),
        ({"role": "x" * 120}, ("role=" + "x" * 120, False)),
        ({"role": "x" * 121, "data-role": ""}, ("", False)),
        ({"hidden": None}, ("", True)),
        ({"hidden": ""}, ("", True)),
        ({"hidden": "until-found"}, ("", False)),
        ({"style": "DISPLAY:none"}, ("", True)),
        ({"style": "visibility: hidden"}, ("", True)),
        ({"style": "overflow: hidden; border: none"}, ("", False)),
        ({"style": None}, ("", False)),
        ({"hidden": None, "style": "color: red"}, ("", True)),
        ({"style": "display:none", "hidden": "until-found"}, ("", True)),
    ],
)
def test_what_attributes_tell(attributes: dict[str, str | None], wanted: tuple[str, bool]) -> None:
    assert telling_names(attributes) == wanted


# structured data


def heard(*data: Any, titles: list[str] | None = None, description: str = "", **more: Any) -> Witness:
    linked = [item if isinstance(item, str) else json.dumps(item) for item in data]
    return witness_of(Page(linked_data=linked, titles=titles or [], description=description), **more)


LONG = "The river rose by a metre overnight, and the <b>ferry</b> stayed tied up at the quay &amp; until late in the afternoon of Monday."


def test_an_article_is_heard_wherever_it_stands() -> None:
    article = {"@type": "NewsArticle", "headline": "A  river &amp; rose", "articleBody": LONG, "isAccessibleForFree": False}
    for data in (
        article,
        [article],
        {"@graph": [{"x": 1}, article]},
        {"mainEntity": article},
        {"mainEntityOfPage": article},
        {"itemListElement": [article]},
        {"hasPart": article},
        [[article]],
    ):
        found = heard(data)
        assert found.title == "A river & rose"
        assert found.title_keys == {key_of("A river & rose")}
        assert found.body == key_of(LONG.replace("<b>", "").replace("</b>", "").replace("&amp;", "&"))
        assert found.free is False
    assert heard({"unrelated": article}) == Witness()
    assert heard(article, linked_data=False) == Witness()


def test_broken_and_other_data_is_passed_over() -> None:
    article = {"headline": "A river rose"}
    assert heard("{broken headline", "[]", "3", '"headline"', article).title == "A river rose"
    assert heard("[" * 100_000 + '"headline"', article).title == "A river rose"
    assert heard("<!--" + json.dumps(article) + "-->").title == "A river rose"
    assert heard('{"headline": "A\nriver"}').title == "A river"
    assert heard({"headline": ["no text"]}).title is None
    assert heard({"headline": ""}).title is None
    assert heard('{"headline": "A river rose"}'.replace("{", '{"x": "' + "y" * 2_000_000 + '", ')).title is None
    assert heard(*["{}"] * 49, article).title == "A river rose"
    assert heard(*["{}"] * 50, article).title is None
    assert heard([{} for _ in range(199)] + [article]).title == "A river rose"
    assert heard([{} for _ in range(200)] + [article]).title is None


def test_the_longest_body_counts_and_a_short_one_does_not() -> None:
    assert heard({"articleBody": "x" * 100, "headline": "h"}).body == ""
    assert heard({"articleBody": "x" * 101, "headline": "h"}).body == "x" * 101
    assert heard({"articleBody": "x" * 101}, {"articleBody": "y" * 102}, {"articleBody": "z" * 101}).body == "y" * 102
    assert heard({"articleBody": ["x" * 200]}).body == ""


@pytest.mark.parametrize(
    ("said", "free"),
    [
        (True, True), (False, False), ("True", True), ("False", False), (" false ", False), ("no", False), (0, False), ("0", False),
        (1, True), ("https://schema.org/False", False), (None, None),
    ],
)  # fmt: skip
def test_whether_an_article_is_free(said: Any, free: bool | None) -> None:
    assert heard({"headline": "h", "isAccessibleForFree": said}).free is free


def test_parts_that_are_paid_for_are_named() -> None:
    parts = [
        {"isAccessibleForFree": False, "cssSelector": ".paid"},
        {"isAccessibleForFree": "False", "cssSelector": "x" * 300},
        {"isAccessibleForFree": True, "cssSelector": ".free"},
    ]
    found = heard({"headline": "h", "isAccessibleForFree": True, "hasPart": parts})
    assert found.free is True
    assert sorted(found.paid_parts) == sorted([".paid", "x" * 200])
    # an article's own word counts more than that of what has no headline
    assert heard({"headline": "h", "isAccessibleForFree": False, "hasPart": [{"isAccessibleForFree": True}]}).free is False
    assert heard([{"isAccessibleForFree": True}, {"headline": "h", "isAccessibleForFree": False}]).free is False


def test_a_word_about_access_alone_is_heard() -> None:
    assert heard({"isAccessibleForFree": False}).free is False
    assert heard({"isAccessible": False}).free is None


def test_only_so_many_entries_are_read() -> None:
    wide: dict[str, Any] = {"@graph": [{"@graph": [{"@graph": []} for _ in range(190)]} for _ in range(190)]}
    assert heard({"@graph": [{"headline": "Late"}, wide]}).title is None
    assert heard({"@graph": [wide, {"headline": "Early"}]}).title == "Early"


def test_titles_count_with_and_without_the_papers_name() -> None:
    found = heard(
        titles=["A river rose by a metre | Lowmoor Times", "", "Short one - Times", "A river - rose again \u2013 Times"],
        description="It  rose!",
    )
    assert found.title == "A river rose by a metre | Lowmoor Times"
    assert found.title_keys == {
        "ariverrosebyametrelowmoortimes", "ariverrosebyametre", "shortonetimes", "ariverroseagaintimes", "ariverroseagain",
    }  # fmt: skip
    assert found.description_key == "itrose"
    assert heard({"headline": "From data"}, titles=["From the page"]).title == "From data"
    # sixteen code points are a title, fifteen may be a section
    assert heard(titles=["abcdefghijklmnop • Times"]).title_keys == {"abcdefghijklmnoptimes", "abcdefghijklmnop"}
    assert heard(titles=["abcdefghijklmno — Times"]).title_keys == {"abcdefghijklmnotimes"}
