"""The filter compares canonical columns with values, and can do nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachdesk.domain.errors import InvalidInput
from breachdesk.people import recipients
from breachdesk.people.filters import parse_filter
from tests.people.records import Write, counted

ROWS = (
    {"subject_id": "1", "residence": "DE", "system": "crm", "data": "name;ssn", "encrypted": "true", "ring": "touched",
     "storage_region": "eu-west-1", "exposed_from": "2026-01-10", "birth_date": "1980-01-01", "language": "de", "email": "a@x.example"},
    {"subject_id": "2", "residence": "FR", "system": "shop", "data": "email", "encrypted": "false", "ring": "held",
     "storage_region": "me-central2", "exposed_from": "2026-02-10", "birth_date": "2015-01-01", "language": "fr", "email": ""},
    {"subject_id": "3", "residence": "", "system": "", "data": "", "encrypted": "", "ring": "", "storage_region": "",
     "exposed_from": "", "birth_date": "", "language": "", "email": "c@y.example"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("", "123"),
        ("system = 'crm'", "1"),
        ("SYSTEM == 'crm' OR system = 'shop'", "12"),
        ("system != 'crm'", "23"),
        ("not system = 'crm'", "23"),
        ("system not in ('crm', 'shop')", "3"),
        ("system is unknown", "3"),
        ("system is not null", "12"),
        ("residence = 'de'", "1"),
        ("residence in ('DE', 'unknown')", "13"),
        ("residence is unknown", "3"),
        ("residence != 'DE'", "23"),
        ("residence = 'BE'", ""),
        ("encrypted = true", "1"),
        ("encrypted = 'false'", "2"),
        ("encrypted is unknown", "3"),
        ("not (encrypted = true)", "23"),
        ("ring in ('touched')", "1"),
        ("system = 'crm' and ring in ('touched', 'held')", "1"),
        ("stored_in = 'SA'", "2"),
        ("stored_in = 'unknown'", "3"),
        ("storage_region = 'eu-west-1'", "1"),
        ("storage_region like 'eu-%'", "1"),
        ("data has 'ssn'", "1"),
        ("data is unknown", "3"),
        ("not data has 'ssn'", "23"),
        ("data has 'x-never-seen'", ""),
        ("language = 'DE'", "1"),
        ("exposed_from >= '2026-02-01'", "2"),
        ("exposed_from < '2026-02-01T00:00:00+01:00'", "1"),
        ("not (exposed_from < '2026-02-01')", "23"),
        ("birth_date < '2000-12-31'", "1"),
        ("email like '%@y.example'", "3"),
        ("subject_id in ('1', '3') and not (email is unknown or residence = 'DE')", "3"),
        ("subject_id >= '2'", "23"),
        ("not not not system = 'crm'", "23"),
    ],
)
def test_a_filter_keeps_the_rows_it_holds_for(write: Write, tmp_path: Path, where: str, kept: str) -> None:
    """Unknown values make a comparison false and its opposite true, so that nobody is dropped for a gap in the records."""
    file = write(*ROWS)
    assert counted(file, where=where).rows == len(kept)
    people = recipients([file], at=counted(file).at, where=where)
    assert "".join(person.subject_id for person in people) == kept


@pytest.mark.parametrize(
    "where",
    [
        "system", "system =", "= 'crm'", "system = crm", 'system = "crm"', "nonsense = 'x'", "system = 'crm' and", "(system = 'crm'",
        "system = 'crm')", "system = 'crm' system = 'crm'", "system = 'crm'; drop table intake", "system = 'crm' -- x",
        "system in ()", "system in 'crm'", "system = lower('CRM')", "system = (select 1)", "system in (select 'crm')",
        "read_csv('/etc/passwd') is not null", "1 = 1", "true", "exists (select 1)", "system = 'crm' union select 1",
        "residence = 'Germany'", "ring = 'inner'", "data = 'ssn'", "data has 'Social'", "encrypted = 'maybe'", "encrypted > true",
        "birth_year = 'x'", "birth_date = 'soon'", "exposed_from > 'tomorrow'", "residence < 'DE'", "residence like 'D%'",
        "system = $today", "system = ?", "system::integer = 1", "system = 'a' || 'b'", "file_no = 1", "bad = true", "'", "system = 1e5",
        "stored_in = 'US-CA'", "not", "system is", "system not = 'x'", "system = true",
    ],
)  # fmt: skip
def test_anything_else_is_refused_where_it_stands(write: Write, where: str) -> None:
    """Functions, subqueries, other tables, statements and misspelt values are refused before a file is opened."""
    with pytest.raises(InvalidInput) as caught:
        parse_filter(where)
    assert caught.value.key == "where"
    assert caught.value.where.startswith("character ")


def test_a_column_no_file_has_is_refused(write: Write) -> None:
    """A filter over nothing would keep nobody in silence."""
    with pytest.raises(InvalidInput, match="no file has this column"):
        counted(write({}), where="ring = 'touched'")


def test_values_never_become_sql(write: Write) -> None:
    """Quotation marks and statements inside a text are text."""
    file = write({"system": "it's; DROP TABLE x --"})
    assert counted(file, where="system = 'it''s; DROP TABLE x --'").subjects == 1


def test_a_deep_filter_is_refused_not_fatal() -> None:
    """Nesting has an end."""
    with pytest.raises(InvalidInput, match="nested"):
        parse_filter("(" * 5000 + "system = 'x'" + ")" * 5000)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_invalid_input(text: str) -> None:
    """Whatever is typed is a filter or is refused in words."""
    with contextlib.suppress(InvalidInput):
        parse_filter(text)
