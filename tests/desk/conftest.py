"""A real desk in a temporary folder: real store, real counting, real letters; a clock that moves and a tray that keeps its mail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from breachdesk.bootstrap import MovableClock, exercise_desk
from breachdesk.desk import assessment, cases
from breachdesk.desk.parts import Desk
from tests.conftest import NOW

RECORDS = """\
subject_id,residence,system,storage_region,data,encrypted,birth_date,language,email,name,exposed_from
p1,DE,crm,eu-central-1,name;email,false,1980-01-01,de,p1@mail.example,Erika Muster,2026-11-20T10:00:00Z
p1,DE,shop,eu-central-1,name;payment-card,false,1980-01-01,de,p1@mail.example,Erika Muster,2026-11-20T10:00:00Z
p2,DE,crm,eu-central-1,name;email,false,2015-01-01,ar,p2@mail.example,نور مثال,2026-11-20T10:00:00Z
p3,FR,crm,eu-west-3,name;email,false,,fr,p3@mail.example,,2026-11-20T10:00:00Z
p4,DE,crm,eu-central-1,name;email,false,1970-01-01,en,,Ada Example,2026-11-20T10:00:00Z
p5,DE,crm,eu-central-1,name;email,true,1970-01-01,en,p5@mail.example,Bo Example,2026-11-20T10:00:00Z
p6,,crm,us-east-1,name;email,false,1970-01-01,en,p6@mail.example,Cy Example,2026-11-20T10:00:00Z
p7,AQ,crm,us-east-1,name;email,false,1970-01-01,en,p7@mail.example,Di Example,2026-11-20T10:00:00Z
"""

FACTS = {
    "role": "controller", "sectors": "general", "established": "DE-BY", "breach": "confidentiality", "access": "acquired",
    "malicious": "yes", "harm": "high", "timeline.occurred": "2026-11-20T10:00:00Z",
    "timeline.discovered": "2026-11-22T08:00:00Z", "timeline.aware": "2026-11-22T09:00:00Z",
    "organisation": "Example Stores", "organisation_address": "1 Example Street, 80331 Munich",
    "contact_name": "Privacy office", "contact_email": "privacy@stores.example", "contact_phone": "+49 89 0000",
    "contact_url": "https://stores.example/incident", "dpo_contact": "Data protection officer, dpo@stores.example",
    "what_happened": "On 20 November 2026 somebody copied customer records.", "what_we_did": "We closed the access.",
    "what_we_will_do": "We will review every account.", "likely_consequences": "Others may write to you in our name.",
    "categories_of_people": "customers", "credit_monitoring": "12 months at no cost, enrol at https://stores.example/enrol",
    "what_happened_de": "Am 20. November 2026 hat jemand Kundendaten kopiert.", "what_we_did_de": "Wir haben den Zugang geschlossen.",
    "what_we_will_do_de": "Wir prüfen alle Konten.", "likely_consequences_de": "Andere könnten Ihnen in unserem Namen schreiben.",
    "categories_of_people_de": "Kunden", "credit_monitoring_de": "12 Monate kostenlos", "credit_monitoring_ar": "12 شهرًا مجانًا",
    "what_happened_ar": "في 20 نوفمبر 2026 نُسخت سجلات عملاء.", "what_we_did_ar": "أغلقنا منفذ الدخول.",
    "what_we_will_do_ar": "سنراجع جميع الحسابات.", "likely_consequences_ar": "قد تصلكم رسائل باسمنا.",
    "categories_of_people_ar": "عملاء", "organisation_ar": "متاجر المثال", "organisation_address_ar": "شارع المثال 1، ميونخ",
    "contact_name_ar": "مكتب الخصوصية",
}  # fmt: skip


@dataclass
class Seat:
    """A desk and what a test moves: its clock, the record file, the incident's codename."""

    desk: Desk
    clock: MovableClock
    records: Path
    codename: str = "cedar"

    def facts(self, **changes: str) -> None:
        """Record facts as a person types them."""
        for key, text in changes.items():
            cases.record_fact(self.desk, self.codename, key, text, by="Lead")


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    clock = MovableClock(NOW)
    desk = exercise_desk(tmp_path / "desk", clock)
    records = tmp_path / "crm.csv"
    records.write_text(RECORDS, "utf-8")
    cases.open_incident(desk, "Customer records copied", by="Lead", codename="cedar")
    return Seat(desk, clock, records)


@pytest.fixture
def told(seat: Seat) -> Seat:
    """The same with every fact recorded and the people counted."""
    seat.facts(**FACTS)
    assessment.count(seat.desk, seat.codename, [seat.records], by="Analyst")
    return seat
