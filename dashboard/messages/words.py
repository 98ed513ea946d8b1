"""One language: its texts, and how it writes numbers, shares, months and dates (CLDR, through Babel)."""

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Any

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from abm.errors import EweaError
from abm.months import month_index
from dashboard.messages.catalogue import LANGUAGES, LOCALES, all_messages, fields_of, message

NO_BREAK = "\u00a0"
"""Keeps a number and what belongs to it on one line."""

MINUS = "\u2212"

_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
_UNITS = ("B", "kB", "MB")
_ENGLISH = tuple(get_month_names("wide", "format", "en").values())


@dataclass(frozen=True)
class Words:
    """Texts and formats of one language. Immutable, so it may be passed anywhere, threads included."""

    language: str = LANGUAGES[0]

    @property
    def locale(self) -> Locale:
        """The language as Babel knows it."""
        return LOCALES[self.language]

    @property
    def separators(self) -> str:
        """Signs of decimals and of thousands, as plotly wants them."""
        symbols = self.locale.number_symbols["latn"]
        return str(symbols["decimal"] + symbols["group"])

    def t(self, key: str, **values: Any) -> str:
        """Return the text of a key with its fields; ``n`` also chooses the form of a text that counts."""
        count = values.get("n")
        text = message(key, self.language, count if isinstance(count, (int, float)) else None)
        written = {
            name: self.number(value) if isinstance(value, (int, float)) else str(value)
            for name, value in values.items()
        }
        if not fields_of(text):
            return text.replace("{{", "{").replace("}}", "}")
        return text.format(**written)

    def has(self, key: str) -> bool:
        """Return whether a text exists (for keys made of data, such as codes)."""
        return key in all_messages()

    def t_or(self, key: str, otherwise: str) -> str:
        """Return a text, or another where there is none."""
        return self.t(key) if self.has(key) else otherwise

    def label(self, labels: dict[str, str]) -> str:
        """Return the label of configuration data (``{en, nl, uk}``) in this language."""
        return labels.get(self.language) or labels["en"]

    def number(self, value: float, decimals: int | None = None) -> str:
        r"""Return a number with separators; at most two decimals, and only where it has them.

        >>> Words("en").number(1234567), Words("nl").number(1234.5), Words("uk").number(-12345)
        ('1,234,567', '1.234,5', '−12\xa0345')
        """
        if not math.isfinite(value):
            return "–"
        pattern = "#,##0.##" if decimals is None else f"#,##0.{'0' * decimals}".rstrip(".")
        text = format_decimal(abs(value), pattern, self.locale)
        return (MINUS if value < 0 and re.search(r"[1-9]", text) else "") + text

    def signed(self, value: float) -> str:
        """Return a difference with its sign; zero has none.

        >>> Words("nl").signed(1500), Words("nl").signed(-20), Words("nl").signed(0)
        ('+1.500', '−20', '0')
        """
        text = self.number(value)
        return "+" + text if value > 0 and re.search(r"[1-9]", text) else text

    def share(self, value: float, decimals: int = 0) -> str:
        r"""Return a share (0 to 1) as a percentage.

        >>> Words("nl").share(0.1234), Words("uk").share(0.5), Words("en").share(0.1234, 1)
        ('12%', '50\xa0%', '12.3%')
        """
        gap = NO_BREAK if self.language == "uk" else ""
        return f"{self.number(100 * value, decimals)}{gap}%"

    def band(self, low: float, high: float) -> str:
        """Return a range in words, such as "between 128,000 and 142,000"."""
        return self.t("formats.band", low=self.number(low), high=self.number(high))

    def signed_band(self, low: float, high: float) -> str:
        """Return a range of differences in words, both ends signed."""
        return self.t("formats.band", low=self.signed(low), high=self.signed(high))

    def month(self, label: str) -> str:
        """Return a month in words; in Ukrainian a nominative.

        >>> Words("nl").month("2027-03"), Words("uk").month("2027-03")
        ('maart 2027', 'березень 2027')
        """
        return format_date(_day(label), "LLLL y", self.locale)

    def short_month(self, label: str) -> str:
        """Return a month for an axis, such as "mrt 2027"."""
        return format_date(_day(label), "LLL y", self.locale)

    def month_inside(self, label: str) -> str:
        """Return a month as it stands after a day or "up to" (Ukrainian: genitive).

        >>> Words("uk").month_inside("2028-03"), Words("nl").month_inside("2028-03")
        ('березня 2028', 'maart 2028')
        """
        return format_date(_day(label), "MMMM y", self.locale)

    def month_names(self) -> list[str]:
        """Return the twelve months."""
        names = get_month_names("wide", "stand-alone", self.locale)
        return [names[number] for number in range(1, 13)]

    def date(self, label: str) -> str:
        """Return a day (``YYYY-MM-DD``) or a month (``YYYY-MM``) in words.

        >>> Words("en").date("2027-03-04"), Words("uk").date("2027-03-04")
        ('4 March 2027', '4 березня 2027')
        """
        if len(label) == len("2027-03"):
            return self.month(label)
        return format_date(dt.date.fromisoformat(label), "d MMMM y", self.locale)

    def own_dates(self, text: str) -> str:
        """Return a text of the configuration with its English dates in this language.

        >>> Words("nl").own_dates("rijksoverheid.nl 4 July 2025; VNG, March 2026")
        'rijksoverheid.nl 4 juli 2025; VNG, maart 2026'
        """

        def written(found: re.Match[str]) -> str:
            day, name, year = found.groups()
            month = f"{year}-{_ENGLISH.index(name) + 1:02d}"
            return self.date(f"{month}-{int(day):02d}") if day else self.month_inside(month)

        return re.sub(rf"(?:(\d{{1,2}}) )?\b({'|'.join(_ENGLISH)}) (\d{{4}})\b", written, text)

    def first_day(self, month: str) -> str:
        """Return the first day of a month in words: the day on which stocks are counted."""
        return self.date(f"{month}-01")

    def bytes(self, count: float) -> str:
        r"""Return a size of a file.

        >>> Words("nl").bytes(200_000), Words("en").bytes(1_234_567), Words("en").bytes(12)
        ('200\xa0kB', '1.2\xa0MB', '12\xa0B')
        """
        power = min(len(_UNITS) - 1, max(0, int(math.log10(max(count, 1)) // 3)))
        return f"{self.number(round(count / 1000**power, 1 if power else 0))}{NO_BREAK}{_UNITS[power]}"

    def user_message(self, message: "UserMessage | str") -> str:
        """Return what the engine says to the user; its English sentence where the catalogue has none."""
        key = f"engine.{getattr(message, 'code', '')}"
        if not self.has(key):
            return str(message)
        try:
            values = getattr(message, "values", {})
            return self.t(key, **{name: self._value(value) for name, value in values.items()})
        except (EweaError, KeyError, IndexError):
            return str(message)

    def _value(self, value: Any) -> Any:
        """Return a value of a message as the language writes it: names, places, months."""
        if isinstance(value, dict):
            return self.label(value)
        if isinstance(value, tuple):
            return ", ".join(str(self._value(part)) for part in value)
        if isinstance(value, str) and _MONTH.fullmatch(value):
            return self.month(value)
        if isinstance(value, str) and self.has(f"scenario.place_{value}"):
            return self.t(f"scenario.place_{value}")
        return value


def _day(month: str) -> dt.date:
    month_index(month)  # ValueError on anything that is no month
    return dt.date.fromisoformat(f"{month}-01")


class UserMessage(str):
    """A plain English sentence, with the message key ``engine.<code>`` and the values a translation needs.

    Values are numbers, texts, months (``YYYY-MM``), names in all languages (``{en, nl, uk}``; the sentence
    itself has the English ones), or tuples of these.
    """

    __slots__ = ("code", "values")

    def __new__(cls, code: str, text: str, values: dict[str, Any]) -> "UserMessage":
        """Return the sentence with what it was made from."""
        self = super().__new__(cls, text)
        self.code, self.values = code, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return UserMessage, (self.code, str(self), self.values)


def user_message(code: str, **values: Any) -> UserMessage:
    """Return the sentence of a code."""
    text = message(f"engine.{code}", "en")
    return UserMessage(code, text.format(**{name: _english(value) for name, value in values.items()}), values)


def _english(value: Any) -> Any:
    if isinstance(value, dict):
        return value["en"]
    return ", ".join(str(_english(part)) for part in value) if isinstance(value, tuple) else value
