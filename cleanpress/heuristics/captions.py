"""Captions by their form: a credit at the end, a photographer and agency, a line between two body paragraphs without an end mark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines

NAMES = ("credit",)
# "(Name/Agency)", "( DOJ )" at the very end: short, with a capital, no digits and no verb-like lower-case run
_BRACKET = re.compile(r"[(\[](?: ?[^()\[\]\d.!?]{2,60} ?)[)\]]\.?$")
_SLASH = re.compile(r"(?:^|[\s(:])[^\W\d_][\w.'\u2019-]+(?: [^\W\d_][\w.'\u2019-]+){0,3} ?/ ?[^\W\d_]{2}[\w .&-]{1,30}\)?$")
_LABEL = re.compile(
    r"\b(?:foto|fotos|photo|photos|photograph|picture|image|images|credit|bild|bilder|quelle|source|fuente|imagen|imagem|cr\u00e9dito|cr\u00e9dit|cr\u00e9ditos|illustration|grafik|"
    r"\u0444\u043e\u0442\u043e|fot|kuva|kuvat|\u03c6\u03c9\u03c4\u03bf|foto\u011fraf|\u1ea3nh|gambar|kredit|tekening)\.? ?[:/] ?\w|(?:\u5199\u771f|\u56fe|\u5716|\uc0ac\uc9c4|\u5f71)[:=\uff1a]|via [A-Z]|courtesy of"
)


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list: 1 a bracket at the end, 2 "name / agency" at the end, 3 a credit sign, 4 a credit label inside."""
    column = []
    for i in rows:
        text = lines.texts[i]
        if len(text) > 700 or (lines.sure[i] and text[-1] not in ")]\"'\u201d"):
            column.append(0)
            continue
        tail = text[-90:]
        level = 0
        end = lines.folded[i] if lines.unspaced else lines.folded[i][-120:]
        # every label has one of these, and few lines do
        if (":" in end or "/" in end or "=" in end or "courtesy of" in end) and _LABEL.search(end):
            level = 4
        elif "\u00a9" in tail or "(c) " in tail or "\u24d2" in tail:
            level = 3
        elif "/" in tail and _SLASH.search(tail):
            level = 2
        elif tail[-1] in ")]." and _BRACKET.search(tail):
            inside = tail[max(tail.rfind("("), tail.rfind("[")) + 1 :].strip(" )].")
            level = 1 if inside[:1].isupper() else 0
        column.append(level)
    return [column]
