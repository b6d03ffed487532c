"""Counting the people in record files."""

from __future__ import annotations

import itertools
import operator
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN
from breachdesk.domain.tally import Cell, Finding, Input, Matching, NearMatch, ResidenceCount, Share, Tally
from breachdesk.domain.values import utc
from breachdesk.people import localization, matching
from breachdesk.people.breakdown import break_down, check_divisions
from breachdesk.people.columns import COUNTED
from breachdesk.people.dictionary import Dictionary, Sets, in_order, read_dictionary
from breachdesk.people.engine import Engine, engine
from breachdesk.people.filters import Condition, as_sql, columns_of, parse_filter
from breachdesk.people.inputs import Expansion, Progress, RecordFile, digest, digests_beside, expand, must_be_unchanged
from breachdesk.people.intake import Intake, take_in, unreadable_file
from breachdesk.people.mapping import Mapping, read_mapping
from breachdesk.people.matching import unite
from breachdesk.people.question import MOVED, by_place, keep_profiles, read_rows, spread
from breachdesk.people.readings import Reader
from breachdesk.people.rejects import write_rejects
from breachdesk.people.watching import watched

if TYPE_CHECKING:
    from breachdesk.people.warehouse import Warehouse

_STEPS = 3


def count(
    files: Sequence[Path | str],
    *,
    at: datetime,
    mapping: Path | None = None,
    where: str = "",
    rejects: Path | None = None,
    progress: Progress | None = None,
    by: Sequence[str] = (),
    memory_limit: str = "",
    threads: int | None = None,
    engine_url: str = "",
    checked: Path | None = None,
) -> Tally:
    """Counts the distinct people in CSV, JSON Lines and Parquet files, folders and globs, mixed as they come.

    `at` is the instant of the run, for people of whom nobody knows when they were exposed. `mapping` is a TOML file that
    names the organisation's own columns and words. `where` keeps the rows it holds for (see `filters`); `rows`,
    `rejected_rows` and `flagged_rows` then count kept rows, and lines nobody can parse. `rejects` is a CSV file to write
    rejected and flagged rows to. `progress` is told (`hashing` | `reading`, files done, files) and (`counting`, steps
    done, steps), and while rows are rolled up (`rows`, rows done, rows); what it raises stops the count.
    `by` names the divisions (of `domain.tally.DIVISIONS`) whose combinations are counted too, as `breakdown`.
    `memory_limit` is such as `1GB`; `threads` is DuckDB's.

    Raises NotFound for a path that names nothing, and InvalidInput, naming file and key, for everything else that does not
    fit: a broken or changing file, a missing column, a filter or mapping with a mistake, rejects that would replace an input.
    """
    try:
        moment = utc(at)
    except ValueError as problem:
        raise InvalidInput(str(problem), key="at") from None
    condition, own, by = parse_filter(where), read_mapping(mapping), check_divisions(by)
    tell = progress or (lambda _stage, _done, _total: None)
    if engine_url not in ("", "duckdb"):
        from breachdesk.people.conformance import must_conform
        from breachdesk.people.warehouse import open_warehouse

        if rejects is not None:
            raise InvalidInput("would hold rows, which stay on the engine; count without it", file=str(rejects), key="rejects")
        with open_warehouse(engine_url) as house:
            must_conform(house, checked)
            return count_on(
                house, [str(file) for file in files], at=moment, mapping=own, where=where, mapping_file=str(mapping or ""), progress=tell, by=by
            )
    expansion = expand([Path(path) for path in files])
    found = expansion.files
    if rejects is not None and rejects.resolve() in {file.path for file in found} | {mapping.resolve() if mapping else None}:
        raise InvalidInput("is a file this count reads; name another for the rejects", file=str(rejects), key="rejects")
    beside, digests = digests_beside(own), _hash(found, own, tell)
    with engine(found, memory_limit=memory_limit, threads=threads) as duck:
        answer = _answer(duck, found, digests, own, condition, moment, rejects, tell, by)
        version = duck.version
    for file, sha256 in zip(found, digests, strict=True):
        must_be_unchanged(file, sha256)
    return Tally(
        **answer.totals,
        inputs=tuple(
            Input(path=file.shown, sha256=sha256, rows=rows)
            for file, sha256, rows in zip(found, digests, answer.rows, strict=True)
        ),
        by_residence=answer.residences, cells=answer.cells, breakdown=answer.breakdown,
        findings=(*_short_of(answer.totals, own), *_passed_over(expansion), *answer.findings), complete=not _short_of(answer.totals, own),
        at=moment, engine=version,
        where=where.strip(), mapping=str(mapping) if mapping else "", beside=beside, match=answer.match,
    )  # fmt: skip


