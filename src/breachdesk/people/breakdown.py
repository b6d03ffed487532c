"""People by any combination of what a count tells apart: residence, data, encryption, age, storage, language, channel, ring."""

from __future__ import annotations

from collections.abc import Sequence

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN
from breachdesk.domain.tally import DIVISIONS, Share
from breachdesk.people.dictionary import Dictionary, Sets
from breachdesk.people.engine import Engine
from breachdesk.people.question import spread

_COLUMNS = {
    "residence": "residence", "data": "data", "stored-in": "storage_region", "language": "language", "channel": "channel", "ring": "ring",
}  # fmt: skip
"""The divisions of which a person may have several, and their columns."""


def check_divisions(by: Sequence[str]) -> tuple[str, ...]:
    """The divisions without repetition. Raises InvalidInput for one there is not."""
    for division in by:
        if division not in DIVISIONS:
            raise InvalidInput(f"{division!r} is nothing a count is broken down by; use {', '.join(DIVISIONS)}", key="by")
    return tuple(dict.fromkeys(by))


def break_down(duck: Engine, dictionary: Dictionary, by: Sequence[str]) -> tuple[Share, ...]:
    """How many distinct people each combination holds, from the table `profile`; in the order of the values."""
    if not by:
        return ()
    words = dictionary.words("data")
    columns, joins = [], []
    for n, division in enumerate(by):
        if division in _COLUMNS:
            column = _COLUMNS[division]
            joins.append(f"JOIN {spread(duck, dictionary, column)} USING ({', '.join(dictionary.words(column))})")
            columns.append(f"{column} AS by_{n}")
        elif division == "data-set":
            columns.append(f"[{', '.join(words)}] AS by_{n}")
        else:
            columns.append(f"coalesce({division}::VARCHAR, '{UNKNOWN}') AS by_{n}")
    rows = duck.rows(
        f"SELECT {', '.join(columns)}, sum(people)::BIGINT FROM profile {' '.join(joins)} WHERE NOT nobody GROUP BY ALL"
    )
    sets = Sets(dictionary.codes["data"])
    named = [
        (tuple(value if isinstance(value, str) else "+".join(sets.of(tuple(value))) or UNKNOWN for value in values), people)
        for *values, people in rows
    ]
    return tuple(Share(of=dict(zip(by, values, strict=True)), subjects=people) for values, people in sorted(named))
