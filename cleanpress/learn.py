"""Fits the weights of the scoring layer on labelled pages, publishers kept apart. Needs the ``fit`` extra; running does not.

The model of lines is a sum of small boosted trees over the features' levels. The model of segments is a sum of tables over
one or two features each (a generalised additive model with pairwise interactions, GA2M: Lou, Caruana, Gehrke and Hooker,
"Accurate intelligible models with pairwise interactions", KDD 2013), boosted from trees of depth two and then written out
as tables. Of both, each feature's share of a verdict can be printed. Thresholds are read off the pooled
out-of-fold scores: each page is scored by a model that has seen no page of its publisher.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from cleanpress import heuristics, rulebook, scoring
from cleanpress.errors import MissingExtraError
from cleanpress.heuristics import units
from cleanpress.heuristics.lines import Lines
from cleanpress.labelled import Page, coarse_pages, corpus_pages, folds_of, json_lines, read_pages, token_counts
from cleanpress.made_pages import half_heard_pages, transplanted_pages
from cleanpress.matching import Matcher
from cleanpress.pipeline import guessed_packs
from cleanpress.segment.plain import blocks_of
from cleanpress.text import Hosts, fold
from cleanpress.types import PROFILES, Block, Document, ProfileName

#: Share of body tokens that a profile may lose, by the out-of-fold scores (half of it for lines of a document that is one line).
BODY_BUDGET = {"careful": 0.0005, "balanced": 0.0036, "eager": 0.0088}
#: Share of a document that may go on soft evidence.
SOFT_BUDGET = {"careful": 0.7, "balanced": 0.8, "eager": 0.9}
#: Pairs of features that the model of segments may use.
SEGMENT_PAIRS = 8
#: Trees of the line model.
LINE_TREES = 150
#: Segments are cut out of paragraphs, where a mistake hurts most: no lower thresholds (log-odds) than these.
SEGMENT_FLOOR = {"careful": 2.3, "balanced": 1.2, "eager": 0.3}


@dataclass(slots=True)
class Teaching:
    """All pages that teach: those that are measured too, the project's own, those with coarse labels, those made of others."""

    pages: list[Page]
    #: How many are measured, how many have exact labels, and how many are coarse or exact: the rest is made of them.
    measured: int
    exact: int
    real: int
    #: The fold of each page; −1: in none, so that it teaches every model.
    folds: list[int]
    digest: str
    coarse_digest: str | None


def teaching_pages(path: str | Path, corpora: Path | None, coarse: str | Path | None, matcher: Matcher) -> Teaching:
    """The pages that a fit learns from (see :func:`fit`)."""
    pages, digest = read_pages(path, matcher)
    measured = len(pages)
    if corpora is not None:
        pages += corpus_pages(corpora, matcher)
    exact = len(pages)
    folds = folds_of([p.publisher for p in pages])
    made, folds_of_made = transplanted_pages(pages, folds, measured, matcher)
    made += half_heard_pages(pages[:measured])
    folds_of_made += folds[:measured]
    coarse_digest = None
    if coarse is not None:
        more, coarse_digest = coarse_pages(coarse, matcher)
        pages += more
        folds += [-1] * len(more)
    return Teaching(pages + made, measured, exact, len(pages), folds + folds_of_made, digest, coarse_digest)


def cross_validated(path: str | Path, by_fold: Sequence[scoring.Scoring]) -> dict[str, dict[str, dict[str, tuple[float, float]]]]:
    """What the whole pipeline loses and removes on pages whose publisher its model has not seen.

    Args:
        path: the labelled file that the folds were made from.
        by_fold: the scoring of each fold, as :func:`fit` returns them.

    Returns:
        profile → group (``"all"``, ``"upstream"``, ``"lang"``) → value → (share of body tokens lost, share of boilerplate removed).
    """
    from cleanpress.pipeline import Cleaner

    raw = Path(path).read_bytes()
    records = [json.loads(line) for _, line in json_lines(raw)]
    folds = folds_of([r.get("publisher") or "" for r in records])
    figures: dict[str, dict[str, dict[str, tuple[float, float]]]] = {}
    for name in PROFILES:
        cleaners = [Cleaner(profile=name, scored_by=s) for s in by_fold]
        counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for record, fold_number in zip(records, folds, strict=True):
            text = record["text"]
            spans = sorted((int(a), int(b), str(label)) for a, b, label in record["spans"])
            body, boilerplate, _ = token_counts(text, spans, 0, len(text))
            gone = [token_counts(text, spans, r.start, r.end) for r in cleaners[fold_number].explain(text, url=record.get("url")).removed]
            for group in (("all", ""), ("upstream", record.get("upstream") or ""), ("lang", record.get("lang") or "")):
                cell = counts[group]
                cell[0] += body
                cell[1] += sum(g[0] for g in gone)
                cell[2] += boilerplate
                cell[3] += sum(g[1] for g in gone)
        table: dict[str, dict[str, tuple[float, float]]] = {}
        for (group_name, value), (body, lost, boilerplate, removed) in sorted(counts.items()):
            table.setdefault(group_name, {})[value] = (round(lost / (body or 1), 5), round(removed / (boilerplate or 1), 4))
        figures[name] = table
    return figures


