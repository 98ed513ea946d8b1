"""The engine of the app: choices in, answers out. No page and no solara here."""

from dashboard.engine.answer import Answer
from dashboard.engine.bands import display, rounded
from dashboard.engine.choice import Choice, LeverChoice
from dashboard.engine.complaint import Complaint
from dashboard.engine.engine import Engine, the_engine
from dashboard.engine.jobs import Job
from dashboard.engine.split import Split

__all__ = [
    "Answer",
    "Choice",
    "Complaint",
    "Engine",
    "Job",
    "LeverChoice",
    "Split",
    "display",
    "rounded",
    "the_engine",
]
