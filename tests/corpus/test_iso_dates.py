"""Dates as files write them."""

import pytest

from corpus.dates import date_line, date_of_epoch_ms, iso_date

DAYS = [
    "2031-03-04", "2031/3/4", "2031.03.04", "2031. 3. 4.", "20310304", "20310304T101500Z", "2031–03–04",
    "4 March 2031", "4th March 2031", "4th of March, 2031", "March 4, 2031", "March 4th, 2031", "Mar 4 2031",
    "Mar. 4, 2031", "04-Mar-2031", "2031 March 4", "Tuesday, March 4, 2031 at 9:30 am", "Tue Mar  4 12:53:42 UTC 2031",
    "Tue, 04 Mar 2031 23:30:00 -0500", "2031-03-04T02:10:00+06:00", "2031-03-04T23:30:00-05:00", "2031-03-04 09:30",
    "2031-03-04T00:10:00Z", "04.03.2031", "4.3.2031", "4. 3. 2031",
    "2031年3月4日", "2031年03月04日 09:30", "2031 年 3 月 4 日", "2031年3月4號", "２０３１年３月４日",
    "二〇三一年三月四日", "二零三一年三月四日", "民國120年3月4日", "中華民國120年3月4日", "民国一百二十年三月四日",
    "令和13年3月4日", "2031년 3월 4일", "ngày 4 tháng 3 năm 2031",
    "4 марта 2031 г.", "4 марта 2031 года", "4 мар. 2031", "2031 г. 4 марта", "4-го марта 2031",
    "4 наурыз 2031 жыл", "4 наурыз, 2031 ж.", "2031 жылғы 4 наурыз", "2031 ж. 4 наурыз", "2031 жылдың 4 наурызы",
    "2031 жылғы наурыздың 4-і", "4. März 2031", "4 Mär. 2031", "4. Maerz 2031", "le 4 mars 2031", "4 de marzo de 2031",
    "4 de março de 2031", "4 marzo 2031", "4 березня 2031", "4 березня 2031 року", "4 Mart 2031", "4 MART 2031",
    "٤ مارس ٢٠٣١", "٢٠٣١-٠٣-٠٤", "4 آذار 2031", "4 maart 2031", "4 marca 2031", "2031. március 4.",
]  # fmt: skip


@pytest.mark.parametrize("written", DAYS)
def test_a_day_in_many_languages(written: str) -> None:
    assert iso_date(written) == "2031-03-04"


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1er mai 2031", "2031-05-01"), ("12 juin 2031", "2031-06-12"), ("12 juillet 2031", "2031-07-12"),
        ("31 августа 2031", "2031-08-31"), ("5 мая 2031", "2031-05-05"), ("1 Ağustos 2031", "2031-08-01"),
        ("3 Kasım 2031", "2031-11-03"), ("7 грудня 2031", "2031-12-07"), ("7 желтоқсан 2031", "2031-12-07"),
        ("7. Dezember 2031", "2031-12-07"), ("7 dic 2031", "2031-12-07"), ("7 كانون الأول 2031", "2031-12-07"),
        ("7 ابريل 2031", "2031-04-07"), ("12 Sept. 2031", "2031-09-12"), ("十二月三十一日", None),
        ("二〇三一年十二月三十一日", "2031-12-31"), ("二〇三一年十月廿一日", "2031-10-21"),
        ("民國113年5月1日", "2024-05-01"), ("平成元年5月1日", "1989-05-01"),
    ],
)  # fmt: skip
def test_other_days(written: str, date: str | None) -> None:
    assert iso_date(written) == date


@pytest.mark.parametrize(
    "written",
    ["March 2031", "Mar. 2031", "2031-03", "2031/03", "03/2031", "03.2031", "2031年3月", "二〇三一年三月",
     "民國120年3月", "март 2031", "в марте 2031", "март 2031 г.", "2031 жылғы наурыз", "наурыз 2031", "März 2031",
     "mars 2031", "marzo de 2031", "березень 2031", "Mart 2031", "مارس ٢٠٣١", "Updated in March 2031", "2031년 3월"],
)  # fmt: skip
def test_a_month_alone(written: str) -> None:
    assert iso_date(written) == "2031-03"


@pytest.mark.parametrize(
    "written",
    ["2031", "2031年", "2031 г.", "2031 год", "2031 ж.", "2031 жыл", "٢٠٣١", "二〇三一年", "民國120年", " 2031\n"],
)
def test_a_year_alone(written: str) -> None:
    assert iso_date(written) == "2031"


@pytest.mark.parametrize(
    ("written", "language", "date"),
    [
        ("13/04/2031", None, "2031-04-13"), ("04/13/2031", None, "2031-04-13"), ("03/03/2031", None, "2031-03-03"),
        ("03/04/2031", None, None), ("03/04/2031", "en", None), ("03/04/2031", "zh-Hans", None),
        ("03/04/2031", "fr", "2031-04-03"), ("03/04/2031", "kk-Arab", "2031-04-03"), ("03-04-2031", "es", "2031-04-03"),
        ("03-04-2031", None, None), ("13/13/2031", None, None), ("04/13/2031", "fr", "2031-04-13"),
    ],
)  # fmt: skip
def test_numbers_that_may_be_in_either_order(written: str, language: str | None, date: str | None) -> None:
    assert iso_date(written, language) == date


@pytest.mark.parametrize(
    "written",
    ["1403/01/20", "۱۴۰۳/۰۱/۲۰", "20 فروردین 1403", "5784", "2574", "4 มีนาคม 2574", "٤ رمضان ١٤٥٢", "0000-01-01",
     "2023-13-45", "31 February 2023", "2031-02-30", "2031-13", "20311345", "no date", "", None, "T:" * 500,
     "Room 2031", "2030-2031", "2031-W10", "2031-063", "Martin 2031", "Marching 4, 2031", "4 people, 2031", "12 2031",
     "3.4.31", "10:22", "1.2.3", "127.0.0.1", "+7 701 203 2031"],
)  # fmt: skip
def test_what_is_no_date_of_ours(written: str | None) -> None:
    assert iso_date(written) is None


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Published: 1 March 2031, 10:22", "2031-03-01"), ("2031年03月01日 09:30 来源：晨报 作者：林可", "2031-03-01"),
        ("Жарияланған: 2031 жылғы 4 наурыз", "2031-03-04"), ("4 наурыз 2031, 10:22", "2031-03-04"),
        ("04.03.2031 10:22", "2031-03-04"),
        ("Room 2031", None), ("2031", None), ("March 2031", None), ("The deal was signed on 5 May 2031", None),
        ("27 May 2024", "2024-05-27"), ("Thu, 19 Oct 2023 20:51:45 GMT", "2023-10-19"),
        ("Published: October 5, 2026", "2026-10-05"), ("2023年10月19日 星期四", "2023-10-19"),
        ("It began 5 May 2031.", None), ("2031年10月19日，协议生效。", None),
    ],
)  # fmt: skip
def test_a_date_line_has_a_day_and_little_else(line: str, date: str | None) -> None:
    assert date_line(line) == date


def test_times_in_milliseconds_are_days_in_utc() -> None:
    assert date_of_epoch_ms(0) == "1970-01-01"
    assert date_of_epoch_ms(1697749143000) == "2023-10-19"
    assert date_of_epoch_ms(10**30) is None


@pytest.mark.parametrize(
    "value", ["1" * 200, "4 " * 100, "a " * 100, "2031 " * 40, "年" * 200, "一" * 199 + "年", "²/³/2031"]
)
@pytest.mark.timeout(5)
def test_odd_values_do_no_harm(value: str) -> None:
    assert iso_date(value) is None or value
