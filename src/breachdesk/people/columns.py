"""The canonical columns of a record file, and which of them each question reads."""

from __future__ import annotations

REQUIRED: tuple[str, ...] = ("subject_id", "residence", "system", "data")
DIMENSIONS: tuple[str, ...] = ("residence", "storage_region", "data", "encrypted", "language", "ring")
"""Columns of few distinct values: each value is read once, in Python, and looked up for every row."""
DATES: tuple[str, ...] = ("birth_date", "exposed_from", "exposed_to")
CONTACTS: tuple[str, ...] = ("name", "email", "postal_address", "channel", "quiet_hours")
COLUMNS: tuple[str, ...] = (
    "subject_id", "residence", "system", "storage_region", "data", "encrypted", "birth_date", "birth_year", "language",
    "name", "email", "postal_address", "channel", "quiet_hours", "ring", "exposed_from", "exposed_to",
)  # fmt: skip
COUNTED: tuple[str, ...] = (
    "subject_id", "residence", "storage_region", "data", "encrypted", "birth_date", "birth_year", "language", "ring",
    "exposed_from", "exposed_to",
)  # fmt: skip
"""What a count reads; `system` and the contact columns only when a filter names them."""
