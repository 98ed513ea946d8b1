"""Parts of sentences: lists and counts."""

from collections.abc import Sequence


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Return names as part of a sentence.

    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed([])
    ('a, b and c', 'a or b', '')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def count_of(number: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> count_of(1, "survey"), count_of(2, "survey")
    ('1 survey', '2 surveys')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def capitalised(text: str) -> str:
    """Return a text with a capital at its start and everything else as it is."""
    return text[:1].upper() + text[1:]
