"""Synthetic record files for the demonstration and the exercises, and the truth planted in them.

Nobody in them exists: names are put together from trees and stones, addresses end in domains reserved for examples.
What makes them useful is what is wrong with them: the same person in several systems, residences nobody knows, misspelt
countries, cloud regions that do not exist, rows without a person, an address that tries to smuggle a header in, and
twelve people who turn up late. The same seed writes the same files. `answers` says how many distinct people live where
from the plan of the population, and reads no file.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN, country

FILES = ("crm.csv", "shop.parquet", "support.csv")
LATE_FILE = "late-texas.csv"
COLUMNS = (
    "subject_id", "residence", "system", "storage_region", "data", "encrypted", "birth_date", "birth_year", "language", "name",
    "email", "postal_address", "channel", "quiet_hours", "ring", "exposed_from", "exposed_to",
)  # fmt: skip

COHORTS: Mapping[str, int] = {
    "AE": 2417, "DE": 1874, "AT": 214, "ES": 583, "PT": 326, "GB": 742, "US-CA": 612, "US-TX": 238, "US-NY": 431, "US-FL": 520,
    "US-WA": 287, "US-MA": 203, "SG": 534, "BR": 461, "AU": 388, "ZA": 57, "IN": 143,
}  # fmt: skip
"""Distinct people by residence, whatever the number of rows. Saudi Arabia (`SA`) has all the rest."""

UNKNOWN_PEOPLE = 310
TWO_HOMES = (("SA", "AE", 18), ("DE", "AT", 9))
"""People counted under the first place whose rows in another system name the second too."""
LATE_NEW, LATE_AGAIN = 12, 5
"""Of the late file: Texans nobody had counted, and rows of Texans who had been."""
WITHOUT_SUBJECT = 5
MISSPELT, NO_SUCH_REGION = 66, 54
REPEATED_IN_CRM = 40
LEAST_ROWS = 24_000

_MISSPELT = ("Saudia", "Germny", "US-TXS", "KSAA", "Emirats", "U.S.A.-CA", "??", "Deutschlnd")
_NO_REGION = ("eu-centrl-1", "me-sout-1", "mars-north-1", "rack 14", "us-est-1")
_HOSTS = ("example.com", "example.org", "example.net", "mail.example", "post.invalid")
_GIVEN = {
    "en": ("Robin", "Alex", "Kim", "Sam", "Jules", "Noel", "Dana", "Ellis", "Marin", "Quinn", "Rowan", "Toni"),
    "de": ("Toni", "Kim", "Luca", "Sascha", "Mika", "Robin", "Noa", "Kaya", "Alex", "Jona"),
    "es": ("Alex", "Cruz", "Noa", "Trini", "Reyes", "Paz", "Ariel", "Mar"),
    "pt": ("Alex", "Noa", "Ariel", "Jaci", "Darci", "Noel", "Kim", "Luz"),
    "ar": ("نور", "أمل", "صباح", "إحسان", "وسام", "رضا", "جهاد", "ضياء", "سلام", "نهاد"),
}
_FAMILY = {
    "en": ("Cedar", "Basalt", "Hazelwood", "Flint", "Marigold", "Larch", "Pebble", "Rushes", "Thistle", "Quartz", "Alder"),
    "de": ("Birkenhain", "Kieselstein", "Lindenau", "Ahornblatt", "Schieferbach", "Erlenbruch", "Granitz", "Haselgrund"),
    "es": ("Encinar", "Pizarra", "Olmeda", "Romeral", "Cantizal", "Almendral", "Granito"),
    "pt": ("Sobreiral", "Xisto", "Oliveiral", "Pinhal", "Calhau", "Medronho", "Granito"),
    "ar": ("الزيتون", "النخيل", "الياقوت", "الصنوبر", "الريحان", "المرجان", "الأرز", "السدر"),
}
_ROMAN = {"نور": "nour", "أمل": "amal", "صباح": "sabah", "إحسان": "ihsan", "وسام": "wisam", "رضا": "rida", "جهاد": "jihad",
          "ضياء": "diya", "سلام": "salam", "نهاد": "nihad", "الزيتون": "zaytoun", "النخيل": "nakheel", "الياقوت": "yaqout",
          "الصنوبر": "sanawbar", "الريحان": "rayhan", "المرجان": "murjan", "الأرز": "arz", "السدر": "sidr"}  # fmt: skip
_STREET = {
    "en": ("{n} Example Street", "{n} Sample Avenue"), "de": ("Beispielweg {n}", "Musterallee {n}"),
    "es": ("Calle del Ejemplo {n}", "Avenida de la Muestra {n}"), "pt": ("Rua do Exemplo {n}", "Travessa da Amostra {n}"),
    "ar": ("شارع المثال {n}", "طريق النموذج {n}"),
}  # fmt: skip
_LANGUAGES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "SA": (("ar", 82), ("en", 18)), "AE": (("en", 55), ("ar", 45)), "DE": (("de", 94), ("en", 6)), "AT": (("de", 100),),
    "ES": (("es", 100),), "PT": (("pt", 100),), "BR": (("pt", 100),), "US-CA": (("en", 84), ("es", 16)),
    "US-TX": (("en", 84), ("es", 16)), "US-FL": (("en", 86), ("es", 14)), "US-NY": (("en", 92), ("es", 8)),
    UNKNOWN: (("en", 60), ("ar", 30), ("", 10)),
}  # fmt: skip
_ENGLISH = (("en", 100),)
_ACCENTS = str.maketrans("äöüßáéíóúñãõç", "aousaeiounaoc")


@dataclass(frozen=True, slots=True)
class Answers:
    """What is true of the files `write_sample` writes for the same arguments: numbers of distinct people, and of
    planted bad rows.

    `by_residence` counts a person with two homes in both and includes `unknown`. `late_by_residence` and
    `late_subjects` are the same once the late file is counted too. `rows` are the rows of the first three files, those
    without a person included.
    """

    rows: int
    subjects: int
    unknown_residence: int
    by_residence: Mapping[str, int]
    minors: Mapping[str, int]
    late_rows: int
    late_subjects: int
    late_by_residence: Mapping[str, int]
    rejected_rows: int
    misspelt_rows: int
    no_region_rows: int


@dataclass(frozen=True, slots=True)
class _Person:
    number: int
    home: str
    second_home: str
    language: str
    given: str
    family: str
    born: date | None
    year_alone: bool
    systems: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"CP-{self.number:06d}"


@dataclass(frozen=True, slots=True)
class _Plan:
    people: tuple[_Person, ...]
    late: tuple[_Person, ...]
    again: tuple[_Person, ...]
    repeated: tuple[_Person, ...]
    misspelt: Mapping[tuple[int, str], str]
    no_region: Mapping[tuple[int, str], str]


def answers(*, seed: int, rows: int = 60_000, exposed: date) -> Answers:
    """The truth planted in the files of the same arguments, counted over the plan of the population and not over
    rows."""
    plan = _plan(seed, rows, exposed)
    first, late = _by_residence(plan.people), _by_residence((*plan.people, *plan.late))
    minors: dict[str, int] = {}
    for person in plan.people:
        if person.born is not None and _minor(person, exposed):
            for place in _homes(person):
                minors[place] = minors.get(place, 0) + 1
    return Answers(
        rows=rows, subjects=len(plan.people), unknown_residence=first[UNKNOWN], by_residence=first, minors=minors,
        late_rows=LATE_NEW + LATE_AGAIN, late_subjects=len(plan.people) + len(plan.late), late_by_residence=late,
        rejected_rows=WITHOUT_SUBJECT, misspelt_rows=len(plan.misspelt), no_region_rows=len(plan.no_region),
    )  # fmt: skip


def write_sample(folder: Path, *, seed: int, rows: int = 60_000, exposed: date) -> tuple[Path, ...]:
    """Write the record files into a folder and return their paths: `crm.csv`, `shop.parquet`, `support.csv` (`rows`
    rows in all) and `late-texas.csv` (17 more), in this order.

    `exposed` is the first day (UTC) of the weekend on which the data were taken. Existing files of these names are
    replaced. Raises InvalidInput when `rows` is too small for the planned population.
    """
    import duckdb

    plan = _plan(seed, rows, exposed)
    folder.mkdir(parents=True, exist_ok=True)
    crm, shop, support = (folder / name for name in FILES)
    _write_csv(crm, _crm_rows(plan, seed, exposed))
    _write_csv(support, _system_rows(plan, "support", seed, exposed))
    _write_csv(folder / LATE_FILE, _late_rows(plan, seed, exposed))
    between = folder / f".{shop.name}.csv"
    try:
        _write_csv(between, _system_rows(plan, "shop", seed, exposed))
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"COPY ({_SHOP}) TO '{_quoted(shop)}' (FORMAT parquet)", [str(between)])
    finally:
        between.unlink(missing_ok=True)
    return crm, shop, support, folder / LATE_FILE


_SHOP = f"""
    SELECT subject_id, nullif(residence, '') AS residence, system, nullif(storage_region, '') AS storage_region,
        string_split(data, ';') AS data, TRY_CAST(encrypted AS BOOLEAN) AS encrypted,
        TRY_CAST(birth_year AS INTEGER) AS birth_year, nullif(language, '') AS language, name, nullif(email, '') AS email,
        nullif(postal_address, '') AS postal_address, nullif(channel, '') AS channel,
        nullif(quiet_hours, '') AS quiet_hours, ring, exposed_from, exposed_to
    FROM read_csv($1, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', parallel = false,
                  columns = {{{", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)}}})
"""


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _plan(seed: int, rows: int, exposed: date) -> _Plan:
    if rows < LEAST_ROWS:
        raise InvalidInput(f"{rows} rows cannot hold the planned population; ask for {LEAST_ROWS} or more", key="rows")
    dice = random.Random(seed)  # noqa: S311 - the same people for the same seed, no secret
    count = round(rows / 1.6)
    homes = [place for place, people in COHORTS.items() for _ in range(people)] + [UNKNOWN] * UNKNOWN_PEOPLE
    homes += ["SA"] * (count - len(homes))
    dice.shuffle(homes)
    second = _second_homes(homes, dice)
    systems = _systems(homes, second, rows, dice)
    people = tuple(
        _born(number, home, second.get(number, ""), systems[number - 1], exposed, dice)
        for number, home in enumerate(homes, 1)
    )
    late = tuple(_born(count + n, "US-TX", "", ("crm",), exposed, dice, adult=True) for n in range(1, LATE_NEW + 1))
    texans = [person for person in people if person.home == "US-TX"]
    again = tuple(dice.sample(texans, LATE_AGAIN))
    arabic = [p for p in people if "crm" in p.systems and p.language == "ar" and not p.second_home]
    repeated = tuple(dice.sample(arabic, REPEATED_IN_CRM))
    return _Plan(people, late, again, repeated, _misspelt(people, dice), _no_region(people, dice))


def _second_homes(homes: list[str], dice: random.Random) -> dict[int, str]:
    second: dict[int, str] = {}
    for home, other, people in TWO_HOMES:
        there = [number for number, place in enumerate(homes, 1) if place == home]
        second.update(dict.fromkeys(dice.sample(there, people), other))
    return second


def _systems(homes: list[str], second: Mapping[int, str], rows: int, dice: random.Random) -> list[tuple[str, ...]]:
    """Which systems hold each person, so that the rows of all files come to exactly `rows`."""
    kept: list[set[str]] = []
    for number, home in enumerate(homes, 1):
        if number in second:
            kept.append({"crm", "shop"})
        elif country(home) in ("US", "SG"):
            kept.append({"crm"})
        else:
            kept.append({dice.choices(("crm", "shop", "support"), (60, 30, 10))[0]})
    free = [(n, system) for n, mine in enumerate(kept) for system in ("crm", "shop", "support") if system not in mine]
    dice.shuffle(free)
    more = rows - WITHOUT_SUBJECT - REPEATED_IN_CRM - sum(len(mine) for mine in kept)
    for n, system in free[:more]:
        kept[n].add(system)
    return [tuple(system for system in ("crm", "shop", "support") if system in mine) for mine in kept]


def _born(
    number: int, home: str, second: str, systems: tuple[str, ...], exposed: date, dice: random.Random, *,
    adult: bool = False,
) -> _Person:  # fmt: skip
    words, weights = zip(*_LANGUAGES.get(home, _ENGLISH), strict=True)
    language = dice.choices(words, weights)[0]
    spoken = language or "en"
    given, family = dice.choice(_GIVEN[spoken]), dice.choice(_FAMILY[spoken])
    # The one year in which a birth year alone and a birth date can disagree holds only people of whom the year alone
    # is known.
    edge, fate = exposed.year - 18, dice.random()
    year_alone = systems == ("shop",)
    born: date | None
    if not adult and fate < 0.015:
        born = date(edge + dice.randint(1, 9), dice.randint(1, 12), dice.randint(1, 28))
    elif not adult and fate < 0.022 and year_alone:
        born = date(edge, 1, 1)
    elif fate < 0.93:
        born = date(edge - dice.randint(1, 60), dice.randint(1, 12), dice.randint(1, 28))
    else:
        born = None
    if systems == ("support",):
        born = None
    return _Person(number, home, second, language, given, family, born, year_alone, systems)


def _minor(person: _Person, exposed: date) -> bool:
    """Under 18 on the day of exposure; where only the birth year stands in the records, the youngest the person can
    be."""
    assert person.born is not None  # noqa: S101 - asked of people with a birth date
    born = date(person.born.year, 12, 31) if person.year_alone else person.born
    return (born.year + 18, born.month, born.day) > (exposed.year, exposed.month, exposed.day)


def _homes(person: _Person) -> tuple[str, ...]:
    return tuple(place for place in (person.home, person.second_home) if place)


def _by_residence(people: Iterable[_Person]) -> dict[str, int]:
    found: dict[str, int] = {}
    for person in people:
        for place in _homes(person):
            found[place] = found.get(place, 0) + 1
    return dict(sorted(found.items()))


def _misspelt(people: tuple[_Person, ...], dice: random.Random) -> dict[tuple[int, str], str]:
    """Rows whose residence is misspelt: four of people nobody can place, the rest of people whom another row places."""
    nowhere = [(p.number, p.systems[0]) for p in people if p.home == UNKNOWN]
    placed = [(p.number, p.systems[-1]) for p in people if p.home == "SA" and len(p.systems) > 1 and not p.second_home]
    chosen = dice.sample(nowhere, 4) + dice.sample(placed, MISSPELT - 4)
    return {key: dice.choice(_MISSPELT) for key in chosen}


def _no_region(people: tuple[_Person, ...], dice: random.Random) -> dict[tuple[int, str], str]:
    somewhere = [(p.number, p.systems[0]) for p in people if p.home in ("SA", "AE", "DE")]
    return {key: dice.choice(_NO_REGION) for key in dice.sample(somewhere, NO_SUCH_REGION)}


def _crm_rows(plan: _Plan, seed: int, exposed: date) -> Iterator[dict[str, str]]:
    smuggler = next(p for p in plan.people if p.systems == ("crm",) and p.home == "SA" and p.language == "en")
    nobody = iter(range(WITHOUT_SUBJECT))
    for n, row in enumerate(_system_rows(plan, "crm", seed, exposed)):
        if row["subject_id"] == smuggler.id:
            row["email"] = f"{smuggler.given.lower()}.{smuggler.number:06d}@example.com\nBcc: everyone@example.org"
        yield row
        if n % 2000 == 1999 and next(nobody, None) is not None:
            yield {**row, "subject_id": ""}
    for person in plan.repeated:
        yield _row(person, "crm", seed, exposed, plan)
    for _ in nobody:
        yield {**row, "subject_id": ""}


def _system_rows(plan: _Plan, system: str, seed: int, exposed: date) -> Iterator[dict[str, str]]:
    for person in plan.people:
        if system in person.systems:
            yield _row(person, system, seed, exposed, plan)


def _late_rows(plan: _Plan, seed: int, exposed: date) -> Iterator[dict[str, str]]:
    people = sorted((*plan.late, *plan.again), key=lambda p: p.number % 7)
    for person in people:
        yield {**_row(person, "crm", seed, exposed, plan), "system": "crm-archive", "storage_region": "us-east-2"}


def _row(person: _Person, system: str, seed: int, exposed: date, plan: _Plan) -> dict[str, str]:
    dice = random.Random(f"{seed}/{person.number}/{system}")  # noqa: S311 - a row of its own dice does not move with its neighbours
    own = random.Random(f"{seed}/{person.number}")  # noqa: S311 - what every row of a person shares
    address, street = _address(person, own), _street(person, own)
    key = (person.number, system)
    begun = exposed + timedelta(days=("crm", "shop", "support").index(system))
    return {
        "subject_id": person.id,
        "residence": plan.misspelt.get(key) or _residence(person, system, dice),
        "system": system,
        "storage_region": plan.no_region.get(key) or _region(person, system, dice),
        "data": ";".join(_data(person, system, dice)),
        "encrypted": _encrypted(person, system, dice),
        "birth_date": person.born.isoformat() if person.born and system == "crm" else "",
        "birth_year": str(person.born.year) if person.born and system == "shop" else "",
        "language": person.language,
        "name": f"{person.given} {person.family}",
        "email": address,
        "postal_address": street if system != "support" else "",
        "channel": own.choices(("email", "post", "sms", ""), (70, 8, 6, 16))[0],
        "quiet_hours": own.choices(("", "22:00-07:00", "21:00-08:00"), (80, 12, 8))[0],
        "ring": "touched" if system == "crm" else "reachable" if system == "support" else dice.choice(("touched", "reachable")),
        "exposed_from": f"{exposed.isoformat()}T22:40:00Z" if system == "crm" else f"{begun.isoformat()}T01:15:00Z",
        "exposed_to": f"{(exposed + timedelta(days=2)).isoformat()}T03:05:00Z",
    }


def _residence(person: _Person, system: str, dice: random.Random) -> str:
    if person.home == UNKNOWN:
        return ""
    if person.second_home and system != "crm":
        return person.second_home
    # A few later rows forgot the residence that the first row has.
    return "" if system != person.systems[0] and not person.second_home and dice.random() < 0.01 else person.home


def _address(person: _Person, own: random.Random) -> str:
    if own.random() < 0.02:
        return ""
    given, family = (_ROMAN.get(word, word.lower().translate(_ACCENTS)) for word in (person.given, person.family))
    return f"{given}.{family}.{person.number:06d}@{own.choice(_HOSTS)}"


def _street(person: _Person, own: random.Random) -> str:
    if own.random() < 0.05:
        return ""
    line = own.choice(_STREET[person.language or "en"]).format(n=own.randint(1, 240))
    return f"{line}, {own.randint(10000, 99999)}"


def _data(person: _Person, system: str, dice: random.Random) -> list[str]:
    land = country(person.home)
    if system == "support":
        return ["name", "email", "communications"] + (["passport"] if dice.random() < 0.03 else [])
    if system == "shop":
        held = ["name", "email", "postal-address", "behaviour"]
        return held + (["payment-card"] if dice.random() < 0.06 else [])
    held = ["name", "email", "phone", "postal-address"] + (["birth-date"] if person.born else [])
    if land == "US":
        held += ["ssn"] + (["drivers-license"] if dice.random() < 0.1 else [])
    elif land in ("SA", "AE", "SG"):
        held += ["national-id"] if land == "SG" or dice.random() < 0.7 else []
    elif land in ("DE", "AT", "ES", "PT"):
        held += ["financial-account"] if dice.random() < 0.12 else []
    elif land == "BR":
        held += ["tax-id"]
    return held


_ENCRYPTED = {"crm": ("false", "false", "false", "false"), "shop": ("false", "false", "false", ""), "support": ("true",) * 4}


def _encrypted(person: _Person, system: str, dice: random.Random) -> str:
    return "false" if country(person.home) == "US" and system != "support" else dice.choice(_ENCRYPTED[system])


_REGIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "crm": {"SA": ("me-central2",) * 9 + ("us-east-1",), "AE": ("me-central-1", "me-south-1", "uaenorth"),
            "EU": ("eu-central-1", "eu-central-1", "germanywestcentral"), "US": ("us-east-1", "eu-central-1"),
            "": ("eu-central-1", "ap-southeast-1")},
    "shop": {"SA": ("me-south-1",) * 4 + ("eu-central-1",), "AE": ("me-south-1",), "EU": ("eu-central-1", "europe-west3"),
             "US": ("us-east-1", "us-central1"), "": ("ap-southeast-1", "eu-west-1")},
    "support": {"": ("germanywestcentral", "germanywestcentral", "westeurope", "")},
}  # fmt: skip


def _region(person: _Person, system: str, dice: random.Random) -> str:
    land = country(person.home)
    area = "EU" if land in ("DE", "AT", "ES", "PT") else land
    table = _REGIONS[system]
    return dice.choice(table.get(area, table[""]))
