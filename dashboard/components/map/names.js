// The clusters' names on the map, each at the median of its points. Where two would overlap, the
// larger cluster's name stays.
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

  draw(view, shown) {
    const taken = [];
    for (const { node, place, w, h, index } of this.labels ?? []) {
      const [x, y] = view.toPixel(...view.look(place));
      const free = (top) => {
        const box = [x - w / 2, top, x + w / 2, top + h];
        const on = box[0] >= 2 && box[1] >= 2 && box[2] <= view.width - 2 && box[3] <= view.height - 2;
        return on && taken.every((t) => box[0] > t[2] + 3 || box[2] < t[0] - 3 || box[1] > t[3] + 2 || box[3] < t[1] - 2) && box;
      };
      const box = shown[index] && [0, -h - 2, h + 2].reduce((found, shift) => found || free(y - h / 2 + shift), false);
      node.style.visibility = box ? "visible" : "hidden";
      if (!box) continue;
      node.style.transform = `translate(${Math.round(box[0])}px, ${Math.round(box[1])}px)`;
      taken.push(box);
    }
  }
}

// For each colour the median of its points on every axis; null where it has none.
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
