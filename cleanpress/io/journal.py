"""The note that a run keeps beside its output: what made it, how far it is, and, at the end, what it counted.

It is replaced as a whole, so at any moment it is true: what it says is done is on the disk.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from cleanpress.errors import InputError
from cleanpress.io.records import Place

SCHEMA: Final = "cleanpress.run/1"


@dataclass(slots=True)
class State:
    """How far a run is.

    Args:
        place: what of the input is done.
        lengths: for each output that is under way, how many bytes of it are good.
        pending: outputs that are complete and only wait for their names: ``(output, name)``.
        follows: the input that wrote last to a common output, and the last byte that it wrote.
        partial: whether an input of the present output could not be read to its end.
        code: the exit code as far as it is known.
        complete: whether all is done.
        tally: the counts.
    """

    place: Place = field(default_factory=Place)
    lengths: dict[str, int] = field(default_factory=dict)
    pending: list[tuple[str, str]] = field(default_factory=list)
    follows: tuple[int, int | None] = (0, None)
    partial: bool = False
    code: int = 0
    complete: bool = False
    tally: dict[str, Any] = field(default_factory=dict)


class Journal:
    """Reads and writes the note.

    Args:
        path: the note's file.
        identity: what must be the same for a run to be continued, by name.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.path = path
        self._identity = json.loads(json.dumps(identity))
        self._lock: IO[bytes] | None = None

    def lock(self) -> None:
        """Keeps other runs from writing the same output at the same time; holds until this process ends, however it ends.

        Raises:
            InputError: when another run is at it.
        """
        try:
            import fcntl
        except ImportError:  # no such locks on Windows
            return
        self._lock = self.path.with_name(self.path.name + ".lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{self.path}: another run is writing this output") from None

    def unlock(self) -> None:
        """Lets others at the output."""
        if self._lock is not None:
            Path(self._lock.name).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def load(self) -> State | None:
        """How far an earlier run came; None when there was none.

        Raises:
            InputError: when that run was another one, naming what differs.
        """
        try:
            row = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path}: not a note that --resume can read ({error}); delete it to begin again") from None
        if row.get("schema") != SCHEMA or "state" not in row:
            raise InputError(f"{self.path}: not a note that --resume wrote; delete it to begin again")
        differing = [name for name, value in self._identity.items() if row.get(name) != value]
        if differing:
            raise InputError(
                f"{self.path}: the run that is to be continued had other {' and '.join(differing)}; take the same, or delete that file to begin again"
            )
        state = row["state"]
        state["place"] = Place(*state["place"])
        state["follows"] = tuple(state["follows"])
        return State(**state)

    def save(self, state: State, counts: dict[str, Any] | None = None) -> None:
        """Writes how far the run is, and with it what it counted, once it is complete.

        Raises:
            InputError: when it can't be written.
        """
        row = {"schema": SCHEMA, **self._identity, "complete": state.complete}
        if counts is not None:
            row["counts"] = counts
        row["state"] = asdict(state)
        temporary = self.path.with_name(self.path.name + ".part")
        try:
            with temporary.open("wb") as file:
                file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise InputError(f"{self.path}: can't be written: {error.strerror or error}") from None


def note_path(output: str, *, folder: bool) -> Path:
    """Where the note of an output stands: hidden, in the folder or beside the file.

    >>> note_path("out/clean.jsonl", folder=False).name, note_path("out", folder=True).name
    ('.clean.jsonl.cleanpress.json', '.cleanpress.json')
    """
    path = Path(os.path.realpath(output))
    return path / ".cleanpress.json" if folder else path.with_name(f".{path.name}.cleanpress.json")