@dataclass(slots=True)
class Rows:
    """Feature rows for fitting: one a line (or segment), with its page, its target and its weight."""

    names: tuple[str, ...]
    features: list[list[int]]
    page: list[int]
    tokens: list[tuple[int, int, int]]
    #: The weight of each page; without them all weigh the same.
    weights: Sequence[float] = ()

    def targets(self) -> tuple[list[int], list[float]]:
        """1 for boilerplate, 0 for what stays; weights grow with the root of the tokens, so that no long line rules alone."""
        target, weight = [], []
        for body, boilerplate, kept in self.tokens:
            target.append(int(boilerplate > body + kept))
            weight.append((body + boilerplate + 0.5 * kept) ** 0.5 if body + boilerplate + kept else 0.0)
        if self.weights:
            weight = [w * self.weights[page] for w, page in zip(weight, self.page, strict=True)]
        return target, weight


def line_rows(pages: Sequence[Page]) -> Rows:
    """The rows of all lines that the scoring layer would look at."""
    rows = Rows(heuristics.NAMES, [], [], [], [page.weight for page in pages])
    for number, page in enumerate(pages):
        lines = Lines(page.document)
        chosen = scoring.candidates(lines)
        if not chosen:
            continue
        columns = heuristics.feature_columns(lines, chosen)
        ordered = [columns[name] for name in rows.names]
        for row, i in enumerate(chosen):
            rows.features.append([c[row] for c in ordered])
            rows.page.append(number)
            rows.tokens.append(page.counts[i])
    return rows


def segment_rows(pages: Sequence[Page], matcher: Matcher) -> Rows:
    """The rows of segments in lines that mix body and boilerplate.

    Real pages hold few such lines, so neighbouring lines are also joined by a space, in groups of two to four and as whole
    documents: what a flattening extractor makes of the same page.
    """
    rows = Rows(units.NAMES, [], [], [], [page.weight for page in pages])

    def add(document: Document, block: Block, spans: Sequence[tuple[int, int, str]], number: int) -> None:
        if not any(s.strength != "protect" for s in block.signals):
            return
        parts = units.units_of(document, block)
        if len(parts) < 2:
            return
        columns = units.feature_columns(document, block, parts)
        ordered = [columns[name] for name in rows.names]
        for k, (start, end) in enumerate(parts):
            rows.features.append([c[k] for c in ordered])
            rows.page.append(number)
            rows.tokens.append(token_counts(document.text, spans, start, end))

    for number, page in enumerate(pages):
        for block in page.document.blocks:
            add(page.document, block, page.spans, number)
        for size in (2, 3, 4, len(page.document.blocks)):
            flat, spans = flattened(page, size)
            document = Document(flat, fold(flat), blocks_of(flat), page.document.url, page.lang)
            matcher.annotate(document, host=Hosts.of(page.document.url), packs=guessed_packs(document.folded))
            for block in document.blocks:
                add(document, block, spans, number)
    return rows


def flattened(page: Page, size: int) -> tuple[str, list[tuple[int, int, str]]]:
    """The page's text with every ``size`` lines joined into one, and its spans there."""
    blocks = page.document.blocks
    pieces: list[str] = []
    shift: list[tuple[int, int]] = []
    at = 0
    for i, block in enumerate(blocks):
        piece = page.document.text[block.start : block.end]
        shift.append((block.start, at - block.start))
        mark = "\n" if (i + 1) % max(size, 1) == 0 else " "
        pieces += (piece, mark)
        at += len(piece) + 1
    spans = []
    for start, end, label in page.spans:
        for block, (_, by) in zip(blocks, shift, strict=True):
            if block.start < end and block.end > start:
                spans.append((max(start, block.start) + by, min(end, block.end) + by, label))
    return "".join(pieces), sorted(spans)


