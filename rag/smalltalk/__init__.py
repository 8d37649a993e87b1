"""What is said to Dalil and asks nothing of the documents: greetings, thanks, "what is in here?", "who are you?".

Such an utterance is told by `small_talk` and answered by `reply` from an `Overview` of the collection, without a
search. What is said in which language is data: one JSON file a language, checked when it is loaded.
"""

from rag.smalltalk.replies import overview_of, reply
from rag.smalltalk.telling import small_talk, without_greeting
from rag.smalltalk.words import KINDS, Kind, Overview, SmallTalk

__all__ = ["KINDS", "Kind", "Overview", "SmallTalk", "overview_of", "reply", "small_talk", "without_greeting"]
