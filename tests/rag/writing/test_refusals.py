"""What counts as a refusal, and what only sounds like one."""

import pytest

from rag.writing.draft import is_refusal


@pytest.mark.parametrize(
    "sentence",
    [
        "The passages do not contain the answer.",
        "The provided context doesn't mention the year of the treaty.",
        "The sources don’t say who signed it.",
        "The documents provide no information about the cost.",
        "I cannot answer this question.",
        "Sorry, I am unable to give an answer.",
        "I can't answer that from the passages.",
        "The question cannot be answered.",
        "The year is not mentioned in the given passages.",
        "There is no information about this.",
        "No relevant information found.",
        "No answer.",
        "В отрывках нет ответа на этот вопрос.",
        "В предоставленных источниках не указано, кто подписал договор.",
        "Отрывки не содержат ответа.",
        "Не могу ответить на этот вопрос.",
        "К сожалению, нет информации об этом в приведённых отрывках.",
        "Нет ответа.",
        "Үзінділерде бұл туралы айтылмаған.",
        "Мәтінде қол қойылған жыл көрсетілмеген.",
        "Бұл сұраққа жауап бере алмаймын.",
        "Сұраққа жауап табылмады.",
        "Жауап жоқ.",
        "段落中没有提到签署的年份。",
        "所给资料并未说明费用。",
        "无法根据段落回答这个问题。",
        "根据所给资料无法确定年份。",
        "无法回答该问题。",
        "没有相关信息。",
        "段落中沒有提到簽署的年份。",
        "所給資料並未說明費用。",
        "無法根據段落回答這個問題。",
        "無法回答此問題。",
    ],
)
def test_a_lack_of_an_answer_is_a_refusal(sentence: str) -> None:
    assert is_refusal(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The minister was unable to answer the journalists.",
        "The ambassador received no answer for months.",
        "No answer to the note came from Moscow.",
        "The information ministry said no state employee was hurt.",
        "He was arrested, though not in the context of the war.",
        "The passage across the Caspian takes no more than a day.",
        "The source of the river does not freeze.",
        "Passengers without documents do not board.",
        "Текстильная компания не сообщала о прибыли.",
        "Источник в полиции не сообщает имени водителя.",
        "Спасателям не удалось ответить на вызов вовремя.",
        "У них нет документов.",
        "Не указывая причин, суд отложил заседание.",
        "Хатқа әлі жауап жоқ.",
        "Құжатқа 2018 жылы қол қойылды.",
        "Президент сұрақтарға жауап берді.",
        "专家未能确定死因。",
        "部长未能回答记者的提问。",
        "信息公司没有提供细节。",
        "该国没有出海口。",
        "專家未能確定死因。",
        "河水的来源是冰川。",
    ],
)
def test_an_honest_sentence_is_none(sentence: str) -> None:
    assert not is_refusal(sentence)
