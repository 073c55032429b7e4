"""What the fitted evidence is worth: an ablation, the curve of profiles, and how far scores are to be trusted.

All figures are of lines and out of fold: each line is scored by a forest that has seen nothing of its publisher. Needs the
``fit`` extra, which brings scikit-learn and matplotlib; running cleanpress needs neither.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleanpress import heuristics, learn, rulebook
from cleanpress.errors import MissingExtraError
from cleanpress.matching import Matcher
from cleanpress.types import PROFILES

#: Evidence that is left out together, beside each module of :mod:`cleanpress.heuristics`: a name and its features.
GROUPS: dict[str, tuple[str, ...]] = {
    "rules": (
        "rule", "rule_category", "rule_count", "rule_share", "protected", "category_before", "category_after", "since_rule",
        "until_rule", "section", "section_age", "window_rules", "rules_before", "heap_rules",
    ),
    "neighbours": ("size_after", "size_before2", "size_after2", "end_before", "end_after", "window_size", "window_ends"),
    "runs": ("run", "heap", "spread", "alike"),
    "teasers": ("teasers",),
    "beat of labels (comments)": ("beat",),
    "second article": ("turn",),
    "talk to the reader": ("reader", "newsroom"),
    "data rows": ("data_rows", "bullets", "tag_row"),
}  # fmt: skip
#: Points of the curve: shares of body tokens lost.
CURVE = (0.0002, 0.0005, 0.001, 0.002, 0.004, 0.007, 0.01, 0.015, 0.02)


@dataclass(slots=True)
class Scored:
    """Lines of labelled pages with their features, the fold and language of each page, and the totals of tokens."""

    rows: learn.Rows
    folds: list[int]
    langs: list[str]
    #: Pages from this number on are the project's own articles and are not measured.
    measured: int
    body: int
    boilerplate: int
    #: Body and boilerplate tokens of each language's measured pages, also in lines that are not looked at.
    by_lang: dict[str, tuple[int, int]]

    def log_odds(self, without: Sequence[str] = (), folds: Sequence[int] | None = None) -> list[float]:
        """Each line's log-odds out of fold, with some features silenced, or with other folds than by publisher."""
        rows = self.rows
        silent = [k for k, name in enumerate(rows.names) if name in without]
        if silent:
            features = [[0 if k in silent else v for k, v in enumerate(row)] for row in rows.features]
            rows = learn.Rows(rows.names, features, rows.page, rows.tokens, rows.weights)
        return learn.forest_out_of_fold(rows, self.folds if folds is None else folds, learn.LINE_TREES)[0]

    def removed_at(self, scores: Sequence[float], lost: float) -> float:
        """The share of boilerplate tokens above the threshold that loses at most a share ``lost`` of the body."""
        chosen = [m for m, page in enumerate(self.rows.page) if page < self.measured]
        threshold = learn.threshold_at([scores[m] for m in chosen], [self.rows.tokens[m] for m in chosen], self.body, lost)
        return sum(self.rows.tokens[m][1] for m in chosen if scores[m] >= threshold) / (self.boilerplate or 1)


def scored_lines(path: str | Path, corpora: Path | None, coarse: str | Path | None = None) -> Scored:
    """The lines of a labelled file, and of the project's own articles and of coarse pages to teach with, ready for fitting."""
    teaching = learn.teaching_pages(path, corpora, coarse, Matcher(rulebook.shipped_rules()))
    pages, measured = teaching.pages, teaching.measured
    rows = learn.line_rows(pages)
    counts = [c for page in pages[:measured] for c in page.counts]
    by_lang: dict[str, tuple[int, int]] = {}
    for page in pages[:measured]:
        body, boilerplate = by_lang.get(page.lang, (0, 0))
        by_lang[page.lang] = (body + sum(c[0] for c in page.counts), boilerplate + sum(c[1] for c in page.counts))
    return Scored(
        rows, teaching.folds, [p.lang for p in pages], measured,
        sum(c[0] for c in counts), sum(c[1] for c in counts), by_lang,
    )  # fmt: skip


