"""What an installation decides: who sends, through which mail server, where its own playbooks and templates lie.

Read from `desk.toml` in the desk's folder. Secrets never stand there: the password comes from the environment variable the file
names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tomli
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE = "desk.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Mail(_Section):
    """The mail server. `security`: `starttls`, `tls` (from the first byte), or `none`, which only a loopback host may have."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_env: str = "BREACHDESK_SMTP_PASSWORD"  # noqa: S105 - the name of a variable, not a secret
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    connections: int = Field(default=4, ge=1, le=32)
    batch: int = Field(default=100, ge=1, le=1000)
    timeout_seconds: float = Field(default=30, gt=0)
    per_second: float = Field(default=0, ge=0, description="messages a second at most; 0 leaves it to the server")
    allow_only: tuple[str, ...] = Field(default=(), description="when not empty, mail goes to these addresses only")


class Targets(_Section):
    """The desk's own targets for limits law leaves without a number, and when a clock counts as close."""

    soft: str = "48 hours"
    warn_hours: int = Field(default=24, ge=0)


class Folders(_Section):
    """The organisation's own playbooks and templates; empty: those shipped."""

    playbooks: str = ""
    templates: str = ""


class Settings(_Section):
    """An installation's settings, all optional. The defaults are not validated: a desk without a file does not wait for it."""

    mode: Literal["live", "exercise"] = "live"
    organisation: str = ""
    mail: Mail = Mail.model_construct()
    targets: Targets = Targets.model_construct()
    folders: Folders = Folders.model_construct()


class SettingsError(ValueError):
    """A settings file that does not fit; names file and key."""


def read(folder: Path) -> Settings:
    """The settings of a desk folder; defaults when it has no `desk.toml`. Raises SettingsError naming file and key."""
    path = folder / FILE
    if not path.exists():
        return Settings.model_construct()
    try:
        return Settings.model_validate(tomli.loads(path.read_text("utf-8")))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        wrong = "is not a setting; check its spelling" if first["type"] == "extra_forbidden" else first["msg"]
        raise SettingsError(f"{path}: {'.'.join(str(p) for p in first['loc'])}: {wrong}") from None
