"""What a page's structured data says of its article: a witness to be heard, never a text to be copied.

Publishers put captions, credits and teasers into ``articleBody``, and whole bodies that the page doesn't show; so what is
found here is only ever compared with the blocks that stand on the page.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cleanpress.segment.html import Page, key_of

#: Linked data longer than this (code points) is not read, and no more than so many entries of it.
_LONGEST, _MOST = 2_000_000, 2_000
_TAG = re.compile(r"<[^<>]{1,400}>")


@dataclass(slots=True)
class Witness:
    """``body`` and the keys are letters and digits only (:func:`~cleanpress.segment.html.key_of`); ``free`` is ``isAccessibleForFree``."""

    title: str | None = None
    title_keys: set[str] = field(default_factory=set)
    description_key: str = ""
    body: str = ""
    free: bool | None = None
    #: selectors of the parts that are not free
    paid_parts: list[str] = field(default_factory=list)


def witness_of(page: Page, *, linked_data: bool = True) -> Witness:
    """Reads a page's titles and, unless told not to, its JSON-LD; broken data is passed over."""
    found = Witness()
    headlines: list[str] = []
    bodies: list[str] = []
    left = _MOST
    for text in page.linked_data[:50] if linked_data else ():
        if len(text) > _LONGEST or ("rticle" not in text and "headline" not in text and "isAccessible" not in text):
            continue
        try:
            data = json.loads(text.strip().removeprefix("<!--").removesuffix("-->").strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        queue: list[Any] = [data]
        while queue and left:
            left -= 1
            item = queue.pop()
            if isinstance(item, list):
                queue.extend(item[:200])
            elif isinstance(item, dict):
                _read(item, found, headlines, bodies)
                queue.extend(v for k, v in item.items() if k in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement"))
    titles = headlines + page.titles
    found.title = next((t for t in titles if t), None)
    # the same title often stands there three times over
    for title in dict.fromkeys(titles):
        found.title_keys.add(key_of(title))
        for mark in (" | ", " - ", " – ", " — ", " • "):
            if mark in title and len(head := title.rsplit(mark, 1)[0]) > 15:
                found.title_keys.add(key_of(head))
    found.title_keys.discard("")
    found.description_key = key_of(page.description)
    if bodies:
        found.body = key_of(html.unescape(_TAG.sub(" ", max(bodies, key=len))))
    return found


def _read(item: dict[str, Any], found: Witness, headlines: list[str], bodies: list[str]) -> None:
    headline, body, free = item.get("headline"), item.get("articleBody"), item.get("isAccessibleForFree")
    if isinstance(headline, str) and headline:
        headlines.append(" ".join(html.unescape(headline).split()))
    if isinstance(body, str) and len(body) > 100:
        bodies.append(body)
    if free is not None:
        says = free if isinstance(free, bool) else str(free).strip().lower() not in ("false", "0", "no", "https://schema.org/false")
        if "cssSelector" in item:
            if not says:
                found.paid_parts.append(str(item["cssSelector"])[:200])
        elif found.free is None or headline:
            found.free = says
