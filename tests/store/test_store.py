"""The case database: a deed and its journal entry, both or neither, whatever happens in between."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from breachdesk.domain.audit import verify
from breachdesk.domain.deliveries import Addressee, Outcome
from breachdesk.domain.errors import BreachdeskError, Gate, IntegrityFailure, InvalidInput, NotFound
from breachdesk.domain.incident import Fact, Incident
from breachdesk.domain.notices import Draft, Notice
from breachdesk.store import Store
from breachdesk.store.connection import migrate

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def incident(codename: str = "cedar") -> Incident:
    return Incident(codename=codename, title="t", opened_at=AT, opened_by="A")


def opened(folder: Path, codename: str = "cedar") -> Store:
    store = Store(folder)
    with store.write() as unit:
        unit.add_incident(incident(codename))
        unit.enter(at=AT, by="A", act="incident.opened", incident=codename, what={})
    return store


def fact(value: object, minutes: int = 0) -> Fact:
    return Fact(key="harm", value=value, standing="confirmed", said_by="A", at=AT + timedelta(minutes=minutes))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Incidents and facts come back as the values they were."""
    store = opened(tmp_path)
    with store.write() as unit:
        unit.add_fact("cedar", fact("high"))
        unit.enter(at=AT, by="A", act="fact.recorded", incident="cedar", what={"key": "harm"})
    with store.read() as unit:
        assert unit.incidents() == [incident()]
        assert unit.facts("cedar") == [fact("high")]
        assert [e.act for e in unit.journal("cedar")] == ["incident.opened", "fact.recorded"]


def test_no_deed_without_an_entry(tmp_path: Path) -> None:
    """A write without a journal entry does not commit."""
    store = opened(tmp_path)
    with pytest.raises(IntegrityFailure, match="without a journal entry"), store.write() as unit:
        unit.add_fact("cedar", fact("high"))
    with store.read() as unit:
        assert unit.facts("cedar") == []


def test_an_error_rolls_everything_back(tmp_path: Path) -> None:
    """When anything raises, neither deed nor entry stays."""
    store = opened(tmp_path)
    with pytest.raises(RuntimeError), store.write() as unit:
        unit.add_fact("cedar", fact("high"))
        unit.enter(at=AT, by="A", act="fact.recorded", incident="cedar", what={})
        raise RuntimeError
    with store.read() as unit:
        assert unit.facts("cedar") == []
        assert verify(unit.journal())[0] == 1


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """SQLite itself refuses a write inside `read()`."""
    store = opened(tmp_path)
    with pytest.raises(BreachdeskError, match="readonly"), store.read() as unit:
        unit.add_fact("cedar", fact("high"))


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    """A disk that fills while journaling gives one sentence; what was recorded before stays whole."""
    store = opened(tmp_path)
    with sqlite3.connect(store.path) as db:
        pages = db.execute("pragma page_count").fetchone()[0]
    real = store._connect

    def full() -> sqlite3.Connection:
        db = real()
        db.execute(f"pragma max_page_count = {pages}")
        return db

    store._connect = full  # type: ignore[method-assign]
    with pytest.raises(BreachdeskError, match="the disk is full; nothing of this step was recorded"), store.write() as unit:
        for n in range(2000):
            unit.add_fact("cedar", fact("x" * 500, n))
        unit.enter(at=AT, by="A", act="fact.recorded", incident="cedar", what={})
    store._connect = real  # type: ignore[method-assign]
    with store.read() as unit:
        assert unit.facts("cedar") == []
        assert verify(unit.journal())[0] == 1


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("update journal set by = 'B' where n = 2", "entry 2 was changed"),
        ("update journal set what = '{' where n = 2", "entry 2 was changed"),
        ("delete from journal where n = 2", "entry 2 is missing"),
        ("update journal set at = '2020-01-01T00:00:00Z' where n = 3", "entry 3 was changed"),
    ],
)
def test_a_tampered_row_is_found(tmp_path: Path, sql: str, words: str) -> None:
    """A journal row edited behind the desk's back is found and named."""
    store = opened(tmp_path)
    for n in range(3):
        with store.write() as unit:
            unit.enter(at=AT, by="A", act="note", incident="cedar", what={"n": n})
    with sqlite3.connect(store.path) as db:
        db.execute(sql)
    with pytest.raises(IntegrityFailure, match=words), store.read() as unit:
        verify(unit.journal())


def _append(folder: str, who: str, times: int) -> None:
    store = Store(Path(folder))
    for n in range(times):
        with store.write() as unit:
            unit.add_fact("cedar", Fact(key="harm", value=f"{who}{n}", standing="confirmed", said_by=who, at=AT))
            unit.enter(at=AT, by=who, act="fact.recorded", incident="cedar", what={"n": n})


