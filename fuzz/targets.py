"""What the fuzzed bytes mean: for each kind of input a function that makes it of bytes and checks the promises, and bytes to begin with."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from cleanpress import rulebook
from fuzz import promises

ROOT = Path(__file__).resolve().parent.parent
HTML_PIECES = (
    "<p>", "</p>", "<div class='newsletter'>", "</div>", "<article>", "</article>", "<aside>", "<figure><img alt='x'><figcaption>",
    "</figcaption></figure>", "<a href='/x'>", "</a>", "<ul><li>", "</li></ul>", "<script type='application/ld+json'>",
    '{"@type":"NewsArticle","headline":"x","articleBody":"y","isAccessibleForFree":false}', "</script>", "<table><tr><td>", "</table>",
    "<meta charset='utf-16'>", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE html [<!ENTITY a 'b'>]>", "&a;", "&#0;", "&#x110000;", "<svg>",
    "<template>", "<noscript>", "<h1>", "</h1>", "<h2>", "<br>", "<section id='comments' role='search' aria-label='share'>", "<pre>",
    "<button>", "<iframe>", "<math>", "<html lang='de'>", "<body>", "<title>", "</title>", "<span hidden>", "<p style='display:none'>",
)  # fmt: skip


def text_pieces() -> list[str]:
    """What rules look for, and paragraphs of body: pieces that a mutation by bytes would never write."""
    found: list[str] = []
    for pack in rulebook.pack_names():
        for rule in rulebook.pack_rules(pack)[0]:
            if rule.scope != "markup":
                found += [p.capitalize() for p in rule.phrases[:4]] + [f"{k.capitalize()} xxx" for k in rule.keywords[:2]]
    for path in sorted((ROOT / "corpora").glob("*/*/*.txt")):
        found += [line for line in path.read_text(encoding="utf-8").split("\n") if line][:8]
    return found


def woven(data: bytes, pieces: Sequence[str], plain: Sequence[str] = ()) -> str:
    """Fuzzed bytes as text: 0x01 and two bytes stand for a piece, 0x02 and a byte for markup, 0x03 for a paragraph's end."""
    out: list[str] = []
    at = begun = 0
    while at < len(data):
        if data[at] > 3 or data[at] == 0:
            at += 1
            continue
        out.append(data[begun:at].decode("utf-8", "surrogateescape"))
        if data[at] == 1:
            out.append(pieces[int.from_bytes(data[at + 1 : at + 3], "big") % len(pieces)])
            at += 3
        elif data[at] == 2 and plain:
            out.append(plain[int.from_bytes(data[at + 1 : at + 2], "big") % len(plain)])
            at += 2
        else:
            out.append("\n\n" if data[at] == 3 else "\n")
            at += 1
        begun = at
    out.append(data[begun:].decode("utf-8", "surrogateescape"))
    return "".join(out)


URLS = (None, None, None, "https://www.bbc.co.uk/news/1", "https://example.org/")
LANGS = (None, None, None, None, "en", "de", "ja", "pt-BR", "xx")
PIECES = text_pieces()


def text(data: bytes) -> None:
    if data:
        promises.check_text(woven(data[1:], PIECES), url=URLS[data[0] % len(URLS)], lang=LANGS[data[0] // 8 % len(LANGS)])


def html(data: bytes) -> None:
    if data:
        page = woven(data[1:], PIECES, HTML_PIECES)
        promises.check_html(page if data[0] % 2 else page.encode("utf-8", "surrogatepass") if data[0] % 4 else data)


def rules(data: bytes) -> None:
    """Half as it comes, half as a rule whose values are fuzzed."""
    if not data:
        return
    source = data[1:].decode("utf-8", "replace")
    if data[0] % 2:
        values = [*source.split("\n"), "", "", "", ""][:4]
        quoted = [v.replace("'''", "") for v in values]
        source = (
            f"[[rule]]\nid = 'a/related/b'\ncategory = 'related'\nstrength = 'strong'\nscope = '{('segment', 'block', 'match')[data[0] // 2 % 3]}'\n"
            f"keywords = ['''{quoted[0] or 'more'}''']\npattern = '''{quoted[1] or 'more'}'''\n"
            + (f"unless = '''{quoted[2]}'''\n" if quoted[2] else "")
            + (f"phrases = ['''{quoted[3]}''']\n" if quoted[3] else "")
        )
    promises.check_rule_file(source)


def lines(data: bytes) -> None:
    """Half as they come, half with a text of pieces in a record."""
    if data and data[0] % 2:
        literal = json.dumps(woven(data[2:], PIECES), ensure_ascii=data[0] % 4 == 1).encode("utf-8", "surrogatepass")
        data = b'{"id": 1e3, "text": ' + literal + b', "url": "https://example.org/", "n": [1.50, {"text": null}]}\n' + data[1:2]
    promises.check_lines(data)


def seeds(name: str) -> list[bytes]:
    """Something to begin with: long sequences of pieces, and one of each kind of syntax."""
    chance = random.Random(7)
    found = []
    for _ in range(150):
        parts = [chance.randbytes(1)]
        for _ in range(chance.randrange(2, 30)):
            parts += [b"\x02" + chance.randbytes(1)] * (name == "html") + [
                b"\x01" + chance.randbytes(2),
                chance.choice([b"\x03", b" ", b". ", b"\n"]),
            ]
        found.append(b"".join(parts))
    if name == "rules":
        found = [b"\0" + text.encode()[:2500] for _, text in rulebook.source_files("en")]
        found += [
            f"\1{k}\n{p}\n{u}\n{k}".encode()
            for k, p, u in (("more", "^more (?:of|from) .{1,9}$", "said"), ("photo", r"\bphoto: \p{L}+", ""))
        ]
    elif name == "lines":
        found += [
            b'{"text": "Read more\\nRain \\ud83d\\ude00 fell.\\u2028", "id": 12345678901234567890, "x": [1.0, -0, 1e400]}\n\n[]\n{"text": null}\n',
            b'\xef\xbb\xbf{"text": "Advertisement", "text": "x"}\r\n{"te\\u0078t":"y"}\n{"a": {"text": "b"}}\n{"text": NaN}',
        ]
    return found


TARGETS: dict[str, Callable[[bytes], None]] = {"text": text, "html": html, "rules": rules, "lines": lines}
