"""Where a line stands: from the head, from the tail, and against the lines that are surely body."""

from __future__ import annotations

from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("from_head", "from_tail", "body_before", "body_after", "since_body", "until_body", "gap", "body_share", "line_count")
_end = binned((1, 2, 3, 5, 8, 13, 25))
_part = binned((0.0001, 0.05, 0.15, 0.4, 0.7, 0.9, 0.9999))
_distance = binned((1, 2, 3, 4, 6, 10, 20, 90))
_share = binned((0.1, 0.3, 0.5, 0.7, 0.85, 0.95))
_count = binned((4, 8, 15, 30, 60, 120))


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    count, sizes, sure = lines.count, lines.sizes, lines.sure
    total = sum(size for size, is_sure in zip(sizes, sure, strict=True) if is_sure)
    everything = sum(sizes) or 1
    since = [0] * count
    last = -99
    for i in range(count):
        since[i] = i - last
        if sure[i]:
            last = i
    until = [0] * count
    last = count + 99
    for i in range(count - 1, -1, -1):
        until[i] = last - i
        if sure[i]:
            last = i
    sums = [0]
    for size, is_sure in zip(sizes, sure, strict=True):
        sums.append(sums[-1] + size if is_sure else sums[-1])
    # With no sure body at all the shares say nothing.
    before = [_part(sums[i] / total) for i in rows] if total else [0] * len(rows)
    after = [_part((total - sums[i + 1]) / total) for i in rows] if total else [0] * len(rows)
    share = _share(total / everything)
    return [
        [_end(i) for i in rows],
        [_end(count - 1 - i) for i in rows],
        before,
        after,
        [_distance(since[i]) for i in rows],
        [_distance(until[i]) for i in rows],
        [min(lines.blocks[i].gap, 2) for i in rows],
        [share] * len(rows),
        [_count(count)] * len(rows),
    ]
