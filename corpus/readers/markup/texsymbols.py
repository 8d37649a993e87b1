"""What commands of LaTeX stand for: letters, accents, signs; and which of them say nothing in a text."""

from __future__ import annotations

import unicodedata

_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip
ACCENTS = frozenset(_ACCENTS)
# Letters: white space after them ends the command and is not shown.
LETTERS = {
    "ss": "ß", "SS": "SS", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "th": "þ", "TH": "Þ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ",
    "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
SIGNS = {
    "ldots": "…", "dots": "…", "textellipsis": "…", "S": "§", "P": "¶", "copyright": "©", "textcopyright": "©",
    "textregistered": "®", "texttrademark": "™", "pounds": "£", "textsterling": "£", "euro": "€", "texteuro": "€",
    "EUR": "€", "textdollar": "$", "textcent": "¢", "textyen": "¥", "textendash": "–", "textemdash": "—",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”",
    "guillemotleft": "«", "guillemotright": "»", "og": "«", "fg": "»", "glqq": "„", "grqq": "“", "flqq": "«",
    "frqq": "»", "quotedblbase": "„", "textdegree": "°", "degree": "°", "textbackslash": "\\", "textasciitilde": "~",
    "textasciicircum": "^", "textunderscore": "_", "textbar": "|", "textless": "<", "textgreater": ">",
    "textbullet": "•", "textpm": "±", "texttimes": "×", "textnumero": "№", "No": "№", "dag": "†", "ddag": "‡",
    "textdagger": "†", "slash": "/", "TeX": "TeX", "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "XeLaTeX": "XeLaTeX",
    "BibTeX": "BibTeX", "lbrace": "{", "rbrace": "}", "textquotesingle": "'",
}  # fmt: skip
# Escaped characters, spaces that are shown, and marks that are not.
CHARACTERS = {
    "%": "%", "&": "&", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}", ",": " ", ";": " ", ":": " ", " ": " ",
    ">": " ", "\n": " ", "\r": " ", "\t": " ", "!": "", "-": "", "/": "", "@": "", "+": "",
}  # fmt: skip
SPACES = frozenset({"quad", "qquad", "enspace", "thinspace", "newline", "linebreak", "hfill", "space", "hskip", "par"})
# Commands that set how things look, or do something at this place, and have no text; no arguments.
SILENT = frozenset(
    "noindent indent centering raggedright raggedleft small footnotesize scriptsize tiny normalsize large Large LARGE "
    "huge Huge bfseries itshape scshape ttfamily sffamily rmfamily mdseries upshape slshape normalfont em bf it sc tt "
    "rm sf sl clearpage newpage cleardoublepage pagebreak nopagebreak maketitle tableofcontents listoffigures "
    "listoftables appendix frontmatter mainmatter backmatter bigskip medskip smallskip hline toprule midrule "
    "bottomrule vfill protect relax makeatletter makeatother null leavevmode selectfont singlespacing doublespacing "
    "onehalfspacing printbibliography printindex makeindex sloppy fussy begingroup endgroup xspace "
    "ignorespaces allowbreak nobreak "
    "linenumbers flushbottom raggedbottom twocolumn onecolumn and footnotemark pause boldmath unboldmath fi else "
    "strut smallbreak medbreak bigbreak break centerline arraybackslash hrule".split()
)
# Commands whose arguments are no words of the text: marks of places and sources, measures, files, settings.
WORDLESS = frozenset(
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar parencite textcite autocite footcite fullcite "
    "nocite citenum ref pageref eqref autoref cref Cref nameref vref label index glossary vspace hspace "
    "includegraphics input include includeonly bibliography bibliographystyle addbibresource usepackage "
    "documentclass RequirePackage setlength addtolength setcounter addtocounter stepcounter refstepcounter pagestyle "
    "thispagestyle pagenumbering graphicspath hypersetup geometry definecolor color pagecolor selectlanguage "
    "addcontentsline fontsize rule phantom hphantom vphantom cline cmidrule newcounter newlength theoremstyle "
    "newtheorem markboth markright captionsetup lstset sisetup tikzset usetikzlibrary usetheme usecolortheme "
    "hyphenation thanks setstretch linespread bibinfo enlargethispage "
    "DeclareMathOperator "
    "setmainfont setsansfont setmonofont setmainlanguage setotherlanguage "
    "arraystretch pdfbookmark lhead rhead chead lfoot rfoot cfoot fancyhead fancyfoot "
    "numberwithin allowdisplaybreaks FloatBarrier".split()
)
# How many arguments those have that have more than one.
MORE_ARGUMENTS = {
    "setlength": 2, "addtolength": 2, "setcounter": 2, "addtocounter": 2, "rule": 2, "fontsize": 2, "definecolor": 3,
    "newtheorem": 2, "markboth": 2, "addcontentsline": 3, "bibinfo": 2, "DeclareMathOperator": 2, "pdfbookmark": 2,
}  # fmt: skip
DEFINITIONS = frozenset(
    "newcommand renewcommand providecommand newenvironment renewenvironment def gdef edef let DeclareRobustCommand "
    "NewDocumentCommand RenewDocumentCommand".split()
)
# Commands whose first arguments say how, not what: how many of them are left out.
LEADING = {
    "href": 1, "textcolor": 1, "colorbox": 1, "fcolorbox": 2, "multicolumn": 2, "multirow": 2, "foreignlanguage": 1,
    "hyperref": 0, "hyperlink": 1, "hypertarget": 1, "raisebox": 1, "parbox": 1, "makebox": 0, "framebox": 0,
    "scalebox": 1, "resizebox": 2, "rotatebox": 1, "textlang": 1,
}  # fmt: skip
# Commands whose argument stands in the line as if the command were not there.
PLAIN = frozenset(
    "emph textbf textit texttt textsc textsf textrm textsl textup textmd textnormal underline uline mbox text hbox "
    "fbox enquote textquote uppercase lowercase MakeUppercase MakeLowercase textsubscript textsuperscript sout so "
    "textmark alert structure ul hl st textls textgreek textcyrillic textln".split()
)
SECTIONS = {
    "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "subparagraph": 6,
    "frametitle": 3, "framesubtitle": 4, "addsec": 2, "addchap": 1,
}  # fmt: skip
# Environments whose content is letter for letter; those that are no text; how many {…} follow the name of others.
VERBATIM = frozenset({"verbatim", "Verbatim", "lstlisting", "minted", "alltt", "BVerbatim", "LVerbatim"})
MATH = frozenset(
    {"equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign", "alignat", "dmath"}
)
NO_TEXT = frozenset({"comment", "tikzpicture", "filecontents", "pgfpicture", "pspicture", "picture", "forest"})
TABLES = frozenset({"tabular", "tabularx", "tabulary", "longtable", "tabu", "longtabu", "supertabular", "xltabular"})
LISTS = frozenset(
    {"itemize", "enumerate", "description", "compactitem", "compactenum", "inparaenum", "thebibliography"}
)
ARGUMENTS = {
    "tabular": 1, "tabularx": 2, "tabulary": 2, "longtable": 1, "tabu": 1, "longtabu": 1, "supertabular": 1,
    "xltabular": 2, "minipage": 1, "multicols": 1, "wrapfigure": 2, "wraptable": 2, "adjustwidth": 2,
    "thebibliography": 1, "minted": 1, "alignat": 1, "spacing": 1, "column": 1, "otherlanguage": 1, "list": 2,
    "foreigndisplayquote": 1, "tcolorbox": 0, "CJK": 2,
}  # fmt: skip
NAMED = frozenset(
    "theorem lemma proof definition corollary proposition remark example claim exercise problem note conjecture".split()
)


def accented(accent: str, letter: str) -> str:
    """Return a letter with the accent that a command of LaTeX puts on it."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", base[:1] + _ACCENTS[accent] + base[1:])
