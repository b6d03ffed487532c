"""Every error breachdesk raises on purpose, in one tree.

    BreachdeskError                1   something a person should read
    |- NotFound                    3   no such incident, notice, rule, playbook
    |- Gate                        4   a gate is shut: approval, missing fact, count not typed
    |  '- MissingFacts             4   a draft needs facts nobody has recorded
    |- InvalidInput                5   a file or a value does not fit; names file, line or row, key
    '- IntegrityFailure            6   the journal or a pack does not verify

The number is the exit code of `contract.md` section 4. Each error is one sentence that says what happened, where, and what
to do; its parts are attributes, so that a screen and a command can show them their own way.
"""

from __future__ import annotations


class BreachdeskError(Exception):
    """Something a person should read. `exit_code` is the contract's."""

    exit_code = 1


class NotFound(BreachdeskError):
    """There is no such thing on this desk."""

    exit_code = 3


class Gate(BreachdeskError):
    """A gate is shut, and the sentence says what opens it."""

    exit_code = 4


class MissingFacts(Gate):
    """A draft needs facts that nobody has recorded as confirmed or suspected.

    `keys` names them, in the order in which the draft met them.
    """

    def __init__(self, what: str, keys: tuple[str, ...]) -> None:
        self.keys = keys
        names = ", ".join(keys)
        super().__init__(f"{what}: not recorded yet: {names}. Record each with `breachdesk facts set INCIDENT KEY VALUE`.")


class InvalidInput(BreachdeskError):
    """A file or value does not fit.

    `file`, `where` (a line or row, when known) and `key` say where; `problem` says what is wrong and what to do.
    """

    exit_code = 5

    def __init__(self, problem: str, *, file: str = "", where: str = "", key: str = "") -> None:
        self.problem, self.file, self.where, self.key = problem, file, where, key
        super().__init__(": ".join(part for part in (file, where, key, problem) if part))


class IntegrityFailure(BreachdeskError):
    """What was sealed has changed: the journal, or a file of a pack."""

    exit_code = 6
