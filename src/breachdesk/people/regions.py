"""In which country a cloud region lies, from the providers' public lists of regions.

Sources, read through their documentation: AWS "AWS Regions" and "AWS Region billing codes", Microsoft "Azure regions list" with the
sovereign clouds, Google "Cloud locations", Oracle "Regions and Availability Domains", Alibaba Cloud "Regions and zones",
IBM Cloud "Creating a VPC in a different region". A region that spans countries (`eu`, `asia`, `nam4`) has no country here.
Taken from the providers' SDKs or from use, and not found in one of those tables when this was compiled: AWS eusc-de-east-1 and
the us-iso regions; Azure denmarkeast, swedensouth and the closed German pair; Oracle's dedicated and sovereign regions
(-dcc-, me-abudhabi-2 to -4, me-alain-1, eu-madrid-2, eu-frankfurt-2, us-langley-1, us-luke-1); Alibaba na-south-1.

AWS and Alibaba Cloud use a few equal names for different countries (`eu-west-1` is Ireland at AWS and London at Alibaba). A
bare name is read as AWS's; `alibaba:eu-west-1` says the other.
"""

from __future__ import annotations

import re

from breachdesk.domain.places import COUNTRIES, known


def _table(text: str) -> dict[str, str]:
    """`IE eu-west-1 …` lines as region -> country."""
    return {region: line.split()[0] for line in text.strip().splitlines() for region in line.split()[1:]}


AWS = _table("""
AE me-central-1
AU ap-southeast-2 ap-southeast-4
BH me-south-1
BR sa-east-1
CA ca-central-1 ca-west-1
CH eu-central-2
CN cn-north-1 cn-northwest-1
DE eu-central-1 eusc-de-east-1
ES eu-south-2
FR eu-west-3
GB eu-west-2
HK ap-east-1
ID ap-southeast-3
IE eu-west-1
IL il-central-1
IN ap-south-1 ap-south-2
IT eu-south-1
JP ap-northeast-1 ap-northeast-3
KR ap-northeast-2
MX mx-central-1
MY ap-southeast-5
NZ ap-southeast-6
SE eu-north-1
SG ap-southeast-1
TH ap-southeast-7
TW ap-east-2
US us-east-1 us-east-2 us-west-1 us-west-2 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1
ZA af-south-1
""")

AZURE = _table("""
AE uaenorth uaecentral
AT austriaeast
AU australiacentral australiacentral2 australiaeast australiasoutheast
BE belgiumcentral
BR brazilsouth brazilsoutheast
CA canadacentral canadaeast
CH switzerlandnorth switzerlandwest
CL chilecentral
CN chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3
DE germanywestcentral germanynorth germanycentral germanynortheast
DK denmarkeast
ES spaincentral
FR francecentral francesouth
GB uksouth ukwest
HK eastasia
ID indonesiacentral
IE northeurope
IL israelcentral
IN centralindia southindia westindia jioindiacentral jioindiawest
IT italynorth
JP japaneast japanwest
KR koreacentral koreasouth
MX mexicocentral
MY malaysiawest
NL westeurope
NO norwayeast norwaywest
NZ newzealandnorth
PL polandcentral
QA qatarcentral
SE swedencentral swedensouth
SG southeastasia
US eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2 westus3
US centraluseuap eastus2euap
US usgovvirginia usgovarizona usgovtexas usgoviowa usdodcentral usdodeast
ZA southafricanorth southafricawest
""")

GOOGLE = _table("""
AU australia-southeast1 australia-southeast2
BE europe-west1
BR southamerica-east1
CA northamerica-northeast1 northamerica-northeast2
CH europe-west6
CL southamerica-west1
DE europe-west3 europe-west10
ES europe-southwest1
FI europe-north1
FR europe-west9
GB europe-west2
HK asia-east2
ID asia-southeast2
IL me-west1
IN asia-south1 asia-south2
IT europe-west8 europe-west12
JP asia-northeast1 asia-northeast2
KR asia-northeast3
MX northamerica-south1
NL europe-west4
PL europe-central2
QA me-central1
SA me-central2
SE europe-north2
SG asia-southeast1
TW asia-east1
US us-central1 us-central2 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4
ZA africa-south1
""")

