"""Files that are whole or not there: what is half written, by whom, and who sweeps it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from cardgen.errors import OutputError
from cardgen.whole import part_of, sweep_parts, write_whole, write_whole_bytes


def test_each_process_writes_beside_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "唐湾村-001.pdf"
    code = "import sys, pathlib, cardgen.whole as w; print(w.part_of(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-X", "utf8", "-c", code, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    other = told.stdout.strip()
    mine = part_of(path)
    assert mine != Path(other)
    for part in (mine, Path(other)):
        assert part.parent == tmp_path and part.name.startswith("唐湾村-001.pdf.")
        assert part.suffix == ".part"


def test_a_long_name_has_a_part_that_the_disk_takes(tmp_path: Path) -> None:
    path = tmp_path / ("村" * 83 + ".csv")
    write_whole(path, "一")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert part_of(path) != part_of(tmp_path / ("村" * 82 + "庄.csv"))


def test_parts_are_swept_and_nothing_else(tmp_path: Path) -> None:
    below = tmp_path / "love-card"
    below.mkdir()
    (tmp_path / "003.part").mkdir()
    kept = [tmp_path / "a.pdf", below / "deep.pdf.1-a.part", tmp_path / "a.part.pdf"]
    for path in [*kept, tmp_path / "manifest.csv.1-a.part", part_of(tmp_path / "a.pdf")]:
        path.write_bytes(b"half")
    (tmp_path / "b.pdf.9-f.part").symlink_to(tmp_path / "a.pdf")
    sweep_parts([tmp_path, tmp_path / "not there"])
    found = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert found == sorted(kept) and (tmp_path / "003.part").is_dir()


def test_threads_that_write_the_same_file_leave_it_whole(tmp_path: Path) -> None:
    path, wrong = tmp_path / "card.png", []

    def write(byte: bytes) -> None:
        for _ in range(30):
            try:
                write_whole_bytes(path, byte * 200_000)
            except OutputError as error:
                wrong.append(error)

    threads = [threading.Thread(target=write, args=(byte,)) for byte in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(set(path.read_bytes())) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["card.png"]
