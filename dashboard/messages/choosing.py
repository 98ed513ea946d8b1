"""Which language a visitor gets without a choice."""

from dashboard.messages.catalogue import LANGUAGES

MOST_READ = 200
"""Characters of the header that are looked at; more is not a browser."""


def preferred_language(header: str) -> str:
    """Return our language that stands first in ``Accept-Language``; Dutch if none does.

    >>> preferred_language("uk-UA,uk;q=0.9,en;q=0.8"), preferred_language("fr"), preferred_language("")
    ('uk', 'nl', 'nl')
    >>> preferred_language("en;q=0.4, nl;q=0.7")
    'nl'
    """
    ranked = []
    for position, part in enumerate(header[:MOST_READ].split(",")):
        name, _, weight = part.strip().partition(";q=")
        language = name.split("-")[0].lower()
        if language not in LANGUAGES:
            continue
        try:
            ranked.append((-float(weight or 1), position, language))
        except ValueError:
            continue
    return min(ranked)[2] if ranked else LANGUAGES[0]
