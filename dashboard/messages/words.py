"""One language: its texts, and how it writes numbers, shares, months and dates."""

import math
from dataclasses import dataclass
from typing import Any

from abm.months import month_index
from dashboard.messages.catalogue import LANGUAGES, all_messages, fields_of, message

NO_BREAK = "\u00a0"
"""Keeps a number and what belongs to it on one line."""

MINUS = "\u2212"

_THOUSANDS = {"en": ",", "nl": ".", "uk": NO_BREAK}
_DECIMAL = {"en": ".", "nl": ",", "uk": ","}
_SMALLEST_GROUPED = 1_000


@dataclass(frozen=True)
class Words:
    """Texts and formats of one language. Immutable, so it may be passed anywhere, threads included.

    Attributes
    ----------
    language : str
        ``nl``, ``en`` or ``uk``.
    """

    language: str = LANGUAGES[0]

    def t(self, key: str, **values: Any) -> str:
        """Return the text of a key with its fields filled in.

        Numbers among ``values`` are written as the language does; ``n`` also chooses the form of a
        text that counts.

        Raises
        ------
        EweaError
            If the key does not exist or a counted text gets no ``n``.
        """
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

    def label(self, labels: dict[str, str]) -> str:
        """Return the label of configuration data (``{en, nl, uk}``) in this language."""
        return labels.get(self.language) or labels["en"]

    def number(self, value: float, decimals: int | None = None) -> str:
        r"""Return a number with separators; decimals only where it has them.

        >>> Words("en").number(1234567), Words("nl").number(1234.5), Words("uk").number(-12345)
        ('1,234,567', '1.234,5', '−12\xa0345')
        """
        if not math.isfinite(value):
            return "–"
        if decimals is None:
            decimals = (
                0 if float(value).is_integer() else min(2, len(f"{value:.2f}".rstrip("0").split(".")[1]))
            )
        text = f"{abs(value):,.{decimals}f}"
        text = text.replace(",", "\0").replace(".", _DECIMAL[self.language])
        text = text.replace("\0", _THOUSANDS[self.language])
        negative = value < 0 and any(digit in text for digit in "123456789")
        return (MINUS if negative else "") + text

    def signed(self, value: float, decimals: int | None = None) -> str:
        """Return a difference with its sign; zero has none.

        >>> Words("nl").signed(1500), Words("nl").signed(-20), Words("nl").signed(0)
        ('+1.500', '−20', '0')
        """
        text = self.number(value, decimals)
        return "+" + text if value > 0 and text.strip("0,.") else text

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
        """Return a month in words.

        >>> Words("nl").month("2027-03"), Words("uk").month("2027-03")
        ('maart 2027', 'березень 2027')
        """
        month_index(label)  # ValueError on anything that is no month
        return f"{self.t(f'formats.month_{label[5:]}')}{NO_BREAK}{label[:4]}".replace(NO_BREAK, " ")

    def short_month(self, label: str) -> str:
        """Return a month for an axis, such as "mrt 2027"."""
        month_index(label)
        return f"{self.t(f'formats.short_{label[5:]}')} {label[:4]}"

    def date(self, label: str) -> str:
        """Return a day (``YYYY-MM-DD``) or a month (``YYYY-MM``) in words.

        >>> Words("en").date("2027-03-04"), Words("uk").date("2027-03-04")
        ('4 March 2027', '4 березня 2027')
        """
        if len(label) == len("2027-03"):
            return self.month(label)
        month_index(label[:7])
        return f"{int(label[8:10])} {self.t(f'formats.of_{label[5:7]}')} {label[:4]}"

    def bytes(self, count: float) -> str:
        """Return a size of a file, such as "1.2 MB"."""
        for unit in ("B", "kB", "MB"):
            if count < _SMALLEST_GROUPED or unit == "MB":
                return f"{self.number(round(count, 0 if unit == 'B' else 1))}{NO_BREAK}{unit}"
            count /= _SMALLEST_GROUPED
        raise AssertionError("unreachable")
