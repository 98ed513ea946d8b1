"""Questions to the engine other than "what happens under this choice", asked by a page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import solara
from solara.server import kernel_context

from dashboard.shell.courier import Courier

if TYPE_CHECKING:
    from dashboard.engine import Engine, Job


def use_engine_job(
    engine: "Engine", ask: "Callable[[], Job | None]", dependencies: list[Any]
) -> "Job | None":
    """Return the job of a question; the component is drawn anew whenever it changes.

    Parameters
    ----------
    engine : Engine
        To cancel what is no longer wanted.
    ask : callable
        Asks; None if there is nothing to ask. Called once per value of ``dependencies``.
    dependencies : list
        What the question depends on.
    """
    job, set_job = solara.use_state(None)
    _, set_pulse = solara.use_state(0)
    context = kernel_context.get_current_context()

    def begin() -> Callable[[], None]:
        asked = ask()
        set_job(lambda _: asked)
        courier = Courier(context, lambda: set_pulse(lambda pulse: pulse + 1))
        stop = asked.on_change(lambda _: courier.notify()) if asked is not None else None

        def end() -> None:
            courier.close()
            if stop is not None:
                stop()
            if asked is not None and not asked.over:
                engine.cancel(asked)

        return end

    solara.use_effect(begin, dependencies)
    return job  # type: ignore[no-any-return]