def _booster(rows: Rows, members: Sequence[int], seed: int) -> tuple[Any, Any, Callable[..., Any]]:
    """``(features, weights, boost)`` of the rows numbered ``members`` that weigh anything; ``boost`` fits trees of a given shape to them."""
    try:
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        raise MissingExtraError("Fitting", "fit") from None
    target, weight = rows.targets()
    used = [m for m in members if weight[m] > 0]
    x = np.array([rows.features[m] for m in used], dtype=np.float64)
    y = np.array([target[m] for m in used])
    w = np.array([weight[m] for m in used])

    def boost(**shape: Any) -> Any:
        booster = HistGradientBoostingClassifier(
            learning_rate=0.1, min_samples_leaf=40, l2_regularization=10.0, max_features=0.3, random_state=seed, early_stopping=False,
            **shape,
        )  # fmt: skip
        return booster.fit(x, y, sample_weight=w)

    return x, w, boost


def fitted_model(rows: Rows, members: Sequence[int], rounds: int, pairs: int, *, seed: int = 0) -> scoring.Model:
    """The additive model of the rows numbered ``members``: all features alone, and the most telling ``pairs`` pairs.

    Pairs are those that matter most in a first model that may use any; the second model may use only them, so that the
    weights stay readable and scoring stays cheap.

    Raises:
        MissingExtraError: when scikit-learn is not installed.
    """
    x, w, boost = _booster(rows, members, seed)
    import numpy as np

    top = [max((f[k] for f in rows.features), default=0) for k in range(len(rows.names))]

    def boosted(allowed: Any) -> scoring.Model:
        return tables_of(boost(max_depth=2, max_leaf_nodes=4, max_iter=rounds, interaction_cst=allowed), rows.names, top)

    first = boosted(None)
    place = {name: k for k, name in enumerate(rows.names)}
    columns = x.astype(int)
    ranked = []
    for table in first.tables:
        if len(table.features) == 2:
            a, b = (place[f] for f in table.features)
            given = np.array(table.weights)[columns[:, a] * table.stride + columns[:, b]]
            ranked.append((float(np.sqrt(np.average((given - np.average(given, weights=w)) ** 2, weights=w))), (a, b)))
    ranked.sort(key=lambda r: (-r[0], r[1]))
    return boosted([{k} for k in range(len(rows.names))] + [set(ab) for _, ab in ranked[:pairs]])


def fitted_forest(rows: Rows, members: Sequence[int], trees: int, *, leaves: int = scoring.Forest.LEAVES, seed: int = 0) -> scoring.Forest:
    """The forest of the rows numbered ``members``: boosted trees of a few leaves.

    Raises:
        MissingExtraError: when scikit-learn is not installed.
    """
    _, _, boost = _booster(rows, members, seed)
    return forest_of(boost(max_leaf_nodes=leaves, max_iter=trees), rows.names)


def forest_of(booster: Any, names: Sequence[str]) -> scoring.Forest:
    """A fitted ``HistGradientBoostingClassifier`` as a forest; levels are whole numbers, so thresholds are rounded down."""

    def tree_of(nodes: Any, at: int) -> tuple[scoring.Tree, float, float]:
        node = nodes[at]
        if node["is_leaf"]:
            value = round(float(node["value"]), 4)
            return value, value, float(node["count"])
        low, low_mean, low_count = tree_of(nodes, int(node["left"]))
        high, high_mean, high_count = tree_of(nodes, int(node["right"]))
        count = low_count + high_count
        mean = round((low_mean * low_count + high_mean * high_count) / count, 4)
        return [names[int(node["feature_idx"])], int(node["num_threshold"]), mean, low, high], mean, count

    trees = [tree_of(tree.nodes, 0)[0] for (tree,) in booster._predictors]
    return scoring.Forest(round(float(booster._baseline_prediction.ravel()[0]), 4), trees)


