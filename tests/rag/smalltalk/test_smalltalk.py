"""What is small talk and what only looks like it, in five languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from corpus.language import detect_language
from rag.bench.datasets import read_dataset
from rag.settings import SHIPPED_DOCUMENTS
from rag.smalltalk import KINDS, small_talk, without_greeting

SMALL_TALK = {
    "en": {
        "greeting": ["Hello!", "hi", "Hey there 👋", "Good morning", "hellooooo", "How are you doing today?", "hi all"],
        "thanks": ["Thank you very much!", "thanks", "THX", "Thanks, that was really helpful.", "much appreciated"],
        "acknowledgement": ["ok", "Okay!", "I see.", "Got it", "great", "hahaha", "yes", "sounds good", "no problem"],
        "goodbye": ["Bye", "Goodbye, and thank you!", "see you later", "good night 🌙", "that's all for now, bye"],
        "collection": [
            "What is in here?",
            "what's here",
            "What documents do you have?",
            "How many documents are there?",
            "Please list all the documents.",
            "Hi! What is this collection about?",
            "Which languages are the documents in?",
            "what can I ask you about?",
        ],
        "abilities": [
            "What can you do?",
            "Who are you?",
            "what's your name",
            "Are you a bot?",
            "How can you help me, please?",
            "help",
            "Do you speak Kazakh?",
            "Tell me about yourself",
        ],
    },
    "kk": {
        "greeting": ["Сәлем!", "салеееем", "Сәлеметсіз бе?", "Қайырлы таң", "Salem!", "Ассалаумағалейкум", "Қалайсың?"],
        "thanks": ["Рахмет!", "Көп рақмет сізге", "рахмееет 🙏", "Үлкен рахмет, көмектестіңіз", "Rahmet"],
        "acknowledgement": ["Жарайды", "Түсінікті", "иә", "Жақсы!", "болды, түсіндім", "керемет екен"],
        "goodbye": ["Сау болыңыз!", "Көріскенше", "Қош болыңыз", "Қайырлы түн", "sau bol"],
        "collection": [
            "Мұнда не бар?",
            "мунда не бар",
            "Қандай құжаттар бар?",
            "Құжаттар туралы айтып беріңізші",
            "Мұнда неше құжат бар?",
            "Құжаттарда не бар?",
            "Бұл жинақ не туралы?",
            "Құжаттар қай тілдерде?",
            "Саған не туралы сұрақ қоюға болады?",
        ],
        "abilities": [
            "Сен не істей аласың?",
            "Кімсің?",
            "Сен кімсің?",
            "Сіз кімсіз?",
            "Маған қалай көмектесе аласыз?",
            "Атың кім?",
            "Сен робот па?",
            "Қазақша білесің бе?",
            "Өзің туралы айтып бер",
        ],
    },
    "ru": {
        "greeting": ["Привет!", "Здравствуйте", "Добрый день!", "приветттт", "Privet", "Как дела?", "Всем привет 👋"],
        "thanks": ["Спасибо!", "Большое спасибо, вы очень помогли", "спс", "Благодарю вас", "spasibo"],
        "acknowledgement": ["Ок", "Понятно.", "Ага, ясно", "Хорошо", "Отлично!", "да", "ну ладно", "Не за что"],
        "goodbye": ["Пока!", "До свидания", "Спокойной ночи", "Всего хорошего!", "Спасибо, до завтра"],
        "collection": [
            "Что здесь есть?",
            "Какие документы у тебя есть?",
            "Сколько тут документов?",
            "Покажи, пожалуйста, список документов",
            "О чём эта коллекция?",
            "На каких языках документы?",
            "О чем тебя можно спросить?",
            "Что в документах?",
        ],
        "abilities": [
            "Что ты умеешь?",
            "Кто ты?",
            "Вы кто?",
            "Как тебя зовут?",
            "Чем вы можете мне помочь?",
            "Ты бот?",
            "помощь",
            "Ты говоришь по-русски?",
            "Расскажи о себе",
        ],
    },
    "zh-Hans": {
        "greeting": ["你好!", "您好", "嗨", "早上好", "哈喽哈喽", "你好吗？", "在吗", "大家好👋"],
        "thanks": ["谢谢!", "谢谢你的帮助", "非常感谢", "多谢啦", "谢谢谢谢"],
        "acknowledgement": ["好的", "嗯嗯", "明白了", "知道了", "不错", "是的", "哈哈哈", "没关系"],
        "goodbye": ["再见", "拜拜", "晚安", "下次见", "谢谢，再见！"],
        "collection": [
            "这里有什么？",
            "你有哪些文档？",
            "这里一共有多少个文档？",
            "请列出所有文档",
            "这个文档库是关于什么的？",
            "文档都是什么语言的？",
            "我可以问你哪些方面的问题？",
        ],
        "abilities": [
            "你能做什么？",
            "你是谁？",
            "你叫什么名字",
            "你是机器人吗？",
            "你能帮我做什么呢？",
            "帮助",
            "你会说中文吗",
            "请介绍一下你自己",
        ],
    },
    "zh-Hant": {
        "greeting": ["您好!", "哈囉", "早安", "午安！", "嗨嗨", "最近好嗎？", "請問有人在嗎"],
        "thanks": ["謝謝!", "謝謝您的幫忙", "非常感謝", "感恩", "多謝", "謝啦"],
        "acknowledgement": ["好的", "了解", "知道了", "沒事了", "對", "太棒了", "原來如此", "嗯"],
        "goodbye": ["再見", "掰掰", "晚安", "下次見囉", "謝謝，再見！"],
        "collection": [
            "這裡有什麼？",
            "你有哪些文件？",
            "總共有多少份文件？",
            "請列出所有文件",
            "這個文件庫是關於什麼的？",
            "文件是什麼語言的？",
            "我可以問你什麼主題？",
        ],
        "abilities": [
            "你能做什麼？",
            "你是誰？",
            "你叫什麼名字",
            "你是機器人嗎？",
            "你能幫我什麼？",
            "要怎麼使用？",
            "你會說中文嗎",
            "請自我介紹一下",
        ],
    },
}  # fmt: skip

LOOK_ALIKES = {
    "en": [
        "What is in the agreement?",
        "What is in the document?",
        "What is in Article 6?",
        "What is here called a sensitive country?",
        "hello, when did the agreement take effect?",
        "Thanks. Who signed it?",
        "Who are they?",
        "Who are the Uyghurs?",
        "What can a traveller do at the border?",
        "What can you do with a transit visa?",
        "What documents do I need?",
        "How many documents were signed in May?",
        "Which languages are spoken in Yining?",
        "What is this report about?",
        "What is the newest bridge over the river?",
        "hello kitty",
        "Hi-tech exports",
        "Salem witch trials",
        "Good night, and good luck: who directed the film?",
        "Morning prayers",
        "What does goodbye mean in Kazakh?",
        "“Thank you”",
        'What does "who are you" mean?',
        "Is it okay to cross without a visa?",
        "Great Wall",
        "No visa",
        "Yes, but why?",
        "Who helped?",
        "help for refugees",
        "What is your source for the number of visas?",
        "When?",
        "more",
        "?",
        "",
    ],
    "kk": [
        "Құжатта не жазылған?",
        "Келісімде не бар?",
        "Бұл құжатта не туралы айтылады?",
        "Ол кім?",
        "Кім?",
        "Сәлем! Келісім қашан күшіне енді?",
        "Рахмет, ал оны кім жазды?",
        "Алматыда не бар?",
        "Мұнда кім тұрады?",
        "Қандай құжаттар керек?",
        "Қандай құжаттарға қол қойылды?",
        "Неше құжатқа қол қойылды?",
        "Шекарада не істеуге болады?",
        "Кім көмектесе алады?",
        "Қазақша қалай аталады?",
        "Сәлем Қазақстан",
        "Қайырлы таң, Қазақстан бағдарламасын кім жүргізеді?",
        "Жақсы адам",
        "Жақсы ма?",
        "Қытай қандай елдерді тізімге енгізді?",
        "Жинақ қашан шықты?",
        "Құжаттар қашан жарияланды?",
        "Рахмет Сейітов",
        "«Рахмет»",
        "Сен туралы ол не деді?",
        "Сау адам",
        "Қош келдіңіз деген не?",
        "Елшінің аты кім?",
        "Түсіндірме",
        "Тағы",
    ],
    "ru": [
        "Что в документе?",
        "Что есть в соглашении?",
        "Что здесь произошло?",
        "Что здесь написано про визы?",
        "Кто он?",
        "Кто такие уйгуры?",
        "Привет, когда вступило в силу соглашение?",
        "Спасибо, а кто его подписал?",
        "Какие документы нужны?",
        "Какие документы нужны для визы?",
        "Сколько документов подписали стороны?",
        "О чём этот документ?",
        "О чём договорились министры?",
        "Как его зовут?",
        "Чем помог посол?",
        "Помощь беженцам",
        "На каком языке говорят в Инине?",
        "На каких языках вещает канал?",
        "Пока не подписано",
        "Как дела у беженцев?",
        "Доброе утро, Казахстан",
        "Хорошо известный договор",
        "Да Винчи",
        "Нет визы",
        "Что умеет этот прибор?",
        "«Спасибо»",
        "Что такое «пока»?",
        "Список опасных стран",
        "Список документов для визы",
        "Ясно ли, кто виноват?",
        "Почему?",
        "ещё",
    ],
    "zh-Hans": [
        "这份报告里有什么？",
        "这份文档里有什么？",
        "协议里有什么？",
        "这里写了什么？",
        "他们是谁？",
        "谁？",
        "你好，协议什么时候生效？",
        "谢谢，那是谁签的？",
        "你好李焕英的导演是谁？",
        "需要什么文件？",
        "两国签署了哪些文件？",
        "签署了多少份文件？",
        "这份报告是关于什么的？",
        "什么是敏感国家？",
        "伊宁说什么语言？",
        "名单上有哪些国家？",
        "他叫什么名字？",
        "谁能帮助他们？",
        "帮助难民",
        "你能带多少行李过境？",
        "机器人会取代翻译吗？",
        "好的坏的",
        "好人",
        "早上好中国",
        "不丹",
        "不明白的人有多少？",
        "“你好”",
        "哈哈镜",
        "再见的意思是什么？",
        "对等措施",
        "行李",
        "晚安曲是谁写的？",
        "为什么？",
        "继续",
    ],
    "zh-Hant": [
        "這份報告裡有什麼？",
        "這份文件裡有什麼？",
        "協議裡有什麼？",
        "這裡寫了什麼？",
        "他們是誰？",
        "誰？",
        "您好，協議何時生效？",
        "謝謝，那是誰簽的？",
        "哈囉凱蒂是誰創造的？",
        "需要什麼文件？",
        "兩國簽署了哪些文件？",
        "簽署了多少份文件？",
        "這份報告是關於什麼的？",
        "什麼是敏感國家？",
        "伊寧說什麼語言？",
        "名單上有哪些國家？",
        "他叫什麼名字？",
        "誰能幫助他們？",
        "幫助難民",
        "你能帶多少行李過境？",
        "機器人會取代翻譯嗎？",
        "好的壞的",
        "好人",
        "早安台灣",
        "了解協議",
        "對等措施",
        "「您好」",
        "再見的意思是什麼？",
        "感恩節是哪一天？",
        "晚安曲是誰寫的？",
        "為什麼？",
        "繼續",
    ],
}

UTTERANCES = [(tag, kind, text) for tag, kinds in SMALL_TALK.items() for kind, texts in kinds.items() for text in texts]


@pytest.mark.parametrize(("language", "kind", "utterance"), UTTERANCES)
def test_small_talk_is_told(language: str, kind: str, utterance: str) -> None:
    found = small_talk(utterance, language)
    assert found is not None
    assert (found.kind, found.language) == (kind, language)


@pytest.mark.parametrize(
    ("language", "question"), [(tag, question) for tag, questions in LOOK_ALIKES.items() for question in questions]
)
def test_what_only_looks_like_it_is_none(language: str, question: str) -> None:
    assert small_talk(question, language) is None
    assert small_talk(question, "und") is None


@pytest.mark.parametrize("wrong", ["und", "de", *SMALL_TALK])
def test_the_kind_does_not_depend_on_the_language_being_right(wrong: str) -> None:
    told = {text: small_talk(text, wrong) for _, _, text in UTTERANCES}
    assert [(text, kind) for _, kind, text in UTTERANCES if (found := told[text]) is None or found.kind != kind] == []


@pytest.mark.parametrize("language", SMALL_TALK)
def test_every_kind_is_tried_in_every_language(language: str) -> None:
    assert SMALL_TALK[language].keys() == set(KINDS)
    assert sum(map(len, SMALL_TALK[language].values())) >= 30
    assert len(LOOK_ALIKES[language]) >= 30


@pytest.mark.parametrize("change", [str.upper, str.title, "  {}  ".format, "{} 😀!!!".format, "…{}~".format])
def test_case_marks_and_emoji_change_nothing(change: Callable[[str], str]) -> None:
    changed = {text: small_talk(change(text), tag) for tag, _, text in UTTERANCES}
    assert [
        (text, kind) for _, kind, text in UTTERANCES if (found := changed[text]) is None or found.kind != kind
    ] == []


@pytest.mark.parametrize(
    ("greeted", "language"),
    [
        ("Hello, {}", "en"),
        ("Сәлем! {}", "kk"),
        ("Привет 👋 {}", "ru"),
        ("你好，{}", "zh-Hans"),
        ("哈囉！{}", "zh-Hant"),
    ],
)
def test_a_question_is_none_with_a_greeting_before_it(greeted: str, language: str) -> None:
    questions = [question for question in LOOK_ALIKES[language] if question.strip("?") and '"' not in question]
    assert [q for q in questions if small_talk(greeted.format(q), language)] == []
    assert [q for q in questions if without_greeting(q) == q and without_greeting(greeted.format(q)) != q] == []


def test_no_shipped_question_is_small_talk_or_begins_with_a_greeting() -> None:
    questions = [query.text for query in read_dataset(SHIPPED_DOCUMENTS.parent).queries]
    assert len(questions) > 100
    assert [q for q in questions if small_talk(q, detect_language(q)) or without_greeting(q) != q] == []


@pytest.mark.parametrize(
    ("utterance", "given", "kind", "language"),
    [
        ("ok рахмет", "en", "thanks", "kk"),
        ("Сәлем! What is in here?", "kk", "collection", "en"),
        ("Hello, кто ты?", "en", "abilities", "ru"),
        ("hello 你好", "en", "greeting", "zh-Hans"),
        ("hello 你好", "zh-Hans", "greeting", "zh-Hans"),
        ("ok 謝謝", "en", "thanks", "zh-Hant"),
        ("Ассалаумағалейкум, как дела", "ru", "greeting", "ru"),
        ("привет, thanks for your help, пока", "ru", "goodbye", "ru"),
    ],
)
def test_of_several_languages_the_words_that_decide_are_answered(
    utterance: str, given: str, kind: str, language: str
) -> None:
    found = small_talk(utterance, given)
    assert found is not None
    assert (found.kind, found.language) == (kind, language)


@pytest.mark.parametrize(
    ("utterance", "kind"),
    [
        ("Hello, thank you, what is in here?", "collection"),
        ("hi, who are you? bye", "abilities"),
        ("ok thanks, bye", "goodbye"),
        ("hi, ok, thanks", "thanks"),
        ("ok, hello", "greeting"),
        ("👋", "greeting"),
        ("🙏🙏", "thanks"),
        ("👍🏽", "acknowledgement"),
        ("❤️", "thanks"),
    ],
)
def test_what_asks_for_most_decides(utterance: str, kind: str) -> None:
    found = small_talk(utterance, "en")
    assert found is not None
    assert (found.kind, found.language) == (kind, "en")


@pytest.mark.parametrize("given", ["en", "kk", "ru", "zh-Hans", "zh-Hant"])
def test_words_of_all_languages_are_answered_in_the_one_that_is_given(given: str) -> None:
    found = small_talk("OK", given)
    assert found is not None
    assert found.language == given


@pytest.mark.parametrize(
    ("utterance", "given", "language"),
    [
        ("谢谢", "zh-Hant", "zh-Hans"),
        ("謝謝", "zh-Hans", "zh-Hant"),
        ("你好", "zh-Hant", "zh-Hant"),
        ("你好", "zh-Hans", "zh-Hans"),
        ("你好", "ja", "zh-Hans"),
        ("掰掰", "zh-Hans", "zh-Hans"),
        ("哈啰，你是谁", "zh-Hant", "zh-Hans"),
        ("你能做什麼？", "und", "zh-Hant"),
    ],
)
def test_the_reply_is_in_the_script_of_the_question(utterance: str, given: str, language: str) -> None:
    found = small_talk(utterance, given)
    assert found is not None
    assert found.language == language


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Сәлем! Келісім қашан күшіне енді?", "Келісім қашан күшіне енді?"),
        ("hello, when did the agreement take effect?", "when did the agreement take effect?"),
        ("Hello there, everyone! How are you? Who signed it?", "Who signed it?"),
        ("hi when was it signed", "when was it signed"),
        ("Good morning — which visa do I need?", "which visa do I need?"),
        ("Привет 👋 кто подписал договор", "кто подписал договор"),
        ("Добрый день, уважаемые коллеги. Сколько стоит виза?", "Сколько стоит виза?"),
        ("Здравствуйте\nСколько стоит виза?", "Сколько стоит виза?"),
        ("你好，协议什么时候生效？", "协议什么时候生效？"),
        ("你好请问协议什么时候生效？", "请问协议什么时候生效？"),
        ("您好！「敏感國家」有哪些？", "「敏感國家」有哪些？"),
        ("Hello! “Visa-free” means what?", "“Visa-free” means what?"),
        ("Salem, Келісім қашан күшіне енді?", "Келісім қашан күшіне енді?"),
        ("Hello, Dalil! Who signed it?", "Who signed it?"),
        ("你好，请问，谁签署了协议？", "谁签署了协议？"),
        ("Heyyyy!! Who is Tokayev", "Who is Tokayev"),
    ],
)
def test_a_greeting_is_taken_off_the_beginning(question: str, left: str) -> None:
    assert small_talk(question, "en") is None
    assert without_greeting(question) == left


@pytest.mark.parametrize(
    "question",
    [
        "Hello!",
        "Сәлем, қалайсың?",
        "hello kitty was made by whom?",
        "Hi-tech exports of Almaty",
        "Salem witch trials",
        "Salem is in which state?",
        "早在1992年签署的协议是什么？",
        "Good morning Vietnam director",
        "你好李焕英的导演是谁？",
        "早安台灣的主持人是誰？",
        "Сәлем Қазақстан бағдарламасы",
        "Привет-медведь",
        "“Hello” was sung by whom?",
        "Thanks, who signed it?",
        "When did the agreement take effect? Hello?",
        "",
    ],
)
def test_what_is_no_greeting_stays(question: str) -> None:
    assert without_greeting(question) == question


def test_long_texts_are_looked_at_only_so_far() -> None:
    assert small_talk("hello " * 60, "en") is None
    assert small_talk("hello " * 20, "en") is not None
    long = "Where is the bridge? " * 500
    assert without_greeting(f"Hello! {long}") == long
