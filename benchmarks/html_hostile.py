"""What hostile and broken pages cost: each is cleaned by each engine in a process of its own, from Python and on the command line.

    python benchmarks/html_hostile.py [--only NAME] [--size MB]

For each page the seconds, the most memory held (of the whole process, with what the library itself takes), how many code points of text
came out, and the warnings or the error. Exit code 1 when a process dies of anything but an error of the library's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_SENTENCE = "The dam above Lowmoor held through the night, though the river rose by a metre before it fell again at dawn."
_PARAGRAPH = f"<p>{_SENTENCE}</p>\n"
_ARTICLE = "<article>" + _PARAGRAPH * 5 + "</article>"


def _entities() -> str:
    names = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<!DOCTYPE html [<!ENTITY e0 'lol'>{names}]><html><body>{_ARTICLE}<p>&e9;</p></body></html>"


#: Each makes a page of about so many million characters, if its size can be chosen.
PAGES: dict[str, Callable[[int], str | bytes]] = {
    "plain": lambda size: _ARTICLE,
    "paragraphs": lambda size: "<article>" + _PARAGRAPH * (size * 1_000_000 // len(_PARAGRAPH)) + "</article>",
    "one paragraph": lambda size: "<article><p>" + _SENTENCE * (size * 1_000_000 // len(_SENTENCE)) + "</p></article>",
    "one script": lambda size: _ARTICLE + "<script>var s = '" + "</article>" * (size * 100_000) + "';</script>" + _PARAGRAPH,
    "one attribute": lambda size: f"{_ARTICLE}<div class='{'menu-item ' * (size * 100_000)}'>{_PARAGRAPH}</div>",
    "links": lambda size: _ARTICLE + "<ul>" + "<li><a href='/'>Dam</a></li>" * (size * 1_000_000 // 29) + "</ul>",
    "a million nested <div>": lambda size: _ARTICLE + "<div>" * 1_000_000 + _PARAGRAPH,
    "a million nested <b>": lambda size: _ARTICLE + "<b>" * 1_000_000 + _PARAGRAPH,
    "a million nested <table>": lambda size: _ARTICLE + "<table><tr><td>" * 333_333 + _PARAGRAPH,
    "a million unclosed <p><b>": lambda size: _ARTICLE + "<p><b>" * 500_000 + _SENTENCE,
    "a million attributes": lambda size: _ARTICLE + "<div " + " ".join(f"a{n}=b" for n in range(1_000_000)) + ">" + _PARAGRAPH,
    "a million idle menus": lambda size: _ARTICLE + "<div class='menu'><p>a" * 500_000,
    "truncated in a tag": lambda size: "<html><body><article>" + _PARAGRAPH * 5 + "<p class='",
    "truncated in a script": lambda size: "<html><body><article>" + _PARAGRAPH * 5 + "<script>if (a < b) { document.write('</p>",
    "truncated in a comment": lambda size: "<html><body><article>" + _PARAGRAPH * 5 + "<!-- " + _PARAGRAPH * 5,
    "wrong charset": lambda size: b"<meta charset=utf-16>" + _ARTICLE.replace("dam", "w\u00e9ir").encode("latin-1"),
    "unknown charset": lambda size: b"<meta charset=klingon>" + _ARTICLE.replace("dam", "w\u00e9ir").encode("utf-8"),
    "NUL bytes": lambda size: _ARTICLE.replace("e", "e\x00").encode(),
    "nothing but NUL bytes": lambda size: b"\x00" * (size * 1_000_000),
    "random bytes": lambda size: bytes((n * 2654435761 >> 13) & 0xFF for n in range(1_000_000)),
    "end tags in scripts": lambda size: (
        "<html><body><article>" + (_PARAGRAPH + "<script>var s = '</article></body></html>';</script>") * 5 + "</article></body></html>"
    ),
    "entity bomb": lambda size: _entities(),
    "too long": lambda size: "<p>" + "x" * 65_000_000,
}  # fmt: skip
_CHILD = """
import json, sys, time
from cleanpress import Cleaner
from cleanpress.errors import CleanpressError
data = open(sys.argv[1], "rb").read()
begun = time.perf_counter()
try:
    result = Cleaner(engine=sys.argv[2]).explain_html(data)
    said = [len(result.text), *result.warnings]
except CleanpressError as error:
    said = [f"{type(error).__name__}: {error}"]
print(json.dumps([time.perf_counter() - begun, said]))
"""


def _run(command: list[str], limit: int) -> tuple[float, int, subprocess.CompletedProcess[str]]:
    """Seconds, the greatest resident size of any child so far in MB, and what the process said."""
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=limit, check=False)
    return time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, done


def measured(path: Path, engine: str, limit: int) -> tuple[str, bool]:
    """One line about a page, and whether all went as it should. Runs in a process of its own, so that the memory is this page's."""
    seconds, memory, done = _run([sys.executable, "-c", _CHILD, str(path), engine], limit)
    good = done.returncode == 0
    if good:
        seconds, said = json.loads(done.stdout)
        told = " ".join(str(x) for x in said)
    else:
        told = "DIED: " + (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    command = [sys.executable, "-m", "cleanpress", "--format", "html", "--engine", engine, str(path)]
    took, _, line = _run(command, limit)
    # 0: cleaned, 2: refused in so many words
    fine = line.returncode == 0 or (line.returncode == 2 and "Traceback" not in line.stderr and bool(line.stderr.strip()))
    words = (line.stderr.strip().splitlines() or [""])[-1]
    return (
        f"{seconds:7.2f} s {memory:6} MB  {told[:110]} | command line {took:.2f} s, exit code {line.returncode} {words[:110]}",
        good and fine,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="only pages whose name holds this")
    parser.add_argument("--size", type=int, default=50, help="size of the long pages in million characters")
    parser.add_argument("--limit", type=int, default=600, help="seconds after which a process is given up")
    parser.add_argument("--one", nargs=2, metavar=("PATH", "ENGINE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        text, good = measured(Path(args.one[0]), args.one[1], args.limit)
        print(text)
        return not good
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, made in PAGES.items():
            if args.only and args.only not in name:
                continue
            page = made(args.size)
            path = Path(folder) / "page.html"
            path.write_bytes(page if isinstance(page, bytes) else page.encode())
            for engine in ("trafilatura", "fast"):
                # in a process again, for the memory of children is told as the greatest of all
                done = subprocess.run(
                    [sys.executable, __file__, "--limit", str(args.limit), "--one", str(path), engine], capture_output=True, text=True, check=False
                )  # fmt: skip
                bad += done.returncode != 0
                print(f"{name:26} {engine:12} {done.stdout.strip() or done.stderr.strip()[-200:]}", flush=True)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
