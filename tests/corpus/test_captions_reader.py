"""Captions: sentences over several of them, speakers, pauses, rolling ones, and the times as parts."""

import pytest
from corpus_support import check_invariants, paragraphs, read

from corpus.types import part_at


def srt(*cues: tuple[str, str, str], newline: str = "\n") -> str:
    text = "".join(f"{n}\n{start} --> {end}\n{said}\n\n" for n, (start, end, said) in enumerate(cues, 1))
    return text.replace("\n", newline)


FERRY = srt(
    ("00:01:02,000", "00:01:04,000", "The <i>Heron</i> was built"),
    ("00:01:04,100", "00:01:06,000", "in 1962 and carries\n410 passengers."),
    ("00:01:12,000", "00:01:14,000", "- Who sails her?\n- Ada Brook."),
    ("00:01:14,100", "00:01:16,000", "{\\an8}MAYOR: It is 5 &lt; 6,"),
    ("00:01:16,100", "00:01:18,000", "-5 degrees."),
)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.srt", "a.txt"])
def test_a_sentence_runs_over_captions_and_a_speaker_begins_a_paragraph(name: str, newline: str) -> None:
    source = FERRY.replace("\n", newline)
    result = read(source, name)
    assert result.document.reader == "captions"
    assert paragraphs(result) == [
        "The Heron was built in 1962 and carries 410 passengers.",
        "Who sails her?",
        "Ada Brook.",
        "MAYOR: It is 5 < 6, -5 degrees.",
    ]
    check_invariants(result, source.encode())


def test_a_paragraph_is_the_part_named_by_its_time() -> None:
    result = read(FERRY, "a.srt")
    parts = result.document.parts
    assert [part.name for part in parts] == ["00:01:02", "00:01:12", "00:01:12.000", "00:01:14"]
    for chunk, name in zip(result.chunks, ["00:01:02", "00:01:12", "00:01:12.000", "00:01:14"], strict=True):
        part = part_at(parts, chunk.source_start)
        assert part
        assert part.name == name
        assert chunk.source_end <= part.end


def test_numbers_that_are_shown_are_no_numbers_of_captions() -> None:
    source = (
        "1\n00:00:01,000 --> 00:00:02,000\nIt opened in\n\n1962\n"
        "2\n00:00:02,100 --> 00:00:03,000\n7\n\n3\n00:00:03,100 --> 00:00:04,000\nyears later.\n"
    )
    assert paragraphs(read(source, "a.srt")) == ["It opened in 1962 7 years later."]


FRENCH = [
    "Élodie a déjà payé 40 € à l’école de la forêt.",
    "Où est-il passé, après la réunion du comité régional?",
    "Le maire a été réélu, malgré les dégâts causés à côté.",
    "Nous étions très étonnés de voir la tempête arrivée sitôt.",
]


def test_windows_1252_and_a_file_that_ends_too_early() -> None:
    source = srt(*((f"00:00:{n}1,000", f"00:00:{n}2,000", said) for n, said in enumerate(FRENCH)))
    assert paragraphs(read(source, "a.srt", "cp1252")) == FRENCH
    assert paragraphs(read(source[:69], "a.srt")) == ["Élodie a déjà payé 40 € à l’école de"]


VTT = """WEBVTT - A title
Kind: captions

NOTE not said
at all

STYLE
::cue { color: red }

intro
00:01.000 --> 00:03.000 align:start
<v Ada Brook>The tariff &amp; the fee are</v>

00:03.000 --> 00:05.000
<v Ada Brook><c.red>40</c> crowns.

00:05.000 --> 00:06.000
<v Tom Reed>Why?

00:06.000 --> 00:08.000
<ruby>漢<rt>かん</rt></ruby>字 and <00:00:07.000>more.
"""


def test_voices_and_what_is_not_said_in_webvtt() -> None:
    result = read(VTT, "a.vtt")
    assert paragraphs(result) == ["Ada Brook: The tariff & the fee are 40 crowns.", "Tom Reed: Why?", "漢字 and more."]
    assert [part.author for part in result.document.parts] == ["Ada Brook", "Tom Reed", None]
    assert result.left_out[0].characters > 50
    check_invariants(result, VTT.encode())


def test_rolling_captions_say_each_line_once() -> None:
    lines = ["so we came", "to the old pier", "where the ship", "lay at anchor", "for a year"]
    cues = [
        f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n{before}\n{line}\n"
        for n, (before, line) in enumerate(zip([" ", *lines], lines, strict=False))
    ]
    result = read("WEBVTT\n\n" + "\n".join(cues), "a.vtt")
    assert paragraphs(result) == [" ".join(lines)]


def test_words_said_twice_stay_where_captions_do_not_roll() -> None:
    source = srt(
        ("00:00:01,000", "00:00:02,000", "No."),
        ("00:00:02,000", "00:00:03,000", "No."),
        ("00:00:03,500", "00:00:04,000", "Never 40."),
    )
    assert paragraphs(read(source, "a.srt")) == ["No. No. Never 40."]


def test_a_word_is_never_joined_with_that_of_the_next_caption() -> None:
    source = srt(
        ("00:00:01,000", "00:00:02,000", "I was going to-"),
        ("00:00:02,000", "00:00:03,000", "no you were not"),
        ("00:00:03,000", "00:00:04,000", "我们去北京"),
        ("00:00:04,000", "00:00:05,000", "看长城"),
    )
    assert paragraphs(read(source, "a.srt")) == ["I was going to- no you were not 我们去北京 看长城"]


def test_a_long_talk_without_stops_is_cut_between_captions() -> None:
    cues = [
        (f"00:0{n // 15}:{n % 15 * 4:02},000", f"00:0{n // 15}:{n % 15 * 4 + 3:02},900", f"words number {n} of it")
        for n in range(60)
    ]
    found = paragraphs(read(srt(*cues), "a.srt"))
    assert 4 <= len(found) <= 10
    assert " ".join(found) == " ".join(said for _, _, said in cues)


ASS = """[Script Info]
Title: The pier

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not said
Dialogue: 0,0:00:01.00,0:00:03.00,Default,Ada,0,0,0,,{\\i1}The pier, built\\Nin 1962,{\\i0} is open.
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}
"""


def test_sub_station_alpha_and_lyrics() -> None:
    result = read(ASS, "a.ass")
    assert result.document.title == "The pier"
    assert paragraphs(result) == ["Ada: The pier, built in 1962, is open."]
    lyrics = read(
        "[ti:Harbour song]\n[00:12.00]Down by the pier\n[00:15.50]the ship came in.\n[01:30.00]She sailed again.\n",
        "a.lrc",
    )
    assert lyrics.document.title == "Harbour song"
    assert paragraphs(lyrics) == ["Down by the pier the ship came in.", "She sailed again."]
    assert [part.name for part in lyrics.document.parts] == ["00:00:12", "00:01:30"]
