"""OASIS downloads: zip archives with one or more csv files, or the csv files themselves."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from powergrid.errors import DatasetError

SUFFIXES = (".zip", ".csv")
_REMEDY = "Download it again."
_CSV_REMEDY = "Download it again, as csv (resultformat=6) and for a period that has ended."


def find_downloads(places: Sequence[Path]) -> list[Path]:
    """Zip and csv files in folders (all levels) and among files, by name.

    Raises
    ------
    DatasetError
        A place does not exist, or there is no such file.
    """
    found: set[Path] = set()
    for place in places:
        if not place.exists():
            raise DatasetError(f"{place} does not exist.", remedy="Give the folder with the downloaded zip files.")
        inside = place.rglob("*") if place.is_dir() else (place,)
        found |= {path for path in inside if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")}
    files = sorted((path for path in found if path.is_file()), key=lambda path: (path.name, str(path)))
    if not files:
        raise DatasetError(
            f"There is no zip or csv file in {', '.join(str(place) for place in places)}.",
            remedy="Give the folder with the files downloaded from oasis.caiso.com.",
        )
    return files


def csv_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Label and content of each csv file in a download.

    Raises
    ------
    DatasetError
        The archive is broken or truncated, holds no csv file, or holds OASIS's own error message.
    """
    if path.suffix.lower() == ".csv":
        yield path.name, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
            for info in members:
                yield f"{path.name}/{info.filename}", archive.read(info)
            if not members:
                raise DatasetError(f"{path} holds no csv file{_oasis_message(archive)}.", remedy=_CSV_REMEDY)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as cause:
        raise DatasetError(f"{path} is not a complete zip archive: {cause}.", remedy=_REMEDY) from cause


def _oasis_message(archive: zipfile.ZipFile) -> str:
    # A refused request also arrives as a zip: with one xml file that says why.
    for info in archive.infolist():
        if info.filename.lower().endswith(".xml"):
            text = archive.read(info)[:20_000].decode("utf-8", errors="replace")
            reason = re.search(r"ERR_DESC>\s*([^<]+?)\s*<", text)
            return f"; OASIS answered: {reason.group(1)}" if reason else f" but {info.filename}: it is in XML format"
    return ""
