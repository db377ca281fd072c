"""A world of its own for a program: processes, files, network and users apart from everybody's.

Linux name spaces, by the calls themselves: root makes them directly and leaves root behind, anybody
else through a name space of users (user_namespaces(7)). The file system is a new one in memory that
has Python, read-only, four devices and an empty folder of limited size; nothing else can be named.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path

# linux/sched.h, linux/mount.h, asm/unistd.h
_FILES, _USERS, _PROCESSES, _NETWORK = 0x20000, 0x10000000, 0x20000000, 0x40000000
_MESSAGES, _NAMES = 0x8000000, 0x4000000
_NO_SUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155}.get(platform.machine(), 41)
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_READ_ONLY, _AND_NO_SUID = 1, 3

_PLACE = "/proc"  # where the new root is put together: there is such a folder everywhere
FOLDER = "/work"  # the empty folder, as the program sees it
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
# What a Python needs beside its own folder: libraries of the system. Nobody's data lie there.
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/nix/store", "/gnu/store")


def separate_processes(libc: ctypes.CDLL) -> None:
    """Children of this process are in a space of processes of their own; the first ends them all.

    Raises:
        OSError: the system does not let us.
    """
    if os.geteuid() == 0:
        _check(libc.unshare(_PROCESSES), "a name space of processes")
        return
    user, group = os.geteuid(), os.getegid()
    _check(libc.unshare(_USERS | _PROCESSES), "a name space of users")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)


def separate_the_rest(libc: ctypes.CDLL, folder_bytes: int) -> None:
    """No network, no shared messages, and a file system with nothing but Python and an empty folder.

    Args:
        libc: the C library.
        folder_bytes: what the folder holds at most.

    Raises:
        OSError: the system does not let us.
    """
    _check(libc.unshare(_FILES | _NETWORK | _MESSAGES | _NAMES), "name spaces")
    _mount(libc, None, "/", None, _RECURSIVE | _PRIVATE)
    small = _NO_SUID | _NO_DEVICES
    _mount(libc, "tmpfs", _PLACE, "tmpfs", small, "size=1m,nr_inodes=500,mode=755")
    for path in _needed():
        _show(libc, path)
    for path in _DEVICES:
        _bind(libc, path)
    folder = Path(f"{_PLACE}{FOLDER}")
    folder.mkdir()
    size = f"size={folder_bytes},nr_inodes=1000,mode=777"
    _mount(libc, "tmpfs", str(folder), "tmpfs", small, size)
    _read_only(libc, _PLACE, recursive=False)
    os.chdir(_PLACE)
    _check(libc.syscall(_PIVOT_ROOT, b".", b"."), "a root of its own")
    _check(libc.umount2(b".", _DETACH), "a root of its own")
    os.chdir(FOLDER)


def _needed() -> list[str]:
    """The folders that this Python is made of, none within another."""
    own = [sys.base_prefix, sys.base_exec_prefix, str(Path(sys.executable).resolve().parent)]
    paths: list[str] = []
    for path in (*_SYSTEM, *(str(Path(p).resolve()) for p in own)):
        if path != "/" and os.path.lexists(path) and not any(
            path == known or path.startswith(f"{known}/") for known in paths
        ):  # fmt: skip
            paths.append(path)
    return paths


def _show(libc: ctypes.CDLL, path: str) -> None:
    if Path(path).is_symlink():  # /lib is usr/lib on most systems
        os.symlink(os.readlink(path), f"{_PLACE}{path}")  # noqa: PTH115, PTH211
        return
    _bind(libc, path)
    _read_only(libc, f"{_PLACE}{path}", recursive=True)


def _bind(libc: ctypes.CDLL, path: str) -> None:
    target = Path(f"{_PLACE}{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    _mount(libc, path, str(target), None, _BIND | _RECURSIVE)


def _read_only(libc: ctypes.CDLL, path: str, *, recursive: bool) -> None:
    # Not a remount: that would take off what the system has put on, which it does not allow.
    wanted = (ctypes.c_uint64 * 4)(_AND_NO_SUID if recursive else _READ_ONLY, 0, 0, 0)
    how = _AT_RECURSIVE if recursive else 0
    done = libc.syscall(
        _MOUNT_SETATTR, _AT_FDCWD, path.encode(), how, wanted, ctypes.sizeof(wanted)
    )
    _check(done, f"{path} as read-only")


def _mount(
    libc: ctypes.CDLL, source: str | None, target: str, kind: str | None, flags: int, data: str = ""
) -> None:
    def text(value: str | None) -> bytes | None:
        return None if value is None else value.encode()

    done = libc.mount(
        text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data or None)
    )
    _check(done, f"a mount on {target}")


def _check(answer: int, what: str) -> None:
    if answer != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
