"""The ``cleanpress`` command: a filter from article text to article text.

What is known without rules (``--help``, ``--version``, wrong options) is answered without loading any.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from cleanpress.errors import CleanpressError, InputError, UnknownNameError

if TYPE_CHECKING:
    from cleanpress.io.inputs import Format, Input
    from cleanpress.io.job import Job, Outcome, Plan, TextCleaner, View
    from cleanpress.io.outputs import Outputs
    from cleanpress.io.parquet import Shape, Shelf
    from cleanpress.io.records import Record
    from cleanpress.io.reports import Reporter
    from cleanpress.io.tally import Tally
    from cleanpress.rulebook import Rule

DONE, FOUND, USAGE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

_DESCRIPTION = "Deletes publisher boilerplate (pitches, captions, link lists ...) from article text, and nothing else."
_EPILOG = """\
examples:
  cleanpress article.txt                        print the cleaned article
  cleanpress --diff article.txt                 show what would go
  cleanpress --check drafts/*.txt               exit 1 if anything would go
  cleanpress page.html                          the article's text from a page
  cleanpress --format jsonl < in > out          clean the field "text" of each line
  cleanpress --html-field html pages.jsonl      from the page in the field "html" into "text"
  cleanpress -j 4 big.jsonl.gz -o clean.jsonl.gz --stats
  cleanpress -j 4 crawl/ -o clean/ --resume     every file of a folder, to be continued if stopped

exit codes: 0 done, 1 --check found boilerplate, 2 usage or input error
"""


class _Parser(argparse.ArgumentParser):
    """Names the nearest option in its complaints."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (cleanpress --help lists the options)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cleanpress",
        usage="cleanpress [OPTION ...] [FILE ... | -]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # a script that says --rem today would break when another --rem... is added
        add_help=False,
    )
    add = parser.add_argument_group("input and output").add_argument
    add(
        "--format", choices=("text", "jsonl", "html", "parquet", "warc"), help="what the input is; default: by the file's suffix, else text"
    )
    add("-0", "--null", action="store_true", help="text, html: inputs hold many documents, each ended by a NUL; so does the output")
    add("-o", "--output", metavar="OUT", default="-",
        help="write here instead of standard output; .gz and .zst compress; a folder (OUT/) gets one file for each input")  # fmt: skip
    add("--field", metavar="NAME", help='jsonl, parquet: the field or column with the text (default "text")')
    add("--html-field", metavar="NAME", help="jsonl, parquet: read HTML from this field and write the text into --field")
    add("--url-field", metavar="NAME", help='jsonl, parquet: the field with the address (default "url")')
    add("--lang-field", metavar="NAME", help='jsonl, parquet: the field with the language tag (default "lang")')
    add("--url", help="address of the documents that have none of their own; lets rules for that site speak")
    add("--lang", help="language tag of the documents that have none of their own")
    add("--on-error", choices=("report", "skip", "fail"), default="report",
        help="bad records: tell and pass through unchanged (report, the default), tell and leave out (skip), or stop (fail)")  # fmt: skip
    add(
        "-j", "--jobs", type=_jobs, default=1, metavar="N", help="worker processes; 0: one for each processor. Output is the same for any N"
    )
    add("--timeout", type=_seconds, metavar="SECONDS", help="give up on a document that takes longer; it counts as bad")
    add("--resume", action="store_true", help="with -o: go on where an earlier run with the same options was stopped, or begin")
    add = parser.add_argument_group("what to remove").add_argument
    add("--profile", default="careful", metavar="NAME", help="careful (the default), balanced or eager")
    add(
        "--remove",
        action="append",
        default=[],
        metavar="CATEGORY",
        help="also remove this category; may be repeated, or a list with commas",
    )
    add("--keep", action="append", default=[], metavar="CATEGORY", help="keep this category")
    add("--body-only", action="store_true", help="also remove headline, byline and editorial notes")
    add("--disable", action="append", default=[], metavar="RULE", help="do without this rule; may be repeated")
    add(
        "--phrase",
        action="append",
        default=[],
        metavar="TEXT",
        help="your own fixed phrase: a line or sentence that is this; may be repeated",
    )
    add("--rules", action="append", default=[], metavar="FILE", help="your own rules, a TOML file; may be repeated")
    add("--engine", metavar="NAME", help="HTML: trafilatura (the default, for accuracy) or fast (nine times the speed)")
    add = parser.add_argument_group("what to show").add_argument
    add("--explain", action="store_true", help="JSON Lines: text, what was removed, and the evidence for each verdict")
    add("--annotate", choices=("dolma",), help="JSON Lines of attributes that say what would go, in the format of Dolma")
    add("--diff", action="store_true", help="a unified diff from input to output")
    add("--check", action="store_true", help="list what would be removed; exit 1 if anything would")
    add("--stats", choices=("text", "json"), help="counts on standard error at the end: --stats, or --stats json")
    add("--removed", metavar="FILE",
        help="also write what was cut, as JSON Lines from which --restore rebuilds the input; with a folder as output, a folder")  # fmt: skip
    add(
        "--color",
        "--colour",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours in --diff (auto: on a terminal, without NO_COLOR)",
    )
    add = parser.add_argument_group("instead of cleaning").add_argument
    add("--list-rules", nargs="?", const="", metavar="PREFIX", help="id, category and strength of each rule (whose id begins with PREFIX)")
    add("--explain-rule", metavar="ID", help="a rule with its note and examples")
    add("--restore", metavar="FILE", help="the input again, from the output and the file (or folder) that --removed wrote")
    add("--version", action="store_true", help="print the version")
    add("-h", "--help", action="store_true", help="print this help")
    return parser


def _jobs(value: str) -> int:
    try:
        count = int(value)
    except ValueError:
        count = -1
    if count < 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of processes")
    return count or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of seconds")
    return seconds


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The options, and all else as ``files``: options may stand before, between and after them."""
    argv = list(argv)
    head, tail = (argv[: argv.index("--")], argv[argv.index("--") + 1 :]) if "--" in argv else (argv, [])
    for i, word in enumerate(head):
        # "--stats article.txt" must not take the file for its format
        if word == "--stats":
            head[i] = "--stats=" + (head.pop(i + 1) if head[i + 1 : i + 2] in (["json"], ["text"]) else "text")
    parser = _parser()
    args, rest = parser.parse_known_args(head)
    for word in rest:
        if word.startswith("-") and word != "-":
            known = [o for action in parser._actions for o in action.option_strings if o.startswith("--")]
            raise UnknownNameError("option", word.split("=")[0], known)
    args.files = rest + tail
    args.help_text = parser.format_help() if args.help else ""
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        argv: the arguments; those of the process when None.
    """
    # What is made while a run starts stays: to look through it for garbage takes a twentieth of a short run.
    gc.set_threshold(50_000)
    try:
        code = _main(sys.argv[1:] if argv is None else argv)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except CleanpressError as error:
        return _failed(str(error))
    except BrokenPipeError:
        _leave_stdout()
        return PIPE_CLOSED
    except OSError as error:
        _leave_stdout()
        return _failed(f"can't be written: {error.strerror or error}")
    except KeyboardInterrupt:
        _leave_stdout()
        return INTERRUPTED


def _main(argv: Sequence[str]) -> int:
    args = _parsed(argv)
    if args.help:
        _print(args.help_text)
        return DONE
    if args.version:
        from cleanpress import __version__

        _print(f"cleanpress {__version__}\n")
        return DONE
    if args.list_rules is not None:
        return _list_rules(args)
    if args.explain_rule is not None:
        return _explain_rule(args)
    if args.restore is not None:
        return _restore(args)
    return _clean(args)


def _failed(message: str) -> int:
    from cleanpress.io.reports import Reporter

    Reporter().say(message)
    return USAGE


def _leave_stdout() -> None:
    """Makes the interpreter's last flush of standard output harmless: nobody takes what is still in its buffer."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (AttributeError, OSError, ValueError):
        pass  # no standard output, or one that is not a file


# --- cleaning ------------------------------------------------------------------------------------------------------


def build_cleaner(**options: Any) -> TextCleaner:
    """The cleaner for these options; a worker process finds this function by its name."""
    from cleanpress.pipeline import Cleaner

    return cast("TextCleaner", Cleaner(**options))


def _clean(args: argparse.Namespace) -> int:
    from cleanpress.io import inputs, streams
    from cleanpress.io.job import Job
    from cleanpress.io.parquet import Columns, Shelf
    from cleanpress.io.records import read_records, separator_of
    from cleanpress.io.reports import Reporter

    files: list[str] = args.files or [streams.STDIO]
    _check_inputs(files)
    found = inputs.expand(files, _asked_format(args), leave_out=None if args.output == streams.STDIO else args.output)
    folder = _is_folder(args, files)
    _check_combination(args, found.inputs, folder)
    plan = _plan(args, folder)
    _check_extras(found.inputs)
    job = Job(plan, build_cleaner, _cleaner_options(args, found.inputs))
    if (any(i.form == "html" for i in found.inputs) or plan.html_field) and not hasattr(job.cleaner, "explain_html"):
        raise CleanpressError("this version of cleanpress can't read HTML; give it text")
    _ = job.cleaner  # wrong names and bad rule files are told before anything is read
    if found.unknown:
        _left_out(found.unknown)
    shelf = Shelf() if plan.view == "text" and any(i.form == "parquet" for i in found.inputs) else None
    separator = separator_of(found.inputs[0].form, plan.null) if found.inputs and plan.view == "text" else b""
    begun = time.monotonic()
    with _outputs(args, job, found.inputs, folder, shelf, separator) as outputs:
        if outputs.state.complete:
            Reporter().say(f"{args.output}: complete since an earlier run")
            code: int | None = outputs.state.code
        else:
            columns = Columns(
                plan.html_field or plan.field, "--html-field" if plan.html_field else "--field", plan.field, plan.url_field, plan.lang_field
            )
            records = read_records(
                found.inputs,
                null=plan.null,
                whole=plan.sidecar,
                columns=columns,
                shelf=shelf,
                begin=outputs.place,
                before_wait=outputs.flush,
            )
            code = _written(args, job, records, outputs, _total(found.inputs))
    reporter = Reporter()
    unclean = sum(n for kind, n in outputs.tally.errors.items() if kind not in ("not-utf8", "unreadable", "wrong-length"))
    if unclean and args.on_error == "report":
        forms = {i.form for i in found.inputs}
        what = "not cleaned" if plan.view != "text" else "left out" if forms == {"html"} else "passed through unchanged"
        reporter.say(f"{unclean:,} of {outputs.tally.records:,} records {what} (--on-error skip leaves such records out, fail stops)")
    for name in outputs.incomplete:
        reporter.say(f"{name}: all that could be read of its input, under this name because it is not all")
    if args.stats:
        _print_stats(args, job.note, outputs.tally, reporter, time.monotonic() - begun)
    if code is None:
        return USAGE
    return FOUND if code == DONE and args.check and outputs.tally.changed else code


def _outcomes(job: Job, records: Iterator[Record], jobs: int, timeout: float | None) -> Generator[Outcome, None, None]:
    if jobs == 1 and timeout is None:
        for record in records:
            yield from job.run([record])
        return
    from cleanpress.io.workers import Workers

    # only from outside can a document be stopped that is in the middle of something
    with Workers(job, jobs, timeout) as workers:
        yield from workers.outcomes(records)


def _written(args: argparse.Namespace, job: Job, records: Iterator[Record], outputs: Outputs, total: int | None) -> int | None:
    """Writes what became of each record; the exit code, or None when the run was stopped by a bad record."""
    from cleanpress.io.reports import Reporter

    reporter = Reporter(progress=not outputs.is_terminal, total=total)
    outcomes = _outcomes(job, records, args.jobs, args.timeout)
    try:
        for outcome in outcomes:
            for message in outcome.messages:
                reporter.tell(*message)
            if outcome.stop:
                return None
            outputs.take(outcome)
            reporter.advance(outcome.size)
        outputs.finish(outputs.tally.as_json())
    finally:
        outcomes.close()  # ends worker processes
        reporter.close()
    return outputs.state.code


def _outputs(args: argparse.Namespace, job: Job, found: Sequence[Input], folder: bool, shelf: Shelf | None, separator: bytes) -> Outputs:
    from cleanpress.io import inputs, journal, outputs, sidecar, tally

    paths = [args.output]
    if folder:
        paths = inputs.output_paths(found, args.output, rows=job.plan.view != "text")
    sidecars: list[str] = []
    if args.removed:
        sidecars = [str(Path(args.removed, sidecar.name_for(i.relative))) for i in found] if folder else [args.removed]
    if folder:
        for path in sorted({str(Path(path).parent) for path in [*paths, *sidecars, str(Path(args.output, "any"))]}):
            outputs.require_folder(path)
    note = None
    state = None
    # of a run that can be continued each record brings its own counts, which count when it is written
    counts = tally.Tally() if args.resume else job.tally
    if folder or args.resume or _needs_note(args, job, found):
        note = journal.Journal(journal.note_path(args.output, folder=folder), _run_identity(args, job, found))
    elif args.output != "-":
        journal.note_path(args.output, folder=False).unlink(missing_ok=True)  # of an output that is to be replaced
    if note is not None and not args.resume:
        note.path.unlink(missing_ok=True)
    if args.resume and note is not None:
        note.lock()
        state = note.load()
        if state is not None and state.complete and not state.code and not all(outputs.is_there(path) for path in [*paths, *sidecars]):
            state = None  # somebody took an output away
        if state is not None:
            counts = tally.Tally.from_state(state.tally)
    return outputs.Outputs(
        found, paths, common=not folder, separator=separator, shelf=shelf, note=None if shelf is None else job.note,
        sidecars=sidecars, sidecar_header=lambda index: _sidecar_header(job, found[index].form, shelf.shapes.get(index) if shelf else None),
        keep_partial=args.on_error == "skip" or args.output == "-", journal=note, resumable=args.resume, state=state,
        tally=counts,
    )  # fmt: skip


def _needs_note(args: argparse.Namespace, job: Job, found: Sequence[Input]) -> bool:
    """Whether one output of many documents has no place of its own for what made it, as Parquet and the other views have."""
    there = Path(args.output)
    return (
        job.plan.view == "text"
        and any(i.form in ("jsonl", "warc") for i in found)
        and args.output != "-"
        and (there.is_file() or not there.exists())
    )


def _run_identity(args: argparse.Namespace, job: Job, found: Sequence[Input]) -> dict[str, Any]:
    """What must be the same for a run to be continued."""
    import hashlib

    digest = hashlib.sha256()
    for path, form, _ in found:
        status = None if path == "-" else Path(path).stat()
        known = "" if status is None else f"{status.st_size}\0{status.st_mtime_ns}"
        digest.update(f"{path}\0{form}\0{known}\n".encode("utf-8", "surrogatepass"))
    options = {
        name: str(getattr(job.plan, name))
        for name in ("view", "null", "field", "html_field", "url_field", "lang_field", "url", "lang", "on_error", "counted")
    }
    return {
        **job.note,
        "profile": args.profile,
        "options": {**options, "removed": args.removed, "engine": args.engine},
        "inputs": {"files": len(found), "sha256": digest.hexdigest()},
    }


def _is_folder(args: argparse.Namespace, files: Sequence[str]) -> bool:
    """Whether the output is a folder: it is one, is written like one, or an input is one."""
    if args.output == "-":
        return False
    if args.output.endswith(("/", os.sep)) or Path(args.output).is_dir():
        return True
    return any(file != "-" and Path(file).is_dir() for file in files) and not Path(args.output).exists() and not Path(args.output).suffix


def _left_out(unknown: Sequence[str]) -> None:
    from cleanpress.io.reports import Reporter

    named = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")
    count = f"{len(unknown):,} files" if len(unknown) > 1 else "one file"
    Reporter().say(f"{count} left out, whose names don't tell what they are ({named}); --format reads them all as one kind")


def _asked_format(args: argparse.Namespace) -> Format | None:
    """What the options say that the input is; None when they leave it to the names."""
    if args.format:
        return cast("Format", args.format)
    if args.field or args.html_field or args.url_field or args.lang_field:
        from cleanpress.io.inputs import known_format

        # columns of Parquet have names too
        return None if any(file != "-" and (Path(file).is_dir() or known_format(file) == "parquet") for file in args.files) else "jsonl"
    return None


def _check_combination(args: argparse.Namespace, found: Sequence[Input], folder: bool) -> None:
    def refuse(wrong: bool, message: str) -> None:
        if wrong:
            raise InputError(message)

    forms = {item.form: item.path for item in found}
    refuse(not found, "no files to clean: the folders hold none whose name tells what it is; say so with --format")
    view = args.explain or args.diff or args.check or args.annotate
    if len(forms) > 1 and not folder and not view:
        named = ", ".join(f"{path} as {form}" for form, path in sorted(forms.items()))
        raise InputError(f"the inputs are of several formats by their names ({named}): say which with --format, or -o a folder (OUT/)")
    fields = [o for o in ("field", "html_field", "url_field", "lang_field") if getattr(args, o)]
    if fields and not {"jsonl", "parquet"} & set(forms):
        raise InputError(f"--{fields[0].replace('_', '-')} is for --format jsonl and parquet, not {next(iter(forms))}")
    refuse(
        args.null and bool({"jsonl", "parquet", "warc"} & set(forms)), "-0 is for text and html; in JSON Lines a line feed ends each record"
    )
    refuse(sum(map(bool, (args.explain, args.diff, args.annotate))) > 1, "--explain, --diff and --annotate exclude each other")
    refuse(
        bool(args.annotate) and ("html" in forms or bool(args.html_field)),
        "--annotate needs texts to refer to; clean the HTML into text first",
    )
    refuse(bool(args.annotate) and args.check, "--annotate and --check exclude each other")
    if args.removed:
        refuse(bool(view), "--removed goes with cleaned text, not with --explain, --annotate, --diff or --check")
        refuse(bool(args.html_field), "--removed does not go with --html-field, whose pages stay in their field")
        refuse(
            bool({"text", "html"} & set(forms)) and not args.null and not folder and len(found) > 1,
            "--removed takes one article, or -0, or JSON Lines, or a folder to write to (-o OUT/)",
        )
        own = "folder" if folder else "file"
        refuse(
            args.removed == "-" or os.path.realpath(args.removed) == os.path.realpath(args.output), f"--removed needs a {own} of its own"
        )
        refuse(
            not folder and (args.removed.endswith(("/", os.sep)) or Path(args.removed).is_dir()),
            f"{args.removed}: a folder, but there is one output; name a file for --removed",
        )
    refuse(
        args.engine is not None and not {"html", "warc"} & set(forms) and not args.html_field,
        "--engine is for HTML: --format html or --html-field",
    )
    refuse(folder and (args.diff or args.check), "--diff and --check write one output, not a folder")
    refuse(folder and any(item.path == "-" for item in found), "standard input has no name under a folder; name a file with -o")
    if "parquet" in forms and not view and not folder:
        refuse(len(found) > 1, "several Parquet files need a folder to be written to: -o OUT/")
        refuse(args.output == "-", "Parquet is not written to standard output; name a file with -o")
        refuse(Path(args.output).suffix != ".parquet", f"{args.output}: what is read as Parquet is written as Parquet; name it .parquet")
    if args.resume:
        refuse(
            args.output == "-" or (Path(args.output).exists() and not (folder or Path(args.output).is_file())),
            "--resume needs -o with a file or a folder",
        )
        refuse(
            any(not Path(item.path).is_file() for item in found), "--resume reads files only: what was read of a pipe can't be read again"
        )
        same = [item.path for item in found if os.path.realpath(item.path) == os.path.realpath(args.output)]
        refuse(bool(same) or (folder and _overwrites(args, found)), "--resume can't clean files in place; write to another name or folder")


def _overwrites(args: argparse.Namespace, found: Sequence[Input]) -> bool:
    return any(os.path.realpath(item.path) == os.path.realpath(Path(args.output, item.relative)) for item in found)


def _check_extras(found: Sequence[Input]) -> None:
    """Finds packages that are missing before anything is read."""
    if any(item.form == "warc" for item in found):
        from cleanpress.io.warc import fastwarc

        fastwarc()
    if any(item.form == "parquet" for item in found):
        from cleanpress.io.parquet import pyarrow

        pyarrow()


def _check_inputs(files: Sequence[str]) -> None:
    """Finds names that can't be read before hours of work, not after."""
    for file in files:
        if file == "-":
            continue
        if not Path(file).exists():
            raise InputError(f"{file}: no such file{_nearest_file(file)}")
        if not os.access(file, os.R_OK):
            raise InputError(f"{file}: can't be opened: permission denied")
    if list(files).count("-") > 1:
        raise InputError("standard input (-) can be read only once")


def _nearest_file(file: str) -> str:
    import difflib

    path = Path(file)
    try:
        near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=1)
    except OSError:
        return ""
    return f": did you mean {str(path.with_name(near[0]))!r}?" if near else ""


def _plan(args: argparse.Namespace, folder: bool) -> Plan:
    from cleanpress.io.job import Plan

    colour = args.color == "always" or (
        args.color == "auto"
        and args.output == "-"
        and sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    view: View = "explain" if args.explain else "diff" if args.diff else "check" if args.check else args.annotate or "text"
    return Plan(
        view=view,
        null=args.null,
        field=args.field or "text",
        html_field=args.html_field,
        url_field=args.url_field or "url",
        lang_field=args.lang_field or "lang",
        url=args.url,
        lang=args.lang,
        on_error=args.on_error,
        colour=colour,
        sidecar=bool(args.removed),
        mirrored=folder,
        counted=bool(args.stats or args.removed or view != "text"),
        each=args.resume,
    )


def _cleaner_options(args: argparse.Namespace, found: Sequence[Input]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "profile": args.profile,
        "remove": _names(args.remove),
        "keep": _names(args.keep),
        "disable": _names(args.disable),
        "rules": list(args.rules),
        "phrases": list(args.phrase),
        "body_only": args.body_only,
    }
    if args.engine is not None:
        options["engine"] = args.engine
    return options


def _names(values: Sequence[str]) -> list[str]:
    """The names in repeated options and comma lists.

    >>> _names(["byline, editorial", "app"])
    ['byline', 'editorial', 'app']
    """
    return [name for value in values for name in (part.strip() for part in value.split(",")) if name]


def _total(found: Sequence[Input]) -> int | None:
    """Bytes that will be read, where that is known."""
    if any(i.path == "-" or i.form == "parquet" or i.path.endswith((".gz", ".zst")) or not Path(i.path).is_file() for i in found):
        return None
    return sum(Path(i.path).stat().st_size for i in found)


def _sidecar_header(job: Job, form: Format, shape: Shape | None) -> bytes:
    from cleanpress.io import sidecar

    field = job.plan.field if form in ("jsonl", "parquet") else None
    return sidecar.header(form, field=field, null=job.plan.null, profile=job.options["profile"], shape=shape, **job.note)


def _print_stats(args: argparse.Namespace, note: dict[str, str], counts: Tally, reporter: Reporter, seconds: float) -> None:
    if args.stats == "json":
        from cleanpress.io.tally import STATS_SCHEMA
        from cleanpress.io.views import json_row

        row = {"schema": STATS_SCHEMA, **note, "profile": args.profile, **counts.as_json()}
        reporter.write(json_row(row).decode())
    else:
        reporter.write(counts.summary(seconds))


# --- instead of cleaning -------------------------------------------------------------------------------------------


def _print(text: str) -> None:
    """Prints in UTF-8, whatever the locale."""
    from cleanpress.io.streams import Output, encode

    with Output() as output:
        output.write(encode(text))


def _own_rules(args: argparse.Namespace) -> list[Rule]:
    from cleanpress import rulebook

    rules: list[Rule] = []
    for file in args.rules:
        rules += rulebook.rules_from_file(file)
    return rules


def _list_rules(args: argparse.Namespace) -> int:
    from cleanpress import rulebook

    rules = rulebook.shipped_rules() + _own_rules(args)
    found = sorted((r for r in rules if r.id.startswith(args.list_rules)), key=lambda r: r.id)
    if not found:
        prefixes = {"/".join(r.id.split("/")[:n]) for r in rules for n in (1, 2)}
        raise UnknownNameError("rule prefix", args.list_rules, prefixes)
    width = max(len(r.id) for r in found)
    _print("".join(f"{r.id:<{width}}  {r.category:<10}  {r.strength}\n" for r in found))
    return DONE


def _explain_rule(args: argparse.Namespace) -> int:
    from cleanpress import rulebook

    own = _own_rules(args)
    known = own + rulebook.shipped_rules()
    for rule in known:
        if args.explain_rule == rule.id or args.explain_rule in rule.aliases:
            _print(_rule_text(rule if rule in own else _source_of(rule)))
            return DONE
    raise UnknownNameError("rule", args.explain_rule, [r.id for r in known])


def _source_of(rule: Rule) -> Rule:
    """The rule as its author wrote it: what the cleaner loads has no note and no examples."""
    from cleanpress import rulebook

    for prefix, text in rulebook.source_files(rule.pack):
        if rule.id.startswith(prefix + "/"):
            for found in rulebook.rules_in_toml(text, f"rules/{prefix}.toml", prefix):
                if found.id == rule.id:
                    return found
    return rule


def _rule_text(rule: Rule) -> str:
    lines = [rule.id, *([f"  {rule.note}"] if rule.note else [])]
    for name in ("category", "scope", "strength", "pattern", "unless", "valid_until"):
        value = getattr(rule, name)
        if value:
            lines.append(f"{name + ':':<11} {value}")
    for title, values in (
        ("aliases:", rule.aliases),
        ("phrases (a whole line or sentence that is one of these):", rule.phrases),
        ("keywords (one of which must be there):", rule.keywords),
        ("removes (⟦marks⟧ show how much, where it is not all):", rule.remove),
        ("must keep:", rule.keep),
    ):
        if values:
            lines += [title, *("  " + value.replace("\n", "\n  ") for value in values)]
    return "\n".join(lines) + "\n"


def _restore(args: argparse.Namespace) -> int:
    from cleanpress.io import sidecar, streams

    files: list[str] = args.files or [streams.STDIO]
    if len(files) > 1:
        raise InputError("--restore takes one output at a time")
    _check_inputs([*files, args.restore])
    if not Path(args.restore).is_dir():
        _restore_file(args.restore, files[0], args.output)
        return DONE
    if not Path(files[0]).is_dir() or args.output == streams.STDIO:
        raise InputError("--restore of a folder takes the folder that was cleaned, and -o for the one to write")
    found = 0
    for side in sorted(str(path) for path in Path(args.restore).rglob("*") if path.is_file()):
        relative = sidecar.input_of(os.path.relpath(side, args.restore))
        if relative is not None:
            found += 1
            _restore_into(args.output, relative, side, files[0])
    if not found:
        raise InputError(f"{args.restore}: no file in it that --removed wrote")
    return DONE


def _restore_into(folder: str, relative: str, side: str, cleaned_folder: str) -> None:
    """Restores one input of a run over a folder."""
    from cleanpress.io import inputs, outputs, sidecar, streams

    head, _ = sidecar.opened(streams.chunks(streams.open_input(side), side), side)
    cleaned = Path(cleaned_folder, inputs.output_name(relative, head["format"]))
    if not cleaned.exists():
        partial = cleaned.with_name(cleaned.name + outputs.INCOMPLETE)
        why = f"; {partial} is not all of it, so it is not restored" if partial.exists() else ""
        raise InputError(f"{side}: the output that it speaks of, {cleaned}, is not there{why}")
    target = Path(folder, relative)
    outputs.require_folder(str(target.parent))
    _restore_file(side, str(cleaned), str(target))


def _restore_file(side: str, cleaned: str, target: str) -> None:
    """Restores the input of one output; both named as on the command line."""
    from cleanpress.io import sidecar, streams

    head, entries = sidecar.opened(streams.chunks(streams.open_input(side), side), side)
    if head["format"] == "parquet":
        if streams.STDIO in (cleaned, target):
            raise InputError("Parquet is restored from a file into a file; name both (cleanpress --restore CUT CLEAN -o BACK)")
        with streams.Output(target) as output:
            sidecar.restore_table(cleaned, head, entries, output.raw)
            output.keep()
        return
    pieces = streams.chunks(streams.open_input(cleaned), streams.display_name(cleaned))
    with streams.Output(target) as output:
        for piece in sidecar.restore(pieces, head, entries):
            output.write(piece)
        output.keep()


if __name__ == "__main__":
    sys.exit(main())
