"""The forest of the line model: the same log-odds by masks as by walking its trees, whatever their number of leaves."""

from __future__ import annotations

import itertools

import pytest

from cleanpress.scoring import Forest, Tree

TREES: list[Tree] = [
    0.25,
    ["a", 0, 0.0, -1.0, 1.0],
    ["a", 1, 0.1, ["b", 2, 0.0, -0.5, ["a", 0, 0.2, 0.3, 0.7]], 2.0],
]


def walked(tree: Tree, row: dict[str, int]) -> float:
    """The value of the leaf that a row falls in."""
    while isinstance(tree, list):
        name, level, _, low, high = tree
        tree = low if row[name] <= level else high
    return tree


@pytest.mark.parametrize("trees", [TREES, TREES[:1], TREES[1:], []])
def test_masks_find_the_leaves_that_walking_finds(trees: list[Tree]) -> None:
    rows = [{"a": a, "b": b} for a, b in itertools.product(range(4), range(6))]
    columns = {name: [row[name] for row in rows] for name in ("a", "b")}
    expected = [0.5 + sum(walked(tree, row) for tree in trees) for row in rows]
    assert Forest(0.5, trees).log_odds(columns, len(rows)) == pytest.approx(expected)


def test_shares_sum_up_to_the_log_odds() -> None:
    columns = {"a": [0, 1, 3], "b": [5, 2, 0]}
    forest = Forest(0.5, TREES)
    for row, value in enumerate(forest.log_odds(columns, 3)):
        assert sum(share for _, share in forest.shares(columns, row)) == pytest.approx(value, abs=1e-3)
