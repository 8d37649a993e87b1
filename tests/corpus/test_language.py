import pytest

from corpus.language import detect_language, known_tag, languages_in_scripts, script_of_chinese

TEXTS = {
    "en": "The two governments agreed to open the border in spring.",
    "de": "Die beiden Regierungen einigten sich darauf, die Grenze im Frühjahr zu öffnen.",
    "fr": "Les deux gouvernements ont décidé d'ouvrir la frontière au printemps.",
    "es": "Los dos gobiernos acordaron abrir la frontera en primavera.",
    "tr": "İki hükümet sınırı ilkbaharda açmak konusunda anlaştı ve yolcular bekliyor.",
    "ru": "Правительства двух стран договорились открыть границу весной.",
    "kk": "Екі елдің үкіметі шекараны көктемде ашуға келісті.",
    "ky": "Эки өлкөнүн өкмөтү чек араны жазында ачууга макул болушту.",
    "uk": "Уряди двох країн домовилися відкрити кордон навесні.",
    "ar": "اتفقت حكومتا البلدين على فتح الحدود في الربيع القادم.",
    "fa": "دولت‌های دو کشور توافق کردند که مرز را در بهار باز کنند.",
    "ug": "ئىككى دۆلەت ھۆكۈمىتى چېگرانى ئەتىيازدا ئېچىشقا كېلىشتى.",
    "kk-Arab": "ەكى ەلدىڭ ۇكىمەتى شەكارانى كوكتەمدە اشۋعا كەلىستى.",
    "kk-Latn": "Ekı eldıŋ ükımetı şekarany köktemde aşuğa kelıstı, joldar qaita qūryldy.",
    "uz-Cyrl": "Икки давлат ҳукумати чегарани баҳорда очишга келишди, йўловчилар кутмоқда.",
    "tg": "Ҳукуматҳои ду кишвар розӣ шуданд, ки марзро дар баҳор боз кунанд.",
    "be": "Урады дзвюх краін дамовіліся адкрыць мяжу ўвесну, людзі чакаюць змен.",
    "sr-Latn": "Most je otvoren posle dve godine; deca i putnici čekaju voz, a vreme je lepo.",
    "hr": "Most je otvoren poslije dvije godine; djeca i putnici čekaju vlak, a vrijeme je lijepo.",
    "ca": "Els dos governs van acordar obrir la frontera a la primavera.",
    "ckb": "هەردوو حکومەت ڕێککەوتن کە سنوور لە بەهاردا بکەنەوە.",
    "ps": "دواړو حکومتونو پرېکړه وکړه چې پوله به په پسرلي کې پرانيزي.",
    "ka": "ორი ქვეყნის მთავრობა შეთანხმდა საზღვრის გახსნაზე.",
    "hy": "Երկու երկրների կառավարությունները համաձայնեցին բացել սահմանը։",
    "am": "ሁለቱ መንግሥታት ድንበሩን ለመክፈት ተስማሙ።",
    "ta": "இரு நாடுகளின் அரசுகள் எல்லையைத் திறக்க ஒப்புக்கொண்டன.",
    "te": "రెండు దేశాల ప్రభుత్వాలు సరిహద్దును తెరవడానికి అంగీకరించాయి.",
    "kn": "ಎರಡೂ ದೇಶಗಳ ಸರ್ಕಾರಗಳು ಗಡಿ ತೆರೆಯಲು ಒಪ್ಪಿಕೊಂಡವು.",
    "ml": "ഇരു രാജ്യങ്ങളും അതിർത്തി തുറക്കാൻ സമ്മതിച്ചു.",
    "gu": "બંને દેશોની સરકારો સરહદ ખોલવા સંમત થઈ.",
    "pa": "ਦੋਵੇਂ ਸਰਕਾਰਾਂ ਸਰਹੱਦ ਖੋਲ੍ਹਣ ਲਈ ਸਹਿਮਤ ਹੋਈਆਂ।",
    "si": "රටවල් දෙකේ රජයන් දේශසීමාව විවෘත කිරීමට එකඟ විය.",
    "lo": "ລັດຖະບານທັງສອງຕົກລົງເປີດຊາຍແດນ",
    "km": "រដ្ឋាភិបាលទាំងពីរបានយល់ព្រមបើកព្រំដែន។",
    "my": "အစိုးရနှစ်ရပ်သည် နယ်စပ်ကိုဖွင့်ရန် သဘောတူခဲ့သည်။",
    "mn-Mong": "ᠬᠣᠶᠠᠷ ᠤᠯᠤᠰ ᠬᠢᠯ᠎ᠡ ᠶᠢ ᠨᠡᠭᠡᠬᠦ ᠪᠡᠷ ᠲᠣᠭᠲᠠᠪᠠ",
    "zh-Hans": "两国政府同意在春天开放边境。",
    "zh-Hant": "兩國政府同意在春天開放邊境。",
    "ja": "両国の政府は春に国境を開くことに合意した。",
    "ko": "두 나라 정부는 봄에 국경을 열기로 합의했다.",
    "he": "ממשלות שתי המדינות הסכימו לפתוח את הגבול באביב.",
    "hi": "दोनों देशों की सरकारें वसंत में सीमा खोलने पर सहमत हुईं।",
    "th": "รัฐบาลทั้งสองตกลงเปิดชายแดน",
    "el": "Οι δύο κυβερνήσεις συμφώνησαν να ανοίξουν τα σύνορα.",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_the_language_of_a_sentence(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("kk", "Келісім қашан күшіне енді?"),
        ("kk", "Қазір не болды?"),
        ("ky", "Келишим качан күчүнө кирди?"),
        ("ru", "Когда вступило в силу соглашение?"),
        ("ru", "Кто это?"),
        ("zh-Hans", "协议何时生效？"),
        ("zh-Hant", "協議何時生效？"),
        ("en", "When did the agreement take effect?"),
        ("tr", "Anlaşma ne zaman yürürlüğe girdi?"),
    ],
)
def test_the_language_of_a_short_question(language: str, question: str) -> None:
    assert detect_language(question) == language


