"""The composition root: builds a Desk from its parts, and is the only place that reads the clock.

A live desk and an exercise differ in three parts: the clock, the folder, and the post. No function elsewhere asks
whether this is a drill. Adapters are imported when their part is first used, so that a command pays only for what it touches.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from breachdesk import settings as settings_module
from breachdesk.desk.parts import Desk, Post, Progress
from breachdesk.domain.errors import InvalidInput
from breachdesk.settings import Settings

if TYPE_CHECKING:
    from breachdesk.domain.calendars import Calendar
    from breachdesk.domain.circumstances import Circumstances
    from breachdesk.domain.conformance import Conformance
    from breachdesk.domain.exercise import Scenario
    from breachdesk.domain.people import Person
    from breachdesk.domain.rules import Rulebook
    from breachdesk.domain.severity import Weighed
    from breachdesk.domain.tally import NearMatch, Tally

HOME = "BREACHDESK_HOME"
CLOCK_FILE = "clock.json"
TRAY = "tray"


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)  # noqa: TID251 - the one place


class MovableClock:
    """An exercise's clock: it stands where it was put and moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The exercise's present instant."""
        return self._now

    def move(self, span: timedelta) -> None:
        """Let time pass. Raises ValueError for a step back."""
        if span < timedelta():
            raise ValueError("an exercise's clock does not run backwards")
        self._now += span

    def set(self, moment: datetime) -> None:
        """Put the clock to an instant that is not before the present one."""
        self.move(moment - self._now)


class FolderClock:
    """The clock of an exercise folder: real time runs on, shifted by what the facilitator jumped; it is kept in the folder."""

    def __init__(self, path: Path, real: SystemClock) -> None:
        self._path, self._real = path, real

    def now(self) -> datetime:
        """The exercise's present instant."""
        state = self._read()
        exercise, real = datetime.fromisoformat(state["exercise"]), datetime.fromisoformat(state["real"])
        return exercise if state.get("paused") else exercise + (self._real.now() - real)

    def set(self, moment: datetime, *, paused: bool = False) -> None:
        """Put the clock to an instant, running on from there unless paused."""
        state = {"exercise": moment.astimezone(UTC).isoformat(), "real": self._real.now().isoformat(), "paused": paused}
        self._path.write_text(json.dumps(state), "utf-8")

    def move(self, span: timedelta) -> None:
        """Jump ahead."""
        self.set(self.now() + span)

    def _read(self) -> Mapping[str, Any]:
        try:
            state: Mapping[str, Any] = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            raise InvalidInput("the exercise's clock cannot be read; begin the exercise anew", file=str(self._path)) from None
        return state


class ShippedLaw:
    """The rulebook of the package: its files are read once, and parsed when first asked for."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    @cached_property
    def _files(self) -> Any:
        from breachdesk.rulebook import LawFiles

        return LawFiles(today=self._clock.now().date() + timedelta(days=1))  # a day of grace for zones ahead of UTC

    @cached_property
    def _book(self) -> Rulebook:
        book: Rulebook = self._files.book()
        return book

    @cached_property
    def _calendars(self) -> Any:
        from breachdesk.rulebook import ShippedCalendars

        return ShippedCalendars()

    def book(self, concerning: Collection[str] | None = None) -> Rulebook:
        """Every rule the desk has read, or those that concern any of the places."""
        if concerning is None or "_book" in self.__dict__:
            return self._book
        part: Rulebook = self._files.book(concerning)
        return part

    def calendar(self, place: str) -> Calendar:
        """The closed days of a place."""
        calendar: Calendar = self._calendars.of(place)
        return calendar

    def read_facts(self, path: Path) -> Circumstances:
        """What a facts file states."""
        from breachdesk.rulebook import read_facts

        return read_facts(path)

    def weigh(self, method: str, answers: Path) -> Weighed:
        """What a severity method comes to for a file of answers."""
        from breachdesk.rulebook.harm import weigh_file

        return weigh_file(method, answers)

    def questions(self, method: str) -> str:
        """A method's questions as a file to fill in."""
        from breachdesk.rulebook.harm import questions

        return questions(method)


