"""Bytes in and out: standard input, files, gzip and Zstandard by suffix; UTF-8 whatever the locale.

Output files come into being under a temporary name and get their own only when they are complete.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol, Self, cast

from cleanpress.errors import InputError, MissingExtraError

#: Bytes asked of a stream at once.
CHUNK: Final = 1 << 17
#: Compressed bytes that Zstandard is given at once: four of them can hold a block of 128 KB, so that these give 32 MB at most.
_MOUTHFUL: Final = 1 << 10
#: The window (bytes) that a Zstandard file may ask for; the format's own tool allows as much.
_WIDEST: Final = 1 << 27
STDIO: Final = "-"
UTF8_BOM: Final = codecs.BOM_UTF8
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_WIDE_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class ByteSource(Protocol):
    """What can be read from: files, standard input, decompressors."""

    def read1(self, size: int = ..., /) -> bytes:
        """Up to ``size`` bytes, as soon as there are any; none at the end."""

    def close(self) -> None:
        """Ends the reading."""


class Replaced(NamedTuple):
    """What of some bytes was not UTF-8 and stands as U+FFFD in the text."""

    offset: int
    places: int

    def __str__(self) -> str:
        more = f" (and {self.places - 1} more replacements)" if self.places > 1 else ""
        return f"not UTF-8 at byte {self.offset}{more}"


def display_name(path: str) -> str:
    """The name of an input in messages.

    >>> display_name("-"), display_name("a.txt")
    ('stdin', 'a.txt')
    """
    return "stdin" if path == STDIO else path


def decode(data: bytes) -> tuple[str, Replaced | None]:
    """``data`` as text; what is not UTF-8 becomes U+FFFD and is told.

    >>> decode(b"caf\\xc3\\xa9")
    ('café', None)
    >>> text, replaced = decode(b"caf\\xe9!")
    >>> text, str(replaced)
    ('caf\ufffd!', 'not UTF-8 at byte 3')
    """
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        # U+FFFD may also have stood there before
        return text, Replaced(error.start, text.count("\ufffd") - data.count(b"\xef\xbf\xbd"))


def encode(text: str) -> bytes:
    """``text`` as UTF-8; lone surrogates, which UTF-8 does not have, are written as U+FFFD.

    >>> encode("é" + chr(0xD800)).decode()
    'é�'
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def open_input(path: str) -> ByteSource:
    """The bytes of a file, decompressed when its name ends in ``.gz`` or ``.zst``; ``-`` is standard input.

    Raises:
        InputError: when it can't be opened.
        MissingExtraError: when Zstandard support is not installed.
    """
    if path == STDIO:
        if sys.stdin is None:
            raise InputError("stdin: standard input is closed")
        return cast(ByteSource, sys.stdin.buffer)
    try:
        if path.lower().endswith(".gz"):
            import gzip

            return cast(ByteSource, gzip.open(path, "rb"))
        if path.lower().endswith(".zst"):
            return io.BufferedReader(_ZstdFile(path), CHUNK)
        return cast(ByteSource, Path(path).open("rb", buffering=CHUNK))
    except OSError as error:
        raise InputError(f"{path}: can't be opened: {error.strerror or error}") from None


