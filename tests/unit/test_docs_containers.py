"""The image and the manifest for Kubernetes: what they name is there, and their parts fit each other."""

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from dashboard.server.settings import read_settings
from experiments.command_line import all_commands
from experiments.designs import files

ROOT = Path(__file__).parents[2]
OBJECTS = list(YAML(typ="safe").load_all((ROOT / "docs" / "kubernetes" / "ewea.yaml").read_text("utf-8")))
STEPS = re.sub(r"\\\n", "", (ROOT / "Containerfile").read_text("utf-8"))


def of_kind(*kinds):
    return {one["metadata"]["name"]: one["spec"] for one in OBJECTS if one["kind"] in kinds}


PODS = {name: spec["template"] for name, spec in of_kind("Deployment", "Job").items()}
CONTAINERS = {name: pod["spec"]["containers"][0] for name, pod in PODS.items()}


def test_services_reach_the_pods_they_name():
    for name, service in of_kind("Service").items():
        assert service["selector"] == PODS[name]["metadata"]["labels"]
        ports = {one["name"]: one["containerPort"] for one in CONTAINERS[name]["ports"]}
        assert [ports[port["targetPort"]] for port in service["ports"]]
    for name, deployment in of_kind("Deployment").items():
        assert deployment["selector"]["matchLabels"] == PODS[name]["metadata"]["labels"]
    port = of_kind("Service")["ewea-scheduler"]["ports"][0]["port"]
    address = f"tcp://ewea-scheduler:{port}"
    assert CONTAINERS["ewea-worker"]["command"][2] == address
    assert CONTAINERS["ewea-sweep"]["args"][-1] == address


def test_the_app_listens_where_the_service_looks():
    app = CONTAINERS["ewea-app"]
    settings = read_settings({one["name"]: one["value"] for one in app["env"]})
    assert (settings.host, settings.port) == ("0.0.0.0", app["ports"][0]["containerPort"])
    for probe in ("readinessProbe", "livenessProbe"):
        asked = app[probe]["httpGet"]
        assert asked["httpHeaders"][0]["value"] in settings.hosts
    assert of_kind("Deployment")["ewea-app"]["replicas"] == 1


def test_every_command_exists():
    named = [container["args"] for container in CONTAINERS.values() if "args" in container]
    assert [words[0] for words in named if words[0] not in all_commands()] == []
    assert CONTAINERS["ewea-sweep"]["args"][1] in {path.stem for path in files.FOLDER.glob("*.yaml")}
    volumes = PODS["ewea-sweep"]["spec"]["volumes"]
    assert volumes[0]["persistentVolumeClaim"]["claimName"] in of_kind("PersistentVolumeClaim")
    assert CONTAINERS["ewea-sweep"]["volumeMounts"][0]["name"] == volumes[0]["name"]


@pytest.mark.parametrize("step", re.findall(r"^COPY (?!--from)(.*)$", STEPS, re.MULTILINE))
def test_what_the_image_copies_is_there(step):
    *sources, _ = shlex.split(step)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_installs_what_the_project_says():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = re.search(r"\.whl\)\[([\w,]+)\]", STEPS)[1].split(",")
    assert [extra for extra in extras if not re.search(rf"^{extra} = \[", project, re.MULTILINE)] == []
    wanted = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', project).groups()
    bases = re.findall(r"FROM \S+/python:3\.(\d+)-slim", STEPS)
    assert bases
    assert all(int(wanted[0]) <= int(base) < int(wanted[1]) for base in bases)
    assert set(re.findall(r"&& ewea ([a-z-]+)", STEPS)) <= set(all_commands())
