"""Every screen, at the size it was made for: what it shows, what its keys do, what it refuses and why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breachdesk.desk import assessment, delivery, notices
from breachdesk.desk.parts import Desk
from breachdesk.domain.errors import IntegrityFailure
from breachdesk.tui import messages as told
from breachdesk.tui.app import MODES_IN_ORDER
from breachdesk.tui.screens import people
from breachdesk.tui.screens.notice import NoticeScreen
from breachdesk.tui.screens.page import Page
from breachdesk.tui.screens.step import StepScreen
from breachdesk.tui.screens.why import WhyScreen
from breachdesk.tui.widgets.form import Form
from breachdesk.tui.widgets.paper import Paper
from breachdesk.tui.widgets.table import Table, text_of
from tests.tui.sample import BERLIN, CALIFORNIA, FILING, LETTER, lose_answers, write_records


def approve(desk: Desk, notice: str) -> None:
    """Counsel approves a letter as it stands."""
    draft = notices.read_text(desk, notice)
    notices.approve(desk, notice, by="counsel", read=draft.digest, capacity="outside counsel")


# -- the desk and the incident -----------------------------------------------------------------------------------------


async def test_the_desk_lists_incidents_and_all_clocks_soonest_first(desk: Desk, sit: Any) -> None:
    """The register shows both incidents, the late one first, and every running clock by date, late ones in words."""
    async with sit(desk, incident="") as seat:
        event = seat.last(told.RegisterRead)
        assert [row.codename for row in event.incidents] == ["heron", "linden"]
        dues = [row.clock.due for row in event.clocks]
        assert dues == sorted(dues)
        assert "!! LATE" in seat.text()
        assert "late by" in seat.text()


async def test_enter_on_the_register_opens_the_incident(desk: Desk, sit: Any) -> None:
    """The second row, opened, is the incident on screen, and its codename stands in the frame."""
    async with sit(desk, incident="") as seat:
        await seat.press("j", "enter")
        assert seat.last(told.IncidentRead).view.incident.codename == "linden"
        assert "linden · CRM export" in seat.text()


async def test_the_incident_shows_steps_clocks_and_what_blocks(desk: Desk, sit: Any) -> None:
    """State words of the steps, the next clock with zone and distance, and the blockers stand on one 80x24 screen."""
    async with sit(desk) as seat:
        text = seat.text()
        for words in ("FIRST HOUR 0/2", ". todo", "! blocked", "~ off-path", "next clocks", "what blocks", "1 "):
            assert words in text
        assert "in 4" in text
        assert "(UTC" in text
        blockers = seat.last(told.IncidentRead).view.blockers
        assert blockers[0].what in seat.app.screen.query_one("#blockers", Paper).plain
        assert blockers[0].what.split()[0] in text


async def test_n_goes_to_the_next_thing_from_anywhere(desk: Desk, sit: Any) -> None:
    """From the journal, n shows the incident; n there marks the first step that can be begun."""
    async with sit(desk) as seat:
        await seat.press("7", "n")
        assert seat.app.current_mode == "incident"
        await seat.press("G", "n")
        assert seat.app.screen.query_one("#steps", Table).key == "close-bucket"


async def test_a_step_is_done_with_its_evidence(desk: Desk, sit: Any) -> None:
    """Enter opens the step; d asks for the evidence; what was typed is recorded with the step, and what waited can begin."""
    async with sit(desk) as seat:
        await seat.press("enter")
        assert isinstance(seat.app.screen, StepScreen)
        await seat.press("d")
        await seat.type("CHG-4711")
        await seat.press("ctrl+s")
        assert seat.last(told.StepMoved).record.evidence == {"change": "CHG-4711"}
        await seat.press("escape")
        rows = {row.step.id: row.state for row in seat.last(told.IncidentRead).view.steps}
        assert rows["close-bucket"] == "done"
        assert rows["count-people"] == "todo"


async def test_a_required_evidence_left_empty_is_asked_for(desk: Desk, sit: Any) -> None:
    """Enter through an empty form records nothing and names the field."""
    async with sit(desk) as seat:
        await seat.press("enter", "d", "enter", "enter")
        assert isinstance(seat.app.screen, Form)
        assert "change: say something here" in seat.text()
        assert seat.count(told.StepMoved) == 0


async def test_a_step_is_skipped_only_with_a_reason(desk: Desk, sit: Any) -> None:
    """s asks for the reason, and the record keeps it."""
    async with sit(desk) as seat:
        await seat.press("enter", "s", "enter")
        assert seat.count(told.StepMoved) == 0
        await seat.type("done by the vendor")
        await seat.press("enter")
        record = seat.last(told.StepMoved).record
        assert (record.state, record.reason) == ("skipped", "done by the vendor")


async def test_a_blocked_step_says_what_it_waits_for(desk: Desk, sit: Any) -> None:
    """d on a blocked step records nothing and names the step that comes first."""
    async with sit(desk) as seat:
        await seat.press("j", "enter", "d")
        assert "waits for close-bucket" in seat.text()
        assert seat.count(told.StepMoved) == 0


async def test_a_step_leads_to_its_part_of_the_desk(desk: Desk, sit: Any) -> None:
    """o on the counting step shows the people."""
    async with sit(desk) as seat:
        await seat.press("j", "enter", "o")
        assert seat.app.current_mode == "people"


# -- facts -------------------------------------------------------------------------------------------------------------


async def test_a_fact_is_recorded_with_how_sure_it_is(desk: Desk, sit: Any) -> None:
    """A correction is recorded as suspected by whom sits here, and the value before it stays in the history."""
    async with sit(desk) as seat:
        await seat.press("8", "slash")
        await seat.type("what_happened")
        await seat.press("enter", "enter")
        assert isinstance(seat.app.screen, Form)
        await seat.press("end", "space")
        await seat.type("Since Sunday.")
        await seat.press("down", "right", "ctrl+s")
        fact = seat.last(told.FactRecorded).fact
        assert (fact.key, fact.standing, fact.said_by) == ("what_happened", "suspected", "responder")
        assert fact.value.endswith("open. Since Sunday.")
        await seat.press("o")
        assert [f.standing for f in seat.last(told.HistoryRead).history] == ["confirmed", "suspected"]
        assert "history" in seat.text()


async def test_a_fact_that_does_not_fit_keeps_the_form_open_and_says_what_to_write(desk: Desk, sit: Any) -> None:
    """A time that is none is refused in the form, with an example."""
    async with sit(desk) as seat:
        await seat.press("8", "slash")
        await seat.type("occurred")
        await seat.press("enter", "enter")
        await seat.type("yesterday")
        await seat.press("ctrl+s")
        assert isinstance(seat.app.screen, Form)
        assert "'yesterday' is not a time: write e.g." in seat.text()
        assert seat.count(told.FactRecorded) == 0


async def test_nobody_knows_is_a_fact_too(desk: Desk, sit: Any) -> None:
    """Standing unknown records the fact without a value."""
    async with sit(desk) as seat:
        await seat.press("8", "slash")
        await seat.type("key_taken")
        await seat.press("enter", "enter", "down", "left", "ctrl+s")
        fact = seat.last(told.FactRecorded).fact
        assert (fact.standing, fact.value) == ("unknown", None)


# -- people ------------------------------------------------------------------------------------------------------------


async def test_people_are_shown_by_residence_with_the_unknown_as_a_row(desk: Desk, sit: Any) -> None:
    """California, Riyadh and the people of unknown residence each have a row; the total counts each person once."""
    async with sit(desk) as seat:
        await seat.press("3")
        text = seat.text()
        assert "18 people" in text
        assert "US-CA  California" in text
        assert "?? residence unknown" in text
        rows = seat.app.screen.query_one(Table).rows
        assert rows[-1].key == "unknown"


async def test_the_table_is_sorted_by_any_column_and_turned_round(desk: Desk, sit: Any) -> None:
    """S goes through the columns, numbers largest first and words by the alphabet; Z turns; a click on a title does both; after
    the last column the rows stand as they came."""
    async with sit(desk) as seat:
        await seat.press("3")
        table = seat.app.screen.query_one(Table)
        came = [row.key for row in table.rows]
        figures = {r.residence: r.subjects for r in assessment.runs(desk, "linden")[-1].tally.by_residence}
        await seat.press("S")
        names = [text_of(row.cells[0]).casefold() for row in table.rows]
        assert names == sorted(names)
        await seat.press("S")
        assert "people↓" in seat.text()
        numbers = [figures[row.key] for row in table.rows]
        assert numbers == sorted(numbers, reverse=True)
        await seat.press("Z")
        assert [figures[row.key] for row in table.rows] == sorted(numbers)
        await seat.pilot.click(Table, offset=(4, 0))
        assert [text_of(row.cells[0]).casefold() for row in table.rows] == names
        for _ in range(8):
            if [row.key for row in table.rows] == came and "↓" not in seat.text() and "↑" not in seat.text():
                break
            await seat.press("S")
        assert [row.key for row in table.rows] == came


async def test_why_a_number_is_what_it_is(desk: Desk, sit: Any) -> None:
    """The parts add up to the number; how it was counted and the command that counts it again stand below."""
    run = assessment.runs(desk, "linden")[-1]
    row = next(r for r in run.tally.by_residence if r.residence == "US-CA")
    parts = "".join(part if isinstance(part, str) else part[0] for part in people.why(run, row))
    lines = parts.partition("EACH PERSON IN ONE LINE")[2].partition(" =")[0].strip().splitlines()
    assert sum(int(line.split()[0].replace(",", "")) for line in lines) == row.subjects
    assert run.tally.inputs[0].sha256[:16] in parts
    assert "breachdesk people count" in parts
    async with sit(desk) as seat:
        await seat.press("3", "w")
        first = run.tally.by_residence[0]
        assert f"Why {first.subjects} people in Saudi Arabia (SA)" in seat.text()
        assert "breachdesk people why linden SA" in seat.text()


async def test_counting_again_keeps_the_run_and_says_what_it_crosses(desk: Desk, sit: Any, tmp_path: Path) -> None:
    """A second count over other files is run 2; the screen that follows says what moved."""
    more = write_records(tmp_path / "more.csv", 600)
    async with sit(desk) as seat:
        await seat.press("3", "c", "ctrl+u")
        seat.app.screen.query_one("#f-files").value = str(more)
        await seat.press("ctrl+s")
        recount = seat.last(told.PeopleCounted).recount
        assert recount.run.n == 2
        assert "18 -> 606 people (+588)" in seat.text()
        assert any(c.rule == "us/ca/civ-1798.82#attorney-general" for c in recount.crossings)


async def test_a_file_that_is_not_there_is_refused_before_anything_is_read(desk: Desk, sit: Any) -> None:
    """The form stays open and names the file."""
    async with sit(desk) as seat:
        await seat.press("3", "c")
        seat.app.screen.query_one("#f-files").value = "/nowhere/crm.csv"
        await seat.press("ctrl+s")
        assert "/nowhere/crm.csv: there is no such file" in seat.text()


async def test_a_count_can_be_stopped_and_records_nothing(desk: Desk, sit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Esc while a count goes on ends it at its next sign of life; no run is kept."""
    import threading
    from dataclasses import replace

    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        def count(self, files: Any, *, progress: Any, **_: Any) -> Any:
            progress("rows", 10, 100)
            begun.set()
            go_on.wait(5)
            progress("rows", 20, 100)
            raise AssertionError("the count went on after it was stopped")

    async with sit(replace(desk, people=Slow())) as seat:
        await seat.press("3")
        await seat.pilot.press("c")
        await seat.pilot.pause()
        await seat.pilot.press("ctrl+s")
        while not begun.is_set():
            await seat.pilot.pause()
        await seat.pilot.pause()
        assert "10 %, 10 of 100" in seat.text()
        await seat.pilot.press("escape")
        go_on.set()
        assert (await seat.hears(told.Stopped)).sentence == "nothing was recorded"
        await seat.settle()
        assert len(seat.last(told.RunsRead).runs) == 1


