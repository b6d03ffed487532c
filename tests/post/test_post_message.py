"""The message one person gets is what the standard library would have built, and nothing can be smuggled in."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.notices import ApprovedNotice, merge
from breachdesk.post.message import Letter

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENDER = "desk@org.example"
ARABIC = "إشعار بخرق البيانات الشخصية المتعلقة بحسابكم لدى المؤسسة النموذجية، يرجى القراءة"


def _parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _bodies(message: EmailMessage) -> tuple[str, str]:
    text, page = message.iter_parts()
    return text.get_content(), page.get_content()


def _by_the_library(notice: ApprovedNotice, person, name: str) -> EmailMessage:
    """The same message as the standard library alone builds it."""
    draft = notice.draft
    message = EmailMessage(policy=email.policy.SMTP)
    message["To"] = person.address
    message["Subject"] = merge(draft.subject, person.fields)
    message["Date"] = NOON
    message["Message-ID"] = f"<{person.message_id}>"
    message["From"] = email.headerregistry.Address(name, addr_spec=SENDER)
    message["Reply-To"] = "questions@org.example"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(merge(draft.text, person.fields), cte="base64")
    message.add_alternative(merge(draft.html, person.fields, html=True), subtype="html", cte="base64")
    message["Content-Language"] = draft.language
    return _parsed(message.as_bytes())


_letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
_line = st.text(_letters | st.sampled_from(ARABIC), min_size=1, max_size=200).filter(str.strip)
_block = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(ARABIC + "\n.\r[]"), max_size=400)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_block, html=_block, greeting=_line, language=st.sampled_from(["en", "ar", "pt-BR", "zh-Hant"]))
def test_bodies_and_headers_as_the_library(make_notice, person, text, html, greeting, language):
    """Whatever the texts hold, each header and part reads as in the message EmailMessage would have made."""
    text, html = (part.replace("[[", "[ [") + "\n[[greeting]]" for part in (text, html))
    notice = make_notice(text=text, html=html, language=language)
    somebody = person(1, greeting=greeting)
    letter = Letter(notice, sender=SENDER, sender_name="منظمة, Example", reply_to="questions@org.example")
    raw = letter.compose(somebody, NOON)
    ours, theirs = _parsed(raw), _by_the_library(notice, somebody, "منظمة, Example")
    assert _bodies(ours) == _bodies(theirs)
    assert ours.keys() == theirs.keys()
    assert [(k, str(v)) for k, v in ours.items() if k != "Content-Type"] == [
        (k, str(v)) for k, v in theirs.items() if k != "Content-Type"
    ]
    assert ours.get_content_type() == "multipart/alternative"
    assert not ours.defects


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=_line, name=_line)
def test_subject_comes_back_letter_for_letter(make_notice, person, subject, name):
    """A subject, with or without a person's name in it, is read back as it was approved, in any script and length."""
    subject = subject.replace("[[", "[ [")
    for written in (subject, subject + " [[name]]"):
        somebody = person(1, name=name)
        raw = Letter(make_notice(subject=written), sender=SENDER).compose(somebody, NOON)
        assert _parsed(raw)["Subject"] == merge(written, somebody.fields)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_block, subject=_line, fields=st.fixed_dictionaries({"greeting": _line, "name": _line, "elements": _block}))
def test_clean_on_the_wire(make_notice, person, text, subject, fields):
    """Every message is ASCII in CRLF lines of at most 78 bytes, none beginning with a dot, in two parts, never more."""
    text, subject = text.replace("[[", "[ ["), subject.replace("[[", "[ [")
    notice = make_notice(subject=subject + "[[name]]", text=text + "[[elements]]")
    raw = Letter(notice, sender=SENDER, sender_name=ARABIC, exercise=True).compose(person(1, **fields), NOON)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(len(line) for line in lines) <= 78
    assert not any(line.startswith(b".") for line in lines)
    assert len(list(_parsed(raw).iter_parts())) == 2


def _smuggled(make_notice, person, where: str, evil: str) -> bytes:
    """A message with something evil in one of the places a header line could break."""
    subject, sender, name, who = "For [[name]]", SENDER, "Org", person(1)
    match where:
        case "subject":
            subject += evil
        case "sender":
            sender += evil
        case "sender's name":
            name += evil
        case "person's name":
            who = person(1, name="A" + evil)
        case "address":
            who = person(1, "a@people.example" + evil)
        case "Message-ID":
            who = replace(who, message_id="a" + evil + "@org.example")
    return Letter(make_notice(subject=subject), sender=sender, sender_name=name).compose(who, NOON)


@pytest.mark.parametrize("evil", ["\r\nBcc: x@evil.example", "\n\nbody", "\r", "\x00", "\u2028X: y", "\x85"])
@pytest.mark.parametrize("where", ["subject", "sender", "sender's name", "person's name", "address", "Message-ID"])
def test_no_header_can_be_smuggled_in(make_notice, person, where, evil):
    """A line break or control character anywhere a header is made of is refused; without it the message is made."""
    assert _smuggled(make_notice, person, where, "")
    with pytest.raises(InvalidInput):
        _smuggled(make_notice, person, where, evil)


