"""A first mapping for a record file, from the names of its columns and a sample of its values; a person reads it before it counts."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people.columns import REQUIRED
from breachdesk.people.engine import engine
from breachdesk.people.fides import Manifest
from breachdesk.people.inputs import RecordFile, expand
from breachdesk.people.intake import csv_header
from breachdesk.people.mapping import Mapping
from breachdesk.people.readings import Reader

_SAMPLE = 500
_NAMES: dict[str, tuple[str, ...]] = {
    "subject_id": ("subject id", "customer no", "customer id", "customer number", "customer", "person id", "user id", "userid", "client id",
                   "member id", "patient id", "employee id", "account id", "uuid", "id", "kundennummer", "kunden nr", "numero client"),
    "residence": ("residence", "country of residence", "country", "country code", "land", "pays", "pais", "البلد", "الدولة", "state"),
    "division": ("division", "state", "province", "state or province", "state province", "bundesland", "provincia", "estado"),
    "system": ("system", "source system", "source", "application", "dataset", "database", "table"),
    "storage_region": ("storage region", "region", "cloud region", "aws region", "location", "stored in", "data center", "datacenter"),
    "data": ("data", "data elements", "elements", "data categories", "categories", "fields leaked", "datenarten"),
    "encrypted": ("encrypted", "is encrypted", "encryption", "verschluesselt"),
    "birth_date": ("birth date", "date of birth", "dob", "birthday", "geburtsdatum", "date de naissance", "fecha de nacimiento", "تاريخ الميلاد"),
    "birth_year": ("birth year", "year of birth", "geburtsjahr"),
    "language": ("language", "lang", "locale", "preferred language", "sprache", "langue", "idioma"),
    "name": ("name", "full name", "customer name", "display name"),
    "email": ("email", "e mail", "mail", "email address", "courriel", "correo"),
    "postal_address": ("postal address", "address", "mailing address", "anschrift", "adresse", "direccion"),
    "guardian": ("guardian", "guardian name", "parent", "parent name", "ولي الأمر"),
    "guardian_email": ("guardian email", "guardian e mail", "parent email", "parent e mail"),
    "channel": ("channel", "contact channel", "preferred channel"),
    "quiet_hours": ("quiet hours",), "ring": ("ring", "exposure"),
    "exposed_from": ("exposed from", "exposure start", "first exposed", "accessed at"), "exposed_to": ("exposed to", "exposure end", "last exposed"),
}  # fmt: skip
_FORMATS = (
    (r"\d{4}-\d\d?-\d\d?", ""), (r"\d\d?\.\d\d?\.\d{4}", "%d.%m.%Y"), (r"\d{4}/\d\d?/\d\d?", "%Y/%m/%d"), (r"\d{8}", "%Y%m%d"),
    (r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y"),
)  # fmt: skip
_YES, _NO = ("y", "yes", "1", "ja", "oui", "si", "نعم", "t"), ("n", "no", "0", "nein", "non", "لا", "f")


def propose(path: Path, manifest: Manifest | None = None) -> str:
    """The text of a mapping file for a record file, with a comment wherever something was guessed or is missing.

    With a Fides manifest, its data categories say what a file without a column of data holds. Raises what `count` raises for
    a file that cannot be read.
    """
    (file, *_) = expand([path]).files
    columns, delimiter = _look(file)
    if not columns:
        raise InvalidInput("has no columns to propose a mapping for", file=file.shown)
    return _Proposal(file, columns, delimiter, manifest).text()


class _Proposal:
    def __init__(self, file: RecordFile, columns: dict[str, list[str]], delimiter: str, manifest: Manifest | None) -> None:
        self.file, self.columns, self.delimiter, self.manifest = file, columns, delimiter, manifest
        self.own: dict[str, str] = {}
        for canonical in _NAMES:
            # A state is the residence itself where no column says the country.
            if (own := self._column(canonical)) and own not in self.own.values():
                self.own[canonical] = own

    def _column(self, canonical: str) -> str:
        plain = {re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().casefold(): name for name in self.columns}
        return next((plain[name] for name in _NAMES[canonical] if name in plain), "")

    def text(self) -> str:
        about = f"# Proposed for {self.file.path.name} from its column names and first {_SAMPLE} rows. Read every line before you count."
        lines = [about, "", "[columns]"]
        lines += [f"{canonical} = {_quoted(own)}" for canonical, own in self.own.items() if own != canonical]
        unused = [name for name in self.columns if name not in self.own.values()]
        if unused:
            lines.append(f"# not used: {', '.join(unused[:40])}{' …' if len(unused) > 40 else ''}")
        lines += self._missing()
        for canonical in ("residence", "storage_region", "encrypted", "language", "channel", "ring"):
            lines += self._values(canonical)
        lines += [*self._elements(), *self._dates()]
        if self.file.kind == "csv" and self.delimiter != ",":
            lines += ["", "[csv]", f"delimiter = {_quoted(self.delimiter)}"]
        return "\n".join(lines) + "\n"

    def _missing(self) -> list[str]:
        lines = []
        for canonical in REQUIRED:
            if canonical in self.own:
                continue
            if canonical == "subject_id":
                lines.append('# subject_id = "…"   # NOT FOUND: which column says who the person is?')
            elif canonical == "data" and self.manifest:
                lines += [f"data = {_quoted(';'.join(self.manifest.elements))}   # from {self.manifest.key}"]
            elif canonical == "system":
                lines.append(f"system = {_quoted(self.manifest.key if self.manifest else self.file.path.stem)}")
            else:
                lines.append(f'# {canonical} = "…"   # NOT FOUND: one value for every row, or name a column under [columns]')
        return ["", "[constants]", *lines] if lines else []

    def _values(self, canonical: str) -> list[str]:
        if canonical not in self.own:
            return []
        reader, lines = Reader(Mapping()), []
        for word in dict.fromkeys(self.columns[self.own[canonical]]):
            if not word or not reader.read(canonical, word).problem:
                continue
            low = word.strip().casefold()
            if canonical == "encrypted" and low in (*_YES, *_NO):
                lines.append(f"{_quoted(word)} = {'true' if low in _YES else 'false'}")
            else:
                lines.append(f'# {_quoted(word)} = "…"   # not understood')
        return ["", f"[values.{canonical}]", *lines[:50]] if lines else []

    def _elements(self) -> list[str]:
        if "data" not in self.own:
            return []
        values = [value for value in self.columns[self.own["data"]] if value]
        marks = [mark for mark in "|,/ " if any(mark in value for value in values) and not any(";" in value for value in values)]
        separator = marks[0] if marks else ";"
        words = dict.fromkeys(word.strip() for value in values if not value.startswith("[") for word in value.split(separator))
        reader = Reader(Mapping())
        strange = [word for word in words if word and reader.read("data", word).problem]
        lines = ["", "[data]", f"separator = {_quoted(separator)}"] if separator != ";" else []
        if strange:
            lines += ["", "[elements]", *(f'# {_quoted(word)} = "…"   # a data element, a list of them, or [] for none' for word in strange[:50])]
        return lines

    def _dates(self) -> list[str]:
        lines = []
        for canonical in ("birth_date", "exposed_from", "exposed_to"):
            values = [value.strip() for value in self.columns.get(self.own.get(canonical, ""), []) if value.strip()]
            if not values or all(re.match(r"\d{4}-\d\d?-\d\d?", value) for value in values):
                continue
            found = next((form for pattern, form in _FORMATS if form and all(re.fullmatch(pattern, value) for value in values)), "")
            if found:
                lines.append(f"{canonical} = {_quoted(found)}")
            elif all(re.fullmatch(r"\d\d?/\d\d?/\d{4}", value) for value in values):
                parts = [tuple(map(int, value.split("/")[:2])) for value in values]
                if any(first > 12 for first, _ in parts):
                    lines.append(f'{canonical} = "%d/%m/%Y"')
                elif any(second > 12 for _, second in parts):
                    lines.append(f'{canonical} = "%m/%d/%Y"')
                else:
                    lines.append(f'# {canonical} = "%d/%m/%Y"   # or "%m/%d/%Y": these dates do not say which; ask')
            else:
                lines.append(f'# {canonical} = "…"   # not understood, e.g. {values[0]!r}')
        return ["", "[dates]", *lines] if lines else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _look(file: RecordFile) -> tuple[dict[str, list[str]], str]:
    """The columns of a file with the first of their values as text, and the delimiter of a CSV file."""
    try:
        if file.kind == "csv":
            delimiter, header = csv_header(file, Mapping())
            with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
                rows: list[Sequence[Any]] = list(itertools.islice(csv.reader(stream, delimiter=delimiter), 1, _SAMPLE + 1))
            return {name: [row[i] for row in rows if i < len(row)] for i, name in enumerate(header) if name}, delimiter
        if file.kind == "jsonl":
            found: dict[str, list[str]] = {}
            with file.path.open(encoding="utf-8-sig", errors="replace") as lines:
                for line in itertools.islice(lines, _SAMPLE):
                    try:
                        record = json.loads(line)
                    except ValueError:
                        continue
                    for name, value in record.items() if isinstance(record, dict) else ():
                        found.setdefault(name, []).append(_shown(value))
            return found, ""
    except FileNotFoundError:
        raise NotFound(f"{file.shown}: there is no such file") from None
    except (OSError, csv.Error) as problem:
        raise InvalidInput(f"cannot be read: {problem}", file=file.shown) from None
    import duckdb

    with engine([file]) as duck:
        try:
            cursor = duck.run(f"SELECT * FROM read_parquet($one, hive_partitioning = false) LIMIT {_SAMPLE}", one=[str(file.path)])
        except duckdb.Error as problem:
            raise InvalidInput(f"cannot be read as parquet: {str(problem).splitlines()[0]}", file=file.shown) from None
        names = [column[0] for column in cursor.description or ()]
        table = cursor.fetchall()
    return {name: [_shown(row[i]) for row in table] for i, name in enumerate(names)}, ""


def _shown(value: Any) -> str:
    return "" if value is None else json.dumps(value) if isinstance(value, (list, dict)) else str(value)