# -- duties ------------------------------------------------------------------------------------------------------------


async def test_duties_are_listed_soonest_first_and_uncovered_places_loudly(desk: Desk, sit: Any) -> None:
    """Dated clocks come first in order, and the banner names the people nobody has read law for."""
    async with sit(desk) as seat:
        await seat.press("4")
        clocks = [row.clock for row in seat.last(told.DutiesRead).view.clocks if row.urgency in ("late", "soon", "running")]
        assert [c.due for c in clocks] == sorted(c.due for c in clocks)
        assert "!! NOT COVERED" in seat.text()
        assert "residence unknown 2" in seat.said()


async def test_one_key_says_why(desk: Desk, sit: Any) -> None:
    """w shows the tests, the working, the sources with the day they were read, and that counsel confirms."""
    async with sit(desk, size=(140, 60)) as seat:
        await seat.press("4", "w")
        assert isinstance(seat.app.screen, WhyScreen)
        text = seat.text()
        for words in ("REASONS", "WORKING", "SOURCES", "read 20", "Counsel confirms", "found:"):
            assert words in text


async def test_an_unread_rule_says_so_loudly(desk: Desk, sit: Any) -> None:
    """The explanation of a rule nobody has read at its source begins with NOT VERIFIED and what to read."""
    from dataclasses import replace

    from breachdesk.desk import views
    from breachdesk.tui.screens.why import explained

    row = views.incident_view(desk, "linden").clocks[0]
    unread = row.clock.duty.version.model_copy(update={"verified": False, "to_read": "section 5"})
    duty = replace(row.clock.duty, version=unread)
    parts = explained(row.model_copy(update={"clock": replace(row.clock, duty=duty)}))
    assert ("!! NOT VERIFIED: nobody has read this rule at its source. To read: section 5\n", "late") in parts


