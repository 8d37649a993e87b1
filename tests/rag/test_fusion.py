"""Words reorder hits within a language and never between languages."""

from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import Candidate, fuse

candidates = st.lists(
    st.builds(
        Candidate,
        chunk_id=st.integers(1, 10_000),
        language=st.sampled_from(["en", "kk", "zh-Hans"]),
        dense=st.floats(-1, 1),
        lexical=st.floats(0, 50),
    ),
    max_size=40,
    unique_by=lambda c: c.chunk_id,
)


def test_a_match_of_words_moves_a_chunk_up_within_its_language() -> None:
    found = fuse(
        [Candidate(1, "en", 0.50), Candidate(2, "en", 0.45, lexical=8.0), Candidate(3, "kk", 0.48)], lexical_weight=0.2
    )
    assert found == [(2, 0.50), (3, 0.48), (1, 0.45)]


def test_without_weight_the_order_is_dense() -> None:
    given_ = [Candidate(1, "en", 0.2, 9.0), Candidate(2, "en", 0.3), Candidate(3, "ru", 0.25, 1.0)]
    assert [chunk for chunk, _ in fuse(given_, 0.0)] == [2, 3, 1]


@given(candidates)
def test_every_language_keeps_its_scores_and_its_chunks(given_: list[Candidate]) -> None:
    fused = fuse(given_, 0.2)
    language = {c.chunk_id: c.language for c in given_}
    for name in {"en", "kk", "zh-Hans"}:
        before = sorted((c.dense for c in given_ if c.language == name), reverse=True)
        after = [score for chunk, score in fused if language[chunk] == name]
        assert after == before
    assert sorted(chunk for chunk, _ in fused) == sorted(c.chunk_id for c in given_)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
