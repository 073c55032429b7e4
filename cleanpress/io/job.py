"""What is done with each record: decode, clean, and make what is written for it. Picklable, so that workers can do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from cleanpress.errors import InputError
from cleanpress.io.inputs import Format
from cleanpress.io.records import BadRecord, Record
from cleanpress.io.streams import UTF8_BOM, Replaced, decode, encode
from cleanpress.io.tally import Tally
from cleanpress.types import Result

if TYPE_CHECKING:
    from cleanpress.io.jsonl import JsonLine, LineReader, QuickLine
    from cleanpress.io.warc import Page

View: TypeAlias = Literal["text", "explain", "diff", "check", "dolma"]
OnError: TypeAlias = Literal["report", "skip", "fail"]


class TextCleaner(Protocol):
    """What a job needs of :class:`cleanpress.pipeline.Cleaner`."""

    @property
    def rules_hash(self) -> str:
        """A hash of all that decides what is removed."""

    def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> str:
        """Cleans a text, without a record of what was cut."""

    def explain(self, text: str, *, url: str | None = None, lang: str | None = None) -> Result:
        """Cleans a text."""

    def explain_html(self, html: str | bytes, *, url: str | None = None, lang: str | None = None, charset: str | None = None) -> Result:
        """Extracts the text of a page and cleans it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for, as far as it concerns single records.

    ``counted`` says whether somebody wants to know what was removed by category, rule and language: to know it costs half
    of the time, so large runs that nobody asks do without. ``each`` puts the counts into each outcome, for runs that are to be
    continued at any record. ``mirrored`` says that each input has an output of its own, and with ``sidecar`` a sidecar.
    """

    view: View = "text"
    null: bool = False
    field: str = "text"
    html_field: str | None = None
    url_field: str = "url"
    lang_field: str = "lang"
    url: str | None = None
    lang: str | None = None
    on_error: OnError = "report"
    colour: bool = False
    sidecar: bool = False
    mirrored: bool = False
    counted: bool = True
    each: bool = False


class Message(NamedTuple):
    """Something to tell on standard error."""

    kind: Literal["error", "warning"]
    place: str
    text: str


@dataclass(slots=True)
class Outcome:
    """What became of one record.

    Args:
        input: which input it stood in.
        output: bytes to write for it.
        size: bytes that were read for it.
        messages: what to tell.
        sidecar: the line for the ``--removed`` file, if it needs one.
        unreadable: whether its input could not be read to the end.
        stop: whether the run ends here, as ``--on-error fail`` asks.
        tally: its own counts, where the plan asks for them.
        cell: for a row of a table: whether ``output`` is its new text, or it stays the same, or is left out.
    """

    input: int
    output: bytes = b""
    size: int = 0
    messages: tuple[Message, ...] = ()
    sidecar: bytes = b""
    unreadable: bool = False
    stop: bool = False
    cell: Literal["new", "same", "dropped"] = "same"
    tally: Tally | None = None


class Job:
    """Does the plan to one record after another.

    Args:
        plan: what is asked for.
        make_cleaner: a function that can be pickled by name; called once in each process.
        options: its arguments.
        note: version and hash of the rules, where they are known already.
    """

    def __init__(
        self,
        plan: Plan,
        make_cleaner: Callable[..., TextCleaner],
        options: dict[str, Any] | None = None,
        *,
        note: dict[str, str] | None = None,
    ) -> None:
        self.plan = plan
        self.tally = Tally()
        self._make = make_cleaner
        self.options = options or {}
        self._cleaner: TextCleaner | None = None
        self._lines: LineReader | None = None
        self._note = note

    def __getstate__(self) -> dict[str, Any]:
        # the cleaner is built again in the other process, the counts begin at nothing
        return {**self.__dict__, "_cleaner": None, "_lines": None, "tally": Tally()}

    @property
    def cleaner(self) -> TextCleaner:
        """The cleaner, built when it is first asked for; raises what its constructor raises."""
        if self._cleaner is None:
            self._cleaner = self._make(**self.options)
        return self._cleaner

    @property
    def note(self) -> dict[str, str]:
        """What a run's records say about the library that made them: its version, and a hash of the rules and weights."""
        if self._note is None:
            from cleanpress import __version__

            self._note = {"version": __version__, "rules_hash": self.cleaner.rules_hash}
        return self._note

    def take_tally(self) -> Tally:
        """The counts since the last call."""
        tally, self.tally = self.tally, Tally()
        return tally

    def run(self, records: Iterable[Record], begun: Callable[[], None] = lambda: None) -> list[Outcome]:
        """The outcomes of some records, up to the first that ends the run; ``begun`` is called before each."""
        outcomes: list[Outcome] = []
        for record in records:
            begun()
            outcomes.append(self.do(record))
            if self.plan.each:
                outcomes[-1].tally = self.take_tally()
            if outcomes[-1].stop:
                break
        return outcomes

    def do(self, record: Record) -> Outcome:
        """The outcome of one record; never raises for what is wrong with it."""
        if record.problem is not None:
            self.tally.error("unreadable")
            message = Message("error", "", record.problem)  # names its place itself
            # it counts as a record of the run, so --restore must hear of it
            sidecar = b"" if record.form == "parquet" else self._sidecar_row(record, dropped=True)
            return Outcome(record.input, messages=(message,), sidecar=sidecar, unreadable=True, stop=self.plan.on_error == "fail")
        if record.form == "jsonl" and not record.data.strip():  # a blank line is no record
            return Outcome(record.input, record.data + record.end if self.plan.view == "text" else b"")
        if record.form == "warc" and not record.data:  # what stands between the documents
            return Outcome(record.input, sidecar=self._sidecar_row(record, dropped=True))
        self.tally.records += 1
        try:
            outcome = self._do[record.form](self, record)
        except BadRecord as error:
            outcome = self.bad(record, error.kind, str(error))
        except Exception as error:  # a bug in the cleaner must not end a run over a million documents
            outcome = self.bad(record, "cleaner", f"the cleaner failed ({type(error).__name__}: {str(error)[:200]})")
        outcome.size = len(record.data) + len(record.end)
        if self.plan.view == "text" and record.bom and (record.input == 0 or self.plan.mirrored) and outcome.output:
            outcome.output = UTF8_BOM + outcome.output
        return outcome

    def bad(self, record: Record, kind: str, message: str) -> Outcome:
        """The outcome of a record that can't be cleaned: told, and passed through or left out."""
        plan = self.plan
        self.tally.error(kind)
        outcome = Outcome(record.input, messages=(Message("error", self.place(record), message),))
        if plan.on_error == "fail":
            outcome.stop = True
        elif plan.on_error == "skip":
            outcome.cell = "dropped"
            outcome.sidecar = self._sidecar_row(record, dropped=True)
        elif plan.view == "text":
            outcome.output = self._passed(record, kind)
            if record.form in ("html", "warc"):  # what is passed is not all that there was
                outcome.sidecar = self._sidecar_row(record, dropped=record.form == "warc" and not outcome.output)
        elif plan.view == "explain":
            from cleanpress.io.views import error_row

            outcome.output = error_row(kind, message, source=record.source, record=record.number, note=self.note)
        elif plan.view == "dolma":
            from cleanpress.io.dolma import attribute_row

            outcome.output = attribute_row(*self._named(record), None, error=kind)
        return outcome

    def _passed(self, record: Record, kind: str) -> bytes:
        """What is written for a record that could not be cleaned and is not to be left out."""
        if record.form == "warc":
            from cleanpress.io.warc import page_of

            try:
                page = page_of(record.data)
            except InputError:
                page = None
            return b"" if page is None else _page_row(page, None if page.is_html else decode(page.content)[0], error=kind)
        if record.form == "parquet":
            return b""
        # of a page that could not be read there is no text, and its HTML is not what the reader of the output expects
        return b"\0" * self.plan.null if record.form == "html" else record.data + record.end

    def place(self, record: Record) -> str:
        """Where a record stands, for messages."""
        if record.form == "jsonl":
            return f"{record.source}:{record.number}"
        return f"{record.source}#{record.number}" if self.plan.null or record.form in ("parquet", "warc") else record.source

    def _named(self, record: Record, line: JsonLine | QuickLine | None = None) -> tuple[Any, Any]:
        """The ``id`` and ``source`` of a document: its own where it has them, else where it stands."""
        identity: Any = record.cell.identity if record.cell is not None else None
        source: Any = None
        if record.form == "jsonl":
            try:
                line = line or self._line(record)[0]
            except BadRecord:
                pass
            else:
                identity, source = _identity(line), line.optional_string("source")
        elif record.form == "warc":
            from cleanpress.io.warc import header_fields, parted

            identity = header_fields(parted(record.data)[0]).get(b"warc-record-id", b"").decode("utf-8", "replace")
        return self.place(record) if identity in (None, "") else identity, source or record.source

    def _cleaned(self, text: str, url: str | None, lang: str | None) -> Result:
        """The text cleaned; with the evidence only where somebody asks for it."""
        if self.plan.counted:
            return self.cleaner.explain(text, url=url, lang=lang)
        cleaned = self.cleaner.clean(text, url=url, lang=lang)
        return Result(cleaned, (), (), ("emptied",) if text.strip() and not cleaned.strip() else (), lang)

    def _do_text(self, record: Record) -> Outcome:
        text, replaced = decode(record.data)
        messages = self._told(record, replaced)
        result = self.cleaner.explain(text, url=self.plan.url, lang=self.plan.lang)
        outcome = self._shown(record, result, text, self.plan.url, None)
        outcome.messages = messages + outcome.messages
        if self.plan.view == "text":
            # what is unchanged is the very same bytes
            data = record.data if result.text == text and replaced is None else encode(result.text)
            outcome.output = data + record.end
        if self.plan.sidecar and (result.removed or replaced):
            outcome.sidecar = self._sidecar_row(record, result=None if replaced else result)
        return outcome

    def _do_page(self, record: Record) -> Outcome:
        result = self.cleaner.explain_html(record.data, url=self.plan.url, lang=self.plan.lang)
        source = "" if self.plan.view == "text" else result.restore()
        outcome = self._shown(record, result, source, self.plan.url, None)
        if self.plan.view == "text":
            outcome.output = encode(result.text)
            outcome.sidecar = self._sidecar_row(record)
            if self.plan.null:
                outcome.output += record.end
            elif outcome.output and not outcome.output.endswith(b"\n"):
                outcome.output += b"\n"
        return outcome

    def _do_line(self, record: Record) -> Outcome:
        plan = self.plan
        line, replaced = self._line(record)
        messages = self._told(record, replaced)
        source = line.string(plan.html_field, "--html-field") if plan.html_field else line.string(plan.field, "--field")
        if source is None:
            return self._empty(record, replaced, messages)
        url = line.optional_string(plan.url_field) or plan.url
        lang = line.optional_string(plan.lang_field) or plan.lang
        old: str | None = source
        if plan.html_field:
            result = self.cleaner.explain_html(source, url=url, lang=lang)
            old, source = line.optional_string(plan.field), "" if plan.view == "text" else result.restore()
        else:
            result = self._cleaned(source, url, lang)
        outcome = self._shown(record, result, source, url, line)
        outcome.messages = messages + outcome.messages
        if plan.view == "text":
            if old != result.text:
                data = line.with_text(plan.field, result.text)
                if plan.html_field:
                    # pages are full of what other readers of lines take for a line's end
                    from cleanpress.io.jsonl import line_safe_bytes

                    data = line_safe_bytes(data)
                outcome.output = data + record.end
            else:
                outcome.output = _as_utf8(record.data, replaced) + record.end
        if plan.sidecar and (result.removed or replaced):
            outcome.sidecar = self._sidecar_row(record, result=None if replaced else result, literal=line.raw(plan.field))
        return outcome

    def _line(self, record: Record) -> tuple[JsonLine | QuickLine, Replaced | None]:
        if self._lines is None:
            from cleanpress.io.jsonl import LineReader

            self._lines = LineReader()
        return self._lines.read(record.data)

    def _do_row(self, record: Record) -> Outcome:
        plan, cell = self.plan, record.cell
        assert cell is not None
        if cell.is_null:
            return self._empty(record, None, ())
        url, lang = cell.url or plan.url, cell.lang or plan.lang
        messages: tuple[Message, ...] = ()
        replaced: Replaced | None = None
        if plan.html_field:
            result = self.cleaner.explain_html(record.data, url=url, lang=lang)
            source = "" if plan.view == "text" else result.restore()
            changed = True
        else:
            source, replaced = decode(record.data)
            messages = self._told(record, replaced)
            result = self._cleaned(source, url, lang)
            changed = result.text != source or replaced is not None
        outcome = self._shown(record, result, source, url, None)
        outcome.messages = messages + outcome.messages
        if plan.view == "text" and changed:
            outcome.output, outcome.cell = encode(result.text), "new"
            outcome.sidecar = self._sidecar_row(record, result=None if replaced else result)
        return outcome

    def _do_warc(self, record: Record) -> Outcome:
        from cleanpress.io.warc import language_tag, page_of

        plan = self.plan
        try:
            page = page_of(record.data)
        except InputError as error:
            raise BadRecord("bad-http", str(error)) from None
        if page is None:
            self.tally.records -= 1
            return Outcome(record.input, sidecar=self._sidecar_row(record, dropped=True))
        messages: tuple[Message, ...] = ()
        replaced: Replaced | None = None
        if record.damage is not None:
            if plan.on_error != "report":
                raise BadRecord("wrong-length", record.damage)
            self.tally.error("wrong-length")
            messages = (Message("error", self.place(record), record.damage),)
        url, lang = page.url or plan.url, language_tag(page.lang) or plan.lang
        if page.is_html and plan.view == "dolma":
            raise BadRecord("no-text", "attributes need a text to refer to; clean the HTML into JSON Lines first")
        if page.is_html:
            result = self.cleaner.explain_html(page.content, url=url, lang=lang, charset=page.charset)
            source = "" if plan.view == "text" else result.restore()
        else:
            source, replaced = decode(page.content)
            messages += self._told(record, replaced)
            result = self._cleaned(source, url, lang)
        outcome = self._shown(record, result, source, url, None)
        outcome.messages = messages + outcome.messages
        if plan.view == "text":
            outcome.output = _page_row(page, result.text, title=result.title)
            outcome.sidecar = self._sidecar_row(record, result=None if page.is_html or replaced else result)
        return outcome

    def _empty(self, record: Record, replaced: Replaced | None, messages: tuple[Message, ...]) -> Outcome:
        """A record whose text is ``null``: a page of which no text is known. It passes, and is counted."""
        self.tally.empty += 1
        data = b"" if record.form == "parquet" else _as_utf8(record.data, replaced) + record.end
        outcome = Outcome(record.input, data if self.plan.view == "text" else b"", messages=messages)
        if self.plan.view == "explain":
            from cleanpress.io.views import error_row

            outcome.output = error_row("null", "the text is null", source=record.source, record=record.number, note=self.note)
        elif self.plan.view == "dolma":
            from cleanpress.io.dolma import attribute_row

            outcome.output = attribute_row(*self._named(record), None)
        if self.plan.sidecar and replaced:
            outcome.sidecar = self._sidecar_row(record)
        return outcome

    def _told(self, record: Record, replaced: Replaced | None) -> tuple[Message, ...]:
        """What is said of bytes that are not UTF-8; raises when they are not to be cleaned."""
        if replaced is None:
            return ()
        if self.plan.on_error != "report":
            raise BadRecord("not-utf8", str(replaced))
        self.tally.error("not-utf8")
        return (Message("error", self.place(record), f"{replaced}: read with U+FFFD in its place"),)

    def _shown(self, record: Record, result: Result, source: str, url: str | None, line: JsonLine | QuickLine | None) -> Outcome:
        """The outcome as far as it is the same for all formats: counts, warnings, and views other than the text."""
        plan = self.plan
        self.tally.add(result, host=_host(url) if plan.counted else None, length=len(source) or None)
        place = self.place(record)
        messages = tuple(Message("warning", place, _WARNINGS.get(w, w)) for w in result.warnings)
        outcome = Outcome(record.input, messages=messages)
        if plan.view == "explain":
            from cleanpress.io.views import explain_row

            identity = self._named(record)[0] if record.form in ("parquet", "warc") else _identity(line)
            outcome.output = explain_row(result, source=record.source, record=record.number, identity=identity, url=url, note=self.note)
        elif plan.view == "dolma":
            from cleanpress.io.dolma import attribute_row

            outcome.output = attribute_row(*self._named(record, line), result)
        elif plan.view == "diff":
            from cleanpress.io.diff import unified

            spans = [(r.start, r.end) for r in result.removed]
            outcome.output = unified(source, spans, place, colour=plan.colour).encode("utf-8", "backslashreplace")
        elif plan.view == "check":
            from cleanpress.io.views import check_lines

            shown = check_lines(result, source, place, count_lines=record.form == "text")
            outcome.output = shown.encode("utf-8", "backslashreplace")
        return outcome

    def _sidecar_row(self, record: Record, *, result: Result | None = None, dropped: bool = False, literal: str | None = None) -> bytes:
        if not self.plan.sidecar:
            return b""
        from cleanpress.io.sidecar import row

        ordinal = record.number if self.plan.mirrored else record.ordinal
        return row(record, None if result is None else result.removed, ordinal=ordinal, dropped=dropped, literal=literal)

    _do: ClassVar[dict[Format, Callable[[Job, Record], Outcome]]] = {
        "text": _do_text, "jsonl": _do_line, "html": _do_page, "parquet": _do_row, "warc": _do_warc,
    }  # fmt: skip


#: What the codes of ``Result.warnings`` mean, for people.
_WARNINGS = {
    "budget": "so much of it looked like boilerplate that only what is certain was cut (budget)",
    "timeout": "a rule of yours took too long, so the text was kept as it is (timeout)",
    "emptied": "nothing was left of it (emptied)",
}


def _page_row(page: Page, text: str | None, *, title: str | None = None, error: str | None = None) -> bytes:
    """The line that is written for a document from a WARC file."""
    from cleanpress.io.views import json_row

    row: dict[str, Any] = {"id": page.identity, "url": page.url, "date": page.date, "lang": page.lang, "title": title, "text": text}
    if error is not None:
        row["error"] = error
    return json_row(row)


def _as_utf8(data: bytes, replaced: Replaced | None) -> bytes:
    return data if replaced is None else encode(decode(data)[0])


def _host(url: str | None) -> str | None:
    if url is None:
        return None
    from cleanpress.text import Hosts

    return Hosts.of(url)


def _identity(line: JsonLine | QuickLine | None) -> Any:
    raw = None if line is None else line.raw("id")
    if raw is None:
        return None
    import json

    try:
        return json.loads(raw)
    except ValueError:  # an integer of thousands of digits
        return raw
