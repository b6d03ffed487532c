"""Names of places as record files write them: countries in English, Arabic, German, French, Spanish and Portuguese, and divisions.

English and Arabic come from the table of places (CLDR); the other languages, and everyday English names, are the list below. A
name of two places (`Georgia`) stands for neither until a mapping says which.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from breachdesk.domain.places import SAME, UNKNOWN
from breachdesk.domain.places_table import ROWS

_OTHERS = """
AE Vereinigte Arabische Emirate|Émirats arabes unis|Emiratos Árabes Unidos|Emirados Árabes Unidos|UAE|Emirates
AR Argentinien|Argentine|Argentina
AT Österreich|Autriche|Áustria|Austria
AU Australien|Australie|Austrália
BE Belgien|Belgique|Bélgica|België
BR Brasilien|Brésil|Brasil
CA Kanada|Canadá
CH Schweiz|Suisse|Suiza|Suíça|Svizzera
CL Chili
CN Volksrepublik China|Chine|PR China|People's Republic of China
CO Kolumbien|Colombie|Colômbia
CY Zypern|Chypre|Chipre
CZ Tschechien|Tschechische Republik|Tchéquie|Chequia|Czech Republic|República Checa
DE Deutschland|Allemagne|Alemania|Alemanha|Federal Republic of Germany|Bundesrepublik Deutschland
DK Dänemark|Danemark|Dinamarca|Danmark
EE Estland|Estonie|Estonia
EG Ägypten|Égypte|Egipto|Egito
ES Spanien|Espagne|España|Espanha
FI Finnland|Finlande|Finlandia|Finlândia|Suomi
FR Frankreich|Francia|França
GB Vereinigtes Königreich|Großbritannien|Royaume-Uni|Reino Unido|UK|U.K.|Great Britain|Grande-Bretagne|Gran Bretaña
GR Griechenland|Grèce|Grecia|Grécia
HR Kroatien|Croatie|Croacia
HU Ungarn|Hongrie|Hungría|Hungria
ID Indonesien|Indonésie
IE Irland|Irlande|Irlanda|Republic of Ireland|Éire
IN Indien|Inde|Índia
IT Italien|Italie|Italia|Itália
JP Japon|Japón|Japão
KR Südkorea|Corée du Sud|Corea del Sur|Coreia do Sul|Korea, Republic of|Republic of Korea
KZ Kasachstan|Kazakhstan|Kazajistán
LT Litauen|Lituanie|Lituania
LU Luxemburg|Luxemburgo
LV Lettland|Lettonie|Letonia
MA Marokko|Maroc|Marruecos|Marrocos
MX Mexiko|Mexique|México
NG Nigéria
NL Niederlande|Pays-Bas|Países Bajos|Países Baixos|The Netherlands|Holland|Nederland
NO Norwegen|Norvège|Noruega|Norge
NZ Neuseeland|Nouvelle-Zélande|Nueva Zelanda
PL Polen|Pologne|Polonia|Polônia|Polska
PT Portugal
RO Rumänien|Roumanie|Rumania|România
RU Russland|Russie|Rusia|Rússia|Russian Federation
SA Saudi-Arabien|Arabie saoudite|Arabia Saudita|Arábia Saudita|KSA|Kingdom of Saudi Arabia|السعودية
SE Schweden|Suède|Suecia|Suécia|Sverige
SG Singapur|Singapour|Singapura
SI Slowenien|Slovénie|Eslovenia
SK Slowakei|Slovaquie|Eslovaquia
TH Thaïlande|Tailandia
TN Tunesien|Tunisie|Túnez
TR Türkei|Turquie|Turquía|Turquia|Turkey|Türkiye
TW Taïwan|Taiwán
UA Ukraine|Ucrania
US Vereinigte Staaten|Vereinigte Staaten von Amerika|États-Unis|Estados Unidos|USA|U.S.A.|U.S.|United States of America|الولايات المتحدة الأمريكية
VN Viêt Nam|Viet Nam
ZA Südafrika|Afrique du Sud|Sudáfrica|África do Sul
"""


def folded(name: str) -> str:
    """A name without regard to case, accents, Arabic vowel marks, a leading article, punctuation and double spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    plain = "".join(c if c.isalnum() else " " for c in plain.replace(".", "").replace("ـ", ""))
    return " ".join(plain.split()).removeprefix("the ")


@cache
def _names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, english, arabic, _ in ROWS:
        if code != "EU":
            for name in (english.removesuffix(" (US)"), arabic.removesuffix(" (الولايات المتحدة)")):
                found.setdefault(folded(name), set()).add(SAME.get(code, code))
    for line in _OTHERS.strip().splitlines():
        code, names = line.split(" ", 1)
        for name in names.split("|"):
            found.setdefault(folded(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items() if name and name != UNKNOWN}


def places_named(name: str) -> frozenset[str]:
    """The codes of the places that bear this name, in whatever of the languages."""
    return _names().get(folded(name), frozenset())
