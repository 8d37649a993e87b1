"""Words reorder hits within a language and never between languages."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.search.ranking import fuse

ROWS = st.lists(
    st.tuples(st.floats(-1, 1, width=32), st.floats(0, 50, width=32), st.sampled_from([0, 1, 2])), max_size=40
)


def arrays(rows: list[tuple[float, float, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dense, lexical, languages = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(dense, np.float32), np.array(lexical, np.float32), np.array(languages, np.int32)


def test_a_match_of_words_moves_a_chunk_up_within_its_language() -> None:
    found = fuse(*arrays([(0.50, 0.0, 0), (0.45, 8.0, 0), (0.48, 0.0, 1)]), 0.2)
    np.testing.assert_array_equal(found, np.array([0.45, 0.50, 0.48], np.float32))


def test_without_weight_the_scores_are_dense() -> None:
    dense, lexical, languages = arrays([(0.2, 9.0, 0), (0.3, 0.0, 0), (0.25, 1.0, 1)])
    np.testing.assert_array_equal(fuse(dense, lexical, languages, 0.0), dense)


def test_without_a_match_the_scores_are_dense() -> None:
    dense, lexical, languages = arrays([(0.2, 0.0, 0), (0.3, 0.0, 1)])
    np.testing.assert_array_equal(fuse(dense, lexical, languages, 0.2), dense)


@given(ROWS)
def test_every_language_keeps_its_scores(rows: list[tuple[float, float, int]]) -> None:
    dense, lexical, languages = arrays(rows)
    fused = fuse(dense, lexical, languages, 0.2)
    for language in range(3):
        mine = languages == language
        np.testing.assert_array_equal(np.sort(fused[mine]), np.sort(dense[mine]))