def count_on(
    house: Warehouse, files: Sequence[str], *, at: datetime, mapping: Mapping | None = None, where: str = "", mapping_file: str = "",
    progress: Progress | None = None, by: Sequence[str] = (),
) -> Tally:  # fmt: skip
    """Counts tables or paths of an open engine. Raises what `count` raises."""
    from breachdesk.people.elsewhere import count_profiles

    tell = progress or (lambda _stage, _done, _total: None)
    with engine([]) as duck:
        dictionary, inputs = count_profiles(house, duck, files, mapping or Mapping(), parse_filter(where), at, tell)
        answer = _collect(duck, dictionary, Intake("", [], [], frozenset()), by)
        rules = (*localization.shipped_rules(), *localization.policy_rules(mapping.policy if mapping else None))
        found = localization.findings(duck, dictionary, rules, storage_known=len(dictionary.codes["storage_region"].numbers) > 1)
        tell("counting", _STEPS, _STEPS)
    return Tally(
        **answer.totals, inputs=tuple(inputs), by_residence=answer.residences, cells=answer.cells, breakdown=answer.breakdown,
        findings=(*_short_of(answer.totals, mapping or Mapping()), *found), complete=not _short_of(answer.totals, mapping or Mapping()),
        at=at, engine=house.version,
        where=where.strip(), mapping=mapping_file, beside=digests_beside(mapping or Mapping()),
    )  # fmt: skip


def _short_of(totals: dict[str, int], mapping: Mapping) -> tuple[Finding, ...]:
    """The finding of a count that may not be called complete; nothing for one that may."""
    rows, rejected = totals["rows"], totals["rejected_rows"]
    if rejected <= rows * mapping.rejected_at_most:
        return ()
    return (Finding(kind="not-complete", rule=f"{rejected} of {rows} rows were rejected, more than {mapping.rejected_at_most:.2%}:"
                    " the numbers are a lower bound; mend the records and count again"),)  # fmt: skip


def _passed_over(expansion: Expansion) -> tuple[Finding, ...]:
    return tuple(
        Finding(kind="file-not-read", rule=f"{path} is not a .csv, .jsonl, .ndjson or .parquet file")
        for path in expansion.passed_over
    )


def _hash(files: Sequence[RecordFile], mapping: Mapping, tell: Progress) -> list[str]:
    tell("hashing", 0, len(files))
    digests = []

    def one(file: RecordFile) -> str:
        return digest(file, utf8=file.kind == "jsonl" or (file.kind == "csv" and mapping.encoding == "utf-8"))

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1, len(files))) as pool:
        for done, sha256 in enumerate(pool.map(one, files), start=1):
            digests.append(sha256)
            tell("hashing", done, len(files))
    return digests


@dataclass
class _Answer:
    totals: dict[str, int]
    rows: list[int]
    residences: tuple[ResidenceCount, ...]
    cells: tuple[Cell, ...]
    breakdown: tuple[Share, ...] = ()
    match: Matching | None = None
    findings: tuple[Finding, ...] = ()


def _answer(
    duck: Engine, files: Sequence[RecordFile], digests: Sequence[str], mapping: Mapping, condition: Condition | None,
    at: datetime, rejects: Path | None, tell: Progress, by: Sequence[str],
) -> _Answer:  # fmt: skip
    import duckdb

    rules = (*localization.shipped_rules(), *localization.policy_rules(mapping.policy))
    try:
        tell("reading", 0, len(files))
        wanted = wanted_columns(mapping, *sorted(columns_of(condition)))
        intake = take_in(
            duck, files, mapping, wanted, at=at, keep_order=rejects is not None, step=lambda n: tell("reading", n, len(files))
        )
        tell("counting", 0, _STEPS)
        prepared = prepare(duck, intake, mapping, condition)
        tell("counting", 1, _STEPS)
        watched(
            duck, sum(intake.rows), tell,
            lambda: keep_profiles(duck, prepared.rows, prepared.moved, prepared.dictionary, intake.present, where=prepared.where),
        )  # fmt: skip
        tell("counting", 2, _STEPS)
        answer = _collect(duck, prepared.dictionary, intake, by)
        answer.findings = localization.findings(
            duck, prepared.dictionary, rules, storage_known=len(prepared.dictionary.codes["storage_region"].numbers) > 1
        )
        answer.match = _matching(duck, prepared, intake, mapping, answer.totals["subjects"])
        if rejects is not None:
            for file, sha256 in zip(files, digests, strict=True):
                must_be_unchanged(file, sha256)
            write_rejects(
                duck, files, intake, prepared.rows, prepared.dictionary.flagged, prepared.where, rejects
            )
        tell("counting", _STEPS, _STEPS)
    except duckdb.Error as problem:
        raise unreadable_file(duck, files, problem) from None
    return answer


