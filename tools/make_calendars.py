"""Writes the table of places and the holiday calendars the desk ships, so that neither library is needed at run time.

    python tools/make_calendars.py

Writes `src/breachdesk/domain/places_table.py` (names from CLDR through Babel, zones from the IANA database) and
`src/breachdesk/rulebook/data/calendars/<CC>.json` (public holidays from the `holidays` library, MIT licence).
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import inspect
import json
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import babel
import holidays
from babel.core import get_cldr_version

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "src/breachdesk/domain/places_table.py"
CALENDARS = ROOT / "src/breachdesk/rulebook/data/calendars"

FIRST_YEAR, LAST_YEAR = 2023, 2032
SOURCE = f"holidays {importlib.metadata.version('holidays')}"
DIVIDED = ("US", "CA", "AU", "DE", "GB", "ES", "CH", "BR")
"""Countries whose divisions keep holidays of their own that the desk needs."""

COUNTRY_ZONES = {  # countries of several zones, and the two that have none: the capital's, else the main one's
    "AQ": "Antarctica/McMurdo", "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo", "BV": "Europe/Oslo", "CA": "America/Toronto", "CD": "Africa/Kinshasa",
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "FM": "Pacific/Pohnpei", "GL": "America/Nuuk",
    "HM": "Indian/Kerguelen", "ID": "Asia/Jakarta", "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "UM": "Pacific/Wake",
    "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip

DIVISIONS: tuple[tuple[str, str, str, str], ...] = (
    ("US-AL", "Alabama", "ألاباما", CENTRAL),
    ("US-AK", "Alaska", "ألاسكا", "America/Juneau"),
    ("US-AZ", "Arizona", "أريزونا", "America/Phoenix"),
    ("US-AR", "Arkansas", "أركنساس", CENTRAL),
    ("US-CA", "California", "كاليفورنيا", PACIFIC),
    ("US-CO", "Colorado", "كولورادو", MOUNTAIN),
    ("US-CT", "Connecticut", "كونيتيكت", EASTERN),
    ("US-DE", "Delaware", "ديلاوير", EASTERN),
    ("US-FL", "Florida", "فلوريدا", EASTERN),
    ("US-GA", "Georgia (US)", "جورجيا (الولايات المتحدة)", EASTERN),
    ("US-HI", "Hawaii", "هاواي", "Pacific/Honolulu"),
    ("US-ID", "Idaho", "أيداهو", "America/Boise"),
    ("US-IL", "Illinois", "إلينوي", CENTRAL),
    ("US-IN", "Indiana", "إنديانا", "America/Indiana/Indianapolis"),
    ("US-IA", "Iowa", "آيوا", CENTRAL),
    ("US-KS", "Kansas", "كانساس", CENTRAL),
    ("US-KY", "Kentucky", "كنتاكي", EASTERN),
    ("US-LA", "Louisiana", "لويزيانا", CENTRAL),
    ("US-ME", "Maine", "مين", EASTERN),
    ("US-MD", "Maryland", "ماريلاند", EASTERN),
    ("US-MA", "Massachusetts", "ماساتشوستس", EASTERN),
    ("US-MI", "Michigan", "ميشيغان", "America/Detroit"),
    ("US-MN", "Minnesota", "مينيسوتا", CENTRAL),
    ("US-MS", "Mississippi", "مسيسيبي", CENTRAL),
    ("US-MO", "Missouri", "ميزوري", CENTRAL),
    ("US-MT", "Montana", "مونتانا", MOUNTAIN),
    ("US-NE", "Nebraska", "نبراسكا", CENTRAL),
    ("US-NV", "Nevada", "نيفادا", PACIFIC),
    ("US-NH", "New Hampshire", "نيوهامبشير", EASTERN),
    ("US-NJ", "New Jersey", "نيوجيرسي", EASTERN),
    ("US-NM", "New Mexico", "نيومكسيكو", MOUNTAIN),
    ("US-NY", "New York", "نيويورك", EASTERN),
    ("US-NC", "North Carolina", "كارولاينا الشمالية", EASTERN),
    ("US-ND", "North Dakota", "داكوتا الشمالية", CENTRAL),
    ("US-OH", "Ohio", "أوهايو", EASTERN),
    ("US-OK", "Oklahoma", "أوكلاهوما", CENTRAL),
    ("US-OR", "Oregon", "أوريغون", PACIFIC),
    ("US-PA", "Pennsylvania", "بنسلفانيا", EASTERN),
    ("US-RI", "Rhode Island", "رود آيلاند", EASTERN),
    ("US-SC", "South Carolina", "كارولاينا الجنوبية", EASTERN),
    ("US-SD", "South Dakota", "داكوتا الجنوبية", CENTRAL),
    ("US-TN", "Tennessee", "تينيسي", CENTRAL),
    ("US-TX", "Texas", "تكساس", CENTRAL),
    ("US-UT", "Utah", "يوتا", MOUNTAIN),
    ("US-VT", "Vermont", "فيرمونت", EASTERN),
    ("US-VA", "Virginia", "فرجينيا", EASTERN),
    ("US-WA", "Washington", "واشنطن", PACIFIC),
    ("US-WV", "West Virginia", "فرجينيا الغربية", EASTERN),
    ("US-WI", "Wisconsin", "ويسكونسن", CENTRAL),
    ("US-WY", "Wyoming", "وايومنغ", MOUNTAIN),
    ("US-DC", "District of Columbia", "مقاطعة كولومبيا", EASTERN),
    ("US-PR", "Puerto Rico", "بورتوريكو", "America/Puerto_Rico"),
    ("US-GU", "Guam", "غوام", "Pacific/Guam"),
    ("US-VI", "U.S. Virgin Islands", "جزر فيرجن التابعة للولايات المتحدة", "America/St_Thomas"),
    ("US-AS", "American Samoa", "ساموا الأمريكية", "Pacific/Pago_Pago"),
    ("US-MP", "Northern Mariana Islands", "جزر ماريانا الشمالية", "Pacific/Saipan"),
    ("CA-AB", "Alberta", "ألبرتا", "America/Edmonton"),
    ("CA-BC", "British Columbia", "كولومبيا البريطانية", "America/Vancouver"),
    ("CA-MB", "Manitoba", "مانيتوبا", "America/Winnipeg"),
    ("CA-NB", "New Brunswick", "نيو برونزويك", "America/Moncton"),
    ("CA-NL", "Newfoundland and Labrador", "نيوفاوندلاند ولابرادور", "America/St_Johns"),
    ("CA-NS", "Nova Scotia", "نوفا سكوشا", "America/Halifax"),
    ("CA-NT", "Northwest Territories", "الأقاليم الشمالية الغربية", "America/Edmonton"),
    ("CA-NU", "Nunavut", "نونافوت", "America/Iqaluit"),
    ("CA-ON", "Ontario", "أونتاريو", "America/Toronto"),
    ("CA-PE", "Prince Edward Island", "جزيرة الأمير إدوارد", "America/Halifax"),
    ("CA-QC", "Quebec", "كيبيك", "America/Toronto"),
    ("CA-SK", "Saskatchewan", "ساسكاتشوان", "America/Regina"),
    ("CA-YT", "Yukon", "يوكون", "America/Whitehorse"),
    ("AU-ACT", "Australian Capital Territory", "إقليم العاصمة الأسترالية", "Australia/Sydney"),
    ("AU-NSW", "New South Wales", "نيو ساوث ويلز", "Australia/Sydney"),
    ("AU-NT", "Northern Territory", "الإقليم الشمالي", "Australia/Darwin"),
    ("AU-QLD", "Queensland", "كوينزلاند", "Australia/Brisbane"),
    ("AU-SA", "South Australia", "جنوب أستراليا", "Australia/Adelaide"),
    ("AU-TAS", "Tasmania", "تسمانيا", "Australia/Hobart"),
    ("AU-VIC", "Victoria", "فيكتوريا", "Australia/Melbourne"),
    ("AU-WA", "Western Australia", "غرب أستراليا", "Australia/Perth"),
    ("DE-BB", "Brandenburg", "براندنبورغ", "Europe/Berlin"),
    ("DE-BE", "Berlin", "برلين", "Europe/Berlin"),
    ("DE-BW", "Baden-Württemberg", "بادن فورتمبيرغ", "Europe/Berlin"),
    ("DE-BY", "Bavaria", "بافاريا", "Europe/Berlin"),
    ("DE-HB", "Bremen", "بريمن", "Europe/Berlin"),
    ("DE-HE", "Hesse", "هسن", "Europe/Berlin"),
    ("DE-HH", "Hamburg", "هامبورغ", "Europe/Berlin"),
    ("DE-MV", "Mecklenburg-Western Pomerania", "مكلنبورغ فوربومرن", "Europe/Berlin"),
    ("DE-NI", "Lower Saxony", "ساكسونيا السفلى", "Europe/Berlin"),
    ("DE-NW", "North Rhine-Westphalia", "شمال الراين وستفاليا", "Europe/Berlin"),
    ("DE-RP", "Rhineland-Palatinate", "راينلاند بالاتينات", "Europe/Berlin"),
    ("DE-SH", "Schleswig-Holstein", "شليسفيغ هولشتاين", "Europe/Berlin"),
    ("DE-SL", "Saarland", "سارلاند", "Europe/Berlin"),
    ("DE-SN", "Saxony", "ساكسونيا", "Europe/Berlin"),
    ("DE-ST", "Saxony-Anhalt", "ساكسونيا أنهالت", "Europe/Berlin"),
    ("DE-TH", "Thuringia", "تورينغن", "Europe/Berlin"),
    ("AE-DIFC", "Dubai International Financial Centre", "مركز دبي المالي العالمي", "Asia/Dubai"),
    ("AE-ADGM", "Abu Dhabi Global Market", "سوق أبوظبي العالمي", "Asia/Dubai"),
    ("AE-AZ", "Abu Dhabi", "أبوظبي", "Asia/Dubai"),
    ("AE-DU", "Dubai", "دبي", "Asia/Dubai"),
    ("AE-DHCC", "Dubai Healthcare City", "مدينة دبي الطبية", "Asia/Dubai"),
    ("QA-QFC", "Qatar Financial Centre", "مركز قطر للمال", "Asia/Qatar"),
    ("KZ-AIFC", "Astana International Financial Centre", "مركز أستانا المالي الدولي", "Asia/Almaty"),
    ("XK", "Kosovo", "كوسوفو", "Europe/Belgrade"),
    ("EU", "European Union / EEA", "الاتحاد الأوروبي / المنطقة الاقتصادية الأوروبية", "Europe/Brussels"),
)
"""Divisions whose law or clock the desk tells apart (zone of the capital), the emirates and free zones with law of their own, Kosovo (whose
code ISO 3166 leaves to its users, who agree on it), and the Union."""


def zone_file(name: str) -> str:
    """The text of one file of the IANA zone database: the system's, else the `tzdata` package's."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.is_file():
            return path.read_text("utf-8")
    return importlib.resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")


