"""The choices that are no single lever: the course of the war, the horizon, policy packages, a file."""

import solara

from abm.errors import EweaError
from dashboard.components.controls import Button, Checkboxes, FileUpload, MonthSelect, Select
from dashboard.components.element import details, el, heading, paragraph
from dashboard.engine import uploads
from dashboard.engine.choice import BASELINE
from dashboard.engine.limits import load_limits
from dashboard.pages.levers.editor import put_package
from dashboard.pages.shared.wording import war_words
from dashboard.shell.session import Session

_EXAMPLE = "safe_region_nl_new"


@solara.component
def WarChoice(session: Session) -> None:
    """Show the choice of a course of the war and of the horizon."""
    words, catalogue, choice = session.words, session.engine.catalogue, session.choice
    heading(words.t("levers.war_title"))
    wars = (BASELINE, *[entry["id"] for entry in catalogue.wars])
    options = [(war, war_words(words, catalogue, war)) for war in wars]
    with el("div", id="levers-war"):
        label = words.t("levers.war_label")
        Select(label, choice.war, options, lambda war: session.choose(session.choice.with_war(war)))
    entry = next((war for war in catalogue.wars if war["id"] == choice.war), None)
    if entry is None:
        paragraph(words.t("levers.war_baseline_text"), classes="small")
    else:
        said = [words.label(entry["explanation"])]
        if entry["first_month"]:
            said.append(words.t("levers.war_from", month=words.month(entry["first_month"])))
        said.append(words.t("levers.source", source=entry["source"]))
        paragraph(" ".join(said), classes="small")
    MonthSelect(
        words.t("levers.horizon"),
        choice.until,
        lambda until: session.choose(session.choice.with_until(until)),
        catalogue.earliest_until,
        catalogue.latest_until,
        hint=words.t("levers.horizon_hint"),
    )


@solara.component
def PackageChoice(session: Session) -> None:
    """Show the policy packages that come with the model."""
    words, choice = session.words, session.choice
    packages = session.engine.catalogue.policies
    heading(words.t("levers.packages_title"))
    paragraph(words.t("levers.packages_lead"))
    most = load_limits().presets_per_choice
    boxes = Checkboxes(
        words.t("levers.packages_legend", most=most),
        choice.presets,
        [(entry["id"], words.label(entry["label"]), words.label(entry["explanation"])) for entry in packages],
        lambda package, on: put_package(session, package, on),
        most=most,
    )
    details(words.t("levers.packages_open", n=len(packages)), boxes)


@solara.component
def ScenarioFile(session: Session) -> None:
    """Show a field for a scenario file; what is wrong with one is said in words."""
    words = session.words
    fault, set_fault = solara.use_state("")
    name, set_name = solara.use_state("")

    def taken(file_name: str, data: bytes) -> None:
        set_fault("")
        set_name("")
        try:
            mark = uploads.read_scenario(data)
        except EweaError as error:
            said = words.user_message(error.args[0] if error.args else str(error))
            set_fault(words.t("levers.upload_fault", fault=said))
            return
        set_name(file_name)
        session.choose(session.choice.with_upload(mark))
        session.say(words.t("levers.upload_done", name=file_name))

    heading(words.t("levers.upload_title"))
    paragraph(words.t("levers.upload_text"))
    FileUpload(words.t("levers.upload_label"), taken, most_bytes=load_limits().upload_bytes, error=fault)
    if session.choice.upload:
        shown = words.t("levers.upload_done", name=name) if name else words.t("scenario.upload")
        paragraph(shown, classes="levers-uploaded")
        Button(
            words.t("levers.upload_remove"),
            lambda: session.choose(session.choice.with_upload("")),
            kind="secondary",
        )
    example = session.engine.catalogue.root / "scenarios" / f"{_EXAMPLE}.yaml"
    details(
        words.t("levers.upload_example"),
        el("pre", example.read_text(encoding="utf-8"), classes="levers-example", tabindex="0"),
    )