async def test_drafting_from_a_duty_names_the_letters(desk: Desk, sit: Any) -> None:
    """d on a duty draws a new version and says which, in which language, for how many people."""
    async with sit(desk) as seat:
        seat.app.duty = CALIFORNIA
        await seat.press("4", "d", "enter")
        drafts = seat.last(told.NoticesDrafted).drafts
        assert [(d.notice, d.version, d.people) for d in drafts] == [(LETTER, 2, 12)]
        assert "N-001 v2 (en, 12 people)" in seat.text()


async def test_a_draft_that_lacks_facts_says_which(desk: Desk, sit: Any) -> None:
    """A missing fact refuses the draft in one sentence on the screen, and nothing crashes."""
    async with sit(desk) as seat:
        seat.app.codename = "heron"
        seat.app.duty = BERLIN
        await seat.press("4", "d", "enter")
        assert "not recorded yet: what_happened" in seat.last(told.Refused).sentence
        assert "not recorded yet: what_happened" in seat.said()


async def test_a_kept_assessment_stands_in_the_journal(desk: Desk, sit: Any) -> None:
    """a keeps the board, and the journal's last entry says so."""
    async with sit(desk) as seat:
        await seat.press("4", "a")
        assert seat.last(told.AssessmentKept).board.clocks
        await seat.press("7")
        assert seat.last(told.JournalRead).entries[-1].act == "duties.assessed"


