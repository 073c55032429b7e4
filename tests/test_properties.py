"""What holds for any input: deletion only, replay, idempotence, no silent emptying, the same in every process."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanpress.pipeline import Cleaner
from cleanpress.types import ProfileName, cut_out

CLEANERS = {p: Cleaner(profile=p) for p in ("careful", "balanced", "eager")}

PIECES = [
    "Read more", "Advertisement", "Lesen Sie auch: Der Fluss steigt", "Sign up for our newsletter", "Photo: AP", "Anzeige",
    "The river rose by a metre overnight, and the ferry stayed tied up at the quay until the afternoon, the harbour master said.",
    "Der Bürgermeister sagte am Montag, die Brücke bleibe bis auf Weiteres gesperrt, weil der Gutachter noch rechne.",
    "Your support helps us to tell the story", "© 2024 Example Media. All rights reserved.", "Related articles", "• One", "1. Two", "", "  ",
    "関連記事", "続きを読む", "川の水位は一晩で一メートル上がり、渡し船は午後まで岸につながれたままだった。", "اقرأ أيضا", "קראו גם", "\u200b", "\u00ad", "e\u0301",
    "open image in gallery A ferry ( PA )", "Follow us on X", "He asked her to read more books. Sign up here.", "\t| a | b |", "Share",
]  # fmt: skip
joined = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=60)), max_size=14).flatmap(
    lambda parts: st.sampled_from(["\n", "\n\n", " ", "\r\n", "\u2028", "\r"]).map(lambda mark: mark.join(parts))
)
anything = st.one_of(
    st.text(max_size=400), joined, st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Lo", "Zs", "Po"]), max_size=120)
)
relaxed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(anything, st.sampled_from(["careful", "balanced", "eager"]))
def test_output_is_input_less_its_spans(text: str, profile: ProfileName) -> None:
    result = CLEANERS[profile].explain(text)
    cuts = [(r.start, r.end) for r in result.removed]
    assert all(0 <= a < b <= len(text) for a, b in cuts)
    assert all(cuts[i][1] < cuts[i + 1][0] for i in range(len(cuts) - 1))
    assert cut_out(text, cuts) == result.text == result.replay(text)
    assert result.restore() == text
    assert CLEANERS[profile].clean(text) == result.text


@relaxed
@given(anything, st.sampled_from(["careful", "balanced", "eager"]))
def test_cleaning_twice_is_cleaning_once(text: str, profile: ProfileName) -> None:
    once = CLEANERS[profile].clean(text)
    assert CLEANERS[profile].clean(once) == once


@relaxed
@given(anything)
def test_nothing_is_emptied_without_a_word(text: str) -> None:
    result = CLEANERS["eager"].explain(text)
    if text.strip() and not result.text.strip():
        assert "emptied" in result.warnings


@relaxed
@given(anything)
def test_verdicts_add_up(text: str) -> None:
    """Each verdict's shares sum to its log-odds, and each cut is accounted for by a removing verdict."""
    import math

    result = CLEANERS["eager"].explain(text)
    for verdict in result.verdicts:
        if verdict.shares and 0.001 < verdict.score < 0.999:
            assert math.isclose(sum(s for _, s in verdict.shares), math.log(verdict.score / (1 - verdict.score)), abs_tol=0.01)
    for cut in result.removed:
        assert any(v.removed and v.start < cut.end and v.end > cut.start for v in result.verdicts)


TEXTS = ["\n".join(PIECES[k : k + 6]) for k in range(len(PIECES))]


def test_pipe_gives_the_same_for_any_chunking() -> None:
    cleaner = CLEANERS["balanced"]
    whole = list(cleaner.pipe(TEXTS))
    assert whole == [cleaner.clean(t) for t in TEXTS]
    assert [x for k in range(0, len(TEXTS), 5) for x in cleaner.pipe(TEXTS[k : k + 5])] == whole
    assert list(cleaner.pipe(reversed(TEXTS))) == whole[::-1]


def cleaned_here(job: tuple[Cleaner, str]) -> str:
    return job[0].clean(job[1])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    cleaner = Cleaner(profile="balanced", disable=["en/related/read-more-label"])
    wanted = [cleaner.clean(t) for t in TEXTS]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(cleaned_here, [(cleaner, t) for t in TEXTS]) == wanted


def test_threads_and_pickles_give_the_same() -> None:
    cleaner = CLEANERS["balanced"]
    wanted = [cleaner.clean(t) for t in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cleaner.clean, TEXTS * 3)) == wanted * 3
    assert [pickle.loads(pickle.dumps(cleaner)).clean(t) for t in TEXTS] == wanted
