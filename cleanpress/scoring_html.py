"""Decides the blocks of an HTML page: the same additive log-odds as for text, with the markup's evidence among the features.

Two models, one an engine: ``trafilatura`` hears what the extractor kept, ``fast`` has nobody to ask. Both are fitted on labelled
pages with publishers apart (:mod:`cleanpress.learn_html`) and stored in ``rules/scoring_html.json``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from cleanpress.scoring import Model


@dataclass(frozen=True, slots=True)
class HtmlScoring:
    """The fitted models by engine, and for each engine and profile the log-odds above which a block goes."""

    models: Mapping[str, Model]
    thresholds: Mapping[str, Mapping[str, float]]
    fitted: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> HtmlScoring:
        """The scoring that a JSON object describes."""
        return cls({name: Model.from_data(data[name]) for name in data["thresholds"]}, data["thresholds"], data["fitted"])


@functools.lru_cache(maxsize=1)
def shipped_html_scoring() -> HtmlScoring:
    """The scoring that ships with the library; read once a process."""
    text = (resources.files("cleanpress") / "rules" / "scoring_html.json").read_text(encoding="utf-8")
    return HtmlScoring.from_data(json.loads(text))
