"""Archives made to fill the memory, entities made to multiply or to read files, rules made to run code: all bounded, all shut."""

from __future__ import annotations

import ast
import gzip
import io
import pickle
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_cli import ENVIRONMENT, Run, peak, run  # noqa: F401 (a fixture)
from test_io_warc import record, response

import cleanpress
from cleanpress import Cleaner
from cleanpress.errors import InputError
from cleanpress.io import records, streams, warc
from cleanpress.io.inputs import Format, Input
from cleanpress.io.records import read_records

MEGABYTE = 1 << 20
ENGINES = ("trafilatura", "fast")
PARAGRAPHS = "<p>The dam above Lowmoor held through the night, though the river rose by a metre before it fell again.</p>" * 3


def zeros_in_gzip(megabytes: int, before: bytes = b"") -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    return b"".join([packer.compress(before), *(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)), packer.flush()])


@pytest.fixture
def allocated() -> Iterator[Any]:
    """What Python's own objects took at most since the test began, in megabytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1] / MEGABYTE
    tracemalloc.stop()


def test_zstandard_is_unpacked_in_mouthfuls(tmp_path: Path, allocated: Any) -> None:
    zstandard = pytest.importorskip("zstandard")
    file = tmp_path / "bomb.zst"
    packer = zstandard.ZstdCompressor().compressobj()
    file.write_bytes(b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(400)), packer.flush()]))
    assert file.stat().st_size < streams.CHUNK, "else the file does not come in one piece"
    assert sum(map(len, streams.chunks(streams.open_input(str(file)), "bomb"))) == 400 * MEGABYTE
    assert allocated() < 100


def test_many_small_frames_of_zstandard_are_read_to_the_end(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    file = tmp_path / "frames.zst"
    lines = [b"%d\n" % n for n in range(20_000)]
    file.write_bytes(b"".join(map(zstandard.compress, lines)))
    assert b"".join(streams.chunks(streams.open_input(str(file)), "frames")) == b"".join(lines)


def test_a_window_larger_than_any_tool_allows_unasked_is_refused_with_the_way_out(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    file = tmp_path / "wide.zst"
    settings = zstandard.ZstdCompressionParameters(window_log=28)
    packer = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    file.write_bytes(packer.compress(b"Rain fell.\n") + packer.flush())
    with pytest.raises(InputError, match=r"byte 0 of its content: .*memory.*zstd -dc --long=31 FILE \| cleanpress"):
        list(streams.chunks(streams.open_input(str(file)), "wide"))


@pytest.mark.parametrize(("form", "null"), [("jsonl", False), ("text", False), ("text", True), ("html", False)])
def test_a_record_without_end_ends_its_input_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allocated: Any, form: Format, null: bool
) -> None:
    monkeypatch.setattr(records, "LONGEST", 4 * MEGABYTE)
    monkeypatch.setattr(streams, "CHUNK", MEGABYTE // 4)
    separator = b"\0" if null else b"\n"
    bomb, good = tmp_path / "bomb.gz", tmp_path / "good"
    bomb.write_bytes(gzip.compress(b"a" + separator + b"b" + separator) + gzip.compress(b" " * (100 * MEGABYTE), 1))
    good.write_bytes(b"c")
    tracemalloc.reset_peak()
    rows = list(read_records([Input(str(file), form, file.name) for file in (bomb, good)], null=null))
    assert allocated() < 20
    cut = form == "jsonl" or null
    assert [r.data for r in rows] == ([b"a", b"b"] if cut else []) + [b"", b"c"]
    assert f"bomb.gz: the record at byte {4 if cut else 0} of its content is longer than 4,194,304 bytes" in str(rows[-2].problem)


def test_records_up_to_the_limit_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST", 5)
    pieces = [b"12", b"345\n12345", b"\n1", b"23456"]
    found = []
    with pytest.raises(InputError, match="at byte 12 "):
        for row in records.split(pieces, b"\n"):
            found.append(row)
    assert found == [(b"12345", b"\n"), (b"12345", b"\n")]


def test_a_warc_header_without_end_is_refused(allocated: Any) -> None:
    data = b"WARC/1.0\r\n" + b"X-A: b\r\n" * (20 * MEGABYTE // 8)
    tracemalloc.reset_peak()
    with pytest.raises(InputError, match="f: in the record at byte 0 of its content no end is found for 1,048,576 bytes"):
        list(warc.split_records((data[at : at + 65536] for at in range(0, len(data), 65536)), "f"))
    assert allocated() < 30


def test_a_warc_record_of_a_wrong_length_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MOST", MEGABYTE)
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield record("conversion", b"one") + record("conversion", b"two", length=10**15)
        while True:
            read += 65536
            yield bytes(65536)

    found = []
    with pytest.raises(InputError, match="f: in the record at byte 161 "):
        for piece in warc.split_records(endless(), "f"):
            found.append(warc.parted(piece.data)[1])
    assert found == [b"one"]
    assert read < 3 * MEGABYTE


def test_a_packed_page_in_a_warc_is_unpacked_only_as_far_as_pages_are_read(run: Run, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("fastwarc")
    bomb, good = tmp_path / "bomb.warc", tmp_path / "good.warc"
    page = response(zeros_in_gzip(600, b"<p>"), "Content-Type: text/html\r\nContent-Encoding: gzip")
    last = response(b"<p>Rain fell.\n</p>")
    bomb.write_bytes(page + last)
    good.write_bytes(last)
    ran = run(bomb)
    assert "bomb.warc#1: its page is longer than 64,000,000 bytes" in ran.err
    assert [row["text"] for row in ran.lines()][-1] == "Rain fell.\n"
    assert peak([str(bomb)], tmp_path) - peak([str(good)], tmp_path) < 300


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and the paths that it was asked for."""
    paths: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!ENTITY e 'fetched'>")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def hostile_pages(file: str, server: str) -> list[str]:
    body = f"<html><body><article>{PARAGRAPHS}<p>&e; %e; <xi:include href='{file}' parse='text'/></p></article></body></html>"
    return [
        f"<!DOCTYPE html [<!ENTITY e SYSTEM '{file}'>]>{body}",
        f"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY e SYSTEM '{server}/entity'>]>{body}",
        f"<!DOCTYPE html [<!ENTITY % e SYSTEM '{server}/parameter'> %e;]>{body}",
        f"<!DOCTYPE html SYSTEM '{server}/dtd'>{body}",
        f"<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' '{server}/public'>{body}",
        f"<?xml-stylesheet href='{server}/style'?><html xmlns:xi='http://www.w3.org/2001/XInclude'>{body}",
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_entities_from_outside_are_neither_read_nor_fetched(engine: str, tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    if engine == "fast":
        pytest.importorskip("selectolax")
    server, paths = asked
    secret = tmp_path / "secret.txt"
    secret.write_text("topsecret", encoding="utf-8")
    cleaner = Cleaner(engine=engine)
    for page in hostile_pages(secret.as_uri(), server):
        for html in (page, page.encode()):
            result = cleaner.explain_html(html, engine=engine)
            assert "The dam above Lowmoor" in result.text
            assert "topsecret" not in result.restore() and "fetched" not in result.restore()
    assert paths == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("prologue", ["", "<?xml version='1.0' encoding='utf-8'?>"])
def test_entities_that_multiply_stay_shut(engine: str, prologue: str, allocated: Any) -> None:
    if engine == "fast":
        pytest.importorskip("selectolax")
    laughs = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    blown_up = f"<!ENTITY big '{'lol' * 50_000}'>"
    for doctype in (f"<!ENTITY e0 'lol'>{laughs}", blown_up):
        page = (
            f"{prologue}<!DOCTYPE html [{doctype}]><html><body><article>{PARAGRAPHS}<p>&e11; {'&big;' * 1000}</p></article></body></html>"
        )
        text = Cleaner(engine=engine).explain_html(page.encode()).restore()
        assert "The dam above Lowmoor" in text
        assert text.count("lol") < 2 * page.count("lol") + 10
    assert allocated() < 200


RULES = """
[[rule]]
id = "a/related/__import__('os').system('touch owned')"
category = "related"
strength = "strong"
phrases = ["__import__('os').system('touch owned')", "{0.__class__.__init__.__globals__}", "$(touch owned)", "`touch owned`"]

[[rule]]
id = "a/related/b"
category = "related"
scope = "segment"
strength = "strong"
keywords = ["owned"]
pattern = '\\b(?:exec|eval)\\(.{1,40}owned'
unless = '!!python/object/apply:os.system'
note = "!!python/object/apply:os.system ['touch owned']"
"""

#: Fails when anything is run, compiled, started or fetched while rules are read and used.
WATCHED = """
import sys
from cleanpress import Cleaner
text = "Rain fell.\\n\\n$(touch owned)\\n\\nexec('owned') and owned\\n"
def use():
    cleaner = Cleaner(rules=[sys.argv[1]])
    return cleaner.explain(text), cleaner.rules_hash
first = use()
forbidden = ("exec", "compile", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect", "pickle.find_class")
def watch(event, arguments):
    if event in forbidden:
        print(event, arguments, file=sys.stderr)
        raise SystemExit(3)
sys.addaudithook(watch)
assert use() == first
try:
    eval("1")
except SystemExit:
    print("the watch works")
"""


def test_rule_files_run_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    rules.write_text(RULES, encoding="utf-8")
    command = [sys.executable, "-c", WATCHED, str(rules)]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "the watch works\n"), done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]


