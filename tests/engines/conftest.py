from __future__ import annotations

import contextlib
import http.server
import threading

import pytest
import torch

from paser_core.engines.engine import Workers


@pytest.fixture(autouse=True)
def one_thread():
    """As the workers have: sums of several threads end in other bits. Other tests set it as they like."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def asked_outside():
    """Stands where nobody listens otherwise: what Ray's processes would have asked the world."""
    asked = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_PUT = do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{door.server_port}", asked
        door.shutdown()


@pytest.fixture(scope="module")
def two(asked_outside):
    """Two workers of a Ray of ours, for all tests of a module: starting one takes seconds."""
    pytest.importorskip("ray")
    from paser_core.engines import ray_session
    from paser_core.engines.ray import RayEngine

    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(ray_session, "_NOWHERE", asked_outside[0])
        yield stack.enter_context(RayEngine(Workers(count=2)))
