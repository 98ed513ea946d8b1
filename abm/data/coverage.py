"""How well the host countries are known: which figures are recorded, quoted, derived or assumed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from abm.data.country import Country, RegisterPriors
from abm.data.figures import Figure


def figures_of(country: Country) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of a country file with its key; a dated list yields one item per date.

    Keys of the register carry their parent: ``register.double_share``.
    """
    for key in type(country).model_fields:
        value = getattr(country, key)
        if isinstance(value, Figure):
            yield key, value
        elif isinstance(value, RegisterPriors):
            for inner in type(value).model_fields:
                yield f"register.{inner}", getattr(value, inner)
        elif isinstance(value, list):
            for figure in value:
                yield key, figure


def status_by_key(countries: Sequence[Country]) -> dict[str, Counter[str]]:
    """Return, per key, how many hosts have which best status.

    The best status of a dated list counts, in the order recorded, quoted, derived, assumed; a host
    without any figure (no known limit of places) counts as ``absent``.
    """
    order = ("recorded", "quoted", "derived", "assumed")
    best: dict[str, dict[str, str]] = {}
    for country in countries:
        for key, figure in figures_of(country):
            known = best.setdefault(key, {})
            old = known.get(country.id, order[-1])
            known[country.id] = min(old, figure.status, key=order.index)
    return {
        key: Counter(known.get(country.id, "absent") for country in countries) for key, known in best.items()
    }
