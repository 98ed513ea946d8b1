"""What pages are built from: plain semantic HTML, charts, tables, cards, states and form controls.

Everything here has an accessible name, works with the keyboard and at 390 px, and follows the theme.
"""

from dashboard.components.cards import BigNumber, Cards
from dashboard.components.chart import Chart
from dashboard.components.chart_figures import SERIES_COLOURS, bar_chart, fan_chart
from dashboard.components.choosing import Checkboxes, Radios, Select
from dashboard.components.controls import Button, MonthSelect, Slider, Switch
from dashboard.components.download import Download
from dashboard.components.element import (
    bullets,
    columns,
    details,
    el,
    heading,
    lead,
    link,
    page_link,
    paragraph,
    section,
)
from dashboard.components.entering import FileUpload, TextArea
from dashboard.components.states import Empty, Failed, NoticeBox, Progress
from dashboard.components.table import Column, DataTable

__all__ = [
    "SERIES_COLOURS",
    "BigNumber",
    "Button",
    "Cards",
    "Chart",
    "Checkboxes",
    "Column",
    "DataTable",
    "Download",
    "Empty",
    "Failed",
    "FileUpload",
    "MonthSelect",
    "NoticeBox",
    "Progress",
    "Radios",
    "Select",
    "Slider",
    "Switch",
    "TextArea",
    "bar_chart",
    "bullets",
    "columns",
    "details",
    "el",
    "fan_chart",
    "heading",
    "lead",
    "link",
    "page_link",
    "paragraph",
    "section",
]
