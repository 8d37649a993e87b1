"""The JSON of answers, hits and citations, as HTTP and MCP give them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

DOCUMENT_ID = r"^[0-9a-f]{16}$"
JOB_ID = r"^[0-9a-f]{32}$"


class Given(BaseModel):
    """What a client sends: a field that is not known is a mistake to be told of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What the service sends: a client passes over fields of later versions."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def whole(text: str) -> str:
    """Return ``text`` as it is; `ValueError` where it is not valid Unicode."""
    # JSON can spell half a surrogate pair, which is no character and cannot be searched for, stored or sent.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not valid Unicode text") from None
    return text


Text = Annotated[str, AfterValidator(whole)]
# The limits of a text stand before the check: after it, pydantic's errors speak of items and not of characters.
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S"), AfterValidator(whole)]


Support = Literal["supported", "partial", "unsupported"]


class Place(Told):
    """Where words stand."""

    document_id: str = Field(description="its document, see /v1/documents/{document_id}")
    path: str = Field(description="where its file lies")
    language: str = Field(description="BCP 47 tag")
    start: int = Field(description="first code point in the decoded source file")
    end: int = Field(description="first code point after it")
    text: str = Field(description="its words")


class Twin(Place):
    """Another place that says the same in the same words."""

    part: str | None = Field(default=None, description="page, slide, sheet or member, for formats that have them")


class Hit(Place):
    """A passage that was found."""

    rank: int = Field(ge=1, description="place among the hits, from 1")
    id: str = Field(description="the same for the same words of the same file: document, part, start and end")
    score: float = Field(description="what the hits are ordered by")
    read: float | None = Field(default=None, description="log odds that it answers, by the reader; null if unread")
    part: str | None = Field(default=None, description="page, slide, sheet or member, for formats that have them")
    title: str | None = Field(default=None, description="title of the document")
    url: str | None = Field(default=None, description="where the document was published")
    published: str | None = Field(default=None, description="when, as an ISO date")
    publisher: str | None = Field(default=None, description="who published it")
    author: str | None = Field(default=None, description="who wrote it")
    twins: list[Twin] = Field(default_factory=list, description="other places of the same wording")


class Gloss(Told):
    """A translation of a quote, made by a machine; the quote alone is evidence."""

    text: str = Field(description="the translation")
    language: str = Field(description="BCP 47 tag of the translation")
    model: str = Field(description="what translated it")


class Citation(Told):
    """An address: the words read from start to end of the source file, or of the part of it, are the quote."""

    number: int = Field(ge=1, description="what statements call it by")
    document_id: str = Field(description="its document, see /v1/documents/{document_id}")
    path: str = Field(description="where its file lies")
    sha256: str = Field(description="hash of that file")
    title: str = Field(description="title of the document")
    url: str | None = Field(description="where the document was published")
    published: str | None = Field(description="when, as an ISO date")
    language: str = Field(description="BCP 47 tag of the quote")
    start: int = Field(description="first code point in the decoded source file, or in the text of the part")
    end: int = Field(description="first code point after it")
    line: int = Field(description="line of the source file or of the part's text, from 1")
    page: int | None = Field(description="page, for formats that have pages")
    quote: str = Field(description="the words themselves")
    gloss: Gloss | None = Field(default=None, description="a translation, where one was asked for")
    part: str | None = Field(default=None, description="page, slide, sheet or member, for formats that have them")
    reader: str = Field(default="", description="what read the file, and its version")


class Finding(Told):
    """A fact of a statement held against its sources."""

    kind: str = Field(description="number, date, name or negation")
    verdict: str = Field(description="found, context, missing or contradicted")
    text: str = Field(description="as the statement has it")
    source: str = Field(description="as the sources have it, where they differ")


class Agreement(Told):
    """Independent sources that carry a statement."""

    sources: int = Field(description="how many; copies count once")
    languages: list[str] = Field(description="their languages")
    since: str | None = Field(description="the earliest date among them")
    until: str | None = Field(description="the latest")
    citations: list[int] = Field(description="a sentence from each of the first few")


class Focus(Told):
    """The short answer inside a statement's first citation."""

    start: int = Field(description="first code point in the decoded source file")
    end: int = Field(description="first code point after it")
    text: str = Field(description="the words themselves")


class Statement(Told):
    """A sentence of an answer and the citations that carry it."""

    text: str = Field(description="the sentence")
    citations: list[int] = Field(description="numbers of its citations")
    support: Support = Field(description="whether the cited words carry it")
    score: float = Field(description="how far, from 0 to 1")
    findings: list[Finding] = Field(default_factory=list, description="facts checked, for written sentences")
    agreement: Agreement | None = Field(default=None, description="who else says so")
    focus: Focus | None = Field(default=None, description="the short answer inside its first citation")


class Value(Told):
    """A value that some sources have."""

    text: str = Field(description="as it is written")
    citations: list[int] = Field(description="who writes it so")


class Conflict(Told):
    """Sources that differ on a fact."""

    statement: int = Field(description="place of the statement, from 0")
    kind: str = Field(description="number, date, name or negation")
    values: list[Value] = Field(description="what they say")


class Note(Told):
    """Something to know of how an answer came about."""

    code: str = Field(description="for programs")
    text: str = Field(
        description="for readers, in English; a reply about the documents (code `about`) in the question's language"
    )


class CitationQuality(Told):
    """Citation recall and precision as ALCE defines them."""

    recall: float = Field(description="of the answer")
    precision: float = Field(description="of the answer")
    written_recall: float = Field(description="of the model's own marks")
    written_precision: float = Field(description="of the model's own marks")


class Answer(Told):
    """An answer, or an abstention, with its evidence."""

    id: str | int | None = Field(default=None, description="as the question had it")
    question: str = Field(description="as it was understood: trimmed")
    language: str = Field(description="language of the question, BCP 47")
    status: Literal["answered", "abstained"] = Field(description="abstaining is a result, not an error")
    grade: Literal["sure", "likely", "none"] = Field(
        default="none", description="answered; hits worth reading; or nothing on the question"
    )
    confidence: float = Field(ge=0, le=1, description="estimated probability that the evidence answers the question")
    mode: Literal["extractive", "generative"] = Field(description="quotations, or sentences a model wrote")
    model: str | None = Field(description="the model that wrote, if one did")
    statements: list[Statement] = Field(description="the answer, sentence by sentence")
    citations: list[Citation] = Field(description="the evidence that statements cite")
    hits: list[Hit] = Field(description="what was found, best first")
    timings_ms: dict[str, float] = Field(default_factory=dict, description="milliseconds by step")
    standalone: str | None = Field(default=None, description="the question as searched, where history was needed")
    conflicts: list[Conflict] = Field(default_factory=list, description="where sources differ")
    notes: list[Note] = Field(default_factory=list, description="what to know of how it came about")
    citation_quality: CitationQuality | None = Field(default=None, description="for written answers")


class SearchResult(Told):
    """Ranked evidence without an answer."""

    id: str | int | None = Field(default=None, description="as the question had it")
    question: str = Field(description="as it was understood: trimmed")
    language: str = Field(description="language of the question, BCP 47")
    hits: list[Hit] = Field(description="what was found, best first")


class Failed(Told):
    """Why something in a saved answer does not hold."""

    number: int | None = Field(description="the citation, or null for the answer as a whole")
    reason: str = Field(description="a sentence")


class Verification(Told):
    """What checking a saved answer found."""

    ok: bool = Field(description="whether everything holds")
    id: str | int | None = Field(default=None, description="the answer's id")
    citations: int = Field(description="citations checked")
    problems: list[Failed] = Field(description="what does not hold")