# -- notices -----------------------------------------------------------------------------------------------------------


async def test_the_notices_say_what_blocks_each(desk: Desk, sit: Any) -> None:
    """Both letters are listed as drafted, and the marked one says what blocks it."""
    async with sit(desk) as seat:
        await seat.press("5")
        assert [v.notice.id for v in seat.last(told.NoticesRead).notices] == [LETTER, FILING]
        assert "what blocks: counsel has not approved it" in seat.said()


async def test_the_author_cannot_approve_and_is_told_so(desk: Desk, sit: Any) -> None:
    """The author's name in the form is refused with the reason; another name, the capacity and the code approve exactly this text."""
    async with sit(desk) as seat:
        await seat.press("5", "enter", "a")
        code = notices.next_codes(notices.read_text(desk, LETTER))
        assert code in seat.text()
        form = seat.app.screen
        for name, value in (("by", "Responder"), ("capacity", "counsel"), ("code", code)):
            form.query_one(f"#f-{name}").value = value
        await seat.press("ctrl+s")
        assert "responder drafted this text; somebody else must approve it" in seat.text()
        assert seat.count(told.NoticeDecided) == 0
        form.query_one("#f-by").value = "counsel"
        await seat.press("ctrl+s")
        decision = seat.last(told.NoticeDecided).decision
        assert (decision.by, decision.verdict, decision.basis.text[7:19]) == ("counsel", "approved", code)
        assert notices.one(desk, LETTER).status == "approved"