def ablation(lines: Scored, tell: Callable[[str], None] = print) -> dict[str, tuple[float, ...]]:
    """For each kind of evidence, the share of boilerplate that lines lose at each profile's budget without it, told as it is found.

    The first row, ``"all"``, leaves nothing out.
    """
    groups: dict[str, Sequence[str]] = {"all": ()}
    groups.update({f"without {module.__name__.rsplit('.', 1)[-1]}": module.NAMES for module in heuristics.MODULES})
    groups.update({f"without {name}": features for name, features in GROUPS.items()})
    found = {}
    for name, features in groups.items():
        scores = lines.log_odds(features)
        found[name] = tuple(round(lines.removed_at(scores, learn.BODY_BUDGET[profile]), 4) for profile in PROFILES)
        tell(f"| {name} | " + " | ".join(f"{share:.1%}" for share in found[name]) + " |")
    return found


def language_left_out(lines: Scored) -> dict[str, dict[str, tuple[float, float]]]:
    """Profile → language → (body lost, boilerplate removed), at thresholds found by publishers, with that language unseen in fitting."""
    names = sorted(lines.by_lang)
    unseen = lines.log_odds(folds=[names.index(lang) if lang in names else -1 for lang in lines.langs])
    known = lines.log_odds()
    chosen = [m for m, page in enumerate(lines.rows.page) if page < lines.measured]
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for profile in PROFILES:
        threshold = learn.threshold_at(
            [known[m] for m in chosen], [lines.rows.tokens[m] for m in chosen], lines.body, learn.BODY_BUDGET[profile]
        )
        table = found.setdefault(profile, {})
        for lang, (body, boilerplate) in sorted(lines.by_lang.items()):
            gone = [m for m in chosen if lines.langs[lines.rows.page[m]] == lang and unseen[m] >= threshold]
            table[lang] = (
                round(sum(lines.rows.tokens[m][0] for m in gone) / (body or 1), 5),
                round(sum(lines.rows.tokens[m][1] for m in gone) / (boilerplate or 1), 4),
            )
    return found


def calibration(lines: Scored, scores: Sequence[float], bins: int = 10) -> list[tuple[float, float, int]]:
    """``(mean score, share that is boilerplate, lines)`` for each tenth of the scale from 0 to 1."""
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    for m, page in enumerate(lines.rows.page):
        body, boilerplate, kept = lines.rows.tokens[m]
        if page < lines.measured and body + boilerplate + kept:
            score = 1 / (1 + math.exp(-max(-60.0, min(60.0, scores[m]))))
            cell = sums[min(bins - 1, int(score * bins))]
            cell[0] += score
            cell[1] += boilerplate > body + kept
            cell[2] += 1
    return [(round(total / n, 4), round(hits / n, 4), int(n)) for total, hits, n in sums if n]


def write_plots(lines: Scored, folder: Path) -> None:
    """Draws the curve of what is lost and removed, and the reliability of scores, as SVG files in ``folder``.

    Raises:
        MissingExtraError: when matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise MissingExtraError("Drawing plots", "fit") from None
    matplotlib.use("svg")
    # the same bytes for the same figures
    matplotlib.rcParams["svg.hashsalt"] = "cleanpress"
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    scores = lines.log_odds()
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot([100 * x for x in CURVE], [100 * lines.removed_at(scores, x) for x in CURVE], marker="o")
    for profile in PROFILES:
        lost = learn.BODY_BUDGET[profile]
        axes.annotate(profile, (100 * lost, 100 * lines.removed_at(scores, lost)), textcoords="offset points", xytext=(6, -12))
    axes.set(xscale="log", xlabel="body tokens lost, %", ylabel="boilerplate tokens removed, %", title="lines, publishers apart")
    axes.grid(alpha=0.3)
    figure.savefig(folder / "curve.svg", metadata={"Date": None})
    points = calibration(lines, scores)
    figure, axes = pyplot.subplots(figsize=(4.5, 4.5))
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot([p[0] for p in points], [p[1] for p in points], marker="o")
    axes.set(xlabel="score", ylabel="share of lines that are boilerplate", title="reliability, publishers apart")
    axes.grid(alpha=0.3)
    figure.savefig(folder / "reliability.svg", metadata={"Date": None})