class OnlyOurs(pickle.Unpickler):
    """Loads what names nothing but classes of this library and harmless ones of Python's."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "cleanpress" or (module, name) in {
            ("builtins", "frozenset"),
            ("copyreg", "_reconstructor"),
            ("builtins", "object"),
        }:
            found = super().find_class(module, name)
            assert isinstance(found, type) or module == "copyreg", f"{module}.{name} would be called"
            return found
        raise AssertionError(f"the pickle of a cleaner asks for {module}.{name}")


def test_a_pickled_cleaner_names_only_classes_of_ours() -> None:
    cleaner = Cleaner(profile="eager", disable=["en/related/read-more-label"], phrases=["Hear more on the radio"])
    cleaner.clean("Rain fell.")
    again = OnlyOurs(io.BytesIO(pickle.dumps(cleaner))).load()
    assert again.rules_hash == cleaner.rules_hash
    text = "Rain fell on Lowmoor all night.\n\nHear more on the radio\n"
    assert again.clean(text) == cleaner.clean(text)


#: Names that turn data into code.
RUNNING = {
    "eval",
    "exec",
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "code",
    "runpy",
    "os.system",
    "os.popen",
}


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def test_the_library_itself_turns_no_data_into_code() -> None:
    home = Path(cleanpress.__file__).parent
    used = {(path.relative_to(home).as_posix(), name) for path in home.rglob("*.py") for name in names_in(ast.parse(path.read_bytes()))}
    assert ("__init__.py", "importlib.import_module") in used, "names are found at all"
    assert {(path, name) for path, name in used if name in RUNNING} == set()
