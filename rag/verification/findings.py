"""What became of one fact of a statement when it was held against the sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "date", "name", "negation"]
Verdict = Literal["found", "context", "missing", "contradicted"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact as the statement has it (``text``) and, where they differ, as the sources do (``source``).

    *found* in the cited sentences; in their *context* alone (paragraph, heading, title, date of the document);
    *missing*; or *contradicted*: the sources say another of the same kind where it should stand. A ``weak`` fact (two,
    both, half) is reported and decides nothing; one that is ``needed`` (a person's name) must not even be missing.
    """

    kind: Kind
    verdict: Verdict
    text: str
    source: str = ""
    weak: bool = False
    needed: bool = False

    @property
    def refutes(self) -> bool:
        """Whether the statement cannot stand with it."""
        return not self.weak and (self.verdict == "contradicted" or (self.needed and self.verdict == "missing"))
