"""What a page's markup says of its blocks: where they hang in the tree, what hangs beside them, links, kept or lost by an extractor.

Unlike its sisters this module reads a page of HTML blocks; its levels stand beside theirs in one table of features.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
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

#: In groups that are the same for many blocks: the extractor's word, the rules', the tags above, the element, the block alone.
NAMES = (
    "m_kept", "m_kept_before", "m_kept_after", "m_kept_near",
    "m_rule", "m_rule_category", "m_protect", "m_rules",
    "m_figure", "m_frame", "m_hidden", "m_list", "m_heading", "m_article",
    "m_up", "m_depth", "m_beside", "m_beside_links", "m_look_sure", "m_look_count", "m_look_share",
    "m_link", "m_tag", "m_body_data", "m_title", "m_twice", "m_place", "m_since", "m_until", "m_same_before", "m_same_after",
    "m_where", "m_size", "m_end", "m_begin",
)  # fmt: skip
_link = binned((0.0001, 0.1, 0.3, 0.6, 0.95))
_share = binned((0.001, 0.03, 0.1, 0.3, 0.6, 0.9))
_part = binned((0.001, 0.1, 0.25, 0.5, 0.75, 0.95))
_count = binned((2, 3, 5, 9, 20))
_where = binned((0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98))
#: A distance further than this is told as this.
_FAR = 99
#: The bins of all distances and of the sizes below the last edge: a list is looked up faster than a function is called.
_STEPS = [binned((1, 2, 3, 5, 9))(n) for n in range(_FAR + 1)]
_SIZES = [size_bin(n) for n in range(501)]
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
    # elements are numbered in document order, so all that an element holds comes behind it
    weights = [0] * len(parents)
    total = 0
    for k, block in enumerate(blocks):
        text = block.text
        size = len(text) if text.isascii() else _size_of(text)
        is_prose = size >= _PROSE and block.link_share < 0.4 and not block.flags & _OUTSIDE and text[-1] in _ENDS
        prose.append(is_prose)
        sizes.append(size)
        if is_prose:
            if kept[k] == 1:
                size //= 3
            total += size
            weights[block.holder] += size
    main = 0 if parents else -1
    for at in range(len(parents) - 1, 0, -1):
        weight = weights[at]
        if weight:
            if weight >= 0.6 * total:
                main = at
                break
            weights[parents[at]] += weight
    up_of, depth_of = [-1] * len(parents), [0] * len(parents)
    at, climb = main, 0
    while at >= 0:
        up_of[at] = climb
        at = parents[at]
        climb += 1
    for at, above in enumerate(parents):
        if up_of[at] < 0:
            up_of[at] = up_of[above]
            depth_of[at] = depth_of[above] + 1
    up = [up_of[block.holder] for block in blocks]
    depth = [depth_of[block.holder] for block in blocks]
    inside = [k for k, is_prose in enumerate(prose) if is_prose and not up[k]]
    if not inside:
        # without prose the longest block has to do
        inside = [k for k, is_prose in enumerate(prose) if is_prose] or [max(range(len(sizes)), key=sizes.__getitem__, default=0)]
    return Landscape(prose, sizes, up, depth, inside[0], inside[-1], total)


def _size_of(text: str) -> int:
    """As :func:`cleanpress.heuristics.lines.size_of`, but a text that is all but free of long characters is not searched for unspaced ones."""
    size = len(text)
    return size if (len(text.encode("utf-8", "replace")) - size) * 10 < size else size_of(text)


#: Blocks further than this from the prose are not looked at, unless an extractor kept them.
_BEFORE, _AFTER = 14, 10


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
    return chosen


def levels(
    page: Page,
    rows: Sequence[int],
    kept: Sequence[int],
    speaking: Sequence[Sequence[Rule]],
    witness: Witness,
    land: Landscape,
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
    blocks, prose = page.blocks, land.prose
    count = len(blocks)
    up, depth, link = land.up, land.depth, _link
    asked = any(kept)
    before, after = _distances([k >= 2 for k in kept]) if asked else (kept, kept)
    since, until = _distances([is_prose and not u for is_prose, u in zip(prose, up, strict=True)])
    sums = [0]
    for level in kept if asked else ():
        sums.append(sums[-1] + (level >= 2))
    bases, surroundings = _surroundings(page, prose)
    seen = Counter([block.text for block in blocks])
    span = max(1, land.last - land.first)
    title_of = _title_finder(witness)
    found_rows: list[tuple[int, ...]] = []
    summaries: dict[int, tuple[int, ...]] = {}
    above: dict[int, tuple[int, ...]] = {}
    unasked = (0, 0, 0, 0)
    for k, rules in zip(rows, speaking, strict=True):
        block = blocks[k]
        flags = block.flags
        summary = summaries.get(id(rules))
        if summary is None:
            summary = summaries[id(rules)] = _summary(rules)
        tags = above.get(flags)
        if tags is None:
            tags = above[flags] = _tags_above(flags)
        if asked:
            a, b = max(0, k - 4), min(count, k + 5)
            near = (sums[b] - sums[a] - (kept[k] >= 2)) / max(1, b - a - 1)
            word = (kept[k], _STEPS[before[k]], _STEPS[after[k]], 1 + _part(near))
        else:
            word = unasked
        text = block.text
        in_data, title = title_of(text)
        base = bases[k]
        found_rows.append(
            (
                *word,
                *summary,
                *tags,
                min(up[k], 5),
                min(depth[k], 6),
                *surroundings(block.holder),
                link(block.link_share) if block.link_share else 0,
                _TAGS.get(block.tag, 0),
                in_data,
                title,
                min(seen[text], 3),
                0 if k < land.first else 2 if k > land.last else 1,
                _STEPS[since[k]],
                _STEPS[until[k]],
                0 if k == 0 else (1 + prose[k - 1] if bases[k - 1] == base else 3 + prose[k - 1]),
                0 if k + 1 == count else (1 + prose[k + 1] if bases[k + 1] == base else 3 + prose[k + 1]),
                _where((k - land.first) / span),
                _SIZES[min(land.sizes[k], 500)],
                end_of(text),
                begin_of(text),
            )
        )
    return [list(column) for column in zip(*found_rows, strict=True)] if found_rows else [[] for _ in NAMES]


def _surroundings(page: Page, prose: Sequence[bool]) -> tuple[list[int], Callable[[int], tuple[int, ...]]]:
    """For each block the element beside whose children it stands; and what is beside an element that holds blocks and looks like it.

    The function's levels are those of ``m_beside`` to ``m_look_share``.
    """
    parents, signatures = page.parents, page.signatures
    beside: dict[int, list[float]] = {}
    looks: dict[tuple[str, str], list[int]] = {}
    places: dict[int, tuple[int, list[float], list[int]]] = {}
    bases = []
    total = 0
    for block, is_prose in zip(page.blocks, prose, strict=True):
        holder = block.holder
        place = places.get(holder)
        if place is None:
            above = parents[holder]
            base = max(above, 0)
            look = (signatures[holder], signatures[above] if above >= 0 else "")
            place = places[holder] = base, beside.setdefault(base, [0, 0, 0.0]), looks.setdefault(look, [0, 0, 0])
        base, around, alike = place
        bases.append(base)
        size = len(block.text)
        around[0] += size
        around[2] += size * block.link_share
        alike[0] += 1
        if is_prose:
            total += size
            around[1] += size
            alike[1] += 1
            alike[2] += size
    total = total or 1

    @functools.cache
    def levels(holder: int) -> tuple[int, ...]:
        _, (size, prose_size, linked), (number, prose_number, look_size) = places[holder]
        return (
            _share(prose_size / total), _part(linked / (size or 1)), _part(prose_number / number), _count(number), _share(look_size / total),
        )  # fmt: skip

    return bases, levels


def _title_finder(witness: Witness) -> Callable[[str], tuple[int, int]]:
    """A function that says of a block's text whether it stands in ``articleBody`` (``m_body_data``) and is a title or deck (``m_title``)."""
    titles, description, body = witness.title_keys, witness.description_key, witness.body
    long_titles = [t for t in titles if len(t) > 20]
    heads = {t[:12] for t in long_titles}
    letters = {t[:1] for t in (*titles, description)}

    def found(text: str) -> tuple[int, int]:
        first = text[0]
        # nine of ten blocks begin with another letter than all titles
        if not body and first.isalnum() and first.lower()[:1] not in letters:
            return 0, 0
        key = key_of(text)
        in_data = 0 if not body else 1 if not key or key not in body else 2 if len(key) < 20 else 3
        title = 0
        if key in titles:
            title = 1
        elif key and key == description:
            title = 3
        elif len(key) > 20:
            if description.startswith(key):
                title = 4
            elif key[:12] in heads and any(key in t or t in key for t in long_titles):
                title = 2
        return in_data, title

    return found


