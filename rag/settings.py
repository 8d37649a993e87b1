"""Settings, from the environment (``DALIL_…``) and from the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from corpus.readers.pdf import ocr
from corpus.reading import MAX_FILE_BYTES
from embeddings import PACKAGED_READER
from rag.errors import WrongUse

SHIPPED_DOCUMENTS = Path(__file__).resolve().parent.parent / "corpus" / "documents"

_INSTRUCTION_TOKENS = 1200


def _default_collection() -> Path:
    return platformdirs.user_data_path("dalil") / "collection"


class Settings(BaseSettings):
    """Everything that can be set; each field is also an environment variable, ``DALIL_`` and its name."""

    model_config = SettingsConfigDict(env_prefix="DALIL_", env_ignore_empty=True, frozen=True, extra="ignore")

    collection: Path = Field(default_factory=_default_collection, description="the collection's folder")
    model: str | None = Field(
        default=None, description="embedding model; by default the collection's own, for a new one the packaged one"
    )
    cache: Path | None = Field(default=None, description="where converted models are kept")
    visitors: Path | None = Field(
        default=None, description="where the chat keeps conversations and uploads; by default the user's data folder"
    )
    max_uploads: int = Field(default=50, ge=0, description="files that a visitor of the chat may add; 0 allows none")
    max_file_bytes: int = Field(default=MAX_FILE_BYTES, gt=0, description="larger files are skipped")
    ocr: bool = Field(default=True, description="read the words in scans and pictures, if tesseract is installed")
    llm: str = Field(default="extractive", description="what writes the answer; extractive quotes and needs no model")
    llm_candidates: str = Field(
        default="ollama openai:gpt-4.1-mini anthropic:claude-haiku-4-5",
        description="what auto tries, in this order; those without a key or a server are left out",
    )
    llm_offered: str = Field(
        default="", description="models that visitors of the chat may choose beside llm, by spaces"
    )
    llm_timeout: float = Field(default=120, gt=0, description="seconds until what a model has written must do")
    llm_retries: int = Field(default=2, ge=0, le=10, description="attempts after one that failed before the first word")
    context_tokens: int = Field(default=2000, ge=200, description="most tokens of evidence in a prompt")
    answer_tokens: int = Field(default=500, ge=32, description="most tokens of a written answer")
    history_tokens: int = Field(default=400, ge=50, description="most tokens of a conversation in a prompt")
    max_sentences: int = Field(default=6, ge=1, le=30, description="sentences of a written answer")
    unsupported: Literal["mark", "drop"] = Field(
        default="mark", description="what becomes of written sentences that no source carries"
    )
    judge: str | None = Field(
        default=None, description="a model that checks sentences too: nli:NAME (a cross-encoder), llm, or as DALIL_LLM"
    )
    reader: str = Field(
        default=PACKAGED_READER,
        description="what reads the passages found: packaged, none, or a cross-encoder by name or folder",
    )
    k: int = Field(default=10, ge=1, le=200, description="how many hits to show")
    paragraph_weight: float = Field(
        default=0.6, ge=0, description="weight of a sentence's paragraph beside its own similarity"
    )
    hub_weight: float = Field(default=0.3, ge=0, description="how much a sentence that is near everything is set back")
    language_weight: float = Field(
        default=0.4, ge=0, description="how much a language that the question is near as a rule is set back"
    )
    lexical_weight: float = Field(default=0.2, ge=0, description="weight of matching words within a language")
    max_statements: int = Field(default=3, ge=1, le=10, description="sentences of an extractive answer")
    max_question: int = Field(default=2000, ge=10, description="longest question, in characters")
    min_confidence: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="least confidence with which to answer; lower answers more questions, with more answers to what"
        " the documents do not say; higher the other way round",
    )

    @property
    def max_file_megabytes(self) -> int:
        """Return `max_file_bytes` in whole megabytes of a million bytes, at least 1."""
        return max(1, self.max_file_bytes // 1_000_000)

    @property
    def window(self) -> int:
        """Return how many tokens a prompt, with its instructions, and its answer may take together."""
        return self.context_tokens + self.history_tokens + self.answer_tokens + _INSTRUCTION_TOKENS


def load_settings(**overrides: object) -> Settings:
    """Return the settings with the overrides that are not None; raise `WrongUse`, naming a setting that is wrong.

    Whether pictures are read holds for the whole process, since a file reads the same wherever it is read again.
    """
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise WrongUse(f"the setting {name} (DALIL_{name.upper()}) is wrong: {first['msg']}") from None
    ocr.settings.mode = "auto" if settings.ocr else "off"
    return settings
