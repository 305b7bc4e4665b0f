"""What the figures were measured on."""

import os
import pathlib
import platform
import subprocess


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def first_line_of(*command):
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return text.splitlines()[0] if text else "none"


def file_system_of(folder):
    """The type of the file system that holds the folder."""
    return first_line_of("stat", "--file-system", "--format=%T", str(folder))


def describe(programs, folder, peer_versions):
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "kernel": platform.release(),
        "file_system": file_system_of(folder),
        "huge_pages": pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text().strip()
        if pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").exists()
        else "none",
        "load_average_before": os.getloadavg()[0],
        "versions": {
            "weft": first_line_of(str(programs.weft), "--version").removeprefix("weft "),
            "cp": first_line_of("cp", "--version").rsplit(" ", 1)[-1],
            **peer_versions,
        },
    }
