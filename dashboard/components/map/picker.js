// The point under the cursor: points sorted into cells of the picture, once for each camera.
const CELLS = 128, REACH = 10; // cells a side; pixels around the cursor

class Picker {
  constructor(view) { this.view = view; }

  index() {
    const seen = this.view.all();
    if (this.seen === seen) return;
    this.seen = seen;
    const { u, v } = seen, { n } = this.view;
    // The sphere around the points is the widest that any camera can see.
    this.low = CENTER - (this.view.extent[0] * GRID) / 2;
    this.lowV = CENTER - (this.view.extent[1] * GRID) / 2;
    this.cell = (Math.max(...this.view.extent) * GRID) / CELLS;
    const cells = new Uint16Array(n);
    this.start = new Uint32Array(CELLS * CELLS + 1);
    for (let i = 0; i < n; i++) {
      cells[i] = this.column(u[i]) * CELLS + this.row(v[i]);
      this.start[cells[i] + 1]++;
    }
    for (let c = 0; c < CELLS * CELLS; c++) this.start[c + 1] += this.start[c];
    const next = this.start.slice();
    this.members = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.members[next[cells[i]]++] = i;
  }

  column(u) { return Math.max(0, Math.min(CELLS - 1, Math.floor((u - this.low) / this.cell))); }
  row(v) { return Math.max(0, Math.min(CELLS - 1, Math.floor((v - this.lowV) / this.cell))); }

  // The nearest point, or -1. What stands out wins over what is muted, the front over the back.
  at(px, py, layer, reach = REACH) {
    if (!this.view.n) return -1;
    this.index();
    const { u, v, near } = this.seen, pixel = this.view.side() / GRID;
    const [gu, gv] = this.view.toGrid(px, py), span = reach / pixel;
    let best = -1, least = Infinity;
    for (let c = this.column(gu - span); c <= this.column(gu + span); c++) {
      for (let r = this.row(gv - span); r <= this.row(gv + span); r++) {
        for (let k = this.start[c * CELLS + r]; k < this.start[c * CELLS + r + 1]; k++) {
          const i = this.members[k];
          if (layer[i] === NOWHERE) continue;
          const distance = Math.hypot(u[i] - gu, v[i] - gv) * pixel;
          if (distance > reach) continue;
          const cost = distance - 2 * near[i] + (layer[i] < BRIGHT ? 4 : 0) - (layer[i] === FOUND ? 2 : 0);
          if (cost < least) { least = cost; best = i; }
        }
      }
    }
    return best;
  }
}