def chunks(stream: ByteSource, name: str, before_wait: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """Everything that ``stream`` gives, piece by piece.

    Args:
        stream: where to read.
        name: what to call it in messages.
        before_wait: called before each read, so that a filter can hand on what it has before it waits for more.

    Raises:
        InputError: when a read fails, naming the offset up to which all was well.
    """
    offset = 0
    while True:
        before_wait()
        try:
            chunk = stream.read1(CHUNK)
        except Exception as error:  # each decompressor has its own types, and EOFError for truncated gzip
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise InputError(f"{name}: can't be read past byte {offset} of its content: {reason}") from None
        if not chunk:
            return
        offset += len(chunk)
        yield chunk


def without_bom(pieces: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether the bytes began with a UTF-8 byte order mark, and the bytes as UTF-8 without any mark.

    Bytes that begin with the mark of UTF-16 or UTF-32 are transcoded. What is wrong in them becomes bytes that are not
    UTF-8, so that :func:`decode` reports it like any other damage.
    """
    head = b""
    for chunk in pieces:
        head += chunk
        if len(head) >= 4:
            break
    if head.startswith(UTF8_BOM):
        return True, _joined(head[len(UTF8_BOM) :], pieces)
    for mark, encoding in _WIDE_BOMS:
        if head.startswith(mark):
            return False, _transcoded(_joined(head[len(mark) :], pieces), encoding)
    return False, _joined(head, pieces)


def _joined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _transcoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    # UTF-32 has no surrogates to pass, but points beyond Unicode, which only "replace" gets over
    errors = "surrogatepass" if encoding.startswith("utf-16") else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for chunk in pieces:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    try:
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # half a character at the end
        yield b"\xff"


class _ZstdFile(io.RawIOBase):
    """Reads all frames of a Zstandard file and knows a truncated one, which the packages' own file objects do not."""

    def __init__(self, path: str) -> None:
        zstandard = _zstandard(path)
        self._new = zstandard.ZstdDecompressor(max_window_size=_WIDEST).decompressobj
        self._error: type[Exception] = zstandard.ZstdError
        self._file = Path(path).open("rb")  # noqa: SIM115 (closed in close)
        self._frame = self._new()
        self._begun = False
        self._raw = memoryview(b"")
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._waiting:
            if self._frame.eof:
                self._frame = self._new()
                self._begun = False
            if not self._raw:
                self._raw = memoryview(self._file.read(CHUNK))
            if not self._raw:
                if self._begun:
                    raise EOFError("the compressed file ends in the middle of a frame")
                return 0
            self._begun = True
            mouthful = self._raw[:_MOUTHFUL]
            try:
                self._waiting = memoryview(self._frame.decompress(mouthful))
            except self._error as error:
                if "memory" not in str(error):
                    raise
                raise OSError(f"{error}; if you trust it: zstd -dc --long=31 FILE | cleanpress --format … -") from None
            self._raw = self._raw[len(mouthful) - len(self._frame.unused_data) :]
        part = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _zstandard(path: str) -> Any:
    import importlib

    try:
        return importlib.import_module("zstandard")
    except ImportError:
        raise MissingExtraError(f"{path}: Zstandard", "zstd") from None


class Output:
    """Where a run writes: standard output, or a file that appears only when it is complete.

    A context manager: leaving it without an exception, and after :meth:`keep`, publishes the file; else it is removed.

    Args:
        path: a file name, compressed when it ends in ``.gz`` or ``.zst``; ``-`` for standard output.
        lasting: whether an unfinished file stays, under a name that a later run finds, to be continued there.
        begin: for a lasting file, how many of its bytes are good; what an earlier run wrote after them is cut off.
    """

    def __init__(self, path: str = STDIO, *, lasting: bool = False, begin: int = 0) -> None:
        self.path = path
        self._target: Path | None = None
        self._temporary: Path | None = None
        self._raw: IO[bytes] | None = None
        self._packer: IO[bytes] | None = None
        self._lasting = lasting
        self._kept = False
        self._written = 0
        if path == STDIO:
            if sys.stdout is None:
                raise InputError("standard output is closed; name a file with -o")
            self._raw = sys.stdout.buffer
            return
        # through a symbolic link, so that the link stays
        target = Path(os.path.realpath(path))
        try:
            if target.exists() and not target.is_file():  # /dev/null, a FIFO: nothing to replace
                self._raw = target.open("wb")
                return
            self._target = target
            self._temporary = part_of(path) if lasting else target.with_name(f".{target.name}.{os.getpid()}.part")
            if begin:
                self._raw = self._temporary.open("r+b")
                if self._raw.seek(0, os.SEEK_END) < begin:
                    self._raw.close()
                    raise InputError(f"{self._temporary}: shorter than an earlier run left it; delete the note beside it to begin again")
                self._raw.truncate(begin)
                self._raw.seek(begin)
            else:
                self._raw = self._temporary.open("wb" if lasting else "xb")
        except OSError as error:
            raise InputError(f"{path}: can't be written: {error.strerror or error}") from None
        if path.lower().endswith(".zst"):
            try:
                _zstandard(path)
            except MissingExtraError:
                self._discard()
                raise

    @property
    def _stream(self) -> IO[bytes]:
        """Where bytes go: into a compressor that is opened for the first of them, or straight into the file."""
        if self._packer is not None:
            return self._packer
        assert self._raw is not None
        if self.path.lower().endswith(".gz"):
            import gzip

            # no name and no time in the header: same input, same bytes
            self._packer = cast(IO[bytes], gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0, compresslevel=6))
        elif self.path.lower().endswith(".zst"):
            self._packer = cast(IO[bytes], _zstandard(self.path).ZstdCompressor().stream_writer(self._raw, closefd=False))
        return self._packer or self._raw

    @property
    def raw(self) -> IO[bytes]:
        """The file itself, for writers of formats that compress themselves."""
        assert self._raw is not None
        return self._raw

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads along."""
        return self.path == STDIO and self.raw.isatty()

    def write(self, data: bytes) -> None:
        """Writes bytes; they may wait in a buffer until :meth:`flush`.

        Raises:
            InputError: when a file can't be written, naming the offset.
        """
        size = len(data)
        try:
            written = self._stream.write(data)
            # python -u makes standard output raw, and a raw write may take less than it was given
            while written is not None and written < len(data):
                data = data[written:]
                written = self._stream.write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            if self.path == STDIO:
                raise
            raise self.failed(error) from None
        self._written += size

    def failed(self, error: OSError) -> InputError:
        """What to say of a write that failed."""
        rest = "; what was finished before stays for --resume" if self._lasting else "; the unfinished file is gone"
        if self._target is None:
            rest = ""
        # writers of formats that compress themselves write past this class
        offset = self._written or self.raw.tell()
        return InputError(f"{self.path}: can't be written past byte {offset} of its content: {error.strerror or error}{rest}")

    def flush(self) -> None:
        """Hands on what waits, when somebody may be waiting for it."""
        # to a file nobody listens, and to flush a compressor costs compression
        if self._target is None and self._packer is None:
            self.raw.flush()

    def settle(self) -> int:
        """Sees to it that all that was written is on the disk, and says how long the file is then.

        A compressed file is ended here and goes on with a new member or frame, so that it can be cut off at this place.
        """
        try:
            self._unpack()
            self.raw.flush()
            os.fsync(self.raw.fileno())
        except OSError as error:
            raise self.failed(error) from None
        return self.raw.tell()

    def _unpack(self) -> None:
        packer, self._packer = self._packer, None
        if packer is not None:
            packer.close()

    def keep(self) -> None:
        """Says that what was written is complete."""
        self._kept = True

    def close(self) -> None:
        """Ends the file, complete but still under its temporary name."""
        try:
            if self._target is not None and self.raw.tell() == 0:
                _ = self._stream  # so that an empty compressed file is one
            self._unpack()
            if self._target is not None:
                self.raw.flush()
                if self._lasting:
                    os.fsync(self.raw.fileno())
            self.raw.close()
        except OSError as error:
            raise self.failed(error) from None

    def publish(self, name: str | None = None) -> None:
        """Gives the ended file its name, or another one."""
        if self._temporary is not None and self._target is not None:
            rename(self._temporary, Path(os.path.realpath(name)) if name else self._target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if self.path == STDIO:
            if kind is None:
                self._stream.flush()
            return
        if kind is not None or not self._kept:
            self._discard()
            return
        try:
            self.close()
            self.publish()
        except BaseException:
            self._discard()
            raise

    def _discard(self) -> None:
        for stream in (self._packer, self._raw):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                pass  # a full disk says so once, where the write failed
        if self._temporary is not None and not self._lasting:
            self._temporary.unlink(missing_ok=True)

    def discard(self) -> None:
        """Ends the writing of a file that is not complete."""
        if self.path != STDIO:
            self._discard()


def part_of(path: str) -> Path:
    """Where a lasting output is written until it is complete.

    >>> part_of("/data/clean.jsonl.gz").name
    '.clean.jsonl.gz.part'
    """
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.part")


def rename(temporary: Path, target: Path) -> None:
    """Puts a complete file in the place of the one that may be there, with that one's permissions."""
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o7777)
    temporary.replace(target)
