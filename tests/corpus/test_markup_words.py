"""What reStructuredText, Org mode and LaTeX say, mark by mark."""

import pytest
from corpus_support import check_invariants, headings, paragraphs, read


def said(source: str, name: str) -> list[str]:
    result = read(source, name)
    check_invariants(result, source.encode())
    return paragraphs(result)


RST = [
    ("4*6 bottles, *every* one **full**; a_b and 40*.", "4*6 bottles, every one full; a_b and 40*."),
    ("Call ``f(*args)`` or `g`, (*) and \"*\" stay.", "Call f(*args) or g, (*) and \"*\" stay."),
    ("See :ref:`the pier <pier>` and `the page <https://x.example/a_b>`_.", "See the pier and the page."),
    ("Built in 1962 [1]_ for 40\\ [2]_ men.", "Built in 1962 for 40 men."),
    ("A nothing_ stays, https://x.example/a_ too.", "A nothing_ stays, https://x.example/a_ too."),
    ("Escaped \\*star\\* and re\\ ``set``.", "Escaped *star* and reset."),
    ("2 ** 3 ** 4 is |nothing|.", "2 ** 3 ** 4 is |nothing|."),
    ("The |ship| sails.\n\n.. |ship| replace:: Heron", "The Heron sails."),
    ("12. Mai 2031 war der Tag.", "12. Mai 2031 war der Tag."),
    ("A. Brook was\nthe mayor.", "A. Brook was the mayor."),
    (".. note:: Words of\n   the note.", "Words of the note."),
    ("term\n    What it means.", "term: What it means."),
]  # fmt: skip
ORG = [
    ("4*6 and *bold* /it/ _u_ =v*= ~c/d~ +s+; a_b, path/to/x.", "4*6 and bold it u v* c/d s; a_b, path/to/x."),
    ("Built[fn:1] in 1962[fn:2]1975.", "Built in 1962 1975."),
    ("The price[fn:: It rose.] is 40.", "The price (It rose.) is 40."),
    ("See [[https://x.example][the pier]] and [[https://x.example/a_b]].", "See the pier and https://x.example/a_b."),
    ("On <2031-05-01 Thu> it was $x_1 * y$.", "On <2031-05-01 Thu> it was $x_1 * y$."),
    ("12. Mai 2031 war der Tag.", "12. Mai 2031 war der Tag."),
    ("- term :: What it means.", "term :: What it means."),
    ("# hidden\nShown.", "Shown."),
    (":LOGBOOK:\nhidden\n:END:\nShown.", "Shown."),
]
TEX = [
    (
        "Jos\\'e N\\'u\\~nez, \\v{S}koda, na\\\"{\\i}ve, stra\\ss e, sm\\o rre.",
        "José Núñez, Škoda, naïve, straße, smørre.",
    ),
    ("Built in 1962~\\cite{falk}. See Section~\\ref{a}, 12\\label{x}13.", "Built in 1962. See Section, 12 13."),
    ("It is 10\\% --- about \\$5\\,000 ``old''.", "It is 10% — about $5 000 “old”."),
    ("10\\textsuperscript{5}, 1\\textsuperscript{er}, H\\textsubscript{2}O.", "10^5, 1er, H2O."),
    ("So $x^{2} + y$ and \\(a_1\\) hold; costs $5.", "So $x^{2} + y$ and \\(a_1\\) hold; costs $5."),
    ("A\\unknown[opt]{1}{2}3 and \\nobody stays.", "A 1 2 3 and \\nobody stays."),
    ("1962% comment\n1975", "1962 1975"),
    ("The price\\footnote{It rose.} is \\emph{4}0.", "The price (It rose.) is 40."),
    ("\\verb|a_b{c}%| and \\url{https://x.example/%7Ea_b} stay.", "a_b{c}% and https://x.example/%7Ea_b stay."),
    ("\\href{https://x.example}{The page} is \\textcolor{red}{open}.", "The page is open."),
    ("Shown.\\iffalse hidden\\fi", "Shown."),
    ("\\begin{equation}\\label{e}\nE = mc^2\n\\end{equation}", "E = mc^2"),
]


@pytest.mark.parametrize(("source", "words"), RST)
def test_marks_of_restructured_text(source: str, words: str) -> None:
    assert said(source, "a.rst") == [words]


@pytest.mark.parametrize(("source", "words"), ORG)
def test_marks_of_org_mode(source: str, words: str) -> None:
    assert said(source, "a.org") == [words]


@pytest.mark.parametrize(("source", "words"), TEX)
def test_commands_of_latex(source: str, words: str) -> None:
    assert said(source, "a.tex") == [words]


