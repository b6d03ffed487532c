"""Cloud region names resolve to countries."""

from __future__ import annotations

import pytest

from breachdesk.domain.places import COUNTRIES
from breachdesk.people.regions import PROVIDERS, country_of_region


@pytest.mark.parametrize(
    ("region", "country"),
    [
        ("eu-west-1", "IE"), ("EU-WEST-1", "IE"), ("eu-west-1a", "IE"), ("us-gov-west-1", "US"), ("ap-southeast-3", "ID"),
        ("me-central-1", "AE"), ("me-central2", "SA"), ("europe-west3-b", "DE"), ("germanywestcentral", "DE"),
        ("Germany West Central", "DE"), ("westeurope", "NL"), ("northeurope", "IE"), ("eastasia", "HK"), ("me-riyadh-1", "SA"),
        ("uk-london-1", "GB"), ("cn-hangzhou", "CN"), ("cn-hongkong", "HK"), ("eu-de", "DE"), ("eu-de-2", "DE"), ("ca-tor", "CA"),
        ("alibaba:eu-west-1", "GB"), ("aws:eu-west-1", "IE"), ("alibaba:ap-southeast-3", "MY"), ("aliyun: me-central-1", "SA"),
        ("DE", "DE"), ("us-ca", "US"), (" fr ", "FR"),
    ],
)  # fmt: skip
def test_a_region_or_place_gives_its_country(region: str, country: str) -> None:
    """Any provider's spelling, zones and display names included; a provider's name before a colon decides between two."""
    assert country_of_region(region) == country


@pytest.mark.parametrize("region", ["", "moon-1", "EU", "eu", "asia", "nam4", "aws:moon", "nobody:eu-west-1", "eu-west", "US-ZZ"])
def test_what_lies_in_no_one_country_has_none(region: str) -> None:
    """Multi-regions and unknown names are not guessed at."""
    assert country_of_region(region) is None


def test_every_table_holds_countries_only() -> None:
    """Each region has one ISO country."""
    for table in PROVIDERS.values():
        assert set(table.values()) <= set(COUNTRIES)
        assert all(region == region.lower() for region in table)
