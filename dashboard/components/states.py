"""What is shown while there is nothing else to show: progress, nothing yet, something failed."""

from collections.abc import Callable, Sequence

import solara

from dashboard.components.controls import Button
from dashboard.components.element import Child, bullets, el
from dashboard.messages import Words
from dashboard.shell.complaints import complaint_in_words
from dashboard.shell.job_state import JobState
from dashboard.shell.session import use_session

_KINDS = ("information", "warning", "success", "error")


def NoticeBox(
    kind: str, title: str, *children: Child, words: Words, on_dismiss: Callable[[], None] | None = None
) -> solara.Element:
    """Return a notice; its kind is said in words, so that colour is never alone.

    Parameters
    ----------
    kind : str
        ``information``, ``warning``, ``success`` or ``error``.
    title : str
        One sentence.
    *children : str or Element
        More about it.
    words : Words
        Language.
    on_dismiss : callable, optional
        Shows a button that takes the notice away.
    """
    assert kind in _KINDS, kind
    parts: list[Child] = [
        el("span", words.t(f"shell.{kind}"), classes="notice-kind"),
        el("p", title, classes="notice-title"),
        *[el("p", child) if isinstance(child, str) else child for child in children],
    ]
    if on_dismiss is not None:
        parts.append(Button(words.t("shell.dismiss"), on_dismiss, kind="quiet"))
    role = "alert" if kind == "error" else "status"
    return el("div", *parts, classes=f"notice notice-{kind}", role=role)


def notice_with_lines(
    kind: str, title: str, lines: Sequence[str], words: Words, on_dismiss: Callable[[], None]
) -> solara.Element:
    """Return a notice whose first line introduces a list of the others."""
    body: list[Child] = [el("p", lines[0])] if lines else []
    if len(lines) > 1:
        body.append(bullets(lines[1:]))
    return NoticeBox(kind, title, *body, words=words, on_dismiss=on_dismiss)


def Empty(title: str, text: str, *children: Child) -> solara.Element:
    """Return what stands where there is nothing to show yet, and what to do about it."""
    return el("div", el("p", title, classes="empty-title"), el("p", text), *children, classes="empty")


def Failed(title: str, text: str, words: Words, on_retry: Callable[[], None] | None = None) -> solara.Element:
    """Return what stands where something failed."""
    retry = [Button(words.t("shell.try_again"), on_retry, kind="secondary")] if on_retry else []
    return NoticeBox("error", title, text, *retry, words=words)


@solara.component
def Progress(slot: str = "A", always: bool = False) -> None:
    """Show how far the calculation of a slot is, spoken politely, with a button to stop it.

    Nothing is seen when it is done (unless ``always``), but the place stays, so the page does not jump.
    """
    session = use_session()
    words = session.words
    job = session.job(slot)
    text = progress_text(job, words)
    with el(
        "div", classes=f"progress progress-{job.state}" + ("" if job.busy or always else " progress-calm")
    ):
        el("p", text, classes="progress-text", role="status", aria_live="polite")
        if job.busy:
            el("progress", classes="progress-bar", max=100, value=round(100 * job.progress), aria_label=text)
            Button(words.t("shell.cancel"), lambda: session.cancel(slot), kind="quiet")
        if job.state in ("failed", "cancelled"):
            if job.complaint is not None:
                el("p", complaint_in_words(job.complaint, words), classes="progress-reason")
            Button(words.t("shell.try_again"), lambda: session.ask_again(slot), kind="quiet")


def progress_text(job: JobState, words: Words) -> str:
    """Return the state of a calculation in a sentence."""
    if job.state == "queued" and job.position:
        return words.t("shell.progress_queued", n=job.position)
    state = "running" if job.state == "queued" else job.state
    # In tens, or a screen reader would never be silent.
    share = words.share(int(10 * job.progress) / 10)
    return words.t(f"shell.progress_{state}", **({"share": share} if state in ("running", "first") else {}))