async def test_an_approval_needs_the_code_of_the_text_that_was_read(desk: Desk, sit: Any) -> None:
    """A wrong code approves nothing."""
    async with sit(desk) as seat:
        await seat.press("5", "enter", "a")
        form = seat.app.screen
        for name, value in (("by", "counsel"), ("capacity", "counsel"), ("code", "000000000000")):
            form.query_one(f"#f-{name}").value = value
        await seat.press("ctrl+s")
        assert seat.count(told.NoticeDecided) == 0
        assert notices.one(desk, LETTER).status == "drafted"


async def test_an_open_remark_blocks_approval_until_it_is_dealt_with(desk: Desk, sit: Any) -> None:
    """m remarks; a then says why it cannot approve; v marks the remark as dealt with and a asks again."""
    async with sit(desk) as seat:
        await seat.press("5", "enter", "m")
        await seat.type("say when")
        await seat.press("enter", "a")
        assert "1 remarks are open" in seat.text()
        await seat.press("v", "enter")
        assert seat.last(told.CommentMade).comment.resolved_by == "responder"
        await seat.press("a")
        assert isinstance(seat.app.screen, Form)


async def test_sent_back_needs_reasons_and_keeps_them(desk: Desk, sit: Any) -> None:
    """b without a reason is refused; with one, the letter is sent back and says why."""
    async with sit(desk) as seat:
        await seat.press("5", "enter", "b", "ctrl+s")
        assert seat.count(told.NoticeDecided) == 0
        seat.app.screen.query_one("#f-reasons").value = "name the systems"
        await seat.press("ctrl+s")
        assert seat.last(told.NoticeDecided).decision.reasons == "name the systems"
        assert "name the systems" in seat.text()


async def test_versions_are_compared_in_words_and_brackets(desk: Desk, sit: Any) -> None:
    """After a fact changed and the letter was drafted anew, c marks what came and went in brackets, not only in colour."""
    from breachdesk.desk import cases

    cases.record_fact(desk, "linden", "what_happened", "A copy of the customer table lay bare.", by="responder")
    notices.draft(desk, "linden", CALIFORNIA, by="responder")
    async with sit(desk) as seat:
        await seat.press("5", "enter", "c")
        assert {s.kind for s in seat.last(told.VersionsCompared).spans} == {"same", "added", "removed"}
        assert "[- open -][+ bare +]" in seat.text()


async def test_an_arabic_letter_offers_its_page_and_writes_it(desk: Desk, sit: Any) -> None:
    """The letter says that terminals disagree about direction; x writes the HTML page into the desk's folder and names the file."""
    notices.draft(desk, "linden", "sa/pdpl#individuals@SA", by="responder", languages=("ar",))
    arabic = next(v.notice.id for v in notices.notices(desk, "linden") if v.notice.language == "ar")
    async with sit(desk) as seat:
        await seat.press("5")
        seat.app.push_screen(NoticeScreen(arabic))
        await seat.settle()
        assert "right-to-left" in seat.text()
        await seat.press("x")
        path = Path(seat.last(told.PageWritten).path)
        assert path.read_text("utf-8").startswith("<p>[[greeting]]")
        assert path.parent == desk.folder


# -- sending and filing ------------------------------------------------------------------------------------------------


async def test_an_unapproved_letter_is_not_sent_and_says_why(desk: Desk, sit: Any) -> None:
    """s on a letter counsel has not approved opens no form and gives the reason."""
    async with sit(desk) as seat:
        await seat.press("6", "enter", "s")
        assert not isinstance(seat.app.screen, Form)
        assert "Send N-001: counsel has not approved it" in seat.text()


async def test_enter_alone_never_sends(desk: Desk, sit: Any) -> None:
    """Ten times Enter in the send form sends nothing; a wrong number sends nothing; the right number sends to exactly that many."""
    approve(desk, LETTER)
    async with sit(desk) as seat:
        await seat.press("6", "enter", "s")
        assert seat.last(told.SendAsked).people == 11
        await seat.press(*["enter"] * 10)
        assert isinstance(seat.app.screen, Form)
        await seat.type("12")
        await seat.press("enter")
        assert "this writes to 11 people; type that number to send (typed: 12)" in seat.text()
        assert seat.count(told.SendEnded) == 0
        assert notices.one(desk, LETTER).send is None
        seat.app.screen.query_one("#f-typed").value = "11"
        await seat.press("ctrl+s")
        tallied = seat.last(told.SendEnded).send.tallied
        assert (tallied.accepted, tallied.unaddressed) == (11, 1)
        assert seat.count(told.DeliveryReported) >= 1
        assert "100 %" in seat.text()


