"""Put the sections into one HTML file that needs nothing else."""

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from abm.errors import EweaError
from experiments.calibration_report import sections, sections_done, sections_method
from experiments.calibration_report.blocks import Section
from experiments.calibration_report.reading import FitFolder, read_fit
from experiments.ensemble.files import write_whole
from experiments.figures.typeface import embedded_faces
from experiments.wording.names import Names, read_names

TEMPLATE = "page.html.j2"
FILE = "report.html"
ENDINGS = (".html", ".htm")


@dataclass(frozen=True)
class Report:
    """A written report.

    Attributes
    ----------
    path : Path
    sentences : list of str
        What it says in short.
    """

    path: Path
    sentences: list[str]


def write_report(folder: Path, configs: Path, out: Path | None = None) -> Report:
    """Write the page about a fit folder, whole or not at all.

    Parameters
    ----------
    folder : Path
        Written by ``ewea calibrate baseline``.
    configs : Path
        Configuration folder, for names of hosts and surveys.
    out : Path, optional
        File to write; by default ``report.html`` in the folder.

    Raises
    ------
    EweaError
        If the folder cannot be reported on, or the file cannot stand where it should.
    """
    from experiments.calibration_report.findings import in_short

    path = _place(out) if out is not None else folder / FILE
    fit, names = read_fit(folder), read_names(configs)
    write_whole(path, page_text(fit, names))
    return Report(path, in_short(fit, names))


def _place(out: Path) -> Path:
    if out.suffix.lower() not in ENDINGS:
        raise EweaError(f"--out {out}: the name must end in {' or '.join(ENDINGS)}. Choose another name.")
    if out.is_dir():
        raise EweaError(f"--out {out}: this is a folder. Name a file in it, for example {out / FILE}.")
    if not out.parent.is_dir():
        raise EweaError(f"--out {out}: there is no folder {out.parent}. Create it, or choose another one.")
    return out


def sections_of(fit: FitFolder, names: Names) -> list[Section]:
    """Return all sections in the order they are read."""
    return [
        sections.short(fit, names),
        sections.out_of_sample(fit, names),
        sections.surveys(fit, names),
        sections.registers(fit, names),
        sections_method.parameters(fit, names),
        sections.misses(fit, names),
        sections_method.method(fit),
        sections_method.sensitivity(fit, names),
        sections_done.how(fit, names),
    ]


def page_text(fit: FitFolder, names: Names) -> str:
    """Return the page; the same folder and configuration give the same bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(TEMPLATE).render(
        fit=str(fit.manifest["fit"]),
        started=str(fit.manifest["started"])[:10],
        sections=sections_of(fit, names),
        typeface=Markup(embedded_faces()),  # noqa: S704
    )
