"""An approved notice and one person -> the bytes of one message.

Building a message with the standard library costs far more than sending it. So the standard library builds each
notice once, with everything that is the same for all, and what is one person's own (To, Subject, Date, Message-ID,
the two bodies) is set into that frame. Both bodies are base64 with CRLF line ends: any script passes through any
server unchanged, no line is long, none begins with a dot, and nothing a record holds can look like a header or a
boundary. The same notice, person and instant always give the same bytes.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from breachdesk.domain.deliveries import Addressee
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.notices import ApprovedNotice, fields_in, merge
from breachdesk.domain.values import utc
from breachdesk.post.addresses import mailbox

EXERCISE = "EXERCISE: "
"""What the subject of every message of an exercise begins with."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_PLAIN_SUBJECT = re.compile(r"[!-~]+(?: [!-~]+)*")
_WORD_BYTES = 42  # with its marks and "Subject: " before it, an encoded word stays within a line of 78
_TEXT, _HTML = "the plain text goes here", "the page goes here"


def _one_line(value: str, key: str, file: str = "") -> str:
    if _CONTROL.search(value):
        raise InvalidInput("holds a line break or another control character; a header line cannot", file=file, key=key)
    return value


def sender_address(sender: str, name: str) -> Address:
    """Who a message is from. Raises InvalidInput when the address or name of `desk.toml` cannot stand in a header."""
    try:
        box = mailbox(sender)
    except InvalidInput as error:
        problem = f"{error.problem}; write the address notices are sent from"
        raise InvalidInput(problem, file="desk.toml", key="mail.sender") from None
    if box.international:
        raise InvalidInput("has letters outside ASCII before the @", file="desk.toml", key="mail.sender")
    return Address(_one_line(name, "mail.sender_name", "desk.toml"), addr_spec=box.wire.decode("ascii"))


def encoded_subject(subject: str) -> bytes:
    """A subject as header text: short plain ASCII as it is, all else in encoded words of UTF-8, no letter split."""
    if len(subject) <= 68 and "=?" not in subject and _PLAIN_SUBJECT.fullmatch(subject):
        return subject.encode("ascii")
    words: list[bytes] = []
    word = b""
    for letter in subject:
        raw = letter.encode()
        if len(word) + len(raw) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += raw
    words.append(word)
    return b"\r\n ".join(b"=?utf-8?b?" + b2a_base64(word, newline=False) + b"?=" for word in words)


def _body(text: str) -> bytes:
    canonical = b"\r\n".join(text.encode().splitlines()) + b"\r\n"
    encoded = b2a_base64(canonical, newline=False)
    return b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)])


class Letter:
    """One approved notice, ready to be addressed.

    `sender` is the address it comes from (also the envelope's), `reply_to` may be empty. `exercise` marks subject and
    headers. Raises TypeError when it is given anything but an ApprovedNotice; InvalidInput for a subject, name,
    address or language that cannot stand in a header, and for a merge field that does not exist.
    """

    def __init__(
        self, notice: ApprovedNotice, *, sender: str, sender_name: str = "", reply_to: str = "", exercise: bool = False
    ) -> None:
        if not isinstance(notice, ApprovedNotice):
            raise TypeError(f"only an ApprovedNotice can be sent, not a {type(notice).__name__}")
        draft = notice.draft
        self.notice = notice
        self.where = f"{draft.notice} v{draft.version}"
        self._subject = (EXERCISE if exercise else "") + _one_line(draft.subject, "subject", self.where)
        self._text, self._html = draft.text, draft.html
        for text in (self._subject, self._text, self._html):
            fields_in(text)
        if not draft.subject.strip():
            raise InvalidInput("a message needs a subject", file=self.where, key="subject")
        personal = bool(fields_in(self._subject))
        self._fixed_subject = b"" if personal else self._encode(encoded_subject, self._subject, "subject")
        frame = self._frame(draft.language, sender_address(sender, sender_name), reply_to, exercise=exercise).as_bytes()
        self._head, rest = frame.split(_body(_TEXT))
        self._middle, self._tail = rest.split(_body(_HTML))
        self._second: datetime | None = None
        self._date = b""

    def _frame(self, language: str, sender: Address, reply_to: str, *, exercise: bool) -> EmailMessage:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidInput("is not a language tag such as en or pt-BR", file=self.where, key="language")
        frame = EmailMessage(policy=SMTP)
        frame["From"] = sender
        if reply_to:
            try:
                frame["Reply-To"] = Address(addr_spec=mailbox(reply_to).wire.decode("ascii"))
            except (InvalidInput, UnicodeDecodeError):
                raise InvalidInput("is not an e-mail address", file="desk.toml", key="mail.reply_to") from None
        frame["Auto-Submitted"] = "auto-generated"
        if exercise:
            frame["X-Breachdesk-Exercise"] = "yes"
        frame.set_content(_TEXT, cte="base64")
        frame.add_alternative(_HTML, subtype="html", cte="base64")
        frame["Content-Language"] = language  # set_content would have taken it away
        # No base64 line holds an underscore, so no body can hold this.
        frame.set_boundary("=_breachdesk_" + self.notice.draft.digest[-24:])
        return frame

    def compose(self, person: Addressee, at: datetime) -> bytes:
        """The message to one person, dated `at` (aware), in CRLF lines of at most 998 bytes.

        Raises InvalidInput naming the notice and the person's number: for an address nothing can go to, a merge field
        the person lacks, a line break in what would stand in the subject. ValueError for a naive instant.
        """
        fields, who = person.fields, f"person {person.number}"
        try:
            to = mailbox(person.address).wire
            subject = self._fixed_subject or self._personal_subject(fields)
            text, page = merge(self._text, fields), merge(self._html, fields, html=True)
        except InvalidInput as error:
            raise InvalidInput(error.problem, file=self.where, where=who, key=error.key) from None
        except KeyError as missing:
            key = f"[[{missing.args[0]}]]"
            problem = "the letter uses this merge field and the person has none"
            raise InvalidInput(problem, file=self.where, where=who, key=key) from None
        if not _MESSAGE_ID.fullmatch(person.message_id):
            raise InvalidInput("is not a Message-ID", file=self.where, where=who, key="message_id")
        return b"".join((
            b"To: ", to, b"\r\nSubject: ", subject, b"\r\nDate: ", self._dated(at),
            b"\r\nMessage-ID: <", person.message_id.encode("ascii"), b">\r\n",
            self._head, self._encode(_body, text, "text"), self._middle, self._encode(_body, page, "html"), self._tail,
        ))  # fmt: skip

    def _personal_subject(self, fields: Mapping[str, str]) -> bytes:
        return self._encode(encoded_subject, _one_line(merge(self._subject, fields), "subject"), "subject")

    def _encode(self, how: Callable[[str], bytes], text: str, key: str) -> bytes:
        try:
            return how(text)
        except UnicodeEncodeError:
            problem = "holds half a character (a lone surrogate) and cannot be written"
            raise InvalidInput(problem, file=self.where, key=key) from None

    def _dated(self, at: datetime) -> bytes:
        second = utc(at).replace(microsecond=0)
        if second != self._second:
            self._second, self._date = second, format_datetime(second).encode("ascii")
        return self._date