def tables_of(booster: Any, names: Sequence[str], top: Sequence[int]) -> scoring.Model:
    """A boosted model of depth two as tables: each branch of a tree speaks about one feature or a pair.

    Args:
        booster: a fitted ``HistGradientBoostingClassifier`` of depth at most two.
        names: the features' names.
        top: the highest level of each feature.
    """
    single: dict[int, list[float]] = defaultdict(list)
    pair: dict[tuple[int, int], list[list[float]]] = {}

    def add_single(feature: int, low: float, high: float, value: float) -> None:
        table = single[feature] or [0.0] * (top[feature] + 1)
        for level in range(len(table)):
            if low < level <= high:
                table[level] += value
        single[feature] = table

    def add_pair(a: int, a_range: tuple[float, float], b: int, b_range: tuple[float, float], value: float) -> None:
        if a > b:
            a, b, a_range, b_range = b, a, b_range, a_range
        table = pair.setdefault((a, b), [[0.0] * (top[b] + 1) for _ in range(top[a] + 1)])
        for i, line in enumerate(table):
            if a_range[0] < i <= a_range[1]:
                for j in range(len(line)):
                    if b_range[0] < j <= b_range[1]:
                        line[j] += value

    infinity = float("inf")
    for (tree,) in booster._predictors:
        nodes = tree.nodes
        root = nodes[0]
        if root["is_leaf"]:
            continue
        feature, threshold = int(root["feature_idx"]), float(root["num_threshold"])
        for child_index, reach in ((root["left"], (-1.0, threshold)), (root["right"], (threshold, infinity))):
            child = nodes[child_index]
            if child["is_leaf"]:
                add_single(feature, *reach, float(child["value"]))
                continue
            inner, cut = int(child["feature_idx"]), float(child["num_threshold"])
            for leaf_index, inner_reach in ((child["left"], (-1.0, cut)), (child["right"], (cut, infinity))):
                value = float(nodes[leaf_index]["value"])
                if inner == feature:
                    add_single(feature, max(reach[0], inner_reach[0]), min(reach[1], inner_reach[1]), value)
                else:
                    add_pair(feature, reach, inner, inner_reach, value)
    tables = [scoring.Table((names[f],), tuple(round(w, 4) for w in t)) for f, t in sorted(single.items()) if any(t)]
    for (a, b), table in sorted(pair.items()):
        tables.append(scoring.Table((names[a], names[b]), tuple(round(w, 4) for line in table for w in line), top[b] + 1))
    return scoring.Model(round(float(booster._baseline_prediction.ravel()[0]), 4), tuple(tables))


def scores_of(model: scoring.Model | scoring.Forest, rows: Rows, members: Sequence[int]) -> list[float]:
    """The log-odds of the rows numbered ``members``."""
    columns = {name: [rows.features[m][k] for m in members] for k, name in enumerate(rows.names)}
    return model.log_odds(columns, len(members))


def out_of_fold(rows: Rows, fold_of_page: Sequence[int], rounds: int, pairs: int) -> tuple[list[float], list[scoring.Model]]:
    """Each row's log-odds from the tables that have seen nothing of its publisher, and the models, one a fold."""
    return _out_of_fold(rows, fold_of_page, lambda members: fitted_model(rows, members, rounds, pairs))


M = TypeVar("M", scoring.Model, scoring.Forest)


def forest_out_of_fold(
    rows: Rows, fold_of_page: Sequence[int], trees: int, *, leaves: int = scoring.Forest.LEAVES
) -> tuple[list[float], list[scoring.Forest]]:
    """Each row's log-odds from the forest that has seen nothing of its fold, and the forests, one a fold."""
    return _out_of_fold(rows, fold_of_page, lambda members: fitted_forest(rows, members, trees, leaves=leaves))


def _out_of_fold(rows: Rows, fold_of_page: Sequence[int], fitted: Callable[[Sequence[int]], M]) -> tuple[list[float], list[M]]:
    scores = [0.0] * len(rows.page)
    models = []
    for fold_number in range(max(fold_of_page) + 1):
        inside = [m for m, p in enumerate(rows.page) if fold_of_page[p] == fold_number]
        model = fitted([m for m, p in enumerate(rows.page) if fold_of_page[p] != fold_number])
        models.append(model)
        for m, score in zip(inside, scores_of(model, rows, inside), strict=True):
            scores[m] = score
    return scores, models


def threshold_at(scores: Sequence[float], tokens: Sequence[tuple[int, int, int]], all_body: int, share: float) -> float:
    """The lowest threshold at which the rows above it hold at most ``share`` of all body tokens."""
    allowed = share * all_body
    lost = 0
    order = sorted(range(len(scores)), key=lambda m: -scores[m])
    threshold = scores[order[0]] + 1 if order else 0.0
    for at, m in enumerate(order):
        lost += tokens[m][0]
        if lost > allowed:
            break
        if at + 1 == len(order) or scores[order[at + 1]] < scores[m]:
            threshold = scores[m]
    return threshold


def _within(scores: Sequence[float], rows: Rows, measured: int) -> tuple[list[float], list[tuple[int, int, int]]]:
    """Scores and tokens of the rows whose page is one of the first ``measured``."""
    chosen = [m for m, page in enumerate(rows.page) if page < measured]
    return [scores[m] for m in chosen], [rows.tokens[m] for m in chosen]


def model_data(model: scoring.Model) -> dict[str, Any]:
    """A model as JSON data that a person can read."""
    tables = []
    for t in model.tables:
        weights: Any = list(t.weights)
        if len(t.features) == 2:
            weights = [weights[k : k + t.stride] for k in range(0, len(weights), t.stride)]
        tables.append({"on": list(t.features), "weights": weights})
    return {"bias": model.bias, "tables": tables}


