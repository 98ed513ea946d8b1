"""Targets made up in a line or two, for tests of the fit."""

from dataclasses import dataclass

import numpy as np

from calibration.fit.likelihood import Problem
from calibration.targets.schema import HostGroup, Population, SurveyFile
from calibration.targets.targets import QuantityTarget, RegisterTarget

LINE = {"date": "2023-01", "status": "quoted", "source": "s", "use": "fit", "reason": "r"}
LABEL = {"en": "n", "nl": "n", "uk": "n"}
FOUR = (0, 1, 2, 3)


def population(hosts=FOUR, place="ALL", **attribute):
    return Population(hosts=HostGroup(tuple(hosts), place), **attribute)


def _survey_file(name, family, condition, **lines):
    return SurveyFile.model_validate(
        {
            "id": "made_up", "kind": "survey", "family": family, "label": LABEL, "question": "q",
            "condition": condition, "horizon_months": None, "publisher": "p", "sampling": "s",
            **{
                key: [
                    {"id": name, **LINE, "n_status": "quoted", "design_effect_status": "quoted",
                     "discrepancy_source": "s", **line}
                ]
                for key, line in lines.items()
            },
        }
    )  # fmt: skip


def survey(name, family, month, answers, *, of=None, n=400, condition="when_safe"):
    """Return one wave: design effect 2, discrepancy 3 points."""
    line = {
        "month": month, "n": n, "design_effect": 2.0, "discrepancy_pp": 3.0, "population": of or population(),
        "answers": answers,
    }  # fmt: skip
    return _survey_file(name, family, condition, observations=line).observations[0]


def contrast(name, family, month, group, against, answer="return"):
    """Return one contrast of 0.2: design effect 1.5, discrepancy 2 points, 300 and 500 interviews."""
    line = {
        "month": month, "n": 300, "against_n": 500, "design_effect": 1.5, "discrepancy_pp": 2.0,
        "group": group, "against": against, "answer": answer, "difference": 0.2,
    }  # fmt: skip
    return _survey_file(name, family, "when_safe", contrasts=line).contrasts[0]


def quantity(name, measure, month=None, *, hosts=(0,), first=None, last=None, whole=None, **given):
    units = {"return_hazard": "share/month", "exit_share": "share/month"}
    persons = ("returns_total", "net_outflow", "displaced_total")
    unit = "persons" if measure in persons else units.get(measure, "share")
    return QuantityTarget.model_validate(
        {
            "id": name, **LINE, "measure": measure, "hosts": HostGroup(tuple(hosts), "some"), "month": month,
            "first": first, "last": last, "of_hosts": whole and HostGroup(tuple(whole), "whole"),
            "value": 0.1, "unit": unit, "sd": 0.03, "sd_source": "s", "publisher": "p", **given,
        }
    )  # fmt: skip


def register(hosts, first, last):
    """Return the register as a target: exits err by 0.004 a month, clean-ups by 0.3 in the logarithm."""
    figure = {"status": "assumed", "source": "s"}
    return RegisterTarget.model_validate(
        {
            "id": "register", "kind": "register", "label": LABEL, "hosts": tuple(hosts), "publisher": "p",
            "source": "s", "reason": "r", "fit": {"first": first, "last": last},
            "held_out": {"first": last + 1, "last": last + 2},
            "exit_rate_sd": {"value": 0.004, "unit": "share/month", **figure},
            "clean_up_log_sd": {"value": 0.3, "unit": "log", **figure},
        }
    )  # fmt: skip


@dataclass(frozen=True)
class GivenProblem(Problem):
    """A problem whose terms are functions of the coordinates."""

    functions: tuple = ()

    @classmethod
    def of(cls, layout, emulator, *pairs):
        terms, functions = zip(*pairs, strict=True) if pairs else ((), ())
        return cls(layout, emulator, terms, None, None, None, functions)

    def predict_from(self, z, outputs):
        return np.stack([function(z) for function in self.functions], axis=1)
