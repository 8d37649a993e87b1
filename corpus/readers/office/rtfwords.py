"""The control words of Rich Text Format, by what a reader does with them, and its code pages."""

from __future__ import annotations

import codecs

# Groups whose content is no text; others that begin with \* and are not known are left out too.
SKIPPED = frozenset({
    b"fonttbl", b"colortbl", b"stylesheet", b"pict", b"object", b"objdata", b"fldinst", b"themedata",
    b"colorschememapping", b"datastore", b"latentstyles", b"listtable", b"listoverridetable", b"rsidtbl", b"generator",
    b"xmlnstbl", b"filetbl", b"revtbl", b"listtext", b"pntext", b"pntxta", b"pntxtb", b"bkmkstart", b"bkmkend",
    b"nonshppict", b"shprslt", b"sn", b"sv", b"ftnsep", b"ftnsepc", b"ftncn", b"aftnsep", b"aftnsepc",
    b"aftncn", b"atnid", b"atnauthor", b"tc", b"xe", b"template", b"userprops", b"docvar", b"mmathPr",
    b"wgrffmtfilter", b"pgptbl", b"nonesttables", b"txe", b"rxe", b"pnseclvl", b"do",
})  # fmt: skip
# Groups that hold no text but may hold text boxes, which do.
HOLDERS = frozenset({b"shpinst", b"sp"})
# Groups of words that are not in the text and are reported.
REPORTED = {
    b"header": "headers", b"headerl": "headers", b"headerr": "headers", b"headerf": "headers", b"footer": "footers",
    b"footerl": "footers", b"footerr": "footers", b"footerf": "footers", b"annotation": "comments",
}  # fmt: skip
FACTS = frozenset({b"title", b"author"})
# Groups that begin with \* although every program is to read them.
KNOWN_EXTRAS = frozenset({b"shpinst", b"shptxt", b"fldrslt", b"shppict", b"footnote", b"ud", b"annotation"})
SIGNS = {
    b"tab": " ", b"line": "\n", b"column": "\n", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
    b"zwj": "\u200d", b"zwnj": "\u200c", b"softline": "\n", b"lbr": "\n", b"nestcell": "\n", b"nestrow": "\n",
}  # fmt: skip
ESCAPES = {b"~": "\u00a0", b"_": "\u2011", b"-": "\u00ad"}
PLACES = {b"super": "raised", b"up": "raised", b"sub": "lowered", b"dn": "lowered"}
SYMBOLS = 2
# The code page of a font by its character set.
CHARSETS = {
    77: "mac_roman", 78: "cp932", 79: "cp949", 80: "gb18030", 81: "cp950", 128: "cp932", 129: "cp949", 130: "johab",
    134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp437",
}  # fmt: skip
_PAGES = {
    65001: "utf-8", 936: "gb18030", 54936: "gb18030", 1361: "johab", 10000: "mac_roman", 10006: "mac_greek",
    10007: "mac_cyrillic", 10029: "mac_latin2", 10081: "mac_turkish", 20866: "koi8_r", 21866: "koi8_u", 28591: "cp1252",
    28592: "iso8859_2", 28595: "iso8859_5", 51932: "euc_jp", 51949: "euc_kr",
}  # fmt: skip


def code_page(number: int) -> str:
    """Return the encoding that is a code page of that number; the Western one for a number that none has."""
    name = _PAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