def forest_data(forest: scoring.Forest) -> dict[str, Any]:
    """A forest as JSON data that a person can read."""
    return {"bias": forest.bias, "trees": list(forest.trees)}


def scoring_text(data: Mapping[str, Any]) -> str:
    """The scoring file's text: one table or tree a line, the same bytes for the same weights."""
    parts = []
    for key, value in data.items():
        form = next((f for f in ("tables", "trees") if isinstance(value, dict) and f in value), None)
        if form:
            rows = ",\n".join("  " + json.dumps(t, ensure_ascii=False, separators=(",", ":")) for t in value[form])
            parts.append(f'"{key}": {{"bias": {value["bias"]}, "{form}": [\n{rows}\n ]}}')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=False, indent=1)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def fit(
    path: str | Path,
    *,
    corpora: Path | None = None,
    coarse: str | Path | None = None,
    trees: int = LINE_TREES,
    segment_rounds: int = 120,
    command: str = "",
) -> tuple[str, list[scoring.Scoring], list[int], list[Page]]:
    """Fits on a labelled file.

    Args:
        path: labelled pages (:func:`read_pages`).
        corpora: the folder of the project's own articles, to teach with (:func:`corpus_pages`).
        coarse: more pages, with coarse labels, to teach lines with (:func:`coarse_pages`).
        trees: of the model of lines.
        segment_rounds: rounds of boosting of the model of segments.
        command: how the fitting was called, for the record.

    Returns:
        The scoring file's text; the scoring of each fold (for honest measuring); each page's fold; the pages.
    """
    matcher = Matcher(rulebook.shipped_rules())
    teaching = teaching_pages(path, corpora, coarse, matcher)
    pages, measured, exact, fold_of_page = teaching.pages, teaching.measured, teaching.exact, teaching.folds
    rows = line_rows(pages)
    parts = segment_rows(pages[:exact], matcher)
    # Thresholds and figures are read off the labelled pages alone; all others only teach.
    body = sum(c[0] for p in pages[:measured] for c in p.counts)
    line_scores, line_models = forest_out_of_fold(rows, fold_of_page, trees)
    part_scores, part_models = out_of_fold(parts, fold_of_page, segment_rounds, SEGMENT_PAIRS)
    part_body = 5 * body
    profiles: dict[str, Any] = {}
    for name in PROFILES:
        profiles[name] = {
            "line_threshold": round(threshold_at(*_within(line_scores, rows, measured), body, BODY_BUDGET[name]), 3),
            "segment_threshold": max(
                SEGMENT_FLOOR[name], round(threshold_at(*_within(part_scores, parts, measured), part_body, BODY_BUDGET[name] / 2), 3)
            ),
            "budget": SOFT_BUDGET[name],
        }
    boilerplate = sum(c[1] for p in pages[:measured] for c in p.counts)
    figures = {}
    for name in PROFILES:
        gone = [m for m, s in enumerate(line_scores) if s >= profiles[name]["line_threshold"] and rows.page[m] < measured]
        figures[name] = {
            "lines_body_lost": round(sum(rows.tokens[m][0] for m in gone) / body, 5),
            "lines_boilerplate_removed": round(sum(rows.tokens[m][1] for m in gone) / boilerplate, 4),
        }
    provenance = {
        "data_sha256": teaching.digest,
        "pages": measured,
        "publishers": len({p.publisher for p in pages[:measured]}),
        "own_articles": exact - measured,
        "coarse_sha256": teaching.coarse_digest,
        "coarse_pages": teaching.real - exact,
        "made_pages": len(pages) - teaching.real,
        "rules_sha256": rulebook.packs_digest(),
        "command": command,
        "rounds": [trees, segment_rounds],
        "out_of_fold": figures,
    }
    everything = scoring_text(
        {
            "version": 1,
            "fitted": provenance,
            "profiles": profiles,
            "lines": forest_data(fitted_forest(rows, range(len(rows.page)), trees)),
            "segments": model_data(fitted_model(parts, range(len(parts.page)), segment_rounds, SEGMENT_PAIRS)),
        }
    )
    points = {
        name: scoring.Profile(cast(ProfileName, name), row["line_threshold"], row["segment_threshold"], row["budget"])
        for name, row in profiles.items()
    }
    by_fold = [scoring.Scoring(a, b, points, provenance) for a, b in zip(line_models, part_models, strict=True)]
    return everything, by_fold, fold_of_page, pages