ROWS = ["Ferry | Port | Seats", "Heron | Port: Moss Point | Seats: 410", "Osprey | Port: Gulf | Seats: 380"]
TABLES = {
    "grid.rst": """
+-------+-------+-----+
|Ferry  |Port   |Seats|
+=======+=======+=====+
|Heron  |Moss   |410  |
|       |Point  |     |
+-------+-------+-----+
|Osprey |*Gulf* |380  |
+-------+-------+-----+
""",
    "simple.rst": """
====== ========== =====
Ferry  Port       Seats
====== ========== =====
Heron  Moss Point 410
Osprey Gulf       380
====== ========== =====
""",
    "list.rst": """
.. list-table::
   :header-rows: 1

   * - Ferry
     - Port
     - Seats
   * - Heron
     - Moss
       Point
     - 410
   * - Osprey
     - Gulf
     - 380
""",
    "csv.rst": """
.. csv-table::
   :header: "Ferry", "Port", "Seats"

   "Heron", "Moss Point", 410
   Osprey, Gulf, 380
""",
    "a.org": """
| Ferry  | Port       | Seats |
|--------+------------+-------|
| Heron  | Moss Point | 410   |
| Osprey | /Gulf/     | 380   |
#+TBLFM: $3=1
""",
    "a.tex": r"""
\begin{tabular}{l|c r}
\hline Ferry & Port & Seats \\ \hline
Heron & Moss
Point & 410 \\[2pt]
Osprey & \textbf{Gulf} & 380 % x & y
\\ \hline
\end{tabular}
""",
    "b.tex": r"""
\begin{tabularx}{\textwidth}{lll}\toprule
Ferry & Port & Seats \\ \midrule
Heron & Moss Point & 410\\ Osprey & Gulf & 380\\ \bottomrule
\end{tabularx}
""",
}


@pytest.mark.parametrize("name", list(TABLES))
def test_rows_of_tables_carry_their_labels(name: str) -> None:
    assert said("Text before.\n\n" + TABLES[name], name)[1:] == ROWS


def test_a_cell_over_two_columns_moves_no_label() -> None:
    source = (
        r"\begin{tabular}{lll}A & B & C \\ \midrule x & \multicolumn{2}{c}{wide} \\"
        r"\multicolumn{2}{c}{two} & y\end{tabular}"
    )
    assert said(source, "a.tex") == ["A | B | C", "x | B: wide", "two | C: y"]


CODE = {
    "a.rst": "Text::\n\n    f(*x)-\n      y  = `1`\n\nAfter.",
    "b.rst": ".. code-block:: python\n   :linenos:\n\n   f(*x)-\n   y  = `1`\n\nAfter.",
    "a.org": "#+BEGIN_SRC python\nf(*x)-\ny = `1`\n#+END_SRC\nAfter.",
    "a.tex": "\\begin{verbatim}\nf(*x)-\ny = `1`\n\\end{verbatim}\nAfter.",
    "b.tex": "\\begin{lstlisting}[language=C]\nf(*x)-\ny = `1`\n\\end{lstlisting}\nAfter.",
}


@pytest.mark.parametrize("name", list(CODE))
def test_code_stands_letter_for_letter_line_by_line(name: str) -> None:
    assert [line for line in said(CODE[name], name) if line != "Text:"] == ["f(*x)-", "y = `1`", "After."]


ARTICLE = r"""
\documentclass{article}
\title{The \emph{log}\thanks{Us.}}
\author{Ada Brook\\Quay}
\date{March 4, 2031}
\begin{document}\maketitle
Words.
\end{document}
After.
"""


def test_what_a_text_says_of_itself() -> None:
    for source, name in (
        ("The *log*\n=========\n\n:Author: Ada Brook\n:Date: 2031-03-04\n\nWords.", "a.rst"),
        ("#+TITLE: The /log/\n#+AUTHOR: Ada Brook\n#+DATE: <2031-03-04 Tue>\nWords.", "a.org"),
        (ARTICLE, "a.txt"),
    ):
        document = read(source, name).document
        assert (document.title, document.author, document.published) == ("The log", "Ada Brook", "2031-03-04"), name
        assert document.text.removeprefix("The log\n\n") == "Words."


def test_headings() -> None:
    org = read("* TODO [#A] Buy *rope* :work:urgent:\nWords.\n** COMMENT Hidden\nsecret\n** DONE Next\nMore.", "a.org")
    assert headings(org) == ["Buy rope", "Next"]
    assert "secret" not in org.document.text
    tex = read("\\section*[short]{The \\'Etude}\\label{a} Words.\n\\subsection{Next} More.", "a.tex")
    assert headings(tex) == ["The Étude", "Next"]
    rst = read("====\nTop\n====\n\nOne\n---\n\nWords.\n\n中文标题\n========\n\nMore.", "a.rst")
    assert headings(rst) == ["Top", "One", "中文标题"]
    assert [h.level for h in rst.document.headings] == [1, 2, 3]


def test_lists() -> None:
    assert said("- first\n  goes on\n\n  second\n- other\n\n1. one\n2. two\n", "a.rst") == [
        "first goes on", "second", "other", "one", "two",
    ]  # fmt: skip
    assert said("- first\n  goes on\n- other\n  1. one\n  2. two\n", "a.org") == [
        "first goes on",
        "other",
        "one",
        "two",
    ]
    source = (
        "\\begin{itemize}\\item first\ngoes on \\item[--] other\\end{itemize}"
        "\\begin{description}\\item[Heron] ferry\\end{description}"
    )
    assert said(source, "a.tex") == ["first goes on", "other", "Heron: ferry"]


def test_own_commands_of_a_text_are_written_out_within_bounds() -> None:
    preamble = "\\newcommand{\\city}{Moss Point}\n\\newcommand{\\a}{aaaaaaaaaa}\n" + "".join(
        f"\\newcommand{{\\{new}}}{{{f'{chr(92)}{old}' * 10}}}\n"
        for old, new in zip("abcdefgh", "bcdefghz", strict=True)
    )
    document = read(f"{preamble}\\begin{{document}}In \\city{{}} it opened. \\z{{}}\\end{{document}}", "a.tex").document
    assert document.text.startswith("In Moss Point it opened.")
    assert len(document.text) < 1000