class Records:
    """The counting adapter, imported when something is counted; `folder` keeps what was found out about engines."""

    def __init__(self, folder: Path) -> None:
        self.checked = folder / "engines.json"

    def count(
        self, files: Sequence[Path | str], *, at: datetime, mapping: Path | None = None, where: str = "",
        rejects: Path | None = None, progress: Progress | None = None, engine: str = "", by: Sequence[str] = (),
    ) -> Tally:  # fmt: skip
        """Distinct people over record files."""
        from breachdesk import people

        return people.count(
            files, at=at, mapping=mapping, where=where, rejects=rejects, progress=progress, by=by, engine_url=engine, checked=self.checked
        )

    def conform(self, engine: str, *, at: datetime) -> Conformance:
        """Whether an engine counts as the built-in one does."""
        from breachdesk.people.conformance import conform

        return conform(engine, at=at, kept=self.checked)

    def recipients(
        self, files: Sequence[Path | str], *, at: datetime, mapping: Path | None = None, where: str = "",
        residences: frozenset[str] | None = None, engine: str = "",
    ) -> Iterator[Person]:  # fmt: skip
        """Each distinct person once, in a stable order."""
        from breachdesk import people

        return people.recipients(
            files, at=at, mapping=mapping, where=where, residences=residences, engine_url=engine, checked=self.checked
        )

    def propose(self, file: Path, *, fides: Path | None = None, key: str = "") -> str:
        """The text of a mapping for a record file."""
        from breachdesk.people.fides import one_manifest
        from breachdesk.people.propose import propose

        return propose(file, one_manifest(fides, key) if fides else None)

    def near(self, files: Sequence[Path], *, at: datetime, mapping: Path) -> tuple[NearMatch, ...]:
        """Pairs of ids that may be one person."""
        from breachdesk.people.counting import near_matches

        return near_matches(files, at=at, mapping=mapping)

    def decide(self, mapping: Path, first: str, second: str, *, same: bool, by: str, at: datetime) -> None:
        """Keep a decision about two ids."""
        from breachdesk.people.mapping import read_mapping
        from breachdesk.people.matching import decide

        match = read_mapping(mapping).match
        if match is None or match.decisions is None:
            raise InvalidInput('names no file for decisions; write: decisions = "decisions.csv"', file=str(mapping), key="match.decisions")
        decide(match.decisions, first, second, same=same, by=by, at=at.isoformat())

    def digests(self, files: Sequence[Path]) -> Mapping[str, str]:
        """The SHA-256 of each file the paths stand for."""
        from breachdesk import people

        return people.digests(files)

    def digests_beside(self, mapping: Path | None) -> Mapping[str, str]:
        """The SHA-256 of a mapping and of each table it names."""
        from breachdesk.people.inputs import digests_beside
        from breachdesk.people.mapping import read_mapping

        return digests_beside(read_mapping(mapping))

    def write_sample(self, folder: Path, scenario: Scenario) -> tuple[Path, ...]:
        """The synthetic record files of a scenario."""
        from breachdesk.people.sample import write_sample

        if scenario.data is None:
            return ()
        return write_sample(folder, seed=scenario.data.seed, rows=scenario.data.rows, exposed=scenario.data.exposed)


def default_folder() -> Path:
    """The desk's folder: `BREACHDESK_HOME`, else `~/breachdesk`."""
    named = os.environ.get(HOME)
    return Path(named) if named else Path.home() / "breachdesk"


def shipped(kind: str) -> Path:
    """The shipped `playbooks` or `templates`: inside the wheel, or the folder of a checkout."""
    packed = Path(__file__).with_name("_shipped") / kind
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2] / kind


def read_settings(folder: Path) -> Settings:
    """The settings of a desk folder. Raises InvalidInput naming file and key."""
    try:
        return settings_module.read(folder)
    except settings_module.SettingsError as error:
        raise InvalidInput(str(error)) from None