@dataclass(frozen=True)
class Prepared:
    """The rows to ask about, those of people who moved, their dictionary, and the filter as SQL (empty for none)."""

    rows: str
    moved: str
    dictionary: Dictionary
    where: str


def prepare(duck: Engine, intake: Intake, mapping: Mapping, condition: Condition | None) -> Prepared:
    """Reads the dictionary and writes the filter. Raises InvalidInput for a filter over a column that no file has."""
    for column in sorted(columns_of(condition)):
        if column not in intake.present:
            raise InvalidInput("no file has this column; leave it out, or map it", key=f"where: {column}")
    dictionary = read_dictionary(duck, intake.relation, Reader(mapping), intake.present)
    relation = unite(duck, intake.relation, mapping).relation if mapping.match else intake.relation
    rows, moved = (read_rows(of, dictionary, matched=mapping.match is not None) for of in (relation, MOVED.format(relation)))
    return Prepared(rows, moved, dictionary, as_sql(condition, dictionary, duck) if condition else "")


def wanted_columns(mapping: Mapping, *also: str) -> tuple[str, ...]:
    """The columns a count reads, those of match rules and those named in `also`."""
    return tuple(dict.fromkeys((*COUNTED, *(matching.READ if mapping.match else ()), *also)))


def _matching(duck: Engine, prepared: Prepared, intake: Intake, mapping: Mapping, subjects: int) -> Matching | None:
    """People before and after the match rules, under the same filter."""
    if mapping.match is None:
        return None
    where = f" AND {prepared.where}" if prepared.where else ""
    unmerged = duck.rows(f"SELECT count(*) FROM (SELECT own_id FROM ({prepared.rows}) WHERE subject_id IS NOT NULL{where} GROUP BY own_id)")
    waiting = len(matching.near(duck, intake.relation, mapping))
    return Matching(rules=matching.rules_of(mapping.match), unmerged=unmerged[0][0], merged=subjects, near=waiting)


def near_matches(files: Sequence[Path], *, at: datetime, mapping: Path) -> tuple[NearMatch, ...]:
    """Pairs of ids a person has to decide on, under the match rules of a mapping. Raises what `count` raises."""
    import duckdb

    own = read_mapping(mapping)
    if own.match is None:
        raise InvalidInput("has no [match] table: write one to have ids compared", file=str(mapping), key="match")
    found = expand([Path(path) for path in files]).files
    with engine(found) as duck:
        try:
            intake = take_in(duck, found, own, wanted_columns(own), at=at, keep_order=False, step=lambda _: None)
            matching.unite(duck, intake.relation, own)
            return matching.near(duck, intake.relation, own)
        except duckdb.Error as problem:
            raise unreadable_file(duck, found, problem) from None


@dataclass
class _Residence:
    """A residence while its figures come in."""

    subjects: int = 0
    minors: int = 0
    age_unknown: int = 0
    states: dict[bool | None, int] = field(default_factory=lambda: {True: 0, False: 0, None: 0})
    data: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rows: int = 0
    elsewhere: int = 0
    stored_in: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    languages: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    channels: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rings: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def _collect(duck: Engine, dictionary: Dictionary, intake: Intake, by: Sequence[str]) -> _Answer:
    subjects, rows, rejected, flagged = duck.rows(
        "SELECT coalesce(sum(people) FILTER (NOT nobody), 0)::BIGINT, coalesce(sum(row_count), 0)::BIGINT,"
        " coalesce(sum(row_count) FILTER (nobody), 0)::BIGINT, coalesce(sum(bad_count) FILTER (NOT nobody), 0)::BIGINT"
        " FROM profile"
    )[0]
    spread(duck, dictionary, "residence")
    residences: dict[str, _Residence] = defaultdict(_Residence)
    cells = _cells(duck, dictionary, residences)
    for column, name in _SPREAD:
        words = dictionary.words(column)
        sets = Sets(dictionary.codes[column])
        for place, *key, people in by_place(duck, dictionary, ", ".join(words)):
            figures: dict[str, int] = getattr(residences[place], name)
            for code in sets.of(tuple(key)):
                figures[code] += people
    totals = {
        "subjects": subjects,
        "rows": rows + len(intake.unparseable),
        "rejected_rows": rejected + len(intake.unparseable),
        "flagged_rows": flagged,
        "unknown_residence": residences[UNKNOWN].subjects if UNKNOWN in residences else 0,
    }
    places = sorted(residences, key=lambda place: (place == UNKNOWN, place))
    found = tuple(_figures(place, residences[place]) for place in places)
    return _Answer(totals, intake.rows, found, cells, break_down(duck, dictionary, by))