def test_the_script_of_chinese() -> None:
    assert script_of_chinese("这个国家") == "Hans"
    assert script_of_chinese("這個國家") == "Hant"
    assert script_of_chinese("山水人口") is None
    assert script_of_chinese("他在山上「看」水") == "Hant"


def test_a_text_without_a_telling_character_keeps_the_document_s_script() -> None:
    assert detect_language("山水人口。", "zh-Hant") == "zh-Hant"
    assert detect_language("山水人口。", "zh-Hans") == "zh-Hans"
    assert detect_language("山水人口。", "kk") == "zh-Hans"


@pytest.mark.parametrize("text", ["", "12 345", "…", "👍🏽", "5"])
def test_too_little_to_go_by_gives_the_default(text: str) -> None:
    assert detect_language(text) == "und"
    assert detect_language(text, "kk") == "kk"


def test_a_name_in_latin_letters_does_not_make_chinese_english() -> None:
    assert detect_language("卡内基的 Temur Umarov 说，协议生效。") == "zh-Hans"


@pytest.mark.parametrize(
    ("declared", "known"),
    [
        ("en-US", "en"), ("EN", "en"), ("kk_KZ", "kk"), ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh"), ("no", "no"), ("kk-Arab-CN", "kk-Arab"), ("kk_Latn", "kk-Latn"), ("uz-Cyrl-UZ", "uz-Cyrl"),
        ("uz-Latn", "uz"), ("sr-Latn", "sr-Latn"), ("sr_Cyrl_RS", "sr"), ("kk-Cyrl", "kk"),
        (None, None), ("", None), ("english please", None), ("x" * 500, None), ("<b>", None),
    ],
)  # fmt: skip
def test_a_declared_language_is_brought_to_one_form(declared: str | None, known: str | None) -> None:
    assert known_tag(declared) == known


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("最受關注的是Lutfullo Shamsudinov。", "zh-Hant"),
        ("Dalil 编辑部（Dalil editors）", "zh-Hans"),
        ("Хабарды Human Rights Watch таратты.", "kk"),
        ("Saulebek Zhamkenuly, spokesman.", "en"),
    ],
)
def test_a_sentence_full_of_foreign_names_stays_in_its_texts_language(text: str, around: str) -> None:
    assert detect_language(text, around) == around


def test_a_whole_sentence_in_another_script_is_its_own() -> None:
    assert detect_language("The agreement entered into force in November.", "zh-Hans") == "en"
    assert detect_language("严厉打击暴力恐怖活动专项行动。", "kk") == "zh-Hans"


@pytest.mark.parametrize(
    ("language", "text"),
    [("kk-Arab", "كوپىر قاي جىلى اشىلدى؟"), ("kk-Latn", "Köpır qai jyly aşyldy?"),
     ("kk-Latn", "Kópir qaı jyly ashyldy?"), ("uz-Cyrl", "Кўприк қайси йилда очилди?"),
     ("ug", "كۆۋرۈك قاچان ئېچىلدى؟"), ("ar", "متى افتتح الجسر؟")],
)  # fmt: skip
def test_short_questions_in_less_usual_scripts(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_a_short_uyghur_sentence_without_its_letters_stays_uyghur() -> None:
    assert detect_language("كىتاب كەلدى.", "ug") == "ug"
    assert detect_language("كىتاپ كەلدى.", "kk-Arab") == "kk-Arab"


@pytest.mark.parametrize("second", ["ru", "kk", "uk"])
@pytest.mark.parametrize("first", ["en", "fr", "de"])
def test_a_text_in_two_scripts_has_the_language_of_one(first: str, second: str) -> None:
    assert detect_language(" ".join([TEXTS[first]] * 3 + [TEXTS[second]])) == first
    assert detect_language(" ".join([TEXTS[first]] + [TEXTS[second]] * 3)) == second
    assert detect_language(" ".join([TEXTS[first]] * 3 + [TEXTS[second]] * 2)) == first


def test_the_languages_of_a_document_by_script() -> None:
    text = "\n\n".join([TEXTS["en"], TEXTS["ru"], "Μια λέξη.", TEXTS["kk-Arab"]])
    assert languages_in_scripts(text) == {"Latn": "en", "Cyrl": "ru", "Arab": "kk-Arab"}
    assert languages_in_scripts("Short. Кратко.") == {}


@pytest.mark.parametrize(
    ("text", "around", "language"),
    [
        ("The mayor is Ada Brook.", "ru", "en"), ("Мэр города — Ада Брук.", "en", "ru"),
        ("Мэр города — Ada Brook.", "en", "ru"),        ("The mayor is Ада Брук.", "ru", "en"),
        ("Это Ada Brook, Harbour Council.", "ru", "en"),
        ("Взнос — 40 крон.", "en", "ru"),
    ],
)  # fmt: skip
def test_a_short_sentence_is_in_the_document_s_language_of_its_script(text: str, around: str, language: str) -> None:
    assert detect_language(text, around, {"Latn": "en", "Cyrl": "ru"}) == language
