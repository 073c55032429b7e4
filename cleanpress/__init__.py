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
    from cleanpress.types import ProfileName, Result

__version__ = "0.1.0"
__all__ = ["Cleaner", "CleanpressError", "Result", "clean", "explain"]

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