async def test_a_rehearsal_sends_nothing(desk: Desk, sit: Any) -> None:
    """r fills every letter in and says how many it would write to; no send has begun afterwards."""
    approve(desk, LETTER)
    async with sit(desk) as seat:
        await seat.press("6", "enter", "r")
        assert seat.last(told.SendRehearsed).tallied.planned == 11
        assert "Nothing was sent" in seat.text()
        assert notices.one(desk, LETTER).send is None


async def test_a_send_can_be_stopped_and_goes_on(desk: Desk, sit: Any) -> None:
    """Esc while it sends leaves whoever was not handed over for later, says how many outcomes are unknown, and s goes on."""
    import asyncio
    from contextlib import asynccontextmanager
    from dataclasses import replace

    approve(desk, LETTER)

    class Stuck:
        domain = "exercise.invalid"

        @asynccontextmanager
        async def open(self) -> Any:
            yield self

        async def send(self, *_: Any) -> None:
            await asyncio.sleep(30)

    async with sit(replace(desk, post=Stuck())) as seat:
        await seat.press("6", "enter", "s")
        await seat.type("11")
        await seat.pilot.press("enter")
        await seat.hears(told.DeliveryReported)
        await seat.pilot.press("escape")
        assert "11 outcomes are unknown" in (await seat.hears(told.Stopped)).sentence
        await seat.settle()
        assert notices.one(desk, LETTER).send.tallied.unknown == 11


async def test_unknown_outcomes_are_settled_by_number(desk: Desk, sit: Any) -> None:
    """u asks which numbers, what becomes of them and why; the ledger then knows them."""
    approve(desk, LETTER)
    await delivery.send_approved(desk, LETTER, by="responder", typed=11)
    lose_answers(desk, LETTER, (4, 7))
    async with sit(desk) as seat:
        await seat.press("6", "enter")
        assert "?? unknown 2" in seat.text()
        await seat.press("u")
        seat.app.screen.query_one("#f-numbers").value = "7"
        seat.app.screen.query_one("#f-why").value = "the relay's log, 10:14"
        await seat.press("ctrl+s")
        assert (seat.last(told.OutcomesSettled).number, seat.last(told.OutcomesSettled).verdict) == (1, "arrived")
        assert [a.number for a in delivery.unknown(desk, LETTER)] == [4]


async def test_a_filing_is_noted_with_its_reference(desk: Desk, sit: Any) -> None:
    """f on an institution's letter asks for the reference; s says that it is filed, not sent."""
    approve(desk, FILING)
    async with sit(desk) as seat:
        await seat.press("6", "j", "enter", "s")
        assert "it goes to an institution: f files it" in seat.text()
        await seat.press("f")
        await seat.type("BfDI-2026-0042")
        await seat.press("ctrl+s")
        assert seat.last(told.NoticeFiled).filing.reference == "BfDI-2026-0042"
        assert notices.one(desk, FILING).status == "filed"


# -- the journal -------------------------------------------------------------------------------------------------------


async def test_the_journal_is_newest_last_and_verifies(desk: Desk, sit: Any) -> None:
    """The mark stands on the newest entry, its digest is shown as the head, and v checks the whole chain."""
    async with sit(desk) as seat:
        await seat.press("7")
        entries = seat.last(told.JournalRead).entries
        assert seat.app.screen.query_one(Table).key == str(entries[-1].n)
        assert entries[-1].digest in seat.text()
        await seat.press("v")
        assert seat.last(told.JournalVerified).verified.entries >= len(entries)
        assert "the chain is whole" in seat.text()


