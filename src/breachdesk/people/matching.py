"""Match rules: when rows with different ids are one person. Every rule is deterministic, and a mapping has to ask for it.

- `ids = "per-system"`: an id means something within its system only.
- `crosswalk`: a CSV table with the columns `subject_id`, `person` and perhaps `system`; equal `person`s are one.
- `email`: equal normalised addresses (case folded, trimmed; with `plus_tags` without `+tag`) in different systems are one person,
  unless some system has that address under two of its ids: then nobody is merged by it, and the pair is a near match.
- `decisions`: pairs a person decided, `same` or `different`; a pair that is `different` is never merged by an address.

People are the connected groups of what the rules join, each called by the least of its ids.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.tally import NearMatch
from breachdesk.people.engine import Engine
from breachdesk.people.mapping import Mapping, Match

_MOST_NEAR = 10_000
_CHUNK = 20_000
_DECIDED = ("a", "b", "decision", "by", "at")
READ = ("system", "email", "name", "birth_date")
"""The columns that match rules read besides the id."""


@dataclass(frozen=True)
class Matched:
    """The rows with `subject_id` the person and `own_id` the id as it was, and the rules in words."""

    relation: str
    rules: tuple[str, ...]


def rules_of(match: Match) -> tuple[str, ...]:
    """The rules in words, for the answer."""
    found = ["an id counts within its system only"] if match.per_system else ["the same subject_id is the same person"]
    if match.crosswalk:
        found.append(f"crosswalk {match.crosswalk.name}")
    if match.email:
        plus = ", without +tag" if match.plus else ""
        found.append(f"the same e-mail address in different systems{plus}, unless one system has it under two ids")
    if match.decisions:
        found.append(f"decided pairs of {match.decisions.name}")
    return tuple(found)


def unite(duck: Engine, relation: str, mapping: Mapping) -> Matched:
    """Works out who is one person and gives the rows under their names. Needs `mapping.match`. Raises InvalidInput or NotFound
    for a table that does not fit."""
    match = mapping.match
    assert match is not None  # noqa: S101 - the caller asks only then
    own = "(coalesce(trim(system), '') || ':' || subject_id)" if match.per_system else "subject_id"
    duck.run("CREATE TEMP TABLE joined (a VARCHAR, b VARCHAR)")
    if match.crosswalk:
        _crosswalk(duck, relation, own, match)
    decided = read_decisions(match.decisions) if match.decisions else {}
    _fill(duck, "joined (a, b)", [pair for pair, (decision, _, _) in decided.items() if decision == "same"], 2)
    duck.run("CREATE TEMP TABLE apart (a VARCHAR, b VARCHAR)")
    _fill(duck, "apart (a, b)", [pair for pair, (decision, _, _) in decided.items() if decision == "different"], 2)
    _emails(duck, relation, own, match)
    _groups(duck)
    ids = f"SELECT *, {own} AS own_id FROM ({relation})"
    return Matched(
        f"SELECT i.* REPLACE (coalesce(m.person, i.own_id) AS subject_id) FROM ({ids}) i LEFT JOIN merged m ON m.own = i.own_id",
        rules_of(match),
    )


def _crosswalk(duck: Engine, relation: str, own: str, match: Match) -> None:
    assert match.crosswalk is not None  # noqa: S101
    duck.run("CREATE TEMP TABLE crosswalk (subject_id VARCHAR, system VARCHAR, person VARCHAR)")
    _fill(duck, "crosswalk", _read_crosswalk(match.crosswalk), 3)
    # A hub stands between the ids it joins; no id begins with a control character.
    duck.run(
        f"INSERT INTO joined SELECT DISTINCT {own.replace('subject_id', 'r.subject_id').replace('system', 'r.system')},"
        f" chr(1) || c.person FROM ({relation}) r JOIN crosswalk c ON c.subject_id = r.subject_id"
        " AND (c.system = '' OR c.system = trim(r.system))"
    )


def _read_crosswalk(file: Path) -> Iterator[tuple[str, str, str]]:
    for line, row in _table(file, ("subject_id", "person")):
        subject, person = (row["subject_id"] or "").strip(), (row["person"] or "").strip()
        if not subject or not person:
            raise InvalidInput("needs a subject_id and a person in every line", file=str(file), where=f"line {line}")
        yield subject, (row.get("system") or "").strip(), person


def _table(file: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            for column in needed:
                if column not in (reader.fieldnames or ()):
                    raise InvalidInput(f"the table has no such column; it needs {', '.join(needed)}", file=str(file), key=column)
            for row in reader:
                yield reader.line_num, row
    except FileNotFoundError:
        raise NotFound(f"{file}: there is no such table of match rules") from None
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InvalidInput(f"cannot be read as a UTF-8 CSV table: {problem}", file=str(file)) from None


def _fill(duck: Engine, table: str, rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]], width: int) -> None:
    waiting: list[tuple[str, ...]] = []

    def store() -> None:
        values = {f"v{i}": [row[i] for row in waiting] for i in range(width)}
        duck.run(f"INSERT INTO {table} SELECT {', '.join(f'unnest($v{i}::VARCHAR[])' for i in range(width))}", **values)
        waiting.clear()

    for row in rows:
        waiting.append(row)
        if len(waiting) == _CHUNK:
            store()
    if waiting:
        store()


def _emails(duck: Engine, relation: str, own: str, match: Match) -> None:
    """Tables `held` (who holds which address), and `mail` (addresses of several ids, and whether they join them)."""
    address = "lower(trim(email))"
    if match.plus:
        address = f"regexp_replace({address}, '\\+[^@]*@', '@')"
    duck.run(
        f"CREATE TEMP TABLE held AS SELECT DISTINCT {address} AS mail, {own} AS own, coalesce(trim(system), '') AS system"
        f" FROM ({relation}) WHERE subject_id IS NOT NULL AND trim(email) LIKE '%_@_%'"
    )
    duck.run(
        "CREATE TEMP TABLE mail AS SELECT mail, max(ids) > 1 AS crowded FROM (SELECT mail, system, count(*) AS ids FROM held GROUP BY ALL)"
        " GROUP BY mail HAVING sum(ids) > 1 AND mail IN (SELECT mail FROM held GROUP BY mail HAVING count(DISTINCT own) > 1)"
    )
    if match.email:
        duck.run(
            "INSERT INTO joined SELECT DISTINCT own, chr(2) || mail FROM held JOIN mail USING (mail) WHERE NOT crowded AND mail NOT IN"
            " (SELECT x.mail FROM held x JOIN held y USING (mail) JOIN apart ON apart.a = x.own AND apart.b = y.own)"
        )


def _groups(duck: Engine) -> None:
    """Table `merged`: each id that some rule joins, and the least id of its group."""
    duck.run("CREATE TEMP TABLE edge AS SELECT a, b FROM joined UNION SELECT b, a FROM joined")
    duck.run("CREATE TEMP TABLE label AS SELECT a AS node, a AS name FROM edge GROUP BY a")
    while True:
        duck.run(
            "CREATE OR REPLACE TEMP TABLE next AS SELECT l.node, least(any_value(l.name), min(n.name)) AS name"
            " FROM label l JOIN edge e ON e.a = l.node JOIN label n ON n.node = e.b GROUP BY l.node"
        )
        moved = duck.rows("SELECT count(*) FROM next JOIN label USING (node) WHERE next.name <> label.name")[0][0]
        duck.run("CREATE OR REPLACE TEMP TABLE label AS SELECT * FROM next")
        if not moved:
            break
    duck.run(
        "CREATE TEMP TABLE merged AS SELECT node AS own, min(node) OVER (PARTITION BY name) AS person FROM label"
        " WHERE node NOT LIKE chr(1) || '%' AND node NOT LIKE chr(2) || '%'"
    )


def near(duck: Engine, relation: str, mapping: Mapping) -> tuple[NearMatch, ...]:
    """Pairs of ids that may be one person and that no rule joined and nobody decided: the same address, or the same name and
    birth date. At most ten thousand, in order. Needs `unite` before it."""
    match = mapping.match
    assert match is not None  # noqa: S101
    own = "(coalesce(trim(system), '') || ':' || subject_id)" if match.per_system else "subject_id"
    names = (
        f"SELECT DISTINCT {own} AS own, lower(trim(name)) || ' ' || trim(birth_date) AS key FROM ({relation})"
        " WHERE trim(name) <> '' AND trim(birth_date) <> ''"
    )
    pairs = (
        "SELECT x.own AS a, y.own AS b, 'the same e-mail address' AS why FROM held x JOIN held y USING (mail) JOIN mail USING (mail)"
        " WHERE x.own < y.own"
        f" UNION ALL SELECT x.own, y.own, 'the same name and birth date' FROM ({names}) x JOIN ({names}) y USING (key) WHERE x.own < y.own"
    )
    rows = duck.rows(
        f"SELECT a, b, string_agg(DISTINCT why, ' and ' ORDER BY why) FROM ({pairs}) p LEFT JOIN merged m ON m.own = a"
        " LEFT JOIN merged n ON n.own = b"
        " WHERE coalesce(m.person, a) <> coalesce(n.person, b) AND NOT EXISTS (SELECT 1 FROM apart WHERE apart.a = p.a AND apart.b = p.b)"
        f" GROUP BY a, b ORDER BY a, b LIMIT {_MOST_NEAR}"
    )
    return tuple(NearMatch(a=a, b=b, why=why) for a, b, why in rows)


def read_decisions(file: Path) -> dict[tuple[str, str], tuple[str, str, str]]:
    """What was decided of each pair (its ids in order): `same` or `different`, by whom, when; the last line counts. None: no file yet."""
    if not file.exists():
        return {}
    found = {}
    for line, row in _table(file, _DECIDED):
        if row["decision"] not in ("same", "different"):
            raise InvalidInput("must be same or different", file=str(file), where=f"line {line}", key="decision")
        a, b = sorted((_plain(row["a"]), _plain(row["b"])))
        found[(a, b)] = (row["decision"], row["by"], row["at"])
    return found


def decide(file: Path, a: str, b: str, *, same: bool, by: str, at: str) -> None:
    """Adds one decision to the file. Raises InvalidInput for a pair that is none."""
    from breachdesk.people.rejects import harmless

    if a == b or not a or not b:
        raise InvalidInput("name two different ids", key="decide")
    read_decisions(file)
    new = not file.exists()
    try:
        with file.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow(_DECIDED)
            writer.writerow([harmless(cell) for cell in (*sorted((a, b)), "same" if same else "different", by, at)])
    except OSError as problem:
        raise InvalidInput(f"cannot be written: {problem.strerror}", file=str(file)) from None


def _plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from reading it as a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell
