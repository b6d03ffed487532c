"""The seat itself: keys that work everywhere, help and palette that say why not, copying, colours that can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import ScreenStackError

import breachdesk.tui
from breachdesk.desk.parts import Desk
from breachdesk.tui.app import BreachDeskApp
from breachdesk.tui.screens.help import HelpScreen
from breachdesk.tui.themes import COLOURS, PAIRS, contrast
from breachdesk.tui.widgets.table import Column, Row, Table
from tests.tui.sample import CALIFORNIA

STYLES = sorted(Path(breachdesk.tui.__path__[0]).rglob("*.tcss"))


def test_colours_are_told_apart_in_every_theme() -> None:
    """Each text colour reaches 4.5:1 on each ground it stands on, and 7:1 in the high-contrast theme."""
    for theme, colours in COLOURS.items():
        least = 7.0 if theme == "desk-contrast" else 4.5
        for front, ground in PAIRS:
            found = contrast(colours[front], colours[ground])
            assert found >= least, f"{theme}: {front} on {ground} is {found:.2f}"


def test_styles_use_named_colours_only() -> None:
    """No style sheet brings a colour of its own, so the contrasts above are all there are."""
    named = {f"${name}" for name in COLOURS["desk-dark"]}
    for sheet in STYLES:
        text = sheet.read_text("utf-8")
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=\s*[;%])|\brgb", text), sheet
        assert set(re.findall(r"\$[a-z-]+", text)) <= named, sheet


def test_contrast_is_measured_as_the_guideline_says() -> None:
    """Black on white is 21:1, a colour on itself 1:1."""
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast("#777777", "#777777") == 1


async def test_help_is_searched_and_run(desk: Desk, sit: Any) -> None:
    """Typing in the help narrows it, and Enter does what is marked."""
    async with sit(desk) as seat:
        await seat.press("4", "question_mark")
        assert isinstance(seat.app.screen, HelpScreen)
        assert "EXERCISE" in seat.text()
        assert "Every duty the rulebook knows" in seat.said()
        await seat.type("go to journal")
        await seat.press("enter")
        assert seat.app.current_mode == "journal"


async def test_the_palette_says_why_something_is_not_possible(desk: Desk, sit: Any) -> None:
    """The send action of an unapproved letter is listed with its reason; choosing it says the reason and does nothing."""
    async with sit(desk) as seat:
        await seat.press("5")
        action = next(a for a in seat.app.possible() if a.title == "Send N-001")
        assert action.line == "Send N-001: counsel has not approved it"
        seat.app.attempt(action)
        await seat.settle()
        assert "Send N-001: counsel has not approved it" in seat.text()
        assert seat.app.current_mode == "notices"


async def test_the_palette_finds_actions_by_their_words(desk: Desk, sit: Any) -> None:
    """Typing a part of a theme's name in the palette and Enter changes the colours."""
    async with sit(desk) as seat:
        await seat.pilot.press("ctrl+p")
        await seat.pilot.pause(0.1)
        await seat.type("contrast")
        await seat.pilot.pause(0.3)
        await seat.pilot.press("down", "enter")
        await seat.settle()
        assert seat.app.theme == "desk-contrast"


async def test_copying_also_writes_a_file(desk: Desk, sit: Any) -> None:
    """y copies the marked row, and the same text lies in last-copy.txt, which nobody else may read."""
    async with sit(desk) as seat:
        await seat.press("4", "y")
        path = desk.folder / "last-copy.txt"
        copied = path.read_text("utf-8").strip()
        assert copied == seat.app.clipboard
        assert path.stat().st_mode & 0o077 == 0
        assert "also in" in seat.text()


async def test_a_paste_onto_the_board_triggers_nothing(desk: Desk, sit: Any) -> None:
    """Five kilobytes with newlines and the letters of every key change nothing but the notice line."""
    async with sit(desk) as seat:
        await seat.press("4")
        seat.app.screen.post_message(events.Paste("aqds\n123\n" * 600))
        await seat.settle()
        assert seat.app.current_mode == "duties"
        assert "5400 pasted characters were ignored" in seat.said()


async def test_the_filter_keeps_rows_with_every_word(desk: Desk, sit: Any) -> None:
    """/ narrows the table to rows that hold each word; Esc shows all again."""
    async with sit(desk) as seat:
        await seat.press("4")
        table = seat.app.screen.query_one(Table)
        everything = len(table.rows)
        await seat.press("slash")
        await seat.type("us-ca individuals")
        kept = [row.key for row in table.rows]
        assert CALIFORNIA in kept
        assert all(key.endswith("individuals@US-CA") for key in kept)
        assert len(kept) < everything
        await seat.press("enter", "escape")
        assert len(table.rows) == everything


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quit_works_from_every_screen(desk: Desk, sit: Any, key: str) -> None:
    """q and Ctrl+Q leave."""
    async with sit(desk) as seat:
        await seat.press("6")
        await seat.pilot.press(key)
        await seat.pilot.pause()
        assert not seat.app.is_running


async def test_without_colour_every_state_is_still_a_word(desk: Desk, sit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under NO_COLOR the app draws in grey only, and the states stand there in words."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with sit(desk, incident="") as seat:
        for strip in seat.app.screen._compositor.render_strips():
            for filter_ in seat.app._filters:
                strip = strip.apply_filter(filter_, seat.app.screen.background_colors[1])
            for segment in strip:
                colour = segment.style.color if segment.style else None
                if colour is not None and colour.triplet is not None:
                    assert len(set(colour.triplet)) == 1, colour
        assert "!! LATE" in seat.text()
        assert "EXERCISE" in seat.text()


async def test_nothing_moves_by_itself(desk: Desk, sit: Any) -> None:
    """The app animates nothing."""
    async with sit(desk) as seat:
        assert seat.app.animation_level == "none"


async def test_text_from_outside_cannot_command_the_terminal(desk: Desk, sit: Any) -> None:
    """Escape codes and direction overrides in a title are shown as dots or left out, never sent to the terminal."""
    from breachdesk.desk import cases

    cases.open_incident(desk, "Evil \x1b[2J\u202etitle", by="responder", codename="evil")
    async with sit(desk, incident="evil") as seat:
        for n in (1, 2, 7):
            await seat.press(str(n))
            assert "\x1b" not in seat.text()
            assert "\u202e" not in seat.text()


async def test_a_hundred_thousand_rows_draw_only_what_is_seen(desk: Desk, sit: Any) -> None:
    """A table of 100,000 rows is filtered, walked to its end and back by keys."""
    async with sit(desk) as seat:
        await seat.press("6")
        table = seat.app.screen.query_one(Table)
        table._columns = (Column("n", 8), Column("state"))
        table.show(Row(str(n), (str(n), ("x accepted", "ok"))) for n in range(100_000))
        table.focus()
        await seat.pilot.press("G")
        await seat.pilot.pause()
        assert table.key == "99999"
        assert "99999" in seat.text()
        await seat.pilot.press("g")
        await seat.pilot.pause()
        assert table.key == "0"


async def test_leaving_while_something_is_read_is_no_failure(desk: Desk, sit: Any) -> None:
    """Screens are opened one after the other and the app is left before any of them has heard its answer: nothing is raised."""
    async with sit(desk) as seat:
        for key in "4562378":
            await seat.pilot.press(key)
        seat.app.exit()


def test_the_clock_may_tick_while_no_screen_is_up(desk: Desk) -> None:
    """Between two modes, and while the desk is being left, there is a moment without a screen: the minute waits for the next."""
    app = BreachDeskApp(desk, by="responder")
    with pytest.raises(ScreenStackError):
        assert app.screen
    app._tick()
