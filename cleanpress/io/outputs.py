"""What becomes of the outcomes of a run: one output for all inputs, or one for each; complete, or to be continued."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from cleanpress.errors import InputError
from cleanpress.io.inputs import Input
from cleanpress.io.job import Outcome
from cleanpress.io.journal import Journal, State
from cleanpress.io.records import Place
from cleanpress.io.streams import STDIO, Output, part_of, rename
from cleanpress.io.tally import Tally

if TYPE_CHECKING:
    from cleanpress.io.parquet import RowWriter, Shelf

#: Bytes of input after which a run that can be continued makes sure of what it has.
CHECKPOINT: Final = 1 << 24
#: Stands behind the name of an output whose input could not be read to its end.
INCOMPLETE: Final = ".incomplete"


class Outputs:
    """Writes outcomes, in their order; a context manager that publishes what is complete and nothing else.

    Args:
        inputs: what is read.
        paths: where each input's output goes, under a folder; or the one output of all, as the only path.
        separator: ends a record in a common output.
        sidecars: where the record of what was cut goes, if anywhere: one path, or under a folder one for each input.
        sidecar_header: the first line of such a record, for an input; asked for once that input is open.
        shelf: for Parquet, the row groups as they were read.
        note: version and hash of the rules, for the metadata of formats that have some.
        keep_partial: whether the output of an input that could not be read to its end gets the same name as any other;
            else ``.incomplete`` stands behind it.
        journal: where to note what the run did, at its end.
        resumable: whether to note also how far it is, so that it can be continued.
        state: how far an earlier run came.
        tally: the run's counts; those that come with outcomes are added when the outcomes are written.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        paths: Sequence[str],
        *,
        common: bool,
        separator: bytes = b"",
        sidecars: Sequence[str] = (),
        sidecar_header: Callable[[int], bytes] = lambda _: b"",
        shelf: Shelf | None = None,
        note: dict[str, str] | None = None,
        keep_partial: bool = False,
        journal: Journal | None = None,
        resumable: bool = False,
        state: State | None = None,
        tally: Tally | None = None,
    ) -> None:
        self._inputs, self._paths, self._common, self._separator = inputs, paths, common, separator
        self._shelf, self._note, self._journal = shelf, note or {}, journal
        #: What was counted; read it once all is written.
        self.tally = tally or Tally()
        self._keep_partial, self._resumable = keep_partial, resumable
        self.state = state or State()
        self._index = self.state.place.input
        self._records = self.state.place.records
        self._ordinal = self.state.place.ordinal
        self._since = 0
        # whether a run that is killed now would find a part of the present output and go on behind it
        self._settled = not common and self.state.place.records > 0
        self._output: Output | None = None
        self._rows: RowWriter | None = None
        self._sidecars, self._header = sidecars, sidecar_header
        self._sidecar: Output | None = None
        self._headed = False
        #: Names of outputs that are not all that they should be.
        self.incomplete: list[str] = []
        self._name_pending()
        if self.state.complete:
            return
        if common:
            self._open_sidecar()
            self._output = self._open(paths[0])
        elif self.state.place.records:
            self._open_sidecar()
            self._output = self._open(paths[self._index])

    def _open(self, path: str) -> Output:
        return Output(path, lasting=self._resumable, begin=self.state.lengths.get(path, 0))

    @property
    def place(self) -> Place:
        """What of the input is done."""
        return Place(self._index, self._records, self._ordinal)

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads along."""
        return self._output is not None and self._common and self._output.is_terminal

    def flush(self) -> None:
        """Hands on what waits, before more input is waited for."""
        if self._output is not None and self._common and self._rows is None:
            self._output.flush()

    def take(self, outcome: Outcome) -> None:
        """Writes what became of the next record."""
        if outcome.input != self._index:
            self._move_to(outcome.input)
        if outcome.tally is not None:
            # not before: what ended with the input before this one is noted without this record
            self.tally.merge(outcome.tally)
        if outcome.unreadable:
            self.state.code = 2
            self.state.partial = not self._keep_partial
        if self._shelf is not None and self._inputs[outcome.input].form == "parquet":
            self._take_row(outcome)
        else:
            self._take_bytes(outcome)
        if self._sidecars and outcome.sidecar:
            self._headed_sidecar().write(outcome.sidecar)
        self._records += 1
        self._ordinal += 1
        self._since += outcome.size
        if self._resumable and self._since >= CHECKPOINT and self._rows is None:
            self._checkpoint()

    def _open_sidecar(self) -> None:
        if self._sidecars:
            path = self._sidecars[0 if self._common else self._index]
            self._sidecar = self._open(path)
            self._headed = bool(self.state.lengths.get(path))

    def _headed_sidecar(self) -> Output:
        """The present sidecar, with its first line."""
        if self._sidecar is None:
            self._open_sidecar()
        assert self._sidecar is not None
        if not self._headed:
            self._sidecar.write(self._header(self._index))
            self._headed = True
        return self._sidecar

    def _take_bytes(self, outcome: Outcome) -> None:
        if self._output is None:
            self._output = self._open(self._paths[self._index])
        if not outcome.output:
            return
        if self._common:
            before, last = self.state.follows
            # the first line of an input must not run on from the last one of the input before
            if outcome.input != before and last is not None and self._separator and last != self._separator[0]:
                self._output.write(self._separator)
            self.state.follows = (outcome.input, outcome.output[-1])
        self._output.write(outcome.output)

    def _take_row(self, outcome: Outcome) -> None:
        if not outcome.unreadable:
            writer = self._row_writer()
            try:
                if outcome.cell == "dropped" and self._sidecars:
                    from cleanpress.io.sidecar import with_row

                    outcome.sidecar = with_row(outcome.sidecar, writer.row())
                writer.take(outcome.output if outcome.cell == "new" else None, dropped=outcome.cell == "dropped")
            except OSError as error:
                assert self._output is not None
                raise self._output.failed(error) from None

    def _row_writer(self) -> RowWriter:
        if self._rows is None:
            from cleanpress.io.parquet import RowWriter

            assert self._shelf is not None
            if self._output is None:
                self._output = self._open(self._paths[self._index])
            shape, groups = self._shelf.shapes[self._index], self._shelf.groups[self._index]
            self._rows = RowWriter(self._output.raw, shape, groups, self._note)
        return self._rows

    def _move_to(self, index: int) -> None:
        """Ends the outputs of all inputs before this one; those without a record are empty files."""
        while self._index < index:
            if not self._common:
                self._end_output()
            self._index += 1
            self._records = 0
            self._save_pending()

    def _end_output(self) -> None:
        """Ends the output of the present input, if there is one; in a folder an empty input has an empty output."""
        item = self._inputs[self._index]
        path = self._paths[0 if self._common else self._index]
        if self._shelf is not None and item.form == "parquet":
            # a file that could not be opened has no shape, and no output
            if self._index not in self._shelf.shapes:
                for unused in (self._output, self._sidecar):
                    if unused is not None:
                        unused.discard()
                self._output = self._sidecar = None
                return
            try:
                self._row_writer().close()
            except OSError as error:
                assert self._output is not None
                raise self._output.failed(error) from None
            self._rows = None
            if self._sidecars:
                self._headed_sidecar()  # which speaks of the shape
            del self._shelf.shapes[self._index], self._shelf.groups[self._index]
        if self._output is None:
            self._output = self._open(path)
        self._output.close()
        name = path + INCOMPLETE * self.state.partial
        if self.state.partial:
            self.incomplete.append(name)
        self.state.partial = False
        waits = self._resumable and (self._settled or self._since >= CHECKPOINT)
        if waits:
            self.state.pending = [(path, name)]
        else:
            self._output.publish(name)
        self._output = None
        if not self._common:
            self._end_sidecar(waits=waits)

    def _end_sidecar(self, *, waits: bool) -> None:
        """Ends the present sidecar, and gives it its name unless that waits for the next note."""
        if not self._sidecars:
            return
        sidecar = self._headed_sidecar()
        sidecar.close()
        if waits:
            self.state.pending.append((sidecar.path, sidecar.path))
        else:
            sidecar.publish()
        self._sidecar = None

    def _save_pending(self) -> None:
        """Notes that an output is complete, and then names it: whatever happens between, the next run knows."""
        if self.state.pending:
            self._checkpoint()
            self._name_pending()

    def _name_pending(self) -> None:
        for path, name in self.state.pending:
            if part_of(path).exists():
                rename(part_of(path), Path(os.path.realpath(name)))
        self.state.pending = []

    def _checkpoint(self, *, complete: bool = False, counts: dict[str, Any] | None = None) -> None:
        assert self._journal is not None
        state = self.state
        state.lengths = {output.path: output.settle() for output in (self._output, self._sidecar) if output is not None and not complete}
        state.place, state.complete, state.tally = self.place, complete, self.tally.state()
        self._journal.save(state, counts)
        self._since = 0
        self._settled = self._output is not None

    def finish(self, counts: dict[str, Any]) -> None:
        """Ends all outputs and publishes them; every record was taken.

        Args:
            counts: what the run counted, for the note.
        """
        if not self._common:
            self._move_to(len(self._inputs))
        elif self._output is not None and self._output.path == STDIO:
            self._output.raw.flush()
            self._output = None
        else:
            self._settled = True
            self._end_output()
        if self._common and self._sidecar is not None:
            self._end_sidecar(waits=self._resumable)
        if self._journal is not None:
            self._checkpoint(complete=True, counts=counts)
            self._name_pending()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if self._rows is not None:
            self._rows.abandon()
        for output in (self._output, self._sidecar):
            if output is not None:
                output.discard()
        if self._journal is not None:
            self._journal.unlock()


def require_folder(path: str) -> None:
    """Makes an output folder, and those of its files' paths.

    Raises:
        InputError: when it can't be made.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: can't be made a folder: {error.strerror or error}") from None


def is_there(path: str) -> bool:
    """Whether an output exists, if only under its temporary name."""
    return Path(path).exists() or part_of(path).exists()
