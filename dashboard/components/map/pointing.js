// The point under the pointer, and its tip: what the browser knows at once, then the text that Python has.
const PAUSE = 60, LINES_KEPT = 2000; // ms on a point before its text is asked for; texts at hand

class Pointing {
  constructor(map) { Object.assign(this, { map, here: null }); }

  at(px, py, reach) {
    const i = this.map.pick(px, py, reach);
    this.here = i < 0 ? null : { i, px, py };
    this.map.lit.show(i);
    if (i < 0) return this.map.panel.hideTip();
    this.show();
    this.ask(i);
  }

  // The picture has another size: the pointer is not where it was.
  lose() {
    this.here = null;
    this.map.lit.show(-1);
    this.map.panel.hideTip();
  }

  show() {
    const { map } = this, { i, px, py } = this.here, { lines } = map.place;
    const status = map.status && map.marked.statuses[(map.status[i >> 1] >> (4 * (i & 1))) & 15];
    const title = map.entries[map.colors[i]]?.[0] ?? map.measured(map.colors[i]);
    const told = [lines.get(i) || (title ? null : `Point ${counted(i + 1)}`), status].filter(Boolean);
    map.panel.showTip(px, py, { color: map.palette[map.colors[i]], title, lines: told });
  }

  // Python is asked for the text of a point that somebody stays on.
  ask(i) {
    this.stop();
    const { place } = this.map;
    if (!place.parts.points.header.texts || place.lines.has(i)) return;
    this.asking = setTimeout(() => { if (this.here?.i === i) place.ask?.(i); }, PAUSE);
  }

  // The text has come.
  read({ row, text }) {
    const { lines } = this.map.place;
    if (row === undefined) return;
    if (lines.size === LINES_KEPT) lines.clear();
    lines.set(row, text);
    if (this.here?.i === row && !this.map.panel.tip.hidden) this.show();
  }

  stop() { clearTimeout(this.asking); }
}