def test_headers(make_notice, person):
    """One message names one person, says who sent it and when, and that a machine did."""
    letter = Letter(make_notice(language="ar"), sender=SENDER, sender_name="Example Org", reply_to="q@org.example")
    message = _parsed(letter.compose(person(7), NOON.astimezone(timezone(timedelta(hours=3)))))
    assert message["To"] == "sample7@people.example"
    assert message["From"] == "Example Org <desk@org.example>"
    assert message["Reply-To"] == "q@org.example"
    assert message["Date"].datetime == NOON
    assert message["Message-ID"] == f"<{person(7).message_id}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ar"
    assert "X-Breachdesk-Exercise" not in message
    assert "Cc" not in message
    assert "Bcc" not in message


def test_exercise_is_marked(make_notice, person):
    """A message of an exercise says so in the subject and in a header."""
    message = _parsed(Letter(make_notice(subject=ARABIC), sender=SENDER, exercise=True).compose(person(1), NOON))
    assert message["Subject"] == "EXERCISE: " + ARABIC
    assert message["X-Breachdesk-Exercise"] == "yes"


def test_page_is_escaped_and_text_is_not(make_notice, person):
    """A person's fields are text in the plain part, and escaped and isolated in the page."""
    somebody = person(1, greeting="Dear <b>A&B</b>,")
    text, page = _bodies(_parsed(Letter(make_notice(), sender=SENDER).compose(somebody, NOON)))
    assert text.startswith("Dear <b>A&B</b>,")
    assert page.startswith("<p><bdi>Dear &lt;b&gt;A&amp;B&lt;/b&gt;,</bdi></p>")


def test_same_in_same_out(make_notice, person):
    """Same notice, person and instant give the same bytes, and another person gets none of the first one's fields."""
    one = Letter(make_notice(), sender=SENDER)
    first, second = one.compose(person(1), NOON), one.compose(person(2), NOON)
    assert first == Letter(make_notice(), sender=SENDER).compose(person(1), NOON)
    assert "Sample 1" not in "".join(_bodies(_parsed(second)))
    assert b"sample1@" not in second


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"sender": ""}, "desk.toml: mail.sender: no e-mail address"),
        ({"sender": "not an address"}, "desk.toml: mail.sender: not an e-mail address"),
        ({"sender": "bücher@org.example"}, "desk.toml: mail.sender: has letters outside ASCII"),
        ({"sender": SENDER, "reply_to": "nobody"}, "desk.toml: mail.reply_to: is not an e-mail address"),
        ({"sender": SENDER, "reply_to": "ü@org.example"}, "desk.toml: mail.reply_to: is not an e-mail address"),
    ],
)
def test_settings_that_do_not_fit(make_notice, settings_, words):
    """A sender or reply address that cannot stand in a header is refused by the name of its setting."""
    with pytest.raises(InvalidInput, match=words):
        Letter(make_notice(), **settings_)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ({"text": "[[salary]]"}, r"\[\[salary\]\]: there is no such merge field"),
        ({"subject": "  "}, "N-0001 v1: subject: a message needs a subject"),
        ({"language": "en\r\nBcc: x"}, "N-0001 v1: language: is not a language tag"),
    ],
)
def test_notices_that_cannot_be_a_message(make_notice, draft, words):
    """A notice with an unknown merge field, no subject or a bad language tag is refused before anybody."""
    with pytest.raises(InvalidInput, match=words):
        Letter(make_notice(**draft), sender=SENDER)


def test_person_without_a_field(make_notice, person):
    """A person who lacks a field the letter uses is refused by number and field, without their address."""
    somebody = person(3)
    del somebody.fields["elements"]
    with pytest.raises(InvalidInput, match=r"N-0001 v1: person 3: \[\[elements\]\]: the letter uses") as caught:
        Letter(make_notice(), sender=SENDER).compose(somebody, NOON)
    assert somebody.address not in str(caught.value)


def test_half_a_character_in_a_field(make_notice, person):
    """A lone surrogate in a person's fields is refused, not written as something else."""
    with pytest.raises(InvalidInput, match="half a character"):
        Letter(make_notice(), sender=SENDER).compose(person(1, greeting="\ud800"), NOON)


def test_naive_instant(make_notice, person):
    """A time without a zone is no date for a message."""
    with pytest.raises(ValueError, match="offset"):
        Letter(make_notice(), sender=SENDER).compose(person(1), NOON.replace(tzinfo=None))


def test_only_an_approved_notice(make_notice):
    """A draft is refused, and an ApprovedNotice cannot be made by hand."""
    notice = make_notice()
    with pytest.raises(TypeError, match="only an ApprovedNotice can be sent, not a Draft"):
        Letter(notice.draft, sender=SENDER)
    with pytest.raises(TypeError, match="never from a constructor call"):
        ApprovedNotice(notice.draft, notice.decision)
