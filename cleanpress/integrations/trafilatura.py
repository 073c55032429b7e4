"""trafilatura: its extraction with the boilerplate that it leaves deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanpress.integrations.batch import clean_batch, engine

if TYPE_CHECKING:
    from cleanpress.pipeline import Cleaner


def extract(html: Any, *, url: str | None = None, lang: str | None = None, cleaner: Cleaner | None = None, **options: Any) -> str | None:
    """What ``trafilatura.extract`` gives for a page, cleaned; None where it finds no text.

    Args:
        html: what trafilatura takes: a string, bytes or a parsed tree.
        url: where the page stood, for trafilatura and for the rules of that site.
        lang: language tag, for the rules.
        cleaner: keep one for many pages; a default one is built when None.
        options: further arguments of ``trafilatura.extract``; an ``output_format`` other than plain text or Markdown is refused.

    Raises:
        ValueError: for an output format that is markup, in which a cut would leave broken markup.
    """
    if options.get("output_format", "txt") not in ("txt", "markdown"):
        raise ValueError(f"output_format={options['output_format']!r} can't be cleaned as text; use 'txt' or 'markdown'")
    text = engine("trafilatura", "trafilatura", "all").extract(html, url=url, **options)
    return None if text is None else cleaned(text, url=url, lang=lang, cleaner=cleaner)


def cleaned(text: str, *, url: str | None = None, lang: str | None = None, cleaner: Cleaner | None = None) -> str:
    """A text that trafilatura extracted, cleaned; see :func:`extract`."""
    if cleaner is None:
        from cleanpress.pipeline import Cleaner

        cleaner = Cleaner()
    return clean_batch(cleaner, [text], [url], [lang]).texts[0] or ""
