"""Colours by role: charts and style sheet of the app, and the figures of its files, take them from here."""

ROLES = {
    "scenario-a": ("#0b62a4", "#63b3f0"),
    "scenario-b": ("#c2500a", "#f59a56"),
    "scenario-c": ("#00745a", "#45c9a2"),
    "scenario-d": ("#82408a", "#d79fe0"),
    "baseline": ("#c2500a", "#f59a56"),
    "past": ("#4d5761", "#b4bec7"),
}
"""On light and on dark ground; told apart by people who are colour-blind, 3:1 against the page."""

OPACITY = (0.19, 0.23)
"""Of a band, on light and on dark ground."""

LIGHT = {role: pair[0] for role, pair in ROLES.items()}
"""For files, which are printed on white."""


def of(role: str) -> str:
    """Return a role as the style sheet names it."""
    return f"var(--{role})"


def band_of(role: str) -> str:
    """Return the band of a role as the style sheet names it."""
    return f"var(--{role}-band)"


def variables(ground: int) -> str:
    """Return the variables of the style sheet for light (0) or dark (1) ground."""
    found = []
    for role, pair in ROLES.items():
        red, green, blue = bytes.fromhex(pair[ground][1:])
        band = f"rgba({red}, {green}, {blue}, {OPACITY[ground]})"
        found.append(f"--{role}: {pair[ground]}; --{role}-band: {band};")
    return " ".join(found)


def style_sheet() -> str:
    """Return the rules that give every role its colour in the theme of the page."""
    dark = variables(1)
    return (
        f':root {{ {variables(0)} }}\n:root[data-theme="dark"] {{ {dark} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root[data-theme="auto"] {{ {dark} }} }}\n'
    )
