"""Which calls of the system a program in the sandbox may not make, as a filter of the kernel's.

Everything is allowed but what opens a way out (sockets, other name spaces, other processes' memory) or
keeps memory that no limit counts (shared segments, files in memory). Numbers are those of
``asm/unistd.h``; the filter is seccomp(2)'s, in the classic BPF of ``linux/filter.h``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

# Name, number on x86_64, number on aarch64.
_DENIED = """
socket 41 198
ptrace 101 117
unshare 272 97
setns 308 268
mount 165 40
umount2 166 39
pivot_root 155 41
chroot 161 51
process_vm_readv 310 270
process_vm_writev 311 271
shmget 29 194
msgget 68 186
semget 64 190
mq_open 240 180
memfd_create 319 279
memfd_secret 447 447
add_key 248 217
request_key 249 218
keyctl 250 219
bpf 321 280
perf_event_open 298 241
userfaultfd 323 282
io_uring_setup 425 425
open_tree 428 428
move_mount 429 429
fsopen 430 430
fsmount 432 432
fspick 433 433
mount_setattr 442 442
"""
# For a program that has no space of its own: it starts no processes and sends no signals.
_DENIED_ALONE = """
fork 57 -1
vfork 58 -1
kill 62 129
tkill 200 130
tgkill 234 131
rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240
pidfd_send_signal 424 424
"""
_CLONE = (56, 220)
_CLONE3 = 435  # its flags lie in memory, which a filter cannot read; libc falls back to clone
_NEW_SPACES = 0x7E020000  # every CLONE_NEW… that clone knows
_THREAD = 0x10000
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}
_X32 = 0x40000000  # numbers from here on are another way into the same calls

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16  # offsets in struct seccomp_data

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2


def is_known() -> bool:
    """Whether the numbers of this processor's calls are known."""
    return platform.machine() in _ARCHITECTURES


def filter_program(*, alone: bool) -> bytes:
    """The filter for this processor: one ``struct sock_filter`` of 8 bytes after another.

    With ``alone`` the program may start threads only, and send no signals.
    """
    column, architecture = _ARCHITECTURES[platform.machine()]

    def refuse(number: int) -> bytes:
        return _step(_RETURN, _ERROR | number)

    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        *(_step(_AT_LEAST, _X32, 0, 1), refuse(errno.ENOSYS)),
        *(_step(_EQUAL, _CLONE3, 0, 1), refuse(errno.ENOSYS)),
    ]
    for line in (_DENIED + _DENIED_ALONE * alone).split("\n"):
        if line and (number := int(line.split()[1 + column])) >= 0:
            steps += [_step(_EQUAL, number, 0, 1), refuse(errno.EPERM)]
    steps += [
        _step(_EQUAL, _CLONE[column], 0, 5),
        _step(_LOAD, _FIRST),
        *(_step(_ANY_BIT, _NEW_SPACES, 0, 1), refuse(errno.EPERM)),
        *(_step(_ANY_BIT, _THREAD if alone else 0xFFFFFFFF, 1, 0), refuse(errno.EPERM)),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def forbid_calls(libc: ctypes.CDLL, *, alone: bool) -> None:
    """Put this process and all that come from it under the filter; nothing takes it off again.

    Raises:
        OSError: the kernel refuses.
    """

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    steps = ctypes.create_string_buffer(content := filter_program(alone=alone))
    program = Program(len(content) // 8, ctypes.addressof(steps))
    for option, value, more in (
        (_SET_NO_NEW_PRIVILEGES, 1, None),
        (_SET_SECCOMP, _FILTER, ctypes.byref(program)),
    ):
        if libc.prctl(option, ctypes.c_ulong(value), more, None, None) != 0:
            raise OSError(ctypes.get_errno(), "the filter of system calls")


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
