"""What a page's markup says of its blocks: where they hang in the tree, what hangs beside them, links, kept or lost by an extractor.

Unlike its sisters this module reads a page of HTML blocks; its levels stand beside theirs in one table of features.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cleanpress.heuristics.lines import begin_of, binned, end_of, size_bin, size_of
from cleanpress.rulebook import Rule
from cleanpress.segment.html import (
    HIDDEN,
    IN_ARTICLE,
    IN_ASIDE,
    IN_BUTTON,
    IN_CAPTION,
    IN_FIGURE,
    IN_FOOTER,
    IN_FORM,
    IN_HEADER,
    IN_HEADING,
    IN_LIST,
    IN_MAIN,
    IN_NAV,
    IN_PARAGRAPH,
    IN_PRE,
    IN_QUOTE,
    IN_TABLE,
    Page,
    key_of,
)
from cleanpress.segment.witness import Witness
from cleanpress.types import CATEGORIES

NAMES = (
    "m_kept", "m_kept_before", "m_kept_after", "m_kept_near", "m_rule", "m_rule_category", "m_protect", "m_rules",
    "m_link", "m_tag", "m_figure", "m_frame", "m_hidden", "m_list", "m_heading", "m_up", "m_depth", "m_beside", "m_beside_links",
    "m_look_sure", "m_look_count", "m_look_share", "m_body_data", "m_title", "m_twice", "m_place", "m_since", "m_until",
    "m_same_before", "m_same_after", "m_article", "m_where", "m_size", "m_end", "m_begin",
)  # fmt: skip
_link = binned((0.0001, 0.1, 0.3, 0.6, 0.95))
_steps = binned((1, 2, 3, 5, 9))
_share = binned((0.001, 0.03, 0.1, 0.3, 0.6, 0.9))
_part = binned((0.001, 0.1, 0.25, 0.5, 0.75, 0.95))
_count = binned((2, 3, 5, 9, 20))
_where = binned((0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98))
_TAGS = {
    t: k
    for k, t in enumerate(
        [
            "p",
            "div",
            "li",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "tr",
            "td",
            "th",
            "figcaption",
            "blockquote",
            "pre",
            "section",
            "article",
            "dd",
            "dt",
            "body",
            "header",
            "aside",
        ],
        1,
    )
}
_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964\u0965\"'\u201d\u201c\u00bb\u2019\u300d\u300f:)")
_OUTSIDE = IN_ASIDE | IN_NAV | IN_CAPTION | IN_FOOTER | HIDDEN | IN_FORM | IN_BUTTON
_CATEGORY = {name: k for k, name in enumerate(CATEGORIES, 1)}
_STRENGTH = {"weak": 1, "strong": 2, "decisive": 3}
#: A block of at least this many code points that ends like a sentence is taken for prose; letters of unspaced scripts count 2.7 fold.
_PROSE = 90


@dataclass(slots=True)
class Landscape:
    """What is measured once for a page: which blocks are prose, and the element that holds most of it."""

    prose: list[bool]
    #: code points of each block, letters of unspaced scripts counted 2.7 fold
    sizes: list[int]
    #: how many steps below the element that holds most prose a block hangs, and how many above it one must climb to reach it
    up: list[int]
    depth: list[int]
    #: blocks of prose in that element: first and last
    first: int
    last: int
    total: int


def landscape_of(page: Page, kept: Sequence[int]) -> Landscape:
    """Finds a page's prose and the lowest element that holds most of it.

    Args:
        page: the page.
        kept: for each block 3 where an extractor kept it (see :func:`levels`); prose that it lost weighs a third.
    """
    blocks, parents = page.blocks, page.parents
    prose = []
    sizes = []
    weights: dict[int, int] = defaultdict(int)
    total = 0
    for k, block in enumerate(blocks):
        text = block.text
        size = len(text) if text.isascii() else size_of(text)
        is_prose = size >= _PROSE and text[-1] in _ENDS and block.link_share < 0.4 and not block.flags & _OUTSIDE
        prose.append(is_prose)
        sizes.append(size)
        if is_prose:
            if kept[k] == 1:
                size //= 3
            total += size
            weights[block.holder] += size
    summed: dict[int, int] = defaultdict(int)
    for holder, weight in weights.items():
        at = holder
        while at >= 0:
            summed[at] += weight
            at = parents[at]
    main = max((e for e, w in summed.items() if w >= 0.6 * total), default=0 if parents else -1)
    above = {}
    at, climb = main, 0
    while at >= 0:
        above[at] = climb
        at = parents[at]
        climb += 1
    known: dict[int, tuple[int, int]] = {}
    up, depth = [], []
    for block in blocks:
        found = known.get(block.holder)
        if found is None:
            at, down = block.holder, 0
            while at not in above and at >= 0:
                at = parents[at]
                down += 1
            found = known[block.holder] = (above.get(at, climb), down)
        up.append(found[0])
        depth.append(found[1])
    inside = [k for k, is_prose in enumerate(prose) if is_prose and not up[k]]
    if not inside:
        inside = [k for k, is_prose in enumerate(prose) if is_prose] or [0]
    return Landscape(prose, sizes, up, depth, inside[0], inside[-1], total)


#: Blocks further than this from the prose are not looked at, unless an extractor kept them.
_BEFORE, _AFTER = 14, 10
#: No more blocks than this are scored.
MOST_SCORED = 1_500


def worth_scoring(page: Page, kept: Sequence[int], land: Landscape) -> list[int]:
    """The blocks that may be body: those an extractor kept, and those near the prose that are neither link lists nor frame.

    Half of a page's blocks are menus and teasers that nobody would take for the article; to look at their text closely would
    cost more than all the rest.
    """
    chosen = []
    for k, block in enumerate(page.blocks):
        if kept[k] < 2:
            if not land.first - _BEFORE <= k <= land.last + _AFTER and not land.prose[k]:
                continue
            if block.flags & (IN_NAV | HIDDEN) and not land.prose[k]:
                continue
            if block.link_share > 0.8 and (land.up[k] or block.flags & (IN_ASIDE | IN_FOOTER | IN_FORM)):
                continue
            if land.up[k] > 2 and not land.prose[k] and not block.flags & IN_HEADING:
                continue
        chosen.append(k)
    return chosen[:MOST_SCORED]


def levels(
    page: Page, rows: Sequence[int], kept: Sequence[int], speaking: Sequence[Sequence[Rule]], witness: Witness, land: Landscape
) -> list[list[int]]:
    """One list for each of ``NAMES``.

    Args:
        page: the page.
        rows: numbers of the blocks asked about, ascending.
        kept: for each block 0 (no extractor was asked), 1 lost, 2 kept in part, 3 kept.
        speaking: for each of ``rows`` the markup rules that speak about it.
        witness: the page's structured data.
        land: see :func:`landscape_of`.
    """
    blocks, parents, signatures, prose = page.blocks, page.parents, page.signatures, land.prose
    count = len(blocks)
    before, after = _distances([k >= 2 for k in kept]) if any(kept) else (list(kept), list(kept))
    since, until = _distances([is_prose and not u for is_prose, u in zip(prose, land.up, strict=True)])
    sums = [0]
    for k in kept:
        sums.append(sums[-1] + (k >= 2))
    beside_prose: dict[int, int] = defaultdict(int)
    beside_size: dict[int, int] = defaultdict(int)
    beside_links: dict[int, float] = defaultdict(float)
    look_count: dict[str, int] = defaultdict(int)
    look_prose: dict[str, int] = defaultdict(int)
    look_size: dict[str, int] = defaultdict(int)
    looks: list[str] = []
    bases: list[int] = []
    known_looks: dict[int, tuple[str, int]] = {}
    for k, block in enumerate(blocks):
        found = known_looks.get(block.holder)
        if found is None:
            above = parents[block.holder]
            found = known_looks[block.holder] = (signatures[block.holder] + "<" + (signatures[above] if above >= 0 else ""), max(above, 0))
        look, base = found
        looks.append(look)
        bases.append(base)
        size = len(block.text)
        beside_size[base] += size
        beside_links[base] += size * block.link_share
        look_count[look] += 1
        if prose[k]:
            beside_prose[base] += size
            look_prose[look] += 1
            look_size[look] += size
    total = sum(beside_prose.values()) or 1
    seen: dict[str, int] = defaultdict(int)
    for block in blocks:
        seen[block.text] += 1
    asked = kept and any(kept)
    span = max(1, land.last - land.first)
    found_rows = []
    long_titles = [t for t in witness.title_keys if len(t) > 20]
    heads = {t[:12] for t in long_titles}
    summaries: dict[int, tuple[int, int, int, int]] = {}
    wants_key = bool(witness.title_keys or witness.body)
    for k, rules in zip(rows, speaking, strict=True):
        block = blocks[k]
        flags = block.flags
        summary = summaries.get(id(rules))
        if summary is None:
            summary = summaries[id(rules)] = _summary(rules)
        level, category, protect, number = summary
        key = key_of(block.text) if wants_key else ""
        base = bases[k]
        look = looks[k]
        a, b = max(0, k - 4), min(count, k + 5)
        title = 0
        if key:
            if key in witness.title_keys:
                title = 1
            elif key == witness.description_key:
                title = 3
            elif len(key) > 20:
                if witness.description_key.startswith(key):
                    title = 4
                elif key[:12] in heads and any(key in t or t in key for t in long_titles):
                    title = 2
        found_rows.append(
            (
                kept[k],
                _steps(before[k]) if asked else 0,
                _steps(after[k]) if asked else 0,
                1 + _part((sums[b] - sums[a] - (kept[k] >= 2)) / max(1, b - a - 1)) if asked else 0,
                level,
                category,
                protect,
                number,
                _link(block.link_share),
                _TAGS.get(block.tag, 0),
                3 if flags & IN_CAPTION else 2 if flags & IN_FIGURE else 1 if flags & IN_QUOTE else 0,
                1
                if flags & IN_ASIDE
                else 2
                if flags & IN_FOOTER
                else 3
                if flags & IN_NAV
                else 4
                if flags & IN_FORM
                else 5
                if flags & IN_BUTTON
                else 6
                if flags & IN_HEADER
                else 0,
                1 if flags & HIDDEN else 0,
                # a paragraph in a table or in preformatted text is a paragraph: no page that the model was fitted on has one
                (5 if flags & IN_LIST else 4)
                if flags & IN_PARAGRAPH
                else (1 if flags & IN_LIST else 2 if flags & IN_TABLE else 3 if flags & IN_PRE else 0),
                1 if flags & IN_HEADING else 0,
                min(land.up[k], 5),
                min(land.depth[k], 6),
                _share(beside_prose[base] / total),
                _part(beside_links[base] / (beside_size[base] or 1)),
                _part(look_prose[look] / look_count[look]),
                _count(look_count[look]),
                _share(look_size[look] / total),
                0 if not witness.body else 1 if not key or key not in witness.body else 2 if len(key) < 20 else 3,
                title,
                min(seen[block.text], 3),
                0 if k < land.first else 2 if k > land.last else 1,
                _steps(since[k]),
                _steps(until[k]),
                0 if k == 0 else (1 + prose[k - 1] if bases[k - 1] == base else 3 + prose[k - 1]),
                0 if k + 1 == count else (1 + prose[k + 1] if bases[k + 1] == base else 3 + prose[k + 1]),
                (1 if flags & IN_ARTICLE else 0) + (2 if flags & IN_MAIN else 0),
                _where((k - land.first) / span),
                size_bin(land.sizes[k]),
                end_of(block.text),
                begin_of(block.text),
            )
        )
    return [list(column) for column in zip(*found_rows, strict=True)] if found_rows else [[] for _ in NAMES]


def _summary(rules: Sequence[Rule]) -> tuple[int, int, int, int]:
    """Strength, category, protection and number of the markup rules that speak about a block.

    The innermost rule of the greatest strength speaks; bylines' words are the most general, so others go before them.
    """
    level = category = protect = number = 0
    for rule in rules:
        if rule.strength == "protect":
            protect = max(protect, 1 if rule.id.endswith("-wide") else 2)
            continue
        number += 1
        strength = _STRENGTH[rule.strength]
        if strength > level or (strength == level and rule.category != "byline"):
            level, category = strength, _CATEGORY[rule.category]
    return level, category, protect, min(number, 5)


def plain_body(page: Page, k: int, kept: Sequence[int], rules: Sequence[Rule], land: Landscape) -> bool:
    """Whether block ``k`` is a full paragraph of the article's own element, without links or telling names.

    Two thirds of all text stands in such blocks; in a hundred of them one is none of the body's, so no text rule is asked.
    """
    if not land.prose[k] or kept[k] == 1 or land.up[k] or page.blocks[k].link_share:
        return False
    return all(r.strength == "protect" for r in rules)


def _distances(marks: Sequence[bool]) -> tuple[list[int], list[int]]:
    """For each place, how far back and how far on the nearest mark stands (99 at most), the place itself not counted."""
    count = len(marks)
    back, on = [99] * count, [99] * count
    last = -99
    for k in range(count):
        back[k] = min(99, k - last)
        if marks[k]:
            last = k
    last = count + 99
    for k in range(count - 1, -1, -1):
        on[k] = min(99, last - k)
        if marks[k]:
            last = k
    return back, on
