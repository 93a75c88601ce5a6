"""The session that a page carries in machine-readable form: written here, read back here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from granite_ws.diagnosis.verdict import Verdict
from granite_ws.report.machine import causes_of
from granite_ws.session import Session
from granite_ws.settings import Settings

SCHEMA = 1
CLASS = "granite-ws-session"
PACKAGE = "granite-ws"


@dataclass(frozen=True)
class Embedded:
    """What is needed to run a session again, and what came of it.

    settings: by name, as they were given; not judged yet.
    versions: of packages, by name, the package's own among them.
    data:     the digest of what was fed, empty where it was not recorded.
    """

    settings: Mapping[str, Any]
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    outcome: str = ""
    causes: tuple[str, ...] = ()

    def checked(self, *, where: str) -> Settings:
        """The settings, judged by the rules of today. Raises SettingsError."""
        return Settings.from_mapping(self.settings, where=where)


def embed(session: Session, verdict: Verdict) -> str:
    """The session as one line of ASCII JSON, for the page's ``<data>`` element."""
    known = session.provenance
    content = {
        "v": SCHEMA,
        "settings": session.settings.to_dict(),
        "seed": session.settings.seed,
        "versions": dict(known.get("versions", {})),
        "package": known.get("versions", {}).get(PACKAGE, ""),
        "data_sha256": known.get("data", {}).get("sha256", ""),
        "outcome": verdict.outcome.value,
        "causes": list(causes_of(verdict)),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def read_embedded(html: str) -> list[Embedded]:
    """The sessions that a page carries, each once. Nothing on the page is executed.

    Raises ValueError, in words, for an element that holds something else.
    """
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return [_parsed(value) for value in dict.fromkeys(finder.values)]


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "data" and CLASS in (given.get("class") or "").split():
            self.values.append(given.get("value") or "")


def _parsed(value: str) -> Embedded:
    try:
        content = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its session is no JSON: {error}") from error
    if not isinstance(content, dict) or content.get("v") != SCHEMA:
        raise ValueError(f"its session is not of schema {SCHEMA}")
    settings, versions = content.get("settings"), content.get("versions", {})
    causes = content.get("causes", [])
    if not (
        isinstance(settings, dict) and isinstance(versions, dict) and isinstance(causes, list)
    ):
        raise ValueError("its session lacks settings, versions or causes")
    return Embedded(
        settings=settings,
        seed=content.get("seed"),
        versions={str(name): str(version) for name, version in versions.items()},
        data=str(content.get("data_sha256", "")),
        outcome=str(content.get("outcome", "")),
        causes=tuple(map(str, causes)),
    )
