"""The same question on three engines: SQL on DuckDB, one Ibis expression on PostgreSQL and on a Spark standalone cluster.

Run by `make engines`, which installs what they need. The servers are real and are started here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tools.servers import load_postgres, postgres_server, spark_cluster

from breachdesk.domain.errors import Gate, InvalidInput, NotFound
from breachdesk.domain.tally import Tally
from breachdesk.people import count, recipients
from breachdesk.people.conformance import conform, read_kept
from breachdesk.people.warehouse import shown_url

pytestmark = pytest.mark.filterwarnings("default")

AT = datetime(2026, 6, 1, tzinfo=UTC)
COLUMNS = {
    "customer": "text", "residence": "text", "system": "text", "storage_region": "text", "data": "text", "encrypted": "text",
    "birth_date": "date", "language": "text", "ring": "text", "exposed_from": "timestamptz",
}  # fmt: skip
FILTERS = ("", "ring = 'touched' and not residence in ('DE', 'unknown')", "exposed_from >= '2026-02-01' and data has 'ssn'")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from benchmarks.count import write_records

    out = tmp_path_factory.mktemp("records") / "records.parquet"
    write_records(20_000, out)
    return out


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mapping") / "mapping.toml"
    out.write_text('[columns]\nsubject_id = "customer"\n', encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def postgres(records: Path) -> Iterator[str]:
    with postgres_server() as url:
        load_postgres(url, "records", records, COLUMNS)
        yield url


@pytest.fixture(scope="module")
def spark() -> Iterator[str]:
    with spark_cluster() as url:
        yield url


def figures(tally: Tally) -> dict[str, Any]:
    """Everything but where and when it was counted."""
    return tally.model_dump(exclude={"at", "engine", "inputs"}) | {"read": [each.rows for each in tally.inputs]}


@pytest.mark.parametrize("where", FILTERS)
def test_postgres_counts_as_the_built_in_engine_does(records: Path, mapping: Path, postgres: str, where: str) -> None:
    """Every figure and every cell, with and without a filter."""
    here = count([records], at=AT, mapping=mapping, where=where)
    there = count(["records"], at=AT, mapping=mapping, where=where, engine_url=postgres)
    assert figures(there) == figures(here)
    assert there.engine.startswith("postgres ")


def test_spark_counts_as_the_built_in_engine_does(records: Path, mapping: Path, spark: str) -> None:
    """On a cluster of a master and two workers, over the same Parquet file, with a filter; its bytes are hashed too."""
    here = count([records], at=AT, mapping=mapping, where=FILTERS[1])
    there = count([str(records)], at=AT, mapping=mapping, where=FILTERS[1], engine_url=spark)
    assert figures(there) == figures(here)
    assert there.inputs[0].sha256 == here.inputs[0].sha256


def test_spark_reads_text_and_rejects_lines_that_are_no_records(tmp_path: Path, spark: str) -> None:
    """A line with too few fields is rejected on the cluster as it is here; a name in quotes may hold the delimiter."""
    file = tmp_path / "records.csv"
    file.write_text('subject_id,residence,system,data\n1,DE,crm,"name"\n2,FR\n 1 ,US-CA,"a, b",ssn\n,DE,crm,name\n', encoding="utf-8")
    here, there = count([file], at=AT), count([str(file)], at=AT, engine_url=spark)
    assert figures(there) == figures(here)
    assert (there.subjects, there.rejected_rows) == (1, 2)


def test_spark_reads_json_lines_and_globs(tmp_path: Path, spark: str) -> None:
    """Objects with keys in any order, lists, numbers, missing keys and a line that is none; and a glob over such files."""
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "a.jsonl").write_text(
        '{"subject_id": 1, "residence": "DE", "system": "crm", "data": ["name", "ssn"], "encrypted": true}\n'
        '{"system": "crm", "data": "email", "subject_id": "1", "residence": null}\nno object\n'
        '{"subject_id": "2", "residence": "US", "division": "CA", "system": "crm", "data": "name", "channel": "letter"}\n', encoding="utf-8",
    )  # fmt: skip
    (folder / "b.jsonl").write_text('{"subject_id": "3", "residence": "FR", "system": "x", "data": "name"}\n', encoding="utf-8")
    for path in (folder / "a.jsonl", folder / "*.jsonl"):
        here, there = count([path], at=AT), count([str(path)], at=AT, engine_url=spark)
        assert there.model_dump(include={"subjects", "by_residence", "cells", "rejected_rows", "rows"}) == here.model_dump(
            include={"subjects", "by_residence", "cells", "rejected_rows", "rows"}
        )


def test_people_of_an_approved_notice_come_in_the_same_order(records: Path, mapping: Path, postgres: str) -> None:
    """Recipients are the same people, one by one, from a table as from a file."""
    chosen = frozenset({"DE", "US-CA"})
    here = list(recipients([records], at=AT, mapping=mapping, residences=chosen))
    there = list(recipients(["records"], at=AT, mapping=mapping, residences=chosen, engine_url=postgres))
    assert there == here
    assert here


@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_the_shipped_check_passes(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Blanks, other alphabets, bad values, sixty places and more: the engine agrees in every figure, and that is kept."""
    found = conform(request.getfixturevalue(engine), at=AT, kept=tmp_path / "engines.json")
    assert found.agrees, found.differences
    assert read_kept(tmp_path / "engines.json") == (found,)


def test_another_engine_is_used_only_after_the_check(tmp_path: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine nobody checked is refused; one that agrees is admitted; one that forgets a bit is named and refused."""
    import duckdb

    from breachdesk.people import elsewhere

    database, kept = tmp_path / "own.ddb", tmp_path / "engines.json"
    with duckdb.connect(str(database)) as own:
        own.execute("CREATE TABLE records AS SELECT '1' AS customer, 'DE' AS residence, 'crm' AS system, 'name' AS data")
    url = f"duckdb://{database}"
    with pytest.raises(Gate, match="people conform"):
        count(["records"], at=AT, mapping=mapping, engine_url=url, checked=kept)
    assert conform(url, at=AT, kept=kept).agrees
    assert count(["records"], at=AT, mapping=mapping, engine_url=url, checked=kept).subjects == 1

    import ibis

    def careless(backend: str) -> Any:
        return lambda bits: bits.max()

    monkeypatch.setattr(elsewhere, "bit_or", careless)
    assert not conform(url, at=AT, kept=kept).agrees
    with pytest.raises(Gate, match="did not agree"):
        count(["records"], at=AT, mapping=mapping, engine_url=url, checked=kept)
    assert ibis.__version__


def test_bad_input_is_one_sentence(postgres: str, tmp_path: Path) -> None:
    """A table that is not there, a column it lacks, a server that is not there, a rejects file."""
    with pytest.raises(NotFound, match=r"nowhere: .*no such table"):
        count(["nowhere"], at=AT, engine_url=postgres)
    with pytest.raises(InvalidInput, match="subject_id"):
        count(["records"], at=AT, engine_url=postgres)
    with pytest.raises(InvalidInput, match="cannot be reached"):
        count(["records"], at=AT, engine_url="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(InvalidInput, match="stay on the engine"):
        count(["records"], at=AT, engine_url=postgres, rejects=tmp_path / "rejects.csv")
    assert shown_url("postgresql://me:secret@host:1/db?x=y") == "postgresql://me@host:1/db"
