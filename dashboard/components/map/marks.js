// What is drawn in lines: the lasso, the chosen sample and its neighbors, the box of a 3-D map.
const EDGES = [[0, 1], [0, 2], [0, 4], [1, 3], [1, 5], [2, 3], [2, 6], [3, 7], [4, 5], [4, 6], [5, 7], [6, 7]];

class Marks {
  constructor(behind, above) {
    this.box = behind.appendChild(drawing("path", { class: "box" }));
    this.shape = above.appendChild(drawing("polygon", { class: "lasso" }));
    this.links = above.appendChild(drawing("path", { class: "links" }));
    this.ends = above.appendChild(drawing("path", { class: "ends" }));
    this.halo = above.appendChild(drawing("path", { class: "halo" }));
    this.cross = above.appendChild(drawing("path", { class: "cross" }));
    this.lit = above.appendChild(drawing("path", { class: "lit" }));
    this.aim = above.appendChild(drawing("path", { class: "aim" }));
  }

  // `lasso` has corners as they are seen now, or is null; `lit` is the point of the line of a table that
  // is pointed at; `aimed` marks the middle for the keyboard.
  draw(view, { lasso, chosen, neighbors, lit, aimed }) {
    const line = (a, b) => `M${a[0].toFixed(1)} ${a[1].toFixed(1)}L${b[0].toFixed(1)} ${b[1].toFixed(1)}`;
    const ring = ([x, y], r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    const where = (place) => view.toPixel(...view.look(place));
    this.shape.setAttribute("points", (lasso ?? []).map(([u, v]) => view.toPixel(u, v).join(",")).join(" "));
    this.box.setAttribute("d", view.deep ? this.boxOf(view, where, line) : "");
    const marked = view.placed(chosen ?? -1) ? where(view.position(chosen)) : null;
    const others = marked ? neighbors.filter((i) => view.placed(i)).map((i) => where(view.position(i))) : [];
    this.links.setAttribute("d", others.map((other) => line(marked, other)).join(""));
    this.ends.setAttribute("d", others.map((other) => ring(other, 4.5)).join(""));
    const [x, y] = marked ?? [0, 0];
    const ticks = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([a, b]) => line([x + 9 * a, y + 9 * b], [x + 16 * a, y + 16 * b]));
    const cross = marked ? ring(marked, 9) + ticks.join("") : "";
    this.halo.setAttribute("d", cross);
    this.cross.setAttribute("d", cross);
    this.lit.setAttribute("d", view.placed(lit) ? ring(where(view.position(lit)), 8) : "");
    const cx = view.width / 2, cy = view.height / 2;
    this.aim.setAttribute("d", aimed ? line([cx - 6, cy], [cx + 6, cy]) + line([cx, cy - 6], [cx, cy + 6]) : "");
  }

  boxOf(view, where, line) {
    if (this.boxed !== view.positions) {
      this.boxed = view.positions;
      this.low = [GRID, GRID, GRID];
      this.high = [0, 0, 0];
      for (let i = 0; i < view.n; i++) {
        if (!view.placed(i)) continue;
        view.position(i).forEach((value, axis) => {
          this.low[axis] = Math.min(this.low[axis], value);
          this.high[axis] = Math.max(this.high[axis], value);
        });
      }
    }
    if (this.low[0] > this.high[0]) return "";
    const corner = (k) => where([0, 1, 2].map((axis) => ((k >> axis) & 1 ? this.high : this.low)[axis]));
    return EDGES.map(([a, b]) => line(corner(a), corner(b))).join("");
  }
}
