"""A person as the records know them, for the few steps that need people and not numbers: drafting, sending, proof."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """One distinct person over all record files. Strings are empty where the records say nothing.

    `residences` are place codes (empty when unknown); `data` is the union over the person's rows, None when no row says;
    `encrypted` is True when every row is, False when any row is not, None otherwise; `minor` is True under 18 at the
    time of exposure, None when no birth date is known. `guardian` and `guardian_email` are who answers for a minor.
    """

    subject_id: str
    residences: tuple[str, ...]
    name: str
    email: str
    postal_address: str
    language: str
    channel: str
    quiet_hours: str
    minor: bool | None
    data: tuple[str, ...] | None
    encrypted: bool | None
    guardian: str = ""
    guardian_email: str = ""

    @property
    def address(self) -> str:
        """The e-mail address a letter about this person goes to: a minor's guardian's where there is one, else their own."""
        return (self.guardian_email if self.minor else "") or self.email
