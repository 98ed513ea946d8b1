"""A user's own copy of the configuration: whole, equal, and never over something that is there."""

import pytest

from abm.data.folder import config_files, default_configs, digest
from abm.errors import EweaError
from experiments.command_line import main
from experiments.commands.data import copy_configs


def test_a_copy_is_the_same_configuration(tmp_path, capsys):
    place = tmp_path / "new" / "mine"
    assert main(["configs", "copy", str(place)]) == 0
    assert f"--configs {place}" in capsys.readouterr().out
    assert digest(place) == digest(default_configs())
    assert len(config_files(place)) == len(config_files(default_configs()))
    (place / "settings.yaml").write_text("mine")
    assert main(["configs", "copy", str(place)]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert (place / "settings.yaml").read_text() == "mine"


def test_no_copy_into_a_file_a_link_or_itself(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "settings.yaml").write_text("")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "root/inside", "root"):
        with pytest.raises(EweaError, match=r"Name (a new|another) folder"):
            copy_configs(tmp_path / "root", tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "link", "root", "settings.yaml"]
