"""What surrounds every page: layout, navigation, language, theme, the URL, undo, and the user's session."""

from dashboard.shell.engine_job import use_engine_job
from dashboard.shell.job_state import JobState
from dashboard.shell.session import Session, use_session
from dashboard.shell.view import View

__all__ = ["JobState", "Session", "View", "use_engine_job", "use_session"]
