"""A mapping file says what an organisation's own columns and words mean, and every mistake in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people import recipients
from tests.people.records import AT, Write, counted, only, write_rows

OWN = """
[columns]
subject_id = "customer_no"
residence = "country"
data = "fields"
encrypted = "enc"
birth_date = "dob"
storage_region = "dc"

[constants]
system = "crm"
language = "de"

[data]
separator = "|"

[values.encrypted]
Y = true
n = false
"?" = ""

[values.residence]
Deutschland = "DE"

[values.storage_region]
"Rechenzentrum Nord" = "germanywestcentral"

[elements]
credit_card = "payment-card"
everything = ["name", "ssn"]
shoe_size = []

[dates]
birth_date = ["%d.%m.%Y", "%Y%m%d"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_own_columns_words_and_dates_are_read(tmp_path: Path, own: Path, suffix: str) -> None:
    """The organisation's file needs no rewriting, in any format."""
    rows = [
        {"customer_no": "1", "country": "deutschland", "fields": "credit_card | email|shoe_size", "enc": "y", "dob": "02.03.2008",
         "dc": "Rechenzentrum Nord"},
        {"customer_no": "2", "country": "FR", "fields": "Everything", "enc": "N", "dob": "19700101", "dc": "eu-west-3"},
        {"customer_no": "3", "country": "FR", "fields": "name", "enc": "?", "dob": "1970-01-01", "dc": ""},
    ]  # fmt: skip
    tally = counted(write_rows(tmp_path / f"own{suffix}", rows), mapping=own)
    germany, france = tally.by_residence
    assert germany.data == {"email": 1, "payment-card": 1}
    assert (germany.encrypted, germany.minors, germany.stored_in, germany.languages) == (1, 1, {"DE": 1}, {"de": 1})
    assert france.data == {"name": 2, "ssn": 1}
    assert (france.unencrypted, france.encryption_unknown, france.age_unknown) == (1, 1, 1)
    assert tally.flagged_rows == 1, "the date in a form nobody mapped"
    assert tally.mapping == str(own)


def test_a_constant_fills_a_column_that_no_file_has(write: Write, tmp_path: Path) -> None:
    """Constants hold for every row, quotation marks and all, and win over the file's column."""
    mapping = tmp_path / "m.toml"
    mapping.write_text('[constants]\nsystem = "o\'crm"\nencrypted = true\nresidence = "SA"\nbirth_year = 2015\n', encoding="utf-8")
    tally = counted(write({"system": "other"}), mapping=mapping, where="system = 'o''crm'")
    row = only(tally)
    assert (row.residence, row.subjects, row.encrypted, row.minors) == ("SA", 1, 1, 1)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_one_column_of_theirs_is_split_into_several(tmp_path: Path, suffix: str) -> None:
    """Parts are trimmed; a part that is not there is nothing; a left-out one is left out; an id and a date can be parts too."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[split.who]\nat = " / "\ninto = ["subject_id", "", "birth_date"]\n[split.home]\nat = ","\ninto = ["postal_address", "residence"]\n'
        '[dates]\nbirth_date = "%d.%m.%Y"\n', encoding="utf-8",
    )  # fmt: skip
    rows = [
        {"who": "7 / x / 02.03.2015", "home": "1 Way, DE", "system": "crm", "data": "name"},
        {"who": "8", "home": "nowhere", "system": "crm", "data": "name"}, {"who": " / y", "home": "", "system": "crm", "data": "name"},
    ]  # fmt: skip
    file = write_rows(tmp_path / f"own{suffix}", rows)
    tally = counted(file, mapping=mapping)
    assert (tally.subjects, tally.rejected_rows, tally.unknown_residence) == (2, 1, 1)
    assert (tally.by_residence[0].residence, tally.by_residence[0].minors) == ("DE", 1)
    assert [(p.subject_id, p.postal_address) for p in recipients([file], at=AT, mapping=mapping)] == [("7", "1 Way"), ("8", "nowhere")]


@pytest.mark.parametrize(("country", "division", "residence", "flagged"), [
    ("USA", "CA", "US-CA", 0), ("US", "us-ca", "US-CA", 0), ("Vereinigte Staaten", "California", "US-CA", 0), ("US", "", "US", 0),
    ("US", "Atlantis", "US", 1), ("Canada", "QC", "CA-QC", 0), ("DE", "Bavaria", "DE-BY", 0), ("FR", "Bretagne", "FR", 0), ("", "US-TX", "US-TX", 0),
    ("", "Texas", "US-TX", 0), ("", "CA", "unknown", 0), ("Atlantis", "CA", "unknown", 1), ("US-CA", "TX", "US-CA", 0),
])  # fmt: skip
def test_a_country_and_its_division_in_two_columns(
    write: Write, tmp_path: Path, country: str, division: str, residence: str, flagged: int
) -> None:
    """A state's code or name is read within its country; without one, only a whole code or a name says anything."""
    mapping = tmp_path / "m.toml"
    mapping.write_text('[columns]\nresidence = "Country"\ndivision = "State"\n', encoding="utf-8")
    tally = counted(write({"Country": country, "State": division}), mapping=mapping, rejects=tmp_path / "r.csv")
    assert (only(tally).residence, tally.flagged_rows) == (residence, flagged)
    if flagged:
        assert f"{country}, {division}" in (tmp_path / "r.csv").read_text("utf-8")


def test_a_country_for_every_row_and_a_column_of_states(write: Write, tmp_path: Path) -> None:
    """The country may be a constant: each row's state is read within it all the same."""
    mapping = tmp_path / "m.toml"
    mapping.write_text('[constants]\nresidence = "US"\n[columns]\ndivision = "State"\n', encoding="utf-8")
    tally = counted(write({"State": "CA"}, {"subject_id": "2", "State": "Texas"}, {"subject_id": "3", "State": ""}), mapping=mapping)
    assert [(row.residence, row.subjects) for row in tally.by_residence] == [("US", 1), ("US-CA", 1), ("US-TX", 1)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("colums = 1", "colums"),
        ("[columns]\nsubjectid = 'a'", "columns.subjectid"),
        ("[columns]\nsubject_id = 5", "columns.subject_id"),
        ("columns = 'x'", "columns"),
        ("[constants]\nsubject_id = '1'", "constants.subject_id"),
        ("[constants]\nsystem = ['a']", "constants.system"),
        ("[columns]\nsystem = 'a'\n[constants]\nsystem = 'b'", "constants.system"),
        ("[data]\nseparater = '|'", "data.separater"),
        ("[data]\nseparator = '||'", "data.separator"),
        ("[csv]\ndelimiter = ''\nquote = 'x'", "csv.quote"),
        ("[csv]\nencoding = 'ebcdic'", "csv.encoding"),
        ("[values.email]\na = 'b'", "values.email"),
        ("[values]\nencrypted = true", "values.encrypted"),
        ("[values.encrypted]\nY = 'ja'", "values.encrypted.Y"),
        ("[values.residence]\nFrance = 'FRA'", "values.residence.France"),
        ("[values.storage_region]\nhier = 'moon'", "values.storage_region.hier"),
        ("[values.ring]\nhot = 'inner'", "values.ring.hot"),
        ("[elements]\ncard = 'kreditkarte'", "elements.card"),
        ("[elements]\ncard = 4", "elements.card"),
        ("[dates]\nbirth_date = 'DD.MM.YYYY'", "dates.birth_date"),
        ("[dates]\nbirth_year = '%Y'", "dates.birth_year"),
        ("[values.channel]\nbrief = 'pigeon'", "values.channel.brief"),
        ("[split]\nort = ','", "split.ort"),
        ("[split.ort]\nat = ''\ninto = ['residence']", "split.ort.at"),
        ("[split.ort]\nat = ','\ninto = ['', '']", "split.ort.into"),
        ("[split.ort]\nat = ','\ninto = ['land']", "split.ort.into"),
        ("[split.ort]\nat = ','\ninto = ['name', 'name']", "split.ort.into"),
        ("[columns]\nname = 'a'\n[split.ort]\nat = ','\ninto = ['name']", "split.ort.into"),
    ],
)
def test_every_mistake_names_the_file_and_the_key(write: Write, tmp_path: Path, text: str, key: str) -> None:
    """A misspelt key stops the count; it never silently changes it."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        counted(write({}), mapping=mapping)
    assert (caught.value.file, caught.value.key) == (str(mapping), key)


def test_a_mapped_column_the_file_lacks(write: Write, tmp_path: Path) -> None:
    """A mapping that points nowhere is a mistake even for an optional column."""
    mapping = tmp_path / "m.toml"
    mapping.write_text('[columns]\nring = "kreis"\n', encoding="utf-8")
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(InvalidInput, match="maps ring to it") as caught:
            counted(write({}, name=name), mapping=mapping)
        assert caught.value.key == "kreis"


def test_a_bad_date_format_is_refused_in_words(write: Write, tmp_path: Path) -> None:
    """A format no clock understands does not escape as an engine error."""
    mapping = tmp_path / "m.toml"
    mapping.write_text('[dates]\nbirth_date = "%Q"\n', encoding="utf-8")
    with pytest.raises(InvalidInput):
        counted(write({"birth_date": "x"}), mapping=mapping)


def test_mappings_that_cannot_be_read(write: Write, tmp_path: Path) -> None:
    """Missing, not TOML, not text: each in one sentence."""
    with pytest.raises(NotFound, match="no such mapping"):
        counted(write({}), mapping=tmp_path / "none.toml")
    for content in (b"[columns", b"\xff\xfe"):
        (tmp_path / "m.toml").write_bytes(content)
        with pytest.raises(InvalidInput):
            counted(write({}), mapping=tmp_path / "m.toml")
