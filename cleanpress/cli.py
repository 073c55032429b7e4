"""The ``cleanpress`` command: a filter from article text to article text.

What is known without rules (``--help``, ``--version``, wrong options) is answered without loading any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from cleanpress.errors import CleanpressError, InputError, UnknownNameError

if TYPE_CHECKING:
    from cleanpress.io.job import Job, Outcome, Plan, TextCleaner
    from cleanpress.io.records import Format, Record
    from cleanpress.io.reports import Reporter
    from cleanpress.io.streams import Output
    from cleanpress.rulebook import Rule

DONE, FOUND, USAGE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

_DESCRIPTION = "Deletes publisher boilerplate (pitches, captions, link lists ...) from article text, and nothing else."
_EPILOG = """\
examples:
  cleanpress article.txt                        print the cleaned article
  cleanpress --diff article.txt                 show what would go
  cleanpress --check drafts/*.txt               exit 1 if anything would go
  cleanpress --format jsonl < in > out          clean the field "text" of each line
  cleanpress -j 4 big.jsonl.gz -o clean.jsonl.gz --stats

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
    add("--format", choices=("text", "jsonl", "html"), help="what the input is; default: by the file's suffix, else text")
    add("-0", "--null", action="store_true", help="text, html: inputs hold many documents, each ended by a NUL; so does the output")
    add("-o", "--output", metavar="FILE", default="-", help="write here instead of standard output; .gz and .zst compress")
    add("--field", metavar="NAME", help='jsonl: the field with the text (default "text")')
    add("--html-field", metavar="NAME", help="jsonl: read HTML from this field and write the text into --field")
    add("--url-field", metavar="NAME", help='jsonl: the field with the address (default "url")')
    add("--lang-field", metavar="NAME", help='jsonl: the field with the language tag (default "lang")')
    add("--url", help="address of the documents that have none of their own; lets rules for that site speak")
    add("--lang", help="language tag of the documents that have none of their own")
    add("--on-error", choices=("report", "skip", "fail"), default="report",
        help="bad records: tell and pass through unchanged (report, the default), tell and leave out (skip), or stop (fail)")  # fmt: skip
    add(
        "-j", "--jobs", type=_jobs, default=1, metavar="N", help="worker processes; 0: one for each processor. Output is the same for any N"
    )
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
    add("--rules", action="append", default=[], metavar="FILE", help="your own rules, a TOML file; may be repeated")
    add("--engine", metavar="NAME", help="html: trafilatura (the default) or fast")
    add = parser.add_argument_group("what to show").add_argument
    add("--explain", action="store_true", help="JSON Lines: text, what was removed, and the evidence for each verdict")
    add("--diff", action="store_true", help="a unified diff from input to output")
    add("--check", action="store_true", help="list what would be removed; exit 1 if anything would")
    add("--stats", choices=("text", "json"), help="counts on standard error at the end: --stats, or --stats json")
    add("--removed", metavar="FILE", help="also write what was cut, as JSON Lines from which --restore rebuilds the input")
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
    add("--restore", metavar="FILE", help="the input again, from the output and the file that --removed wrote")
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
    from cleanpress.io import streams
    from cleanpress.io.job import Job
    from cleanpress.io.records import read_records, separator_of
    from cleanpress.io.reports import Reporter

    files: list[str] = args.files or [streams.STDIO]
    form = _format(args, files)
    _check_combination(args, form)
    _check_inputs(files)
    with streams.Output(args.output) as output:
        plan = _plan(args, form, output)
        job = Job(plan, build_cleaner, _cleaner_options(args, form))
        if (form == "html" or plan.html_field) and not hasattr(job.cleaner, "explain_html"):
            raise CleanpressError("this version of cleanpress can't read HTML; give it text")
        _ = job.cleaner  # wrong names and bad rule files are told before anything is read
        reporter = Reporter(progress=not output.is_terminal, total=_total(files))
        sidecar = None
        try:
            if args.removed:
                sidecar = streams.Output(args.removed).__enter__()
                sidecar.write(_sidecar_header(job, plan))
            begun = time.monotonic()
            records = read_records(files, form, null=plan.null, before_wait=output.flush)
            separator = separator_of(form, plan.null) if plan.view == "text" else b""
            outcomes = _outcomes(job, records, args.jobs)
            try:
                code = _written(outcomes, output, sidecar, reporter, separator)
            finally:
                outcomes.close()  # ends worker processes
            if code is not None:
                output.keep()
                if sidecar is not None:
                    sidecar.keep()
        finally:
            reporter.close()
            if sidecar is not None:
                sidecar.__exit__(*sys.exc_info())
    unclean = sum(n for kind, n in job.tally.errors.items() if kind not in ("not-utf8", "unreadable"))
    if unclean and args.on_error == "report":
        what = "left out" if form == "html" else "passed through unchanged" if plan.view == "text" else "not cleaned"
        reporter.say(f"{unclean:,} of {job.tally.records:,} records {what} (--on-error skip leaves such records out, fail stops)")
    if args.stats:
        _print_stats(args, job, reporter, time.monotonic() - begun)
    if code is None:
        return USAGE
    return FOUND if code == DONE and args.check and job.tally.changed else code


def _outcomes(job: Job, records: Iterator[Record], jobs: int) -> Generator[Outcome, None, None]:
    if jobs == 1:
        yield from map(job.do, records)
        return
    from cleanpress.io.workers import Workers

    with Workers(job, jobs) as workers:
        yield from workers.outcomes(records)


def _written(outcomes: Iterator[Outcome], output: Output, sidecar: Output | None, reporter: Reporter, separator: bytes) -> int | None:
    """Writes what became of each record; the exit code, or None when the run was stopped by a bad record."""
    code = DONE
    current = 0
    last = b""
    for outcome in outcomes:
        for message in outcome.messages:
            reporter.tell(*message)
        if outcome.stop:
            return None
        if outcome.unreadable:
            code = USAGE
        if outcome.output:
            if outcome.input != current:
                # the first line of an input must not run on from the last one of the input before
                if last and not last.endswith(separator):
                    output.write(separator)
                current = outcome.input
            output.write(outcome.output)
            last = outcome.output[-1:]
        if sidecar is not None and outcome.sidecar:
            sidecar.write(outcome.sidecar)
        reporter.advance(outcome.size)
    return code


def _format(args: argparse.Namespace, files: Sequence[str]) -> Format:
    from cleanpress.io.records import format_of

    if args.format:
        return cast("Format", args.format)
    if args.field or args.html_field or args.url_field or args.lang_field:
        return "jsonl"
    found = {format_of(file): file for file in files}
    if len(found) > 1:
        named = ", ".join(f"{file} as {form}" for form, file in sorted(found.items()))
        raise InputError(f"the inputs are of several formats by their names ({named}): say which with --format")
    return next(iter(found))


def _check_combination(args: argparse.Namespace, form: Format) -> None:
    def refuse(wrong: bool, message: str) -> None:
        if wrong:
            raise InputError(message)

    fields = [o for o in ("field", "html_field", "url_field", "lang_field") if getattr(args, o)]
    if fields and form != "jsonl":
        raise InputError(f"--{fields[0].replace('_', '-')} is for --format jsonl, not {form}")
    refuse(args.null and form == "jsonl", "-0 is for text and html; in JSON Lines a line feed ends each record")
    refuse(args.explain and args.diff, "--explain and --diff exclude each other")
    if args.removed:
        refuse(args.explain or args.diff or args.check, "--removed goes with cleaned text, not with --explain, --diff or --check")
        refuse(form == "html" or bool(args.html_field), "--removed can't restore HTML; use --explain")
        refuse(form == "text" and not args.null and len(args.files) > 1, "--removed takes one article, or -0, or JSON Lines")
        refuse(args.removed == "-" or args.removed == args.output, "--removed needs a file of its own")
    refuse(args.engine is not None and form != "html" and not args.html_field, "--engine is for HTML: --format html or --html-field")


def _check_inputs(files: Sequence[str]) -> None:
    """Finds names that can't be read before hours of work, not after."""
    for file in files:
        if file == "-":
            continue
        if Path(file).is_dir():
            raise InputError(f"{file}: is a folder; name the files in it")
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


def _plan(args: argparse.Namespace, form: Format, output: Output) -> Plan:
    from cleanpress.io.job import Plan

    colour = args.color == "always" or (
        args.color == "auto" and output.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )
    return Plan(
        form=form,
        view="explain" if args.explain else "diff" if args.diff else "check" if args.check else "text",
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
    )


def _cleaner_options(args: argparse.Namespace, form: Format) -> dict[str, Any]:
    options: dict[str, Any] = {
        "profile": args.profile,
        "remove": _names(args.remove),
        "keep": _names(args.keep),
        "disable": _names(args.disable),
        "rules": list(args.rules),
        "body_only": args.body_only,
    }
    if args.engine is not None and (form == "html" or args.html_field):
        options["engine"] = args.engine
    return options


def _names(values: Sequence[str]) -> list[str]:
    """The names in repeated options and comma lists.

    >>> _names(["byline, editorial", "app"])
    ['byline', 'editorial', 'app']
    """
    return [name for value in values for name in (part.strip() for part in value.split(",")) if name]


def _total(files: Sequence[str]) -> int | None:
    """Bytes that will be read, where that is known."""
    if any(file == "-" or file.endswith((".gz", ".zst")) or not Path(file).is_file() for file in files):
        return None
    return sum(Path(file).stat().st_size for file in files)


def _identity(job: Job) -> dict[str, str]:
    """What a run's records say about the library that made them."""
    from cleanpress import __version__

    return {"version": __version__, "rules_hash": str(getattr(job.cleaner, "rules_hash", ""))}


def _sidecar_header(job: Job, plan: Plan) -> bytes:
    from cleanpress.io import sidecar

    field = plan.field if plan.form == "jsonl" else None
    return sidecar.header(field=field, null=plan.null, profile=job.options["profile"], **_identity(job))


def _print_stats(args: argparse.Namespace, job: Job, reporter: Reporter, seconds: float) -> None:
    if args.stats == "json":
        from cleanpress.io.tally import STATS_SCHEMA
        from cleanpress.io.views import json_row

        row = {"schema": STATS_SCHEMA, **_identity(job), "profile": args.profile, **job.tally.as_json()}
        reporter.write(json_row(row).decode())
    else:
        reporter.write(job.tally.summary(seconds))


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

    rules = [rule for pack in rulebook.pack_names() for rule in rulebook.pack_rules(pack)[0]] + _own_rules(args)
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
    known = own + [rule for pack in rulebook.pack_names() for rule in rulebook.pack_rules(pack)[0]]
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
    cleaned = streams.chunks(streams.open_input(files[0]), streams.display_name(files[0]))
    rows = streams.chunks(streams.open_input(args.restore), streams.display_name(args.restore))
    with streams.Output(args.output) as output:
        for piece in sidecar.restore(cleaned, rows):
            output.write(piece)
        output.keep()
    return DONE


if __name__ == "__main__":
    sys.exit(main())
