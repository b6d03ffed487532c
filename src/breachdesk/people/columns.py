"""The canonical columns of a record file, and which of them each question reads."""

from __future__ import annotations

REQUIRED: tuple[str, ...] = ("subject_id", "residence", "system", "data")
DIMENSIONS: tuple[str, ...] = ("residence", "storage_region", "data", "encrypted", "language", "channel", "ring")
"""Columns of few distinct values: each value is read once, in Python, and looked up for every row."""
DATES: tuple[str, ...] = ("birth_date", "exposed_from", "exposed_to")
CONTACTS: tuple[str, ...] = ("name", "email", "postal_address", "guardian", "guardian_email", "quiet_hours")
TOLD: tuple[str, ...] = ("residence", "data", "language", "channel")
"""Columns of words that a person is told by, beside the contacts."""
COLUMNS: tuple[str, ...] = (
    "subject_id", "residence", "division", "system", "storage_region", "data", "encrypted", "birth_date", "birth_year", "language",
    "name", "email", "postal_address", "guardian", "guardian_email", "channel", "quiet_hours", "ring", "exposed_from",
    "exposed_to",
)  # fmt: skip
COUNTED: tuple[str, ...] = (
    "subject_id", "residence", "division", "storage_region", "data", "encrypted", "birth_date", "birth_year", "language", "channel",
    "ring", "exposed_from", "exposed_to",
)  # fmt: skip
"""What a count reads; `system` and the contact columns only when a filter names them. `division`, a state or province that a file
keeps apart from the country, is read as a part of the residence."""

WITHIN = "\x01"
"""What stands between a country and its division once the two columns are one residence."""
