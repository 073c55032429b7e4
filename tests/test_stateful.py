"""One cleaner asked for this and that in any order: what it was asked before never shows in an answer."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cleanpress.pipeline import Cleaner
from cleanpress.types import PROFILES, ProfileName

BODY = "The river rose by a metre overnight, and the ferry stayed tied up at the quay until the afternoon, the harbour master said."
KOERPER = "Der Bürgermeister sagte am Montag, die Brücke bleibe bis auf Weiteres gesperrt, weil der Gutachter noch rechne."
LINES = [
    BODY,
    KOERPER,
    "Read more: The flood",
    "Anzeige",
    "Sign up for our newsletter",
    "Lesen Sie auch: Der Fluss steigt",
    "関連記事",
    "Photo: AP",
    "",
]
texts = st.lists(st.sampled_from(LINES), min_size=1, max_size=7).map("\n".join)
pages = st.lists(st.sampled_from(LINES), min_size=1, max_size=5).map(lambda lines: "".join(f"<p>{line}</p>" for line in lines))
urls = st.sampled_from([None, "https://www.bbc.co.uk/news/1", "https://example.org/"])
languages = st.sampled_from([None, "en", "de", "pt-BR", "xx"])


class OneCleaner(RuleBasedStateMachine):
    """Holds a cleaner that is used, pickled and shared; each answer is compared with that of one which was never asked before."""

    @initialize(profile=st.sampled_from(PROFILES))
    def start(self, profile: ProfileName) -> None:
        self.profile: ProfileName = profile
        self.cleaner = Cleaner(profile=profile)

    def fresh(self) -> Cleaner:
        return Cleaner(profile=self.profile)

    @rule(text=texts, url=urls, lang=languages)
    def clean(self, text: str, url: str | None, lang: str | None) -> None:
        assert self.cleaner.clean(text, url=url, lang=lang) == self.fresh().clean(text, url=url, lang=lang)

    @rule(text=texts, url=urls, lang=languages)
    def explain(self, text: str, url: str | None, lang: str | None) -> None:
        assert self.cleaner.explain(text, url=url, lang=lang) == self.fresh().explain(text, url=url, lang=lang)

    @rule(page=pages, engine=st.sampled_from(["fast", "trafilatura"]))
    def clean_page(self, page: str, engine: str) -> None:
        assert self.cleaner.explain_html(page, engine=engine) == self.fresh().explain_html(page, engine=engine)

    @rule(text=texts)
    def pickle(self, text: str) -> None:
        self.cleaner = pickle.loads(pickle.dumps(self.cleaner))
        assert self.cleaner.rules_hash == self.fresh().rules_hash

    @rule(many=st.lists(texts, min_size=2, max_size=4))
    def share(self, many: list[str]) -> None:
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(self.cleaner.clean, many)) == list(self.fresh().pipe(many))


TestOneCleaner = OneCleaner.TestCase
TestOneCleaner.settings = settings(max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
