"""What all shapes share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

DOCUMENT_ID = r"^[0-9a-f]{16}$"
JOB_ID = r"^[0-9a-f]{32}$"


class Given(BaseModel):
    """What a client sends: a field that is not known is a mistake to be told of."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What the service sends: a client passes over fields of later versions."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def whole(text: str) -> str:
    """``text``; ValueError where it holds what is no character."""
    # JSON can spell half a surrogate pair, which is no character and cannot be searched for, kept or sent.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not valid Unicode text") from None
    return text


Text = Annotated[str, AfterValidator(whole)]
# What limits a text stands before the check: after it pydantic speaks of items and not of characters.
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S"), AfterValidator(whole)]