def test_processes_writing_at_once_keep_one_chain(tmp_path: Path) -> None:
    """Two processes that write at the same time lose nothing and leave one whole chain."""
    opened(tmp_path)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_append, args=(str(tmp_path), who, 60)) for who in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    with Store(tmp_path).read() as unit:
        assert len(unit.facts("cedar")) == 120
        assert verify(unit.journal())[0] == 121


def test_a_process_killed_in_the_middle_leaves_both_or_neither(tmp_path: Path) -> None:
    """`kill -9` between deed and commit leaves the last committed deed and a chain that verifies."""
    opened(tmp_path)
    code = f"""
        import os, signal
        from datetime import UTC, datetime
        from pathlib import Path
        from breachdesk.domain.incident import Fact
        from breachdesk.store import Store
        at = datetime(2026, 11, 23, 9, tzinfo=UTC)
        with Store(Path({str(tmp_path)!r})).write() as unit:
            unit.add_fact("cedar", Fact(key="harm", value="high", standing="confirmed", said_by="A", at=at))
            unit.enter(at=at, by="A", act="fact.recorded", incident="cedar", what={{}})
            os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False).returncode == -9
    with Store(tmp_path).read() as unit:
        assert unit.facts("cedar") == []
        assert verify(unit.journal())[0] == 1


def test_a_named_lock_has_one_holder(tmp_path: Path) -> None:
    """Two desks cannot send the same notice at once; the second is told."""
    one, two = opened(tmp_path), Store(tmp_path)
    with one.alone("send-N-001"):
        with pytest.raises(Gate, match="another desk"), two.alone("send-N-001"):
            raise AssertionError
        with two.alone("send-N-002"):
            pass
    with two.alone("send-N-001"):
        pass


def test_codenames_and_ids_that_do_not_exist(tmp_path: Path) -> None:
    """What is not there is NotFound and names what there is; a codename is given once."""
    store = opened(tmp_path)
    with store.read() as unit:
        with pytest.raises(NotFound, match="cedar"):
            unit.incident("none")
        with pytest.raises(NotFound):
            unit.notice("N-001")
    with pytest.raises(InvalidInput, match="taken"), store.write() as unit:
        unit.add_incident(incident())


def test_a_database_of_the_future_is_left_alone(tmp_path: Path) -> None:
    """A database that a newer program wrote is refused, not guessed at."""
    store = opened(tmp_path)
    with sqlite3.connect(store.path) as db:
        db.execute("pragma user_version = 999")
        with pytest.raises(IntegrityFailure, match="update it"):
            migrate(db)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A broken file is an integrity failure with its path."""
    (tmp_path / "desk.db").write_bytes(b"not a database at all, sixteen bytes and more")
    with pytest.raises(IntegrityFailure, match=r"desk\.db"), Store(tmp_path).read():
        raise AssertionError


def _drafted(store: Store, people: int) -> None:
    draft = Draft(
        notice="N-001", version=1, language="en", subject="s", text="t", html="h", template="x", template_digest="d", facts=(),
        run=1, tally="c", recipients="r", people=people, drafted_by="A", at=AT,
    )  # fmt: skip
    with store.write() as unit:
        unit.add_notice(Notice(id=unit.next_notice_id(), incident="cedar", duty="d", rule="r", place="DE", regime="g",
                               recipient="individuals", language="en", opened_at=AT))  # fmt: skip
        unit.add_draft(draft, (
            Addressee(n, f"p{n}", f"p{n}@x.example", {"name": "نعم"}, f"m{n}@x", "" if n != 2 else "no e-mail address")
            for n in range(1, people + 1)
        ))  # fmt: skip
        unit.enter(at=AT, by="A", act="notice.drafted", incident="cedar", what={})


def test_the_ledger_counts_every_person_once(tmp_path: Path) -> None:
    """Every person has a row before the first byte, each state is counted, and those who cannot be mailed stand apart."""
    store = opened(tmp_path)
    _drafted(store, 5)
    with store.write() as unit:
        unit.begin_send("N-001", 1, "A", AT)
        unit.settle("N-001", 1, [Outcome(1, "accepted", 250, "ok"), Outcome(3, "sending", 0, "")], AT)
        unit.enter(at=AT, by="A", act="send.batch", incident="cedar", what={})
    with store.read() as unit:
        send = unit.send("N-001", 1)
        assert send is not None
        assert (send.tallied.accepted, send.tallied.sending, send.tallied.planned, send.tallied.unaddressed) == (1, 1, 2, 1)
        assert [a.number for a in unit.addressees("N-001", 1, ("planned",), limit=1, after=4)] == [5]
        assert unit.addressees("N-001", 1)[0].fields == {"name": "نعم"}
        assert [o.number for o in unit.outcomes("N-001", 1, ("sending",))] == [3]
        assert next(iter(unit.recipient_keys("N-001", 1))) == ("p1", "p1@x.example")