def columns(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def place_rows() -> list[tuple[str, str, str, str]]:
    """Every ISO 3166-1 country, then the divisions. Raises ValueError for a country whose zone nobody chose."""
    zones: dict[str, list[str]] = {}
    for code, _, zone, *_ in columns(zone_file("zone.tab")):
        zones.setdefault(code, []).append(zone)
    english, arabic = (babel.Locale(language).territories for language in ("en", "ar"))
    rows: list[tuple[str, str, str, str]] = []
    for code in sorted(row[0] for row in columns(zone_file("iso3166.tab"))):
        own = zones.get(code, [])
        zone = COUNTRY_ZONES.get(code) or (own[0] if len(own) == 1 else "")
        if not zone:
            raise ValueError(f"{code} has the zones {own}: add its capital's to COUNTRY_ZONES")
        rows.append((code, str(english[code]), str(arabic[code]), zone))
    if len(rows) != 249:
        raise ValueError(f"ISO 3166-1 has 249 countries, the zone database names {len(rows)}")
    rows += DIVISIONS
    for row in rows:
        zoneinfo.ZoneInfo(row[3])
    return rows


def row_text(row: tuple[str, ...]) -> str:
    cells = [json.dumps(cell, ensure_ascii=False) for cell in row]
    line = f"    ({', '.join(cells)}),\n"
    return line if len(line) < 118 else "    (\n" + "".join(f"        {cell},\n" for cell in cells) + "    ),\n"


def write_places() -> None:
    body = "".join(row_text(row) for row in place_rows())
    TABLE.write_text(
        '"""Generated by tools/make_calendars.py: change that and run it, never this file.\n\n'
        f"Country names: CLDR {get_cldr_version()} through Babel {babel.__version__}. Division names and the choice\n"
        "of zone where a country has several: the tool's own list. Zones: the IANA database. Holiday calendars made\n"
        f"in the same run: {SOURCE}.\n"
        '"""\n\nfrom __future__ import annotations\n\n'
        "# code, English name, Arabic name, IANA zone of the capital (or of the main zone)\n"
        f"ROWS: tuple[tuple[str, str, str, str], ...] = (\n{body})  # fmt: skip\n",
        "utf-8",
    )


def public_holidays(code: str, division: str | None = None) -> Any:
    """The library's public holidays of a country or division, in English where it has English."""
    kind = type(getattr(holidays, code)())
    extra: dict[str, Any] = {"subdiv": division}
    english = [language for language in kind.supported_languages if language.startswith("en")]
    if english:
        extra["language"] = "en_US" if "en_US" in english else english[0]
    if "islamic_show_estimated" in inspect.signature(kind).parameters:
        extra["islamic_show_estimated"] = True  # three countries leave the mark out unless asked
    return kind(years=range(FIRST_YEAR, LAST_YEAR + 1), categories=("public",), **extra)


def by_day(found: Any) -> dict[str, str]:
    return {day.isoformat(): name for day, name in sorted(found.items()) if FIRST_YEAR <= day.year <= LAST_YEAR}


def estimated(days: dict[str, str]) -> set[str]:
    return {day for day, name in days.items() if "estimated)" in name}


def calendar(code: str) -> dict[str, Any]:
    found = public_holidays(code)
    closed = by_day(found)
    doubtful = estimated(closed)
    divisions: dict[str, dict[str, Any]] = {}
    if code in DIVIDED:
        for division in sorted(found.subdivisions):
            if not division.isalnum() or len(division) > 3:
                continue  # a city the library knows; not an ISO 3166-2 division
            own = by_day(public_holidays(code, division))
            doubtful |= estimated(own)
            divisions[f"{code}-{division}"] = {
                "closed": {day: name for day, name in own.items() if day not in closed},
                "open": [day for day in closed if day not in own],
            }
    return {
        "country": code,
        "source": SOURCE,
        "years": [max(FIRST_YEAR, found.start_year), min(LAST_YEAR, found.end_year)],  # some tables end early
        "weekend": sorted(found.weekend),
        "closed": closed,
        "estimated": sorted(doubtful),
        "subdivisions": divisions,
    }


def lines(value: Any, depth: int = 0) -> Iterable[str]:
    """JSON with one line per date."""
    pad = " " * (depth + 1)
    if isinstance(value, dict) and value:
        yield "{"
        items = list(value.items())
        for place, (key, item) in enumerate(items):
            first, *rest = lines(item, depth + 1)
            text = [f"{pad}{json.dumps(key)}: {first}", *rest]
            text[-1] += "," if place < len(items) - 1 else ""
            yield from text
        yield " " * depth + "}"
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield "["
        yield from (f"{pad}{json.dumps(item)}{',' if item is not value[-1] else ''}" for item in value)
        yield " " * depth + "]"
    else:
        yield json.dumps(value, ensure_ascii=False)


def write_calendars() -> int:
    CALENDARS.mkdir(parents=True, exist_ok=True)
    codes = sorted(code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2)
    for stale in set(CALENDARS.glob("*.json")) - {CALENDARS / f"{code}.json" for code in codes}:
        stale.unlink()
    for code in codes:
        (CALENDARS / f"{code}.json").write_text("\n".join(lines(calendar(code))) + "\n", "utf-8")
    return len(codes)


def main() -> None:
    write_places()
    print(f"{TABLE.relative_to(ROOT)}: {len(place_rows())} places")
    size = write_calendars()
    total = sum(path.stat().st_size for path in CALENDARS.glob("*.json"))
    print(f"{CALENDARS.relative_to(ROOT)}: {size} calendars, {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
