"""For those who write rules and fit weights: ``python -m cleanpress.devtools COMMAND``.

compile-rules [PACK …]   turn rules/<pack>/*.toml into rules/<pack>.json, what a cleaner loads
check-rules [PACK …]     prove each rule against its own examples; names what is wrong
new-rule ID              print a stub for a rule, red until it is filled in
coverage                 count rules and examples by language and category into docs/coverage.md
fit-report LABELLED      what each kind of evidence is worth, publishers kept apart; draws the curve and the reliability
fit LABELLED             fit the scoring layer's weights, publishers kept apart; --corpora teaches with the project's own articles
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cleanpress import languages, rulebook
from cleanpress.errors import CleanpressError
from cleanpress.shipped import RULES
from cleanpress.types import CATEGORIES


def stale_packs() -> list[str]:
    """Packs whose JSON does not say what their TOML says."""
    folders = sorted({prefix.split("/")[0] for prefix, _ in rulebook.source_files()} | set(rulebook.pack_names()))
    stale = [pack for pack in folders if not rulebook.is_fresh(pack)]
    target = RULES / "languages.json"
    if not target.exists() or target.read_text(encoding="utf-8") != languages.packed_languages():
        stale.append("languages")
    return stale


def compile_rules(packs: Sequence[str]) -> None:
    """Writes the JSON packs (all, when none is named)."""
    for pack in packs or sorted({prefix.split("/")[0] for prefix, _ in rulebook.source_files()}):
        rules = rulebook.source_rules(pack)
        (RULES / f"{pack}.json").write_text(rulebook.packed(rules, rulebook.sources_digest(pack)), encoding="utf-8")
        print(f"{pack}: {len(rules)} rules")
    (RULES / "languages.json").write_text(languages.packed_languages(), encoding="utf-8")


def check_rules(packs: Sequence[str]) -> int:
    """Prints the problems of each rule, and of the language's own file; returns how many there are that have any."""
    from cleanpress.testing import problems

    bad = 0
    for pack in packs or sorted({prefix.split("/")[0] for prefix, _ in rulebook.source_files()}):
        rules = rulebook.source_rules(pack)
        for rule in rules:
            found = problems(rule)
            bad += bool(found)
            for problem in found:
                print(f"{rule.id}: {problem}")
        for problem in languages.source_problems(pack):
            bad += 1
            print(f"{pack}: {problem}")
        examples = sum(len(r.remove) + len(r.keep) for r in rules)
        print(f"{pack}: {len(rules)} rules, {examples} examples checked")
    return bad


def coverage_text() -> str:
    """The page ``docs/coverage.md``: for each pack and category, how many rules and examples there are."""
    import tomllib

    counts: dict[str, dict[str, list[int]]] = {}
    for prefix, text in rulebook.source_files():
        for rule in rulebook.rules_in_toml(text, f"rules/{prefix}.toml", prefix):
            cell = counts.setdefault(rule.pack, {}).setdefault(rule.category, [0, 0])
            cell[0] += 1
            cell[1] += len(rule.remove) + len(rule.keep)
    names = {"any": "any language", "sites": "single sites"}
    for pack in counts:
        about = RULES / pack / "language.toml"
        if about.is_file():
            names[pack] = tomllib.loads(about.read_text(encoding="utf-8")).get("name", pack)

    def cell_of(cells: Sequence[Sequence[int]]) -> str:
        return f"{sum(c[0] for c in cells)}/{sum(c[1] for c in cells)}" if cells else ""

    order = sorted(counts, key=lambda p: (p in ("any", "sites"), p))
    rows = [[f"{names.get(p, p)} (`{p}`)", *(cell_of([counts[p][c]] if c in counts[p] else []) for c in CATEGORIES)] for p in order]
    for row, pack in zip(rows, order, strict=True):
        row.append(cell_of(list(counts[pack].values())))
    rows.append(["all", *(cell_of([counts[p][c] for p in order if c in counts[p]]) for c in CATEGORIES)])
    rows[-1].append(cell_of([cell for p in order for cell in counts[p].values()]))
    head = ["", *CATEGORIES, "all"]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] + ["--:"] * (len(head) - 1), *rows)]
    return (
        "# Coverage\n\nRules and their examples (`rules/examples`), by language and category. Written by "
        "`python -m cleanpress.devtools coverage`; don't edit it by hand.\n\n" + "\n".join(lines) + "\n\n"
        "A small number is not always a gap: one rule may hold a hundred phrases, and some categories (`player`, `social`) are "
        "mostly labels.\nRules for any language and, where the language is not given, English ones speak on every page.\n"
    )


