"""Answering: from a question to an answer that cites, or to a reason why there is none."""
