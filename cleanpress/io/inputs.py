"""Which files a run reads, as what, and what each one's output is called under a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Literal, NamedTuple, TypeAlias

from cleanpress.errors import InputError

Format: TypeAlias = Literal["text", "jsonl", "html", "parquet", "warc"]

_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".parquet": "parquet", ".warc": "warc", ".wet": "warc", ".txt": "text", ".text": "text", ".md": "text",
}  # fmt: skip
PACKED = (".gz", ".zst")


class Input(NamedTuple):
    """One file of a run.

    Args:
        path: where it is; ``-`` for standard input.
        form: what it is read as.
        relative: its path under an output folder, before its suffix is made to fit.
    """

    path: str
    form: Format
    relative: str


class Found(NamedTuple):
    """The files of a run, and those in its folders that are left out because nothing tells what they are."""

    inputs: list[Input]
    unknown: list[str]


def known_format(path: str) -> Format | None:
    """The format that a file's name tells, compression aside; None when it tells none.

    >>> known_format("news.jsonl.gz"), known_format("page.HTML"), known_format("crawl.warc.gz"), known_format("LICENSE")
    ('jsonl', 'html', 'warc', None)
    """
    name = path.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return next((known for suffix, known in _SUFFIXES.items() if name.endswith(suffix)), None)


def format_of(path: str) -> Format:
    """The format of a file that was named by hand: text for all unknown names.

    >>> format_of("-"), format_of("notes")
    ('text', 'text')
    """
    return known_format(path) or "text"


def expand(paths: Sequence[str], form: Format | None, *, leave_out: str | None = None) -> Found:
    """The files that were named, and those in the folders that were named, in a stable order.

    Hidden files and folders (a dot in front) are no part of a folder.

    Args:
        paths: files, folders, ``-``.
        form: what all are; None: as their names tell.
        leave_out: a folder, or file, inside the others that is not input (the output).
    """
    found = Found([], [])
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            found.inputs.append(Input(path, form or format_of(path), "stdin.txt" if path == "-" else PurePath(path).name))
            continue
        for file in _walk(path, os.path.realpath(leave_out) if leave_out else None):
            known = form or known_format(file)
            if known is None:
                found.unknown.append(file)
            else:
                found.inputs.append(Input(file, known, os.path.relpath(file, path)))
    return found


def _walk(folder: str, leave_out: str | None) -> Iterator[str]:
    def failed(error: OSError) -> None:
        raise InputError(f"{error.filename}: can't be opened: {error.strerror}")

    inside = leave_out is not None and os.path.realpath(folder) != leave_out
    for here, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not (inside and os.path.realpath(Path(here, f)) == leave_out))
        for name in sorted(files):
            file = str(Path(here, name))
            if not name.startswith(".") and not (inside and os.path.realpath(file) == leave_out):
                yield file


def output_name(relative: str, form: Format, *, rows: bool = False) -> str:
    """What the output for an input is called under the output folder.

    Args:
        relative: the input's path in its folder.
        form: what the input is.
        rows: whether lines of JSON are written for it, whatever it is.

    >>> output_name("a/page.html.gz", "html"), output_name("b.warc.gz", "warc"), output_name("c.txt", "text")
    ('a/page.txt.gz', 'b.jsonl.gz', 'c.txt')
    >>> output_name("d.parquet", "parquet", rows=True), output_name("e.jsonl.zst", "jsonl", rows=True)
    ('d.jsonl', 'e.jsonl.zst')
    """
    if form == "warc" or (rows and form != "jsonl"):
        suffix = ".jsonl"
    elif form == "html":
        suffix = ".txt"
    else:
        return relative
    packed = next((p for p in PACKED if relative.lower().endswith(p)), "")
    path = relative[: len(relative) - len(packed)]
    known = next((s for s in _SUFFIXES if path.lower().endswith(s)), "")
    return path[: len(path) - len(known)] + suffix + packed


def output_paths(inputs: Sequence[Input], folder: str, *, rows: bool = False) -> list[str]:
    """Where each input's output goes under a folder.

    Raises:
        InputError: when two inputs would be written to one file.
    """
    taken: dict[str, str] = {}
    paths = []
    for item in inputs:
        path = str(Path(folder, output_name(item.relative, item.form, rows=rows)))
        if path in taken:
            raise InputError(f"{taken[path]} and {item.path} would both be written to {path}; clean them in two runs")
        taken[path] = item.path
        paths.append(path)
    return paths