def fit_weights(labelled: str, corpora: Path | None, coarse: str | None, out: Path, report: bool) -> None:
    """Fits, writes the weights, prints the out-of-fold figures."""
    import json

    from cleanpress import learn

    command = "python -m cleanpress.devtools fit LABELLED.jsonl.gz"
    command += (" --corpora corpora" if corpora else "") + (" --coarse MORE.jsonl.gz" if coarse else "")
    text, by_fold, _, _ = learn.fit(labelled, corpora=corpora, coarse=coarse, command=command)
    out.write_text(text, encoding="utf-8")
    print(json.dumps(json.loads(text)["fitted"], indent=1))
    if report:
        for profile, groups in learn.cross_validated(labelled, by_fold).items():
            for group, rows in groups.items():
                for value, (lost, removed) in rows.items():
                    print(f"{profile}\t{group}\t{value}\tbody lost {lost:.5f}\tboilerplate removed {removed:.4f}")


def report_evidence(labelled: str, corpora: Path | None, coarse: str | None, out: Path) -> None:
    """Prints the ablation, and each language unseen in fitting; draws the plots into ``out``."""
    from cleanpress import learn_report

    lines = learn_report.scored_lines(labelled, corpora, coarse)
    learn_report.write_plots(lines, out)
    print("| evidence | careful | balanced | eager |\n|---|--:|--:|--:|")
    learn_report.ablation(lines)
    for profile, table in learn_report.language_left_out(lines).items():
        for lang, (lost, removed) in table.items():
            print(f"{profile}\tunseen {lang}\tbody lost {lost:.5f}\tboilerplate removed {removed:.4f}")


def fit_html_weights(labelled: str, coarse: str | None, out: Path) -> None:
    """Fits the HTML track, writes the weights, prints the out-of-fold figures."""
    import json

    from cleanpress import learn_html

    command = "python -m cleanpress.devtools fit-html HTML.jsonl.gz" + (" --coarse MORE.jsonl.gz" if coarse else "")
    text, _, _ = learn_html.fit(labelled, coarse=coarse, command=command)
    out.write_text(text, encoding="utf-8")
    print(json.dumps(json.loads(text)["fitted"], indent=1))


def rule_stub(rule_id: str) -> str:
    """The text of a new rule that fails its tests until it is filled in."""
    parts = rule_id.split("/")
    if len(parts) != 3:
        raise CleanpressError(f"{rule_id!r}: an id is <language>/<category>/<name>, any/<category>/<name> or sites/<host>/<name>")
    category = parts[1] if parts[1] in CATEGORIES else "related"
    return (
        f'[[rule]]\nid = "{rule_id}"\ncategory = "{category}"\nscope = "segment"\nstrength = "strong"\n'
        'keywords = ["TODO"]\npattern = \'^todo\\b\'\nnote = "TODO: why this is never body text"\n'
        'remove = ["TODO: two texts that it removes"]\nkeep = ["TODO: two near misses that must stay"]\n'
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m cleanpress.devtools", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("compile-rules", "check-rules"):
        commands.add_parser(name).add_argument("packs", nargs="*")
    commands.add_parser("new-rule").add_argument("id")
    commands.add_parser("coverage").add_argument("--out", type=Path, default=RULES.parents[1] / "docs" / "coverage.md")
    fitting = commands.add_parser("fit")
    fitting.add_argument("labelled", help="labelled pages, JSON Lines, may be gzipped")
    fitting.add_argument("--corpora", type=Path, help="the project's own articles, to teach with")
    fitting.add_argument("--coarse", help="more pages, with coarse labels, to teach with little weight")
    fitting.add_argument("--out", type=Path, default=RULES / "scoring.json", help="where the weights go (default: into the package)")
    fitting.add_argument(
        "--report", action="store_true", help="also run the whole pipeline on each page with weights that have not seen its publisher"
    )
    reporting = commands.add_parser("fit-report")
    reporting.add_argument("labelled", help="labelled pages, JSON Lines, may be gzipped")
    reporting.add_argument("--corpora", type=Path, help="the project's own articles, to teach with")
    reporting.add_argument("--coarse", help="more pages, with coarse labels, to teach with little weight")
    reporting.add_argument("--out", type=Path, default=RULES.parents[1] / "docs" / "images", help="where the plots go")
    fitting_html = commands.add_parser("fit-html")
    fitting_html.add_argument("labelled", help="labelled pages with their HTML, JSON Lines, may be gzipped")
    fitting_html.add_argument("--coarse", help="more pages, with coarse labels: they teach with less weight and are reported apart")
    fitting_html.add_argument(
        "--out", type=Path, default=RULES / "scoring_html.json", help="where the weights go (default: into the package)"
    )
    args = parser.parse_args(argv)
    try:
        if args.command == "compile-rules":
            compile_rules(args.packs)
        elif args.command == "check-rules":
            return 1 if check_rules(args.packs) else 0
        elif args.command == "coverage":
            args.out.write_text(coverage_text(), encoding="utf-8")
        elif args.command == "fit":
            fit_weights(args.labelled, args.corpora, args.coarse, args.out, args.report)
        elif args.command == "fit-report":
            report_evidence(args.labelled, args.corpora, args.coarse, args.out)
        elif args.command == "fit-html":
            fit_html_weights(args.labelled, args.coarse, args.out)
        elif args.command == "new-rule":
            print(rule_stub(args.id), end="")
    except CleanpressError as error:
        print(f"devtools: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
