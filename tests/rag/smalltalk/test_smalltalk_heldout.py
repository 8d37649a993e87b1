"""Small talk that the words were not chosen by: ten utterances a language that are, and ten look-alikes that are not.

These stay as they are when words are added, so that they go on to tell how well others are met.
"""

from __future__ import annotations

import pytest

from rag.smalltalk import small_talk

SMALL_TALK = {
    "en": {
        "greeting": ["Good evening to you!", "hey there, how are things?"],
        "thanks": ["Many thanks for your help", "thx a lot!!"],
        "acknowledgement": ["Alright, got it."],
        "goodbye": ["See you tomorrow, take care!"],
        "collection": ["What do you have in your library?", "Which documents can I search here?"],
        "abilities": ["What are you able to do?", "Are you a person or a machine?"],
    },
    "kk": {
        "greeting": ["Армысыз!", "Саламатсыз ба, қалыңыз қалай?"],
        "thanks": ["Көмегіңізге көп рахмет!"],
        "acknowledgement": ["Жарайды, түсіндім"],
        "goodbye": ["Көріскенше, сау болыңыздар!", "Kezdeskenshe"],
        "collection": ["Бұл жинақта қандай құжаттар бар?", "Мұнда қанша құжат сақталған?"],
        "abilities": ["Қолыңнан не келеді?", "Сіз кімсіз өзі?"],
    },
    "ru": {
        "greeting": ["Доброго вечера!", "приветик, как жизнь?"],
        "thanks": ["Огромное спасибо за помощь!"],
        "acknowledgement": ["хорошо, понятно", "Ясненько"],
        "goodbye": ["Всего доброго, до встречи!"],
        "collection": ["Что у вас тут есть?", "Какие документы загружены в базу?"],
        "abilities": ["На что ты способен?", "Ты человек или программа?"],
    },
    "zh-Hans": {
        "greeting": ["大家好啊！", "早上好，你好吗？"],
        "thanks": ["太感谢你了"],
        "acknowledgement": ["好的，我明白了", "行吧"],
        "goodbye": ["明天见，拜拜～"],
        "collection": ["你们这儿都收录了哪些文档？", "资料库里有多少篇文章？"],
        "abilities": ["你都会做些什么呀？", "你是真人还是机器人？"],
    },
    "zh-Hant": {
        "greeting": ["午安您好", "嗨囉～最近好嗎？"],
        "thanks": ["真是太謝謝你了"],
        "acknowledgement": ["了解，沒問題", "好喔"],
        "goodbye": ["先這樣，掰掰囉"],
        "collection": ["這裡收錄了哪些文件？", "資料庫裡面有什麼內容？"],
        "abilities": ["你可以幫我做什麼？", "請問您是哪位？"],
    },
}

LOOK_ALIKES = {
    "en": [
        "What is in the second annex?",
        "Who are you voting for in Almaty?",
        "What can you do if your visa expires?",
        "Thanks to whom was the bridge rebuilt?",
        "What documents do travellers have to carry?",
        "Good morning broadcast schedule",
        "Bye-laws of the association",
        "How many documents did the two presidents sign?",
        "Okay to photograph the border?",
        "hi, which articles of the treaty mention data?",
    ],
    "kk": [
        "Баяндамада не бар?",
        "Рахмет деген кім?",
        "Сәлем хатты кім жазды?",
        "Бұл келісімде қандай баптар бар?",
        "Мұнда қандай қала туралы айтылады?",
        "Қандай құжаттар тапсыру керек?",
        "Жақсы көрші саясаты деген не?",
        "Сен білетін келісім қашан бекітілді?",
        "Сау болу үшін не істеу керек?",
        "Қайырлы күн! Виза қанша күнге беріледі?",
    ],
    "ru": [
        "Что есть в приложении к договору?",
        "Кто вы по мнению следователя?",
        "Спасибо кому сказал посол?",
        "Сколько документов подписали министры?",
        "Что умеют переводчики консульства?",
        "Пока договор не вступил в силу, что нужно?",
        "Хорошо ли охраняется граница?",
        "Здравствуйте, сколько стоит виза?",
        "Какие документы есть у беженцев?",
        "Понятно ли сформулирована статья 6?",
    ],
    "zh-Hans": [
        "这篇报道里有什么？",
        "你好中国这个节目是谁办的？",
        "谢谢是谁写的？",
        "这里发生了什么？",
        "双方签了多少份文件？",
        "再见列宁讲的是什么？",
        "你能用护照做什么？",
        "好的教育需要什么？",
        "早安，请问口岸几点开门？",
        "他是谁？",
    ],
    "zh-Hant": [
        "這份聲明裡有什麼？",
        "您是哪一年離開的？",
        "謝謝你，不過協議何時生效？",
        "這裡有多少居民？",
        "部長簽署了哪些文件？",
        "好喔這首歌是誰唱的？",
        "你可以在邊境停留幾天？",
        "沒問題的護照要換嗎？",
        "再見單身這部電影何時上映？",
        "晚安新聞的主播是誰？",
    ],
}


@pytest.mark.parametrize(
    ("language", "kind", "utterance"),
    [(tag, kind, text) for tag, kinds in SMALL_TALK.items() for kind, texts in kinds.items() for text in texts],
)
def test_other_small_talk_is_told_too(language: str, kind: str, utterance: str) -> None:
    found = small_talk(utterance, language)
    assert found is not None
    assert (found.kind, found.language) == (kind, language)


@pytest.mark.parametrize(
    ("language", "question"), [(tag, question) for tag, questions in LOOK_ALIKES.items() for question in questions]
)
def test_other_questions_are_none(language: str, question: str) -> None:
    assert small_talk(question, language) is None


@pytest.mark.parametrize("language", SMALL_TALK)
def test_there_are_ten_of_each(language: str) -> None:
    assert sum(map(len, SMALL_TALK[language].values())) >= 10
    assert len(LOOK_ALIKES[language]) >= 10
