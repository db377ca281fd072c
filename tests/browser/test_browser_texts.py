"""A sample is text wherever it is shown: markup, mathematics, pictures, emoji, right-to-left, 100 kB."""

from __future__ import annotations

import json

import numpy as np
import pytest
from app import canvas_painted, quiet
from tiny_run import loaders, model_section, write_pair

from paser_core.config import parse_config
from paser_core.measure import run_pipeline

pytestmark = pytest.mark.browser

SCRIPT = "<script>window.taken = true</script><img src=x onerror='window.taken = true'>"
MARKDOWN = (
    "![a picture](http://127.0.0.1:9/none.png) **bold** [link](javascript:taken) $x^2$ :smile:"
)
RIGHT_TO_LEFT = "שלום עולם مرحبا بالعالم"
LONG = "very long text " * 7000  # 105 kB
TEXTS = [
    f"{SCRIPT} alpha question",
    f"{MARKDOWN} beta question",
    f"{RIGHT_TO_LEFT} 😀 gamma question",
    f"{LONG} delta question",
    "# heading\n- list\n> quote\n| a | b |\n|---|---|",
]
PAGES = ["", "map", "clusters", "budget", "concepts", "ledger", "compare", "export"]


@pytest.fixture(scope="module")
def nasty_run(tmp_path_factory):
    """A real run whose every text, id, column and concept is out to be read as something else."""
    folder = tmp_path_factory.mktemp("nasty")
    rng = np.random.default_rng(5)
    rows, vectors = [], []
    for i in range(24):
        text = TEXTS[i % len(TEXTS)]
        rows.append(
            {
                "id": f"<b>{i}</b> *id* $y$",
                "instruction": f"{text} {i}",
                "input": MARKDOWN if i % 2 else SCRIPT,
                "output": f"{TEXTS[(i + 1) % len(TEXTS)][:400]} answer {i}",
                "kind": [SCRIPT, MARKDOWN, "$z$"][i % 3],
            }
        )
        vectors.append(np.eye(6)[i % 3] + 0.2 * rng.normal(size=6))
    (folder / "pool.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    np.save(folder / "vectors.npy", np.array(vectors, np.float32))
    write_pair(folder)
    config = parse_config(
        {
            "data": {"path": str(folder / "pool.jsonl")},
            "embedding": {"precomputed": str(folder / "vectors.npy")},
            "manifold": {"n_neighbors": 4, "n_components": 3},
            "clustering": {"k_min": 2, "k_max": 3},
            "divergence": {"nodes": 9, "batch_tokens": 2048},
            "models": model_section(folder),
            "selection": {"budget": 12},
        }
    )
    run_pipeline(config, folder / "run", loaders(config))
    return folder / "run"


def harmless(page) -> None:
    """Nothing ran, nothing was fetched, nothing became an element."""
    assert page.evaluate("window.taken") is None
    made = page.evaluate(
        """() => { const found = []; const look = (root) => { for (const e of root.querySelectorAll('*')) {
          if (e.matches('img[src="x"], img[src*="none.png"], a[href^="javascript"], .katex'))
            found.push(e.outerHTML);
          if (e.shadowRoot) look(e.shadowRoot); } }; look(document); return found; }"""
    )
    assert made == []
    assert page.locator('[data-testid="stException"]').count() == 0


def test_no_page_reads_a_text_as_anything_else(watched, serve, nasty_run):
    served = serve(nasty_run)
    page = watched(served.url)
    for path in PAGES:
        for number in (0, 1):
            page.goto(f"{served.url}/{path}?sample=%3Cb%3E{number}%3C%2Fb%3E%20*id*%20%24y%24")
            page.wait_for_selector("h1")
            quiet(page)
            if path == "map":
                canvas_painted(page)
                box = page.locator("canvas[role=img]").bounding_box()
                for step in range(12):  # wherever a hover text may come up
                    page.mouse.move(box["x"] + 60 + 50 * step, box["y"] + box["height"] / 2)
            harmless(page)


def test_the_sample_panel_shows_each_text_letter_by_letter(watched, serve, nasty_run):
    served = serve(nasty_run)
    for number in range(3):
        page = watched(f"{served.url}/ledger?sample=%3Cb%3E{number}%3C%2Fb%3E%20*id*%20%24y%24")
        quiet(page)
        # A text with concepts is marked, by a component of our own.
        code = page.locator('[data-testid="stCode"], .plain .text')
        code.nth(1).wait_for()
        quiet(page)
        shown = code.all_inner_texts()
        assert any(TEXTS[number].strip() in text for text in shown)
        assert page.get_by_text(f"<b>{number}</b> *id* $y$").count()
        harmless(page)


def test_a_long_text_is_cut_openly_and_whole_when_asked_for(watched, serve, nasty_run):
    served = serve(nasty_run)
    page = watched(f"{served.url}/ledger?sample=%3Cb%3E3%3C%2Fb%3E%20*id*%20%24y%24")
    quiet(page)
    whole = f"{LONG} delta question 3"
    said = page.get_by_text(f"20,000 of {len(whole):,} characters", exact=True)
    said.wait_for()
    quiet(page)
    code = page.locator('[data-testid="stCode"] code, .plain .text').first
    assert code.text_content() == whole[:20_000]
    page.get_by_role("button", name="Show all").click()
    said.wait_for(state="detached")
    quiet(page)
    assert code.text_content() == whole
    assert code.locator("a, b, img, script").count() == 0
    page.get_by_text("delta question 3").first.scroll_into_view_if_needed()
    assert not page.get_by_role("button", name="Show all").count()
    harmless(page)
