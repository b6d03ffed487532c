"""Mail that cannot leave: each message becomes a file in a tray, for exercises and rehearsals.

This is the whole of an exercise's post office. It knows no network, so no setting and no mistake can make it send.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

from breachdesk.domain.deliveries import Addressee, Outcome
from breachdesk.domain.errors import BreachdeskError, InvalidInput
from breachdesk.domain.notices import ApprovedNotice
from breachdesk.post.addresses import unreachable
from breachdesk.post.message import Letter


class TrayUnusable(BreachdeskError):
    """The tray cannot be written to."""


class PaperPost:
    """A tray: `tray` is a folder (made when first needed), `domain` stands in From and in Message-IDs.

    `refuse` names the subject ids whose message is answered with 550, so that an exercise can have bounces.
    """

    def __init__(
        self, tray: Path, domain: str, *, exercise: bool, now: Callable[[], datetime],
        refuse: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._tray, self._exercise, self._now, self._refuse = tray, exercise, now, refuse
        self.domain: str = domain

    def open(self) -> AbstractAsyncContextManager[PaperOutbox]:
        """The tray, ready for letters. Entering raises TrayUnusable when the folder cannot be made."""
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[PaperOutbox]:
        try:
            self._tray.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise TrayUnusable(f"{self._tray}: cannot be used as a tray for letters: {error.strerror}") from error
        sender = f"desk@{self.domain}"
        yield PaperOutbox(self._tray, sender, exercise=self._exercise, now=self._now, refuse=self._refuse)


class PaperOutbox:
    """An open tray. Made by `PaperPost.open()`."""

    def __init__(
        self, tray: Path, sender: str, *, exercise: bool, now: Callable[[], datetime], refuse: frozenset[str]
    ) -> None:
        self._tray, self._sender, self._exercise, self._now, self._refuse = tray, sender, exercise, now, refuse

    async def send(self, notice: ApprovedNotice, batch: Sequence[Addressee], report: Callable[[Outcome], None]) -> None:
        """One file for each person of the batch; `report` hears each person's outcome exactly once.

        Raises TrayUnusable when a file cannot be written, InvalidInput for a notice that cannot be a message; everybody
        not filed by then has been reported as `planned`.
        """
        try:
            letter = Letter(notice, sender=self._sender, exercise=self._exercise)
        except InvalidInput as error:
            for person in batch:
                report(Outcome(person.number, "planned", 0, f"not handed over: {error}"))
            raise
        for at, person in enumerate(batch):
            try:
                outcome = self._file(letter, person)
            except OSError as error:
                why = f"{self._tray}: a letter cannot be written: {error.strerror}"
                for left in batch[at:]:
                    report(Outcome(left.number, "planned", 0, why))
                raise TrayUnusable(why) from error
            report(outcome)

    def _file(self, letter: Letter, person: Addressee) -> Outcome:
        why = unreachable(person)
        if why:
            return Outcome(person.number, "unaddressed", 0, why)
        if person.subject_id in self._refuse:
            return Outcome(person.number, "refused", 550, "5.1.1 no such mailbox (the exercise says so)")
        try:
            message = letter.compose(person, self._now())
        except InvalidInput as error:
            return Outcome(person.number, "unaddressed", 0, str(error))
        stem = f"{person.number:07d}-{hashlib.sha256(person.message_id.encode()).hexdigest()[:16]}"
        name, copies = f"{stem}.eml", 1
        while (self._tray / name).exists():  # a second copy is a mistake somebody should see, not one to write over
            copies += 1
            name = f"{stem}-{copies}.eml"
        path = self._tray / name
        path.touch(mode=0o600)
        path.write_bytes(message)
        return Outcome(person.number, "accepted", 250, f"kept in the tray as {name}")
