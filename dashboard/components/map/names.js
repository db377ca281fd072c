// The clusters' names on the map, each at the median of its points. Where two would overlap, the
// larger cluster's name stays and the other moves aside.
class Names {
  constructor(holder) { this.holder = holder; }

  load(view, colors, legend) {
    this.holder.replaceChildren();
    this.labels = medians(view, colors, legend.length).flatMap((place, i) => {
      if (!place) return [];
      const [text, color, count] = legend[i];
      const dot = element("i");
      dot.style.background = color;
      const node = element("span", {}, dot, element("b", {}, text));
      this.holder.append(node);
      return [{ node, place, count, index: i }];
    });
    this.labels.sort((a, b) => b.count - a.count);
    for (const label of this.labels) Object.assign(label, { w: label.node.offsetWidth, h: label.node.offsetHeight });
  }

  // Returns how many names that belong into the picture find no room in it.
  draw(view, shown) {
    const taken = [];
    let unwritten = 0;
    for (const { node, place, w, h, index } of this.labels ?? []) {
      const [x, y] = view.toPixel(...view.look(place));
      const seen = shown[index] && x >= 0 && y >= 0 && x <= view.width && y <= view.height;
      const box = seen ? roomFor(x, y, w, h, view, taken) : null;
      if (seen && !box) unwritten++;
      node.style.visibility = box ? "visible" : "hidden";
      if (!box) continue;
      node.style.transform = `translate(${Math.round(box[0])}px, ${Math.round(box[1])}px)`;
      taken.push(box);
    }
    return unwritten;
  }
}

// The nearest free place for a name around its point, a few lines away at most; null where there is none.
const LINES = 4, SIDES = [0, -0.5, 0.5, -1, 1];
function roomFor(x, y, w, h, view, taken) {
  let best = null, least = Infinity;
  for (const side of SIDES) {
    for (let line = -LINES; line <= LINES; line++) {
      const near = Math.hypot(side * w, line * (h + 2));
      if (near >= least) continue;
      // Moved in from the edge rather than cut by it.
      const left = Math.min(Math.max(x - w / 2 + side * w, 2), view.width - 2 - w);
      const top = Math.min(Math.max(y - h / 2 + line * (h + 2), 2), view.height - 2 - h);
      const box = [left, top, left + w, top + h];
      const free = taken.every((t) => box[0] > t[2] + 3 || box[2] < t[0] - 3 || box[1] > t[3] + 2 || box[3] < t[1] - 2);
      if (free) { best = box; least = near; }
    }
  }
  return best;
}

// For each color the median of its points on every axis; null where it has none.
function medians(view, colors, count) {
  const sizes = new Uint32Array(257);
  for (let i = 0; i < view.n; i++) if (view.placed(i)) sizes[colors[i]]++;
  return Array.from({ length: count }, (_, color) => {
    if (!sizes[color]) return null;
    return Array.from({ length: view.dimensions }, (_, axis) => {
      const values = new Uint16Array(sizes[color]);
      for (let i = 0, k = 0; i < view.n; i++) {
        if (colors[i] === color && view.placed(i)) values[k++] = view.positions[i * view.dimensions + axis];
      }
      return values.sort()[values.length >> 1];
    });
  });
}
