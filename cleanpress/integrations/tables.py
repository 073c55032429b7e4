"""Arrow tables and pandas frames, for the engines that hand them over: every other column comes back as it was."""

from __future__ import annotations

from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine, require_column


def arrow_cleaned(cleaner: BatchCleaner, table: Any) -> Any:
    """An Arrow table or record batch with its text column cleaned; type and metadata of the column stay."""
    pa = engine("pyarrow", "Arrow", "parquet")
    names = table.schema.names
    require_column(cleaner.text, names)
    columns = {name: table.column(name).to_pylist() for name in (cleaner.text, cleaner.url, cleaner.lang) if name in names}
    changed = cleaner(columns)
    place = names.index(cleaner.text)
    known = table.schema.field(place)
    table = table.set_column(place, known, pa.array(changed[cleaner.text], type=known.type))
    if cleaner.removed is not None:
        cuts = pa.array(changed[cleaner.removed], type=arrow_cuts())
        if cleaner.removed in names:
            table = table.set_column(names.index(cleaner.removed), cleaner.removed, cuts)
        else:
            table = table.append_column(cleaner.removed, cuts)
    return table


def arrow_cuts() -> Any:
    """The Arrow type of the column of removed stretches."""
    pa = engine("pyarrow", "Arrow", "parquet")
    return pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64()), ("category", pa.string())]))


def pandas_cleaned(cleaner: BatchCleaner, frame: Any) -> Any:
    """A copy of a pandas frame with its text column cleaned; the index, the types and the other columns stay."""
    require_column(cleaner.text, list(frame.columns))
    columns: dict[str, list[Any]] = {}
    for name in (cleaner.text, cleaner.url, cleaner.lang):
        if name in frame.columns:
            # missing strings come as NaN, None or pandas.NA
            missing = frame[name].isna().tolist()
            columns[name] = [None if gone else value for value, gone in zip(frame[name].tolist(), missing, strict=True)]
    changed = cleaner(columns)
    frame = frame.copy(deep=False)
    pandas = engine("pandas", "pandas frames", "ray")
    for name, values in changed.items():
        kind = frame[name].dtype if name == cleaner.text else object
        frame[name] = pandas.Series(values, index=frame.index, dtype=kind)
    return frame
