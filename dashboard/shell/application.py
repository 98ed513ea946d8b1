"""The module Solara loads: one route per page, all shown by the same component.

Moving between pages never loads the app anew; see :mod:`dashboard.shell.frame`.
"""

import solara

from dashboard.pages import all_pages
from dashboard.shell.frame import App


@solara.component
def _Bare(children: list[solara.Element] | None = None) -> solara.Element:
    """Put nothing around a page: the frame is our own."""
    return solara.Div(children=children or [], classes=["ewea"])


routes = [
    solara.Route(path="/", component=App, layout=_Bare, label="EWEA"),
    *[solara.Route(path=page.id, component=App, label="EWEA") for page in all_pages()],
]