def _tags_above(flags: int) -> tuple[int, ...]:
    """The levels of ``m_figure`` to ``m_article``."""
    frame = next((n for n, bit in enumerate((IN_ASIDE, IN_FOOTER, IN_NAV, IN_FORM, IN_BUTTON, IN_HEADER), 1) if flags & bit), 0)
    # a paragraph in a table or in preformatted text is a paragraph: no page that the model was fitted on has one
    listed = (
        (5 if flags & IN_LIST else 4)
        if flags & IN_PARAGRAPH
        else (1 if flags & IN_LIST else 2 if flags & IN_TABLE else 3 if flags & IN_PRE else 0)
    )
    return (
        3 if flags & IN_CAPTION else 2 if flags & IN_FIGURE else 1 if flags & IN_QUOTE else 0,
        frame,
        1 if flags & HIDDEN else 0,
        listed,
        1 if flags & IN_HEADING else 0,
        (1 if flags & IN_ARTICLE else 0) + (2 if flags & IN_MAIN else 0),
    )


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


def verse(page: Page, k: int, rules: Sequence[Rule], land: Landscape) -> bool:
    """Whether block ``k`` is one of several lines of a paragraph in the midst of the article, without links or telling names."""
    block = page.blocks[k]
    if block.tag != "p" or land.up[k] or block.link_share or not land.first <= k <= land.last:
        return False
    if all(page.blocks[n].holder != block.holder for n in (k - 1, k + 1) if 0 <= n < len(page.blocks)):
        return False
    return all(r.strength == "protect" for r in rules)


def _distances(marks: Sequence[bool]) -> tuple[list[int], list[int]]:
    """For each place, how far back and how far on the nearest mark stands (99 at most), the place itself not counted."""
    return _distances_back(marks), _distances_back(marks[::-1])[::-1]


def _distances_back(marks: Sequence[bool]) -> list[int]:
    found = []
    far = _FAR
    for mark in marks:
        found.append(far)
        far = 1 if mark else far + 1 if far < _FAR else _FAR
    return found
