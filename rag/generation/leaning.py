"""Words by which a question leans on what was said before it, by language.

Chinese is looked at in Simplified characters. All patterns ignore case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaning:
    """What leans in one language.

    ``always``: words that lean wherever they stand ("And …", "… too?", …呢). ``pronouns`` lean unless what they mean is
    named before them in the question itself; the group ``close`` holds forms that may mean a name of their own clause
    (its, 他的), all others mean one beyond a ``boundary``. ``idle``: words that say nothing of what is asked;
    ``bare``: those of them that may stand beside a name in a question without a verb ("In Kentau?", "Why Kazakhstan?").
    ``few``: so many other words, or fewer, without a name or date are too little to go by, unless the question
    ``defines`` and asks what a word means.
    """

    always: re.Pattern[str]
    pronouns: re.Pattern[str]
    boundary: re.Pattern[str]
    defines: re.Pattern[str]
    idle: frozenset[str]
    bare: frozenset[str]
    few: int


def _of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


_BARE = {
    language: frozenset(words.split())
    for language, words in {
        "en": """in on at for from to of by with about after before since until between among under over during through
            against the a an or and but so not only just even why when how many much which than as too either""",
        "ru": """в во на по о об обо от до из с со у к ко за над под при про для без через между после перед а и но или
            же ли не почему зачем когда сколько как какой какая какое какие каком каких именно""",
        "kk": """ал ше ма ме ба бе па пе мен бен пен туралы жайлы үшін дейін кейін бері бұрын және неге қашан қанша неше
            қалай қай қандай да де та те ғой""",
        "zh": """在 对 从 到 向 和 与 跟 于 由 为 的 呢 吗 那 那么 为什么 为何 何时 什么时候 几 多少 怎么
            如何 又 也 还""",
    }.items()
}
_IDLE = {
    language: frozenset(words.split()) | _BARE[language]
    for language, words in {
        "en": """what who whom whose where is are was were be been being do does did done has have had having can could
            will would shall should may might must any some all there no yes please tell me us i you we my your our it
            its he she they them his him her their this that these those really exactly actually one ones""",
        "ru": """кто что чего чему чем кого кому кем ком где куда откуда чей чья чьё был была было были есть будет будут
            быть это бы он она оно они его её ее их ему ей им там тут""",
        "kk": """кім кімді кімге кімнің кімнен кіммен не нені неден қайда қайдан қайсы болды болған бола бар жоқ еді
            екен ол оны оның оған олар бұл осы сол""",
        "zh": """什么 谁 哪 哪里 哪儿 哪些 哪个 是 有 了 过 着 吧 啊 不 没 没有 能 会 可以 他 她 它 他们 她们 它们 这
            这个 该 其 是否 个""",
    }.items()
}
_ENGLISH = Leaning(
    always=_of(
        r"""^\W*(?:and|but|so|or|then|also|otherwise|besides)\b(?!-)
        | ^\W*(?:(?:what|how)\ (?:about|of)|why\ not|how\ (?:so|come)|what\ if)\b
        | ^\W*(?:who|what|where|how|which|anyone|anything|any)\b.{0,12}\b(?:else|others?|another)\b
        | \b(?:too|either|instead|though|as\ well|ones?)\W*$
        | \b(?:earlier|later|before|after|afterwards?|next|previously)\W*$
        | \bthe\ (?:same|former|latter|others?)\b(?!\ \w+\ as\b)
        """
    ),
    pronouns=_of(
        r"""\b(?P<close>his|its|their|her(?=\ (?!(?:to|in|on|at|from|with|by|for|after|before)\b)\w)
          |(?:say|said|think|believe|claim)\ (?:he|she|they))\b
        | \b(?:he|she|they|him|her|hers|them|theirs|himself|herself)\b
        | \bit\b(?!\ (?:true|possible|legal|illegal|allowed|necessary|necessarily|takes?|took|costs?|like)\b)
        | \bthis\b(?!\ (?:year|month|week|century)\b)
        | \b(?:these|those)\b(?!\ (?:who|whose|whom|which|that|of|in|with|without|from|under|born)\b)
        | \b(?:about|after|before|by|of|for|to|with|from|on|than|like|is|was|were|did|does|do|will|would|can|could|has)
          \ that\b(?!\ of\b)
        | \bthat(?:\W*$|\ (?:time|day|date|year|month|week|moment|point)\b)
        | \b(?:back|by|since|what)\ then\b(?!-) | \bthen\W*$
        | \bthere\W*$ | \b\w+(?:ed|en|ing|ept|old|ade)\ there\b
        """
    ),
    boundary=_of(
        r"""[,;:(—–] | \b(?:to|and|as|since)\b(?=\ \w+\ )
        | \b(?:that|when|while|because|if|who|whom|whose|which|where|after|before|until|though|but)\b
        """
    ),
    defines=_of(r"^\W*what\ (?:is|are|was|were)\ (?!(?:the|your?|my|our)\b)\w | ^\W*what\ do(?:es)?\b.*\bmean\W*$"),
    idle=_IDLE["en"],
    bare=_BARE["en"],
    few=3,
)
_RUSSIAN = Leaning(
    always=_of(
        r"""^\W*(?:а|и|но|или|ну|зато|однако|значит|тогда|потом|также|ещё|еще)\b
        | ^\W*\w+(?:\ \w+)?\ (?:ещё|еще)\b
        | \b(?:тоже|также)\b | \bчто\ насч[её]т\b
        | \b(?:раньше|позже|позднее|ранее)\W*$
        | \b(?:остальны|други)[еехм]\w{0,2}\W*$ | ^\W*(?:остальны|други)\w+
        """
    ),
    pronouns=_of(
        r"""(?P<close>\b(?:после|до|о|об|в|на|за|для|из|от|с|к|по|при|без|против|перед)\ (?:его|её|ее|их)(?=\ \w))
        | \bт(?:от|ой|ом|ого|ому|а|у|е|ех|ем)\ же\b
        | \b(?:в|к|с|до)\ т(?:от|о|ом|ого|ому|ой|у)\ (?:день|дня|дню|год|году|года|месяц|врем|момент|период)\w*
        | \b(?:тогда|там|туда|оттуда|потом|затем|впоследствии)\b(?!,?\ (?:где|куда|откуда|когда|как))
        | \b(?:он|она|оно|они|его|ему|им|её|ее|ей|ею|их|ими|н[её]м|нему|него|ней|неё|нее|нею|них|ним|ними)\b
        | \b(?:это(?!\ (?:правда|возможно|законно))|этого|этому|этим|этом(?!\ году)|эт(?:от|а|и|у|ой|ою|их|ими))\b
        | (?<!\bчто\ )(?<!\bкто\ )\bтак(?:ой|ого|ому|ом|ое|ая|ую|им|ими|их|ие)\b | \b(?:поэтому|отсюда)\b
        """
    ),
    boundary=_of(r"[,;:(—–] | \s(?:и|а|но|или)\s"),
    defines=_of(r"^\W*(?:что|кто)\ та(?:кое|кой|кая|кие)\b | ^\W*что\ (?:значит|означает)\b"),
    idle=_IDLE["ru"],
    bare=_BARE["ru"],
    few=3,
)
_KAZAKH = Leaning(
    always=_of(
        r"""^\W*(?:ал|бірақ|және|сонда|онда|ендеше|тағы|сонымен|демек|немесе|содан|дегенмен)\b
        | ^\W*\w+\ тағы\b | ^\W*(?:басқа|өзге)\w*
        | \b(?:ше|кейін|бұрын|соң)\W*$
        """
    ),
    pronouns=_of(
        r"""\b(?:сонда|онда|содан|одан|ол|оны|оның|оған|онымен|ондай|олар(?:ды|дың|ға|да|дан|мен)?
        | бұл(?:ар\w*)?(?!\ (?:рас|мүмкін)\b)|бұны\w*|бұған|бұдан|бұнда|мұны\w*|мұнда\w*
        | осы(?!\ (?:жылы|айда)\b)|осыны\w*|осыдан|осында\w*|сол|соны\w*|соған|сондай|аталған|ана|мына)\b
        """
    ),
    boundary=_of(
        r"""[,;:(—–] | (?:[ғг][ае]нд[ае]|[қк][ае]нд[ае]|[ғгқк][ае]нн[ае]н|[ыі]п|с[ае])\b
        | \b(?:кейін|дейін|бұрын|соң|кезде)\b
        """
    ),
    defines=_of(r"\bдеген(?:іміз)?\ (?:не|кім)\b"),
    idle=_IDLE["kk"],
    bare=_BARE["kk"],
    few=3,
)
_CHINESE = Leaning(
    always=_of(
        r"""^\W*(?:那(?!曲|些|个|种|不勒)|可是|但|不过|然后|而且|所以|因此|另外|此外|或者|还|也|又)
        | 呢\W*$ | (?:年|月|天|日)[之以]?[前后]\W*$
        | (?:其他|其它|其余|别的|另一|另外)(?:[\u4e00-\u9fff]{0,4}[呢吗]?)\W*$
        """
    ),
    pronouns=_of(
        r"""(?P<close>[他她它]们?的|其(?![他它实次余]))
        | (?:又|还|也)(?=[\u4e00-\u9fff]*(?:吗|什么|哪|谁|几|多少|怎|如何|么))
        | (?<!自)当(?:时|天|日|年|地|月)(?!间) | 那(?:时|里|儿|边|天|年|次|场|份|样) | 这(?:里|儿|边|天|时)
        | 后来|随后|此后|之后\W*$|此前|同(?:年|月|日|一天)|次(?:年|日)|第二年
        | (?<!其)[他她它](?![国杀乡人]) | 这 | 那[个些种家位名项件] | (?<![应本活不])该(?![不怎如去])
        | (?<![如因由在从彼至到为就])此(?![外前后类])|为此|上述|前者|后者
        """
    ),
    boundary=_of(r"[,;:、(。时后前的]"),
    defines=_of(r"^\W*(?:什么(?:是|叫)|何谓) | 是什么意思\W*$"),
    idle=_IDLE["zh"],
    bare=_BARE["zh"],
    few=4,
)
_NEVER = re.compile(r"(?!)")
# Elsewhere only the number of words and the absence of names tell.
_OTHER = Leaning(_NEVER, _NEVER, _NEVER, _NEVER, frozenset(), frozenset(), 3)
_LEANING = {"en": _ENGLISH, "ru": _RUSSIAN, "kk": _KAZAKH, "zh": _CHINESE}
_KAZAKH_LETTERS = re.compile("[әғқңөұүһі]", re.IGNORECASE)


def leaning_in(language: str, text: str) -> tuple[Leaning, ...]:
    """What leans in ``text`` of ``language``.

    Russian and Kazakh are both looked for where no letter tells them apart: few words are seldom told apart otherwise.
    """
    base = language.split("-")[0]
    if base in {"ru", "kk"}:
        return (_KAZAKH,) if _KAZAKH_LETTERS.search(text) else (_RUSSIAN, _KAZAKH)
    return (_LEANING.get(base, _OTHER),)