_SPREAD = (("storage_region", "stored_in"), ("language", "languages"), ("channel", "channels"), ("ring", "rings"))
"""The columns whose codes are counted within each residence, and the figures they give."""


def _cells(duck: Engine, dictionary: Dictionary, residences: dict[str, _Residence]) -> tuple[Cell, ...]:
    """The cells in the order of place, data and encryption; adds their figures to the residences."""
    words = dictionary.words("data")
    homes = dictionary.words("residence")
    several = " + ".join(f"bit_count({word})::INTEGER" for word in homes)
    sums = (
        ", coalesce(sum(people) FILTER (minor), 0)::BIGINT, coalesce(sum(people) FILTER (minor IS NULL), 0)::BIGINT,"
        f" sum(row_count)::BIGINT, coalesce(sum(people) FILTER ({several} > 1), 0)::BIGINT"
    )
    rows: list[tuple[Any, ...]] = by_place(duck, dictionary, f"encrypted, {', '.join(words)}", sums)
    sets, end = Sets(dictionary.codes["data"]), 2 + len(words)
    keys = {row[2:end] for row in rows}
    rank = {key: i for i, key in enumerate(sorted(keys, key=sets.of))}
    rows.sort(key=lambda row: (row[0] == UNKNOWN, row[0], rank[row[2:end]], _STATES[row[1]]))
    cells = []
    for place, group in itertools.groupby(rows, key=operator.itemgetter(0)):
        figures, states = residences[place], residences[place].states
        held: dict[tuple[int, ...], int] = defaultdict(int)
        for row in group:
            encrypted, key = row[1], row[2:end]
            people, minors, age_unknown, carried, elsewhere = row[end:]
            figures.subjects += people
            figures.minors += minors
            figures.age_unknown += age_unknown
            figures.rows += carried
            figures.elsewhere += elsewhere
            states[encrypted] += people
            held[key] += people
            cells.append(_cell(place, sets.of(key) or None, encrypted, people, minors, age_unknown))
        for key, people in held.items():
            for element in sets.of(key):
                figures.data[element] += people
    return tuple(cells)


_STATES = {True: 0, False: 1, None: 2}
_CELL_FIELDS = set(Cell.model_fields)


def _cell(
    residence: str, data: tuple[str, ...] | None, encrypted: bool | None, subjects: int, minors: int, age_unknown: int
) -> Cell:
    """A cell that is not checked again: every code in it comes from the vocabulary, and there may be a hundred thousand.

    Pydantic's own `model_construct` takes longer over them than the whole count.
    """
    cell = Cell.__new__(Cell)
    fields = {"residence": residence, "data": data, "encrypted": encrypted, "subjects": subjects, "minors": minors,
              "age_unknown": age_unknown}  # fmt: skip
    object.__setattr__(cell, "__dict__", fields)
    object.__setattr__(cell, "__pydantic_fields_set__", _CELL_FIELDS)
    object.__setattr__(cell, "__pydantic_extra__", None)
    object.__setattr__(cell, "__pydantic_private__", None)
    return cell


def _figures(place: str, found: _Residence) -> ResidenceCount:
    def ordered(figures: dict[str, int]) -> dict[str, int]:
        return {code: figures[code] for code in sorted(figures, key=in_order)}

    return ResidenceCount(
        residence=place, subjects=found.subjects, minors=found.minors, age_unknown=found.age_unknown,
        encrypted=found.states[True], unencrypted=found.states[False], encryption_unknown=found.states[None],
        data=ordered(found.data), stored_in=ordered(found.stored_in), languages=ordered(found.languages),
        channels=ordered(found.channels), rings=ordered(found.rings), rows=found.rows, elsewhere=found.elsewhere,
    )  # fmt: skip