async def test_a_broken_chain_is_told_not_crashed_on(desk: Desk, sit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an entry does not fit, the sentence that names it stands on the screen."""
    from breachdesk.desk import proof

    def broken(_: Desk) -> Any:
        raise IntegrityFailure("journal entry 3 was changed: its digest does not match its content")

    monkeypatch.setattr(proof, "verify_journal", broken)
    async with sit(desk) as seat:
        await seat.press("7", "v")
        assert "journal entry 3 was changed" in seat.text()


async def test_an_evidence_pack_is_written_where_it_was_asked_for(desk: Desk, sit: Any, tmp_path: Path) -> None:
    """p asks for a file and writes the pack there."""
    async with sit(desk) as seat:
        await seat.press("7", "p")
        seat.app.screen.query_one("#f-out").value = str(tmp_path / "pack.tar.gz")
        await seat.press("ctrl+s")
        assert seat.last(told.PackWritten).pack.path == str(tmp_path / "pack.tar.gz")
        assert (tmp_path / "pack.tar.gz").exists()


# -- the frame ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["exercise", "live"])
async def test_every_screen_says_exercise_or_live_and_its_command(desk: Desk, sit: Any, mode: str) -> None:
    """On each of the eight screens, on an opened notice, step and explanation, and on a form, the word and the command stand."""
    from dataclasses import replace

    seated = replace(desk, settings=desk.settings.model_copy(update={"mode": mode}))
    async with sit(seated) as seat:
        for n, name in enumerate(MODES_IN_ORDER, 1):
            await seat.press(str(n))
            assert seat.app.current_mode == name
            assert mode.upper() in seat.text(), name
            assert "$ breachdesk" in seat.text(), name
        for keys in (("5", "enter"), ("2", "enter"), ("4", "w")):
            await seat.press(*keys)
            assert mode.upper() in seat.text()
            assert "$ breachdesk" in seat.text()
        await seat.press("4", "escape", "d")
        assert isinstance(seat.app.screen, Form)
        assert mode.upper() in seat.text()


@pytest.mark.parametrize("size", [(60, 20), (140, 40)])
async def test_no_screen_crashes_at_any_size(desk: Desk, sit: Any, size: tuple[int, int]) -> None:
    """Every screen opens at the smallest and at a large size, and shows its frame."""
    async with sit(desk, size=size) as seat:
        for n in range(1, 9):
            await seat.press(str(n), "j", "k")
            assert "EXERCISE" in seat.text()
            assert isinstance(seat.app.screen, Page)


async def test_a_window_too_small_names_the_plain_command(desk: Desk, sit: Any) -> None:
    """Under 60 by 20 the screen says so and names the command that prints the same; enlarged, it is back."""
    async with sit(desk, size=(50, 18)) as seat:
        await seat.press("4")
        assert "the desk needs 60 by 20" in seat.said()
        assert "breachdesk duties list linden" in seat.text()
        await seat.pilot.resize_terminal(80, 24)
        await seat.settle()
        assert "due, local" in seat.text()


async def test_a_countdown_follows_the_desks_clock(desk: Desk, sit: Any) -> None:
    """When the exercise's clock jumps, the distances on the board are written anew without a key."""
    async with sit(desk) as seat:
        await seat.press("4")
        before = seat.text()
        desk.clock.move(timedelta(hours=30))
        seat.app._tick()
        await seat.settle()
        assert seat.text() != before
        assert "!! LATE" not in before
        desk.clock.move(timedelta(hours=60))
        seat.app._tick()
        await seat.settle()
        assert "!! LATE" in seat.text()


async def test_an_older_answer_is_not_shown_after_a_newer_question(desk: Desk, sit: Any) -> None:
    """A slow reading begun before a newer one posts nothing when it ends: the screen keeps the newer answer."""
    import asyncio
    import threading

    async with sit(desk) as seat:
        await seat.press("5", "enter")
        page, begun, slow = seat.app.screen, threading.Event(), threading.Event()
        newest = seat.last(told.NoticeRead)
        late = told.NoticeRead(newest.view, newest.draft, ())

        def held() -> told.NoticeRead:
            begun.set()
            slow.wait(10)
            return late

        page.fetch(held)
        await asyncio.to_thread(begun.wait, 10)
        page.fetch(lambda: newest)
        slow.set()
        await seat.settle()
        assert not any(message is late for message in seat.heard)
