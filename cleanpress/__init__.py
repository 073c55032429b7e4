"""cleanpress deletes publisher boilerplate from news articles, and nothing else.

>>> import cleanpress
>>> print(cleanpress.clean("The ferry returned on Monday after nine days in the dock.\\n\\nAdvertisement"))
The ferry returned on Monday after nine days in the dock.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleanpress.errors import CleanpressError
    from cleanpress.pipeline import Cleaner
    from cleanpress.types import ProfileName, RemovedElement, Result

__version__ = "0.1.0"
__all__ = ["Cleaner", "CleanpressError", "Result", "clean", "clean_html", "clean_soup", "clean_tree", "explain", "explain_html"]

_WHERE = {"Cleaner": "cleanpress.pipeline", "Result": "cleanpress.types", "CleanpressError": "cleanpress.errors"}


def __getattr__(name: str) -> Any:
    # Parts are imported when first used: a bare ``import cleanpress`` costs next to nothing.
    if name in _WHERE:
        import importlib

        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'cleanpress' has no attribute {name!r}")


@functools.lru_cache(maxsize=8)
def _cleaner(profile: ProfileName) -> Cleaner:
    from cleanpress.pipeline import Cleaner

    return Cleaner(profile=profile)


def clean(text: str, *, url: str | None = None, lang: str | None = None, profile: ProfileName = "careful") -> str:
    """``text`` without its publisher boilerplate; for many texts or own settings, keep a :class:`Cleaner`.

    Args:
        text: article text, as any extractor printed it.
        url: where the page stood; lets rules for that site speak.
        lang: language tag; None: the rules of all languages speak.
        profile: ``"careful"``, ``"balanced"`` or ``"eager"``.

    Raises:
        UnknownNameError: for a profile that does not exist.

    >>> clean("The orchard froze twice in April.\\nRead more:\\n")
    'The orchard froze twice in April.\\n'
    """
    return _cleaner(profile).clean(text, url=url, lang=lang)


def explain(text: str, *, url: str | None = None, lang: str | None = None, profile: ProfileName = "careful") -> Result:
    """Like :func:`clean`, with what was cut and why: a :class:`Result` that replays.

    >>> explain("The orchard froze twice in April.\\n\\nAdvertisement").removed[0].text
    '\\n\\nAdvertisement'
    """
    return _cleaner(profile).explain(text, url=url, lang=lang)


def clean_html(
    html: Any,
    *,
    url: str | None = None,
    lang: str | None = None,
    engine: str | None = None,
    charset: str | None = None,
    profile: ProfileName = "careful",
) -> str:
    """The article's text from a page's HTML; see :meth:`Cleaner.clean_html`.

    Args:
        html: the page: text, bytes (decoded as browsers do), or a tree that ``lxml.html`` parsed.
        url: where the page stood.
        lang: language tag; None: guessed.
        engine: ``"trafilatura"`` (the default; accuracy) or ``"fast"`` (throughput).
        charset: the charset in the HTTP header, for bytes.
        profile: ``"careful"``, ``"balanced"`` or ``"eager"``.

    Raises:
        InputError: for what is no HTML, or too much of it.
        MissingExtraError: for the fast engine where ``selectolax`` is not installed.
        UnknownNameError: for a profile or engine that does not exist.

    >>> print(clean_html(b"<article><p>The orchard froze twice in April, and the bees stayed in.</p></article>"))
    The orchard froze twice in April, and the bees stayed in.
    """
    return _cleaner(profile).clean_html(html, url=url, lang=lang, engine=engine, charset=charset)


def explain_html(
    html: Any,
    *,
    url: str | None = None,
    lang: str | None = None,
    engine: str | None = None,
    charset: str | None = None,
    profile: ProfileName = "careful",
) -> Result:
    """Like :func:`clean_html`, with title, language, signs of a paywall, what was cut and why.

    >>> explain_html("<title>Frost in the orchard</title><p>The orchard froze twice in April, and the bees stayed in.</p>").title
    'Frost in the orchard'
    """
    return _cleaner(profile).explain_html(html, url=url, lang=lang, engine=engine, charset=charset)


def clean_soup(
    soup: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None, profile: ProfileName = "careful"
) -> list[RemovedElement]:
    """Removes boilerplate elements from a BeautifulSoup tree, in place, and returns what it removed; see :meth:`Cleaner.clean_soup`.

    Raises:
        InputError: for anything but a soup.

    >>> from bs4 import BeautifulSoup
    >>> soup = BeautifulSoup("<article><p>The orchard froze twice in April, and the bees stayed in.</p></article>", "html.parser")
    >>> clean_soup(soup)
    []
    """
    return _cleaner(profile).clean_soup(soup, url=url, lang=lang, engine=engine)


def clean_tree(
    root: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None, profile: ProfileName = "careful"
) -> list[RemovedElement]:
    """Like :func:`clean_soup` for a tree that ``lxml.html`` parsed.

    Raises:
        InputError: for anything but such a tree.

    >>> import lxml.html
    >>> tree = lxml.html.document_fromstring("<p>The orchard froze twice in April, and the bees stayed in.</p>")
    >>> clean_tree(tree)
    []
    """
    return _cleaner(profile).clean_tree(root, url=url, lang=lang, engine=engine)
