"""The people of one letter on their way to the store: kept in a file without a name, so that five million need no more memory than five."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from operator import attrgetter

from breachdesk.domain.deliveries import Seal
from breachdesk.domain.people import Person

_NAMES = tuple(field.name for field in fields(Person))
_ROW = attrgetter(*_NAMES)


class Spool:
    """Takes people once, in order, and gives them back in that order as often as asked. `seal` is the digest of the set.

    The file has no name and is gone when the spool is closed or the process ends.
    """

    def __init__(self) -> None:
        self.seal = Seal()
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by `close`

    def add(self, person: Person) -> None:
        """The next person."""
        self.seal.add(person.subject_id, person.address)
        self._file.write(json.dumps(_ROW(person)) + "\n")

    def __iter__(self) -> Iterator[Person]:
        self._file.seek(0)
        for line in self._file:
            person = dict(zip(_NAMES, json.loads(line), strict=True))
            for several in ("residences", "data"):
                person[several] = None if person[several] is None else tuple(person[several])
            yield Person(**person)

    def close(self) -> None:
        """Forgets everyone."""
        self._file.close()
