"""The engine of the app: choices in, answers out. No page and no solara here."""

from dashboard.engine.answer import Answer
from dashboard.engine.bands import display, rounded
from dashboard.engine.choice import Choice, LeverChoice
from dashboard.engine.engine import Engine, the_engine
from dashboard.engine.jobs import Job
from dashboard.engine.split import Split
from dashboard.engine.user_message import UserMessage

__all__ = [
    "Answer",
    "Choice",
    "Engine",
    "Job",
    "LeverChoice",
    "Split",
    "UserMessage",
    "display",
    "rounded",
    "the_engine",
]