class Later:
    """A part that is made when it is first used, so that a command pays only for what it touches."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if name == "_part":
            self._part = self._make()
            return self._part
        return getattr(self._part, name)


def _build(folder: Path, settings: Settings, clock: Any, post: Post | None = None) -> Desk:
    def letters() -> Any:
        from breachdesk.letters import Letters

        return Letters(_chosen(settings.folders.templates, "templates"))

    def shelf() -> Any:
        from breachdesk.shelf import Shelf

        return Shelf(_chosen(settings.folders.playbooks, "playbooks"))

    def store() -> Any:
        from breachdesk.store import Store

        return Store(folder)

    def default_post() -> Any:
        return _post(folder, settings, clock, exercise=settings.mode == "exercise")

    return Desk(
        folder=folder, settings=settings, clock=clock, law=ShippedLaw(SystemClock()), people=Records(folder),
        shelf=Later(shelf), letters=Later(letters), store=Later(store), post=post or Later(default_post),
    )  # fmt: skip


def _chosen(named: str, kind: str) -> Path:
    return Path(named) if named else shipped(kind)


def _post(folder: Path, settings: Settings, clock: Any, *, exercise: bool) -> Post:
    if exercise:
        from breachdesk.post import PaperPost

        return PaperPost(
            folder / TRAY, settings.mail.sender.partition("@")[2] or "exercise.invalid", exercise=True, now=clock.now
        )
    from breachdesk.post import SmtpPost

    return SmtpPost(settings.mail, os.environ.get(settings.mail.password_env), exercise=False, now=clock.now)


def open_desk(folder: Path) -> Desk:
    """The desk of a folder as its settings say: a live one, or an exercise with its own clock and a tray for its mail."""
    settings = read_settings(folder)
    if settings.mode == "exercise" and (folder / CLOCK_FILE).exists():
        return _build(folder, settings, FolderClock(folder / CLOCK_FILE, SystemClock()))
    return _build(folder, settings, SystemClock())


def exercise_desk(folder: Path, clock: MovableClock) -> Desk:
    """A desk for an exercise that is driven: a clock that can be moved, its own folder, mail that cannot leave."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / settings_module.FILE).write_text('mode = "exercise"\n', "utf-8")
    return _build(folder, read_settings(folder), clock)


def begin_exercise(folder: Path, start: datetime) -> Desk:
    """A fresh exercise folder whose clock runs on from the scenario's start. Raises InvalidInput when the folder is in use."""
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput("is not empty; an exercise gets a folder of its own", file=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / settings_module.FILE).write_text('mode = "exercise"\n', "utf-8")
    FolderClock(folder / CLOCK_FILE, SystemClock()).set(start)
    return open_desk(folder)


def folder_clock(folder: Path) -> FolderClock:
    """The clock of an exercise folder, for the facilitator. Raises InvalidInput when the folder holds no exercise."""
    if not (folder / CLOCK_FILE).exists():
        raise InvalidInput("holds no exercise", file=str(folder))
    return FolderClock(folder / CLOCK_FILE, SystemClock())


def local_mail_server() -> Any:
    """A mail server on this machine's loopback that keeps nothing, for the demo: a context manager with `.host` and `.port`."""
    from breachdesk.post import Sink

    return Sink()


def demo_desk(folder: Path, host: str, port: int) -> Desk:
    """The desk of the demo: real time, real SMTP, but to a server on this machine; EXERCISE on everything."""
    from breachdesk.post import SmtpPost

    folder.mkdir(parents=True, exist_ok=True)
    (folder / settings_module.FILE).write_text(DEMO_SETTINGS.format(host=host, port=port), "utf-8")
    settings = read_settings(folder)
    clock = SystemClock()
    return _build(folder, settings, clock, SmtpPost(settings.mail, None, exercise=True, now=clock.now))


DEMO_SETTINGS = """\
mode = "exercise"                     # every screen and page says EXERCISE
organisation = "Cedar & Palm Market"

[mail]                                # the demo's own server, on this machine only
host = "{host}"
port = {port}
security = "none"
sender = "privacy@cedar-palm.example"
sender_name = "Cedar & Palm Market"
"""
