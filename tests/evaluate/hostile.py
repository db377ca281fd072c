"""Programs that want out, and what each must not have done. They run in the sandbox only."""

from __future__ import annotations

LOOP = "while True: pass"
SLEEP = "import time\nwhile True:\n    try: time.sleep(100)\n    except BaseException: pass"
FORK_BOMB = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
THREADS = (
    "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"
)
MEMORY = "kept = []\nwhile True: kept.append(bytearray(2**20))"
GREAT_MEMORY = "kept = bytearray(10 * 2**30)"
MEMORY_OF_CHILDREN = (
    "import os\nfor _ in range(40):\n    try: os.fork()\n    except OSError: pass\n"
    "kept = [bytearray(2**20) for _ in range(10 * 2**10)]"
)
CHILDREN_WITHIN_THEIR_OWN = (
    "import os, time\nfor _ in range(4):\n"
    "    try:\n        if os.fork() == 0: break\n    except OSError: pass\n"
    "kept = bytearray(400 * 2**20)\nfor i in range(0, len(kept), 4096): kept[i] = 1\n"
    "while True: time.sleep(1)"
)
ONE_LARGE_FILE = "with open('a', 'wb') as f:\n    for _ in range(10 * 2**10): f.write(bytes(2**20))"
MANY_FILES = "for i in range(10 * 2**10):\n    with open(f'{i}', 'wb') as f: f.write(bytes(2**20))"
SOCKET = "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)"
HOME = "import pathlib\nassert pathlib.Path({path!r}).read_text()"
KILL_PARENT = (
    "import os, signal, time\n"
    "for n in (os.getppid(), 0, -1):\n"
    "    try: os.kill(n, signal.SIGKILL)\n"
    "    except OSError: pass\n"
    "time.sleep(0.2)\nassert False"
)
IGNORES_SIGNALS = (
    "import signal\n"
    "for n in range(1, 65):\n"
    "    try: signal.signal(n, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\n"
    "while True: pass"
)
LEAVES_A_DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        while True: time.sleep(0.01)\n"
    "    os._exit(0)\n"
    "assert False"
)
PRINTS = "while True: print('x' * 100_000)"
LEAVES_EARLY = "import os\nos._exit(0)\nassert False"
EXITS_EARLY = "import sys\nsys.exit(0)\nassert False"
KILLS_ITSELF = "import os\nos.kill(os.getpid(), 9)"
RAISES_EXIT_IN_TEST = "def f(): raise SystemExit(0)\nassert f() == 1"
WRITES_EVERYWHERE = (
    "import os\n"
    "for n in range(3, 40):\n"
    "    try: os.write(n, b'0' * 64)\n"
    "    except OSError: pass\n"
    "os._exit(0)"
)
PATCHES_THE_RUNNER = (
    "import os, sys, builtins\n"
    "builtins.exec = builtins.compile = lambda *a, **k: None\n"
    "sys.excepthook = lambda *a: os._exit(0)\n"
    "os.write = lambda n, b: len(b)\n"
    "assert False"
)
NEW_SPACES = (
    "import ctypes, os\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "assert libc.unshare(0x10000000) == 0 or libc.unshare(0x20000) == 0"
)
SHARED_MEMORY = "import ctypes\nassert ctypes.CDLL(None).shmget(0, 10 * 2**30, 0o1600) >= 0"
FILE_IN_MEMORY = "import os\nos.memfd_create('a')"