ORACLE = _table("""
AE me-abudhabi-1 me-dubai-1 me-abudhabi-2 me-abudhabi-3 me-abudhabi-4 me-alain-1
AU ap-melbourne-1 ap-sydney-1 ap-dcc-canberra-1
BR sa-saopaulo-1 sa-vinhedo-1
CA ca-montreal-1 ca-toronto-1
CH eu-zurich-1
CL sa-santiago-1 sa-valparaiso-1
CO sa-bogota-1
DE eu-frankfurt-1 eu-frankfurt-2
ES eu-madrid-1 eu-madrid-2 eu-madrid-3
FR eu-marseille-1 eu-paris-1
GB uk-london-1 uk-cardiff-1 uk-gov-london-1 uk-gov-cardiff-1
ID ap-batam-1
IE eu-dcc-dublin-1 eu-dcc-dublin-2
IL il-jerusalem-1
IN ap-hyderabad-1 ap-mumbai-1
IT eu-milan-1 eu-turin-1 eu-dcc-milan-1 eu-dcc-milan-2 eu-dcc-rating-1 eu-dcc-rating-2
JP ap-osaka-1 ap-tokyo-1 ap-chiyoda-1 ap-ibaraki-1
KR ap-chuncheon-1 ap-seoul-1
MX mx-monterrey-1 mx-queretaro-1
NL eu-amsterdam-1
OM me-dcc-muscat-1
QA me-dcc-doha-1
RS eu-jovanovac-1
SA me-jeddah-1 me-riyadh-1
SE eu-stockholm-1
SG ap-singapore-1 ap-singapore-2
US us-ashburn-1 us-chicago-1 us-phoenix-1 us-sanjose-1 us-saltlake-2
US us-gov-ashburn-1 us-gov-chicago-1 us-gov-phoenix-1 us-langley-1 us-luke-1
ZA af-johannesburg-1
""")

ALIBABA = _table("""
AE me-east-1
AU ap-southeast-2
CN cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-shanghai cn-nanjing cn-fuzhou
CN cn-shenzhen cn-heyuan cn-guangzhou cn-chengdu cn-wuhan-lr cn-zhengzhou-jva cn-zhongwei
CN cn-beijing-finance-1 cn-hangzhou-finance cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1
DE eu-central-1
GB eu-west-1
HK cn-hongkong
ID ap-southeast-5
IN ap-south-1
JP ap-northeast-1
KR ap-northeast-2
MX na-south-1
MY ap-southeast-3 ap-southeast-8
PH ap-southeast-6
SA me-central-1
SG ap-southeast-1
TH ap-southeast-7
US us-west-1 us-east-1 us-southeast-1
""")

IBM = _table("""
AU au-syd
BR br-sao
CA ca-tor ca-mon
DE eu-de
ES eu-es
GB eu-gb
IN in-che
JP jp-tok jp-osa
US us-south us-east
""")

PROVIDERS: dict[str, dict[str, str]] = {
    "aws": AWS, "azure": AZURE, "gcp": GOOGLE, "google": GOOGLE, "oracle": ORACLE, "oci": ORACLE, "alibaba": ALIBABA,
    "aliyun": ALIBABA, "ibm": IBM,
}  # fmt: skip

_BARE: dict[str, str] = {**ALIBABA, **IBM, **ORACLE, **GOOGLE, **AZURE, **AWS}
_ZONE = re.compile(r"(?P<region>.*\d)-?[a-z]|(?P<ibm>[a-z]{2}-[a-z]+)-\d")


def country_of_region(text: str) -> str | None:
    """The ISO 3166-1 country of a place code or cloud region; None when it has none or is not known.

    Understands `provider:region`, availability zones (`eu-west-1a`, `europe-west3-b`, `us-south-2`) and Azure's display
    names (`Germany West Central`), in any case.
    """
    word = text.strip().lower()
    provider, colon, rest = word.partition(":")
    if colon:
        return _of_region(rest.strip(), PROVIDERS.get(provider.strip(), {}))
    found = _of_region(word, _BARE)
    if found is not None:
        return found
    code = text.strip().upper()
    if known(code) and code[:2] in COUNTRIES and code != "EU":
        return code[:2]
    return None


def _of_region(word: str, table: dict[str, str]) -> str | None:
    if word in table:
        return table[word]
    zone = _ZONE.fullmatch(word)
    if zone and (region := zone["region"] or zone["ibm"]) in table:
        return table[region]
    return table.get(word.replace(" ", ""))
