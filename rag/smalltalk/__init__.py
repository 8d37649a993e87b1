"""Small talk, which needs no search of the documents: greetings, thanks, "what is in here?", "who are you?".

`small_talk` recognises it and `reply` answers it from an `Overview` of the collection. The words of each language are
data: one JSON file per language, checked when it is loaded.
"""

from rag.smalltalk.replies import overview_of, reply
from rag.smalltalk.telling import small_talk, without_greeting
from rag.smalltalk.words import KINDS, Kind, Overview, SmallTalk

__all__ = ["KINDS", "Kind", "Overview", "SmallTalk", "overview_of", "reply", "small_talk", "without_greeting"]
