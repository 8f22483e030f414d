"""Where a database lies is judged by the disk, the network and the modes of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.store.surroundings import file_system, surroundings
from auxcord.telemetry.findings import Level

if TYPE_CHECKING:
    from pathlib import Path

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:25 / {0} rw,relatime shared:1 - nfs4 server:/export rw
31 30 0:26 / {0}/a\\040b rw - {1} none rw
"""


@pytest.mark.parametrize(
    ("kind", "level"),
    [("ext4", None), ("nfs", Level.PROBLEM), ("fuse.sshfs", Level.PROBLEM), ("9p", Level.WARNING)],
)
def test_a_network_between_us_and_the_data_is_told(tmp_path: Path, kind: str, level: Level | None) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(tmp_path, kind))
    folder = tmp_path / "a b"
    folder.mkdir()
    assert file_system(folder, mounts) == kind
    assert file_system(tmp_path / "a", mounts) == "nfs4"
    assert file_system(tmp_path.parent, mounts) == "ext4"
    assert file_system(folder, tmp_path / "none") == ""
    told = list(surroundings(folder / "auxcord.db", mounts=mounts))
    found = [each.level for each in told if kind in each.sentence]
    assert found == ([] if level is None else [level])


@pytest.mark.parametrize(("free", "level"), [(10, Level.PROBLEM), (100, Level.WARNING), (10_000, Level.OK)])
def test_a_disk_that_runs_full_is_told(tmp_path: Path, free: int, level: Level) -> None:
    told = surroundings(tmp_path / "new" / "auxcord.db", room=lambda _: free * 1024 * 1024)
    assert [each.level for each in told if "MB free" in each.sentence] == [level]
