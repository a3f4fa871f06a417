import os
import socket
import stat
from pathlib import Path

import pytest

from sitter.fleet.local import CannotStart, LocalFleet, devices, free_port


def test_one_worker_per_core_without_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert devices() == ["cpu"] * (os.cpu_count() or 1)
    assert devices(3) == ["cpu"] * 3
    assert devices(0) == []


def test_one_worker_per_gpu_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "nvidia-smi"
    fake.write_text("#!/bin/sh\necho 'GPU 0: H200 (UUID: a)'\necho 'GPU 1: H200 (UUID: b)'\n")
    fake.chmod(fake.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert devices() == ["cuda:0", "cuda:1"]
    assert devices(3) == ["cuda:0", "cuda:1", "cuda:0"]


def test_a_taken_port_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) != port
    assert free_port("127.0.0.1", port) == port


def test_no_port_on_an_address_of_another_machine() -> None:
    with pytest.raises(CannotStart, match=r"203\.0\.113\.1"):
        free_port("203.0.113.1", 8321)


def test_a_service_that_ends_says_its_last_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}"
    fleet = LocalFleet("127.0.0.1", 8399, [], 1, url, tmp_path / "logs")
    with pytest.raises(CannotStart, match="unable to open database file"):
        fleet.start()


def test_a_worker_that_dies_is_told_once(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    fleet = LocalFleet("127.0.0.1", port, ["cpu", "cpu"], 1, url, tmp_path / "logs")
    fleet.start()
    try:
        fleet.processes[1].kill()
        fleet.processes[1].wait()
        assert fleet.losses() == ["Worker 1 ended with code -9"]
        assert fleet.losses() == []
        assert fleet.died() is None
    finally:
        fleet.stop()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file, where the folder should be")
    fleet = LocalFleet("127.0.0.1", 8399, [], 1, None, tmp_path / "logs")
    with pytest.raises(CannotStart, match="cannot write the logs"):
        fleet.start()


def test_a_process_that_dies_is_noticed(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    fleet = LocalFleet("127.0.0.1", port, [], 1, url, tmp_path / "logs")
    fleet.start()
    try:
        assert fleet.died() is None
        service = fleet._service
        assert service is not None
        service.kill()
        service.wait()
        assert "the service ended" in (fleet.died() or "")
    finally:
        fleet.stop()
